// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Fetchers are killed at random points of their fills, thousands of times if asked to: no reader
// ever sees a wrong byte, and the one that is left alone in the end makes everything whole.
//
// A child process is the fetcher: the real fill engine over FileClient, or over an origin that
// sends small pieces. Half of the kills are the child's own, at a system call chosen by the seed
// (before it, after it, or in the middle of a write), so that a seed replays them; the others come
// from outside at a random time. Another process reads all the time.

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <thread>

#include "common/cache/cache_reader.h"
#include "common/fetch/digest_queue.h"
#include "common/fetch/file_client.h"
#include "common/fetch/fill_engine.h"
#include "common/fetch/shared_state.h"
#include "tests/fault/fault_settings.h"
#include "tests/fault/system_calls.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/fetch/fake_origin.h"
#include "tests/unit/fetch/recording_sink.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;

constexpr int kObjects = 4;

// Sizes are odd, and tell the object's generation: so readers know the truth of what they find.
uint64_t SizeOf(int object, uint64_t generation) {
  return (3 + static_cast<uint64_t>(object)) * kBlockBytes - 70001 + generation;
}
std::string BytesOfGeneration(int object, uint64_t generation) {
  return SampleBytes(SizeOf(object, generation),
                     1000 * static_cast<uint64_t>(object + 1) + generation);
}

// What the processes of one run share.
struct Scoreboard {
  std::atomic<uint64_t> looks{0};
  std::atomic<uint64_t> wrong{0};
  std::atomic<bool> over{false};
};

class Shop {
 public:
  Shop() {
    fs::create_directory(dir_.Of("src"));
    fs::create_directory(dir_.Of("cache"));
    store.cache_dir = dir_.Of("cache");
    store.origin = Origin::Parse("file://" + dir_.Of("src")).value();
    store.Seal();
    REQUIRE(PrepareCacheDir(store.cache_dir).ok());
    void* memory = mmap(nullptr, sizeof(Scoreboard), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    board = new (memory) Scoreboard;
    for (int object = 0; object < kObjects; ++object) Publish(object);
  }
  ~Shop() {
    munmap(board, sizeof *board);
    munmap(shared, sizeof *shared);
  }

  std::string KeyOf(int object) const {
    return store.origin.KeyFor(std::to_string(object) + ".mp3");
  }
  std::string PathOf(int object) const {
    return store.cache_dir + "/" + store.IdOf(KeyOf(object)).RelativePath();
  }
  uint64_t generation(int object) const { return generations_[object]; }

  // The next generation, put in place of the last one as an uploader does it.
  void Publish(int object) {
    const uint64_t generation = ++generations_[object];
    const std::string path = KeyOf(object);
    std::ofstream(path + ".new", std::ios::binary) << BytesOfGeneration(object, generation);
    fs::rename(path + ".new", path);
  }

  TempDir& dir() { return dir_; }
  StoreConfig store;
  SharedState* shared = SharedState::Map().value();
  Scoreboard* board = nullptr;

 private:
  TempDir dir_;
  uint64_t generations_[kObjects] = {};
};

// Looks at objects' files, and compares every byte that a client might be sent with the truth.
class Inspector {
 public:
  explicit Inspector(const Shop& shop) : shop_(shop) {}

  // Whether the object is there, complete and of that generation; wrong bytes are counted on the
  // board.
  bool Look(int object, uint64_t generation) {
    CacheReader reader;
    ++shop_.board->looks;
    if (!reader.Open(shop_.PathOf(object).c_str(), shop_.store.identity, shop_.KeyOf(object)).ok())
      return false;
    const uint64_t found = reader.header().size - SizeOf(object, 0);
    const std::string& truth = Truth(object, found);
    for (uint64_t block = 0; block < BlockCount(truth.size()); ++block) {
      const uint64_t offset = block * kBlockBytes;
      const Result<uint64_t> filled = reader.FilledFrom(offset);
      if (!filled.ok()) ++shop_.board->wrong;
      if (!filled.ok() || *filled == 0) continue;
      const std::string_view expected = BlockOf(truth, block);
      buffer_.resize(expected.size());
      const bool read = ReadAt(reader.fd(), offset, buffer_).ok();
      if (!read || std::string_view(buffer_.data(), buffer_.size()) != expected)
        ++shop_.board->wrong;
    }
    return reader.complete() && found == generation;
  }

 private:
  const std::string& Truth(int object, uint64_t generation) {
    auto& [known, bytes] = truths_[object];
    if (known != generation) {
      known = generation;
      bytes = BytesOfGeneration(object, generation);
    }
    return bytes;
  }

  const Shop& shop_;
  std::map<int, std::pair<uint64_t, std::string>> truths_;
  std::vector<char> buffer_;
};

// Kills its own process at a system call.
class KillAtCall : public SystemCallHook {
 public:
  enum class When : unsigned char { kBefore, kMiddle, kAfter };
  KillAtCall(unsigned nth, When when) : nth_(nth), when_(when) {}

