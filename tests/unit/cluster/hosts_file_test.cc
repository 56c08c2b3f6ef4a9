// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/hosts_file.h"

#include "common/cluster/hosts_decision.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

HostsObject Object(uint64_t serial, const std::string& address = "10.0.0.5") {
  return HostsObject::Make({{address, {"dbserver"}}}, serial, sys_seconds(seconds(0)));
}

HostsBlock Block(uint64_t serial) { return {0, Object(serial).text()}; }

HostsFile File(const std::string& text) { return HostsFile::Parse(text).value(); }

TEST_CASE("HostsFile: the block comes to the end, and is replaced where it stands") {
  const std::string before = "127.0.0.1\tlocalhost\n\n# \xff\x01 anything\r\n";
  const std::string with = File(before).With(Block(1));
  CHECK(with == before + Block(1).Text());
  const std::string after = "10.9.9.9 printer\n#end";
  const std::string replaced = File(with + after).With(Block(2));
  CHECK(replaced == before + Block(2).Text() + after);
  CHECK(File(replaced).With(std::nullopt) == before + after);
}

TEST_CASE("HostsFile: a last line without its end is ended first") {
  CHECK(File("127.0.0.1 localhost").With(Block(1)) == "127.0.0.1 localhost\n" + Block(1).Text());
  CHECK(File("").With(Block(1)) == Block(1).Text());
  CHECK(File("x").With(std::nullopt) == "x");
}

TEST_CASE("HostsFile: reads the block it wrote") {
  for (const uint64_t refused : {uint64_t{0}, uint64_t{1795773600}}) {
    const HostsBlock block{refused, Object(3).text()};
    const HostsFile file = File("a\n" + block.Text() + "b\n");
    REQUIRE(file.block().has_value());
    CHECK(*file.block() == block);
  }
  const HostsBlock nothing{5, ""};
  CHECK(File(nothing.Text()).block() == nothing);
}

TEST_CASE("HostsFile: a damaged block is refused with its line") {
  const std::string block = Block(1).Text();
  const std::string begin = block.substr(0, block.find('\n') + 1);
  const std::string end = "# END audiodl hosts\n";
  struct Row {
    std::string text;
    std::string says;
  };
  const Row rows[] = {
      {"a\n" + begin + "10.0.0.5 db\n",
       "line 2 begins an audiodl block that does not end: write \"# END audiodl hosts\" below its "
       "last line"},
      {"a\nb\n" + end, "line 3 ends an audiodl block that does not begin"},
      {block + block, "line 9 begins a second audiodl block"},
      {begin + begin + end, "line 2 begins a second audiodl block"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<HostsFile> file = HostsFile::Parse(row.text);
    REQUIRE_FALSE(file.ok());
    CHECK(file.status().code() == Code::kCorrupt);
    CHECK(file.status().text() == row.says);
  }
}

TEST_CASE("HostsFile: finds who else names a host") {
  const HostsFile file = File(
      "127.0.0.1 localhost # dbserver\ndbserver x\n10.0.0.7\tweb DBserver\n" + Block(1).Text());
  CHECK(file.ForeignLineNaming("dbserver") == 3);
  CHECK(file.ForeignLineNaming("x") == 2);
  CHECK(file.ForeignLineNaming("replserver") == 0);
  CHECK(File("a\n" + Block(1).Text()).ForeignLineNaming("dbserver") == 0);
}

TEST_CASE("JudgeHosts: only what is newer is applied") {
  using enum HostsVerdict;
  const auto judge = [](const std::optional<HostsBlock>& block, uint64_t serial) {
    return JudgeHosts(block, Object(serial));
  };
  CHECK(judge(std::nullopt, 1) == kApply);
  CHECK(judge(Block(5), 6) == kApply);
  CHECK(judge(Block(5), 5) == kUnchanged);
  CHECK(judge(Block(5), 4) == kOlder);
  // Two writers with the same serial: one of them is wrong.
  CHECK(JudgeHosts(Block(5), Object(5, "10.0.0.6")) == kOlder);
  // Somebody has edited the block.
  HostsBlock edited = Block(5);
  edited.object += "10.0.0.6 other\n";
  CHECK(judge(edited, 1) == kApply);
  CHECK(SerialOf(edited) == 0);
}

TEST_CASE("JudgeHosts: what was rolled back is held until there is a newer one") {
  using enum HostsVerdict;
  const HostsBlock back{7, Object(5).text()};
  CHECK(JudgeHosts(back, Object(6)) == kHeld);
  CHECK(JudgeHosts(back, Object(7)) == kHeld);
  CHECK(JudgeHosts(back, Object(8)) == kApply);
  CHECK(JudgeHosts(back, Object(5)) == kUnchanged);
  CHECK(JudgeHosts(HostsBlock{7, ""}, Object(7)) == kHeld);
}

TEST_CASE("CheckDemands: wanted names, loopback, and names with dots") {
  const HostsObject object = HostsObject::Make(
      {{"10.0.0.5", {"dbserver"}}, {"10.0.0.6", {"db.example.org"}}}, 1, sys_seconds(seconds(0)));
  CHECK(CheckDemands(object, {{"DBSERVER", "db.example.org"}, false}).ok());
  CHECK_FALSE(CheckDemands(object, {{"dbserver"}, false}).ok());  // a dot, not asked for
  CHECK_FALSE(CheckDemands(object, {{"db.example.org", "replserver"}, false}).ok());
  CHECK_FALSE(CheckDemands(Object(1, "127.0.0.1"), {{}, false}).ok());
  CHECK(CheckDemands(Object(1, "127.0.0.1"), {{}, true}).ok());
}

TEST_CASE("WithAddresses: a server replaces its own names only") {
  const std::vector<HostsLine> lines = {{"10.0.0.5", {"dbserver", "db1"}},
                                        {"10.0.0.6", {"replserver"}}};
  CHECK(WithAddresses(lines, {"DbServer"}, {"10.0.0.9", "fd00::9"}) ==
        std::vector<HostsLine>{{"10.0.0.9", {"DbServer"}},
                               {"fd00::9", {"DbServer"}},
                               {"10.0.0.5", {"db1"}},
                               {"10.0.0.6", {"replserver"}}});
  CHECK(WithAddresses(lines, {"replserver"}, {}) ==
        std::vector<HostsLine>{{"10.0.0.5", {"dbserver", "db1"}}});
}

TEST_CASE("NextSerial: is the time, and goes up though the clock goes back") {
  const sys_seconds now(seconds(1000));
  CHECK(NextSerial(std::nullopt, now) == 1000);
  CHECK(NextSerial(Object(999), now) == 1000);
  CHECK(NextSerial(Object(1000), now) == 1001);
  CHECK(NextSerial(Object(5000), now) == 5001);
}

}  // namespace
}  // namespace audiodl
