// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/quiet_finder.h"

#include "tests/unit/audio/mp3_sample.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr double kLoud = 0.2;

// Ten frames a second; loud but for the frames [begin, end) of each pair.
HeardFrames Heard(size_t count, const std::vector<std::pair<size_t, size_t>>& pauses) {
  HeardFrames frames;
  frames.levels.assign(count, kLoud);
  frames.stand_alone.assign(count, false);
  frames.a_second = 10;
  for (const auto& [begin, end] : pauses) {
    for (size_t i = begin; i < end; ++i) frames.levels[i] = 0.001;
  }
  return frames;
}

TEST_CASE("ChooseQuietPlaces: the middle of the longest pause of each stretch") {
  const auto places = ChooseQuietPlaces(Heard(100, {{10, 12}, {20, 30}, {60, 64}}), 50);
  REQUIRE(places.size() == 2);
  CHECK(places[0].frame == 25);
  CHECK(places[0].seconds == 1.0);
  CHECK(places[1].frame == 62);
}

TEST_CASE("ChooseQuietPlaces: where nothing is quiet, the quietest frame") {
  HeardFrames frames = Heard(100, {{10, 20}});
  frames.levels[77] = 0.1;
  const auto places = ChooseQuietPlaces(frames, 50);
  REQUIRE(places.size() == 2);
  CHECK(places[1].frame == 77);
  CHECK(places[1].seconds == 0);
}

TEST_CASE("ChooseQuietPlaces: a moment is no pause") {
  HeardFrames frames = Heard(100, {{10, 12}});
  frames.a_second = 100;  // two frames are 20 ms
  CHECK(ChooseQuietPlaces(frames, 100).at(0).seconds == 0);
}

TEST_CASE("ChooseQuietPlaces: a frame that stands alone, if the pause has one") {
  HeardFrames frames = Heard(100, {{20, 40}});
  frames.stand_alone[36] = true;
  frames.stand_alone[50] = true;
  CHECK(ChooseQuietPlaces(frames, 100).at(0).frame == 36);
  frames.stand_alone[27] = true;
  CHECK(ChooseQuietPlaces(frames, 100).at(0).frame == 27);
}

TEST_CASE("QuietFinder: silence is heard as silence, a tone is not, at the ends as well") {
  const std::string silence = SilentFrames(200);
  ByteSource quiet(silence);
  const FrameIndex quiet_index = FrameIndex::Make(quiet).value();
  const auto all = QuietFinder(quiet, quiet_index).Find(0, 200, 417 * 1000);
  REQUIRE(all.ok());
  REQUIRE(all->size() == 1);
  CHECK(all->front().frame == 100);
  CHECK(all->front().seconds > 5);

  const std::string tone = Sample("mpeg1-cbr-joint.mp3");
  ByteSource loud(tone);
  const FrameIndex loud_index = FrameIndex::Make(loud).value();
  const auto none = QuietFinder(loud, loud_index).Find(10, 30, 1000000);
  REQUIRE(none.ok());
  CHECK(none->at(0).seconds == 0);
  CHECK(none->at(0).frame >= 10);
}

}  // namespace
}  // namespace audiodl
