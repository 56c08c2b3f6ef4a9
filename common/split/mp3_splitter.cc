// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/mp3_splitter.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "common/base/digest.h"
#include "common/base/new_file.h"
#include "common/base/new_folder.h"
#include "common/base/units.h"
#include "common/split/chunk_tags.h"
#include "common/split/quiet_finder.h"
#include "common/split/xing_frame.h"

namespace audiodl {
namespace {

// How far a cut may lie from a chapter's end, to begin with a frame that stands alone.
constexpr uint64_t kNearMs = 50;

constexpr uint64_t kPlacesInLimit = 48;

std::vector<Chapter> ChaptersOf(const Id3Tag& tag) {
  std::vector<Chapter> chapters;
  for (const Id3Chapter& chapter : tag.chapters) {
    chapters.push_back({.start_ms = chapter.start_ms, .title = chapter.title});
  }
  return chapters;
}

// The frame to cut at for a chapter that begins at that time.
uint64_t ChapterFrame(const FrameIndex& index, uint64_t start_ms) {
  const uint64_t nearest = index.NearestToMs(start_ms);
  const auto off = [&](uint64_t frame) {
    const uint64_t ms = index.ms(frame);
    return ms > start_ms ? ms - start_ms : start_ms - ms;
  };
  for (uint64_t distance = 0; distance < index.count(); ++distance) {
    const uint64_t later = nearest + distance;
    const uint64_t earlier = nearest - std::min(distance, nearest);
    const bool later_fits = later <= index.count() && off(later) <= kNearMs;
    const bool earlier_fits = off(earlier) <= kNearMs;
    if (earlier_fits && index.StandsAlone(earlier)) return earlier;
    if (later_fits && index.StandsAlone(later)) return later;
    if (!later_fits && !earlier_fits) break;
  }
  return nearest;
}

Status Feed(ByteSource& source, uint64_t begin, uint64_t end,
            const std::function<Status(std::string_view)>& take) {
  while (begin < end) {
    const std::string_view piece =
        source.At(begin, std::min<uint64_t>(end - begin, ByteSource::kMaxBytes));
    if (!source.status().ok()) return source.status();
    if (piece.empty()) return Status(Code::kCorrupt, "the source is shorter than it was");
    if (Status status = take(piece); !status.ok()) return status;
    begin += piece.size();
  }
  return Status::Ok();
}

}  // namespace

// Makes the plan: the places to cut at, what each costs, what is in between.
struct Mp3Splitter::Cutter {
  const FrameIndex& index;
  QuietFinder& finder;
  const ChunkTags& tags;
  const SplitSizes sizes;
  std::vector<SplitPoint> points = {};

  // A chunk's size at most, with its tag.
  uint64_t BytesOf(uint64_t first, uint64_t end) const {
    const uint64_t header = index.facts().constant_bitrate ? 0 : kMaxXingFrameBytes;
    return index.bytes(first, end) + tags.MaxBytes({index.ms(first), index.ms(end)}) + header;
  }

  Status AddChapter(uint64_t first, uint64_t end) {
    if (BytesOf(first, end) > sizes.limit) {
      if (Status status = AddQuietCuts(first, end); !status.ok()) return status;
    }
    points.push_back({.frame = end, .kind = SplitPoint::Kind::kChapter});
    return Status::Ok();
  }

  // A place in each of so many stretches of a chunk's limit is choice enough.
  Status AddQuietCuts(uint64_t first, uint64_t end) {
    const uint64_t overhead = BytesOf(first, end) - index.bytes(first, end);
    if (sizes.target < 4 * overhead) {
      return Status::Invalid("the chunks would be too small for their tags of " +
                             FormatSize(overhead) +
                             " each: --target must be larger, or the cover smaller");
    }
    const Result<std::vector<QuietPlace>> places =
        finder.Find(first, end, (sizes.limit - overhead) / kPlacesInLimit);
    if (!places.ok()) return places.status();
    for (const QuietPlace& place : *places) {
      if (place.frame <= points.back().frame || place.frame >= end) continue;
      points.push_back(
          {.frame = place.frame,
           .kind = place.seconds > 0 ? SplitPoint::Kind::kQuiet : SplitPoint::Kind::kLoud,
           .pause_seconds = place.seconds});
    }
    return Status::Ok();
  }

  Status FindPoints(const std::vector<Chapter>& chapters) {
    points = {{.frame = 0, .kind = SplitPoint::Kind::kChapter}};
    uint64_t begin = 0;
    for (const Chapter& chapter : chapters) {
      const uint64_t frame = ChapterFrame(index, chapter.start_ms);
      if (frame <= begin || frame >= index.count()) continue;
      if (Status status = AddChapter(begin, frame); !status.ok()) return status;
      begin = frame;
    }
    return AddChapter(begin, index.count());
  }

