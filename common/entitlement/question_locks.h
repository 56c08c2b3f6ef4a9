// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One question at a time: of all the requests on a server that find the same decision missing, one
// asks the database and the others wait for what it remembers. A fixed number of mutexes in shared
// memory, chosen by the decision's key; two keys that share one only wait for each other.
//
//   QuestionLocks::Turn turn(locks, key, std::chrono::seconds(10));
//   if (!turn.mine() || turn.failed_meanwhile()) the database is in trouble
//   look again, then ask; turn.NoteFailure() where that failed
//
// Where the database hangs, all who wait share the first one's failure: each trying for itself in
// turn would keep the last of them waiting for minutes. Any thread of any process.

#ifndef AUDIODL_COMMON_ENTITLEMENT_QUESTION_LOCKS_H_
#define AUDIODL_COMMON_ENTITLEMENT_QUESTION_LOCKS_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/base/shared_mutex.h"
#include "common/base/status.h"
#include "common/entitlement/decision_key.h"

namespace audiodl {

class QuestionLocks {
  struct Lock {
    SharedMutex mutex;
    std::atomic<int64_t> failed_at{0};  // nanoseconds of the steady clock
  };

 public:
  // Maps new ones, shared with every process that is forked from now on.
  static Result<QuestionLocks*> Map();

  class Turn {
   public:
    Turn(QuestionLocks& locks, const DecisionKey& key, std::chrono::milliseconds patience);

    // False: somebody else asked all the time.
    bool mine() const { return hold_.held(); }
    // Whether somebody failed with a question while this one waited.
    bool failed_meanwhile() const { return lock_.failed_at >= began_; }
    void NoteFailure();

   private:
    Lock& lock_;
    int64_t began_;
    SharedMutex::Hold hold_;
  };

 private:
  static constexpr size_t kCount = 1024;

  QuestionLocks() = default;
  Lock& LockOf(const DecisionKey& key);

  std::array<Lock, kCount> locks_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ENTITLEMENT_QUESTION_LOCKS_H_
