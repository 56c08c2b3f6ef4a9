// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/delivery_desk.h"

#include <algorithm>
#include <ctime>
#include <exception>
#include <utility>

#include "common/base/signals_blocked.h"

namespace audiodl {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// How often a running transfer is noted. Whatever was sent since is lost when the process is
// killed, but for what the client itself claims by going on from there: so what may have been sent
// by then is noted too.
constexpr milliseconds kNoteInterval{2000};
constexpr uint64_t kLeastAhead = uint64_t{1} << 20;
constexpr uint64_t kAheadIntervals = 4;
// A stream whose request has ended is carried to its end within that, or it never is.
constexpr milliseconds kStreamPatience{10'000};
// Of records that the journal does not take.
constexpr size_t kMostWaitingBytes = size_t{4} << 20;

uint64_t BytesWithDoubt(const DeliveredParts& parts) {
  uint64_t sum = 0;
  for (const DeliveredPart& part : parts.parts()) sum += part.maybe - part.first;
  return sum;
}

}  // namespace

DeliveryDesk::DeliveryDesk(Options options) : options_(std::move(options)) {
  for (const JournalWriter::Options& journal : options_.journals) journals_.emplace_back(journal);
}

void DeliveryDesk::Watch(std::shared_ptr<Transfer> transfer) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  if (!thread_.joinable()) {
    const SignalsBlocked blocked;
    thread_ = std::thread([this] { Run(); });
  }
  arrived_.push_back(std::move(transfer));
  if (std::exchange(idle_, false)) changed_.notify_one();
}

void DeliveryDesk::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  journals_.clear();
}

void DeliveryDesk::Run() {
  const auto has_work = [this] {
    return stopping_ || !arrived_.empty() || !watched_.empty() ||
           std::any_of(journals_.begin(), journals_.end(),
                       [](const Journal& journal) { return !journal.waiting.empty(); });
  };
  std::unique_lock lock(mutex_);
  for (bool is_last = false; !is_last;) {
    idle_ = !has_work();
    changed_.wait(lock, has_work);
    idle_ = false;
    changed_.wait_for(lock, kTick, [this] { return stopping_; });
    is_last = stopping_;
    lock.unlock();
    // Memory has run out, or a bug: what this tick would have noted is lost, the next may work.
    try {
      Tick(is_last);
    } catch (const std::exception& e) {
      options_.log(LogLevel::kError, std::string("the ledger's thread: ") + e.what());
    }
    lock.lock();
  }
}

void DeliveryDesk::Tick(bool is_last) {
  now_ = Clock::now();
  looks_.clear();
  std::vector<std::shared_ptr<Transfer>> arrived;
  {
    const std::lock_guard lock(mutex_);
    arrived.swap(arrived_);
  }
  for (std::shared_ptr<Transfer>& transfer : arrived) {
    watched_.emplace_back(std::move(transfer), next_id_++, now_);
  }
  batches_.clear();
  for (const Journal& journal : journals_) {
    batches_.emplace_back().says_all = journal.failed || journal.writer.BeginsFile();
  }
  std::erase_if(watched_, [&](Watched& watched) { return Handle(watched, is_last); });
  for (size_t i = 0; i < journals_.size(); ++i) Write(journals_[i], batches_[i]);
}

LineFacts DeliveryDesk::LookAt(Line& line) {
  const auto [found, is_new] = looks_.try_emplace(&line);
  if (is_new) found->second = line.Look();
  return found->second;
}

// Of a response with several chunks: one that more has followed, of which the client has
// acknowledged something. Its request may go on for hours.
bool DeliveryDesk::HasArrivedBefore(Watched& watched) {
  Transfer& transfer = *watched.transfer;
  if (!transfer.is_followed()) return false;
  uint64_t position = transfer.WithMap([](SentMap& map) { return map.end_position(); });
  if (position == SentMap::kNotYet) return false;
  if (transfer.stream() != 0) {
    const std::optional<StreamCount> stream = StreamOf(watched);
    if (!stream || stream->body_bytes <= position) return false;
    if (watched.passed_at == SentMap::kNotYet) watched.passed_at = stream->position;
    position = watched.passed_at;
  }
  const LineFacts line = LookAt(transfer.line());
  return line.fate != LineFacts::Fate::kUnknown && line.acked > position;
}

bool DeliveryDesk::Handle(Watched& watched, bool is_last) {
  if (HasArrivedBefore(watched)) {
    const auto whole = watched.transfer->WithMap([](SentMap& map) { return map.Whole(); });
    NoteEnded(watched, std::time(nullptr), whole);
    return true;
  }
  const std::optional<Transfer::End> end = watched.transfer->end();
  if (!end && !is_last) {
    NoteRunning(watched);
    return false;
  }
  const LineFacts line = LookAt(watched.transfer->line());
  if (!end) {
    NoteEnded(watched, std::time(nullptr), GivenSoFar(watched, line, 0));
    return true;
  }
  Verdict verdict = JudgeNow(watched, *end, line);
  if (verdict == Verdict::kWait && is_last) {
    verdict = watched.is_acked ? Verdict::kWhole : Verdict::kCut;
  }
  if (verdict == Verdict::kWait) return false;
  NoteEnded(watched, end->at,
            verdict == Verdict::kWhole
                ? watched.transfer->WithMap([](SentMap& map) { return map.Whole(); })
                : GivenSoFar(watched, line, 0));
  return true;
}

