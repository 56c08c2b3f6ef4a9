// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Addresses of a cluster from any bytes. The first byte chooses: 'o' an object as it is, 'l' its
// lines, between a head and a tail that are right, 'f' a hosts file, 'd' what dig says. One thread
// at a time.

#ifndef AUDIODL_TESTS_FUZZ_HOSTS_TARGET_H_
#define AUDIODL_TESTS_FUZZ_HOSTS_TARGET_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/digest.h"
#include "common/cluster/dns_update.h"
#include "common/cluster/host_names.h"
#include "common/cluster/hosts_file.h"
#include "common/cluster/hosts_object.h"
#include "tests/fuzz/promise.h"

namespace audiodl {

inline void PromiseObject(const std::string& text) {
  const Result<HostsObject> object = HostsObject::Parse(text);
  if (!object.ok()) return Promise(!object.status().text().empty(), "a refusal says why");
  Promise(object->text() == text, "what was read is kept");
  Promise(!object->lines().empty(), "an object names a host");
  for (const HostsLine& line : object->lines()) {
    Promise(HostAddress::Parse(line.address).ok() && !line.names.empty(), "a line is an address");
    for (const std::string& name : line.names) {
      Promise(CheckHostName(name).ok() && !IsReservedHostName(name), "and names that are allowed");
      Promise(!object->AddressesOf(name).empty(), "which are found again");
    }
  }
  const HostsObject again = HostsObject::Make(object->lines(), object->serial(), object->written());
  const Result<HostsObject> parsed = HostsObject::Parse(again.text());
  Promise(parsed.ok() && parsed->lines() == object->lines() && parsed->serial() == object->serial(),
          "what is written is read again");
}

inline void PromiseLines(std::string_view lines) {
  std::string covered = "# audiodl hosts 1\n# serial 7\n# written 2026-11-27T10:00:00Z\n";
  covered += lines;
  const std::string digest = HexEncode(Sha256Of(covered));
  PromiseObject(covered + "# sha256 " + digest + "\n# end\n");
}

inline void PromiseFile(const std::string& text) {
  const Result<HostsFile> file = HostsFile::Parse(text);
  if (!file.ok()) return;
  Promise(file->text() == text, "the text is kept");
  const HostsObject object = HostsObject::Make({{"10.0.0.5", {"dbserver"}}}, 9, {});
  const HostsBlock block{4, object.text()};
  const std::string with = file->With(block);
  const Result<HostsFile> read = HostsFile::Parse(with);
  Promise(read.ok() && read->block() == block, "a block is found where it was put");
  Promise(read->With(block) == with, "and putting it there again changes nothing");
  const std::string without = file->With(std::nullopt);
  const std::string again = read->With(std::nullopt);
  // Only the end of a last line that had none is added.
  Promise(again == without || again == without + "\n", "all else stays what it was");
  (void)file->ForeignLineNaming("dbserver");
}

inline void FuzzHosts(std::string_view input) {
  if (input.empty()) return;
  const std::string rest(input.substr(1));
  switch (input.front()) {
    case 'o':
      return PromiseObject(rest);
    case 'l':
      return PromiseLines(rest);
    case 'f':
      return PromiseFile(rest);
    case 'd':
      (void)ParseDig(rest, "A").ok();
      return;
    default:
      return;
  }
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_HOSTS_TARGET_H_
