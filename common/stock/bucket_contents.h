// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What an origin holds, below its prefix, by the chunks' paths. One thread.

#ifndef AUDIODL_COMMON_STOCK_BUCKET_CONTENTS_H_
#define AUDIODL_COMMON_STOCK_BUCKET_CONTENTS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/s3/origin.h"
#include "common/s3write/object_store.h"

namespace audiodl {

struct BucketContents {
  std::map<std::string, StoredObject> objects;  // chunks; a StoredObject's key is empty here
  std::vector<std::string> unusable;            // what no URL could ask for, without the prefix
  std::string last_key;                         // the last one seen
  bool complete = false;

  // Puts the object in its place. Folders' own objects ("book/") and names with a segment that
  // begins with a dot are passed over: they are nobody's chunks.
  void Add(const Origin& origin, const StoredObject& object);
};

// Asks for everything, page by page. `progress` is called now and then with how many there were.
Status ListBucket(ObjectStore& store, const Origin& origin,
                  const std::function<void(size_t objects)>& progress, BucketContents& contents);

// A listing of a bucket that goes on where it was when its process was killed: a file beside the
// listing's books, .audiodl-rebuild, to which each thousand of objects is appended:
//
//   bucket s3://books/prod 2026-11-27T08:00:00Z
//   object 30214400 1764230400 STANDARD "9bb58f26…" fantasy/dune/01.mp3
//   unusable readme.txt
//   upto prod/fantasy/dune/01.mp3
//   end
//
// Names are encoded as in URLs. What stands behind the last "upto" does not count. Whoever lists
// holds the file's lock: lines of two would leave gaps that nobody sees. One thread.
class BucketSpool {
 public:
  static constexpr char kFileName[] = ".audiodl-rebuild";
  // Older ones are begun anew: what they say may be true no more.
  static constexpr std::chrono::minutes kMaxAge{60};

  // `now` is Unix seconds.
  BucketSpool(const std::string& listing, const Origin& origin, int64_t now);

  // Makes the file where there is none, and locks it for as long as this lives. kBusy: another
  // rebuild of the listing has it.
  Status Lock();

  // REQUIRES of all below: the lock is held.

  // What was listed before; nothing where there is no such file, or it is another bucket's, old, or
  // damaged.
  Result<BucketContents> Read();
  // As ListBucket(), going on behind what is in `contents` and noting what comes.
  Status List(ObjectStore& store, const std::function<void(size_t objects)>& progress,
              BucketContents& contents);
  // The work is done.
  Status Remove();

 private:
  bool IsOurs(std::string_view first_line) const;
  Status Append(const std::string& lines) const;
  // Leaves the beginning that counts.
  Status CutTo(uint64_t bytes) const;

  const std::string path_;
  const Origin origin_;
  const int64_t now_;
  UniqueFd file_;
  uint64_t good_bytes_ = 0;  // of the file, as Read() found it
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_BUCKET_CONTENTS_H_
