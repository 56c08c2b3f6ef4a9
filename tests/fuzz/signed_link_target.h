// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Download links and their keys on any bytes. The first byte chooses what the rest is: 'q' a book,
// a newline and a request's query; 'm' a customer, a newline and a book to sign; 'k' a file of
// keys. One thread at a time.

#ifndef AUDIODL_TESTS_FUZZ_SIGNED_LINK_TARGET_H_
#define AUDIODL_TESTS_FUZZ_SIGNED_LINK_TARGET_H_

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "common/link/signed_link.h"
#include "common/session/customer_name.h"
#include "tests/fuzz/promise.h"

namespace audiodl {

inline constexpr std::chrono::sys_seconds kFuzzNow(std::chrono::seconds(1'790'000'000));

// The key of the links in the corpus.
inline const LinkKeySet& FuzzLinkKeys() {
  static const LinkKeySet kKeys =
      LinkKeySet::Parse("k2 YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=").value();
  return kKeys;
}

// The whole parameter, from one '&' to the next.
inline bool HasParameter(std::string_view query, std::string_view parameter) {
  const std::string framed = "&" + std::string(query) + "&";
  return framed.find("&" + std::string(parameter) + "&") != std::string::npos;
}

inline std::pair<std::string, std::string> SplitAtNewline(std::string_view text) {
  const size_t end = std::min(text.find('\n'), text.size());
  return {std::string(text.substr(0, end)),
          std::string(text.substr(std::min(end + 1, text.size())))};
}

inline void PromiseVerdict(const std::string& query, const std::string& book) {
  const LinkKeySet& keys = FuzzLinkKeys();
  const LinkCheck check = CheckLink(query, book, keys, kFuzzNow);
  const std::string rest = WithoutLink(query);
  Promise(CheckLink(rest, book, keys, kFuzzNow).verdict == LinkVerdict::kAbsent,
          "nothing of a link is left in a query without it");
  Promise(rest.size() <= query.size(), "a query without its link is no longer");
  Promise(CheckLink(LinkAlone(query), book, keys, kFuzzNow).verdict == check.verdict,
          "a link alone is as good as with what stands beside it");
  const bool refused =
      check.verdict == LinkVerdict::kExpired || check.verdict == LinkVerdict::kInvalid;
  Promise(refused == !check.why.empty(), "a refusal says why, and nothing else does");
  if (check.verdict == LinkVerdict::kInvalid) Promise(check.customer.empty(), "nobody is named");
  if (check.verdict != LinkVerdict::kGood) return;

  Promise(IsCustomerName(check.customer), "a good link names a customer");
  const size_t at = ("&" + query).find("&alx=");
  Promise(at != std::string::npos, "a good link has an expiry");
  const std::chrono::seconds expires(std::stoll(query.substr(at + 4)));
  Promise(kFuzzNow < std::chrono::sys_seconds(expires), "a good link has not ended");
  Promise(check.expires == std::chrono::sys_seconds(expires), "its end is the one it says");
  std::string made =
      MakeLinkQuery({check.customer, book, check.expires, check.device}, *keys.Find("k2")).value();
  for (made += '&'; !made.empty(); made.erase(0, made.find('&') + 1)) {
    Promise(HasParameter(query, made.substr(0, made.find('&'))),
            "a good link is written as the maker writes it");
  }
}

inline void PromiseMaking(const std::string& customer, const std::string& book) {
  const LinkKeySet& keys = FuzzLinkKeys();
  // Of the two kinds of links, as the input has it.
  const std::string device = customer.size() % 2 == 0 ? customer.substr(0, 64) : "";
  const LinkClaims claims{customer, book, kFuzzNow + std::chrono::hours(1), device};
  const Result<std::string> link = MakeLinkQuery(claims, *keys.Find("k2"));
  if (!link.ok()) {
    Promise(link.status().code() == Code::kInvalid, "a refusal to sign is kInvalid");
    return;
  }
  const LinkCheck check = CheckLink(*link, book, keys, kFuzzNow);
  Promise(
      check.verdict == LinkVerdict::kGood && check.customer == customer && check.device == device,
      "what is made is good");
  Promise(CheckLink(*link, book, keys, claims.expires).verdict == LinkVerdict::kExpired, "it ends");
  Promise(CheckLink(*link, book + "x", keys, kFuzzNow).verdict == LinkVerdict::kInvalid,
          "it is for one book");
  std::string altered = *link;
  const size_t at = (customer.size() * 31 + book.size()) % altered.size();
  altered[at] = static_cast<char>(altered[at] ^ 1);
  Promise(CheckLink(altered, book, keys, kFuzzNow).verdict == LinkVerdict::kInvalid,
          "an altered byte makes it invalid");
}

inline void PromiseKeys(std::string_view text) {
  const Result<LinkKeySet> keys = LinkKeySet::Parse(text);
  if (!keys.ok()) {
    Promise(keys.status().code() == Code::kInvalid, "a refusal of keys is kInvalid");
    return;
  }
  const LinkKey* key = keys->SigningKey(std::chrono::sys_seconds::min());
  Promise(key != nullptr, "there is a key, and none is retired at the beginning of time");
  Promise(key->secret.size() >= LinkKeySet::kMinKeyBytes, "a key is long enough");
  Promise(IsLinkKeyId(key->id) && keys->Find(key->id) == key, "a key is found by its id");
}

inline void FuzzSignedLink(std::string_view input) {
  if (input.empty()) return;
  const auto [first, second] = SplitAtNewline(input.substr(1));
  if (input.front() == 'q') PromiseVerdict(second, first);
  if (input.front() == 'm') PromiseMaking(first, second);
  if (input.front() == 'k') PromiseKeys(input.substr(1));
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_SIGNED_LINK_TARGET_H_
