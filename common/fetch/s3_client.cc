// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/s3_client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/s3/s3_error.h"
#include "common/s3/s3_request.h"

namespace audiodl {
namespace {

constexpr size_t kMaxErrorBody = 4096;
constexpr size_t kMaxSpareHandles = 16;
constexpr long kReceiveBuffer = 256 * 1024;

// An exception must not cross libcurl's C frames; it ends the transfer instead.
template <typename Call>
size_t Guard(Status& status, Call call) noexcept {
  try {
    return call();
  } catch (...) {
    status = Status(Code::kIo, "an exception in a transfer's callback");
    return CURL_WRITEFUNC_ERROR;
  }
}

}  // namespace

S3Timeouts S3Timeouts::From(std::chrono::milliseconds origin_timeout) {
  using std::chrono::seconds;
  S3Timeouts timeouts;
  timeouts.connect = std::min(timeouts.connect, origin_timeout / 3);
  const auto third = std::chrono::duration_cast<seconds>(origin_timeout / 3);
  timeouts.stalled = std::max(seconds(1), third);
  return timeouts;
}

class S3Client::Read : public OriginRead, public CurlLoop::Transfer {
 public:
  Read(S3Client& client, const ReadRequest& request, ReadSink& sink)
      : client_(client), request_(request), sink_(sink), easy_(client.TakeHandle()) {
    const Status status = Prepare();
    // A read that cannot start still ends as every read does, from the loop's step: libcurl refuses
    // a handle without a URL there.
    if (!status.ok()) status_ = status;
    client_.loop_.Add(easy_.get(), *this);
  }

  ~Read() override {
    client_.loop_.Remove(easy_.get());
    client_.GiveBack(std::move(easy_));
  }

  void OnTransferDone(CURLcode code) override {
    const Status outcome = Outcome(code);
    CountAnswered(code);
    sink_.OnDone(outcome);  // may destroy this
  }

 private:
  Status Prepare();
  Status Outcome(CURLcode code);
  void CountAnswered(CURLcode code) const;
  Status JudgeHead();
  Status JudgePastEnd() const;
  size_t TakeHeader(std::string_view line);
  size_t TakeBody(std::string_view bytes);

  static size_t HeaderCallback(char* data, size_t size, size_t count, void* self) {
    Read* read = static_cast<Read*>(self);
    return Guard(read->status_, [&] { return read->TakeHeader({data, size * count}); });
  }
  static size_t BodyCallback(char* data, size_t size, size_t count, void* self) {
    Read* read = static_cast<Read*>(self);
    return Guard(read->status_, [&] { return read->TakeBody({data, size * count}); });
  }

  S3Client& client_;
  const ReadRequest request_;
  ReadSink& sink_;
  CurlEasy easy_;
  CurlList headers_;
  char error_[CURL_ERROR_SIZE] = "";
  ResponseHeaders response_;
  bool judged_ = false;
  std::string error_body_;
  Status status_;  // what ended the transfer from our side
};

Status S3Client::Read::Prepare() {
  const std::shared_ptr<const Credentials> keys = client_.credentials_();
  if (!keys) return Status(Code::kForbidden, "there are no credentials yet to sign with");
  S3ReadSpec spec;
  spec.method = request_.info_only ? ReadMethod::kHead : ReadMethod::kGet;
  spec.key = request_.key;
  if (!request_.info_only) spec.range = ByteRange{request_.offset, request_.length};
  spec.if_match = request_.if_match;
  spec.version = request_.version;
  const Result<SignedRead> read =
      SignRead(client_.origin_, *keys, spec, std::chrono::system_clock::now());
  if (!read.ok()) return read.status();
  for (const std::string& line : read->headers) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) return Status(Code::kIo, "out of memory");
    (void)headers_.release();
    headers_.reset(longer);
  }
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, read->url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy, CURLOPT_NOBODY, request_.info_only ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HeaderCallback);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &BodyCallback);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  return Status::Ok();
}

size_t S3Client::Read::TakeHeader(std::string_view line) {
  const Status taken = response_.Add(line);
  // Headers without end or sense are the origin's trouble, no mistake of ours.
  if (!taken.ok()) status_ = Status(Code::kUnreachable, taken.text());
  return status_.ok() ? line.size() : CURL_WRITEFUNC_ERROR;
}

