// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/hosts_put_command.h"

#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "audiodl/hosts_settings.h"
#include "audiodl/operator_cache.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/cluster/hosts_decision.h"
#include "common/cluster/hosts_object.h"
#include "common/cluster/local_address.h"
#include "common/s3/endpoint.h"

namespace audiodl {
namespace {

// Several servers may write at once: what was read is read again.
constexpr int kMaxRounds = 10;

struct Order {
  HostsSettings settings;
  std::vector<std::string> addresses;  // empty: the names are taken out
  bool dry = false;
  bool json = false;
  bool force = false;
};

struct Report {
  std::string result;  // written, unchanged; refused: the object would name nobody
  uint64_t serial = 0;
};

// What the object holds now, and its entity tag; empty where there is no object.
struct Current {
  std::optional<HostsObject> object;
  std::string etag;
};

Result<std::vector<std::string>> GivenAddresses(const Options& options) {
  std::vector<std::string> addresses;
  for (const std::string& text : options.List("--address")) {
    const Result<HostAddress> address = HostAddress::Parse(text);
    if (!address.ok()) {
      return Status::Invalid("the address \"" + Printable(text) + "\" " + address.status().text());
    }
    if (address->loopback && !options.Has("--allow-loopback")) {
      return Status::Invalid(address->text + " would lead every server to itself");
    }
    addresses.push_back(address->text);
  }
  return addresses;
}

// The address that the origin sees is the one that this machine's neighbours do. Never kInvalid:
// that the network is not there yet is not the command line's fault.
Result<std::vector<std::string>> OwnAddress(const Origin& origin) {
  const Result<Endpoint> endpoint = Endpoint::Parse(origin.endpoint);
  if (origin.kind != Origin::Kind::kS3 || !endpoint.ok()) {
    return Status(Code::kNotFound, "which address does this server have? Give --address");
  }
  std::string host = endpoint->host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const Result<HostAddress> address = LocalAddressTowards(host);
  if (!address.ok()) return NotUsage(address.status());
  if (address->loopback) {
    return Status(Code::kNotFound, "this server reaches the origin over " + address->text +
                                       ", which is no address for others: give --address");
  }
  return std::vector<std::string>{address->text};
}

Result<Order> ReadOrder(const Options& options) {
  Result<std::vector<std::string>> addresses = GivenAddresses(options);
  if (!addresses.ok()) return addresses.status();
  const bool remove = options.Has("--remove");
  if (remove && !addresses->empty()) return Status::Invalid("--remove takes no --address");
  Result<HostsSettings> settings = HostsSettings::Of(options);
  if (!settings.ok()) return settings.status();
  if (settings->names.empty()) {
    return Status(Code::kNotFound,
                  "under which name? Give --name, or write AudioHostsNames into the settings");
  }
  if (addresses->empty() && !remove) addresses = OwnAddress(settings->object.shop.origin);
  if (!addresses.ok()) return addresses.status();
  return Order{std::move(settings).value(), std::move(addresses).value(), options.Has("-n"),
               options.Has("--json"), options.Has("--force")};
}

Result<Current> Fetch(ObjectStore& objects, const Order& order) {
  Result<StoredText> stored = FetchHostsText(objects, order.settings.object.key);
  if (stored.status().code() == Code::kNotFound) return Current();
  if (!stored.ok()) return stored.status();
  Current current;
  current.etag = stored->etag;
  Result<HostsObject> object = HostsObject::Parse(stored->text);
  if (object.ok()) {
    current.object = std::move(object).value();
  } else if (!order.force) {
    return Status::Invalid(order.settings.object.Text() + " is something else, or damaged (" +
                           object.status().text() + "); --force replaces it");
  }
  return current;
}

// kChanged: another server was faster.
Result<Report> PutOnce(ObjectStore& objects, const Order& order) {
  const Result<Current> current = Fetch(objects, order);
  if (!current.ok()) return current.status();
  const std::vector<HostsLine> before =
      current->object ? current->object->lines() : std::vector<HostsLine>();
  std::vector<HostsLine> lines = WithAddresses(before, order.settings.names, order.addresses);
  if (lines == before) {
    return Report{"unchanged", current->object ? current->object->serial() : 0};
  }
  if (lines.empty()) return Report{"refused", current->object ? current->object->serial() : 0};
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const HostsObject object =
      HostsObject::Make(std::move(lines), NextSerial(current->object, now), now);
  if (order.dry) return Report{"written", object.serial()};
  PutOptions how{.content_type = "text/plain; charset=us-ascii"};
  how.if_match = current->etag;
  how.if_absent = current->etag.empty();
  const Result<std::string> put = objects.Put(order.settings.object.key, object.text(), how);
  if (!put.ok()) return put.status();
  return Report{"written", object.serial()};
}

Result<Report> Put(const Order& order) {
  const Result<OpenedStore> store = OpenShopStore(order.settings.object.shop);
  if (!store.ok()) return store.status();
  Result<Report> report = PutOnce(*store->objects, order);
  for (int round = 1; round < kMaxRounds; ++round) {
    if (report.status().code() != Code::kChanged) return report;
    report = PutOnce(*store->objects, order);
  }
  return report;
}

void Say(const Order& order, const Report& report, const Console& console) {
  if (order.json) {
    JsonArray names;
    for (const std::string& name : order.settings.names) names.AddRaw(JsonText(name));
    JsonArray addresses;
    for (const std::string& address : order.addresses) addresses.AddRaw(JsonText(address));
    console.out << JsonObject()
                       .Add("result", report.result)
                       .Add("serial", report.serial)
                       .AddRaw("names", names.Text())
                       .AddRaw("addresses", addresses.Text())
                       .Add("dry_run", order.dry)
                       .Text()
                << "\n";
    return;
  }
  if (report.result == "refused") {
    console.err << "audiodl hosts put: the object would name no host any more: remove it by hand\n";
    return;
  }
  console.out << (order.dry && report.result == "written" ? "would be " : "") << report.result
              << ": serial " << report.serial << ",";
  for (const std::string& name : order.settings.names) console.out << " " << name;
  console.out << (order.addresses.empty() ? " taken out" : " at");
  for (const std::string& address : order.addresses) console.out << " " << address;
  console.out << "\n";
}

ExitCode Run(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, HostsOptions({"-n", "--json", "--force", "--remove", "--allow-loopback"}));
  if (!options.ok()) return Refuse(kHostsPutCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kHostsPutCommand, "takes no operands", console);
  }
  const Result<Order> order = ReadOrder(*options);
  if (!order.ok()) return Refuse(kHostsPutCommand, order.status(), console);
  const Result<Report> report = Put(*order);
  if (!report.ok()) return Complain(kHostsPutCommand, report.status(), console);
  Say(*order, *report, console);
  return report->result == "refused" ? kNegative : kDone;
}

}  // namespace

