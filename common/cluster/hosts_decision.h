// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What `audiodl hosts` does with what it finds: pure, so that every case can be tested. Any thread.

#ifndef AUDIODL_COMMON_CLUSTER_HOSTS_DECISION_H_
#define AUDIODL_COMMON_CLUSTER_HOSTS_DECISION_H_

#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/cluster/hosts_file.h"
#include "common/cluster/hosts_object.h"

namespace audiodl {

// What must hold for an object before it decides anything on this machine.
struct HostsDemands {
  std::vector<std::string> names;  // each must be in it
  bool allow_loopback = false;
};

// kInvalid: a wanted name is missing; a loopback address, which leads every server to itself; a
// name with a dot that was not asked for: whoever can write the object should not be able to lead
// s3.amazonaws.com elsewhere.
Status CheckDemands(const HostsObject& object, const HostsDemands& demands);

enum class HostsVerdict : unsigned char {
  kApply,
  kUnchanged,  // the block is that object
  kHeld,       // it was rolled back
  kOlder,      // the block's serial is higher, or the same with other lines
};

// `block` is what the hosts file has now. One that somebody has edited counts as older than all.
HostsVerdict JudgeHosts(const std::optional<HostsBlock>& block, const HostsObject& object);

// The serial of what a block holds; 0 where that is no whole object.
uint64_t SerialOf(const std::optional<HostsBlock>& block);

// The lines that the object shall have after one server has said where it is: `names` at exactly
// `addresses`, all other names as they were. Empty `addresses` take the names out.
std::vector<HostsLine> WithAddresses(const std::vector<HostsLine>& lines,
                                     const std::vector<std::string>& names,
                                     const std::vector<std::string>& addresses);

// The serial of the object after `current` (none: the first): the time, but always a higher one.
uint64_t NextSerial(const std::optional<HostsObject>& current, std::chrono::sys_seconds now);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_HOSTS_DECISION_H_
