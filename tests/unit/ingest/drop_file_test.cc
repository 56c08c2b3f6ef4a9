// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/drop_file.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "common/base/unique_fd.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("IsOpenForWriting: who opens the file in that moment does not end the process") {
  const TempDir dir;
  const std::string path = dir.Of("01.mp3");
  const std::string stop = dir.Of("stop");
  std::ofstream(path) << "audio";
  const pid_t looker = fork();
  REQUIRE(looker >= 0);
  if (looker == 0) {
    while (!std::filesystem::exists(stop)) {
      for (int i = 0; i < 1000; ++i) (void)IsOpenForWriting(path);
    }
    _exit(0);
  }
  // This is refused where it meets the lease, and only then is the looker sent a signal.
  int how = 0;
  bool is_over = false;
  for (bool has_met = false; !has_met && !is_over;) {
    const UniqueFd writer(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    has_met = !writer.valid() && errno == EWOULDBLOCK;
    is_over = waitpid(looker, &how, WNOHANG) == looker;
  }
  std::ofstream(stop) << "";
  if (!is_over) REQUIRE(waitpid(looker, &how, 0) == looker);
  CHECK(WIFEXITED(how));
}

}  // namespace
}  // namespace audiodl
