// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A fill engine over a FakeOrigin and a cache in a temporary directory, with a clock of its own.
// One thread.

#ifndef AUDIODL_TESTS_UNIT_FETCH_FILL_RIG_H_
#define AUDIODL_TESTS_UNIT_FETCH_FILL_RIG_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/cache/cache_reader.h"
#include "common/fetch/doorbell.h"
#include "common/fetch/fill_engine.h"
#include "common/fetch/fill_lock.h"
#include "common/fetch/store.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/fetch/fake_origin.h"
#include "tests/unit/s3/log_recorder.h"

namespace audiodl {

// Parts of a block each, so that small objects have many.
FillLimits SmallParts();

// What engines share: a directory and the bells.
struct FillWorld {
  FillWorld();

  TempDir dir;
  StoreConfig store;
  std::unique_ptr<Doorbells> bells = std::make_unique<Doorbells>();
  Clock::time_point now{};

  ObjectId IdOf(const std::string& key) const { return store.IdOf(key); }
  uint64_t BellOf(const std::string& key) const { return Doorbells::KeyOf(store.id, IdOf(key)); }
  std::string PathOf(const std::string& key) const { return dir.Of(IdOf(key).RelativePath()); }
  Status Open(const std::string& key, CacheReader& reader) const;
};

class FillRig {
 public:
  // `room` is borrowed; null: the plainest.
  explicit FillRig(FillWorld& world, const FillLimits& limits = SmallParts(),
                   StoreRoom* room = nullptr);
  ~FillRig() { Die(); }

  FillWorld& world;
  FakeOrigin origin;
  LogRecorder log;
  std::vector<std::unique_ptr<CacheWriter>> completed;

  FillEngine& engine() { return *engine_; }
  // As if the process had gone: reads end without a word, locks are free.
  void Die();

  void Handle(WantKind kind, const std::string& key, int64_t marker = 1);
  void WantBytes(const std::string& key, uint64_t offset = 0, uint64_t length = Want::kToTheEnd,
                 uint64_t follower = 0);
  void Advance() { engine_->Advance(world.now); }
  // Moves the clock on to when the engine wants to be called. False: it wants nothing.
  bool Sleep();
  // Serves all reads, oldest first, as a good origin would, until there is nothing left to do.
  void Run();

 private:
  LogSink sink_;
  std::optional<FillLocks> locks_;
  std::unique_ptr<FillEngine> engine_;
};

// The bytes a reader may send from `offset` on, right now.
std::string Visible(const FillWorld& world, const std::string& key, uint64_t offset = 0);

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_FETCH_FILL_RIG_H_
