// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/sign_command.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <ostream>
#include <utility>

#include "audiodl/operator_cache.h"
#include "audiodl/options.h"
#include "common/base/dates.h"
#include "common/base/json_text.h"
#include "common/base/units.h"
#include "common/cache/listing.h"
#include "common/link/signed_link.h"
#include "common/s3/uri.h"

namespace audiodl {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr char kDefaultKeys[] = "/etc/audiodl/link-keys";

struct Order {
  LinkClaims claims;
  std::string keys;  // the file
  std::string url;   // without its last slash; may be empty
  std::optional<std::string> chunk;
  std::optional<std::string> listing;
  bool feed = false;
  bool json = false;
};

sys_seconds Now() { return std::chrono::floor<seconds>(std::chrono::system_clock::now()); }

Result<sys_seconds> ExpiryFor(const Options& options) {
  const std::optional<std::string> date = options.Value("--expires");
  const std::optional<std::string> ttl = options.Value("--ttl");
  if (date && ttl) return Status::Invalid("--expires and --ttl say the same: give one of them");
  if (date) {
    Result<sys_seconds> expires = ParseIsoDate(*date);
    if (!expires.ok()) return Status::Invalid("--expires: write 2026-12-24T00:00:00Z");
    if (*expires <= Now()) return Status::Invalid("--expires: that time is over");
    return expires;
  }
  const auto length = ParseDuration(ttl.value_or(options.Has("--feed") ? "365d" : "30d"));
  if (!length.ok()) return Status::Invalid("--ttl: " + length.status().text());
  if (*length < seconds(1)) return Status::Invalid("--ttl: the link would end at once");
  return Now() + std::chrono::duration_cast<seconds>(*length);
}

Result<std::string> UrlOf(const Options& options) {
  std::string url = options.Value("--url").value_or("");
  if (url.empty()) return url;
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  if (!web || url.find_first_of("?# ") != std::string::npos) {
    return Status::Invalid("--url: write https://HOST/download, up to the book");
  }
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// Options that contradict or need each other.
Status CheckOptions(const Options& options) {
  const bool feed = options.Has("--feed");
  if (!options.Has("--customer")) return Status::Invalid("--customer must be given");
  if (!feed && !options.Has("--book")) {
    return Status::Invalid("--book must be given; without one there is only --feed");
  }
  if (options.Value("--book") == "") return Status::Invalid("--book: no book is called that");
  if (feed && !options.Has("--device")) {
    return Status::Invalid("--feed needs --device, so that each can be revoked alone");
  }
  if (options.Has("--chunk") && options.Has("--listing")) {
    return Status::Invalid("--chunk is one link, --listing are all: give one of them");
  }
  if (feed && (options.Has("--chunk") || options.Has("--listing"))) {
    return Status::Invalid("--feed is one address: leave --chunk and --listing out");
  }
  return Status::Ok();
}

Result<Order> ParseOrder(const std::vector<std::string>& arguments) {
  const Result<Options> options = Options::Parse(
      arguments, {.flags = {"--feed", "--json"},
                  .values = {"--customer", "--book", "--device", "--ttl", "--expires", "--keys",
                             "--url", "--chunk", "--listing"}});
  if (!options.ok()) return options.status();
  if (!options->operands().empty()) return Status::Invalid("takes no operands");
  if (Status status = CheckOptions(*options); !status.ok()) return status;
  const std::optional<std::string> device = options->Value("--device");
  if (device && !IsDeviceName(*device)) {
    return Status::Invalid("--device: no device can be called that");
  }
  const Result<sys_seconds> expires = ExpiryFor(*options);
  if (!expires.ok()) return expires.status();
  Result<std::string> url = UrlOf(*options);
  if (!url.ok()) return url.status();
  return Order{.claims = {options->Value("--customer").value_or(""),
                          options->Value("--book").value_or(""), *expires, device.value_or("")},
               .keys = options->Value("--keys").value_or(kDefaultKeys),
               .url = std::move(url).value(),
               .chunk = options->Value("--chunk"),
               .listing = options->Value("--listing"),
               .feed = options->Has("--feed"),
               .json = options->Has("--json")};
}

// The chunks whose links are wanted; one without a name where only the query is.
Result<std::vector<std::string>> ChunksOf(const Order& order) {
  if (!order.listing) return std::vector<std::string>{order.chunk.value_or("")};
  const std::string folder = *order.listing + "/" + order.claims.book;
  std::error_code error;
  std::vector<std::string> chunks;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    const Result<ChunkName> chunk = ChunkName::Parse(order.claims.book + "/" + name);
    if (chunk.ok() && FindMarker(*order.listing, *chunk).ok()) chunks.push_back(name);
  }
  if (error) return Status(Code::kIo, folder + ": " + error.message());
  std::sort(chunks.begin(), chunks.end());
  return chunks;
}

// Without --url only the query, as for chunks.
std::string FeedAddressOf(const Order& order, const std::string& query) {
  const std::string asked = "format=rss&" + query;
  if (order.url.empty()) return asked;
  const std::string& book = order.claims.book;
  return order.url + "/" + (book.empty() ? "" : UriEncode(book, Slash::kKeep) + "/") + "?" + asked;
}

std::string AddressOf(const Order& order, const std::string& chunk, const std::string& query) {
  if (order.feed) return FeedAddressOf(order, query);
  if (chunk.empty()) return query;
  return order.url + "/" + UriEncode(order.claims.book + "/" + chunk, Slash::kKeep) + "?" + query;
}

void Print(const Order& order, const std::string& chunk, const std::string& link,
           const Console& console) {
  if (!order.json) {
    console.out << link << "\n";
    return;
  }
  console.out << JsonObject()
                     .Add(link.find('?') == std::string::npos ? "query" : "link", link)
                     .Add("customer", order.claims.customer)
                     .Add("book", order.claims.book)
                     .Add("chunk", chunk)
                     .Add("device", order.claims.device)
                     .Add("expires", FormatIsoDate(order.claims.expires))
                     .Text()
              << "\n";
}

// What the link's reader would find out late.
void WarnOfShortLife(const Order& order, const LinkKey& key, const Console& console) {
  if (!key.not_after || *key.not_after >= order.claims.expires) return;
  console.err << "audiodl sign: the key " << key.id << " is retired at "
              << FormatIsoDate(*key.not_after) << ", and the link ends with it\n";
}

ExitCode Sign(const Order& order, const Console& console) {
  const Result<LinkKeySet> keys = LinkKeySet::Read(order.keys);
  if (!keys.ok()) return Complain(kSignCommand, keys.status(), console);
  const LinkKey* key = keys->SigningKey(Now());
  if (key == nullptr) {
    return Complain(kSignCommand, Status::Invalid("every key in " + order.keys + " is retired"),
                    console);
  }
  const Result<std::string> query = MakeLinkQuery(order.claims, *key);
  if (!query.ok()) return UsageError(kSignCommand, query.status().text(), console);
  const Result<std::vector<std::string>> chunks = ChunksOf(order);
  if (!chunks.ok()) return Complain(kSignCommand, chunks.status(), console);
  for (const std::string& chunk : *chunks) {
    const bool named = chunk.empty() || ChunkName::Parse(order.claims.book + "/" + chunk).ok();
    if (!named || chunk.find('/') != std::string::npos) {
      return UsageError(kSignCommand, "--chunk: that is no chunk's name", console);
    }
    Print(order, chunk, AddressOf(order, chunk, *query), console);
  }
  WarnOfShortLife(order, *key, console);
  if (!chunks->empty()) return kDone;
  console.err << "audiodl sign: no chunk of that book is listed\n";
  return kNegative;
}

ExitCode RunSign(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Order> order = ParseOrder(arguments);
  if (!order.ok()) return Refuse(kSignCommand, order.status(), console);
  return Sign(*order, console);
}

}  // namespace

