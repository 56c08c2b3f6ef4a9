// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How a book's entry in the listing changes, step by step, so that a process that dies leaves
// nothing for sale that cannot be downloaded, and whoever runs the command again completes it.
//
//   adding      manifest, then the marker
//   replacing   the marker gets a new time (servers look at the origin again), the manifest is
//               written, the marker gets a newer time. Dying before the manifest leaves a manifest
//               that does not fit the object, by which the next run knows what is left to do.
//               So it is with a chunk that was withdrawn and has its marker still.
//   withdrawing the marker goes, then the manifest's line
//
// One thread. The listing is locked only while it is written.

#ifndef AUDIODL_COMMON_PUBLISH_BOOK_LISTING_H_
#define AUDIODL_COMMON_PUBLISH_BOOK_LISTING_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/book/manifest.h"
#include "common/publish/publish_observer.h"
#include "common/stock/listing_contents.h"
#include "common/stock/listing_writer.h"
#include "common/stock/withdrawn_list.h"

namespace audiodl {

// What the manifest says of the book as a whole; what is not given stays as it is.
struct BookDetails {
  std::optional<std::string> title;
  std::optional<std::string> author;
  std::optional<std::string> narrator;
  std::optional<std::string> language;
  std::optional<std::string> description;
  std::optional<std::string> cover;
  std::optional<int64_t> released;
};

class BookListing {
 public:
  // The observer is borrowed.
  BookListing(std::string listing, std::string book, PublishObserver& observer)
      : listing_(std::move(listing)), book_(std::move(book)), observer_(observer) {}

  // A manifest that cannot be read is not overwritten, but may be thrown away with its book.
  enum class Broken : unsigned char { kRefuse, kIgnore };

  // As it stands now: markers, manifest, and what was withdrawn. kInvalid: the manifest cannot be
  // read; the text says what to do.
  Status Read(Broken broken = Broken::kRefuse);
  const Manifest& manifest() const { return manifest_; }
  // A marker of what was withdrawn is no sign of a sale: it is what an interrupted withdrawal left.
  bool IsListed(const std::string& chunk) const;
  const std::map<std::string, int64_t>& markers() const { return before_.markers; }

  // Whether the chunk as it is now is what is for sale: listed, with a manifest that fits.
  bool IsForSale(const ManifestChunk& chunk) const;

  // Whether Add() could write what it must: kInvalid says which tag or detail no manifest may have.
  // As of Read(); changes nothing.
  Status CheckAdd(const std::vector<ManifestChunk>& chunks, const BookDetails& details,
                  const BookDetails& fallback) const;

  // Puts the chunks for sale. Reads anew what it changes. `fallback` counts where nothing is said
  // and nothing was.
  Status Add(const std::vector<ManifestChunk>& chunks, const BookDetails& details,
             const BookDetails& fallback);

  // Takes chunks from sale; where no marker is left, the manifest goes, too.
  Status Remove(const std::vector<std::string>& chunks, Broken broken = Broken::kRefuse);

 private:
  Status WriteManifest(ListingWriter& writer);
  int64_t TimeFor(const ListingWriter& writer, const std::string& chunk) const;
  Status PutMarkers(ListingWriter& writer, const std::vector<std::string>& names, PublishStep step);

  const std::string listing_;
  const std::string book_;
  PublishObserver& observer_;
  ListedBook before_;
  WithdrawnList withdrawn_;  // when it was read; Add() and Remove() leave it so
  Manifest manifest_;
  int64_t last_time_ = 0;  // of the markers of this run
};

// `chunks` put into the manifest: in place of those of the same name; new ones in natural order
// where all the others are, else behind them, themselves in natural order.
void MergeChunks(const std::vector<ManifestChunk>& chunks, Manifest& manifest);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_PUBLISH_BOOK_LISTING_H_
