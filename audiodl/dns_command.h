// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl dns add` and `audiodl dns remove`: one server's address in a name that several share.
// Also for commands of which that is one step.

#ifndef AUDIODL_AUDIODL_DNS_COMMAND_H_
#define AUDIODL_AUDIODL_DNS_COMMAND_H_

#include <cstdint>
#include <string>

#include "audiodl/command.h"
#include "audiodl/command_config.h"
#include "audiodl/options.h"
#include "common/cluster/dns_update.h"

namespace audiodl {

extern const Command kDnsAddCommand;
extern const Command kDnsRemoveCommand;

// The name server as --server, --key and --zone, or AudioDnsServer, AudioDnsKey and
// AudioDnsZone, say. For Refuse().
Result<DnsZone> DnsZoneOf(const Options& options, const CommandConfig& config);

// How many seconds others may remember an address: --ttl, AudioDnsTtl, or 300. For Refuse().
Result<uint32_t> DnsTtlOf(const Options& options, const CommandConfig& config);

// AudioDnsName, in small letters and without its last dot. kNotFound: not set. kCorrupt: no name.
Result<std::string> DnsNameOf(const CommandConfig& config);

// A name without its last dot, and an address that another machine can have. kInvalid: neither.
Result<DnsAddress> ParseDnsAddress(const std::string& name, const std::string& address);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_DNS_COMMAND_H_
