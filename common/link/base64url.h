// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The two forms of base64 that links need (RFC 4648): keys are written in the common form, which
// every tool makes, signatures in the one that may stand in a URL. Pure; any thread.

#ifndef AUDIODL_COMMON_LINK_BASE64URL_H_
#define AUDIODL_COMMON_LINK_BASE64URL_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace audiodl {

// Section 5: '-' and '_', no padding.
std::string Base64UrlText(std::span<const uint8_t> bytes);

// Section 4: '+' and '/', padded.
std::string Base64Text(std::span<const uint8_t> bytes);

// The bytes of a text that Base64Text() could have made; none for any other: no blanks, no missing
// padding, no set bits behind the last byte.
std::optional<std::string> Base64Bytes(std::string_view text);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LINK_BASE64URL_H_
