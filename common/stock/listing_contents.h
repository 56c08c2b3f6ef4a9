// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// All that a listing says, as a value: what is read from a tree, from an index or from a bucket, is
// compared with another, and is brought into a tree.
//
// In a listing's root there may stand, besides the books' folders, files of ours that begin with a
// dot; WithdrawnList has one of them. No chunk's name begins so.

#ifndef AUDIODL_COMMON_STOCK_LISTING_CONTENTS_H_
#define AUDIODL_COMMON_STOCK_LISTING_CONTENTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/cache/chunk_name.h"

namespace audiodl {

struct ListedBook {
  std::map<std::string, int64_t> markers;  // a chunk's name, its marker's time in Unix nanoseconds
  std::map<std::string, int64_t> withdrawn;  // a chunk's name, when it was, in Unix seconds
  std::string manifest;                      // the file's text; empty: there is none

  bool operator==(const ListedBook&) const = default;
  bool Says() const { return !markers.empty() || !withdrawn.empty() || !manifest.empty(); }
};

struct ListingContents {
  std::map<std::string, ListedBook> books;

  bool operator==(const ListingContents&) const = default;
  size_t MarkerCount() const;
  // Null where the chunk has no marker.
  const int64_t* FindMarker(const ChunkName& chunk) const;
  bool IsWithdrawn(const ChunkName& chunk) const;
};

// What stands in a listing and is neither a marker nor ours.
struct Stray {
  enum class Kind : unsigned char {
    kNotEmpty,  // a file with bytes in it where a marker could be
    kBadName,   // no URL could ask for it
    kLink,      // a folder elsewhere: it is not followed here
    kOther,     // a device, a socket, a pipe
    kLeftOver,  // a temporary file of ours, or of unison
  };
  std::string path;  // below the listing
  Kind kind = Kind::kOther;
  uint64_t bytes = 0;
};

// The markers and manifests below a folder; withdrawn is left empty. What comes or goes meanwhile
// may be in it or not. kNotFound: there is no such folder. kIo: some of it cannot be read: then
// nothing is returned, since what is not seen would look as if it had been taken away. `strays` may
// be null.
Result<ListingContents> ScanListing(const std::string& listing, std::vector<Stray>* strays);

// The same for one book's own files; a folder that is not there says nothing.
Result<ListedBook> ScanBook(const std::string& listing, const std::string& book);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_LISTING_CONTENTS_H_
