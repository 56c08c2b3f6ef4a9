// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Writing JSON (RFC 8259).
//
//   JsonObject().Add("key", "a/b.mp3").Add("percent", uint64_t{43}).Text()
//   {"key":"a/b.mp3","percent":43}
//
// Pure; any thread.

#ifndef AUDIODL_COMMON_BASE_JSON_TEXT_H_
#define AUDIODL_COMMON_BASE_JSON_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace audiodl {

// `text` in quotes, with what must be escaped (section 7). Bytes that are not UTF-8 become U+FFFD,
// one each: a path may hold anything, a JSON document may not.
std::string JsonText(std::string_view text);

// An object that is written member by member.
class JsonObject {
 public:
  JsonObject& Add(std::string_view name, std::string_view text) {
    return AddRaw(name, JsonText(text));
  }
  JsonObject& Add(std::string_view name, const char* text) {
    return Add(name, std::string_view(text));
  }
  JsonObject& Add(std::string_view name, uint64_t number) {
    return AddRaw(name, std::to_string(number));
  }
  JsonObject& Add(std::string_view name, bool value) {
    return AddRaw(name, value ? "true" : "false");
  }
  // `json` is a value already.
  JsonObject& AddRaw(std::string_view name, std::string_view json);

  std::string Text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

// An array that is written value by value.
class JsonArray {
 public:
  // `json` is a value already.
  JsonArray& AddRaw(std::string_view json);

  std::string Text() const { return "[" + items_ + "]"; }
  size_t bytes() const { return items_.size() + 2; }

 private:
  std::string items_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_JSON_TEXT_H_
