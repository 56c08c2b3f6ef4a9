// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/watched_origin.h"

#include <string>

#include "common/cache/listing.h"

namespace audiodl {
namespace {

// Chunks that are asked for in turn.
constexpr size_t kCandidates = 64;

}  // namespace

// Stands between the origin's read and whoever asked.
class WatchedOrigin::Read : public OriginRead, public ReadSink {
 public:
  Read(WatchedOrigin& origin, ReadSink& sink) : origin_(origin), sink_(sink) {}

  void Begin(std::unique_ptr<OriginRead> read) { read_ = std::move(read); }

  bool OnHead(const ObjectInfo& info, uint64_t first, uint64_t end) override {
    had_head_ = true;
    origin_.NoteAnswer();
    return sink_.OnHead(info, first, end);
  }
  bool OnBody(std::string_view bytes) override { return sink_.OnBody(bytes); }
  void OnDone(const Status& status) override {
    origin_.NoteEnd(status, had_head_);
    sink_.OnDone(status);  // may destroy this
  }

 private:
  WatchedOrigin& origin_;
  ReadSink& sink_;
  bool had_head_ = false;
  std::unique_ptr<OriginRead> read_;  // last: its end may call nobody any more
};

std::unique_ptr<OriginRead> WatchedOrigin::Start(const ReadRequest& request, ReadSink& sink) {
  auto read = std::make_unique<Read>(*this, sink);
  read->Begin(origin_.Start(request, *read));
  return read;
}

void WatchedOrigin::NoteAnswer() {
  answered_ = true;
  noted_at_ = std::chrono::steady_clock::now();
  if (outcome_ != nullptr) outcome_->Succeeded();
}

void WatchedOrigin::NoteEnd(const Status& status, bool had_head) {
  switch (status.code()) {
    case Code::kUnreachable:
    case Code::kThrottled:
      break;
    case Code::kForbidden:
    case Code::kIo:
      // With a head it was given up by us.
      if (had_head) return;
      break;
    case Code::kNotFound:
    case Code::kChanged:
    case Code::kOutOfRange:
    case Code::kArchived:
      return NoteAnswer();
    default:
      return;
  }
  answered_ = false;
  noted_at_ = std::chrono::steady_clock::now();
  if (outcome_ != nullptr) outcome_->Failed(*noted_at_);
}

class OriginProbe::Sink : public ReadSink {
 public:
  bool OnHead(const ObjectInfo& /*info*/, uint64_t /*first*/, uint64_t /*end*/) override {
    return true;
  }
  bool OnBody(std::string_view /*bytes*/) override { return false; }
  void OnDone(const Status& status) override {
    done_ = true;
    ok_ = status.ok();
  }

  bool done() const { return done_; }
  bool ok() const { return ok_; }

 private:
  bool done_ = false;
  bool ok_ = false;
};

OriginProbe::OriginProbe(WatchedOrigin& origin, const StoreConfig& store)
    : origin_(origin), store_(store) {}
OriginProbe::~OriginProbe() = default;

void OriginProbe::Turn(WatchedOrigin::Time now, bool wanted) {
  if (read_ && sink_->done()) {
    if (!sink_->ok()) ++next_;
    read_.reset();
  }
  const auto noted = origin_.noted_at();
  const bool fresh = noted && now - *noted < (origin_.answered() ? kAge : kAgeOfBad);
  const bool asked_lately = began_ != WatchedOrigin::Time() && now - began_ < kAgeOfBad;
  if (!wanted || fresh || asked_lately || read_) return;
  began_ = now;
  const Result<std::string> chunk = FindSomeChunk(store_.listing, next_ % kCandidates);
  if (!chunk.ok()) return;
  ReadRequest request;
  request.key = store_.origin.KeyFor(*chunk);
  request.info_only = true;
  sink_ = std::make_unique<Sink>();
  read_ = origin_.Start(request, *sink_);
}

}  // namespace audiodl
