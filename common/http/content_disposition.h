// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The Content-Disposition header (RFC 6266), with its name in UTF-8 (RFC 8187) where ASCII cannot
// say it. Pure; any thread.
//
//   attachment; filename="Emile.mp3"; filename*=UTF-8''%C3%89mile.mp3

#ifndef AUDIODL_COMMON_HTTP_CONTENT_DISPOSITION_H_
#define AUDIODL_COMMON_HTTP_CONTENT_DISPOSITION_H_

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

enum class Disposition : unsigned char {
  kAttachment,  // saved
  kInline,      // shown, or played, by a browser that can; saved under the same name
};

// "attachment" or "inline". kInvalid for all else.
Result<Disposition> ParseDisposition(std::string_view word);

// The header's value, whatever `file_name` is: it is made safe here. ASCII, without CR or LF.
std::string ContentDisposition(Disposition disposition, std::string_view file_name);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_HTTP_CONTENT_DISPOSITION_H_
