// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/dns_command.h"

#include <limits>
#include <optional>
#include <ostream>
#include <utility>

#include "audiodl/chosen_value.h"
#include "audiodl/operator_cache.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"
#include "common/cluster/host_names.h"

namespace audiodl {
namespace {

enum class Action : unsigned char { kAdd, kRemove };

struct Order {
  Action action;
  DnsZone zone;
  std::vector<DnsAddress> addresses;
  DnsMode mode = DnsMode::kReal;
  bool json = false;

  const Command& command() const {
    return action == Action::kAdd ? kDnsAddCommand : kDnsRemoveCommand;
  }
};

// "NAME", "NAME port=5353"
Status SetServer(const std::string& text, DnsZone& zone) {
  const Result<std::vector<std::string>> words = SplitWords(text);
  if (!words.ok() || words->empty() || words->size() > 2) {
    return Status::Invalid("the name server is written as SERVER or \"SERVER port=5353\"");
  }
  zone.server = words->front();
  if (!CheckHostName(zone.server).ok() && !HostAddress::Parse(zone.server).ok()) {
    return Status::Invalid("\"" + Printable(zone.server) + "\" is neither a name nor an address");
  }
  if (words->size() == 1) return Status::Ok();
  const std::string_view word = words->back();
  const auto port = word.starts_with("port=") ? ParseDecimal(word.substr(5)) : std::nullopt;
  if (!port || *port == 0 || *port > 65535) {
    return Status::Invalid("\"" + Printable(word) + "\" is no port=NUMBER");
  }
  zone.port = static_cast<uint16_t>(*port);
  return Status::Ok();
}

// In small letters, without a dot at its end.
Result<std::string> CheckedName(const std::string& name) {
  std::string checked = ToLower(name.ends_with('.') ? name.substr(0, name.size() - 1) : name);
  const Status good = CheckHostName(checked);
  if (good.ok()) return checked;
  return Status::Invalid("the name \"" + Printable(name) + "\" " + good.text());
}

// "NAME ADDRESS...", of which AudioDnsName may stand for the name.
Result<std::vector<DnsAddress>> AddressesOf(const Options& options, const CommandConfig& config) {
  std::vector<std::string> words = options.operands();
  Result<std::string> name = DnsNameOf(config);
  if (name.status().code() == Code::kCorrupt) return name.status();
  if (name.ok() && !words.empty() && HostAddress::Parse(words.front()).ok()) {
    words.insert(words.begin(), std::move(name).value());
  }
  if (words.size() < 2) return Status::Invalid("a name and at least one address are needed");
  const Result<uint32_t> ttl = DnsTtlOf(options, config);
  if (!ttl.ok()) return ttl.status();
  std::vector<DnsAddress> addresses;
  for (size_t i = 1; i < words.size(); ++i) {
    Result<DnsAddress> address = ParseDnsAddress(words.front(), words[i]);
    if (!address.ok()) return address.status();
    address->ttl = *ttl;
    addresses.push_back(std::move(address).value());
  }
  return addresses;
}

Result<Order> ReadOrder(Action action, const Options& options) {
  const Result<CommandConfig> config = CommandConfig::Read(options.Value(CommandConfig::kOption));
  if (!config.ok()) return config.status();
  Result<DnsZone> zone = DnsZoneOf(options, *config);
  if (!zone.ok()) return zone.status();
  Result<std::vector<DnsAddress>> addresses = AddressesOf(options, *config);
  if (!addresses.ok()) return addresses.status();
  Order order{action, std::move(zone).value(), std::move(addresses).value()};
  if (options.Has("--force")) order.mode = DnsMode::kForce;
  if (options.Has("-n")) order.mode = DnsMode::kDry;
  order.json = options.Has("--json");
  return order;
}

void Say(const Order& order, const DnsAddress& address, const DnsChange& change,
         const Console& console) {
  const bool add = order.action == Action::kAdd;
  const char* result = add ? "added" : "removed";
  if (!change.changed) result = add ? "there already" : "not there";
  if (order.json) {
    JsonArray now;
    for (const std::string& other : change.addresses) now.AddRaw(JsonText(other));
    console.out << JsonObject()
                       .Add("result", result)
                       .Add("name", address.name)
                       .Add("address", address.address)
                       .AddRaw("addresses", now.Text())
                       .Add("dry_run", order.mode == DnsMode::kDry)
                       .Text()
                << "\n";
    return;
  }
  const bool would = order.mode == DnsMode::kDry && change.changed;
  console.out << (would ? "would be " : "") << result << ": " << address.name << " "
              << address.address << "; now";
  for (const std::string& other : change.addresses) console.out << " " << other;
  console.out << (change.addresses.empty() ? " none\n" : "\n");
}

ExitCode Carry(const Order& order, const Console& console) {
  for (const DnsAddress& address : order.addresses) {
    const Result<DnsChange> change = order.action == Action::kAdd
                                         ? AddAddress(order.zone, address, order.mode)
                                         : RemoveAddress(order.zone, address, order.mode);
    if (change.ok()) {
      Say(order, address, *change, console);
      continue;
    }
    const ExitCode code = Complain(order.command(), change.status(), console);
    return change.status().code() == Code::kChanged ? kNegative : code;
  }
  return kDone;
}

ExitCode Run(Action action, const std::vector<std::string>& arguments, const Console& console) {
  const Command& command = action == Action::kAdd ? kDnsAddCommand : kDnsRemoveCommand;
  Options::Names names = {
      .flags = {"-n", "--json"},
      .values = {CommandConfig::kOption, "--server", "--key", "--zone"},
  };
  if (action == Action::kAdd) {
    names.values.emplace_back("--ttl");
  } else {
    names.flags.emplace_back("--force");
  }
  const Result<Options> options = Options::Parse(arguments, names);
  if (!options.ok()) return Refuse(command, options.status(), console);
  const Result<Order> order = ReadOrder(action, *options);
  if (!order.ok()) return Refuse(command, order.status(), console);
  return Carry(*order, console);
}

ExitCode RunAdd(const std::vector<std::string>& arguments, const Console& console) {
  return Run(Action::kAdd, arguments, console);
}

ExitCode RunRemove(const std::vector<std::string>& arguments, const Console& console) {
  return Run(Action::kRemove, arguments, console);
}

}  // namespace

Result<DnsZone> DnsZoneOf(const Options& options, const CommandConfig& config) {
  const auto server = ChosenValue::Of(options, config, {"--server", "AudioDnsServer"});
  if (!server.text()) {
    return Status(Code::kNotFound,
                  "which name server? Write AudioDnsServer into " +
                      options.Value(CommandConfig::kOption).value_or(CommandConfig::kDefaultPath) +
                      ", or give --server");
  }
  DnsZone zone;
  if (Status status = SetServer(*server.text(), zone); !status.ok()) {
    return server.Wrong(status.text());
  }
  zone.key_file = ChosenValue::Of(options, config, {"--key", "AudioDnsKey"}).text().value_or("");
  const auto name = ChosenValue::Of(options, config, {"--zone", "AudioDnsZone"});
  zone.zone = name.text().value_or("");
  if (zone.zone.ends_with('.')) zone.zone.pop_back();
  if (!zone.zone.empty() && !CheckHostName(zone.zone).ok()) {
    return name.Wrong("\"" + Printable(zone.zone) + "\" is no domain name");
  }
  return zone;
}

Result<uint32_t> DnsTtlOf(const Options& options, const CommandConfig& config) {
  const auto text = ChosenValue::Of(options, config, {"--ttl", "AudioDnsTtl"});
  if (!text.text()) return DnsAddress().ttl;
  const auto time = ParseDuration(*text.text());
  if (!time.ok()) return text.Wrong(time.status().text());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*time).count();
  // RFC 2181 section 8: 31 bits.
  if (seconds > std::numeric_limits<int32_t>::max()) return text.Wrong("too long");
  return static_cast<uint32_t>(seconds);
}

