// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One address of a name that several servers share (round robin): put into the zone and taken out
// of it at its primary server, by RFC 2136 updates signed with TSIG (RFC 8945).
//
// The messages are ISC's own: nsupdate sends, dig asks (package bind9-dnsutils). Both have been in
// order for decades, know every algorithm of keys and every server's habits; a second
// implementation of ours would only add one that parses what comes from the network.
//
//   DnsZone zone{.server = "ns1.example.org", .key_file = "/etc/audiodl/dns.key"};
//   Result<DnsChange> change = AddAddress(zone, {"www.example.org", "192.0.2.7", 300});
//
// Any thread, but they fork.

#ifndef AUDIODL_COMMON_CLUSTER_DNS_UPDATE_H_
#define AUDIODL_COMMON_CLUSTER_DNS_UPDATE_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct DnsZone {
  std::string server;  // a name or an address
  uint16_t port = 53;
  std::string key_file;   // as tsig-keygen prints it; empty: updates are not signed
  std::string zone = {};  // empty: the server's SOA records tell
  std::chrono::milliseconds patience = std::chrono::seconds(20);
};

struct DnsAddress {
  std::string name;     // without a dot at its end
  std::string address;  // as HostAddress::text
  uint32_t ttl = 300;
};

// All addresses of one kind that a name has, as the server itself says.
struct DnsAddresses {
  uint32_t ttl = 0;
  std::vector<std::string> addresses;

  bool Has(std::string_view address) const;
};

struct DnsChange {
  bool changed = false;
  std::vector<std::string> addresses;  // of that kind, now (or as they would be)
};

enum class DnsMode : unsigned char {
  kReal,
  kDry,    // only asks, and says what would be
  kForce,  // removes the last address too
};

// "A" or "AAAA".
std::string_view RecordTypeOf(std::string_view address);

// kInvalid: the key file is open to everybody, or the name is an alias. kForbidden: the server
// refuses the key or the change. kUnreachable: no answer, or one that makes no sense. kNotFound:
// nsupdate or dig is not installed. kBusy: others keep changing the same name.
Result<DnsAddresses> FindAddresses(const DnsZone& zone, const std::string& name,
                                   std::string_view type);

// Ok, and nothing changed, where the address is there with that time to live. What was done is
// confirmed by asking the server again.
Result<DnsChange> AddAddress(const DnsZone& zone, const DnsAddress& address, DnsMode mode);

// Ok, and nothing changed, where it is not there. kChanged: it is the last one of its kind, and
// without it nobody would find the name; two servers that remove themselves at once do not both
// succeed, because the removal holds only for exactly the addresses that were seen.
Result<DnsChange> RemoveAddress(const DnsZone& zone, const DnsAddress& address, DnsMode mode);

// For the above, and for tests: dig's text as addresses, and nsupdate's words as a Status.
Result<DnsAddresses> ParseDig(std::string_view output, std::string_view type);
Status ClassifyNsupdate(int exit_code, std::string_view errors);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_DNS_UPDATE_H_
