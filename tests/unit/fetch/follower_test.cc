// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/follower.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <functional>
#include <mutex>
#include <thread>

#include "common/base/file_io.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

const std::string kKey = "prod/dune/01.mp3";
constexpr uint64_t kSize = 4 * kBlockBytes + 99;
constexpr int64_t kMarker = 5;
const std::string kObject = SampleBytes(kSize);

// A cache with one object, and a thread that is given the wants and plays the fetcher.
class Shop {
 public:
  using Clerk = std::function<void(const Want&)>;

  explicit Shop(Clerk clerk = [](const Want&) {}) : clerk_(std::move(clerk)) {
    store.cache_dir = dir.path();
    store.origin = Origin::Parse("s3://books/prod").value();
    store.origin_timeout = milliseconds(10000);
    store.Seal();
    REQUIRE(PrepareCacheDir(dir.path()).ok());
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
    worker_end_.Reset(fds[0]);
    fetcher_end_.Reset(fds[1]);
    link.shared = shared;
    link.want_fd = fds[0];
    link.max_waiting = 100;
    thread_ = std::jthread([this] { Run(); });
  }
  ~Shop() {
    eventfd_write(stop_.get(), 1);
    thread_.join();
    munmap(shared, sizeof *shared);
  }

  std::unique_ptr<CacheWriter> MakeFile(int64_t marker = kMarker) {
    ObjectHeader header = SampleHeader(kSize);
    header.origin = store.identity;
    header.key = kKey;
    return CacheWriter::Create(dir.path(), store.IdOf(kKey), header, marker).value();
  }
  void Ring() { shared->bells.Ring(bell()); }
  void Post(Code code) { shared->bells.Post(bell(), code); }
  uint64_t bell() const { return Doorbells::KeyOf(store.id, store.IdOf(kKey)); }

  std::vector<Want> wants() const {
    const std::lock_guard lock(mutex_);
    return wants_;
  }
  size_t Count(WantKind kind) const {
    size_t count = 0;
    for (const Want& want : wants()) count += want.kind == kind ? 1 : 0;
    return count;
  }

  TempDir dir;
  StoreConfig store;
  SharedState* shared = SharedState::Map().value();
  FetcherLink link;