Result<std::string> DnsNameOf(const CommandConfig& config) {
  std::optional<std::string> name = config.Text("AudioDnsName");
  if (!name) return Status(Code::kNotFound, "AudioDnsName is not set");
  Result<std::string> good = CheckedName(*name);
  if (good.ok()) return good;
  return Status(Code::kCorrupt, "AudioDnsName: " + good.status().text());
}

Result<DnsAddress> ParseDnsAddress(const std::string& name, const std::string& address) {
  const Result<std::string> good = CheckedName(name);
  if (!good.ok()) return good.status();
  const Result<HostAddress> host = HostAddress::Parse(address);
  if (!host.ok()) {
    return Status::Invalid("the address \"" + Printable(address) + "\" " + host.status().text());
  }
  if (host->loopback) return Status::Invalid(address + " leads everybody to themselves");
  DnsAddress parsed;
  parsed.name = *good;
  parsed.address = host->text;
  return parsed;
}

const Command kDnsAddCommand = {
    .name = "dns add",
    .arguments =
        "[-n] [--config FILE] [--server SERVER] [--key FILE] [--zone ZONE] [--ttl TIME] [--json] "
        "NAME ADDRESS...",
    .summary = "put this server's address into a name that several share",
    .help =
        "Sends the zone's primary name server a signed update (RFC 2136, TSIG), as nsupdate does,\n"
        "which must be installed (bind9-dnsutils), and asks it whether it holds. IPv4 and IPv6\n"
        "alike. What is there already is left alone, so it may run at any time.\n"
        "\n"
        "  -n               changes nothing, and says what it would do\n"
        "  --config FILE    where AudioDnsServer and the like are set; the default is\n"
        "                   /etc/audiodl/audiodl.conf. With AudioDnsName, NAME may be left out\n"
        "  --server SERVER  the primary server: a name or an address, or \"SERVER port=5353\"\n"
        "  --key FILE       the key that signs, as tsig-keygen prints it; for its owner alone\n"
        "  --zone ZONE      where the server's SOA record does not tell\n"
        "  --ttl TIME       how long others may remember it, in place of AudioDnsTtl (300s)\n"
        "  --json           answers in JSON, one object a line\n",
    .run = RunAdd,
};

const Command kDnsRemoveCommand = {
    .name = "dns remove",
    .arguments =
        "[-n] [--config FILE] [--server SERVER] [--key FILE] [--zone ZONE] [--force] [--json] "
        "NAME ADDRESS...",
    .summary = "take this server's address out of a name that several share",
    .help =
        "As dns add. The last address of its kind is not removed, even where two servers remove\n"
        "themselves at the same moment: the answer is no then.\n"
        "\n"
        "  -n               changes nothing, and says what it would do\n"
        "  --config FILE    where AudioDnsServer and the like are set; the default is\n"
        "                   /etc/audiodl/audiodl.conf. With AudioDnsName, NAME may be left out\n"
        "  --server SERVER  the primary server: a name or an address, or \"SERVER port=5353\"\n"
        "  --key FILE       the key that signs, as tsig-keygen prints it; for its owner alone\n"
        "  --zone ZONE      where the server's SOA record does not tell\n"
        "  --force          removes the last address too\n"
        "  --json           answers in JSON, one object a line\n",
    .run = RunRemove,
};

}  // namespace audiodl
