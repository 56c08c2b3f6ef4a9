// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One chunk on its way to one client: what the handler opened, and what the gate or the pump lets
// out. Lives in r->pool, or in what does, so until the request's last byte has been handed to the
// network.

#ifndef AUDIODL_MOD_AUDIODL_DELIVERY_H_
#define AUDIODL_MOD_AUDIODL_DELIVERY_H_

#include <apr_buckets.h>
#include <apr_file_io.h>
#include <httpd.h>

#include <chrono>

#include <algorithm>

#include "common/cache/cache_reader.h"
#include "common/fetch/follower.h"
#include "mod_audiodl/client_line.h"

namespace audiodl {

struct Delivery {
  // All borrowed.
  Delivery(const conn_rec* c, const FetcherLink& link, const StoreConfig& store, std::string key,
           int64_t marker)
      : link(link), follower(link, store, std::move(key), marker) {
    // mod_http2 says so to each of a connection's streams, and waits for them.
    follower.WaitOnlyFor([c] { return c->aborted != 0; });
  }

  const FetcherLink& link;
  Follower follower;
  CacheReader reader;
  // The reader's descriptor as buckets carry it; null: it is not open for sending yet.
  apr_file_t* file = nullptr;
  Pace* pace = nullptr;  // null: as fast as it goes

  // How many of so many bytes may be handed to the kernel now; see Pace.
  uint64_t Allowed(uint64_t bytes) const {
    return pace == nullptr ? bytes : std::min(bytes, pace->Allowed());
  }
  void Sent(uint64_t bytes) const {
    if (pace != nullptr) pace->Sent(bytes);
  }

  // Whether the bucket holds bytes of this chunk's cache file.
  bool Carries(const apr_bucket* bucket) const {
    return file != nullptr && APR_BUCKET_IS_FILE(bucket) && bucket->length > 0 &&
           static_cast<const apr_bucket_file*>(bucket->data)->fd == file;
  }

  // Nothing is waited for any more.
  bool IsWhole() const { return file != nullptr && reader.complete(); }

  // As Follower::Await(); where the file will never have these bytes it goes on in the one that
  // has. REQUIRES: nothing is still to be read of what was said to be there.
  Result<uint64_t> Await(uint64_t offset, uint64_t length, std::chrono::milliseconds at_most);
};

// The reader's descriptor as a file that core sends with sendfile(2). In the connection's pool,
// because a file of the request's pool would be duplicated for every slice that httpd sets aside;
// it has no clean-up there: the descriptor is the reader's, and goes with the request.
apr_file_t* FileOf(request_rec* r, const CacheReader& reader);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DELIVERY_H_
