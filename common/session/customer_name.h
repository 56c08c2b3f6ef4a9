// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What may name a customer, wherever the name comes from. Pure; any thread.

#ifndef AUDIODL_COMMON_SESSION_CUSTOMER_NAME_H_
#define AUDIODL_COMMON_SESSION_CUSTOMER_NAME_H_

#include <string_view>

namespace audiodl {

// 1 to 255 bytes of UTF-8 (RFC 3629: shortest form, no surrogates) without control characters,
// those of U+0080 to U+009F included. The name becomes r->user, goes into logs and is bound into
// SQL, so what could forge a log line or be cut at a NUL is no name.
bool IsCustomerName(std::string_view text);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_CUSTOMER_NAME_H_
