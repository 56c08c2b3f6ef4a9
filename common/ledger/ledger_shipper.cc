// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/ledger_shipper.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "common/base/text.h"
#include "common/ledger/journal_format.h"
#include "common/ledger/journal_reader.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

// Who is refused so often without one success is not refused because of its entries.
constexpr int kAllAreRefused = 3;

}  // namespace

Status LedgerShipper::Lock() {
  const std::string path =
      options_.directory + "/" + (options_.prefix.empty() ? "all" : options_.prefix) + ".lock";
  lock_.Reset(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock_.valid()) return Status::FromErrno(errno, "open " + path);
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return Status::Ok();
  const int error = errno;
  lock_.Reset();
  if (error == EWOULDBLOCK) return Status(Code::kBusy, "another process ships the journals");
  return Status::FromErrno(error, "lock " + path);
}

// Oldest first: that is how they are named.
Result<std::vector<std::string>> LedgerShipper::Journals() const {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator at(options_.directory, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename();
    if (name.starts_with('.') || !name.starts_with(options_.prefix)) continue;
    if (name.ends_with(kJournalSuffix)) paths.push_back(at->path());
  }
  if (error) return Status::FromErrno(error.value(), "read the directory " + options_.directory);
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Whether nothing of them is left to be done.
bool LedgerShipper::ShipItem(std::vector<LedgerEntry> entries, Outcome& outcome) {
  const uint64_t count = entries.size();
  const LedgerItem item = entries.front().item;
  const std::string key = item.Key();
  const Status status = store_.Record(std::move(entries));
  if (status.ok()) {
    any_taken_ = true;
    refusals_.erase(key);
    outcome.shipped += count;
    return true;
  }
  if (outcome.status.ok()) outcome.status = status;
  const bool refused = status.code() == Code::kIo;
  if (refused && !any_taken_) ++refused_in_a_row_;
  if (!refused || !any_taken_ || ++refusals_[key] < kMostRefusals) {
    outcome.waiting += count;
    return false;
  }
  refusals_.erase(key);
  outcome.lost += count;
  log_(LogLevel::kError, "what was delivered of " + Printable(item.book + "/" + item.chunk) +
                             " to customer " + Printable(item.customer) +
                             " is given up, the database refuses it: " + status.text());
  return true;
}

void LedgerShipper::TellTorn(const JournalReader& reader, const std::string& path,
                             Outcome& outcome) {
  if (!reader.is_finished() || !reader.is_torn()) return;
  ++outcome.lost;
  log_(LogLevel::kWarning, "the journal " + path +
                               " has a torn end: what was written last, when its process was "
                               "killed, is lost");
}

void LedgerShipper::ShipOne(const std::string& path, Outcome& outcome) {
  Result<JournalReader> reader = JournalReader::Open(path);
  const Result<std::vector<LedgerEntry>> entries =
      reader.ok() ? reader->ReadNew() : reader.status();
  if (!entries.ok()) {
    // Removed by whoever shipped it before.
    const bool gone = entries.status().code() == Code::kNotFound;
    if (!gone && outcome.status.ok()) outcome.status = entries.status();
    return;
  }
  std::map<std::string, std::vector<LedgerEntry>> by_item;
  for (const LedgerEntry& entry : *entries) by_item[entry.item.Key()].push_back(entry);
  bool all = true;
  for (auto& [key, of_item] : by_item) {
    const bool is_away = outcome.status.code() == Code::kUnreachable;
    if (is_away || (!any_taken_ && refused_in_a_row_ >= kAllAreRefused)) {
      outcome.waiting += of_item.size();
      all = false;
      continue;
    }
    all = ShipItem(std::move(of_item), outcome) && all;
  }
  if (!all) return;
  TellTorn(*reader, path, outcome);
  const Status status = reader->Shipped();
  if (!status.ok() && outcome.status.ok()) outcome.status = status;
}

LedgerShipper::Outcome LedgerShipper::Ship() {
  Outcome outcome;
  any_taken_ = false;
  refused_in_a_row_ = 0;
  outcome.status = Lock();
  if (!outcome.status.ok()) return outcome;
  const Result<std::vector<std::string>> journals = Journals();
  if (journals.ok()) {
    for (const std::string& path : *journals) ShipOne(path, outcome);
  } else {
    outcome.status = journals.status();
  }
  lock_.Reset();
  return outcome;
}

}  // namespace audiodl
