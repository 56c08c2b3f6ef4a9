// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Brings one file to the origin and makes sure that it is there: what stands there already and is
// the same is not sent again, and in either case the whole object is read back and compared by its
// SHA-256. One thread.

#ifndef AUDIODL_COMMON_PUBLISH_CHUNK_UPLOAD_H_
#define AUDIODL_COMMON_PUBLISH_CHUNK_UPLOAD_H_

#include <string>

#include "common/base/status.h"
#include "common/book/manifest.h"
#include "common/publish/publish_observer.h"
#include "common/publish/source_file.h"
#include "common/s3write/object_store.h"

namespace audiodl {

struct StoredChunk {
  ObjectInfo info;
  bool was_sent = false;
};

class ChunkUpload {
 public:
  // All are borrowed. `known` is what the manifest says of the chunk; null: nothing.
  ChunkUpload(ObjectStore& store, PublishObserver& observer, const SourceFile& source,
              const ManifestChunk* known)
      : store_(store), observer_(observer), source_(source), known_(known) {}

  // What Store() would find: whether it has to be sent. Only asks for the object's head.
  enum class Verdict : unsigned char {
    kMissing,  // there is no such object
    kOther,    // there is another
    kSame,     // it is the same: the manifest, written when it had been compared, says so
    kPerhaps,  // its size fits, and nothing speaks against it: it must be read
  };
  Result<Verdict> Judge(const std::string& key);

  // kCorrupt: what was read back is not what was sent, twice in a row.
  Result<StoredChunk> Store(const std::string& key);

 private:
  Result<StoredChunk> Send(const std::string& key);
  // None: it is another.
  Result<std::optional<ObjectInfo>> ReadBack(const std::string& key);
  PutOptions Options() const;

  ObjectStore& store_;
  PublishObserver& observer_;
  const SourceFile& source_;
  const ManifestChunk* const known_;
  ObjectInfo judged_;  // what Judge() found
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_PUBLISH_CHUNK_UPLOAD_H_