const Command kSignCommand = {
    .name = "sign",
    .arguments =
        "--customer NAME --book BOOK [--device NAME] [--ttl TIME|--expires TIME] [--keys FILE]\n"
        "                    [--url URL] [--chunk CHUNK|--listing DIR] [--json]\n"
        "                    | --feed --customer NAME --device NAME [--book BOOK] ...",
    .summary = "make a download link or a podcast feed that needs no cookie",
    .help =
        "Prints links for Require audio-link, signed with the first key that is not retired.\n"
        "\n"
        "  --customer NAME  for whom, as in the session: a number or a name\n"
        "  --book BOOK      for which book, all chunks of it\n"
        "  --device NAME    for which device, so that audiodl revoke --device can end it alone;\n"
        "                   such a link is good only while the book is the customer's\n"
        "  --feed           the address of a podcast feed: of that book, or without --book of all\n"
        "                   that the customer has bought (AudioBooksQuery)\n"
        "  --ttl TIME       how long the link is good, as 12h or 7d; the default is 30d, and 365d\n"
        "                   for a feed\n"
        "  --expires TIME   instead, when it ends: 2026-12-24T00:00:00Z\n"
        "  --keys FILE      the file of AudioLinkKeys; the default is /etc/audiodl/link-keys\n"
        "  --url URL        what stands before BOOK: https://www.example.org/download\n"
        "  --chunk CHUNK    the link of that chunk\n"
        "  --listing DIR    a link for each chunk that AudioListing has of the book\n"
        "  --json           one JSON object a line\n"
        "\n"
        "With neither --chunk nor --listing the query is printed, which is the same for all "
        "chunks\n"
        "of the book and stands behind a '?'. The answer is no where no chunk is listed.\n",
    .run = RunSign,
};

}  // namespace audiodl
