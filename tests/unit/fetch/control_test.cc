// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// ControlServer and ControlClient over real sockets.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/json_text.h"
#include "common/fetch/control_address.h"
#include "common/fetch/control_client.h"
#include "common/fetch/control_protocol.h"
#include "common/fetch/control_server.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/fetch/served_control.h"

namespace audiodl {
namespace {

// Listens in a directory and answers "who" with a name.
struct Named {
  Named(const std::string& dir, std::string name) : control(DiscardLog) {
    control.Handle("who", [name](const ControlRequest& request) -> Result<std::string> {
      return JsonObject().Add("name", name).Add("dir", request.cache_dir).Text();
    });
    REQUIRE(control.Listen(dir).ok());
    served.emplace(control);
  }

  ControlServer control;
  std::optional<ServedControl> served;
};

std::string Who(const std::string& dir) {
  const Result<std::string> answer = ControlClient(dir).Call("who", "");
  if (!answer.ok()) return std::string(CodeName(answer.status().code()));
  return Json::Parse(*answer)->StringAt("name").value_or("");
}

// Connects and asks nothing.
UniqueFd ConnectSilently(const std::string& dir) {
  const UniqueFd directory(open(dir.c_str(), O_PATH | O_DIRECTORY));
  UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0));
  const ControlAddress address(directory.get(), kControlName);
  (void)!connect(fd.get(), address.get(), ControlAddress::size());
  return fd;
}

TEST_CASE("Control: a call is answered, and knows its directory") {
  const TempDir dir;
  const Named server(dir.path(), "first");
  const Result<std::string> answer = ControlClient(dir.path()).Call("who", "");
  REQUIRE(answer.ok());
  CHECK(*answer == JsonObject().Add("name", "first").Add("dir", dir.path()).Text());
}

TEST_CASE("Control: one server listens in several directories") {
  const TempDir a, b;
  Named server(a.path(), "both");
  server.served.reset();
  REQUIRE(server.control.Listen(b.path()).ok());
  server.served.emplace(server.control);
  CHECK(Who(a.path()) == "both");
  CHECK(Who(b.path()) == "both");
}

TEST_CASE("Control: errors of handlers and unknown commands reach the caller") {
  const TempDir dir;
  ControlServer control(DiscardLog);
  control.Handle("fail", [](const ControlRequest&) -> Result<std::string> {
    return Status(Code::kNoSpace, "the disk is full");
  });
  REQUIRE(control.Listen(dir.path()).ok());
  const ServedControl served(control);
  const ControlClient client(dir.path());
  CHECK(client.Call("fail", "").status().code() == Code::kNoSpace);
  CHECK(client.Call("fail", "").status().text() == "the disk is full");
  CHECK(client.Call("frobnicate", "").status().code() == Code::kInvalid);
  CHECK(client.Call("fail", "[]").status().code() == Code::kInvalid);
  CHECK(client.Call("fail", std::string(kMaxControlRequest, ' ')).status().text() ==
        "the request is too long");
}

TEST_CASE("Control: only the owner may connect") {
  const TempDir dir;
  const Named server(dir.path(), "first");
  struct stat info;
  REQUIRE(stat(dir.Of(kControlName).c_str(), &info) == 0);
  CHECK(S_ISSOCK(info.st_mode));
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(info.st_uid == geteuid());
}

TEST_CASE("Control: where nobody listens the answer is that no fetcher runs") {
  const TempDir dir;
  CHECK(Who(dir.path()) == "not_found");
  CHECK(Who(dir.Of("nowhere")) == "not_found");
  { const Named server(dir.path(), "gone"); }
  CHECK(std::filesystem::exists(dir.Of(kControlName)));
  CHECK(Who(dir.path()) == "not_found");
}

TEST_CASE("Control: the newest fetcher has the name") {
  const TempDir dir;
  auto first = std::make_unique<Named>(dir.path(), "first");
  CHECK(Who(dir.path()) == "first");
  // While the first one still drains.
  const Named second(dir.path(), "second");
  CHECK(Who(dir.path()) == "second");
  first.reset();
  CHECK(Who(dir.path()) == "second");
}

TEST_CASE("Control: what a killed fetcher left is taken over") {
  const TempDir dir;
  { const Named killed(dir.path(), "killed"); }
  // One that died between bind(2) and rename(2).
  std::filesystem::rename(dir.Of(kControlName), dir.Of(".audiodl-control.new"));
  const Named next(dir.path(), "next");
  CHECK(Who(dir.path()) == "next");
  CHECK_FALSE(std::filesystem::exists(dir.Of(".audiodl-control.new")));
}

TEST_CASE("Control: a directory with a long path") {
  const TempDir dir;
  const std::string deep =
      std::filesystem::path(dir.path()) / std::string(100, 'a') / std::string(100, 'b');
  std::filesystem::create_directories(deep);
  const Named server(deep, "deep");
  CHECK(Who(deep) == "deep");
}

TEST_CASE("Control: those who connect and ask nothing keep nobody out") {
  const TempDir dir;
  const Named server(dir.path(), "patient");
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(ConnectSilently(dir.path()));
  CHECK(Who(dir.path()) == "patient");
}

TEST_CASE("Control: a fetcher that does not answer is not waited for for ever") {
  const TempDir dir;
  ControlServer control(DiscardLog);
  REQUIRE(control.Listen(dir.path()).ok());
  const ControlClient client(dir.path(), std::chrono::milliseconds(50));
  CHECK(client.Call("status", "").status().code() == Code::kUnreachable);
}

}  // namespace
}  // namespace audiodl
