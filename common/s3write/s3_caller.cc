// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/s3_caller.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <mutex>
#include <new>
#include <utility>

#include "common/base/text.h"
#include "common/s3write/call_error.h"

namespace audiodl {
namespace {

constexpr size_t kMaxAnswer = size_t{16} << 20;
constexpr size_t kMaxError = size_t{64} << 10;
constexpr long kBuffer = 256 * 1024;

bool IsSuccess(int http_status) { return http_status >= 200 && http_status < 300; }

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

// While it lives, a connection that breaks under OpenSSL's writing raises no SIGPIPE in this
// thread: libcurl leaves that to programs with threads, and the command wants the signal for its
// own output.
class SigPipeBlocked {
 public:
  SigPipeBlocked() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigPipeBlocked() {
    if (sigismember(&before_, SIGPIPE) == 0) {
      const timespec now = {};
      while (sigtimedwait(&pipe_, nullptr, &now) > 0) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigPipeBlocked(const SigPipeBlocked&) = delete;
  SigPipeBlocked& operator=(const SigPipeBlocked&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

void InitOnce() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

// Whether 304 answers what was asked.
bool IsConditional(const S3Call& call) {
  return std::any_of(call.headers.begin(), call.headers.end(),
                     [](const auto& header) { return header.first == "if-none-match"; });
}

// "PUT s3://books/prod/a.mp3: …"
Status Named(const Origin& origin, const S3Call& call, const Status& status) {
  constexpr size_t kMaxShownKey = 300;
  std::string text(MethodName(call.method));
  text.append(" s3://").append(origin.bucket).append("/").append(Printable(call.key, kMaxShownKey));
  return Status(status.code(), text.append(": ").append(status.text()));
}

}  // namespace

// One request on its way.
class S3Caller::Transfer {
 public:
  Transfer(S3Caller& caller, const S3Call& call, const BodySink& sink)
      : caller_(caller), call_(call), sink_(sink), easy_(caller.easy_.get()) {}

  Result<S3Reply> Run() {
    if (Status status = Prepare(); !status.ok()) return status;
    CURLcode code;
    {
      const SigPipeBlocked blocked;
      code = curl_easy_perform(easy_);
    }
    Status outcome = Outcome(code);
    if (!outcome.ok()) return outcome;
    return std::move(reply_);
  }

 private:
  Status Prepare();
  Status SetHeaders(const std::vector<std::string>& lines);
  void SetMethod();
  void SetTransport();
  Status Outcome(CURLcode code);
  size_t TakeHeader(std::string_view line);
  size_t TakeBody(std::string_view bytes);

  static size_t OnHeader(char* data, size_t size, size_t count, void* self) {
    auto* const transfer = static_cast<Transfer*>(self);
    return Guard(transfer->status_, [&] { return transfer->TakeHeader({data, size * count}); });
  }
  static size_t OnBody(char* data, size_t size, size_t count, void* self) {
    auto* const transfer = static_cast<Transfer*>(self);
    return Guard(transfer->status_, [&] { return transfer->TakeBody({data, size * count}); });
  }
  static int OnProgress(void* self, curl_off_t /*to_receive*/, curl_off_t /*received*/,
                        curl_off_t /*to_send*/, curl_off_t sent) {
    auto* const transfer = static_cast<Transfer*>(self);
    const size_t failed = Guard(transfer->status_, [&]() -> size_t {
      if (transfer->caller_.progress_) transfer->caller_.progress_(static_cast<uint64_t>(sent));
      return 0;
    });
    return failed == 0 ? 0 : 1;
  }

  S3Caller& caller_;
  const S3Call& call_;
  const BodySink& sink_;
  CURL* const easy_;
  CurlList headers_;
  char error_[CURL_ERROR_SIZE] = "";
  S3Reply reply_;
  Status status_;  // what ended the transfer from our side
};

Status S3Caller::Transfer::SetHeaders(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)headers_.release();
    headers_.reset(longer);
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.get());
  return Status::Ok();
}

void S3Caller::Transfer::SetMethod() {
  if (call_.method == CallMethod::kHead) {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    // Some servers send a body after all, which the next answer would begin with.
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
  } else if (call_.method == CallMethod::kPut || call_.method == CallMethod::kPost) {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(call_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, call_.body.empty() ? "" : call_.body.data());
  }
  if (call_.method == CallMethod::kPut || call_.method == CallMethod::kDelete) {
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, std::string(MethodName(call_.method)).c_str());
  }
}

void S3Caller::Transfer::SetTransport() {
  const S3Access& access = caller_.access_;
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, kBuffer);
  curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, kBuffer);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(access.connect_timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 1024L);
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(access.stalled.count()));
}

