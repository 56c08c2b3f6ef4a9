// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/journal_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <random>

#include "common/base/crc32c.h"
#include "common/base/file_io.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

std::string EncodeHeader() {
  std::string header(kJournalMagic);
  header += BytesOf(kJournalHeaderBytes);  // shipped so far: all but the records
  header.resize(kJournalHeaderBytes);
  return header;
}

}  // namespace

std::string EncodeRecord(RecordKind kind, uint64_t id, std::string_view entry) {
  std::string payload;
  payload += BytesOf(kind);
  payload += BytesOf(id);
  payload += entry;
  const RecordHead head = {static_cast<uint32_t>(payload.size()), Crc32c(payload)};
  return std::string(BytesOf(head)) + payload;
}

uint64_t JournalWriter::BytesInDirectory() const {
  uint64_t sum = 0;
  std::error_code error;
  for (fs::directory_iterator at(options_.directory, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() != kJournalSuffix) continue;
    std::error_code gone;  // meanwhile
    const uint64_t size = at->file_size(gone);
    if (!gone) sum += size;
  }
  return sum;
}

// Under a name that nobody reads until it is locked and has its header.
Status JournalWriter::Open() {
  if (BytesInDirectory() >= options_.most_bytes) {
    return Status(Code::kNoSpace, options_.directory + " holds as much as it may: " +
                                      std::to_string(options_.most_bytes >> 20) + " MiB");
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string name =
      options_.prefix + "-" +
      std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()) + "-" +
      std::to_string(std::random_device()()) + std::string(kJournalSuffix);
  const std::string path = options_.directory + "/" + name;
  const std::string unready = options_.directory + "/." + name;
  UniqueFd fd(open(unready.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + unready);
  Status status = WriteAt(fd.get(), 0, EncodeHeader());
  if (status.ok() && flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    status = Status::FromErrno(errno, "lock " + unready);
  }
  // Not rename(), which would replace another one.
  if (status.ok() && link(unready.c_str(), path.c_str()) != 0) {
    status = Status::FromErrno(errno, "link " + unready);
  }
  unlink(unready.c_str());
  if (!status.ok()) return status;
  fd_ = std::move(fd);
  size_ = kJournalHeaderBytes;
  return Status::Ok();
}

Status JournalWriter::Append(std::string_view records) {
  if (BeginsFile()) {
    Close();
    if (Status status = Open(); !status.ok()) return status;
  }
  Status status = WriteAt(fd_.get(), size_, records);
  if (status.ok()) {
    size_ += records.size();
    return status;
  }
  // What was written of it would look like a torn end, in the middle of the file.
  if (ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) fd_.Reset();
  return status;
}

Status JournalWriter::Sync() {
  if (!fd_.valid() || fdatasync(fd_.get()) == 0) return Status::Ok();
  return Status::FromErrno(errno, "fdatasync of the journal");
}

void JournalWriter::Close() {
  if (!fd_.valid()) return;
  (void)WriteAt(fd_.get(), size_, EncodeRecord(RecordKind::kEnd, 0, ""));
  fd_.Reset();
}

}  // namespace audiodl
