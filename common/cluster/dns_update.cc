// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/dns_update.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "common/base/text.h"
#include "common/cluster/program.h"

namespace audiodl {
namespace {

// Others may change the same name at the same moment: what was seen is looked at again.
constexpr int kMaxRounds = 10;
constexpr char kInstall[] = ": install the package bind9-dnsutils";

std::string Seconds(std::chrono::milliseconds time) {
  return std::to_string(std::max<int64_t>(1, time.count() / 1000));
}

// nsupdate reads the key itself; what it would not say is that everybody else may too.
Status CheckKeyFile(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return Status::FromErrno(errno, "the DNS key " + path);
  if (!S_ISREG(info.st_mode)) return Status::Invalid("the DNS key " + path + " is no regular file");
  if ((info.st_mode & S_IRWXO) != 0) {
    return Status::Invalid(path + " may be read or written by everybody: chmod o-rwx " + path);
  }
  return Status::Ok();
}

Result<ProgramOutcome> Run(const Program& program) {
  Result<ProgramOutcome> done = RunProgram(program);
  if (!done.ok() && done.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound, program.argv.front() + " is not installed" + kInstall);
  }
  return done;
}

std::string Where(const DnsZone& zone) {
  return "the name server " + Printable(zone.server) +
         (zone.port == 53 ? std::string() : " port " + std::to_string(zone.port));
}

Status AtServer(const DnsZone& zone, const Status& status) {
  return Status(status.code(), Where(zone) + ": " + status.text());
}

// One update, with the addresses that the name must have for it to count: nothing is done else.
Status Update(const DnsZone& zone, const std::vector<std::string>& lines) {
  std::string script = "server " + zone.server + " " + std::to_string(zone.port) + "\n";
  if (!zone.zone.empty()) script += "zone " + zone.zone + ".\n";
  for (const std::string& line : lines) script += line + "\n";
  // Over TCP: no answer is cut, and no second copy of a lost one is sent.
  Program program{.argv = {"nsupdate", "-v", "-t", Seconds(zone.patience)},
                  .input = script + "send\n",
                  .at_most = 2 * zone.patience};
  if (!zone.key_file.empty()) {
    program.argv.insert(program.argv.end(), {"-k", zone.key_file});
  }
  const Result<ProgramOutcome> done = Run(program);
  if (!done.ok()) return done.status();
  if (done->timed_out) return Status(Code::kUnreachable, "it did not answer in time");
  return ClassifyNsupdate(done->exit_code, done->errors);
}

std::string Record(const DnsAddress& address, const std::string& value) {
  return address.name + ". " + std::string(RecordTypeOf(address.address)) + " " + value;
}

Result<DnsAddresses> Find(const DnsZone& zone, const DnsAddress& address) {
  return FindAddresses(zone, address.name, RecordTypeOf(address.address));
}

Status CheckZone(const DnsZone& zone) {
  return zone.key_file.empty() ? Status::Ok() : CheckKeyFile(zone.key_file);
}

}  // namespace

