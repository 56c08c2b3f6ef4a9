// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/line.h"

#include <sys/socket.h>

#include "tests/unit/catch.h"
#include "tests/unit/ledger/tcp_pair.h"

namespace audiodl {
namespace {

using Fate = LineFacts::Fate;

// A line that has carried 1000 bytes, all of which the client's kernel has.
struct Rig {
  Rig() {
    line.Attach();
    line.Watch(tcp.server.get());
    line.Pass(1000);
    tcp.Send(1000);
    REQUIRE(Soon([&] { return line.Look().acked == 1000; }));
  }
  bool Becomes(Fate fate) {
    return Soon([&] { return line.Look().fate == fate; });
  }

  TcpPair tcp;
  Line line;
};

TEST_CASE("Line: is open until something happens") {
  Rig rig;
  const LineFacts facts = rig.line.Look();
  CHECK(facts.fate == Fate::kOpen);
  CHECK(facts.written == 1000);
  CHECK(facts.segment > 0);
  rig.line.CountRequest();
  CHECK(rig.line.Look().requests == 1);
}

TEST_CASE("Line: a client that has read all and closes, and one that has not") {
  Rig read;
  REQUIRE(read.tcp.Read(1000) == 1000);
  read.tcp.client.Reset();
  CHECK(read.Becomes(Fate::kClientClosed));
  // For good, whatever happens later.
  read.tcp.Send(10);
  CHECK(Soon([&] { return LookAtTcp(read.tcp.server.get())->state == TcpLook::State::kGone; }));
  CHECK(read.line.Look().fate == Fate::kClientClosed);

  Rig unread;
  REQUIRE(unread.tcp.Read(999) == 999);
  unread.tcp.client.Reset();
  CHECK(unread.Becomes(Fate::kReset));
  CHECK(unread.line.Look().acked == 1000);
  CHECK(unread.line.Look().handed_on == 1000);
}

// Once both sides are closed the kernel shows the same, however that came.
TEST_CASE("Line: the same where httpd closes first") {
  for (const size_t read : {1000, 999}) {
    for (const bool keeps_descriptor : {true, false}) {
      CAPTURE(read, keeps_descriptor);
      Rig rig;
      rig.line.Closing(rig.tcp.server.get());
      REQUIRE(shutdown(rig.tcp.server.get(), SHUT_WR) == 0);
      if (!keeps_descriptor) rig.tcp.server.Reset();
      CHECK(rig.line.Look().fate == Fate::kOpen);
      REQUIRE(rig.tcp.Read(read) == read);
      rig.tcp.client.Reset();
      CHECK(rig.Becomes(read == 1000 ? Fate::kClientClosed : Fate::kReset));
      // The FIN is no byte of a response.
      CHECK(rig.line.Look().acked == 1000);
    }
  }
}

TEST_CASE("Line: a reset that was seen before more was handed on") {
  Rig rig;
  REQUIRE(rig.tcp.Read(999) == 999);
  rig.tcp.client.Reset();
  REQUIRE(Soon([&] { return LookAtTcp(rig.tcp.server.get())->state == TcpLook::State::kGone; }));
  rig.line.Closing(rig.tcp.server.get());
  rig.line.Pass(24);
  CHECK(rig.line.Look().fate == Fate::kReset);
  CHECK(rig.line.Look().handed_on == 1000);
}

TEST_CASE("Line: what httpd gives up ends for the client at once") {
  Rig rig;
  rig.line.GiveUp(rig.tcp.server.get());
  rig.tcp.server.Reset();
  CHECK(rig.tcp.Read(2000) == 1000);
  CHECK(rig.line.Look().fate == Fate::kGivenUp);
  CHECK(rig.line.Look().acked == 1000);

  // As is what goes without a word.
  Rig gone;
  gone.line.Gone();
  gone.tcp.server.Reset();
  CHECK(gone.tcp.Read(2000) == 1000);
}

TEST_CASE("Line: nothing is kept open for nobody") {
  Rig rig;
  rig.line.Detach();
  rig.tcp.server.Reset();
  CHECK(rig.tcp.Read(2000) == 1000);
}

TEST_CASE("Line: what cannot be known is unknown") {
  Line line;
  line.Attach();
  line.Pass(1000);
  CHECK(line.Look().fate == Fate::kUnknown);
  line.Watch(-1);
  line.Closing(-1);
  CHECK(line.Look().fate == Fate::kUnknown);
  Rig rig;
  rig.line.LoseCount();
  CHECK(rig.line.Look().fate == Fate::kUnknown);
}

}  // namespace
}  // namespace audiodl
