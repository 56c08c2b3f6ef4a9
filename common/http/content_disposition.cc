// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/content_disposition.h"

#include "common/base/text.h"
#include "common/http/file_name.h"

namespace audiodl {
namespace {

// RFC 8187 section 3.2.1: attr-char.
bool IsAttributeChar(char c) {
  return IsAlnum(c) || std::string_view("!#$&+-.^_`|~").find(c) != std::string_view::npos;
}

std::string PercentEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(3 * text.size());
  for (const char c : text) {
    if (IsAttributeChar(c)) {
      out.push_back(c);
      continue;
    }
    const unsigned char byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
  return out;
}

}  // namespace

Result<Disposition> ParseDisposition(std::string_view word) {
  if (word == "attachment") return Disposition::kAttachment;
  if (word == "inline") return Disposition::kInline;
  return Status::Invalid("is neither attachment nor inline");
}

std::string ContentDisposition(Disposition disposition, std::string_view file_name) {
  const std::string safe = SafeFileName(file_name);
  const std::string plain = AsciiFileName(safe);
  std::string value = disposition == Disposition::kInline ? "inline" : "attachment";
  value += "; filename=\"" + plain + "\"";
  if (plain != safe) value += "; filename*=UTF-8''" + PercentEncode(safe);
  return value;
}

}  // namespace audiodl
