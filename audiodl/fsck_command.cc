// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/fsck_command.h"

#include <optional>
#include <ostream>
#include <utility>

#include "audiodl/cache_differences.h"
#include "audiodl/count_line.h"
#include "audiodl/listing_keys.h"
#include "audiodl/listing_options.h"
#include "audiodl/operator_cache.h"
#include "audiodl/shop_settings.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/stock/fsck.h"
#include "common/stock/listing_time.h"

namespace audiodl {
namespace {

constexpr char kDirOption[] = "--dir";
constexpr char kRepairFlag[] = "--repair";
constexpr size_t kMaxShown = 1000;

struct Fsck {
  ShopSettings shop;
  OpenedStore store;
  std::optional<IndexVerifyKeys> keys;
  DropGuard guard = DropGuard();
  std::vector<std::string> cache_dirs;
  bool repair = false;
  bool force = false;
  bool json = false;
  size_t found = 0;
  size_t mended = 0;
  Status trouble;  // the first; what could be done was
};

Status Prepare(const Options& options, Fsck& fsck) {
  Result<ShopSettings> shop = ShopSettings::Of(options);
  if (!shop.ok()) return shop.status();
  fsck.shop = std::move(shop).value();
  if (Status status = NeedListing(fsck.shop); !status.ok()) return status;
  const Result<DropGuard> guard = GuardOf(options, fsck.shop);
  if (!guard.ok()) return guard.status();
  fsck.guard = *guard;
  Result<std::optional<IndexVerifyKeys>> keys = KnownKeysOf(options, fsck.shop);
  if (!keys.ok()) return keys.status();
  fsck.keys = std::move(keys).value();
  fsck.cache_dirs = options.List(kDirOption);
  fsck.repair = options.Has(kRepairFlag);
  fsck.force = options.Has("--force");
  fsck.json = options.Has("--json");
  Result<OpenedStore> store = OpenShopStore(fsck.shop);
  if (!store.ok()) return NotUsage(store.status());
  fsck.store = std::move(store).value();
  return Status::Ok();
}

void Tell(Fsck& fsck, const Difference& difference, bool is_mended, const Console& console) {
  ++fsck.found;
  if (is_mended) ++fsck.mended;
  if (fsck.json) {
    console.out << JsonObject()
                       .Add("kind", KindName(difference.kind))
                       .Add("path", difference.path)
                       .Add("text", difference.text)
                       .Add("repair", difference.repair)
                       .Add("mended", is_mended)
                       .Text()
                << "\n";
    return;
  }
  console.out << Printable(difference.path, kMaxShown) << ": "
              << Printable(difference.text, kMaxShown);
  if (is_mended) {
    console.out << ". Mended: " << difference.repair;
  } else if (!difference.repair.empty()) {
    console.out << ". With --repair " << difference.repair;
  }
  console.out << ".\n";
}

bool Contains(const std::vector<Difference>& differences, const Difference& wanted) {
  for (const Difference& difference : differences) {
    if (difference.kind == wanted.kind && difference.path == wanted.path) return true;
  }
  return false;
}

// Objects that are not listed look all the same where nobody knows which of them were withdrawn.
void TellTrust(const FsckFindings& findings, const Console& console) {
  for (const Difference& difference : findings.differences) {
    if (findings.on_trust.empty() || difference.kind != Difference::Kind::kUnlisted) continue;
    console.err << "audiodl fsck: nothing here says what was withdrawn (there is no "
                   ".audiodl-withdrawn, and "
                << findings.on_trust << "): what the bucket has and is not listed may have been\n";
    return;
  }
}

Result<FsckFindings> CheckListing(Fsck& fsck, const Console& console) {
  FsckPlace place{*fsck.store.objects, fsck.shop.origin, fsck.shop.listing};
  place.keys = fsck.keys ? &*fsck.keys : nullptr;
  CountLine line(console.err);
  place.progress = [&](size_t objects) { line.Update(objects, 0, "objects"); };
  Result<FsckFindings> findings = FindDifferences(place);
  if (!findings.ok()) return findings;
  std::vector<Difference> fixed;
  if (fsck.repair) {
    fsck.trouble =
        RepairListing(place, *findings,
                      {.guard = fsck.guard, .force = fsck.force, .now = NowNanoseconds()}, fixed);
  }
  TellTrust(*findings, console);
  for (const Difference& difference : findings->differences) {
    Tell(fsck, difference, Contains(fixed, difference), console);
  }
  return findings;
}

// Root becomes the cache's owner for good: nothing of the listing comes after it.
Status CheckCache(Fsck& fsck, bool repair, const std::string& dir, const StockFacts& facts,
                  const Console& console) {
  const auto access = repair ? CacheIndex::Access::kWrite : CacheIndex::Access::kRead;
  Result<OperatorCache> cache = OpenOperatorCache(dir, access);
  if (!cache.ok()) return cache.status();
  const auto findings = FindCacheDifferences(*cache, fsck.shop.origin, fsck.shop.listing, facts);
  if (!findings.ok()) return findings.status();
  const Status held =
      repair && !fsck.force ? CheckUnexplained(*findings, fsck.guard, dir) : Status();
  Status trouble = held;
  for (const CacheDifference& found : findings->differences) {
    if (IsListedBy(fsck.shop.listing, found)) continue;
    const bool is_kept = !repair || (found.IsUnexplained() && !held.ok());
    const Status mended = is_kept ? Status::Ok() : RepairCache(*cache, found);
    if (!mended.ok() && trouble.ok()) trouble = mended;
    Tell(fsck, found.difference, !is_kept && mended.ok(), console);
  }
  return trouble;
}

// Beside a listing that is not what it should be, good copies look like what nobody sells.
void CheckCaches(Fsck& fsck, const StockFacts& facts, const Console& console) {
  const bool repair = fsck.repair && fsck.trouble.ok();
  if (fsck.repair && !repair && !fsck.cache_dirs.empty()) {
    console.err << "audiodl fsck: no copy is taken from a cache, since the listing is not mended\n";
  }
  for (const std::string& dir : fsck.cache_dirs) {
    const Status status = CheckCache(fsck, repair, dir, facts, console);
    if (!status.ok() && fsck.trouble.ok()) fsck.trouble = status;
  }
}

ExitCode Conclude(const Fsck& fsck, const Console& console) {
  if (!fsck.json) {
    console.out << fsck.found << (fsck.found == 1 ? " difference" : " differences");
    if (fsck.repair) console.out << ", " << fsck.mended << " mended";
    console.out << "\n";
  }
  if (!fsck.trouble.ok()) {
    (void)Complain(kFsckCommand, fsck.trouble, console);
    return fsck.trouble.code() == Code::kChanged ? kNegative : kTrouble;
  }
  return fsck.found == fsck.mended ? kDone : kNegative;
}

ExitCode RunFsck(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {kRepairFlag, "--force", "--json"},
                                 .values = WithShopOptions({kMaxDropOption, kKeysOption}),
                                 .lists = {kDirOption}});
  if (!options.ok()) return Refuse(kFsckCommand, options.status(), console);
  if (!options->operands().empty()) return UsageError(kFsckCommand, "takes no operands", console);
  Fsck fsck;
  if (Status status = Prepare(*options, fsck); !status.ok()) {
    return Refuse(kFsckCommand, status, console);
  }
  const Result<FsckFindings> findings = CheckListing(fsck, console);
  if (!findings.ok()) return Complain(kFsckCommand, findings.status(), console);
  CheckCaches(fsck, findings->facts, console);
  return Conclude(fsck, console);
}

}  // namespace

