// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/mp3_splitter.h"

#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "common/base/new_file.h"
#include "tests/unit/audio/mp3_sample.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

// About 26 seconds, of which each chunk may have a quarter.
constexpr size_t kFrames = 1000;

SplitSettings Settings() {
  SplitSettings settings;
  settings.sizes = {.target = 100 << 10, .limit = 120 << 10};
  return settings;
}

std::string NameOf(size_t number) { return std::to_string(number) + ".mp3"; }

std::set<std::string> NamesIn(const std::string& folder) {
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

// A byte of silence at the end of a chunk, wherever it is being written, becomes another one.
void Damage(const std::string& dir, const std::string& name) {
  size_t damaged = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.path().filename() != name) continue;
    FILE* const file = fopen(entry.path().c_str(), "r+");
    REQUIRE(file != nullptr);
    REQUIRE(fseek(file, -1, SEEK_END) == 0);
    REQUIRE(fputc('x', file) == 'x');
    REQUIRE(fclose(file) == 0);
    ++damaged;
  }
  REQUIRE(damaged == 1);
}

class Source {
 public:
  Source() { REQUIRE(WriteNewFile(path(), SilentFrames(kFrames)).ok()); }

  std::string path() const { return dir_.Of("source.mp3"); }
  std::string out() const { return dir_.Of("out"); }
  const TempDir& dir() const { return dir_; }

 private:
  TempDir dir_;
};

TEST_CASE("Mp3Splitter: all chunks come into the folder at once") {
  const Source source;
  Result<Mp3Splitter> splitter = Mp3Splitter::Open(source.path(), Settings());
  REQUIRE(splitter.ok());
  REQUIRE(splitter->chunks().size() == 4);
  size_t asked = 0;
  const Status written = splitter->Write(source.out(), [&](size_t number) {
    CHECK_FALSE(fs::exists(source.out()));
    ++asked;
    return NameOf(number);
  });
  REQUIRE(written.text().empty());
  CHECK(asked >= 4);
  CHECK(NamesIn(source.out()) == std::set<std::string>{"0.mp3", "1.mp3", "2.mp3", "3.mp3"});
  CHECK(NamesIn(source.dir().path()) == std::set<std::string>{"out", "source.mp3"});
}

TEST_CASE("Mp3Splitter: where the chunks are not the source none of them stays") {
  const Source source;
  Result<Mp3Splitter> splitter = Mp3Splitter::Open(source.path(), Settings());
  REQUIRE(splitter.ok());
  size_t asked = 0;
  const Status written = splitter->Write(source.out(), [&](size_t number) {
    // When the last chunk has been written, and before all are compared.
    if (++asked == splitter->chunks().size() + 1) Damage(source.dir().path(), NameOf(0));
    return NameOf(number);
  });
  CHECK(written.code() == Code::kCorrupt);
  CHECK(NamesIn(source.dir().path()) == std::set<std::string>{"source.mp3"});
}

TEST_CASE("Mp3Splitter: a folder that is in use is left alone") {
  const Source source;
  Result<Mp3Splitter> splitter = Mp3Splitter::Open(source.path(), Settings());
  REQUIRE(splitter.ok());
  REQUIRE(WriteNewFile(source.out() + "/0.mp3", "x").ok());
  CHECK(splitter->Write(source.out(), NameOf).code() == Code::kChanged);
  CHECK(NamesIn(source.out()) == std::set<std::string>{"0.mp3"});
}

TEST_CASE("Mp3Splitter: every step is told of, in order, up to the source's end") {
  const Source source;
  SplitSettings settings = Settings();
  std::vector<SplitStep> steps;
  uint64_t last = 0;
  settings.progress = [&](SplitStep step, uint64_t done, uint64_t of) {
    if (steps.empty() || steps.back() != step) {
      steps.push_back(step);
      last = 0;
    }
    CHECK(done >= last);
    CHECK(done <= of);
    last = done;
  };
  Result<Mp3Splitter> splitter = Mp3Splitter::Open(source.path(), settings);
  REQUIRE(splitter.ok());
  REQUIRE(splitter->Write(source.out(), NameOf).ok());
  CHECK(steps ==
        std::vector{SplitStep::kRead, SplitStep::kListen, SplitStep::kWrite, SplitStep::kCompare});
}

}  // namespace
}  // namespace audiodl
