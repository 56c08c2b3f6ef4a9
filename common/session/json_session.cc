// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/json_session.h"

#include "common/base/json.h"
#include "common/base/text.h"
#include "common/session/customer_key.h"
#include "common/session/customer_name.h"

namespace audiodl {
namespace {

bool IsNobody(const Json& value) {
  return value.type() == Json::Type::kNull || value.AsBool() == false || value.AsString() == "";
}

// To PHP what exceeds 64 bits is a float.
Result<std::string> CustomerOfNumber(const Json& number) {
  const std::optional<int64_t> integer = number.AsInt();
  if (!integer) {
    return Status::Invalid("JSON session: the customer is a number but no integer of 64 bits");
  }
  return std::to_string(*integer);
}

Result<std::string> CustomerOf(const Json& value) {
  if (IsNobody(value)) return NotLoggedIn();
  if (value.type() == Json::Type::kNumber) return CustomerOfNumber(value);
  std::optional<std::string> name = value.AsString();
  if (!name) {
    return Status::Invalid("JSON session: expected the customer as an integer or a string");
  }
  if (!IsCustomerName(*name)) {
    return Status::Invalid(
        "JSON session: expected a customer of 1 to 255 bytes of UTF-8 without control characters");
  }
  return std::move(*name);
}

// What json_encode() makes of a PHP array: a list where its keys are 0, 1, 2 and so on, so that an
// empty session is "[]".
bool IsArray(const Json& value) {
  return value.type() == Json::Type::kObject || value.type() == Json::Type::kArray;
}

// Null: there is none of that name.
const Json* Element(const Json& array, const std::string& name) {
  if (array.type() == Json::Type::kObject) return array.Find(name);
  const std::optional<uint64_t> index = ParseDecimal(name);
  const bool is_element = index && *index < array.items().size() && name == std::to_string(*index);
  return is_element ? &array.items()[*index] : nullptr;
}

}  // namespace

JsonSessionReader::JsonSessionReader(std::string_view key_path)
    : path_(SplitCustomerKey(key_path)) {}

Result<std::string> JsonSessionReader::Read(std::string_view session) const {
  if (session.size() > kMaxBytes) {
    return Status::Invalid("the session is longer than the limit of " + std::to_string(kMaxBytes) +
                           " bytes");
  }
  const Result<Json> document = Json::Parse(session, kMaxValues);
  if (!document.ok()) return document.status();
  if (!IsArray(*document)) {
    return Status::Invalid("JSON session: expected an object");
  }
  const Json* value = &*document;
  for (const std::string& name : path_) {
    if (IsNobody(*value)) return NotLoggedIn();
    if (!IsArray(*value)) {
      return Status::Invalid("JSON session: expected an object that holds the customer");
    }
    value = Element(*value, name);
    if (value == nullptr) return NotLoggedIn();
  }
  return CustomerOf(*value);
}

}  // namespace audiodl
