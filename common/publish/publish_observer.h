// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Who is told what publishing and withdrawing do. Everything is called on the publisher's thread.

#ifndef AUDIODL_COMMON_PUBLISH_PUBLISH_OBSERVER_H_
#define AUDIODL_COMMON_PUBLISH_PUBLISH_OBSERVER_H_

#include <cstdint>
#include <string_view>

#include "common/publish/source_file.h"

namespace audiodl {

// What may be interrupted, in the order in which it is done.
enum class PublishStep : unsigned char {
  kInspect,       // a file is read from end to end
  kUpload,        // it is sent
  kReadBack,      // the object is read and compared
  kAnnounce,      // the marker of a replaced chunk gets a new time, before the manifest
  kManifest,      // the manifest is written
  kMarker,        // a marker is made, or gets a new time
  kRemoveMarker,  // withdrawing
  kDelete,        // an object is removed
};

// What became of a chunk.
enum class ChunkFate : unsigned char {
  kAdded,      // it was sent, or had been, and is now for sale
  kReplaced,   // another generation than was for sale
  kUnchanged,  // the same was for sale already
};

class PublishObserver {
 public:
  virtual ~PublishObserver() = default;

  // Before each step; `name` is the chunk's, or empty.
  virtual void OnStep(PublishStep /*step*/, std::string_view /*name*/) {}
  // Of kInspect, kUpload and kReadBack: so many bytes of that file.
  virtual void OnProgress(PublishStep /*step*/, const SourceFile& /*source*/, uint64_t /*bytes*/) {}
  // A file that will not be published.
  virtual void OnRefused(const Status& /*why*/) {}
  // A chunk is at the origin and has been compared; it may not be listed yet.
  virtual void OnStored(const SourceFile& /*source*/, ChunkFate /*fate*/, bool /*was_sent*/) {}
  // Withdrawing: the origin does not say which objects it has, so only what the listing knows goes.
  virtual void OnObjectsUnknown(const Status& /*why*/) {}
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_PUBLISH_PUBLISH_OBSERVER_H_
