// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fetcher_commands.h"

#include <unistd.h>

#include "common/base/json_text.h"
#include "common/fetch/control_client.h"
#include "common/fetch/file_client.h"
#include "common/fetch/shared_state.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/fetch/served_control.h"

namespace audiodl {
namespace {

// A fetcher's insides with one store, whose fills are taken on and never begin.
struct Fixture {
  Fixture()
      : shared(**SharedState::Map()),
        engine(limits, &shared.counters),
        locks(FillLocks::Open(dir.path()).value()),
        control(DiscardLog) {
    StoreConfig store;
    store.cache_dir = dir.path();
    store.origin = *Origin::Parse("file://" + dir.path());
    store.Seal();
    stores.reserve(2);  // contexts hold pointers into it
    stores.push_back(store);
    FillContext context;
    context.store = &stores.front();
    context.origin = &files;
    context.locks = &locks;
    context.bells = &shared.bells;
    context.log = &log;
    engine.AddStore(context);
    HandleFetcherCommands(control, {stores, shared.counters, engine, shared.health, draining});
    REQUIRE(control.Listen(dir.path()).ok());
  }

  Result<std::string> Call(std::string_view command, const std::string& arguments) {
    const ServedControl served(control);
    return ControlClient(dir.path()).Call(command, arguments);
  }

  const TempDir dir;
  SharedState& shared;
  FileClient files;
  FillLimits limits;
  FillEngine engine;
  FillLocks locks;
  LogSink log = DiscardLog;
  std::vector<StoreConfig> stores;
  bool draining = false;
  ControlServer control;
};

TEST_CASE("status: says who it is, what it fills and what was counted") {
  Fixture fetcher;
  fetcher.shared.counters.workers.hits.Add(3);
  Want want;
  want.store = fetcher.stores.front().id;
  want.key = "a \"b\".mp3";
  fetcher.engine.Handle(want);
  const Result<std::string> answer = fetcher.Call("status", "");
  REQUIRE(answer.ok());
  const Result<Json> status = Json::Parse(*answer);
  REQUIRE(status.ok());
  CHECK(status->Find("pid")->AsUint() == static_cast<uint64_t>(getpid()));
  CHECK(status->Find("draining")->AsBool() == false);
  CHECK(status->Find("stores")->items().at(0).StringAt("cache_dir") == fetcher.dir.path());
  CHECK(status->Find("fills")->items().at(0).StringAt("key") == want.key);
  CHECK(status->Find("fills")->items().at(0).Find("percent")->AsUint() == 0);
  CHECK(status->Find("counters")->Find("requests")->Find("hit")->AsUint() == 3);
}

TEST_CASE("status: thousands of fills do not break the answer") {
  Fixture fetcher;
  Want want;
  want.store = fetcher.stores.front().id;
  for (int i = 0; i < 2000; ++i) {
    want.key = std::to_string(i) + std::string(900, '"');
    fetcher.engine.Handle(want);
  }
  const Result<std::string> answer = fetcher.Call("status", "");
  REQUIRE(answer.ok());
  CHECK(Json::Parse(*answer)->Find("fills")->items().size() > 5);
}

TEST_CASE("want: is taken on") {
  Fixture fetcher;
  const Result<std::string> answer =
      fetcher.Call("want", R"({"key":"book/01.mp3","offset":5,"length":7,"marker":9})");
  REQUIRE(answer.ok());
  CHECK(*answer == R"({"queued":true})");
  CHECK(fetcher.engine.fills() == 1);
  CHECK(fetcher.Call("release", R"({"key":"book/01.mp3","follower":12})").ok());
}

TEST_CASE("want: what cannot be meant is refused") {
  Fixture fetcher;
  const std::string long_key(1025, 'k');
  for (const std::string& arguments :
       {std::string(), std::string("{}"), std::string(R"({"key":""})"),
        JsonObject().Add("key", long_key).Text(), std::string(R"({"key":7})"),
        std::string(R"({"key":"k","offset":-1})"), std::string(R"({"key":"k","length":"1"})")}) {
    CAPTURE(arguments);
    CHECK(fetcher.Call("want", arguments).status().code() == Code::kInvalid);
  }
  CHECK(fetcher.Call("want", R"({"key":"k","origin":"s3://other"})").status().code() ==
        Code::kNotFound);
  CHECK(fetcher.engine.idle());
}

TEST_CASE("want: where two origins share the directory one must be named") {
  Fixture fetcher;
  StoreConfig other = fetcher.stores.front();
  other.origin = *Origin::Parse("s3://books/prod region=eu-west-1");
  other.Seal();
  fetcher.stores.push_back(other);
  CHECK(fetcher.Call("want", R"({"key":"k"})").status().code() == Code::kInvalid);
  const std::string named =
      JsonObject().Add("key", "k").Add("origin", fetcher.stores.front().identity).Text();
  CHECK(fetcher.Call("want", named).ok());
  CHECK(fetcher.engine.fills() == 1);
}

TEST_CASE("want: a fetcher that drains sends the operator to its successor") {
  Fixture fetcher;
  fetcher.draining = true;
  CHECK(fetcher.Call("want", R"({"key":"k"})").status().code() == Code::kBusy);
  CHECK(fetcher.Call("status", "").ok());
}

TEST_CASE("FillEngine: a want for a store that is gone is counted") {
  Fixture fetcher;
  Want want;
  want.store = fetcher.stores.front().id + 1;
  want.key = "k";
  fetcher.engine.Handle(want);
  CHECK(fetcher.shared.counters.fetcher.wants_dropped.Get() == 1);
}

}  // namespace
}  // namespace audiodl
