// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/zip_shipment.h"

#include <algorithm>
#include <utility>

#include "common/base/file_io.h"
#include "common/base/text.h"
#include "common/cache/listing.h"
#include "mod_audiodl/accounting.h"
#include "mod_audiodl/module.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;

// When so much of a part is left, as much of what comes after it is asked for.
constexpr uint64_t kAheadBytes = 8 << 20;
// Short parts: no more of them than this.
constexpr size_t kAheadParts = 4;

// Between looks at whether the server is stopping.
constexpr milliseconds kNap{250};

}  // namespace

ZipShipment::ZipShipment(request_rec* r, const ServerConfig& config, const ChunkName& book,
                         const ListedBook& view)
    : r_(r), config_(config), book_(book), view_(view), pace_(PaceOf(r)) {}

apr_bucket* ZipShipment::Add(size_t part, const ByteRange& bytes, apr_bucket_alloc_t* allocator) {
  slices_.push_back({part, bytes});
  return NewPartBucket(*this, slices_.size() - 1, bytes, allocator);
}

Result<bool> ZipShipment::Part::OpenIn(milliseconds at_most, const ByteRange& bytes) {
  // What was asked for ahead of time by ourselves is nobody else's fill that was joined.
  Lookup later;
  return delivery.follower.OpenIn(at_most, bytes, delivery.reader, foreseen ? later : lookup);
}

std::string ZipShipment::NameOf(size_t part) const { return book_.path + view_.parts[part].name; }

Result<ZipShipment::Part*> ZipShipment::PartOf(size_t number) {
  const auto found = taken_.find(number);
  if (found != taken_.end()) return found->second.get();
  const Result<ChunkName> name = ChunkName::Parse(NameOf(number));
  if (!name.ok()) return name.status();
  const Result<int64_t> marker = FindMarker(*config_.listing, *name);
  if (!marker.ok()) {
    return Status(marker.status().code(), name->path + ": " + marker.status().text());
  }
  const std::string key = config_.store->origin.KeyFor(name->path);
  std::unique_ptr<Part> part(
      new Part{Delivery(r_->connection, *config_.fetcher, *config_.store, key, *marker)});
  part->delivery.pace = pace_;
  return taken_.emplace(number, std::move(part)).first->second.get();
}

// The part of that slice, and no longer those before it; what was asked for ahead of time stays.
Result<ZipShipment::Part*> ZipShipment::GoTo(size_t slice) {
  current_ = slice;
  const size_t end = std::min(slices_.size(), slice + 1 + kAheadParts);
  std::erase_if(taken_, [&](const auto& entry) {
    return std::none_of(slices_.begin() + static_cast<ptrdiff_t>(slice),
                        slices_.begin() + static_cast<ptrdiff_t>(end),
                        [&](const Slice& next) { return next.part == entry.first; });
  });
  return PartOf(slices_[slice].part);
}

Status ZipShipment::Accept(size_t number, Part& part) {
  const ObjectHeader& there = part.delivery.reader.header();
  const ManifestChunk& said = *view_.parts[number].details;
  if (there.etag != said.etag || there.size != *said.size) {
    outdated_ = true;
    return Status(Code::kChanged, "the book's manifest says " + said.etag + " of " +
                                      std::to_string(*said.size) + " bytes, and what there is is " +
                                      std::string(there.etag) + " of " +
                                      std::to_string(there.size) +
                                      " bytes: publish the book again (audiodl publish)");
  }
  part.open = true;
  part.delivery.file = FileOf(r_, part.delivery.reader);
  Note(part.lookup);
  return Status::Ok();
}

void ZipShipment::Note(Lookup lookup) {
  lookup_ = lookup_.value_or(lookup) == lookup ? lookup : Lookup::kPartial;
  apr_table_setn(r_->notes, "audiodl-cache", LookupName(*lookup_));
}

Status ZipShipment::OpenFirst() {
  if (slices_.empty()) return Status::Ok();
  const Result<Part*> taken = GoTo(0);
  if (!taken.ok()) return taken.status();
  Part& part = **taken;
  const auto& [number, bytes] = slices_[0];
  Status status = part.delivery.follower.Open(WantKind::kBytes, bytes.offset, bytes.length,
                                              part.delivery.reader, part.lookup);
  if (status.ok()) status = Accept(number, part);
  if (status.ok()) return status;
  Note(part.lookup);
  return Status(status.code(), NameOf(number) + ": " + status.text());
}

bool ZipShipment::Carries(const apr_bucket* bucket) const {
  if (SliceOf(*this, bucket) >= 0) return true;
  if (slices_.empty()) return false;
  const auto current = taken_.find(slices_[current_].part);
  return current != taken_.end() && current->second->delivery.Carries(bucket);
}

