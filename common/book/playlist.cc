// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/playlist.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "common/base/text.h"
#include "common/book/markup_writer.h"
#include "common/http/file_name.h"

namespace audiodl {
namespace {

constexpr char kXmlHead[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr size_t kMaxCueTracks = 99;
constexpr uint64_t kCueFramesPerSecond = 75;

// One line, whatever a title holds.
std::string OnOneLine(std::string_view text) {
  std::string line(text);
  std::replace_if(line.begin(), line.end(), IsControl, ' ');
  return line;
}

// Text in quotes, which has no way to hold a quote.
std::string CueText(std::string_view text) {
  std::string line = OnOneLine(text);
  std::replace(line.begin(), line.end(), '"', '\'');
  return "\"" + line + "\"";
}

std::string CueTime(uint64_t milliseconds) {
  const uint64_t seconds = milliseconds / 1000;
  char text[48];
  (void)std::snprintf(
      text, sizeof text, "%02llu:%02llu:%02llu", static_cast<unsigned long long>(seconds / 60),
      static_cast<unsigned long long>(seconds % 60),
      static_cast<unsigned long long>(milliseconds % 1000 * kCueFramesPerSecond / 1000));
  return text;
}

std::string Two(size_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// The format knows no other compressed sound than MP3; players take WAVE for "find out".
const char* CueKind(const PartView& part) { return part.type == "audio/mpeg" ? "MP3" : "WAVE"; }

// What a part consists of: its chapters, or itself. A first chapter that begins late leaves no gap.
std::vector<Chapter> TracksOf(const PartView& part) {
  if (part.chapters.empty()) return {{0, part.title}};
  std::vector<Chapter> tracks = part.chapters;
  if (tracks.front().start_ms > 0) tracks.insert(tracks.begin(), {0, part.title});
  return tracks;
}

// Seconds with three decimals, as players other than Apple's read them too.
std::string Seconds(uint64_t milliseconds) {
  char text[40];
  (void)std::snprintf(text, sizeof text, "%llu.%03llu",
                      static_cast<unsigned long long>(milliseconds / 1000),
                      static_cast<unsigned long long>(milliseconds % 1000));
  return text;
}

void WriteMetalinkFile(const BookView& book, const PartView& part, MarkupWriter& xml) {
  xml.Open("file", {{"name", SafeFileName(book.title) + "/" + part.file_name}}).Line();
  xml.Leaf("identity", book.title);
  xml.Leaf("description", part.title);
  if (part.size) xml.Leaf("size", std::to_string(*part.size));
  if (!book.language.empty()) xml.Leaf("language", book.language);
  if (!part.sha256.empty()) xml.Leaf("hash", part.sha256, {{"type", "sha-256"}});
  xml.Leaf("url", book.address.PartUrl(part.name), {{"priority", "1"}});
  for (const std::string& mirror : book.address.mirrors) {
    xml.Leaf("url", book.address.PartUrlOn(mirror, part.name), {{"priority", "1"}});
  }
  xml.Close().Line();
}

}  // namespace

std::string RenderM3u8(const BookView& book) {
  std::string text = "#EXTM3U\n#PLAYLIST:" + OnOneLine(book.title) + "\n";
  text += "#EXTALB:" + OnOneLine(book.title) + "\n";
  if (!book.author.empty()) text += "#EXTART:" + OnOneLine(book.author) + "\n";
  for (const PartView& part : book.parts) {
    text += "#EXTINF:" + (part.duration_ms ? Seconds(*part.duration_ms) : "-1") + ",";
    if (!book.author.empty()) text += OnOneLine(book.author) + " - ";
    text += OnOneLine(part.title) + "\n" + book.address.PartUrl(part.name) + "\n";
  }
  return text;
}

std::string RenderXspf(const BookView& book) {
  MarkupWriter xml;
  xml.Raw(kXmlHead);
  xml.Open("playlist", {{"version", "1"}, {"xmlns", "http://xspf.org/ns/0/"}}).Line();
  xml.Leaf("title", book.title);
  if (!book.author.empty()) xml.Leaf("creator", book.author);
  if (!book.description.empty()) xml.Leaf("annotation", book.description);
  xml.Leaf("info", book.address.PageUrl());
  if (!book.cover.empty()) xml.Leaf("image", book.cover);
  xml.Open("trackList").Line();
  size_t number = 0;
  for (const PartView& part : book.parts) {
    xml.Open("track").Line();
    xml.Leaf("location", book.address.PartUrl(part.name));
    xml.Leaf("title", part.title);
    if (!book.author.empty()) xml.Leaf("creator", book.author);
    xml.Leaf("album", book.title);
    xml.Leaf("trackNum", std::to_string(++number));
    if (part.duration_ms) xml.Leaf("duration", std::to_string(*part.duration_ms));
    xml.Close().Line();
  }
  return xml.Close().Line().Close().Line().Take();
}

std::optional<std::string> RenderCue(const BookView& book) {
  std::string text;
  if (!book.author.empty()) text += "PERFORMER " + CueText(book.author) + "\n";
  text += "TITLE " + CueText(book.title) + "\n";
  size_t number = 0;
  for (const PartView& part : book.parts) {
    text += "FILE " + CueText(part.file_name) + " " + CueKind(part) + "\n";
    for (const Chapter& track : TracksOf(part)) {
      if (++number > kMaxCueTracks) return std::nullopt;
      text += "  TRACK " + Two(number) + " AUDIO\n    TITLE " + CueText(track.title) +
              "\n    INDEX 01 " + CueTime(track.start_ms) + "\n";
    }
  }
  return text;
}

std::string RenderMetalink(const BookView& book) {
  MarkupWriter xml;
  xml.Raw(kXmlHead);
  xml.Open("metalink", {{"xmlns", "urn:ietf:params:xml:ns:metalink"}}).Line();
  xml.Leaf("generator", "mod_audiodl");
  for (const PartView& part : book.parts) WriteMetalinkFile(book, part, xml);
  return xml.Close().Line().Take();
}

}  // namespace audiodl
