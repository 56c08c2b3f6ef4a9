// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/bootstrap_plan.h"

#include <fstream>
#include <sstream>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("BootstrapPlan: phases, directories and programs") {
  const Result<BootstrapPlan> plan = BootstrapPlan::Parse(
      "# a comment\n"
      "Phase prepare\n"
      "  Directory /var/cache/audiodl/www/ owner=www-data:www-data mode=0700\n"
      "Run hosts retry=2m timeout=1m -- audiodl hosts apply\n"
      "phase join\n"
      "run warm once=boot optional -- sh -c \"echo a b\" --\n"
      "Directory /srv\n");
  REQUIRE(plan.ok());
  REQUIRE(plan->steps.size() == 4);
  const BootstrapStep& directory = plan->steps[0];
  CHECK(directory.kind == BootstrapStep::Kind::kDirectory);
  CHECK(directory.phase == "prepare");
  CHECK(directory.name == "/var/cache/audiodl/www");
  CHECK(directory.owner == "www-data");
  CHECK(directory.group == "www-data");
  CHECK(directory.mode == 0700);
  const BootstrapStep& hosts = plan->steps[1];
  CHECK(hosts.name == "hosts");
  CHECK(hosts.argv == std::vector<std::string>{"audiodl", "hosts", "apply"});
  CHECK(hosts.retry == std::chrono::minutes(2));
  CHECK(hosts.timeout == std::chrono::minutes(1));
  CHECK_FALSE(hosts.optional);
  const BootstrapStep& warm = plan->steps[2];
  CHECK(warm.phase == "join");
  CHECK(warm.argv == std::vector<std::string>{"sh", "-c", "echo a b", "--"});
  CHECK(warm.optional);
  CHECK(warm.once_per_boot);
  CHECK(plan->steps[3].mode == 0755);
}

TEST_CASE("BootstrapPlan: what makes no sense is told with its line") {
  struct Row {
    const char* text;
    const char* says;
  };
  const Row rows[] = {
      {"", "there is no step in it"},
      {"Run a -- true\n", "line 1: a Phase must stand above the first step"},
      {"Phase\n", "line 1: Phase takes one name"},
      {"Phase a b\n", "line 1: Phase takes one name"},
      {"Phase a/b\n", "line 1: Phase takes one name"},
      {"Phase p\nFrob x\n", "line 2: \"Frob\" is none of Phase, Directory, Run"},
      {"Phase p\nRun a true\n",
       "line 2: Run takes a NAME, options, and after -- a program with its arguments"},
      {"Phase p\nRun -- true\n",
       "line 2: Run takes a NAME, options, and after -- a program with its arguments"},
      {"Phase p\nRun a --\n", "line 2: there is no program after --"},
      {"Phase p\nRun a soon -- true\n",
       "line 2: \"soon\" is none of timeout=TIME, retry=TIME, once=boot, optional"},
      {"Phase p\nRun a timeout=0 -- true\n", "line 2: timeout=0 gives it no time at all"},
      {"Phase p\nRun a -- true\n\nRun a -- false\n", "line 4: the phase p has a step a already"},
      {"Phase p\nDirectory var\n", "line 2: Directory takes an absolute path"},
      {"Phase p\nDirectory /\n", "line 2: Directory takes an absolute path"},
      {"Phase p\nDirectory /a mode=0999\n",
       "line 2: \"mode=0999\" is no owner=USER[:GROUP] or mode=0755"},
      {"Phase p\nDirectory /a owner=\n",
       "line 2: \"owner=\" is no owner=USER[:GROUP] or mode=0755"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<BootstrapPlan> plan = BootstrapPlan::Parse(row.text);
    REQUIRE_FALSE(plan.ok());
    CHECK(plan.status().text() == row.says);
  }
}

TEST_CASE("BootstrapPlan: leaving is done only where it is said") {
  const BootstrapPlan plan = BootstrapPlan::Parse(
                                 "Phase a\nRun one -- true\nPhase leave\nRun two -- true\n"
                                 "Phase b\nRun three -- true\n")
                                 .value();
  const auto names = [&plan](const std::vector<std::string>& phases) {
    std::string names;
    const auto steps = plan.Of(phases);
    for (const BootstrapStep& step : *steps) names += step.name + " ";
    return names;
  };
  CHECK(names({}) == "one three ");
  CHECK(names({"leave"}) == "two ");
  CHECK(names({"b", "a"}) == "one three ");
  CHECK(plan.Of({"c"}).status().code() == Code::kNotFound);
}

TEST_CASE("BootstrapPlan: a step that does something else has another digest") {
  const auto digest = [](const char* line) {
    return BootstrapPlan::Parse(std::string("Phase p\n") + line)->steps[0].Digest();
  };
  CHECK(digest("Run a -- x y") == digest("Run a optional -- x y"));
  CHECK(digest("Run a -- x y") != digest("Run a -- \"x y\""));
  CHECK(digest("Run a -- x y") != digest("Run b -- x y"));
}

}  // namespace
}  // namespace audiodl
