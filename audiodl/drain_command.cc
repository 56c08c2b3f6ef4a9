// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/drain_command.h"

#include <unistd.h>

#include <chrono>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "audiodl/cache_dir_option.h"
#include "audiodl/command_config.h"
#include "audiodl/dns_command.h"
#include "audiodl/operator_cache.h"
#include "audiodl/options.h"
#include "common/base/json.h"
#include "common/base/json_text.h"
#include "common/base/units.h"
#include "common/cache/drain_flag.h"
#include "common/cluster/drain_watch.h"
#include "common/fetch/control_client.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kLook{1000};
// Where nobody watches a terminal, a line from time to time.
constexpr std::chrono::seconds kLineEvery{30};

struct Order {
  std::string dir;
  milliseconds timeout{std::chrono::hours(1)};
  milliseconds quiet{5000};
  bool undo = false;
  bool wait = true;
  bool dry = false;
  bool json = false;
  std::optional<DnsZone> zone;  // none: DNS is left alone
  std::vector<DnsAddress> addresses = {};
};

// What the running server says. kNotFound: httpd does not run.
struct Seen {
  DrainLook look;
  std::set<std::string> dirs;  // of all its caches
};

Result<Seen> Look(const std::string& dir) {
  const Result<std::string> answer = ControlClient(dir).Call("downloads", "");
  if (!answer.ok()) return answer.status();
  const Result<Json> json = Json::Parse(*answer);
  if (!json.ok()) return json.status();
  Seen seen;
  const auto number = [&json](std::string_view name) {
    const Json* member = json->Find(name);
    return member == nullptr ? 0 : member->AsUint().value_or(0);
  };
  seen.look = {number("downloads"), number("bytes_left")};
  seen.dirs.insert(dir);
  if (const Json* stores = json->Find("stores")) {
    for (const Json& store : stores->items()) {
      if (const auto path = store.StringAt("cache_dir")) seen.dirs.insert(*path);
    }
  }
  return seen;
}

Result<milliseconds> TimeOf(const Options& options, const std::string& name, milliseconds usual) {
  const auto text = options.Value(name);
  if (!text) return usual;
  Result<milliseconds> time = ParseDuration(*text);
  if (!time.ok()) return Status::Invalid(name + ": " + time.status().text());
  return time;
}

Status ReadDns(const Options& options, Order& order) {
  const std::vector<std::string> addresses = options.List("--dns");
  if (addresses.empty()) return Status::Ok();
  const Result<CommandConfig> config = CommandConfig::Read(options.Value(CommandConfig::kOption));
  if (!config.ok()) return config.status();
  Result<DnsZone> zone = DnsZoneOf(options, *config);
  if (!zone.ok()) return zone.status();
  order.zone = std::move(zone).value();
  const auto given = options.Value("--dns-name");
  const Result<std::string> name = given ? Result<std::string>(*given) : DnsNameOf(*config);
  if (name.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound, "--dns: which name? Write AudioDnsName, or give --dns-name");
  }
  if (!name.ok()) return name.status();
  const Result<uint32_t> ttl = DnsTtlOf(options, *config);
  if (!ttl.ok()) return ttl.status();
  for (const std::string& text : addresses) {
    Result<DnsAddress> address = ParseDnsAddress(*name, text);
    if (!address.ok()) return Status::Invalid("--dns: " + address.status().text());
    address->ttl = *ttl;
    order.addresses.push_back(std::move(address).value());
  }
  return Status::Ok();
}

Result<Order> ReadOrder(const Options& options) {
  Order order;
  order.dir = CacheDirOf(options);
  order.undo = options.Has("--undo");
  order.wait = !options.Has("--no-wait") && !order.undo;
  order.dry = options.Has("-n");
  order.json = options.Has("--json");
  const Result<milliseconds> timeout = TimeOf(options, "--timeout", order.timeout);
  if (!timeout.ok()) return timeout.status();
  order.timeout = *timeout;
  const Result<milliseconds> said = TimeOf(options, "--quiet", order.quiet);
  if (!said.ok()) return said.status();
  if (Status status = ReadDns(options, order); !status.ok()) return status;
  order.quiet = *said;
  // Whoever has just asked for the address may come for as long as they remember it.
  if (!order.addresses.empty() && !options.Value("--quiet")) {
    order.quiet = std::chrono::seconds(order.addresses[0].ttl);
  }
  return order;
}

