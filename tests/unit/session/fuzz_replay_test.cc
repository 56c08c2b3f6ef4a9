// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Replays the fuzz targets' seed inputs, so that the targets keep compiling and what they promise
// holds without a fuzzer. Run from the repository's root, as `make check-unit` does.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/file_io.h"
#include "tests/fuzz/audio_target.h"
#include "tests/fuzz/hosts_target.h"
#include "tests/fuzz/ledger_target.h"
#include "tests/fuzz/range_target.h"
#include "tests/fuzz/session_cookie_target.h"
#include "tests/fuzz/session_target.h"
#include "tests/fuzz/signed_link_target.h"
#include "tests/fuzz/sql_template_target.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::vector<std::string> Corpus(std::string_view target) {
  std::vector<std::string> inputs;
  const auto folder = std::filesystem::path("tests/fuzz/corpus") / target;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Result<std::string> input = ReadWholeFile(entry.path().string(), 64 * 1024);
    REQUIRE(input.ok());
    inputs.push_back(*input);
  }
  return inputs;
}

// Every input, cut at every place too.
void Replay(std::string_view target, void (*run)(std::string_view)) {
  const std::vector<std::string> inputs = Corpus(target);
  CHECK_FALSE(inputs.empty());
  for (const std::string& input : inputs) {
    for (size_t length = 0; length <= input.size(); ++length) {
      CAPTURE(input, length);
      const std::string cut = input.substr(0, length);
      CHECK_NOTHROW(run(cut));
    }
  }
}

TEST_CASE("FuzzReplay: the readers of audio keep their promises") { Replay("audio", FuzzAudio); }

TEST_CASE("FuzzReplay: addresses of a cluster keep their promises") { Replay("hosts", FuzzHosts); }
TEST_CASE("FuzzReplay: the ledger keeps its promises") { Replay("ledger", FuzzLedger); }

TEST_CASE("FuzzReplay: the session reader keeps its promises") { Replay("session", FuzzSession); }

TEST_CASE("FuzzReplay: the session cookie keeps its promises") {
  Replay("session_cookie", FuzzSessionCookie);
}

TEST_CASE("FuzzReplay: conditions and ranges keep their promises") { Replay("range", FuzzRange); }

TEST_CASE("FuzzReplay: signed links keep their promises") { Replay("signed_link", FuzzSignedLink); }

TEST_CASE("FuzzReplay: the SQL template keeps its promises") {
  Replay("sql_template", FuzzSqlTemplate);
}

}  // namespace
}  // namespace audiodl
