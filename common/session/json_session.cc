// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/json_session.h"

#include <cmath>

#include "common/base/json.h"
#include "common/session/customer_key.h"
#include "common/session/customer_name.h"

namespace audiodl {
namespace {

bool IsNobody(const Json& value) {
  return value.type() == Json::Type::kNull || value.AsBool() == false || value.AsString() == "";
}

// To PHP "-0" is a float, and so is what exceeds 64 bits.
Result<std::string> CustomerOfNumber(const Json& number) {
  const std::optional<int64_t> integer = number.AsInt();
  if (!integer || (*integer == 0 && std::signbit(*number.AsDouble()))) {
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
  if (document->type() != Json::Type::kObject) {
    return Status::Invalid("JSON session: expected an object");
  }
  const Json* value = &*document;
  for (const std::string& name : path_) {
    if (IsNobody(*value)) return NotLoggedIn();
    if (value->type() != Json::Type::kObject) {
      return Status::Invalid("JSON session: expected an object that holds the customer");
    }
    value = value->Find(name);
    if (value == nullptr) return NotLoggedIn();
  }
  return CustomerOf(*value);
}

}  // namespace audiodl
