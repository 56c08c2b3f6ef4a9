// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/free_titles.h"

#include <utility>

#include "common/base/dates.h"
#include "common/base/text.h"
#include "common/cache/chunk_name.h"

namespace audiodl {
namespace {

constexpr char kExample[] = "write BOOK 2026-12-24T06:00:00Z 2026-12-27T00:00:00Z";

}  // namespace

Result<FreeTitles> FreeTitles::Parse(std::string_view text) {
  if (text.size() > kMaxBytes) return Status::Invalid("more than 1 MB");
  FreeTitles titles;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const Status added = titles.Add(line);
    if (!added.ok()) {
      return Status::Invalid("line " + std::to_string(number) + ": " + added.text());
    }
  }
  return titles;
}

Status FreeTitles::Add(std::string_view line) {
  const Result<std::vector<std::string>> words = SplitWords(line);
  if (!words.ok()) return words.status();
  if (words->size() != 3) {
    return Status::Invalid(std::to_string(words->size()) + " words where three belong: " +
                           kExample + ", with quotes around a book that has blanks in its name");
  }
  const std::string& book = (*words)[0];
  // With any chunk in it, it must be something that a URL can name.
  const Result<ChunkName> name = ChunkName::Parse(book + "/chunk");
  if (!name.ok()) return Status::Invalid("\"" + Printable(book) + "\": " + name.status().text());
  const auto from = ParseIsoDate((*words)[1]);
  const auto to = ParseIsoDate((*words)[2]);
  if (!from.ok() || !to.ok()) {
    return Status::Invalid("\"" + Printable((*words)[from.ok() ? 2 : 1]) +
                           "\" is no time in UTC to the second: " + kExample);
  }
  if (*to <= *from) return Status::Invalid("it ends before it begins");
  windows_.emplace(book, Window{*from, *to});
  return Status::Ok();
}

bool FreeTitles::IsFree(std::string_view book, std::chrono::system_clock::time_point now) const {
  const auto [begin, end] = windows_.equal_range(book);
  for (auto window = begin; window != end; ++window) {
    if (now >= window->second.from && now < window->second.to) return true;
  }
  return false;
}

}  // namespace audiodl