Status S3Caller::Transfer::Prepare() {
  const S3Access& access = caller_.access_;
  const std::shared_ptr<const Credentials> keys = access.credentials();
  if (!keys) return Status(Code::kForbidden, "there are no credentials to sign with");
  Result<SignedCall> call = SignCall(access.origin, *keys, call_, std::chrono::system_clock::now());
  if (!call.ok()) return call.status();
  const bool has_type =
      std::any_of(call->headers.begin(), call->headers.end(),
                  [](const std::string& line) { return line.starts_with("content-type:"); });
  // An empty value takes libcurl's own header out. It would call a body a form's; and it would wait
  // a second before each body for peers and proxies that do not know "100-continue".
  if (!has_type) call->headers.emplace_back("content-type:");
  call->headers.emplace_back("expect:");

  curl_easy_reset(easy_);
  SetTransport();
  SetMethod();
  curl_easy_setopt(easy_, CURLOPT_URL, call->url.c_str());
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
  return SetHeaders(call->headers);
}

size_t S3Caller::Transfer::TakeHeader(std::string_view line) {
  const Status taken = reply_.headers.Add(line);
  if (!taken.ok()) status_ = Status(Code::kUnreachable, taken.text());
  return status_.ok() ? line.size() : CURL_WRITEFUNC_ERROR;
}

size_t S3Caller::Transfer::TakeBody(std::string_view bytes) {
  const bool success = IsSuccess(reply_.headers.http_status());
  if (success && sink_) {
    status_ = sink_(reply_.headers, bytes);
    return status_.ok() ? bytes.size() : CURL_WRITEFUNC_ERROR;
  }
  const size_t room = (success ? kMaxAnswer : kMaxError) - reply_.body.size();
  reply_.body.append(bytes.substr(0, room));
  // Of an error its beginning is enough.
  if (bytes.size() <= room || !success) return bytes.size();
  status_ = Status(Code::kUnreachable, "the answer is larger than any of S3's");
  return CURL_WRITEFUNC_ERROR;
}

Status S3Caller::Transfer::Outcome(CURLcode code) {
  if (!status_.ok()) return status_;
  const int http_status = reply_.headers.http_status();
  // A refusal that came while we were still sending is the answer, though the connection broke.
  if (code != CURLE_OK && http_status < 300) return FromCurl(code, error_);
  if (IsSuccess(http_status) || (http_status == S3Caller::kNotModified && IsConditional(call_))) {
    return Status::Ok();
  }
  return ClassifyCallError(
      ErrorReply{http_status, reply_.body, std::string(reply_.headers.Find("x-amz-bucket-region"))},
      call_);
}

S3Caller::S3Caller(S3Access access) : access_(std::move(access)) {
  InitOnce();
  easy_.reset(curl_easy_init());
  if (!easy_) throw std::bad_alloc();
}

S3Caller::~S3Caller() = default;
S3Caller::S3Caller(S3Caller&&) noexcept = default;

Result<S3Reply> S3Caller::CallOnce(const S3Call& call, const BodySink& sink) {
  Result<S3Reply> reply = Transfer(*this, call, sink).Run();
  if (!reply.ok()) return Named(access_.origin, call, reply.status());
  return reply;
}

Result<S3Reply> S3Caller::Call(const S3Call& call) {
  for (Retries retries(access_.retries);;) {
    Result<S3Reply> reply = CallOnce(call);
    if (!retries.WaitBeforeNext(reply.status())) return reply;
  }
}

}  // namespace audiodl
