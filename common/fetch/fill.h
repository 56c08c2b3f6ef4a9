// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The filling of one object: which blocks are wanted, which reads are under way for them, what
// happens when one fails. Lives in the fetcher, as long as there is something to do for the object.
//
//   locking ──► adopting what is on disk ──► first read (learns size and entity tag, makes the
//   file)
//           ──► parts in parallel, each a block-aligned range ──► last block held back, digest
//           checked ──► complete
//
// An object that is replaced or deleted meanwhile is read on in the version that the fill began
// with, if the origin keeps them; else what has not come by then cannot be had, and the fill ends.
//
// What somebody waits for goes first; when nobody is left the reads under way end and the fill with
// them.
//
// Every block is on disk before its mark, every mark before its ring, so a follower that wakes
// finds it. The last missing block is marked only after the whole object's digest agreed: no client
// ever holds a complete-looking wrong file.
//
// One thread, the fetcher's.

#ifndef AUDIODL_COMMON_FETCH_FILL_H_
#define AUDIODL_COMMON_FETCH_FILL_H_

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/cache/cache_writer.h"
#include "common/fetch/counters.h"
#include "common/fetch/digest_queue.h"
#include "common/fetch/doorbell.h"
#include "common/fetch/fill_limits.h"
#include "common/fetch/fill_lock.h"
#include "common/fetch/interests.h"
#include "common/fetch/origin_client.h"
#include "common/fetch/prefix_digest.h"
#include "common/fetch/store.h"
#include "common/fetch/store_room.h"
#include "common/fetch/want.h"

namespace audiodl {

using Clock = std::chrono::steady_clock;

// What a fill needs of the world; borrowed for its life.
struct FillContext {
  const StoreConfig* store = nullptr;
  OriginClient* origin = nullptr;
  FillLocks* locks = nullptr;
  Doorbells* bells = nullptr;
  const LogSink* log = nullptr;
  const FillLimits* limits = nullptr;
  // Takes a complete file, to make it durable.
  std::function<void(std::unique_ptr<CacheWriter>)> on_complete;
  Counters* counters = nullptr;    // null: nobody counts
  StoreRoom* room = nullptr;       // where the files are
  DigestQueue* digests = nullptr;  // null: hashes are taken in place
};

class Fill {
 public:
  Fill(const FillContext& context, std::string key);
  ~Fill();
  Fill(const Fill&) = delete;
  Fill& operator=(const Fill&) = delete;

  // Any kind of want, also kRelease.
  void Take(const Want& want);

  // Moves on as far as possible without a new read: takes the lock, adopts, retries what is due,
  // checks digests. Call after wants, after reads moved, and when due() has come.
  void Advance(Clock::time_point now);

  // Starts one read if one is needed and allowed; false if not. REQUIRES: Advance() was called
  // since.
  bool StartRead(Clock::time_point now);

  // When Advance() wants to be called at the latest; nothing: when something happens.
  std::optional<Clock::time_point> due() const { return due_; }
  bool finished() const { return finished_; }
  unsigned reads() const;
  const std::string& key() const { return key_; }
  // How much of the object is there; 0 while its size is not known.
  unsigned percent() const;

 private:
  class Part;

  bool HoldLock();
  void AdoptFile();
  void UseFile(std::unique_ptr<CacheWriter> file);
  Status MakeFile(const ObjectInfo& info, int64_t marker);
  bool IsAsking() const;
  bool OlderFirst();
  bool GoOnWithVersion(Part& part, const Status& outcome);
  Status AnswerVerify(const ObjectInfo& info, int64_t marker);

  bool StartFirstRead();
  bool StartNeeded();
  void StartPart(std::unique_ptr<Part> part);
  bool RestartPart();
  bool HedgePart();
  std::string_view Generation(const Part& part) const;
  Clock::duration HedgeAfter() const;

  uint64_t PartEnd(uint64_t first_block) const;
  Part* PartOf(uint64_t block) const;
  bool Needs(uint64_t block) const;
  std::optional<uint64_t> NextUrgent();
  std::optional<uint64_t> NextNeeded() const;
  void Abandon();

  Status PartHead(Part& part, const ObjectInfo& info, uint64_t first, uint64_t end);
  Status PartBytes(Part& part, std::string_view bytes);
  void PartDone(Part& part, const Status& outcome);
  Status FinishBlock(uint64_t block, uint32_t crc);

  void FollowDigest();
  Status TakeIntoDigest();
  void ForgetFile();
  void CompleteFile();
  void Retry(Part& part, const Status& status);
  void Fail(const Status& status);
  bool StartOver(const Status& trouble);
  void DropNamelessFile();
  void Finish();
  void DueBy(Clock::time_point time);
  void Log(LogLevel level, const std::string& text) const;
  void Tally(Count FetcherCounters::*count, uint64_t n = 1) const;

  const FillContext context_;
  const std::string key_;
  const ObjectId id_;
  const uint64_t bell_;

  bool locked_ = false;
  bool looked_ = false;  // for a file that is already there
  bool verify_ = false;  // the origin must confirm the generation before anything else
  bool finished_ = false;
  Clock::time_point now_;
  std::optional<Clock::time_point> due_;
  Interests interests_;
  std::optional<Clock::time_point> verify_asked_;  // since when older downloads hold it up
  bool info_ = false;                              // somebody wants the header
  int64_t marker_ = 0;
  std::unique_ptr<CacheWriter> file_;
  std::string version_;    // that the file is of, where the origin keeps them
  bool replaced_ = false;  // the origin has a newer one
  std::shared_ptr<PrefixDigest> digest_;
  std::shared_ptr<const DigestQueue::Job> digesting_;  // while the digest is another thread's
  struct HeldBlock {
    uint64_t block;
    uint32_t crc;
  };
  std::optional<HeldBlock> held_;
  std::list<std::unique_ptr<Part>> parts_;
  unsigned hedges_ = 0;
  unsigned waits_for_room_ = 0;
  std::minstd_rand jitter_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_FILL_H_
