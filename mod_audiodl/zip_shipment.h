// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The parts of a book on their way to one client, one after the other: what a zip of it takes from
// the cache. However many parts there are, one is open, and the beginnings of a few are asked for
// ahead of time when the one before is nearly out.
//
// Each part is compared with what the manifest says of it when it is opened: the zip's CRC-32s and
// lengths are promised by then, so a part of another generation ends the download instead of
// damaging it.
//
// Lives in r->pool. One thread at a time: whoever has the connection.

#ifndef AUDIODL_MOD_AUDIODL_ZIP_SHIPMENT_H_
#define AUDIODL_MOD_AUDIODL_ZIP_SHIPMENT_H_

#include <httpd.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/cache/chunk_name.h"
#include "common/fetch/follower.h"
#include "common/s3/byte_range.h"
#include "mod_audiodl/ledger_filters.h"
#include "mod_audiodl/listed_book.h"
#include "mod_audiodl/part_bucket.h"
#include "mod_audiodl/server_config.h"
#include "mod_audiodl/shipment.h"

namespace audiodl {

class ZipShipment final : public Shipment, public PartSource, public LedgerSource {
 public:
  // All borrowed, as long as r->pool. REQUIRES: the manifest says size and entity tag of each part.
  ZipShipment(request_rec* r, const ServerConfig& config, const ChunkName& book,
              const ListedBook& view);

  // What will be sent next: bytes of a part. Its bucket, to be put into the brigade.
  apr_bucket* Add(size_t part, const ByteRange& bytes, apr_bucket_alloc_t* allocator);

  // Waits until the first byte of the first slice is there, as Follower::Open() does, so that
  // trouble can still be told by a status.
  Status OpenFirst();
  // Whether that status says that a part is not what the manifest says it is.
  bool is_outdated() const { return outdated_; }

  // Of the whole download; null: as fast as it goes.
  Pace* pace() const { return pace_; }

  // What was found in the cache: of all parts so far kHit if all were, and so on, else kPartial.
  Lookup lookup() const { return lookup_.value_or(Lookup::kHit); }

  bool Carries(const apr_bucket* bucket) const override;
  Result<Delivery*> TakeUp(const apr_bucket* bucket) override;
  Result<bool> Open(apr_bucket* bucket, std::chrono::milliseconds at_most) override;
  uint64_t Stretch(const apr_bucket* bucket) override;

  // For the ledger: a chunk's number is its place in the book. Before anything is taken up.
  ptrdiff_t ChunkOf(const apr_bucket* bucket) const override;
  LedgerItem ItemOf(size_t chunk) const override;
  size_t chunks() const override { return view_.parts.size(); }

  apr_status_t ReadSlice(size_t slice, uint64_t offset, std::span<char> to, size_t& read) override;
  void BreakOff() noexcept override;

 private:
  struct Slice {
    size_t part;
    ByteRange bytes;
  };
  struct Part {
    Delivery delivery;
    bool open = false;  // and found to be what the manifest says
    bool foreseen = false;
    Lookup lookup = Lookup::kMiss;  // when it was first looked for

    Result<bool> OpenIn(std::chrono::milliseconds at_most, const ByteRange& bytes);
  };

  std::string NameOf(size_t part) const;
  Result<Part*> PartOf(size_t part);
  Result<Part*> GoTo(size_t slice);
  Status Accept(size_t number, Part& part);
  void Note(Lookup lookup);
  void ForeseeNext();
  Result<size_t> ReadSome(size_t slice, uint64_t offset, std::span<char> to);

  request_rec* r_;
  const ServerConfig& config_;
  const ChunkName& book_;
  const ListedBook& view_;
  Pace* pace_;
  std::vector<Slice> slices_;
  size_t current_ = 0;                             // the slice that was taken up last
  std::optional<size_t> foreseen_;                 // for which slice what comes after was asked for
  std::map<size_t, std::unique_ptr<Part>> taken_;  // by number in the book
  std::optional<Lookup> lookup_;
  bool outdated_ = false;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_ZIP_SHIPMENT_H_
