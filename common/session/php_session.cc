// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/php_session.h"

#include <optional>

#include "common/session/customer_key.h"
#include "common/session/customer_name.h"
#include "common/session/php_framing.h"
#include "common/session/php_scanner.h"
#include "common/session/php_value_table.h"

namespace audiodl {
namespace {

Status Unexpected(const PhpValue& value, const std::string& expected) {
  const bool unknown = value.type == PhpType::kUnknown;
  return Status::Invalid(
      "session byte " + std::to_string(value.offset) + ": expected " +
      (unknown ? "no reference to what follows a custom-serialized (C:) object" : expected));
}

// What a shop stores for "nobody".
bool IsNobody(const PhpValue& value) {
  return value.type == PhpType::kNull || (value.type == PhpType::kBool && value.text == "0") ||
         (value.type == PhpType::kString && value.text.empty());
}

// The row that the path leads to. Only through arrays: what a member of an object is to PHP code
// depends on its class. It may be renamed by visibility ("\0*\0id"), rebuilt by __unserialize() or
// hidden behind __get(), and no class is ever loaded here.
Result<PhpRow> Follow(const std::vector<std::string>& path, const PhpValueTable& table) {
  PhpRow row = PhpValueTable::kSession;
  for (const std::string& key : path) {
    const PhpValue& value = table.at(row);
    if (IsNobody(value)) return NotLoggedIn();
    if (value.type != PhpType::kArray) return Unexpected(value, "an array that holds the customer");
    const std::optional<PhpRow> found = table.Find(row, key);
    if (!found) return NotLoggedIn();
    row = *found;
  }
  return row;
}

Result<std::string> CustomerOf(const PhpValue& value) {
  if (IsNobody(value)) return NotLoggedIn();
  if (value.type == PhpType::kInt) return std::string(value.text);
  if (value.type != PhpType::kString) {
    return Unexpected(value, "the customer as an integer or a string");
  }
  if (!IsCustomerName(value.text)) {
    return Unexpected(value, "a customer of 1 to 255 bytes of UTF-8 without control characters");
  }
  return std::string(value.text);
}

}  // namespace

PhpSessionReader::PhpSessionReader(PhpHandler handler, std::string_view key_path)
    : handler_(handler), path_(SplitCustomerKey(key_path)) {}

Result<std::string> PhpSessionReader::Read(std::string_view session) const {
  if (session.size() > kMaxBytes) {
    return Status::Invalid("the session is longer than the limit of " + std::to_string(kMaxBytes) +
                           " bytes");
  }
  PhpScanner scanner(session);
  PhpValueTable table;
  if (!WalkSession(handler_, scanner, table)) return scanner.status();
  if (table.IsAmbiguous()) {
    return Status::Invalid("the session has references and a key that occurs twice");
  }
  const Result<PhpRow> row = Follow(path_, table);
  if (!row.ok()) return row.status();
  return CustomerOf(table.at(*row));
}

}  // namespace audiodl
