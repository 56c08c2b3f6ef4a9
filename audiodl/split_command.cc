// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/split_command.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>

#include "audiodl/operator_cache.h"
#include "audiodl/options.h"
#include "audiodl/progress_line.h"
#include "common/audio/mp3_scan.h"
#include "common/base/file_io.h"
#include "common/base/json_text.h"
#include "common/base/new_folder.h"
#include "common/base/text.h"
#include "common/base/units.h"
#include "common/split/chapter_list.h"
#include "common/split/mp3_splitter.h"

namespace audiodl {
namespace {

constexpr uint64_t kDefaultTarget = uint64_t{30} << 20;
constexpr uint64_t kLeastTarget = uint64_t{64} << 10;
constexpr size_t kMaxListBytes = size_t{4} << 20;
constexpr size_t kMaxShown = 255;

Result<uint64_t> SizeOf(const Options& options, const std::string& name, uint64_t otherwise) {
  const std::optional<std::string> text = options.Value(name);
  if (!text) return otherwise;
  const Result<uint64_t> size = ParseSize(*text);
  if (!size.ok()) return Status::Invalid(name + ": " + size.status().text());
  if (*size < kLeastTarget) return Status::Invalid(name + ": less than 64K makes no chunk");
  return *size;
}

Result<SplitSizes> SizesOf(const Options& options) {
  SplitSizes sizes;
  const Result<uint64_t> target = SizeOf(options, "--target", kDefaultTarget);
  if (!target.ok()) return target.status();
  sizes.target = *target;
  const Result<uint64_t> limit = SizeOf(options, "--limit", *target + *target / 5);
  if (!limit.ok()) return limit.status();
  sizes.limit = *limit;
  if (sizes.limit < sizes.target) return Status::Invalid("--limit is less than --target");
  return sizes;
}

Status SetChapters(const Options& options, SplitSettings& settings) {
  const std::optional<std::string> cue = options.Value("--cue");
  const std::optional<std::string> list = options.Value("--chapters");
  if (cue && list) return Status::Invalid("--cue and --chapters exclude each other");
  if (!cue && !list) return Status::Ok();
  const std::string& path = cue ? *cue : *list;
  // What is wrong with the file is not the command line's fault.
  const Result<std::string> text = ReadWholeFile(path, kMaxListBytes);
  if (!text.ok()) return NotUsage(text.status());
  if (list) {
    Result<std::vector<Chapter>> chapters = ParseChapterList(*text);
    if (!chapters.ok()) return Status(Code::kCorrupt, path + ": " + chapters.status().text());
    settings.chapters = std::move(chapters).value();
    return Status::Ok();
  }
  Result<CueSheet> sheet = ParseCue(*text);
  if (!sheet.ok()) return Status(Code::kCorrupt, path + ": " + sheet.status().text());
  settings.chapters = std::move(sheet->chapters);
  if (!sheet->title.empty()) settings.album = sheet->title;
  if (!sheet->performer.empty()) settings.artist = sheet->performer;
  return Status::Ok();
}

Result<SplitSettings> SettingsOf(const Options& options) {
  SplitSettings settings;
  const Result<SplitSizes> sizes = SizesOf(options);
  if (!sizes.ok()) return sizes.status();
  settings.sizes = *sizes;
  if (Status status = SetChapters(options, settings); !status.ok()) return status;
  if (const auto album = options.Value("--album")) settings.album = album;
  if (const auto artist = options.Value("--artist")) settings.artist = artist;
  return settings;
}

// "01.mp3", with as many digits as the last one has.
std::string FileName(const std::string& prefix, size_t number, size_t count) {
  const std::string digits = std::to_string(number + 1);
  const size_t width = std::max<size_t>(2, std::to_string(count).size());
  return prefix + std::string(width - std::min(width, digits.size()), '0') + digits + ".mp3";
}

std::string TextLine(const SplitChunk& chunk, const std::string& name) {
  std::string line = name + ": " + FormatSize(chunk.bytes) + ", " +
                     FormatTime(std::chrono::milliseconds(chunk.tag.length_ms.value_or(0)));
  line += ", " + chunk.tag.title;
  if (!chunk.ends_at_chapter) line += chunk.is_heard ? ", CUT IN SOUND" : ", ends within a chapter";
  return Printable(line, kMaxShown);
}

std::string JsonLine(const SplitChunk& chunk, const std::string& name) {
  return JsonObject()
      .Add("file", name)
      .Add("size", chunk.bytes)
      .Add("frames", chunk.end - chunk.first)
      .Add("duration_ms", chunk.tag.length_ms.value_or(0))
      .Add("title", chunk.tag.title)
      .Add("chapters", uint64_t{chunk.tag.chapters.size()})
      .Add("ends_at_chapter", chunk.ends_at_chapter)
      .Add("cut_in_sound", chunk.is_heard)
      .Add("stands_alone", chunk.stands_alone)
      .Text();
}

struct SplitJob {
  std::string source;
  std::string folder;
  std::string prefix;
  SplitSettings settings;
};

// A line for each step, on a terminal.
class StepLine {
 public:
  explicit StepLine(std::ostream& err) : err_(err) {}

