// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fetcher.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <set>

#include "common/fetch/fetcher_commands.h"
#include "common/fetch/want.h"
#include "common/fetch/watched_origin.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestNap{1000};
constexpr int kWantsPerTurn = 256;

sigset_t HandledSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) sigaddset(&set, signal);
  return set;
}

curl_waitfd Readable(int fd) { return curl_waitfd{fd, CURL_WAIT_POLLIN, 0}; }

}  // namespace

struct Fetcher::Store {
  StoreConfig config;
  std::unique_ptr<CredentialsProvider> credentials;  // s3 only
  std::unique_ptr<S3Client> s3;
  std::optional<FillLocks> locks;
  std::unique_ptr<WatchedOrigin> watched;
  std::unique_ptr<OriginProbe> probe;
};

Fetcher::Fetcher(FetcherOptions options)
    : options_(std::move(options)),
      keeper_(options_.stores, *options_.shared, options_.log,
              [this](std::unique_ptr<CacheWriter> file) { sync_->Add(std::move(file)); }),
      files_(&options_.shared->counters),
      engine_(options_.limits, &options_.shared->counters),
      control_(options_.log) {
  for (const StoreConfig& config : options_.stores) stores_.emplace_back().config = config;
}

// The stores outlive the loop that their reads are in.
Fetcher::~Fetcher() {
  for (Store& store : stores_) store.probe.reset();
}

void Fetcher::Load() {
  for (Store& store : stores_) {
    if (store.config.origin.kind != Origin::Kind::kS3) continue;
    store.credentials =
        std::make_unique<CredentialsProvider>(store.config.credentials, options_.log);
    const Status status = store.credentials->Load();
    if (!status.ok()) options_.log(LogLevel::kError, status.text());
  }
}

Status Fetcher::OpenStores() {
  keeper_.Open();
  for (Store& store : stores_) {
    Result<FillLocks> locks = keeper_.OpenLocks(store.config);
    if (!locks.ok()) return locks.status();
    store.locks.emplace(std::move(locks).value());
    OriginClient* origin = &files_;
    if (store.credentials) {
      store.credentials->Start();
      CredentialsProvider* provider = store.credentials.get();
      store.s3 = std::make_unique<S3Client>(
          curl_, store.config.origin, [provider] { return provider->Current(); },
          S3Timeouts::From(store.config.origin_timeout), &options_.shared->counters);
      origin = store.s3.get();
    }
    store.watched =
        std::make_unique<WatchedOrigin>(*origin, options_.shared->health.OriginOf(store.config.id));
    store.probe = std::make_unique<OriginProbe>(*store.watched, store.config);
    engine_.AddStore(FillContext{
        &store.config, store.watched.get(), &*store.locks, &options_.shared->bells, &options_.log,
        nullptr, [this](std::unique_ptr<CacheWriter> file) { sync_->Add(std::move(file)); },
        nullptr, &keeper_.RoomOf(store.config.id), digests_.get()});
  }
  return Status::Ok();
}

Status Fetcher::Run() {
  const sigset_t handled = HandledSignals();
  // Before any thread is made, so that none of them is interrupted.
  pthread_sigmask(SIG_BLOCK, &handled, nullptr);
  signals_.Reset(signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid()) return Status::FromErrno(errno, "signalfd");
  sync_ = std::make_unique<SyncQueue>(options_.log);
  digests_ = std::make_unique<DigestQueue>();
  if (Status status = OpenStores(); !status.ok()) return status;

  CountSelf();
  OpenControl();
  options_.shared->bells.ForgetFills();
  options_.shared->fetcher_epoch.fetch_add(1);
  options_.shared->bells.RingAll();
  while (!stopping_) {
    engine_.Advance(Clock::now());
    curl_.Step();
    const bool busy = files_.Step();
    engine_.Advance(Clock::now());
    ShowFills();
    Beat();
    if (draining_ && engine_.idle()) break;
    std::array<curl_waitfd, 4> readable = {Readable(signals_.get()), Readable(control_.fd()),
                                           Readable(digests_->fd()), Readable(options_.want_fd)};
    // A draining fetcher leaves the wants to its successor.
    curl_.Wait(std::span(readable).first(draining_ ? 3 : 4), Patience(busy));
    digests_->Acknowledge();
    TakeSignals();
    control_.Serve();
    if (!draining_) TakeWants();
  }
  return Status::Ok();
}

// The operator's command does without where it has to; customers do not depend on it.
void Fetcher::OpenControl() {
  HandleFetcherCommands(control_, {options_.stores, options_.shared->counters, engine_,
                                   options_.shared->health, draining_});
  std::set<std::string> cache_dirs;
  for (const StoreConfig& store : options_.stores) {
    if (!cache_dirs.insert(store.cache_dir).second) continue;
    const Status status = control_.Listen(store.cache_dir);
    if (!status.ok()) options_.log(LogLevel::kWarning, "audiodl status: " + status.text());
  }
}

void Fetcher::CountSelf() {
  options_.shared->counters.fetcher.starts.Add();
  gauges_ = options_.shared->counters.processes.Of(getpid());
  if (gauges_ != nullptr) gauges_->fetchers = 1;
}

// One that drains asks nothing more on its own.
void Fetcher::Beat() {
  const Clock::time_point now = Clock::now();
  options_.shared->health.Beat(now);
  const bool wanted = !draining_ && options_.shared->health.AskedLately(now);
  for (Store& store : stores_) store.probe->Turn(now, wanted);
}

void Fetcher::ShowFills() {
  if (gauges_ != nullptr) gauges_->fills = static_cast<uint32_t>(engine_.fills());
}

milliseconds Fetcher::Patience(bool busy) {
  // One that drains leaves the directory to its successor.
  Clock::time_point due = Clock::now() + kLongestNap;
  if (!draining_) due = std::min(due, keeper_.Turn(Clock::now()));
  if (busy) return milliseconds(0);
  due = std::min(due, engine_.due().value_or(due));
  // Rounded up: a millisecond early would be a busy loop until then.
  const auto left = std::chrono::ceil<milliseconds>(due - Clock::now());
  return std::clamp(left, milliseconds(0), kLongestNap);
}

void Fetcher::TakeSignals() {
  signalfd_siginfo info;
  while (read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGUSR1 || info.ssi_signo == SIGHUP) {
      draining_ = true;
    } else {
      stopping_ = true;
    }
  }
}

void Fetcher::TakeWants() {
  std::array<char, kMaxWantBytes> buffer;
  for (int i = 0; i < kWantsPerTurn; ++i) {
    const ssize_t n = recv(options_.want_fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n <= 0) return;
    const Result<Want> want = DecodeWant({buffer.data(), static_cast<size_t>(n)});
    if (want.ok() && want->kind == WantKind::kTouch) {
      keeper_.Touch(*want);
    } else if (want.ok()) {
      engine_.Handle(want.value());
    } else {
      options_.shared->counters.fetcher.wants_dropped.Add();
      options_.log(LogLevel::kWarning, want.status().text());
    }
  }
}

}  // namespace audiodl
