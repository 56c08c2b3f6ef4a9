// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/downloads_underway.h"

#include <map>
#include <memory>
#include <optional>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

struct Rig {
  std::map<int, uint64_t> acknowledged;
  ProcessGauges::Slot slot;
  DownloadsUnderway all{&slot, [this](int socket) -> std::optional<uint64_t> {
                          if (!acknowledged.contains(socket)) return std::nullopt;
                          return acknowledged[socket];
                        }};
};

TEST_CASE("DownloadsUnderway: counts them and what they have left") {
  Rig rig;
  rig.acknowledged = {{3, 1000}, {4, 0}};
  auto one = std::make_unique<DownloadsUnderway::One>(rig.all, 3, 500);
  auto two = std::make_unique<DownloadsUnderway::One>(rig.all, 4, 700);
  CHECK(rig.slot.downloads == 2);
  CHECK(rig.slot.bytes_left == 1200);
  rig.acknowledged = {{3, 1100}, {4, 650}};
  CHECK(rig.slot.bytes_left == 1200);
  rig.all.Sample();
  CHECK(rig.slot.bytes_left == 450);
  two.reset();
  CHECK(rig.slot.downloads == 1);
  CHECK(rig.slot.bytes_left == 400);
  one.reset();
  CHECK(rig.slot.downloads == 0);
  CHECK(rig.slot.bytes_left == 0);
}

TEST_CASE("DownloadsUnderway: more than there was is nothing left") {
  Rig rig;
  rig.acknowledged = {{3, 0}};
  const DownloadsUnderway::One one(rig.all, 3, 500);
  rig.acknowledged[3] = 600;  // TLS
  rig.all.Sample();
  CHECK(rig.slot.bytes_left == 0);
  rig.acknowledged[3] = 0;  // another connection has the descriptor
  rig.all.Sample();
  CHECK(rig.slot.bytes_left == 500);
}

TEST_CASE("DownloadsUnderway: where the kernel does not say all is left") {
  Rig rig;
  {
    const DownloadsUnderway::One one(rig.all, -1, 500);
    rig.all.Sample();
    CHECK(rig.slot.bytes_left == 500);
  }
  CHECK(rig.slot.bytes_left == 0);
}

TEST_CASE("DownloadsUnderway: nobody counts, nobody minds") {
  DownloadsUnderway all(nullptr);
  CHECK_NOTHROW([&all] {
    const DownloadsUnderway::One one(all, -1, 5);
    all.Sample();
  }());
}

}  // namespace
}  // namespace audiodl