  void Update(SplitStep step, uint64_t done, uint64_t of) {
    if (!line_ || step != step_) {
      line_.reset();
      line_ = std::make_unique<ProgressLine>(err_, Word(step), of);
      step_ = step;
    }
    line_->Update(done);
  }
  // Before anything else is written.
  void Wipe() { line_.reset(); }

 private:
  static const char* Word(SplitStep step) {
    switch (step) {
      case SplitStep::kRead:
        return "reading";
      case SplitStep::kListen:
        return "looking for pauses";
      case SplitStep::kWrite:
        return "writing";
      case SplitStep::kCompare:
        return "comparing";
    }
    return "";
  }

  std::ostream& err_;
  std::unique_ptr<ProgressLine> line_;
  SplitStep step_{};
};

ExitCode Failed(const Status& status, const Console& console) {
  (void)Complain(kSplitCommand, status, console);
  return status.code() == Code::kCorrupt ? kNegative : kTrouble;
}

ExitCode Split(SplitJob job, const Options& options, const Console& console) {
  if (const Status status = CheckEmptyFolder(job.folder); !status.ok()) {
    return Failed(status, console);
  }
  StepLine line(console.err);
  job.settings.progress = [&](SplitStep step, uint64_t done, uint64_t of) {
    line.Update(step, done, of);
  };
  Result<Mp3Splitter> splitter = Mp3Splitter::Open(job.source, job.settings);
  line.Wipe();
  if (!splitter.ok()) return Failed(splitter.status(), console);
  if (const std::string& warning = splitter->index().facts().warning; !warning.empty()) {
    console.err << "audiodl split: " << job.source << ": " << warning << "\n";
  }
  const std::vector<SplitChunk>& chunks = splitter->chunks();
  const auto name_of = [&](size_t i) { return FileName(job.prefix, i, chunks.size()); };
  if (!options.Has("-n")) {
    const Status written = splitter->Write(job.folder, name_of);
    line.Wipe();
    if (!written.ok()) return Failed(written, console);
  }
  for (size_t i = 0; i < chunks.size(); ++i) {
    console.out << (options.Has("--json") ? JsonLine(chunks[i], name_of(i))
                                          : TextLine(chunks[i], name_of(i)))
                << "\n";
  }
  return kDone;
}

ExitCode RunSplit(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"-n", "--json"},
                                 .values = {"--out", "--target", "--limit", "--cue", "--chapters",
                                            "--album", "--artist", "--prefix"}});
  if (!options.ok()) return Refuse(kSplitCommand, options.status(), console);
  if (options->operands().size() != 1 || !options->Value("--out")) {
    return UsageError(kSplitCommand, "it takes one SOURCE.mp3, and --out FOLDER", console);
  }
  Result<SplitSettings> settings = SettingsOf(*options);
  if (!settings.ok()) return Refuse(kSplitCommand, settings.status(), console);
  SplitJob job = {.source = options->operands()[0],
                  .folder = *options->Value("--out"),
                  .prefix = options->Value("--prefix").value_or(""),
                  .settings = std::move(settings).value()};
  if (job.prefix.find('/') != std::string::npos || job.prefix.starts_with('.')) {
    return UsageError(kSplitCommand, "--prefix begins a file's name: no '/', no '.' first",
                      console);
  }
  return Split(std::move(job), *options, console);
}

}  // namespace

const Command kSplitCommand = {
    .name = "split",
    .arguments = "--out FOLDER [OPTION]... SOURCE.mp3",
    .summary = "split a long mp3 into chunks that end where chapters do",
    .help =
        "Nothing is encoded anew: the chunks' frames, one after the other, are the source's. "
        "Where\n"
        "a chapter is larger than the limit it is cut where it is quiet. Each chunk has title,\n"
        "album, artist, number, length, and its chapters in its tag.\n"
        "\n"
        "  --out FOLDER     01.mp3, 02.mp3 and so on; it must be empty, or not be there: all of\n"
        "                   them come into it at once, when all were written and compared\n"
        "  --target SIZE    about how large a chunk is; the default is 30M\n"
        "  --limit SIZE     how large it may be; the default is a fifth more than the target\n"
        "  --cue FILE       a cue sheet has the chapters, in place of the source's ID3 tag\n"
        "  --chapters FILE  a list has them: lines like 1:02:03.500 The End\n"
        "  --album TEXT     in place of the source's, or the cue sheet's\n"
        "  --artist TEXT    likewise\n"
        "  --prefix TEXT    begins the files' names: \"Dune \" gives \"Dune 01.mp3\"\n"
        "  -n               only say what would be written\n"
        "  --json           a JSON object a line for each chunk\n"
        "\n"
        "The answer is no (exit code 1) where the source is not whole.\n",
    .run = RunSplit,
};

}  // namespace audiodl
