// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/stream_limit.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

constexpr std::string_view kAddress = "address=";

Result<uint32_t> ParseNumber(std::string_view word) {
  if (word == "none") return uint32_t{0};
  const Result<unsigned> count = ParseCount(word, StreamLimit::kMost);
  if (!count.ok()) {
    return Status::Invalid("'" + Printable(word) + "' " + count.status().text() + ", nor none");
  }
  return uint32_t{*count};
}

enum class Kind : uint64_t { kCustomer, kAddress };

uint64_t KeyOf(const SipKey& secret, Kind kind, std::string_view scope, std::string_view name) {
  const SipKey of_scope = {secret[0] ^ SipHash(secret, scope),
                           secret[1] + static_cast<uint64_t>(kind)};
  const uint64_t key = SipHash(of_scope, name);
  return key == 0 ? 1 : key;
}

}  // namespace

Result<StreamLimit> StreamLimit::Parse(std::string_view text) {
  const size_t blank = text.find(' ');
  const Result<uint32_t> customer = ParseNumber(text.substr(0, blank));
  if (!customer.ok()) return customer.status();
  StreamLimit limit{*customer, std::min(*customer * kAddressFactor, kMost)};
  if (blank == std::string_view::npos) return limit;
  const std::string_view option = text.substr(blank + 1);
  if (!option.starts_with(kAddress)) {
    return Status::Invalid("'" + Printable(option) + "' is no option of it; there is address=N");
  }
  const Result<uint32_t> address = ParseNumber(option.substr(kAddress.size()));
  if (!address.ok()) return address.status();
  limit.per_address = *address;
  return limit;
}

uint64_t StreamKeyOfCustomer(const SipKey& secret, std::string_view scope,
                             std::string_view customer) {
  return KeyOf(secret, Kind::kCustomer, scope, customer);
}

uint64_t StreamKeyOfAddress(const SipKey& secret, std::string_view scope,
                            std::string_view address) {
  return KeyOf(secret, Kind::kAddress, scope, NetworkOf(address));
}

std::string NetworkOf(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // without the interface
  in6_addr bytes;
  if (inet_pton(AF_INET6, text.c_str(), &bytes) != 1) return std::string(address);
  char network[INET6_ADDRSTRLEN];
  if (IN6_IS_ADDR_V4MAPPED(&bytes)) {
    return inet_ntop(AF_INET, &bytes.s6_addr[12], network, sizeof network);
  }
  std::fill(bytes.s6_addr + 8, bytes.s6_addr + 16, uint8_t{0});
  return std::string(inet_ntop(AF_INET6, &bytes, network, sizeof network)) + "/64";
}

}  // namespace audiodl
