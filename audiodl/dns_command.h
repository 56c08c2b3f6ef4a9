// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// `audiodl dns add` and `audiodl dns remove`: one server's address in a name that several share.
// Also for commands of which that is one step.

#ifndef AUDIODL_AUDIODL_DNS_COMMAND_H_
#define AUDIODL_AUDIODL_DNS_COMMAND_H_

#include "audiodl/command.h"
#include "audiodl/command_config.h"
#include "audiodl/options.h"
#include "common/cluster/dns_update.h"

namespace audiodl {

extern const Command kDnsAddCommand;
extern const Command kDnsRemoveCommand;

// The name server as --server, --key and --zone, or AudioDnsServer, AudioDnsKey and
// AudioDnsZone, say.
Result<DnsZone> DnsZoneOf(const Options& options, const CommandConfig& config);

// A name without its last dot, and an address that another machine can have.
Result<DnsAddress> ParseDnsAddress(const std::string& name, const std::string& address);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_DNS_COMMAND_H_
