// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Splits a long mp3 into chunks without decoding what goes into them: the chunks' frames, one after
// the other, are the source's, byte for byte. Each chunk ends where a chapter does, or, within a
// chapter that is too long, where it is quiet.
//
//   Result<Mp3Splitter> splitter = Mp3Splitter::Open("dune.mp3", {.sizes = …});
//   for (const SplitChunk& chunk : splitter->chunks()) …
//   Status written = splitter->Write("/srv/chunks/dune", …);
//
// A frame's data may begin in the frames before it (the "bit reservoir"). A chunk begins with a
// frame that needs none of them where there is one within 50 ms; where there is none, players keep
// silent for its first frame or two, a twentieth of a second in the pause before a chapter.
//
// Chunks have an ID3v2.3 tag: title, album, artist, track N/M, length, their chapters, and what the
// source's tag had besides. Where the bitrate varies they begin with a Xing header. One thread.

#ifndef AUDIODL_COMMON_SPLIT_MP3_SPLITTER_H_
#define AUDIODL_COMMON_SPLIT_MP3_SPLITTER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/audio/byte_source.h"
#include "common/audio/id3_tag.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/book/manifest.h"
#include "common/split/frame_index.h"
#include "common/split/split_plan.h"

namespace audiodl {

// What it is at, in this order; it listens only to chapters that are too long.
enum class SplitStep : unsigned char { kRead, kListen, kWrite, kCompare };

// Told with every frame or mebibyte how far into the source it is, and how long that is, in bytes.
using SplitProgress = std::function<void(SplitStep step, uint64_t done, uint64_t of)>;

struct SplitSettings {
  SplitSizes sizes;
  std::optional<std::vector<Chapter>> chapters = std::nullopt;  // none: the source's own
  std::optional<std::string> album = std::nullopt;              // none: as the source's tag has it
  std::optional<std::string> artist = std::nullopt;
  SplitProgress progress = {};
};

struct SplitChunk {
  uint64_t first = 0;  // frames [first, end)
  uint64_t end = 0;
  uint64_t bytes = 0;  // of the whole file, its tag among them
  Id3Tag tag;
  bool ends_at_chapter = true;  // or at the source's end
  bool is_heard = false;        // the cut at its end is in the middle of sound
  bool stands_alone = true;     // its first frame needs no other
};

class Mp3Splitter {
 public:
  // Reads the source, decides. kCorrupt: as ScanMp3(). kInvalid: sizes too small for its tag.
  static Result<Mp3Splitter> Open(const std::string& path, const SplitSettings& settings);

  const std::vector<SplitChunk>& chunks() const { return chunks_; }
  const FrameIndex& index() const { return *index_; }

  // Called before chunk `number` (from 0) is written; its file's name.
  using Naming = std::function<std::string(size_t number)>;

  // Writes all of them, reads them again and compares their frames with the source's. The folder,
  // which must not be there or be empty, has all of them then; before, and where it fails or is
  // killed, it stays what it was. kChanged: there is something in it. kCorrupt: the disk is lying,
  // or somebody writes to the source.
  Status Write(const std::string& folder, const Naming& name_of);

 private:
  struct Cutter;

  Mp3Splitter(UniqueFd file, uint64_t size, SplitProgress progress)
      : file_(std::move(file)),
        source_(std::make_unique<ByteSource>(file_.get(), size)),
        progress_(std::move(progress)) {}

  Status Plan(const SplitSettings& settings);
  Status WriteChunk(const SplitChunk& chunk, const std::string& path);
  Status CheckFrames(const Naming& path_of);
  void Tell(SplitStep step, uint64_t done) const;

  UniqueFd file_;
  std::unique_ptr<ByteSource> source_;
  SplitProgress progress_;
  std::unique_ptr<FrameIndex> index_;
  std::vector<SplitChunk> chunks_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SPLIT_MP3_SPLITTER_H_
