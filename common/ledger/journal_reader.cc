// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/journal_reader.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "common/base/crc32c.h"
#include "common/base/file_io.h"
#include "common/ledger/journal_format.h"

namespace audiodl {
namespace {

// Beyond any file that a writer of ours leaves.
constexpr uint64_t kMostBytes = uint64_t{64} << 20;

struct Record {
  RecordKind kind;
  uint64_t id;
  std::string_view entry;
  size_t bytes;  // in the file
};

// The record that `bytes` begin with; none where there is no whole and sound one.
std::optional<Record> ParseRecord(std::string_view bytes) {
  RecordHead head;
  Record record{};
  constexpr size_t kFixed = sizeof record.kind + sizeof record.id;
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.length < kFixed || head.length > kMaxRecordBytes) return std::nullopt;
  if (bytes.size() - sizeof head < head.length) return std::nullopt;
  const std::string_view payload = bytes.substr(sizeof head, head.length);
  if (Crc32c(payload) != head.crc) return std::nullopt;
  std::memcpy(&record.kind, payload.data(), sizeof record.kind);
  std::memcpy(&record.id, payload.data() + sizeof record.kind, sizeof record.id);
  record.entry = payload.substr(kFixed);
  record.bytes = sizeof head + head.length;
  return record;
}

// The entries of a journal in the order of their records.
class Collector {
 public:
  explicit Collector(uint64_t shipped) : shipped_(shipped) {}

  Status Take(const Record& record, uint64_t offset) {
    if (record.kind == RecordKind::kEnd) {
      running_.clear();
      return Status::Ok();
    }
    Result<LedgerEntry> entry = DecodeLedgerEntry(record.entry);
    if (!entry.ok()) return entry.status();
    if (record.kind == RecordKind::kRunning) {
      running_.insert_or_assign(record.id, std::move(entry).value());
      return Status::Ok();
    }
    running_.erase(record.id);
    if (offset >= shipped_) delivered_.push_back(std::move(entry).value());
    return Status::Ok();
  }

  std::vector<LedgerEntry> Delivered() && { return std::move(delivered_); }
  std::vector<LedgerEntry> DeliveredAndRunning() && {
    for (auto& [id, entry] : running_) delivered_.push_back(std::move(entry));
    return std::move(delivered_);
  }

 private:
  const uint64_t shipped_;
  std::vector<LedgerEntry> delivered_;
  std::map<uint64_t, LedgerEntry> running_;
};

}  // namespace

Result<JournalReader> JournalReader::Open(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  JournalReader reader(path, std::move(fd));
  const int file = reader.fd_.get();
  // Before anything is read: what is written after it is not missed. An end that is noted in peace
  // counts too, by itself.
  reader.finished_ = flock(file, LOCK_EX | LOCK_NB) == 0;
  std::string magic(kJournalMagic.size(), '\0');
  if (!ReadAt(file, 0, magic).ok() || magic != kJournalMagic) {
    return Status::Invalid(path + " is no journal of this version");
  }
  std::string shipped(sizeof reader.shipped_, '\0');
  if (Status status = ReadAt(file, kJournalShippedAt, shipped); !status.ok()) return status;
  std::memcpy(&reader.shipped_, shipped.data(), shipped.size());
  reader.shipped_ = std::max(reader.shipped_, kJournalHeaderBytes);
  return reader;
}

Result<std::vector<LedgerEntry>> JournalReader::ReadNew() {
  struct stat info;
  if (fstat(fd_.get(), &info) != 0) return Status::FromErrno(errno, "fstat " + path_);
  const uint64_t size = std::min(static_cast<uint64_t>(info.st_size), kMostBytes);
  // To know what was running when a process was killed, all of its file is needed.
  const uint64_t begin = std::min(size, finished_ ? kJournalHeaderBytes : shipped_);
  std::string bytes(size - begin, '\0');
  if (Status status = ReadAt(fd_.get(), begin, bytes); !status.ok()) return status;

  Collector collector(shipped_);
  read_to_ = begin;
  torn_ = false;
  for (std::string_view left = bytes; !left.empty();) {
    const std::optional<Record> record = ParseRecord(left);
    if (!record || !collector.Take(*record, read_to_).ok()) {
      torn_ = true;
      break;
    }
    read_to_ += record->bytes;
    left.remove_prefix(record->bytes);
  }
  return finished_ ? std::move(collector).DeliveredAndRunning() : std::move(collector).Delivered();
}

Status JournalReader::Shipped() {
  if (finished_) {
    if (unlink(path_.c_str()) == 0 || errno == ENOENT) return Status::Ok();
    return Status::FromErrno(errno, "unlink " + path_);
  }
  if (read_to_ <= shipped_) return Status::Ok();
  shipped_ = read_to_;
  return WriteAt(fd_.get(), kJournalShippedAt, BytesOf(shipped_));
}

}  // namespace audiodl