const Command kFsckCommand = {
    .name = "fsck",
    .arguments = "[OPTION]...",
    .summary = "compare listing, manifests, bucket and caches, and mend what differs",
    .help =
        "Lists the bucket and tells of each difference what it is and what it means for "
        "customers:\n"
        "chunks that are listed and cannot be downloaded, objects that nobody can buy, manifests\n"
        "that say something else than the bucket, markers of withdrawn chunks, copies in a cache\n"
        "that are of another generation, and more. A book that is being published on this machine\n"
        "meanwhile is no difference. What was withdrawn is known from the listing's\n"
        ".audiodl-withdrawn and from the last index that was pushed; where there is neither, "
        "nothing\n"
        "is listed without --force. Without --repair nothing is changed.\n"
        "\n"
        "  --repair              mend what needs nobody's decision, as each line says; but not "
        "remove,\n"
        "                        nor make, more markers than --max-drop allows: a listing that is "
        "empty\n"
        "                        is a disk that is not mounted, or for audiodl listing rebuild.\n"
        "                        Nor does a cache lose more of its copies because they are not\n"
        "                        listed, though not withdrawn; and none where the listing could\n"
        "                        not be mended\n"
        "  --dir DIR             an AudioCacheDir of this machine, to be compared too, by root or "
        "its\n"
        "                        owner; may be given again\n"
        "  --keys FILE           public keys of the last index, in place of those of "
        "AudioListingKey\n"
        "                        and AudioListingPublicKeys\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n"
        "  --listing FOLDER      in place of its AudioListing\n"
        "  --max-drop SHARE      in place of AudioListingMaxDrop, 5% without it\n"
        "  --force               remove and make any number of markers, remove any of copies\n"
        "  --json                a JSON object for each difference\n"
        "\n"
        "The answer is no where a difference is left.\n",
    .run = RunFsck,
};

}  // namespace audiodl
