// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fetcher.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "common/fetch/follower.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSize = 5 * kBlockBytes + 33;
constexpr int64_t kMarker = 3;

// A folder as the origin, a cache, and fetchers forked as httpd forks them.
class Server {
 public:
  Server() {
    fs::create_directory(dir_.Of("src"));
    fs::create_directory(dir_.Of("cache"));
    store.cache_dir = dir_.Of("cache");
    store.origin = Origin::Parse("file://" + dir_.Of("src")).value();
    store.origin_timeout = std::chrono::milliseconds(20000);
    store.Seal();
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
    worker_end_.Reset(fds[0]);
    fetcher_end_.Reset(fds[1]);
    link.shared = shared;
    link.want_fd = fds[0];
    link.max_waiting = 10;
  }
  ~Server() {
    for (const pid_t fetcher : fetchers_) kill(fetcher, SIGKILL);
    for (const pid_t fetcher : fetchers_) waitpid(fetcher, nullptr, 0);
    munmap(shared, sizeof *shared);
    fs::remove_all(store.spill_dir);
  }

  std::string Publish(const std::string& name) {
    const std::string object = SampleBytes(kSize, name.size());
    std::ofstream(store.origin.KeyFor(name), std::ios::binary) << object;
    return object;
  }

  pid_t StartFetcher() {
    const pid_t fetcher = ForkFetcher();
    Begin(fetcher);
    return fetcher;
  }
  // One that waits for Begin(): threads of the test may begin in between, and forking beside
  // threads is more than the thread sanitizer bears.
  pid_t ForkFetcher() {
    const pid_t fetcher = fork();
    REQUIRE(fetcher >= 0);
    if (fetcher == 0) {
      raise(SIGSTOP);
      int outcome = 1;
      {
        Fetcher life(FetcherOptions{
            {store}, fetcher_end_.get(), shared, [](LogLevel, std::string_view) {}, {}});
        life.Load();
        outcome = life.Run().ok() ? 0 : 1;
      }
      _exit(outcome);
    }
    fetchers_.push_back(fetcher);
    int status = 0;
    REQUIRE(waitpid(fetcher, &status, WUNTRACED) == fetcher);
    REQUIRE(WIFSTOPPED(status));
    return fetcher;
  }
  void Begin(pid_t fetcher) const { kill(fetcher, SIGCONT); }
  // What waitpid() says of it after that signal.
  int End(pid_t fetcher, int signal) {
    kill(fetcher, signal);
    int status = -1;
    waitpid(fetcher, &status, 0);
    std::erase(fetchers_, fetcher);
    return status;
  }

  // As a worker does.
  Result<std::string> Download(const std::string& name) {
    Follower follower(link, store, store.origin.KeyFor(name), kMarker);
    CacheReader reader;
    Lookup lookup;
    const Status opened = follower.Open(WantKind::kBytes, 0, Want::kToTheEnd, reader, lookup);
    if (!opened.ok()) return opened;
    std::string bytes;
    while (bytes.size() < reader.header().size) {
      const Result<uint64_t> filled =
          follower.WaitFor(reader, bytes.size(), reader.header().size - bytes.size());
      if (!filled.ok()) return filled.status();
      bytes += ReadBytes(reader.fd(), bytes.size(), *filled);
    }
    return bytes;
  }

  StoreConfig store;
  SharedState* shared = SharedState::Map().value();
  FetcherLink link;

 private:
  TempDir dir_;
  UniqueFd worker_end_, fetcher_end_;
  std::vector<pid_t> fetchers_;
};

bool Same(const Result<std::string>& got, const std::string& expected) {
  return got.ok() && *got == expected;
}

TEST_CASE("Fetcher: fetches what is wanted, and says what it cannot have") {
  Server server;
  const std::string object = server.Publish("a.mp3");
  const pid_t fetcher = server.StartFetcher();
  CHECK(Same(server.Download("a.mp3"), object));
  CHECK(server.Download("absent.mp3").status().code() == Code::kNotFound);
  CHECK(server.End(fetcher, SIGTERM) == 0);
}

TEST_CASE("Fetcher: wants that came before it started wait for it") {
  Server server;
  const std::string object = server.Publish("a.mp3");
  Want want;
  want.store = server.store.id;
  want.key = server.store.origin.KeyFor("a.mp3");
  want.marker = kMarker;
  const std::string datagram = EncodeWant(want);
  REQUIRE(send(server.link.want_fd, datagram.data(), datagram.size(), 0) > 0);
  server.StartFetcher();
  CHECK(Same(server.Download("a.mp3"), object));
}

TEST_CASE("Fetcher: garbage in its queue does not disturb it") {
  Server server;
  const std::string object = server.Publish("a.mp3");
  server.StartFetcher();
  for (const size_t length : {0, 1, 39, 48, 1199, 1200, 1201, 4000}) {
    const std::string garbage = SampleBytes(length, 9);
    (void)!send(server.link.want_fd, garbage.data(), garbage.size(), 0);
  }
  Want elsewhere;
  elsewhere.store = 1;
  elsewhere.key = "k";
  const std::string datagram = EncodeWant(elsewhere);
  REQUIRE(send(server.link.want_fd, datagram.data(), datagram.size(), 0) > 0);
  CHECK(Same(server.Download("a.mp3"), object));
  CHECK(server.shared->counters.fetcher.wants_dropped.Get() >= 7);
}

TEST_CASE("Fetcher: killed, and another one goes on for who waits already") {
  Server server;
  const std::string object = server.Publish("a.mp3");
  const pid_t first = server.StartFetcher();
  while (server.shared->fetcher_epoch == 0) usleep(1000);
  kill(first, SIGSTOP);  // it has the queue and does nothing
  const pid_t second = server.ForkFetcher();
  std::atomic<bool> same{false};
  {
    std::jthread worker([&] { same = Same(server.Download("a.mp3"), object); });
    usleep(20000);
    CHECK(WIFSIGNALED(server.End(first, SIGKILL)));
    server.Begin(second);
  }
  CHECK(same);
}

TEST_CASE("Fetcher: draining it leaves the wants to its successor") {
  for (const int signal : {SIGUSR1, SIGHUP}) {
    Server server;
    const std::string object = server.Publish("a.mp3");
    const std::string other = server.Publish("other.mp3");
    const pid_t first = server.StartFetcher();
    CHECK(Same(server.Download("a.mp3"), object));
    CHECK(server.End(first, signal) == 0);
    const pid_t second = server.ForkFetcher();
    std::atomic<bool> same{false};
    {
      std::jthread worker([&] { same = Same(server.Download("other.mp3"), other); });
      server.Begin(second);
    }
    CHECK(same);
  }
}

TEST_CASE("Fetcher: what was complete is durable when it has ended in good order") {
  Server server;
  server.Publish("a.mp3");
  const pid_t fetcher = server.StartFetcher();
  REQUIRE(server.Download("a.mp3").ok());
  REQUIRE(server.End(fetcher, SIGTERM) == 0);
  const std::string key = server.store.origin.KeyFor("a.mp3");
  const auto file = CacheWriter::Adopt(server.store.cache_dir, server.store.IdOf(key),
                                       server.store.identity, key);
  REQUIRE(file.ok());
  CHECK((*file)->state() == FileState::kDurable);
}

}  // namespace
}  // namespace audiodl
