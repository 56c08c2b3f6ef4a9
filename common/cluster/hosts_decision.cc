// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/hosts_decision.h"

#include <algorithm>

#include "common/base/text.h"

namespace audiodl {
namespace {

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [name](const auto& other) { return EqualsIgnoreCase(other, name); });
}

}  // namespace

Status CheckDemands(const HostsObject& object, const HostsDemands& demands) {
  for (const std::string& name : demands.names) {
    if (object.AddressesOf(name).empty()) {
      return Status::Invalid("it does not name " + Printable(name) + ", which this server needs");
    }
  }
  if (!demands.allow_loopback && object.HasLoopback()) {
    return Status::Invalid(
        "it has a loopback address, which would lead every server to itself (--allow-loopback "
        "takes it all the same)");
  }
  for (const std::string& name : object.Names()) {
    if (name.find('.') == std::string::npos || Contains(demands.names, name)) continue;
    return Status::Invalid("it names " + name +
                           ", and names with a dot are taken only where they " +
                           "are asked for with --name");
  }
  return Status::Ok();
}

uint64_t SerialOf(const std::optional<HostsBlock>& block) {
  if (!block) return 0;
  const Result<HostsObject> object = HostsObject::Parse(block->object);
  return object.ok() ? object->serial() : 0;
}

HostsVerdict JudgeHosts(const std::optional<HostsBlock>& block, const HostsObject& object) {
  if (!block) return HostsVerdict::kApply;
  if (block->object == object.text()) return HostsVerdict::kUnchanged;
  if (object.serial() <= block->refused_up_to) return HostsVerdict::kHeld;
  if (object.serial() <= SerialOf(block)) return HostsVerdict::kOlder;
  return HostsVerdict::kApply;
}

std::vector<HostsLine> WithAddresses(const std::vector<HostsLine>& lines,
                                     const std::vector<std::string>& names,
                                     const std::vector<std::string>& addresses) {
  std::vector<HostsLine> after;
  for (HostsLine line : lines) {
    std::erase_if(line.names, [&](const auto& name) { return Contains(names, name); });
    if (!line.names.empty()) after.push_back(std::move(line));
  }
  for (const std::string& name : names) {
    for (const std::string& address : addresses) after.push_back({address, {name}});
  }
  // So that two servers that say the same in another order make the same object.
  std::stable_sort(after.begin(), after.end(), [](const HostsLine& a, const HostsLine& b) {
    return a.names.front() < b.names.front();
  });
  return after;
}

uint64_t NextSerial(const std::optional<HostsObject>& current, std::chrono::sys_seconds now) {
  const auto time = static_cast<uint64_t>(now.time_since_epoch().count());
  return current ? std::max(time, current->serial() + 1) : time;
}

}  // namespace audiodl
