// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One chunk, or parts of it, on its way to one client in one response: shared by the request, which
// plans it and sees it pass, and the desk (delivery_desk.h), which wants to know what came of it.
//
// Thread-safe; the request's side is one thread at a time.

#ifndef AUDIODL_COMMON_LEDGER_TRANSFER_H_
#define AUDIODL_COMMON_LEDGER_TRANSFER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "common/ledger/ledger_entry.h"
#include "common/ledger/line.h"
#include "common/ledger/sent_map.h"
#include "common/ledger/verdict.h"

namespace audiodl {

class Transfer {
 public:
  struct Options {
    LedgerItem item;
    std::shared_ptr<Line> line;
    SentMap::Grain grain = SentMap::Grain::kByte;
    // Of HTTP/2, else 0. Positions are then those of the stream's body.
    uint32_t stream = 0;
    size_t journal = 0;  // of the desk's
  };

  explicit Transfer(Options options) : options_(std::move(options)), map_(options_.grain) {
    options_.line->Attach();
    if (options_.stream != 0) {
      options_.line->frames().With([this](FrameCounter& frames) { frames.Begin(options_.stream); });
    }
  }
  ~Transfer() {
    if (options_.stream != 0) {
      options_.line->frames().With(
          [this](FrameCounter& frames) { frames.Forget(options_.stream); });
    }
    options_.line->Detach();
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  const LedgerItem& item() const { return options_.item; }
  Line& line() const { return *options_.line; }
  uint32_t stream() const { return options_.stream; }
  size_t journal() const { return options_.journal; }

  // Runs `work` on the map while nobody else does.
  template <typename Work>
  auto WithMap(Work work) {
    const std::lock_guard lock(mutex_);
    return work(map_);
  }

  // More of the response follows behind it, which ends in something else: what follows is the proof
  // that it has arrived.
  void SetFollowed() { followed_ = true; }
  bool is_followed() const { return followed_; }

  // The request has ended, at that Unix time.
  void Finish(int64_t at, bool aborted);

  struct End {
    int64_t at = 0;
    ResponseEnd response;
  };
  // None: it has not.
  std::optional<End> end() const;

 private:
  const Options options_;
  std::atomic<bool> followed_{false};
  mutable std::mutex mutex_;  // guards all below
  SentMap map_;
  std::optional<End> end_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_TRANSFER_H_