void SayState(const Order& order, std::string_view state, const DrainWatch* watch,
              const Console& console) {
  if (!order.json) {
    console.out << state << (watch == nullptr ? "" : ": " + watch->Text()) << "\n" << std::flush;
    return;
  }
  JsonObject json;
  json.Add("state", state);
  if (watch != nullptr) {
    json.Add("downloads", watch->look().downloads).Add("bytes_left", watch->look().bytes_left);
    if (const auto rate = watch->bytes_per_second()) json.Add("bytes_per_second", *rate);
    if (const auto left = watch->time_left()) {
      json.Add("seconds_left", static_cast<uint64_t>(left->count()));
    }
  }
  console.out << json.Add("dry_run", order.dry).Text() << "\n" << std::flush;
}

// DNS first, and as a question: whoever is the last to serve the name is not to be drained.
Status AskDns(const Order& order) {
  for (const DnsAddress& address : order.addresses) {
    const Status status = RemoveAddress(*order.zone, address, DnsMode::kDry).status();
    if (!status.ok()) return status;
  }
  return Status::Ok();
}

Status AddAddresses(const Order& order, const std::vector<DnsAddress>& addresses) {
  for (const DnsAddress& address : addresses) {
    const Status status = AddAddress(*order.zone, address, DnsMode::kReal).status();
    if (!status.ok()) return status;
  }
  return Status::Ok();
}

// All of them, or where one is the last by now (another server drains, too), none.
Status RemoveAddresses(const Order& order) {
  std::vector<DnsAddress> removed;
  for (const DnsAddress& address : order.addresses) {
    const Result<DnsChange> change = RemoveAddress(*order.zone, address, DnsMode::kReal);
    if (change.ok()) {
      if (change->changed) removed.push_back(address);
      continue;
    }
    if (change.status().code() != Code::kChanged) return change.status();
    const Status back = AddAddresses(order, removed);
    if (back.ok()) return change.status();
    return Status(back.code(), change.status().text() +
                                   "; this server's other addresses, which are gone, could not be "
                                   "put back: " +
                                   back.text());
  }
  return Status::Ok();
}

Status CheckAreCaches(const std::set<std::string>& dirs) {
  for (const std::string& dir : dirs) {
    if (Status status = CheckIsCache(dir); !status.ok()) return status;
  }
  return Status::Ok();
}

Status SetFlags(const std::set<std::string>& dirs, bool draining) {
  for (const std::string& dir : dirs) {
    if (Status status = SetDraining(dir, draining); !status.ok()) return status;
  }
  return Status::Ok();
}

// The answer may still be no: then the flags that were set for it are taken back, or the last
// server of the name would send its customers away.
Status SetFlagsAndDns(const Order& order, const std::set<std::string>& dirs) {
  std::set<std::string> others;
  for (const std::string& dir : dirs) {
    if (IsDraining(dir) == order.undo) others.insert(dir);
  }
  if (Status status = SetFlags(others, !order.undo); !status.ok()) return status;
  if (order.undo) return AddAddresses(order, order.addresses);
  Status status = RemoveAddresses(order);
  if (status.code() != Code::kChanged) return status;
  const Status back = SetFlags(others, false);
  return back.ok() ? status : Status(back.code(), status.text() + "; " + back.text());
}

// One line on a terminal, rewritten; elsewhere one from time to time.
class Teller {
 public:
  Teller(const Order& order, const Console& console)
      : order_(order), console_(console), on_terminal_(!order.json && isatty(STDERR_FILENO) == 1) {}
  ~Teller() {
    if (on_terminal_) console_.err << "\r\x1b[K" << std::flush;
  }
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  void Tell(const DrainWatch& watch, Clock::time_point now) {
    if (on_terminal_) {
      console_.err << "\r\x1b[K"
                   << "draining: " << watch.Text() << std::flush;
    } else if (now >= next_) {
      next_ = now + kLineEvery;
      SayState(order_, "draining", &watch, console_);
    }
  }

 private:
  const Order& order_;
  const Console& console_;
  const bool on_terminal_;
  Clock::time_point next_{};  // line that is due
};

