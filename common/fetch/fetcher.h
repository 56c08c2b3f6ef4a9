// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The fetcher: the one process per server that talks to the origins, holds their credentials, and
// writes the caches. Whoever forked it calls Load() while it may still read root's files, drops
// privileges, and calls Run().
//
//   SIGTERM         ends at once; what is filled stays, and the next fetcher goes on from there
//   SIGUSR1, HUP    drains: takes no more wants, finishes what it is filling, ends
//
// One thread, besides those that SyncQueue, DigestQueue and CredentialsProvider own.

#ifndef AUDIODL_COMMON_FETCH_FETCHER_H_
#define AUDIODL_COMMON_FETCH_FETCHER_H_

#include <list>
#include <memory>
#include <vector>

#include "common/base/log.h"
#include "common/base/unique_fd.h"
#include "common/fetch/cache_keeper.h"
#include "common/fetch/control_server.h"
#include "common/fetch/curl_loop.h"
#include "common/fetch/file_client.h"
#include "common/fetch/fill_engine.h"
#include "common/fetch/s3_client.h"
#include "common/fetch/shared_state.h"
#include "common/fetch/store.h"
#include "common/fetch/sync_queue.h"
#include "common/s3/credentials_provider.h"

namespace audiodl {

struct FetcherOptions {
  std::vector<StoreConfig> stores;
  int want_fd = -1;               // SEQPACKET; borrowed
  SharedState* shared = nullptr;  // borrowed
  LogSink log;
  FillLimits limits;
};

class Fetcher {
 public:
  explicit Fetcher(FetcherOptions options);
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  // Reads the credentials of all stores. A store whose credentials cannot be had is logged and
  // kept: it serves what its cache has.
  void Load();

  // Runs until a signal ends it. Blocks the signals it handles; starts threads.
  Status Run();

 private:
  struct Store;

  Status OpenStores();
  void TakeSignals();
  void TakeWants();
  void CountSelf();
  void OpenControl();
  void ShowFills();
  void Beat();
  std::chrono::milliseconds Patience(bool busy);

  const FetcherOptions options_;
  std::list<Store> stores_;
  UniqueFd signals_;
  bool draining_ = false;
  bool stopping_ = false;
  CurlLoop curl_;
  std::unique_ptr<SyncQueue> sync_;
  std::unique_ptr<DigestQueue> digests_;
  CacheKeeper keeper_;
  FileClient files_;
  FillEngine engine_;  // its reads go before the clients they belong to
  ControlServer control_;
  ProcessGauges::Slot* gauges_ = nullptr;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_FETCHER_H_
