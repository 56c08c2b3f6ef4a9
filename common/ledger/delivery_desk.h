// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One process's part of the ledger: watches what its requests send, finds out what their clients
// got, and notes it in a journal within seconds. A thread of its own does all of that: a request
// touches neither the disk nor the database.
//
//   DeliveryDesk desk({.journals = {{dir, prefix}}, .counters = &counters, .log = log});
//   auto transfer = std::make_shared<Transfer>(...);
//   desk.Watch(transfer);
//   ... transfer->WithMap(...), transfer->Finish(...)
//
// Thread-safe.

#ifndef AUDIODL_COMMON_LEDGER_DELIVERY_DESK_H_
#define AUDIODL_COMMON_LEDGER_DELIVERY_DESK_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/log.h"
#include "common/fetch/counters.h"
#include "common/ledger/journal_writer.h"
#include "common/ledger/ledger_entry.h"
#include "common/ledger/transfer.h"

namespace audiodl {

class DeliveryDesk {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    std::vector<JournalWriter::Options> journals;  // Transfer::journal() is one's place
    LedgerCounters* counters = nullptr;
    LogSink log;
  };

  // Starts no thread before there is something to watch.
  explicit DeliveryDesk(Options options);
  ~DeliveryDesk() { Stop(); }
  DeliveryDesk(const DeliveryDesk&) = delete;
  DeliveryDesk& operator=(const DeliveryDesk&) = delete;

  // Until its request has ended and it is known what its client got.
  void Watch(std::shared_ptr<Transfer> transfer);

  // Judges what is left by what is known now, and notes it. Nothing is watched any more.
  void Stop();

 private:
  // How often is looked. What is noted then is on the disk.
  static constexpr std::chrono::milliseconds kTick{500};

  // What the desk's thread knows of one transfer.
  struct Watched {
    explicit Watched(std::shared_ptr<Transfer> watched, uint64_t number, Clock::time_point now)
        : transfer(std::move(watched)), id(number), acked_at(now), moved_at(now) {}

    std::shared_ptr<Transfer> transfer;
    uint64_t id;
    uint64_t acked = 0;
    Clock::time_point acked_at;  // when its end was first seen to be acknowledged
    Clock::time_point moved_at;  // when more was last seen to be acknowledged
    bool is_acked = false;
    std::optional<Clock::time_point> ended_at;  // when its request was first seen to have ended
    uint64_t passed_at = SentMap::kNotYet;      // a stream's: where the line was after its bytes
    // What the journal says of it while it is running; empty: nothing.
    std::string noted;
    uint64_t noted_bytes = 0;
    Clock::time_point noted_at;
  };

  // What one tick adds to one journal.
  struct Batch {
    std::map<std::string, LedgerEntry> entries;  // by item
    std::string ended;                           // records of requests that were noted as running
    std::string running;
    uint64_t deliveries = 0;
    bool says_all = false;  // what is running has to be said again
  };

  // What is waiting for a journal that cannot be written.
  struct Journal {
    explicit Journal(JournalWriter::Options options) : writer(std::move(options)) {}
    JournalWriter writer;
    std::string waiting;
    uint64_t waiting_deliveries = 0;
    bool failed = false;  // the last time; said once
  };

  void Run();
  void Tick(bool is_last);
  // Whether it is done with.
  bool Handle(Watched& watched, bool is_last);
  Verdict JudgeNow(Watched& watched, const Transfer::End& end, const LineFacts& line) const;
  bool HasArrivedBefore(Watched& watched);
  std::optional<StreamCount> StreamOf(const Watched& watched) const;
  DeliveredParts GivenSoFar(const Watched& watched, const LineFacts& line, uint64_t ahead) const;
  void NoteRunning(Watched& watched);
  void NoteEnded(const Watched& watched, int64_t at, DeliveredParts parts);
  LineFacts LookAt(Line& line);
  void Write(Journal& journal, Batch& batch);
  void TellTrouble(Journal& journal, const Status& status);

  const Options options_;

  std::mutex mutex_;  // guards the next five
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Transfer>> arrived_;
  bool stopping_ = false;
  bool idle_ = false;  // the thread waits to be told
  std::thread thread_;

  // The thread's own.
  Clock::time_point now_;
  uint64_t next_id_ = 1;
  std::vector<Watched> watched_;
  std::map<Line*, LineFacts> looks_;  // of this tick
  std::vector<Journal> journals_;
  std::vector<Batch> batches_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_DELIVERY_DESK_H_
