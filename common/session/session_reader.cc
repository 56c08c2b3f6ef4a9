// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_reader.h"

#include "common/session/customer_key.h"
#include "common/session/customer_name.h"

namespace audiodl {

Result<std::string> SessionReader::PlainReader::Read(std::string_view value) const {
  if (value.empty()) return NotLoggedIn();
  if (!IsCustomerName(value)) {
    return Status::Invalid(
        "expected a customer of 1 to 255 bytes of UTF-8 without control characters");
  }
  return std::string(value);
}

SessionReader::ContentReader SessionReader::ReaderFor(SessionContent content,
                                                      std::string_view key_path) {
  switch (content) {
    case SessionContent::kPhp:
      return PhpSessionReader(PhpHandler::kPhp, key_path);
    case SessionContent::kPhpBinary:
      return PhpSessionReader(PhpHandler::kPhpBinary, key_path);
    case SessionContent::kPhpSerialize:
      return PhpSessionReader(PhpHandler::kPhpSerialize, key_path);
    case SessionContent::kJson:
      return JsonSessionReader(key_path);
    case SessionContent::kPlain:
      break;
  }
  return PlainReader();
}

SessionReader::SessionReader(const SessionFormat& format, std::string_view key_path)
    : wrappers_(format.wrappers), reader_(ReaderFor(format.content, key_path)) {}

Result<std::string> SessionReader::Read(std::string_view column) const {
  if (column.size() > kMaxColumnBytes) {
    return Status::Invalid("the session's column is longer than the limit of " +
                           std::to_string(kMaxColumnBytes) + " bytes");
  }
  std::string unwrapped;
  for (const SessionWrapper wrapper : wrappers_) {
    Result<std::string> inner = Unwrap(wrapper, column);
    if (!inner.ok()) return inner.status();
    unwrapped = std::move(inner).value();
    column = unwrapped;
  }
  return std::visit([column](const auto& reader) { return reader.Read(column); }, reader_);
}

}  // namespace audiodl
