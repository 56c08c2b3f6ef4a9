// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/quiet_finder.h"

#include <mpg123.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <string>

namespace audiodl {
namespace {

// Decoding begins so many frames earlier, whose bits and overlap the first ones need.
constexpr uint64_t kLeadFrames = 12;
// The decoder is sure of a frame when it has seen the next.
constexpr uint64_t kTailFrames = 4;

constexpr double kQuietLevel = 0.0056;  // -45 dB of full scale
constexpr double kQuietSeconds = 0.1;
constexpr double kFullScale = 32768;

struct DecoderDeleter {
  void operator()(mpg123_handle* decoder) const { mpg123_delete(decoder); }
};
using Decoder = std::unique_ptr<mpg123_handle, DecoderDeleter>;

Status CannotDecode(const std::string& why) {
  return Status(Code::kCorrupt, "the sound cannot be decoded: " + why);
}

// Older versions want to be initialised; newer ones do nothing then.
void InitOnce() {
  static std::once_flag once;
  std::call_once(once, [] { (void)mpg123_init(); });
}

Result<Decoder> OpenDecoder(uint32_t sample_rate) {
  InitOnce();
  int error = MPG123_OK;
  Decoder decoder(mpg123_new(nullptr, &error));
  if (!decoder) return CannotDecode(mpg123_plain_strerror(error));
  mpg123_handle* const handle = decoder.get();
  bool ok = mpg123_param(handle, MPG123_ADD_FLAGS, MPG123_MONO_MIX | MPG123_QUIET, 0) == MPG123_OK;
  // Frames are counted: nothing may be left out at the ends.
  ok = ok && mpg123_param(handle, MPG123_REMOVE_FLAGS, MPG123_GAPLESS, 0) == MPG123_OK;
  ok = ok && mpg123_format_none(handle) == MPG123_OK;
  ok = ok && mpg123_format(handle, sample_rate, MPG123_MONO, MPG123_ENC_SIGNED_16) == MPG123_OK;
  ok = ok && mpg123_open_feed(handle) == MPG123_OK;
  if (!ok) return CannotDecode(mpg123_strerror(handle));
  return decoder;
}

double LevelOf(const int16_t* samples, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<double>(samples[i]) * samples[i];
  return count == 0 ? 0 : std::sqrt(sum / static_cast<double>(count)) / kFullScale;
}

// The loudness of every frame that comes out.
Result<std::vector<double>> Decode(mpg123_handle* decoder) {
  std::vector<double> levels;
  for (;;) {
    off_t number = 0;
    unsigned char* audio = nullptr;
    size_t bytes = 0;
    const int outcome = mpg123_decode_frame(decoder, &number, &audio, &bytes);
    if (outcome == MPG123_NEW_FORMAT) continue;
    if (outcome == MPG123_NEED_MORE || outcome == MPG123_DONE) return levels;
    if (outcome != MPG123_OK) return CannotDecode(mpg123_strerror(decoder));
    levels.push_back(LevelOf(reinterpret_cast<const int16_t*>(audio), bytes / sizeof(int16_t)));
  }
}

// Frames [begin, end) that are all quiet.
struct Pause {
  size_t begin = 0;
  size_t end = 0;
  size_t length() const { return end - begin; }
  size_t middle() const { return begin + length() / 2; }
};

std::vector<Pause> FindPauses(const HeardFrames& frames) {
  const auto least = static_cast<size_t>(std::ceil(frames.a_second * kQuietSeconds));
  std::vector<Pause> pauses;
  for (size_t begin = 0; begin < frames.levels.size();) {
    size_t end = begin;
    while (end < frames.levels.size() && frames.levels[end] < kQuietLevel) ++end;
    if (end - begin >= least) pauses.push_back({begin, end});
    begin = end + 1;
  }
  return pauses;
}

// The frame nearest to the middle that needs nothing of those before it; else the middle.
size_t CutIn(const Pause& pause, const std::vector<bool>& stand_alone) {
  const size_t middle = pause.middle();
  for (size_t distance = 0; distance <= pause.length() / 2; ++distance) {
    if (middle + distance < pause.end && stand_alone[middle + distance]) return middle + distance;
    if (middle >= pause.begin + distance && stand_alone[middle - distance]) {
      return middle - distance;
    }
  }
  return middle;
}

}  // namespace

std::vector<QuietPlace> ChooseQuietPlaces(const HeardFrames& frames, size_t step) {
  const std::vector<Pause> pauses = FindPauses(frames);
  std::vector<QuietPlace> places;
  auto next = pauses.begin();
  for (size_t begin = 0; begin < frames.levels.size(); begin += step) {
    const size_t end = std::min(begin + step, frames.levels.size());
    Pause longest;
    for (; next != pauses.end() && next->middle() < end; ++next) {
      if (next->length() > longest.length()) longest = *next;
    }
    QuietPlace place;
    if (longest.length() > 0) {
      place.frame = CutIn(longest, frames.stand_alone);
      place.seconds = static_cast<double>(longest.length()) / frames.a_second;
    } else {
      const auto first = frames.levels.begin();
      place.frame =
          static_cast<uint64_t>(std::min_element(first + static_cast<std::ptrdiff_t>(begin),
                                                 first + static_cast<std::ptrdiff_t>(end)) -
                                first);
    }
    // A pause's frame may lie before the last stretch's.
    if (places.empty() || place.frame > places.back().frame) places.push_back(place);
  }
  return places;
}

Result<std::vector<double>> QuietFinder::Levels(uint64_t first, uint64_t end) {
  Result<Decoder> decoder = OpenDecoder(index_.facts().header.sample_rate);
  if (!decoder.ok()) return decoder.status();
  const uint64_t lead = std::min(kLeadFrames, first);
  const uint64_t stop = std::min(index_.count(), end + kTailFrames);
  std::vector<double> levels;
  for (uint64_t frame = first - lead; frame < stop; ++frame) {
    const uint64_t bytes = index_.bytes(frame, frame + 1);
    const std::string_view text = source_.At(index_.offset(frame), bytes);
    if (!source_.status().ok()) return source_.status();
    const auto* const data = reinterpret_cast<const unsigned char*>(text.data());
    if (mpg123_feed(decoder->get(), data, text.size()) != MPG123_OK) {
      return CannotDecode(mpg123_strerror(decoder->get()));
    }
    const Result<std::vector<double>> more = Decode(decoder->get());
    if (!more.ok()) return more.status();
    levels.insert(levels.end(), more->begin(), more->end());
    if (progress_) progress_(index_.offset(frame));
  }
  // Frames come out one by one as they go in; the first may not, for want of those before them.
  const uint64_t fed = stop - (first - lead);
  if (levels.size() > fed || levels.size() + lead < fed) {
    return CannotDecode("of " + std::to_string(fed) + " frames " + std::to_string(levels.size()) +
                        " came out");
  }
  levels.insert(levels.begin(), fed - levels.size(), 1.0);
  return std::vector<double>(levels.begin() + static_cast<std::ptrdiff_t>(lead),
                             levels.begin() + static_cast<std::ptrdiff_t>(lead + end - first));
}

Result<std::vector<QuietPlace>> QuietFinder::Find(uint64_t first, uint64_t end, uint64_t step) {
  Result<std::vector<double>> levels = Levels(first, end);
  if (!levels.ok()) return levels.status();
  const Mp3Header& header = index_.facts().header;
  HeardFrames frames;
  frames.levels = std::move(levels).value();
  frames.a_second = static_cast<double>(header.sample_rate) / header.samples();
  for (uint64_t frame = first; frame < end; ++frame) {
    frames.stand_alone.push_back(index_.StandsAlone(frame));
  }
  const uint64_t a_frame = std::max<uint64_t>(1, index_.bytes(first, end) / (end - first));
  std::vector<QuietPlace> places = ChooseQuietPlaces(frames, std::max<uint64_t>(1, step / a_frame));
  for (QuietPlace& place : places) place.frame += first;
  return places;
}

}  // namespace audiodl
