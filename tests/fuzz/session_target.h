// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The session reader on any bytes, in every format and under every wrapper. The first byte chooses
// them and the key, the rest is the column:
//
//   '0' + content + 5 * wrappers + 25 * key      content: php, php_binary, php_serialize, json,
//   plain
//                                                wrappers: none, base64, url, both either way
//                                                key: customer_id, user/0/id
//
// Any thread.

#ifndef AUDIODL_TESTS_FUZZ_SESSION_TARGET_H_
#define AUDIODL_TESTS_FUZZ_SESSION_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/session/customer_name.h"
#include "common/session/session_reader.h"
#include "tests/fuzz/promise.h"

namespace audiodl {

inline constexpr unsigned kContents = 5, kWrappings = 5, kKeys = 2;

inline std::vector<SessionWrapper> WrappersOf(unsigned choice) {
  constexpr auto kBase64 = SessionWrapper::kBase64, kUrl = SessionWrapper::kUrl;
  const std::vector<SessionWrapper> all[kWrappings] = {
      {}, {kBase64}, {kUrl}, {kBase64, kUrl}, {kUrl, kBase64}};
  return all[choice / kContents % kWrappings];
}

inline SessionContent ContentOf(unsigned choice) {
  return static_cast<SessionContent>(choice % kContents);
}

// One for each choice, made once: the reader may be used by any number of callers.
inline const SessionReader& FuzzedReader(unsigned choice) {
  static const std::vector<SessionReader> kReaders = [] {
    std::vector<SessionReader> readers;
    for (unsigned i = 0; i < kContents * kWrappings * kKeys; ++i) {
      readers.emplace_back(SessionFormat{WrappersOf(i), ContentOf(i)},
                           i < kContents * kWrappings ? "customer_id" : "user/0/id");
    }
    return readers;
  }();
  return kReaders[choice % kReaders.size()];
}

inline std::string EncodeBase64(std::string_view text) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0);
    }
    for (int shift = 18; shift >= 0; shift -= 6) encoded += kDigits[bits >> shift & 63];
  }
  for (size_t i = 0; i < (3 - text.size() % 3) % 3; ++i) encoded[encoded.size() - 1 - i] = '=';
  return encoded;
}

inline std::string EncodeUrl(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return encoded;
}

inline std::string Wrap(unsigned choice, std::string text) {
  const std::vector<SessionWrapper> wrappers = WrappersOf(choice);
  for (auto wrapper = wrappers.rbegin(); wrapper != wrappers.rend(); ++wrapper) {
    text = *wrapper == SessionWrapper::kBase64 ? EncodeBase64(text) : EncodeUrl(text);
  }
  return text;
}

// What the wrappers hold. REQUIRES: the reader could read it.
inline std::string Unwrapped(unsigned choice, std::string text) {
  for (const SessionWrapper wrapper : WrappersOf(choice)) text = Unwrap(wrapper, text).value();
  return text;
}

inline void FuzzSession(std::string_view input) {
  if (input.empty()) return;
  const unsigned choice = (static_cast<unsigned char>(input.front()) - unsigned{'0'}) % 50;
  const std::string column(input.substr(1));
  const SessionReader& reader = FuzzedReader(choice);

  const Result<std::string> customer = reader.Read(column);
  if (!customer.ok()) {
    const Code code = customer.status().code();
    Promise(code == Code::kInvalid || code == Code::kNotFound, "a code that Read() promises");
    Promise(!customer.status().text().empty(), "a refusal says why");
    if (code == Code::kInvalid) return;
  } else {
    Promise(IsCustomerName(*customer), "a customer is short UTF-8 without control characters");
  }

  const std::string session = Unwrapped(choice, column);
  const bool is_json = ContentOf(choice) == SessionContent::kJson;
  if (customer.ok() && !is_json) {
    Promise(session.find(*customer) != std::string::npos, "a customer stands in the session");
  }
  const Result<std::string> wrapped_again = reader.Read(Wrap(choice, session));
  Promise(wrapped_again.ok() == customer.ok() && (!customer.ok() || *wrapped_again == *customer),
          "wrapping does not change the answer");
  if (ContentOf(choice) == SessionContent::kPlain) return;
  Promise(reader.Read(Wrap(choice, session + "x")).status().code() == Code::kInvalid,
          "a well-formed session with anything behind it is malformed");
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_SESSION_TARGET_H_
