// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/audio_file.h"

#include <utility>

#include "common/audio/byte_source.h"
#include "common/audio/id3_tag.h"
#include "common/audio/mp3_scan.h"
#include "common/audio/mp4_scan.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

Result<AudioFacts> InspectMp3(ByteSource& source) {
  Result<Mp3Facts> scanned = ScanMp3(source);
  if (!scanned.ok()) return scanned.status();
  Id3Tag tag = Id3Tag::Read(source);
  if (!source.status().ok()) return source.status();
  AudioFacts facts;
  facts.kind = AudioFacts::Kind::kMp3;
  facts.duration = scanned->duration();
  facts.bitrate = scanned->bitrate();
  facts.title = std::move(tag.title);
  facts.album = std::move(tag.album);
  facts.artist = std::move(tag.artist);
  facts.warning = std::move(scanned->warning);
  for (Id3Chapter& chapter : tag.chapters) {
    facts.chapters.push_back({.start_ms = chapter.start_ms, .title = std::move(chapter.title)});
  }
  return facts;
}

Result<AudioFacts> InspectMp4(ByteSource& source) {
  Result<Mp4Facts> scanned = ScanMp4(source);
  if (!scanned.ok()) return scanned.status();
  AudioFacts facts;
  facts.kind = AudioFacts::Kind::kMp4;
  facts.duration = scanned->duration;
  if (facts.duration && facts.duration->count() > 0) {
    facts.bitrate = static_cast<uint32_t>(source.size() * 8000 /
                                          static_cast<uint64_t>(facts.duration->count()));
  }
  facts.title = std::move(scanned->title);
  facts.album = std::move(scanned->album);
  facts.artist = std::move(scanned->artist);
  for (Mp4Chapter& chapter : scanned->chapters) {
    facts.chapters.push_back({.start_ms = chapter.start_ms, .title = std::move(chapter.title)});
  }
  return facts;
}

}  // namespace

AudioFacts::Kind KindOf(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return AudioFacts::Kind::kOther;
  const std::string_view ending = file_name.substr(dot + 1);
  if (EqualsIgnoreCase(ending, "mp3")) return AudioFacts::Kind::kMp3;
  if (EqualsIgnoreCase(ending, "m4a") || EqualsIgnoreCase(ending, "m4b")) {
    return AudioFacts::Kind::kMp4;
  }
  return AudioFacts::Kind::kOther;
}

Result<AudioFacts> InspectAudio(int fd, uint64_t size, std::string_view file_name,
                                std::function<void(uint64_t end)> on_read) {
  if (size == 0) return Status(Code::kCorrupt, "it is empty");
  ByteSource source(fd, size);
  source.OnRead(std::move(on_read));
  switch (KindOf(file_name)) {
    case AudioFacts::Kind::kMp3:
      return InspectMp3(source);
    case AudioFacts::Kind::kMp4:
      return InspectMp4(source);
    case AudioFacts::Kind::kOther:
      break;
  }
  return AudioFacts();
}

}  // namespace audiodl
