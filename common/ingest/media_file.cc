// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/media_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <span>

#include "common/audio/audio_file.h"
#include "common/base/file_io.h"
#include "common/base/text.h"
#include "common/base/unique_fd.h"
#include "common/base/utf8.h"
#include "common/cache/chunk_name.h"

namespace audiodl {
namespace {

constexpr uint64_t kEnd = 4096;  // bytes at a file's end that are looked at
constexpr uint64_t kMaxText = uint64_t{64} << 20;

constexpr std::array<std::string_view, 3> kAudio = {"mp3", "m4a", "m4b"};
constexpr std::array<std::string_view, 5> kImages = {"jpg", "jpeg", "png", "gif", "webp"};
constexpr std::array<std::string_view, 6> kTexts = {"xml", "rss", "json", "txt", "vtt", "srt"};
// httpd looks at every ending of a name, not only at the last.
constexpr std::array<std::string_view, 13> kScripts = {
    "php", "phtml", "phar", "phps", "pht", "cgi", "pl", "py", "sh", "asp", "shtml", "var", "html"};

template <size_t n>
bool Has(const std::array<std::string_view, n>& endings, std::string_view ending) {
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

std::string EndingOf(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string() : ToLower(name.substr(dot + 1));
}

std::string_view NamePart(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool MayHave(MediaKind kind, std::string_view ending) {
  switch (kind) {
    case MediaKind::kSamples:
      return Has(kAudio, ending);
    case MediaKind::kImages:
      return Has(kImages, ending);
    case MediaKind::kPodcasts:
      break;
  }
  return Has(kAudio, ending) || Has(kImages, ending) || Has(kTexts, ending);
}

std::string_view Endings(MediaKind kind) {
  switch (kind) {
    case MediaKind::kSamples:
      return "samples/ takes .mp3, .m4a and .m4b";
    case MediaKind::kImages:
      return "images/ takes .jpg, .png, .gif and .webp";
    case MediaKind::kPodcasts:
      break;
  }
  return "podcasts/ takes audio (.mp3, .m4a, .m4b), images, .xml, .json, .txt, .vtt and .srt";
}

// "php" of "x.php.jpg": endings before the last.
bool LooksLikeScript(std::string_view name) {
  for (size_t dot = name.find('.'); dot != std::string_view::npos;) {
    const size_t next = name.find('.', dot + 1);
    std::string ending = ToLower(name.substr(dot + 1, next - dot - 1));
    while (!ending.empty() && IsDigit(ending.back())) ending.pop_back();  // php8
    if (Has(kScripts, ending)) return true;
    dot = next;
  }
  return false;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

Status Corrupt(std::string_view what) { return Status(Code::kCorrupt, std::string(what)); }

Status CheckImage(std::string_view ending, uint64_t size, std::string_view head,
                  std::string_view tail) {
  using namespace std::string_view_literals;
  if (ending == "png") {
    if (!head.starts_with("\x89PNG\r\n\x1a\n"sv)) return Corrupt("it is no PNG image");
    return tail.ends_with("IEND\xae\x42\x60\x82"sv) ? Status::Ok()
                                                    : Corrupt("the PNG image is cut");
  }
  if (ending == "gif") {
    if (!head.starts_with("GIF8")) return Corrupt("it is no GIF image");
    return tail.ends_with(";") ? Status::Ok() : Corrupt("the GIF image is cut");
  }
  if (ending == "webp") {
    if (!head.starts_with("RIFF") || head.substr(8, 4) != "WEBP") {
      return Corrupt("it is no WebP image");
    }
    uint64_t said = 0;
    for (size_t i = 4; i-- > 0;) said = said << 8 | static_cast<unsigned char>(head[4 + i]);
    return said + 8 <= size ? Status::Ok() : Corrupt("the WebP image is cut");
  }
  if (!head.starts_with("\xff\xd8\xff"sv)) return Corrupt("it is no JPEG image");
  // Cameras and editors append data of their own behind the end.
  return tail.find("\xff\xd9"sv) != std::string_view::npos ? Status::Ok()
                                                           : Corrupt("the JPEG image is cut");
}

Status CheckText(std::string_view ending, std::string_view text) {
  if (!IsUtf8(text) || text.find('\0') != std::string_view::npos) {
    return Corrupt("it is no text in UTF-8");
  }
  const std::string_view body = Trim(text);
  if (ending == "xml" || ending == "rss") {
    const bool has_mark = body.starts_with("\xef\xbb\xbf");
    if (!body.substr(has_mark ? 3 : 0).starts_with('<')) return Corrupt("it is no XML");
    return body.ends_with('>') ? Status::Ok() : Corrupt("the XML is cut");
  }
  if (ending == "json") {
    return body.ends_with('}') || body.ends_with(']') ? Status::Ok() : Corrupt("the JSON is cut");
  }
  return Status::Ok();
}

Result<std::string> ReadPart(int fd, uint64_t offset, uint64_t bytes) {
  std::string part(bytes, '\0');
  Status status = ReadAt(fd, offset, std::span(part));
  if (!status.ok()) return status;
  return part;
}

}  // namespace

Status CheckMediaName(MediaKind kind, std::string_view path) {
  // The rules for what a URL can have are a chunk's.
  const auto chunk = ChunkName::Parse("x/" + std::string(path));
  if (!chunk.ok()) return Status::Invalid("the name has " + chunk.status().text());
  if (!IsUtf8(path)) return Status::Invalid("the name is not UTF-8: rename it");
  if (!MayHave(kind, EndingOf(NamePart(path)))) return Status::Invalid(std::string(Endings(kind)));
  if (LooksLikeScript(NamePart(path))) {
    return Status::Invalid(
        "the web server might run a file of this name as a script: take the ending in the middle "
        "out");
  }
  return Status::Ok();
}

Status CheckMediaContent(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, path);
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size == 0) return Corrupt("it is empty");
  const std::string ending = EndingOf(path);
  if (Has(kAudio, ending)) return InspectAudio(fd.get(), size, NamePart(path)).status();
  if (Has(kTexts, ending)) {
    if (size > kMaxText) return Corrupt("it is far too long for a text");
    const Result<std::string> text = ReadPart(fd.get(), 0, size);
    return text.ok() ? CheckText(ending, *text) : text.status();
  }
  const uint64_t piece = std::min(size, kEnd);
  const Result<std::string> head = ReadPart(fd.get(), 0, piece);
  if (!head.ok()) return head.status();
  const Result<std::string> tail = ReadPart(fd.get(), size - piece, piece);
  if (!tail.ok()) return tail.status();
  if (size < 16) return Corrupt("it is no image");
  return CheckImage(ending, size, *head, *tail);
}

}  // namespace audiodl
