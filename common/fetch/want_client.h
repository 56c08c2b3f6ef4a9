// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A worker's side of the conversation with the fetcher: sends wants, waits at the doorbell, and finds the
// outcome in the cache file. The requester of a cold object is only the first of its followers.
//
//   WantClient client(store, shared, want_fd, stop);
//   CacheReader reader;
//   Status status = client.Open(want, reader);                          // waits for header and first byte
//   Result<uint64_t> bytes = client.WaitFor(reader, offset, length);    // how much is there from offset
//
// Holds no state besides what it borrows: any number of threads may use one.

#ifndef AUDIODL_COMMON_FETCH_WANT_CLIENT_H_
#define AUDIODL_COMMON_FETCH_WANT_CLIENT_H_

#include <atomic>
#include <chrono>
#include <string>

#include "common/cache/cache_reader.h"
#include "common/fetch/shared_state.h"
#include "common/fetch/store.h"
#include "common/fetch/want.h"

namespace audiodl {

// What a request found, for logs and counters.
enum class Lookup : unsigned char {
  kHit,      // the whole object
  kPartial,  // some of it
  kJoined,   // somebody else's fill of it under way
  kMiss,     // nothing
};
const char* LookupName(Lookup lookup);

class WantClient {
 public:
  // `stop`, borrowed: once true, waits end with kUnreachable (the server is stopping).
  WantClient(const StoreConfig& store, SharedState& shared, int want_fd,
             const std::atomic<bool>& stop)
      : store_(store), shared_(shared), want_fd_(want_fd), stop_(stop) {}

  // Opens the object's cache file, with `want` fulfilled as far as its first byte: waits until the header
  // is known and, for kBytes, the block of want.offset is there (or the object ends before it). Errors
  // are the origin's (kNotFound, kForbidden, kThrottled, kArchived, …), kChanged (a generation went
  // away twice while we looked), or kUnreachable when store.origin_timeout passed without progress.
  // `lookup` is set whatever the outcome.
  Status Open(const Want& want, CacheReader& reader, Lookup& lookup) const;

  // Bytes present from `offset` on, at least one; asks for [offset, offset + length) and waits if there
  // are none yet. Errors as above; kChanged means that this generation will never be completed.
  Result<uint64_t> WaitFor(CacheReader& reader, uint64_t offset, uint64_t length) const;

  // Tells the fetcher, without waiting. A full queue is no error: whoever waits asks again.
  void Send(const Want& want) const;

 private:
  class Waiter;

  Lookup Describe(const Want& want, const CacheReader& reader) const;
  Status Look(const Want& want, CacheReader& reader) const;
  Status OpenWaiting(Waiter& waiter, CacheReader& reader) const;

  const StoreConfig& store_;
  SharedState& shared_;
  const int want_fd_;
  const std::atomic<bool>& stop_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_WANT_CLIENT_H_