const Command kHostsPutCommand = {
    .name = "hosts put",
    .arguments = "[OPTION]...",
    .summary = "tell the cluster at which address this server is",
    .help =
        "Run on the database server: writes its address, under the names that the web servers\n"
        "know it by, into the object that hosts apply reads. Names of other servers in it stay.\n"
        "Where nothing is new nothing is written, so it may run every few minutes; two servers\n"
        "that write at once do not lose each other's names. Where --remove would leave no name at\n"
        "all nothing is changed, and the answer is no.\n"
        "\n"
        "  -n                    changes nothing, and says what it would do\n"
        "  --object OBJECT       in place of AudioHostsObject: a KEY below the origin,\n"
        "                        s3://BUCKET/KEY or file:///FOLDER/NAME\n"
        "  --name NAME           in place of AudioHostsNames; as often as needed\n"
        "  --address ADDRESS     IPv4 or IPv6, as often as needed; the default is the address\n"
        "                        that this server reaches the origin from\n"
        "  --remove              takes the names out\n"
        "  --force               replaces what is no such object, or damaged\n"
        "  --allow-loopback      takes addresses of 127.0.0.0/8 and ::1: for one machine alone\n"
        "  --json                answers in JSON\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin, in one word\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n",
    .run = Run,
};

}  // namespace audiodl
