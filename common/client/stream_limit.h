// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How many downloads one customer may have at a time, and by whom they are counted where nobody is
// known: a title that is free for a while asks nobody for a name.
//
//   StreamLimit::Parse("4")            // and 16 for each address
//   StreamLimit::Parse("4 address=8")
//
// A value.

#ifndef AUDIODL_COMMON_CLIENT_STREAM_LIMIT_H_
#define AUDIODL_COMMON_CLIENT_STREAM_LIMIT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/siphash.h"
#include "common/base/status.h"

namespace audiodl {

struct StreamLimit {
  // Above it is no limit that would help anybody.
  static constexpr uint32_t kMost = 10'000;
  // Behind one address may be a household, a school or all of a phone network.
  static constexpr uint32_t kAddressFactor = 4;

  uint32_t per_customer = 0;  // 0: any number
  uint32_t per_address = 0;   // of downloads without a customer; 0: any number

  // "N", "N address=M", "N address=none", or "none". Without address= it is N times kAddressFactor.
  static Result<StreamLimit> Parse(std::string_view text);

  bool operator==(const StreamLimit&) const = default;
};

// Who is counted together, as a number; never 0. `scope` is the shop: the customers of two shops on
// one server have nothing to do with each other. Whoever does not know the secret can choose no
// name with somebody else's number.
uint64_t StreamKeyOfCustomer(const SipKey& secret, std::string_view scope,
                             std::string_view customer);
// An IPv4 address is counted as it is, of an IPv6 address the network (/64): a household has more
// addresses than anybody could count.
uint64_t StreamKeyOfAddress(const SipKey& secret, std::string_view scope, std::string_view address);

// "203.0.113.7", or "2001:db8:1:2::/64"; an IPv4 address that is written as IPv6 as the former.
// Text that is no address stays as it is.
std::string NetworkOf(std::string_view address);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLIENT_STREAM_LIMIT_H_
