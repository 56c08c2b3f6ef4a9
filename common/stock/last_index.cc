// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/last_index.h"

#include <utility>

namespace audiodl {
namespace {

LastIndex NotBelieved(const std::string& why) {
  return {.contents = std::nullopt, .is_there = true, .why = why};
}

}  // namespace

Status FetchIndexPart(ObjectStore& store, const Origin& origin, const StockIndex& index,
                      const IndexPart& part, ListingContents& contents) {
  const auto inlined = index.inline_parts.find(part.sha256);
  if (inlined != index.inline_parts.end()) return UnpackPart(part, inlined->second, contents);
  const Result<std::string> bytes =
      store.GetText(PartKeyOf(origin, part.sha256), StockIndex::kMaxPartBytes);
  return bytes.ok() ? UnpackPart(part, *bytes, contents) : bytes.status();
}

bool IsPartLost(const Status& fetched) {
  return fetched.code() == Code::kNotFound || fetched.code() == Code::kCorrupt ||
         fetched.code() == Code::kInvalid;
}

Result<KnownWithdrawn> ReadWithdrawn(const std::string& listing, const ListingContents& scanned,
                                     const LastIndex& index) {
  Result<WithdrawnList> list = WithdrawnList::Read(listing);
  if (!list.ok()) return list.status();
  KnownWithdrawn known{.list = std::move(list).value(), .forgotten = {}};
  if (!index.contents) return known;
  ListingContents now = scanned;
  (void)known.list.AddTo(now);
  known.forgotten = ForgottenOf(now, *index.contents);
  known.list.Add(known.forgotten);
  return known;
}

std::string WhyUnknown(const std::string& listing, const LastIndex& index) {
  return index.contents || WithdrawnList::TimeIn(listing) ? std::string() : index.why;
}

Status RefuseOnTrust(size_t chunks, const std::string& listing, const std::string& why) {
  return Status(
      Code::kChanged,
      std::to_string(chunks) + " chunks would be listed on the bucket's word alone: " + listing +
          " has no " + WithdrawnList::kFileName + ", and " + why +
          ". Any of them that were withdrawn would be for sale again, so none is listed. Copy "
          "that file there from another server's listing, or let --keys name the public key; or, "
          "where nothing was withdrawn, as on the day of a migration: --force");
}

Result<LastIndex> ReadLastIndex(ObjectStore& store, const Origin& origin,
                                const IndexVerifyKeys* keys) {
  const Result<std::optional<ObjectStore::Fetched>> fetched =
      store.GetUnless(IndexKeyOf(origin), "", StockIndex::kMaxBytes);
  if (fetched.status().code() == Code::kNotFound) {
    return LastIndex{.contents = std::nullopt, .is_there = false, .why = "the bucket has no index"};
  }
  if (!fetched.ok()) return fetched.status();
  if (keys == nullptr) {
    return NotBelieved("no key is known here that could tell whether the bucket's index is true");
  }
  const Result<StockIndex> index = StockIndex::Open(fetched->value().body, *keys);
  if (!index.ok()) {
    return NotBelieved("the bucket's index is not believed: " + index.status().text());
  }
  if (index->stock != StockName(origin)) {
    return NotBelieved("the bucket's index is of " + index->stock);
  }
  ListingContents contents;
  for (const IndexPart& part : index->parts) {
    const Status taken = FetchIndexPart(store, origin, *index, part, contents);
    if (!taken.ok() && !IsPartLost(taken)) return taken;
    if (!taken.ok()) return NotBelieved("the bucket's index is damaged: " + taken.text());
  }
  return LastIndex{.contents = std::move(contents), .is_there = true, .why = {}};
}

}  // namespace audiodl
