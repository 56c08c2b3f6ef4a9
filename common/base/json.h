// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A strict reader of JSON (RFC 8259) for small documents: metadata, manifests, sessions. It takes
// nothing that the RFC does not: no comments, no trailing commas, no NaN, no bytes after the value;
// and it refuses what the RFC leaves open and two readers may see differently: a name twice in one
// object, text that is not UTF-8, lone surrogates. Nesting is bounded by kMaxDepth, the size by the
// caller.
//
//   const Result<Json> document = Json::Parse(text);
//   if (!document.ok()) return document.status();
//   const std::optional<std::string> code = document->StringAt("Code");
//
// A Json is a value: one thread at a time may change one, any number may read it. Its strings are
// wiped when it is dropped, because some documents hold credentials.

#ifndef AUDIODL_COMMON_BASE_JSON_H_
#define AUDIODL_COMMON_BASE_JSON_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/wipe.h"

namespace audiodl {

class Json {
 public:
  enum class Type : unsigned char { kNull, kBool, kNumber, kString, kArray, kObject };

  static constexpr int kMaxDepth = 64;

  Json() = default;
  Json(const Json&) = default;
  Json(Json&&) = default;
  Json& operator=(const Json&) = default;
  Json& operator=(Json&&) = default;
  ~Json() { Wipe(text_); }

  // kInvalid says what is wrong at which byte, and repeats nothing of the text, which may be
  // secret. A document of more than `max_values` values, itself included, is kInvalid: values take
  // far more memory than their text.
  static Result<Json> Parse(std::string_view text,
                            size_t max_values = std::numeric_limits<size_t>::max());

  Type type() const { return type_; }

  // The value where it is of that type; none otherwise. A number is kept as it was written:
  // AsUint() is exact up to 2^64-1 and none for a sign, a fraction or an exponent.
  std::optional<bool> AsBool() const;
  std::optional<std::string> AsString() const;
  std::optional<uint64_t> AsUint() const;
  std::optional<int64_t> AsInt() const;
  std::optional<double> AsDouble() const;

  // The elements of an array, or the values of an object's members, in the order written; empty for
  // all else.
  const std::vector<Json>& items() const { return items_; }
  // The names of an object's members: names()[i] belongs to items()[i].
  const std::vector<std::string>& names() const { return names_; }

  // A member of an object; null where there is none, or this is no object. Valid while this is.
  const Json* Find(std::string_view name) const;

  // Find() and AsString() in one.
  std::optional<std::string> StringAt(std::string_view name) const;

 private:
  friend class JsonReader;

  Type type_ = Type::kNull;
  bool bool_ = false;
  std::string text_;  // kString: decoded; kNumber: as written
  std::vector<std::string> names_;
  std::vector<Json> items_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_JSON_H_