Status S3Client::Read::JudgeHead() {
  judged_ = true;
  AskedFor asked;
  if (!request_.info_only) asked.range = ByteRange{request_.offset, request_.length};
  // A whole object is welcome only where nothing of it has been kept yet.
  asked.whole_body = request_.if_match.empty() ? WholeBody::kAccept : WholeBody::kRefuse;
  const Result<Body> body = CheckBody(response_, asked);
  if (!body.ok()) return body.status();
  const ByteRange range = request_.info_only ? ByteRange{} : body->range;
  if (sink_.OnHead(body->info, range.offset, range.offset + range.length)) return Status::Ok();
  return Status(Code::kIo, "given up");
}

size_t S3Client::Read::TakeBody(std::string_view bytes) {
  if (OutcomeOf(response_.http_status()) != audiodl::Outcome::kBody) {
    error_body_.append(
        bytes.substr(0, kMaxErrorBody - std::min(kMaxErrorBody, error_body_.size())));
    return bytes.size();
  }
  if (!judged_) status_ = JudgeHead();
  if (status_.ok() && !sink_.OnBody(bytes)) status_ = Status(Code::kIo, "given up");
  return status_.ok() ? bytes.size() : CURL_WRITEFUNC_ERROR;
}

Status S3Client::Read::JudgePastEnd() const {
  const Result<uint64_t> size = SizeFromPastEnd(response_, error_body_);
  if (size.ok() && *size > request_.offset) {
    return Status(Code::kUnreachable, "the origin refused a range that the object has");
  }
  return Status(Code::kOutOfRange, "the object ends before the bytes asked for");
}

Status S3Client::Read::Outcome(CURLcode code) {
  if (!status_.ok()) return status_;
  const int http_status = response_.http_status();
  if (http_status != 0 && code == CURLE_OK) {
    switch (OutcomeOf(http_status)) {
      case audiodl::Outcome::kBody:
        break;
      case audiodl::Outcome::kPastEnd:
        return JudgePastEnd();
      case audiodl::Outcome::kError:
        return ClassifyError(ErrorReply{http_status, error_body_,
                                        std::string(response_.Find("x-amz-bucket-region"))});
    }
  }
  if (code != CURLE_OK) return FromCurl(code, error_);
  return judged_ ? Status::Ok() : JudgeHead();  // a HEAD, or a body of no bytes
}

// What the origin did, whatever we made of it. What was given up by us before it answered does not
// count.
void S3Client::Read::CountAnswered(CURLcode code) const {
  const bool broke_off = code != CURLE_OK && status_.ok();
  const int http_status = broke_off ? 0 : response_.http_status();
  if (client_.counters_ == nullptr || (http_status == 0 && !broke_off)) return;
  CountAnswer(client_.counters_->fetcher.answers, http_status);
}

S3Client::S3Client(CurlLoop& loop, Origin origin, CredentialsSource credentials,
                   S3Timeouts timeouts, Counters* counters)
    : loop_(loop),
      origin_(std::move(origin)),
      credentials_(std::move(credentials)),
      timeouts_(timeouts),
      counters_(counters) {}

std::unique_ptr<OriginRead> S3Client::Start(const ReadRequest& request, ReadSink& sink) {
  return std::make_unique<Read>(*this, request, sink);
}

CurlEasy S3Client::TakeHandle() {
  CurlEasy easy;
  if (spare_.empty()) {
    easy.reset(curl_easy_init());
    if (!easy) throw std::bad_alloc();
  } else {
    easy = std::move(spare_.back());
    spare_.pop_back();
    curl_easy_reset(easy.get());
  }
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy.get(), CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy.get(), CURLOPT_BUFFERSIZE, kReceiveBuffer);
  curl_easy_setopt(easy.get(), CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(timeouts_.connect.count()));
  curl_easy_setopt(easy.get(), CURLOPT_LOW_SPEED_LIMIT, 1024L);
  curl_easy_setopt(easy.get(), CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(timeouts_.stalled.count()));
  return easy;
}

void S3Client::GiveBack(CurlEasy easy) {
  if (spare_.size() < kMaxSpareHandles) spare_.push_back(std::move(easy));
}

}  // namespace audiodl
