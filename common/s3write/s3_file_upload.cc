// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/s3_file_upload.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "common/base/digest.h"
#include "common/base/file_io.h"
#include "common/base/signals_blocked.h"
#include "common/s3write/s3_store.h"

namespace audiodl {
namespace {

constexpr uint64_t kPartBytes = uint64_t{8} << 20;
constexpr uint64_t kMebibyte = uint64_t{1} << 20;
constexpr unsigned kConnections = 4;
constexpr std::chrono::milliseconds kProgressInterval{200};

bool SameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

std::string Md5Tag(std::string_view bytes) {
  Md5 digest;
  digest.Update(bytes);
  return "\"" + HexEncode(digest.Final()) + "\"";
}

}  // namespace

PartPlan PartPlan::Of(uint64_t size) {
  PartPlan plan = {.size = size, .part_bytes = kPartBytes};
  const uint64_t least = (size + kMaxParts - 1) / kMaxParts;
  if (least > kPartBytes) plan.part_bytes = (least + kMebibyte - 1) / kMebibyte * kMebibyte;
  return plan;
}

// The threads that send parts, each over a connection of its own.
class S3FileUpload::Workers {
 public:
  struct Task {
    S3Access access;
    std::string key;
    std::string upload_id;
    int file;
    PartPlan plan;
    std::map<uint32_t, UploadedPart> there;  // what S3 has already
  };

  explicit Workers(Task task) : task_(std::move(task)), parts_(task_.plan.count()) {}

  // All parts, in order. The progress is called on this thread.
  Result<std::vector<UploadedPart>> Run(const ObjectStore::Progress& progress) {
    const unsigned count = std::min(kConnections, task_.plan.count());
    sending_.resize(count);
    std::vector<std::thread> threads;
    {
      const SignalsBlocked blocked;
      for (unsigned i = 0; i < count; ++i) threads.emplace_back([this, i] { Work(i); });
    }
    WaitFor(count, progress);
    for (std::thread& thread : threads) thread.join();
    if (bug_) std::rethrow_exception(bug_);
    if (!failure_.ok()) return failure_;
    return std::move(parts_);
  }

 private:
  void WaitFor(unsigned count, const ObjectStore::Progress& progress) {
    std::unique_lock lock(mutex_);
    for (bool over = false; !over;) {
      over = ended_.wait_for(lock, kProgressInterval, [&] { return ended_count_ == count; });
      const uint64_t sent = std::accumulate(sending_.begin(), sending_.end(), done_);
      lock.unlock();
      if (progress) progress(sent);
      lock.lock();
    }
  }

  void Work(unsigned worker) {
    try {
      S3Caller caller(task_.access);
      caller.OnProgress([this, worker](uint64_t sent) {
        const std::lock_guard lock(mutex_);
        sending_[worker] = sent;
      });
      while (const std::optional<uint32_t> number = TakeNumber()) {
        Report(worker, SendPart(caller, *number));
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      bug_ = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    ++ended_count_;
    ended_.notify_all();
  }

  std::optional<uint32_t> TakeNumber() {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok() || bug_ || next_ > task_.plan.count()) return std::nullopt;
    return next_++;
  }

  Result<UploadedPart> SendPart(S3Caller& caller, uint32_t number) const {
    std::string bytes(task_.plan.bytes(number), '\0');
    Status status = ReadAt(task_.file, task_.plan.offset(number), bytes);
    if (!status.ok()) return status;
    const auto there = task_.there.find(number);
    if (there != task_.there.end() && there->second.size == bytes.size() &&
        there->second.etag == Md5Tag(bytes)) {
      return there->second;
    }
    return S3Multipart(caller, task_.key).UploadPart(task_.upload_id, number, bytes);
  }

  void Report(unsigned worker, Result<UploadedPart> part) {
    const std::lock_guard lock(mutex_);
    sending_[worker] = 0;
    if (!part.ok()) {
      if (failure_.ok()) failure_ = part.status();
      return;
    }
    done_ += part->size;
    UploadedPart& place = parts_[part->number - 1];
    place = std::move(part).value();
  }

  const Task task_;

  std::mutex mutex_;  // guards all below
  std::condition_variable ended_;
  std::vector<UploadedPart> parts_;
  std::vector<uint64_t> sending_;  // by worker: bytes of the part under way
  uint64_t done_ = 0;
  uint32_t next_ = 1;
  unsigned ended_count_ = 0;
  Status failure_;
  std::exception_ptr bug_;
};

Status S3FileUpload::Open() {
  file_.Reset(open(job_.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file_.valid()) return Status::FromErrno(errno, "open " + job_.path);
  if (fstat(file_.get(), &info_) != 0) return Status::FromErrno(errno, "fstat " + job_.path);
  return S_ISREG(info_.st_mode) ? Status::Ok() : Status::Invalid(job_.path + " is no regular file");
}

Status S3FileUpload::CheckUnchanged() const {
  struct stat now;
  if (fstat(file_.get(), &now) != 0) return Status::FromErrno(errno, "fstat " + job_.path);
  if (now.st_size == info_.st_size && SameTime(now.st_mtim, info_.st_mtim)) return Status::Ok();
  return Status(Code::kChanged, job_.path + " was changed while it was being sent");
}

Result<std::string> S3FileUpload::Run(const ObjectStore::Progress& progress) {
  if (Status status = Open(); !status.ok()) return status;
  if (static_cast<uint64_t>(info_.st_size) <= S3Store::kMaxSinglePut) return PutWhole(progress);
  return PutParts(progress);
}

Result<std::string> S3FileUpload::PutWhole(const ObjectStore::Progress& progress) {
  std::string bytes(static_cast<size_t>(info_.st_size), '\0');
  if (Status status = ReadAt(file_.get(), 0, bytes); !status.ok()) return status;
  if (Status status = CheckUnchanged(); !status.ok()) return status;
  caller_.OnProgress(progress);
  Result<std::string> etag = store_.Put(job_.key, bytes, job_.options);
  caller_.OnProgress({});
  if (etag.ok() && progress) progress(bytes.size());
  return etag;
}

Result<std::string> S3FileUpload::FindOrCreate(S3Multipart& multipart) {
  OpenUpload newest;
  const Status listed = ListUploads(caller_, job_.key, [&](const OpenUpload& upload) {
    if (upload.key == job_.key && upload.initiated >= newest.initiated) newest = upload;
    return true;
  });
  // A key that may not list them can still upload.
  if (!listed.ok() && listed.code() != Code::kForbidden) return listed;
  if (!newest.id.empty()) return newest.id;
  return multipart.Create(job_.options);
}

Result<std::string> S3FileUpload::PutParts(const ObjectStore::Progress& progress) {
  S3Multipart multipart(caller_, job_.key);
  const Result<std::string> id = FindOrCreate(multipart);
  if (!id.ok()) return id.status();
  const Result<std::vector<UploadedPart>> there = multipart.ListParts(*id);
  if (!there.ok()) return there.status();
  Workers::Task task = {.access = caller_.access(),
                        .key = job_.key,
                        .upload_id = *id,
                        .file = file_.get(),
                        .plan = PartPlan::Of(static_cast<uint64_t>(info_.st_size)),
                        .there = {}};
  for (const UploadedPart& part : *there) task.there[part.number] = part;
  const Result<std::vector<UploadedPart>> parts = Workers(std::move(task)).Run(progress);
  if (!parts.ok()) return parts.status();
  if (Status status = CheckUnchanged(); !status.ok()) return status;
  return multipart.Complete(*id, *parts, job_.options);
}

}  // namespace audiodl