  Verdict Before(const SystemCall& call) override {
    const Verdict good = call.kind == CallKind::kSync ? Verdict::Pretend() : Verdict::Pass();
    if (count_++ != nth_) return good;
    if (when_ == When::kMiddle && call.kind == CallKind::kWrite) {
      (void)!pwrite(call.fd, call.data.data(), call.data.size() / 2,
                    static_cast<off_t>(call.offset));
    }
    if (when_ != When::kAfter) raise(SIGKILL);
    return good;
  }
  void After(const SystemCall&, int64_t) override {
    if (count_ == nth_ + 1) raise(SIGKILL);
  }

 private:
  const unsigned nth_;
  const When when_;
  unsigned count_ = 0;
};

// For the teeth: writes a block's bytes only after its mark.
class MarksFirst : public KillAtCall {
 public:
  using KillAtCall::KillAtCall;

  Verdict Before(const SystemCall& call) override {
    const Verdict verdict = KillAtCall::Before(call);
    if (call.kind != CallKind::kWrite) return verdict;
    if (call.data.size() > 4096) {
      late_.push_back({call.fd, call.offset, std::string(call.data)});
      return Verdict::Pretend();
    }
    return verdict;
  }
  void After(const SystemCall& call, int64_t result) override {
    KillAtCall::After(call, result);
    if (call.kind != CallKind::kWrite || call.data.size() != sizeof(BlockEntry)) return;
    for (const Late& late : late_) {
      (void)!pwrite(late.fd, late.bytes.data(), late.bytes.size(), static_cast<off_t>(late.offset));
    }
    late_.clear();
  }

 private:
  struct Late {
    int fd;
    uint64_t offset;
    std::string bytes;
  };
  std::vector<Late> late_;
};

// The fetcher of the child process.
class Fetcherling {
 public:
  Fetcherling(Shop& shop, std::mt19937& random) : shop_(shop), random_(random), engine_(Limits()) {
    const Status prepared = PrepareCacheDir(shop.store.cache_dir);
    locks_.emplace(FillLocks::Open(shop.store.cache_dir).value());
    slow_ = random() % 2 == 0;
    FillContext context;
    context.store = &shop.store;
    context.origin = slow_ ? static_cast<OriginClient*>(&pieces_) : &files_;
    context.locks = &*locks_;
    context.bells = &shop.shared->bells;
    context.log = &log_;
    if (random() % 2 == 0) context.digests = &digests_.emplace();
    context.on_complete = [](std::unique_ptr<CacheWriter> file) { (void)file->Sync(); };
    engine_.AddStore(context);
    for (int object = 0; object < kObjects && slow_; ++object) {
      pieces_.Put(shop.KeyOf(object), BytesOfGeneration(object, shop.generation(object)),
                  EntityTagOf(shop.KeyOf(object)));
    }
    (void)prepared;
  }

  void Want(int object, uint64_t offset, uint64_t length) {
    audiodl::Want want;
    want.store = shop_.store.id;
    want.key = shop_.KeyOf(object);
    want.offset = offset;
    want.length = length;
    want.marker = static_cast<int64_t>(shop_.generation(object));
    engine_.Handle(want);
    want.kind = WantKind::kVerify;
    engine_.Handle(want);
  }

  void Run() {
    for (engine_.Advance(Clock::now()); !engine_.idle(); engine_.Advance(Clock::now())) {
      const bool busy = slow_ ? StepPiece() : files_.Step();
      if (!busy) std::this_thread::sleep_for(microseconds(200));
    }
  }

 private:
  static FillLimits Limits() {
    FillLimits limits;
    limits.first_part_bytes = kBlockBytes;
    limits.min_part_bytes = kBlockBytes;
    limits.parts_per_object = 3;
    limits.first_retry = limits.lock_retry = std::chrono::milliseconds(1);
    return limits;
  }
  // As the file has it, so that either kind of fetcher goes on where the other one was killed.
  std::string EntityTagOf(const std::string& key) {
    RecordingSink sink;
    sink.read = files_.Start(ReadRequest{key, true, 0, 0, ""}, sink);
    files_.Step();
    return sink.info.etag;
  }
  bool StepPiece() {
    if (pieces_.open() > 0) pieces_.Step(random_() % pieces_.open(), 1 + random_() % 200000);
    return pieces_.open() > 0;
  }

  Shop& shop_;
  std::mt19937& random_;
  const LogSink log_ = [](LogLevel, std::string_view) {};
  bool slow_ = false;
  FileClient files_;
  FakeOrigin pieces_;
  std::optional<FillLocks> locks_;
  std::optional<DigestQueue> digests_;
  FillEngine engine_;  // last: its reads go before the clients they belong to
};

// Forks; the child runs `life` and ends.
pid_t Spawn(const std::function<void()>& life) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child != 0) return child;
  life();
  _exit(0);
}