Result<Delivery*> ZipShipment::TakeUp(const apr_bucket* bucket) {
  const ptrdiff_t slice = SliceOf(*this, bucket);
  const Result<Part*> part = GoTo(slice >= 0 ? static_cast<size_t>(slice) : current_);
  if (!part.ok()) return part.status();
  return &(*part)->delivery;
}

Result<bool> ZipShipment::Open(apr_bucket* bucket, milliseconds at_most) {
  if (!IsPartBucket(bucket)) return true;
  const size_t number = slices_[current_].part;
  Part& part = *taken_.at(number);
  Delivery& delivery = part.delivery;
  if (!part.open) {
    const ByteRange bytes = {static_cast<uint64_t>(bucket->start), bucket->length};
    const Result<bool> opened = part.OpenIn(at_most, bytes);
    if (!opened.ok()) return opened.status();
    if (!*opened) return false;
    if (const Status status = Accept(number, part); !status.ok()) return status;
  }
  TurnIntoFile(bucket, delivery.file, r_->pool);
  return true;
}

uint64_t ZipShipment::Stretch(const apr_bucket* bucket) {
  if (bucket->length > kAheadBytes) return bucket->length - kAheadBytes;
  ForeseeNext();
  return bucket->length;
}

void ZipShipment::ForeseeNext() {
  if (std::exchange(foreseen_, current_) == current_) return;
  uint64_t ahead = 0;
  for (size_t next = current_ + 1; next < slices_.size() && ahead < kAheadBytes; ++next) {
    if (next > current_ + kAheadParts) return;
    const Slice& slice = slices_[next];
    ahead += slice.bytes.length;
    if (taken_.contains(slice.part)) continue;
    const Result<Part*> part = PartOf(slice.part);
    // If that still is so when its turn comes, the download ends there.
    if (!part.ok()) return;
    const ByteRange begin = {slice.bytes.offset, std::min(slice.bytes.length, kAheadBytes)};
    (*part)->lookup = (*part)->delivery.follower.Foresee(begin);
    (*part)->foreseen = true;
  }
}

ptrdiff_t ZipShipment::ChunkOf(const apr_bucket* bucket) const {
  const ptrdiff_t slice = SliceOf(*this, bucket);
  return slice < 0 ? -1 : static_cast<ptrdiff_t>(slices_[static_cast<size_t>(slice)].part);
}

LedgerItem ZipShipment::ItemOf(size_t chunk) const {
  const BookPart& part = view_.parts[chunk];
  return {"", book_.book, part.name, part.details->etag, *part.details->size};
}

Result<size_t> ZipShipment::ReadSome(size_t slice, uint64_t offset, std::span<char> to) {
  const Result<Part*> taken = GoTo(slice);
  if (!taken.ok()) return taken.status();
  Part& part = **taken;
  Delivery& delivery = part.delivery;
  const ByteRange& bytes = slices_[slice].bytes;
  const uint64_t left = bytes.offset + bytes.length - offset;
  while (!part.open) {
    const Result<bool> opened = part.OpenIn(kNap, {offset, left});
    if (!opened.ok()) return opened.status();
    if (!*opened) continue;
    if (const Status status = Accept(slices_[slice].part, part); !status.ok()) return status;
  }
  Result<uint64_t> there = uint64_t{0};
  while (there.ok() && *there == 0) there = delivery.Await(offset, left, kNap);
  if (!there.ok()) return there.status();
  if (left <= kAheadBytes) ForeseeNext();
  const std::span<char> copy = to.first(std::min<uint64_t>(*there, to.size()));
  if (Status status = ReadAt(delivery.reader.fd(), offset, copy); !status.ok()) return status;
  return copy.size();
}

apr_status_t ZipShipment::ReadSlice(size_t slice, uint64_t offset, std::span<char> to,
                                    size_t& read) {
  // A filter may go on to the next part, and to all that come after it, each as slow to fail.
  if (r_->connection->aborted) return APR_ECONNABORTED;
  const Result<size_t> copied = ReadSome(slice, offset, to);
  if (copied.ok()) {
    read = *copied;
    return APR_SUCCESS;
  }
  // The client has gone meanwhile.
  if (r_->connection->aborted) return APR_ECONNABORTED;
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_,
                "audiodl: the download is broken off, for the client to resume: %s: %s",
                NameOf(slices_[slice].part).c_str(), copied.status().text().c_str());
  return APR_ECONNABORTED;
}

// The head with its Content-Length may be on its way, so the only honest end is a broken
// connection.
void ZipShipment::BreakOff() noexcept {
  r_->connection->keepalive = AP_CONN_CLOSE;
  r_->connection->aborted = 1;
}

}  // namespace audiodl
