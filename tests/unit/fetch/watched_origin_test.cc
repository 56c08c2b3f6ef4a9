// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/watched_origin.h"

#include <filesystem>
#include <fstream>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/fetch/fake_origin.h"
#include "tests/unit/fetch/recording_sink.h"

namespace audiodl {
namespace {

using std::chrono::seconds;
using State = Breaker::State;

struct Rig {
  FakeOrigin origin;
  Breaker outcome;
  WatchedOrigin watched{origin, &outcome};

  Rig() { origin.Put("a", "sound", "\"tag\""); }

  // One read that ends so, with the object's head before or without.
  void Read(const Status& status, bool with_head = false) {
    RecordingSink sink;
    ReadRequest request;
    request.key = "a";
    request.length = 5;
    sink.read = watched.Start(request, sink);
    if (with_head) origin.Head(0);
    origin.End(0, status);
    CHECK(sink.done);
    CHECK(sink.heads == (with_head ? 1 : 0));
    CHECK(sink.status.code() == status.code());
  }
};

TEST_CASE("WatchedOrigin: passes everything on") {
  Rig rig;
  RecordingSink sink;
  ReadRequest request;
  request.key = "a";
  request.length = 5;
  sink.read = rig.watched.Start(request, sink);
  CHECK_FALSE(rig.watched.noted_at().has_value());
  rig.origin.Serve(0);
  CHECK(sink.body == "sound");
  CHECK(sink.status.ok());
  CHECK(rig.outcome.state() == State::kAnswers);
  CHECK(rig.watched.noted_at().has_value());
}

TEST_CASE("WatchedOrigin: what an end says about the origin") {
  struct Row {
    Code code;
    bool with_head;
    State state;
  };
  const Row rows[] = {
      {Code::kUnreachable, false, State::kFailing},
      {Code::kUnreachable, true, State::kFailing},
      {Code::kThrottled, false, State::kFailing},
      {Code::kForbidden, false, State::kFailing},
      {Code::kNotFound, false, State::kAnswers},
      {Code::kArchived, false, State::kAnswers},
      {Code::kChanged, false, State::kAnswers},
      {Code::kOutOfRange, false, State::kAnswers},
      {Code::kIo, false, State::kFailing},
      {Code::kIo, true, State::kAnswers},  // we gave it up
  };
  for (const Row& row : rows) {
    CAPTURE(CodeName(row.code), row.with_head);
    Rig rig;
    rig.Read(Status(row.code, "x"), row.with_head);
    CHECK(rig.outcome.state() == row.state);
  }
}

TEST_CASE("WatchedOrigin: three failures in a row are an outage, any answer ends it") {
  Rig rig;
  for (int i = 0; i < 3; ++i) rig.Read(Status(Code::kUnreachable, "x"));
  CHECK(rig.outcome.state() == State::kOpen);
  rig.Read(Status(Code::kNotFound, "x"));
  CHECK(rig.outcome.state() == State::kAnswers);
}

TEST_CASE("WatchedOrigin: a read that is given up is no outcome") {
  Rig rig;
  {
    RecordingSink sink;
    ReadRequest request;
    request.key = "a";
    sink.read = rig.watched.Start(request, sink);
  }
  CHECK(rig.origin.open() == 0);
  CHECK(rig.outcome.state() == State::kUnknown);
}

struct ProbeRig : Rig {
  TempDir listing;
  StoreConfig store;
  OriginProbe probe{watched, store};
  WatchedOrigin::Time now = std::chrono::steady_clock::now();

  ProbeRig() { store.listing = listing.path(); }
  void List(const std::string& chunk) {
    const std::filesystem::path path = listing.Of(chunk);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary);
  }
};

TEST_CASE("OriginProbe: asks for a chunk that is for sale, when somebody wants to know") {
  ProbeRig rig;
  rig.probe.Turn(rig.now, true);
  CHECK(rig.origin.history().empty());  // nothing is for sale
  rig.List("book/01.mp3");
  rig.probe.Turn(rig.now + seconds(3), false);
  CHECK(rig.origin.history().empty());  // nobody wants to know
  rig.probe.Turn(rig.now + seconds(3), true);
  REQUIRE(rig.origin.history().size() == 1);
  CHECK(rig.origin.history()[0].info_only);
  CHECK(rig.origin.history()[0].key == rig.store.origin.KeyFor("book/01.mp3"));
  rig.probe.Turn(rig.now + seconds(60), true);  // the first is under way still
  CHECK(rig.origin.history().size() == 1);
  rig.origin.End(0, Status(Code::kNotFound, "x"));
  CHECK(rig.outcome.state() == State::kAnswers);
}

TEST_CASE("OriginProbe: an outcome that is fresh is not asked for again") {
  ProbeRig rig;
  rig.List("01.mp3");
  rig.probe.Turn(rig.now, true);
  rig.origin.End(0, Status(Code::kNotFound, "x"));
  rig.probe.Turn(rig.now + seconds(4), true);
  CHECK(rig.origin.history().size() == 1);
  rig.probe.Turn(rig.now + seconds(6), true);
  CHECK(rig.origin.history().size() == 2);
}

TEST_CASE("OriginProbe: after a failure it asks for another chunk") {
  ProbeRig rig;
  rig.List("a/01.mp3");
  rig.List("a/02.mp3");
  rig.probe.Turn(rig.now, true);
  rig.origin.End(0, Status(Code::kForbidden, "no such object, and no right to know that"));
  rig.probe.Turn(rig.now + seconds(1), true);
  CHECK(rig.origin.history().size() == 1);
  rig.probe.Turn(rig.now + seconds(4), true);
  REQUIRE(rig.origin.history().size() == 2);
  CHECK(rig.origin.history()[0].key != rig.origin.history()[1].key);
}

TEST_CASE("OriginProbe: goes away while it asks") {
  ProbeRig rig;
  rig.List("01.mp3");
  {
    OriginProbe probe(rig.watched, rig.store);
    probe.Turn(rig.now, true);
    CHECK(rig.origin.open() == 1);
  }
  CHECK(rig.origin.open() == 0);
}

}  // namespace
}  // namespace audiodl