// One fetcher's life, as the seed says.
template <typename Hook>
void Live(Shop& shop, unsigned seed, bool kills_itself) {
  std::mt19937 random(seed);
  Hook hook(kills_itself ? random() % 120 : ~0u, static_cast<KillAtCall::When>(random() % 3));
  const ScopedHook hooked(hook);
  Fetcherling fetcher(shop, random);
  for (unsigned wants = 1 + random() % 3; wants > 0; --wants) {
    const int object = static_cast<int>(random() % kObjects);
    const bool whole = random() % 2 == 0;
    fetcher.Want(object, whole ? 0 : random() % SizeOf(object, 0),
                 whole ? Want::kToTheEnd : kBlockBytes);
  }
  fetcher.Run();
}

struct Tally {
  unsigned killed = 0;
  unsigned ended = 0;
};

void Reap(pid_t child, Tally& tally) {
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  const bool ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  REQUIRE((killed || ended));
  tally.killed += killed ? 1 : 0;
  tally.ended += ended ? 1 : 0;
}

// What else happens in a shop: an object is replaced, or evicted.
void Disturb(Shop& shop, std::mt19937& random) {
  const int object = static_cast<int>(random() % kObjects);
  const unsigned what = random() % 6;
  if (what == 0) shop.Publish(object);
  if (what == 1) fs::remove(shop.PathOf(object));
}

void LookAtAll(const Shop& shop, Inspector& inspector) {
  for (int object = 0; object < kObjects; ++object) inspector.Look(object, shop.generation(object));
}

// Rounds until so many kills have struck.
template <typename Hook>
Tally KillOften(Shop& shop, unsigned kills, unsigned seed) {
  std::mt19937 random(seed);
  Inspector inspector(shop);
  Tally tally;
  for (unsigned round = 0; tally.killed < kills && round < 20 * kills + 100; ++round) {
    Disturb(shop, random);
    const bool from_outside = random() % 2 == 0;
    const unsigned life = static_cast<unsigned>(random());
    const pid_t first = Spawn([&] { Live<Hook>(shop, life, !from_outside); });
    // Sometimes two at once, as after a graceful restart.
    const std::optional<pid_t> second =
        random() % 4 == 0 ? std::optional(Spawn([&] { Live<Hook>(shop, life + 1, !from_outside); }))
                          : std::nullopt;
    if (from_outside) {
      std::this_thread::sleep_for(microseconds(random() % 6000));
      kill(first, SIGKILL);
      if (second) kill(*second, SIGKILL);
    }
    Reap(first, tally);
    if (second) Reap(*second, tally);
    LookAtAll(shop, inspector);
  }
  return tally;
}

TEST_CASE("Kills: no wrong byte at any time, and the last fetcher makes everything whole") {
  Shop shop;
  const unsigned kills = FromEnvironment("AUDIODL_KILLS", 300);
  const unsigned seed = Seed("kills");
  const pid_t reader = Spawn([&] {
    Inspector inspector(shop);
    while (!shop.board->over) LookAtAll(shop, inspector);
  });
  const Tally tally = KillOften<KillAtCall>(shop, kills, seed);
  shop.board->over = true;
  Tally readers;
  Reap(reader, readers);
  Note(std::to_string(tally.killed) + " fetchers killed, " + std::to_string(tally.ended) +
       " ended by themselves, " + std::to_string(shop.board->looks) + " looks at the cache, " +
       std::to_string(shop.board->wrong) + " wrong blocks");
  CHECK(tally.killed >= kills);
  CHECK(readers.ended == 1);
  CHECK(shop.board->wrong == 0);

  std::mt19937 random(seed);
  const pid_t last = Spawn([&] {
    for (int round = 0; round < 3; ++round) {
      Fetcherling fetcher(shop, random);
      for (int object = 0; object < kObjects; ++object) fetcher.Want(object, 0, Want::kToTheEnd);
      fetcher.Run();
    }
  });
  Tally lasts;
  Reap(last, lasts);
  Inspector inspector(shop);
  for (int object = 0; object < kObjects; ++object)
    CHECK(inspector.Look(object, shop.generation(object)));
  CHECK(shop.board->wrong == 0);
  CHECK(fs::is_empty(shop.store.cache_dir + "/tmp"));
}

TEST_CASE("Teeth of the kills: marks that are written before their bytes are seen to be wrong") {
  Shop shop;
  for (unsigned seed = 1; seed <= 100 && shop.board->wrong == 0; ++seed) {
    KillOften<MarksFirst>(shop, 10, seed);
  }
  CHECK(shop.board->wrong > 0);
}

}  // namespace
}  // namespace audiodl
