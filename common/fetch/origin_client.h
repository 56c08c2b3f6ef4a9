// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Reading ranges of objects without blocking. Implemented by S3Client and FileClient, and by the
// tests' failing one. All of it happens on the fetcher's one thread.

#ifndef AUDIODL_COMMON_FETCH_ORIGIN_CLIENT_H_
#define AUDIODL_COMMON_FETCH_ORIGIN_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/s3/s3_response.h"

namespace audiodl {

struct ReadRequest {
  std::string key;
  bool info_only = false;  // HEAD: the object's head, no bytes
  uint64_t offset = 0;
  uint64_t length = 0;       // at least 1 unless info_only; may reach beyond the object's end
  std::string if_match;      // the generation's entity tag; empty: any
  std::string version = {};  // where the origin keeps older ones; empty: the newest
};

// Whoever asked. Called from the client's own step, never from within Start().
class ReadSink {
 public:
  virtual ~ReadSink() = default;

  // What the origin has, and which bytes of it follow, [first, end): those asked for as far as the
  // object reaches, or all of it where the origin knows no ranges; none for info_only. Called once,
  // before any body. false ends the read.
  virtual bool OnHead(const ObjectInfo& info, uint64_t first, uint64_t end) = 0;
  // The next bytes. false ends the read.
  virtual bool OnBody(std::string_view bytes) = 0;
  // The end; nothing more is called after it. Not ok where OnHead or OnBody ended it. A body that
  // ended early is the sink's to notice. kOutOfRange: the object has none of the bytes asked for.
  virtual void OnDone(const Status& status) = 0;
};

// A read under way. Destroying it ends it without OnDone. Never destroyed from OnHead or OnBody.
class OriginRead {
 public:
  virtual ~OriginRead() = default;
};

class OriginClient {
 public:
  virtual ~OriginClient() = default;
  // The sink is borrowed until OnDone or until the read is destroyed.
  virtual std::unique_ptr<OriginRead> Start(const ReadRequest& request, ReadSink& sink) = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_ORIGIN_CLIENT_H_