ExitCode WaitForEmpty(const Order& order, const Console& console) {
  DrainWatch watch(order.quiet);
  const Clock::time_point deadline = Clock::now() + order.timeout;
  Teller teller(order, console);
  for (;;) {
    const Result<Seen> seen = Look(order.dir);
    const Clock::time_point now = Clock::now();
    // Without httpd nobody downloads; one that restarts, or has a new fetcher, is asked again.
    const bool gone = seen.status().code() == Code::kNotFound;
    if (!seen.ok() && !gone && seen.status().code() != Code::kUnreachable) {
      return Complain(kDrainCommand, seen.status(), console);
    }
    if (seen.ok() || gone) watch.Take(seen.ok() ? seen->look : DrainLook(), now);
    if (watch.is_empty()) {
      SayState(order, "empty", &watch, console);
      return kDone;
    }
    if (now >= deadline) {
      SayState(order, "not empty", &watch, console);
      return kNegative;
    }
    teller.Tell(watch, now);
    std::this_thread::sleep_for(std::min<Clock::duration>(kLook, deadline - now));
  }
}

ExitCode Drain(const Order& order, const Console& console) {
  const Result<Seen> seen = Look(order.dir);
  if (!seen.ok() && seen.status().code() == Code::kForbidden) {
    return Complain(kDrainCommand, seen.status(), console);
  }
  const std::set<std::string> dirs = seen.ok() ? seen->dirs : std::set<std::string>{order.dir};
  if (const Status status = CheckAreCaches(dirs); !status.ok()) {
    return Complain(kDrainCommand, status, console);
  }
  if (!order.undo) {
    const Status possible = AskDns(order);
    if (!possible.ok()) {
      const ExitCode code = Complain(kDrainCommand, possible, console);
      return possible.code() == Code::kChanged ? kNegative : code;
    }
  }
  if (order.dry) {
    DrainWatch watch(milliseconds(0));
    if (seen.ok()) watch.Take(seen->look, Clock::now());
    SayState(order, order.undo ? "would be taken back" : "would be drained", &watch, console);
    return kDone;
  }
  if (const Status status = SetFlagsAndDns(order, dirs); !status.ok()) {
    const ExitCode code = Complain(kDrainCommand, status, console);
    return status.code() == Code::kChanged ? kNegative : code;
  }
  if (order.wait) return WaitForEmpty(order, console);
  SayState(order, order.undo ? "serving" : "draining", nullptr, console);
  return kDone;
}

ExitCode Run(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"--undo", "--no-wait", "-n", "--json"},
                                 .values = {kDirOption, "--timeout", "--quiet", "--dns-name",
                                            "--server", "--key", "--zone", CommandConfig::kOption},
                                 .lists = {"--dns"}});
  if (!options.ok()) return Refuse(kDrainCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kDrainCommand, "takes no operands", console);
  }
  const Result<Order> order = ReadOrder(*options);
  if (!order.ok()) return Refuse(kDrainCommand, order.status(), console);
  return Drain(*order, console);
}

}  // namespace

const Command kDrainCommand = {
    .name = "drain",
    .arguments = "[--undo] [--no-wait] [OPTION]...",
    .summary = "take this server away from its customers, and wait until the last has gone",
    .help =
        "The server's health (SetHandler audiodl-health) becomes \"draining\", 503, so that a "
        "load\n"
        "balancer sends nobody here; with --dns its address leaves the name too. Whoever comes is\n"
        "served all the same. Then it waits, and says how many downloads are left, how many "
        "bytes,\n"
        "and how long that will take. It holds over restarts of httpd and of the machine, until\n"
        "it is taken back. The answer is no where somebody is left after --timeout, and where "
        "this\n"
        "is the last address of the name.\n"
        "\n"
        "  --undo           takes it back\n"
        "  --no-wait        ends at once\n"
        "  --timeout TIME   waits so long (1h)\n"
        "  --quiet TIME     nobody must have come for so long (5s; with --dns AudioDnsTtl, 300s\n"
        "                   without it)\n"
        "  --dns ADDRESS    takes ADDRESS out of the name, or with --undo puts it in; as often as\n"
        "                   needed\n"
        "  --dns-name NAME  the name, in place of AudioDnsName\n"
        "  --server SERVER  as for dns add, in place of AudioDnsServer\n"
        "  --key FILE       in place of AudioDnsKey\n"
        "  --zone ZONE      in place of AudioDnsZone\n"
        "  --dir DIR        an AudioCacheDir of the server (/var/cache/audiodl/www); all that a\n"
        "                   running server has are meant\n"
        "  -n               changes nothing, and says how many downloads there are\n"
        "  --json           one JSON object a line\n"
        "  --config FILE    settings; the default is /etc/audiodl/audiodl.conf\n",
    .run = Run,
};

}  // namespace audiodl