std::optional<StreamCount> DeliveryDesk::StreamOf(const Watched& watched) const {
  return watched.transfer->line().frames().With(
      [&](FrameCounter& frames) { return frames.Find(watched.transfer->stream()); });
}

Verdict DeliveryDesk::JudgeNow(Watched& watched, const Transfer::End& end,
                               const LineFacts& line) const {
  ResponseEnd response = end.response;
  if (!watched.ended_at) watched.ended_at = now_;
  if (watched.transfer->stream() != 0) {
    const std::optional<StreamCount> stream = StreamOf(watched);
    if (!stream || stream->body_bytes < response.position) {
      const bool is_over = response.position == SentMap::kNotYet ||
                           line.fate != LineFacts::Fate::kOpen ||
                           now_ - *watched.ended_at >= kStreamPatience;
      return is_over ? Verdict::kCut : Verdict::kWait;
    }
    response.position = stream->position;
  }
  if (line.acked > watched.acked) watched.moved_at = now_;
  watched.acked = std::max(watched.acked, line.acked);
  if (!watched.is_acked && line.acked >= response.position) {
    watched.is_acked = true;
    watched.acked_at = now_;
  }
  const LineTimes times = {duration_cast<milliseconds>(now_ - watched.acked_at),
                           duration_cast<milliseconds>(now_ - watched.moved_at)};
  return Judge(response, line, times);
}

DeliveredParts DeliveryDesk::GivenSoFar(const Watched& watched, const LineFacts& line,
                                        uint64_t ahead) const {
  uint64_t acked = line.acked;
  uint64_t written = line.written;
  if (watched.transfer->stream() != 0) {
    const std::optional<StreamCount> stream = StreamOf(watched);
    // Which of a line's acknowledged bytes are a stream's nobody knows.
    acked = 0;
    written = stream ? stream->body_bytes : 0;
  }
  return watched.transfer->WithMap([&](SentMap& map) { return map.Given(acked, written, ahead); });
}

void DeliveryDesk::NoteRunning(Watched& watched) {
  Batch& batch = batches_[watched.transfer->journal()];
  if (!watched.transfer->WithMap([](SentMap& map) { return map.has_begun(); })) return;
  const bool is_due = watched.noted.empty() || now_ - watched.noted_at >= kNoteInterval;
  if (!is_due && !batch.says_all) return;
  watched.noted_at = now_;
  const LineFacts line = LookAt(watched.transfer->line());
  const uint64_t bytes = BytesWithDoubt(GivenSoFar(watched, line, 0));
  const uint64_t more = bytes - std::min(bytes, std::exchange(watched.noted_bytes, bytes));
  DeliveredParts parts = GivenSoFar(watched, line, kLeastAhead + kAheadIntervals * more);
  std::string text = parts.Text();
  if (text.empty() || (text == watched.noted && !batch.says_all)) return;
  watched.noted = std::move(text);
  const LedgerEntry entry = {watched.transfer->item(), std::time(nullptr), std::move(parts)};
  batch.running += EncodeRecord(RecordKind::kRunning, watched.id, EncodeLedgerEntry(entry));
}

void DeliveryDesk::NoteEnded(const Watched& watched, int64_t at, DeliveredParts parts) {
  Batch& batch = batches_[watched.transfer->journal()];
  if (!parts.empty()) ++batch.deliveries;
  LedgerEntry entry = {watched.transfer->item(), at, std::move(parts)};
  if (!watched.noted.empty()) {
    // Nothing, too: it takes the place of what was noted.
    batch.ended += EncodeRecord(RecordKind::kDelivered, watched.id, EncodeLedgerEntry(entry));
    return;
  }
  if (entry.parts.empty()) return;
  const auto [found, is_new] = batch.entries.try_emplace(entry.item.Key(), entry);
  if (is_new) return;
  found->second.parts.Add(entry.parts);
  found->second.at = std::max(found->second.at, at);
}

void DeliveryDesk::TellTrouble(Journal& journal, const Status& status) {
  if (journal.failed != status.ok()) return;
  journal.failed = !status.ok();
  options_.log(status.ok() ? LogLevel::kNotice : LogLevel::kError,
               status.ok() ? "the ledger's journal can be written again"
                           : "the ledger's journal cannot be written, what is delivered is kept in "
                             "memory for now: " +
                                 status.text());
}

void DeliveryDesk::Write(Journal& journal, Batch& batch) {
  std::string records = std::move(journal.waiting);
  journal.waiting.clear();
  for (const auto& [key, entry] : batch.entries) {
    records += EncodeRecord(RecordKind::kDelivered, 0, EncodeLedgerEntry(entry));
  }
  records += batch.ended;
  const uint64_t deliveries = std::exchange(journal.waiting_deliveries, 0) + batch.deliveries;
  if (records.empty() && batch.running.empty()) return;
  Status status = journal.writer.Append(records + batch.running);
  if (status.ok()) status = journal.writer.Sync();
  TellTrouble(journal, status);
  if (status.ok()) {
    options_.counters->recorded.Add(deliveries);
  } else if (records.size() <= kMostWaitingBytes) {
    journal.waiting = std::move(records);
    journal.waiting_deliveries = deliveries;
  } else {
    options_.counters->lost.Add(deliveries);
  }
}

}  // namespace audiodl