 private:
  void Run() {
    pollfd polled[] = {{fetcher_end_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    for (;;) {
      while (poll(polled, 2, -1) < 0) {
      }
      if (polled[1].revents != 0) return;
      char buffer[kMaxWantBytes];
      const ssize_t n = recv(fetcher_end_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (n <= 0) continue;
      const Result<Want> want = DecodeWant({buffer, static_cast<size_t>(n)});
      if (!want.ok()) continue;
      {
        const std::lock_guard lock(mutex_);
        wants_.push_back(*want);
      }
      clerk_(*want);
    }
  }

  const Clerk clerk_;
  UniqueFd stop_{eventfd(0, EFD_CLOEXEC)};
  UniqueFd worker_end_, fetcher_end_;
  mutable std::mutex mutex_;
  std::vector<Want> wants_;  // under mutex_
  std::jthread thread_;
};

struct Opened {
  CacheReader reader;
  Lookup lookup = Lookup::kMiss;
  Status status;
};

void OpenIt(Follower& follower, Opened& opened, WantKind kind = WantKind::kBytes,
            uint64_t offset = 0) {
  opened.status = follower.Open(kind, offset, Want::kToTheEnd, opened.reader, opened.lookup);
}

TEST_CASE("Follower: a complete object is a hit, and nobody is asked") {
  Shop shop;
  auto file = shop.MakeFile();
  REQUIRE(PutAll(*file, kObject).ok());
  {
    Follower follower(shop.link, shop.store, kKey, kMarker);
    Opened opened;
    OpenIt(follower, opened);
    REQUIRE(opened.status.ok());
    CHECK(opened.lookup == Lookup::kHit);
    CHECK(follower.WaitFor(opened.reader, 0, kSize).value() == kSize);
    follower.Announce(opened.reader, 0, kSize);
  }
  CHECK(shop.wants().empty());
}

TEST_CASE("Follower: a miss asks for what is wanted and returns with its first block") {
  std::unique_ptr<CacheWriter> file;
  Shop* fetcher = nullptr;
  Shop shop([&](const Want& want) {
    if (want.kind != WantKind::kBytes || file) return;
    file = fetcher->MakeFile(want.marker);
    fetcher->Ring();
    (void)PutBlock(*file, kObject, want.offset / kBlockBytes);
    fetcher->Ring();
  });
  fetcher = &shop;
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  OpenIt(follower, opened, WantKind::kBytes, 2 * kBlockBytes + 7);
  REQUIRE(opened.status.ok());
  CHECK(opened.lookup == Lookup::kMiss);
  CHECK(opened.reader.FilledFrom(2 * kBlockBytes + 7).value() == kBlockBytes - 7);
  const Want want = shop.wants().at(0);
  CHECK(want.store == shop.store.id);
  CHECK(want.key == kKey);
  CHECK(want.marker == kMarker);
  CHECK(want.offset == 2 * kBlockBytes + 7);
  CHECK(want.length == Want::kToTheEnd);
  CHECK(want.follower != 0);
}

TEST_CASE("Follower: where a fill is under way it joins, where some of it is there it is partial") {
  Shop shop;
  auto file = shop.MakeFile();
  REQUIRE(PutBlock(*file, kObject, 0).ok());
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  OpenIt(follower, opened);
  CHECK(opened.lookup == Lookup::kPartial);
  shop.shared->bells.SetFilling(shop.bell(), true);
  OpenIt(follower, opened);
  CHECK(opened.status.ok());
  CHECK(opened.lookup == Lookup::kJoined);
}

TEST_CASE("Follower: every error of the fetcher comes through") {
  for (const Code code : {Code::kNotFound, Code::kForbidden, Code::kThrottled, Code::kUnreachable,
                          Code::kArchived, Code::kNoSpace, Code::kCorrupt, Code::kIo}) {
    Shop* fetcher = nullptr;
    Shop shop([&](const Want& want) {
      if (want.kind != WantKind::kBytes) return;
      Doorbells& bells = fetcher->shared->bells;
      bells.NoteFailedAttempt(fetcher->bell(), bells.BeginLastAttempt(fetcher->bell()));
      fetcher->Post(code);
    });
    fetcher = &shop;
    Follower follower(shop.link, shop.store, kKey, kMarker);
    Opened opened;
    OpenIt(follower, opened);
    CHECK(opened.status.code() == code);
  }
}

TEST_CASE(
    "Follower: whoever comes during the last of others' attempts gets attempts of its own, once") {
  const struct {
    Code posted;
    int wants;  // until it gives up
  } cases[] = {{Code::kUnreachable, 2}, {Code::kThrottled, 2}, {Code::kForbidden, 1}};
  for (const auto& [code, expected] : cases) {
    Shop* fetcher = nullptr;
    Shop shop([&, posted = code](const Want& want) {
      if (want.kind != WantKind::kBytes) return;
      // Another part's last attempt begins now; the one that fails had begun before the want came.
      fetcher->shared->bells.BeginLastAttempt(fetcher->bell());
      fetcher->shared->bells.NoteFailedAttempt(fetcher->bell(), 1);
      fetcher->Post(posted);
    });
    fetcher = &shop;
    REQUIRE(shop.shared->bells.BeginLastAttempt(shop.bell()) == 1);
    Follower follower(shop.link, shop.store, kKey, kMarker);
    Opened opened;
    OpenIt(follower, opened);
    CHECK(opened.status.code() == code);
    CHECK(shop.Count(WantKind::kBytes) == static_cast<size_t>(expected));
  }
}

TEST_CASE("Follower: an error from before it began is not its own") {
  Shop* fetcher = nullptr;
  std::unique_ptr<CacheWriter> file;
  Shop shop([&](const Want&) {
    if (file) return;
    file = fetcher->MakeFile();
    (void)PutAll(*file, kObject);
    fetcher->Ring();
  });
  fetcher = &shop;
  shop.Post(Code::kThrottled);
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  OpenIt(follower, opened);
  CHECK(opened.status.ok());
}

TEST_CASE("Follower: nobody answers: it gives up after the time allowed") {
  Shop shop;
  shop.store.origin_timeout = milliseconds(120);
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  const auto began = SteadyClock::now();
  OpenIt(follower, opened);
  CHECK(opened.status.code() == Code::kUnreachable);
  CHECK(SteadyClock::now() - began >= milliseconds(120));
  CHECK(SteadyClock::now() - began < milliseconds(5000));
}

TEST_CASE("Follower: a steady drip of rings without bytes does not hold it for ever") {
  Shop shop;
  shop.store.origin_timeout = milliseconds(50);
  std::atomic<bool> over{false};
  std::jthread dripping([&] {
    while (!over) {
      shop.Ring();
      std::this_thread::sleep_for(milliseconds(5));
    }
  });
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  const auto began = SteadyClock::now();
  OpenIt(follower, opened);
  over = true;
  CHECK(opened.status.code() == Code::kUnreachable);
  CHECK(SteadyClock::now() - began < milliseconds(8000));
}

TEST_CASE("Follower: a server that stops ends the wait") {
  Shop* fetcher = nullptr;
  Shop shop([&](const Want&) {
    fetcher->link.stopping = true;
    fetcher->Ring();
  });
  fetcher = &shop;
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  const auto began = SteadyClock::now();
  OpenIt(follower, opened);
  CHECK(opened.status.code() == Code::kUnreachable);
  CHECK(SteadyClock::now() - began < milliseconds(5000));
}

TEST_CASE("Follower: what a dead fetcher had taken is sent again to the next one") {
  Shop* fetcher = nullptr;
  std::atomic<int> taken{0};
  std::unique_ptr<CacheWriter> file;
  Shop shop([&](const Want& want) {
    if (want.kind != WantKind::kBytes) return;
    if (++taken == 1) {
      ++fetcher->shared->fetcher_epoch;  // dies, another one begins
      fetcher->shared->bells.RingAll();
      return;
    }
    if (file) return;
    file = fetcher->MakeFile();
    (void)PutAll(*file, kObject);
    fetcher->Ring();
  });
  fetcher = &shop;
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  const auto began = SteadyClock::now();
  OpenIt(follower, opened);
  CHECK(opened.status.ok());
  CHECK(SteadyClock::now() - began < milliseconds(900));  // not only after a second
}

TEST_CASE("Follower: a want that was lost is sent again") {
  Shop* fetcher = nullptr;
  std::atomic<int> taken{0};
  std::unique_ptr<CacheWriter> file;
  Shop shop([&](const Want& want) {
    if (want.kind != WantKind::kBytes || ++taken < 2 || file) return;
    file = fetcher->MakeFile();
    (void)PutAll(*file, kObject);  // and no ring: a lost one costs a nap
  });
  fetcher = &shop;
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  OpenIt(follower, opened);
  CHECK(opened.status.ok());
  CHECK(taken >= 2);
}

TEST_CASE("Follower: an unconfirmed copy is verified first, then served") {
  Shop* fetcher = nullptr;
  std::unique_ptr<CacheWriter> file;
  Shop shop([&](const Want& want) {
    if (want.kind != WantKind::kVerify) return;
    (void)file->SetMarker(want.marker);
    fetcher->Ring();
  });
  fetcher = &shop;
  file = shop.MakeFile(kMarker - 1);
  REQUIRE(PutAll(*file, kObject).ok());
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  OpenIt(follower, opened);
  CHECK(opened.status.ok());
  CHECK(opened.reader.marker() == kMarker);
  CHECK(shop.Count(WantKind::kVerify) == 1);
  CHECK(shop.Count(WantKind::kBytes) == 0);
}

TEST_CASE(
    "Follower: a complete copy that cannot be confirmed is served in times of trouble, and only "
    "then") {
  struct Case {
    Code posted, expected;
  };
  const Case cases[] = {{Code::kUnreachable, Code::kOk},
                        {Code::kThrottled, Code::kOk},
                        {Code::kForbidden, Code::kOk},
                        {Code::kNotFound, Code::kNotFound},
                        {Code::kArchived, Code::kArchived}};
  for (const bool complete : {true, false}) {
    for (const Case& c : cases) {
      Shop* fetcher = nullptr;
      Shop shop([&](const Want& want) {
        if (want.kind == WantKind::kVerify) fetcher->Post(c.posted);
      });
      fetcher = &shop;
      auto file = shop.MakeFile(kMarker - 1);
      REQUIRE(PutBlock(*file, kObject, 0).ok());
      if (complete) REQUIRE(PutAll(*file, kObject).ok());
      Follower follower(shop.link, shop.store, kKey, kMarker);
      Opened opened;
      OpenIt(follower, opened);
      CHECK(opened.status.code() == (complete ? c.expected : c.posted));
    }
  }
}

TEST_CASE("Follower: a generation that goes away while it waits for it is no error, twice it is") {
  for (const int times : {1, 2}) {
    Shop* fetcher = nullptr;
    std::unique_ptr<CacheWriter> file;
    int changes = 0;
    Shop shop([&](const Want& want) {
      if (want.kind != WantKind::kBytes || file) return;
      if (changes++ < times) return fetcher->Post(Code::kChanged);
      file = fetcher->MakeFile();
      (void)PutAll(*file, kObject);
      fetcher->Ring();
    });
    fetcher = &shop;
    Follower follower(shop.link, shop.store, kKey, kMarker);
    Opened opened;
    OpenIt(follower, opened);
    CHECK(opened.status.code() == (times == 1 ? Code::kOk : Code::kChanged));
  }
}

TEST_CASE("Follower: OpenIn waits no longer than it is told, and opens what has come meanwhile") {
  std::unique_ptr<CacheWriter> file;
  Shop shop;
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  const ByteRange wanted = {2 * kBlockBytes, kBlockBytes};
  const auto open = [&](milliseconds at_most) {
    return follower.OpenIn(at_most, wanted, opened.reader, opened.lookup);
  };
  CHECK_FALSE(open(milliseconds(0)).value());
  CHECK_FALSE(open(milliseconds(5)).value());
  CHECK(opened.lookup == Lookup::kMiss);
  file = shop.MakeFile();
  REQUIRE(PutBlock(*file, kObject, 0).ok());
  CHECK_FALSE(open(milliseconds(0)).value());
  REQUIRE(PutBlock(*file, kObject, 2).ok());
  CHECK(open(milliseconds(0)).value());
  CHECK(opened.lookup == Lookup::kMiss);  // what was found at first
  CHECK(opened.reader.FilledFrom(wanted.offset).value() == kBlockBytes);
  // It asked once, for what it wants and no more.
  while (shop.wants().empty()) std::this_thread::yield();
  CHECK(shop.Count(WantKind::kBytes) == 1);
  CHECK(shop.wants()[0].offset == wanted.offset);
  CHECK(shop.wants()[0].length == wanted.length);
}

TEST_CASE("Follower: OpenIn finds a hit at once, and tells errors as Open does") {
  Shop shop;
  Opened opened;
  {
    Follower follower(shop.link, shop.store, kKey, kMarker);
    const auto open = [&] {
      return follower.OpenIn(milliseconds(0), {0, 1}, opened.reader, opened.lookup);
    };
    CHECK_FALSE(open().value());
    shop.Post(Code::kForbidden);
    CHECK(open().status().code() == Code::kForbidden);
    // One generation that goes away is no error, the next one is.
    CHECK_FALSE(open().value());
    shop.Post(Code::kChanged);
    CHECK_FALSE(open().value());
    shop.Post(Code::kChanged);
    CHECK(open().status().code() == Code::kChanged);
  }
  auto file = shop.MakeFile();
  REQUIRE(PutAll(*file, kObject).ok());
  Follower follower(shop.link, shop.store, kKey, kMarker);
  CHECK(follower.OpenIn(milliseconds(0), {0, 1}, opened.reader, opened.lookup).value());
  CHECK(opened.lookup == Lookup::kHit);
}

TEST_CASE("Follower: Foresee asks for what is missing, or whether it is still the same") {
  const auto foresee = [](Shop& shop) {
    Follower follower(shop.link, shop.store, kKey, kMarker);
    return follower.Foresee({0, kBlockBytes});
  };
  Shop cold, hot, stale;
  CHECK(foresee(cold) == Lookup::kMiss);
  auto file = hot.MakeFile();
  REQUIRE(PutAll(*file, kObject).ok());
  CHECK(foresee(hot) == Lookup::kHit);
  auto old = stale.MakeFile(kMarker - 1);
  REQUIRE(PutAll(*old, kObject).ok());
  CHECK(foresee(stale) == Lookup::kHit);
  // What it wanted, and that it has gone.
  while (cold.wants().size() < 2 || stale.wants().size() < 2) std::this_thread::yield();
  CHECK(cold.wants()[0].kind == WantKind::kBytes);
  CHECK(cold.wants()[0].length == kBlockBytes);
  CHECK(cold.wants()[0].follower == cold.wants()[1].follower);
  CHECK(cold.wants()[1].kind == WantKind::kRelease);
  CHECK(stale.wants()[0].kind == WantKind::kVerify);
  CHECK(hot.wants().empty());
}

TEST_CASE("Follower: WaitFor follows block by block, and releases its interest at the end") {
  Shop* fetcher = nullptr;
  std::unique_ptr<CacheWriter> file;
  Shop shop([&](const Want& want) {
    if (want.kind != WantKind::kBytes) return;
    (void)PutBlock(*file, kObject, want.offset / kBlockBytes);
    fetcher->Ring();
  });
  fetcher = &shop;
  file = shop.MakeFile();
  {
    Follower follower(shop.link, shop.store, kKey, kMarker);
    Opened opened;
    OpenIt(follower, opened);
    REQUIRE(opened.status.ok());
    std::string got;
    while (got.size() < kSize) {
      const Result<uint64_t> filled =
          follower.WaitFor(opened.reader, got.size(), kSize - got.size());
      REQUIRE(filled.ok());
      REQUIRE(*filled > 0);
      got += ReadBytes(opened.reader.fd(), got.size(), *filled);
    }
    CHECK((got == kObject));
  }
  const auto until = SteadyClock::now() + std::chrono::seconds(10);
  while (shop.Count(WantKind::kRelease) == 0 && SteadyClock::now() < until)
    std::this_thread::yield();
  CHECK(shop.Count(WantKind::kRelease) == 1);
  CHECK(shop.wants().back().follower == shop.wants().front().follower);
}

TEST_CASE("Follower: Await returns in time with nothing, and keeps its wait") {
  Shop shop;
  auto file = shop.MakeFile();
  REQUIRE(PutBlock(*file, kObject, 0).ok());
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  OpenIt(follower, opened);
  REQUIRE(opened.status.ok());
  CHECK(follower.Await(opened.reader, 5, 100, milliseconds(0)).value() == kBlockBytes - 5);
  for (int i = 0; i < 3; ++i) {
    CHECK(follower.Await(opened.reader, kBlockBytes, 100, milliseconds(0)).value() == 0);
  }
  CHECK(follower.Await(opened.reader, kBlockBytes, 100, milliseconds(20)).value() == 0);
  const auto until = SteadyClock::now() + std::chrono::seconds(10);
  while (shop.Count(WantKind::kBytes) == 0 && SteadyClock::now() < until) std::this_thread::yield();
  CHECK(shop.Count(WantKind::kBytes) == 1);
}

TEST_CASE("Follower: an abandoned generation is a clean break for who follows it") {
  Shop* fetcher = nullptr;
  std::unique_ptr<CacheWriter> file;
  Shop shop([&](const Want& want) {
    if (want.kind != WantKind::kBytes) return;
    (void)file->Retire();
    fetcher->Ring();
  });
  fetcher = &shop;
  file = shop.MakeFile();
  REQUIRE(PutBlock(*file, kObject, 0).ok());
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  OpenIt(follower, opened);
  REQUIRE(opened.status.ok());
  CHECK(follower.WaitFor(opened.reader, kBlockBytes, 10).status().code() == Code::kChanged);
}

TEST_CASE("Follower: nobody is waited for who has gone") {
  Shop shop;
  auto file = shop.MakeFile();
  REQUIRE(PutBlock(*file, kObject, 0).ok());
  Follower follower(shop.link, shop.store, kKey, kMarker);
  std::atomic<bool> has_gone = false;
  follower.WaitOnlyFor([&] { return has_gone.load(); });
  Opened opened;
  OpenIt(follower, opened);
  REQUIRE(opened.status.ok());
  const std::jthread client([&] {
    while (shop.Count(WantKind::kBytes) == 0) std::this_thread::yield();
    has_gone = true;
  });
  const Status status = follower.WaitFor(opened.reader, kBlockBytes, 10).status();
  CHECK(status.code() == Code::kUnreachable);
  CHECK_THAT(status.text(), Catch::Matchers::Contains("has gone"));
  // What is there is still read.
  CHECK(follower.WaitFor(opened.reader, 0, 10).ok());
}

TEST_CASE("Follower: a full queue never blocks a worker") {
  Shop shop;
  auto file = shop.MakeFile();
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
  const UniqueFd ours(fds[0]), nobody_reads(fds[1]);
  shop.link.want_fd = ours.get();
  Follower follower(shop.link, shop.store, kKey, kMarker);
  Opened opened;
  REQUIRE(opened.reader
              .Open(shop.dir.Of(shop.store.IdOf(kKey).RelativePath()).c_str(), shop.store.identity,
                    kKey)
              .ok());
  for (int i = 0; i < 5000; ++i) follower.Announce(opened.reader, 0, 10);
  CHECK(shop.shared->counters.workers.wants_unsent.Get() > 0);
}

TEST_CASE("Follower: a key longer than S3's limit is refused, not sent") {
  Shop shop;
  shop.store.origin_timeout = milliseconds(100);
  Follower follower(shop.link, shop.store, std::string(1025, 'k'), kMarker);
  Opened opened;
  OpenIt(follower, opened);
  CHECK_FALSE(opened.status.ok());
  CHECK(shop.wants().empty());
}

TEST_CASE("Follower: bytes past the end are found out by the header") {
  Shop* fetcher = nullptr;
  std::unique_ptr<CacheWriter> file;
  Shop shop([&](const Want&) {
    if (file) return;
    file = fetcher->MakeFile();
    fetcher->Ring();
  });
  fetcher = &shop;
  for (const uint64_t offset : {kSize, kSize + 1, UINT64_MAX}) {
    Follower follower(shop.link, shop.store, kKey, kMarker);
    Opened opened;
    OpenIt(follower, opened, WantKind::kBytes, offset);
    CHECK(opened.status.ok());
    CHECK(opened.reader.header().size == kSize);
  }
}

// A file of which a follower has the first block.
struct Begun {
  Begun() : follower(shop.link, shop.store, kKey, kMarker), file(shop.MakeFile()) {
    REQUIRE(PutBlock(*file, kObject, 0).ok());
    Lookup lookup;
    REQUIRE(follower.Open(WantKind::kBytes, 0, kBlockBytes, reader, lookup).ok());
  }

  Shop shop;
  Follower follower;
  std::unique_ptr<CacheWriter> file;
  CacheReader reader;
};

TEST_CASE("Follower: goes on in the file of the same generation that took an evicted one's place") {
  Begun begun;
  REQUIRE(begun.file->Retire().ok());
  CHECK(begun.reader.IsNameless());
  CHECK_FALSE(begun.follower.Rejoin(begun.reader));  // there is none yet
  const int descriptor = begun.reader.fd();
  const auto newer = begun.shop.MakeFile();
  REQUIRE(PutAll(*newer, kObject).ok());
  REQUIRE(begun.follower.Rejoin(begun.reader));
  CHECK_FALSE(begun.reader.IsNameless());
  CHECK(begun.reader.fd() == descriptor);
  CHECK(begun.reader.complete());
  std::vector<char> bytes(kSize);
  REQUIRE(ReadAt(descriptor, 0, bytes).ok());
  CHECK(std::string_view(bytes.data(), bytes.size()) == kObject);
}

TEST_CASE("Follower: never goes on in another generation, of another size or another entity tag") {
  for (const bool other_size : {true, false}) {
    Begun begun;
    ObjectHeader header = begun.file->header();
    const std::string tag = "\"ffffffffffffffffffffffffffffffff\"";
    if (other_size) {
      header.size += 1;
    } else {
      header.etag = tag;
    }
    const ObjectId id = begun.shop.store.IdOf(kKey);
    const auto newer = CacheWriter::Create(begun.shop.dir.path(), id, header, kMarker);
    REQUIRE(newer.ok());
    CHECK_FALSE(begun.follower.Rejoin(begun.reader));
    CHECK(begun.reader.Refresh().code() == Code::kChanged);
  }
}

TEST_CASE(
    "Follower: reads ahead of a range that goes on where the cache is filled to, and of no other") {
  // Blocks 0 and 1 of four and a bit are there.
  const struct {
    uint64_t offset, length;
    bool ahead;
  } cases[] = {
      {kBlockBytes, kBlockBytes, true},                                // from the one to the other
      {2 * kBlockBytes - 9, 9, true},        {0, kBlockBytes, false},  // a beginning says nothing
      {3 * kBlockBytes, 10, false},                                    // a seek
      {kBlockBytes, 4 * kBlockBytes, false},  // all there is: nothing is left
      {kBlockBytes, UINT64_MAX, false},      {kSize + 5, 10, false},
  };
  for (const auto& [offset, length, ahead] : cases) {
    CAPTURE(offset, length);
    Begun begun;
    REQUIRE(PutBlock(*begun.file, kObject, 1).ok());
    begun.follower.ReadAhead(begun.reader, offset, length);
    // Wants come in order: after this one all have come.
    begun.follower.Announce(begun.reader, 0, 1);
    const auto all_came = [&begun] {
      const std::vector<Want> so_far = begun.shop.wants();
      return !so_far.empty() && so_far.back().offset == 0;
    };
    for (int i = 0; i < 2000 && !all_came(); ++i) std::this_thread::sleep_for(milliseconds(5));
    const std::vector<Want> wants = begun.shop.wants();
    REQUIRE(wants.size() == (ahead ? 2u : 1u));
    if (ahead) CHECK(wants[0].offset == 2 * kBlockBytes);
  }
}

}  // namespace
}  // namespace audiodl
