// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/file_client.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "common/base/file_io.h"
#include "common/base/unique_fd.h"
#include "common/s3/file_info.h"

namespace audiodl {
namespace {

constexpr uint64_t kSliceBytes = 1 << 20;

// As the status that an HTTP origin would have answered with.
int HttpStatusOf(Code code) {
  switch (code) {
    case Code::kOk:
      return 206;
    case Code::kForbidden:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kChanged:
      return 412;
    case Code::kOutOfRange:
      return 416;
    default:
      return 500;
  }
}

}  // namespace

class FileClient::Read : public OriginRead {
 public:
  Read(FileClient& client, const ReadRequest& request, ReadSink& sink)
      : client_(client), request_(request), sink_(sink) {
    place_ = client_.reads_.insert(client_.reads_.end(), this);
  }
  ~Read() override { client_.reads_.erase(place_); }

  // Moves on by a slice. Nothing of this may be touched once OnDone was called.
  void Step() {
    Status status = file_.valid() ? Status::Ok() : Begin();
    if (status.ok() && pos_ < end_) status = MoveSlice();
    if (status.ok() && pos_ < end_) return;
    if (Counters* counters = client_.counters_) {
      CountAnswer(counters->fetcher.answers, given_up_ ? 206 : HttpStatusOf(status.code()));
    }
    sink_.OnDone(status);
  }

 private:
  Status Begin();
  Status MoveSlice();
  Status GiveUp();
  Status Look(struct stat& info) const;

  FileClient& client_;
  const ReadRequest request_;
  ReadSink& sink_;
  std::list<Read*>::iterator place_;
  UniqueFd file_;
  std::string etag_;
  uint64_t pos_ = 0;
  uint64_t end_ = 0;
  bool given_up_ = false;  // by the sink: no fault of the origin's
};

Status FileClient::Read::GiveUp() {
  given_up_ = true;
  return Status(Code::kIo, "given up");
}

Status FileClient::Read::Look(struct stat& info) const {
  if (fstat(file_.get(), &info) != 0) return Status::FromErrno(errno, "fstat");
  if (!S_ISREG(info.st_mode)) return Status(Code::kNotFound, "it is no regular file");
  return Status::Ok();
}

Status FileClient::Read::Begin() {
  const std::string& path = request_.key;
  file_.Reset(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file_.valid() && errno == EACCES) {
    return Status(Code::kForbidden, path + ": the fetcher's user may not read it");
  }
  if (!file_.valid()) return Status::FromErrno(errno, "open " + path);
  struct stat info;
  if (Status status = Look(info); !status.ok()) return status;
  const ObjectInfo object = InfoOf(info);
  etag_ = object.etag;
  if (!request_.if_match.empty() && request_.if_match != etag_) {
    return Status(Code::kChanged, "the file was replaced");
  }
  if (!request_.info_only) {
    if (request_.offset >= object.size) {
      return Status(Code::kOutOfRange, "the file ends before the bytes asked for");
    }
    pos_ = request_.offset;
    end_ = pos_ + std::min(request_.length, object.size - pos_);
  }
  return sink_.OnHead(object, pos_, end_) ? Status::Ok() : GiveUp();
}

Status FileClient::Read::MoveSlice() {
  std::vector<char>& buffer = client_.buffer_;
  buffer.resize(std::min(kSliceBytes, end_ - pos_));
  const Status read = ReadAt(file_.get(), pos_, buffer);
  // A file rewritten or cut in place has the same descriptor but another generation.
  struct stat info;
  if (Status s = Look(info); !s.ok()) return s;
  if (EntityTagOf(info) != etag_) return Status(Code::kChanged, "the file was rewritten");
  if (!read.ok()) return read;
  pos_ += buffer.size();
  if (sink_.OnBody({buffer.data(), buffer.size()})) return Status::Ok();
  return GiveUp();
}

std::unique_ptr<OriginRead> FileClient::Start(const ReadRequest& request, ReadSink& sink) {
  return std::make_unique<Read>(*this, request, sink);
}

bool FileClient::Step() {
  // A read's end may end other reads of its object and start new ones, so no iterator is kept over
  // it: each turn takes the first and moves it to the end, as often as there were reads.
  for (size_t turns = reads_.size(); turns > 0 && !reads_.empty(); --turns) {
    reads_.splice(reads_.end(), reads_, reads_.begin());
    reads_.back()->Step();
  }
  return !reads_.empty();
}

}  // namespace audiodl