  Result<std::vector<size_t>> Choose() const {
    return PlanSplit(
        points,
        [this](size_t from, size_t to) { return BytesOf(points[from].frame, points[to].frame); },
        sizes);
  }
};

Result<Mp3Splitter> Mp3Splitter::Open(const std::string& path, const SplitSettings& settings) {
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Status::FromErrno(errno, "open " + path);
  struct stat info;
  if (fstat(file.get(), &info) != 0) return Status::FromErrno(errno, path);
  if (!S_ISREG(info.st_mode)) return Status::Invalid(path + " is no regular file");
  Mp3Splitter splitter(std::move(file), static_cast<uint64_t>(info.st_size), settings.progress);
  Result<FrameIndex> index = FrameIndex::Make(
      *splitter.source_, [&](uint64_t bytes) { splitter.Tell(SplitStep::kRead, bytes); });
  if (!index.ok()) return Status(index.status().code(), path + ": " + index.status().text());
  splitter.index_ = std::make_unique<FrameIndex>(std::move(index).value());
  Status status = splitter.Plan(settings);
  if (!status.ok()) return Status(status.code(), path + ": " + status.text());
  return splitter;
}

Status Mp3Splitter::Plan(const SplitSettings& settings) {
  Id3Tag source_tag = Id3Tag::Read(*source_);
  if (settings.album) source_tag.album = *settings.album;
  if (settings.artist) source_tag.artist = *settings.artist;
  const std::vector<Chapter> chapters = settings.chapters.value_or(ChaptersOf(source_tag));
  const ChunkTags tags(source_tag, chapters);
  QuietFinder finder(*source_, *index_,
                     [this](uint64_t offset) { Tell(SplitStep::kListen, offset); });
  Cutter cutter = {.index = *index_, .finder = finder, .tags = tags, .sizes = settings.sizes};
  if (Status status = cutter.FindPoints(chapters); !status.ok()) return status;
  const Result<std::vector<size_t>> cuts = cutter.Choose();
  if (!cuts.ok()) return cuts.status();
  const size_t count = cuts->size() - 1;
  for (size_t i = 0; i < count; ++i) {
    const SplitPoint& begin = cutter.points[(*cuts)[i]];
    const SplitPoint& end = cutter.points[(*cuts)[i + 1]];
    SplitChunk chunk = {.first = begin.frame, .end = end.frame, .bytes = 0, .tag = {}};
    chunk.tag = tags.Make({index_->ms(chunk.first), index_->ms(chunk.end)}, i + 1, count);
    chunk.ends_at_chapter = end.kind == SplitPoint::Kind::kChapter;
    chunk.is_heard = end.kind == SplitPoint::Kind::kLoud;
    chunk.stands_alone = index_->StandsAlone(chunk.first);
    chunk.bytes = chunk.tag.Text().size() + index_->bytes(chunk.first, chunk.end);
    if (!index_->facts().constant_bitrate) {
      chunk.bytes += XingFrame(*index_, chunk.first, chunk.end).size();
    }
    chunks_.push_back(std::move(chunk));
  }
  return Status::Ok();
}

Status Mp3Splitter::WriteChunk(const SplitChunk& chunk, const std::string& path) {
  Result<NewFile> file = NewFile::Create(path);
  if (!file.ok()) return file.status();
  if (Status status = file->Append(chunk.tag.Text()); !status.ok()) return status;
  if (!index_->facts().constant_bitrate) {
    Status status = file->Append(XingFrame(*index_, chunk.first, chunk.end));
    if (!status.ok()) return status;
  }
  uint64_t offset = index_->offset(chunk.first);
  Status status = Feed(*source_, offset, index_->offset(chunk.end), [&](std::string_view bytes) {
    offset += bytes.size();
    Tell(SplitStep::kWrite, offset);
    return file->Append(bytes);
  });
  return status.ok() ? file->Commit() : status;
}

void Mp3Splitter::Tell(SplitStep step, uint64_t done) const {
  if (progress_) progress_(step, done, source_->size());
}

Status Mp3Splitter::CheckFrames(const Naming& path_of) {
  Sha256 joined;
  uint64_t compared = 0;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    const std::string path = path_of(i);
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info;
    if (!file.valid() || fstat(file.get(), &info) != 0) return Status::FromErrno(errno, path);
    ByteSource source(file.get(), static_cast<uint64_t>(info.st_size));
    const Result<Mp3Facts> facts =
        ScanMp3(source, [&](const Mp3Frame& /*frame*/, std::string_view bytes) {
          joined.Update(bytes);
          Tell(SplitStep::kCompare, compared += bytes.size());
        });
    if (!facts.ok()) return Status(facts.status().code(), path + ": " + facts.status().text());
  }
  Sha256 whole;
  const Mp3Facts& facts = index_->facts();
  Status status = Feed(*source_, facts.audio_begin, facts.audio_end, [&](std::string_view bytes) {
    whole.Update(bytes);
    return Status::Ok();
  });
  if (!status.ok()) return status;
  if (joined.Final() == whole.Final()) return Status::Ok();
  return Status(Code::kCorrupt,
                "the chunks' frames are not the source's: was it changed meanwhile?");
}

Status Mp3Splitter::Write(const std::string& folder, const Naming& name_of) {
  Result<NewFolder> made = NewFolder::Create(folder);
  if (!made.ok()) return made.status();
  const Naming path_of = [&](size_t number) { return made->path() + "/" + name_of(number); };
  for (size_t i = 0; i < chunks_.size(); ++i) {
    if (Status status = WriteChunk(chunks_[i], path_of(i)); !status.ok()) return status;
  }
  if (Status status = CheckFrames(path_of); !status.ok()) return status;
  return made->Commit();
}

}  // namespace audiodl