bool DnsAddresses::Has(std::string_view address) const {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

std::string_view RecordTypeOf(std::string_view address) {
  return address.find(':') == std::string_view::npos ? "A" : "AAAA";
}

Result<DnsAddresses> ParseDig(std::string_view output, std::string_view type) {
  constexpr std::string_view kStatus = ", status: ";
  constexpr std::string_view kFlags = ";; flags: ";
  const size_t status_at = output.find(kStatus);
  const size_t flags_at = output.find(kFlags);
  if (status_at == std::string_view::npos || flags_at == std::string_view::npos) {
    return Status(Code::kUnreachable, "it did not answer");
  }
  const size_t status_begin = status_at + kStatus.size();
  const std::string_view status =
      output.substr(status_begin, output.find(',', status_begin) - status_begin);
  if (status == "REFUSED") {
    return Status(Code::kForbidden, "it refuses to answer for that name (REFUSED)");
  }
  if (status != "NOERROR" && status != "NXDOMAIN") {
    return Status(Code::kUnreachable, "it answers " + Printable(status));
  }
  const std::string_view flags = output.substr(flags_at, output.find(';', flags_at + 3) - flags_at);
  if (flags.find(" aa") == std::string_view::npos) {
    return Status::Invalid("it is no server of that zone: name the zone's primary one");
  }
  DnsAddresses found;
  while (!output.empty()) {
    const size_t end = std::min(output.find('\n'), output.size());
    const std::string_view line = Trim(output.substr(0, end));
    output.remove_prefix(std::min(end + 1, output.size()));
    if (line.empty() || line.starts_with(';')) continue;
    // "www.example.org. 300 IN A 192.0.2.7"
    const Result<std::vector<std::string>> words = SplitWords(line);
    if (!words.ok() || words->size() < 5 || (*words)[2] != "IN") continue;
    if ((*words)[3] == "CNAME") {
      return Status::Invalid("the name is an alias of " + Printable((*words)[4]) +
                             ": addresses belong to that one");
    }
    if ((*words)[3] != type) continue;
    found.ttl = static_cast<uint32_t>(ParseDecimal((*words)[1]).value_or(0));
    found.addresses.push_back((*words)[4]);
  }
  // The server rotates them.
  std::sort(found.addresses.begin(), found.addresses.end());
  return found;
}

Status ClassifyNsupdate(int exit_code, std::string_view errors) {
  if (exit_code == 0) return Status::Ok();
  const auto says = [errors](std::string_view word) {
    return errors.find(word) != std::string_view::npos;
  };
  if (says("NXRRSET") || says("YXRRSET") || says("NXDOMAIN") || says("YXDOMAIN")) {
    return Status(Code::kBusy, "the name's addresses were changed by somebody else meanwhile");
  }
  if (says("BADSIG"))
    return Status(Code::kForbidden, "the key's secret is not the server's (BADSIG)");
  if (says("BADKEY")) return Status(Code::kForbidden, "it knows no key of that name (BADKEY)");
  if (says("BADTIME")) {
    return Status(Code::kForbidden, "this machine's clock and its own are too far apart (BADTIME)");
  }
  if (says("couldn't get address")) return Status(Code::kUnreachable, "its name has no address");
  if (says("could not read key") || says("syntax error") || says("bad key")) {
    return Status::Invalid("the key file cannot be read: " + Printable(Trim(errors), 200));
  }
  if (says("NOTAUTH"))
    return Status::Invalid("it is not the primary server of that zone (NOTAUTH)");
  if (says("update failed: REFUSED")) {
    return Status(Code::kForbidden,
                  "it refuses the update (REFUSED): allow the key this name in update-policy");
  }
  if (says("REFUSED")) return Status::Invalid("it has no zone for that name (REFUSED)");
  if (says("could not reach")) return Status(Code::kUnreachable, "it does not answer");
  return Status(Code::kUnreachable, "nsupdate: " + Printable(Trim(errors), 200));
}

Result<DnsAddresses> FindAddresses(const DnsZone& zone, const std::string& name,
                                   std::string_view type) {
  const Result<ProgramOutcome> done =
      Run({.argv = {"dig", "@" + zone.server, "-p", std::to_string(zone.port), "+tcp", "+norecurse",
                    "+noall", "+comments", "+answer", "+tries=1", "+time=" + Seconds(zone.patience),
                    "-q", name + ".", "-t", std::string(type)},
           .at_most = 2 * zone.patience});
  if (!done.ok()) return done.status();
  Result<DnsAddresses> found = ParseDig(done->timed_out ? "" : done->output, type);
  if (!found.ok()) return AtServer(zone, found.status());
  return found;
}

Result<DnsChange> AddAddress(const DnsZone& zone, const DnsAddress& address, DnsMode mode) {
  if (Status good = CheckZone(zone); !good.ok()) return good;
  Result<DnsAddresses> now = Find(zone, address);
  if (!now.ok()) return now.status();
  if (now->Has(address.address) && now->ttl == address.ttl) return DnsChange{false, now->addresses};
  if (mode == DnsMode::kDry) {
    if (!now->Has(address.address)) now->addresses.push_back(address.address);
    return DnsChange{true, now->addresses};
  }
  const std::string ttl = std::to_string(address.ttl) + " ";
  const std::string type(RecordTypeOf(address.address));
  const Status done =
      Update(zone, {"update add " + address.name + ". " + ttl + type + " " + address.address});
  if (!done.ok()) return AtServer(zone, done);
  now = Find(zone, address);
  if (!now.ok()) return now.status();
  if (now->Has(address.address)) return DnsChange{true, now->addresses};
  return AtServer(zone, Status(Code::kUnreachable,
                               "it took the update, and does not have the "
                               "address: another server took it away"));
}

Result<DnsChange> RemoveAddress(const DnsZone& zone, const DnsAddress& address, DnsMode mode) {
  if (Status good = CheckZone(zone); !good.ok()) return good;
  bool changed = false;
  for (int round = 0; round < kMaxRounds; ++round) {
    const Result<DnsAddresses> now = Find(zone, address);
    if (!now.ok()) return now.status();
    if (!now->Has(address.address)) return DnsChange{changed, now->addresses};
    if (now->addresses.size() == 1 && mode != DnsMode::kForce) {
      return Status(Code::kChanged, address.address + " is the last address of " + address.name +
                                        " of its kind: without it nobody finds the name");
    }
    if (mode == DnsMode::kDry) {
      DnsChange change{true, now->addresses};
      std::erase(change.addresses, address.address);
      return change;
    }
    std::vector<std::string> lines;
    for (const std::string& other : now->addresses) {
      lines.push_back("prereq yxrrset " + Record(address, other));
    }
    lines.push_back("update delete " + Record(address, address.address));
    const Status done = Update(zone, lines);
    if (!done.ok() && done.code() != Code::kBusy) return AtServer(zone, done);
    changed = changed || done.ok();
  }
  return AtServer(zone, Status(Code::kBusy, "the addresses of " + address.name +
                                                " change all the time; try again"));
}

}  // namespace audiodl
