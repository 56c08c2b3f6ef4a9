// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/chapter_list.h"

#include <array>
#include <functional>
#include <optional>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr uint64_t kMaxHours = 1000;

Status InLine(size_t number, const std::string& what) {
  return Status::Invalid("line " + std::to_string(number) + ": " + what);
}

// Calls `take` with each line, trimmed, without a byte order mark; empty ones are left out.
Status EachLine(std::string_view text,
                const std::function<Status(size_t number, std::string_view line)>& take) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (Status status = take(number, line); !status.ok()) return status;
  }
  return Status::Ok();
}

// Numbers between colons: "01:02:03" gives three.
std::optional<std::vector<uint64_t>> Numbers(std::string_view text) {
  std::vector<uint64_t> numbers;
  for (;;) {
    const size_t colon = text.find(':');
    const std::optional<uint64_t> number = ParseDecimal(text.substr(0, colon));
    if (!number || *number > kMaxHours * 3600) return std::nullopt;
    numbers.push_back(*number);
    if (colon == std::string_view::npos) return numbers;
    text.remove_prefix(colon + 1);
  }
}

// "mm:ss:ff", of which a second has 75.
std::optional<uint64_t> CueTime(std::string_view text) {
  const std::optional<std::vector<uint64_t>> parts = Numbers(text);
  if (!parts || parts->size() != 3 || (*parts)[1] > 59 || (*parts)[2] > 74) return std::nullopt;
  return ((*parts)[0] * 60 + (*parts)[1]) * 1000 + (*parts)[2] * 1000 / 75;
}

// ".5", ".567": thousandths.
std::optional<uint64_t> Milliseconds(std::string_view digits) {
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  std::string three(digits.substr(0, 3));
  three.resize(3, '0');
  return ParseDecimal(digits) ? ParseDecimal(three) : std::nullopt;
}

// [H:]MM:SS[.mmm]
std::optional<uint64_t> ListTime(std::string_view text) {
  const size_t dot = text.find_first_of(".,");
  const std::optional<uint64_t> rest = dot == std::string_view::npos
                                           ? std::optional<uint64_t>(0)
                                           : Milliseconds(text.substr(dot + 1));
  const std::optional<std::vector<uint64_t>> parts = Numbers(text.substr(0, dot));
  if (!rest || !parts || parts->size() < 2 || parts->size() > 3) return std::nullopt;
  if (parts->back() > 59) return std::nullopt;
  if (parts->size() == 3 && (*parts)[1] > 59) return std::nullopt;
  uint64_t seconds = 0;
  for (const uint64_t part : *parts) seconds = seconds * 60 + part;
  return seconds * 1000 + *rest;
}

// The text of `TITLE "…"`: quotes are no part of it, nor must they be there.
std::string Unquoted(std::string_view text) {
  text = Trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text);
}

Status Append(Chapter chapter, size_t line, std::vector<Chapter>& chapters) {
  if (!chapters.empty() && chapter.start_ms < chapters.back().start_ms) {
    return InLine(line, "a chapter begins before the one above it");
  }
  chapters.push_back(std::move(chapter));
  return Status::Ok();
}

class CueReader {
 public:
  Status Take(size_t number, std::string_view line) {
    const size_t blank = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view word = line.substr(0, blank);
    const std::string_view rest = Trim(line.substr(blank));
    if (EqualsIgnoreCase(word, "TRACK")) {
      in_track_ = true;
      title_.clear();
    } else if (EqualsIgnoreCase(word, "TITLE")) {
      (in_track_ ? title_ : sheet.title) = Unquoted(rest);
    } else if (EqualsIgnoreCase(word, "PERFORMER") && !in_track_) {
      sheet.performer = Unquoted(rest);
    } else if (EqualsIgnoreCase(word, "FILE") && in_track_) {
      return InLine(number, "the sheet is of several files, and only one is to be split");
    } else if (EqualsIgnoreCase(word, "INDEX")) {
      return TakeIndex(number, rest);
    }
    return Status::Ok();
  }

  CueSheet sheet;

 private:
  // Index 00 is the pause before a track.
  Status TakeIndex(size_t number, std::string_view rest) {
    const size_t blank = std::min(rest.find_first_of(" \t"), rest.size());
    if (ParseDecimal(rest.substr(0, blank)) != 1) return Status::Ok();
    const std::optional<uint64_t> start = CueTime(Trim(rest.substr(blank)));
    if (!start) return InLine(number, "write INDEX 01 mm:ss:ff");
    return Append({.start_ms = *start, .title = title_}, number, sheet.chapters);
  }

  bool in_track_ = false;
  std::string title_;
};

class ListReader {
 public:
  Status Take(size_t number, std::string_view line) {
    if (line.front() == '#') return Status::Ok();
    if (EqualsIgnoreCase(line.substr(0, 7), "CHAPTER")) return TakeAssignment(number, line);
    const size_t blank = std::min(line.find_first_of(" \t"), line.size());
    const std::optional<uint64_t> start = ListTime(line.substr(0, blank));
    if (!start) return InLine(number, "write a time and a title, as 1:02:03.500 The End");
    return Append({.start_ms = *start, .title = std::string(Trim(line.substr(blank)))}, number,
                  chapters);
  }

  std::vector<Chapter> chapters;

 private:
  Status TakeAssignment(size_t number, std::string_view line) {
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) return InLine(number, "there is no '='");
    const std::string_view name = line.substr(0, equals);
    const std::string_view value = Trim(line.substr(equals + 1));
    if (name.size() > 4 && EqualsIgnoreCase(name.substr(name.size() - 4), "NAME")) {
      if (chapters.empty()) return InLine(number, "a name stands before its time");
      chapters.back().title = value;
      return Status::Ok();
    }
    const std::optional<uint64_t> start = ListTime(value);
    if (!start) return InLine(number, "write CHAPTER01=00:00:00.000");
    return Append({.start_ms = *start, .title = {}}, number, chapters);
  }
};

}  // namespace

Result<CueSheet> ParseCue(std::string_view text) {
  CueReader reader;
  Status status = EachLine(
      text, [&](size_t number, std::string_view line) { return reader.Take(number, line); });
  if (!status.ok()) return status;
  if (reader.sheet.chapters.empty())
    return Status::Invalid("there is no track with INDEX 01 in it");
  return std::move(reader.sheet);
}

Result<std::vector<Chapter>> ParseChapterList(std::string_view text) {
  ListReader reader;
  Status status = EachLine(
      text, [&](size_t number, std::string_view line) { return reader.Take(number, line); });
  if (!status.ok()) return status;
  if (reader.chapters.empty()) return Status::Invalid("there is no chapter in it");
  return std::move(reader.chapters);
}

}  // namespace audiodl
