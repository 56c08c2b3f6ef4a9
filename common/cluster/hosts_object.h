// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The object that says at which addresses a cluster's servers are: written by the database server,
// read by every web server into its /etc/hosts. It is a piece of a hosts file whose comments hold
// what proves that it is whole and which of two is newer:
//
//   # audiodl hosts 1
//   # serial 1795773600
//   # written 2026-11-27T10:00:00Z
//   10.0.0.5	dbserver
//   10.0.0.6	replserver
//   # sha256 9f2c…                    of all bytes above this line
//   # end
//
// The digest is no signature: it shows what was cut or changed by accident. Whoever may write the
// object decides where the servers find their database, so only they should have the right to.
//
// A value, immutable once made; any thread.

#ifndef AUDIODL_COMMON_CLUSTER_HOSTS_OBJECT_H_
#define AUDIODL_COMMON_CLUSTER_HOSTS_OBJECT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct HostsLine {
  std::string address;
  std::vector<std::string> names;

  bool operator==(const HostsLine&) const = default;
};

class HostsObject {
 public:
  static constexpr size_t kMaxBytes = size_t{64} * 1024;

  // kInvalid on everything that is not exactly the above: empty, cut, an HTML page, a line that is
  // no address and names, a name that is the machine's own, a digest that does not agree. The text
  // says what and in which line.
  static Result<HostsObject> Parse(std::string_view text);

  // REQUIRES: the lines would be accepted by Parse(); at least one.
  static HostsObject Make(std::vector<HostsLine> lines, uint64_t serial,
                          std::chrono::sys_seconds written);

  uint64_t serial() const { return serial_; }
  std::chrono::sys_seconds written() const { return written_; }
  const std::vector<HostsLine>& lines() const { return lines_; }
  // Exactly as parsed.
  const std::string& text() const { return text_; }

  // In any case, in the order of the lines; empty where the name is not there.
  std::vector<std::string> AddressesOf(std::string_view name) const;
  // Every name once, in order.
  std::vector<std::string> Names() const;
  bool HasLoopback() const;

 private:
  friend class HostsObjectReader;

  uint64_t serial_ = 0;
  std::chrono::sys_seconds written_{};
  std::vector<HostsLine> lines_;
  std::string text_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_HOSTS_OBJECT_H_
