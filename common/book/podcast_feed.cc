// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/podcast_feed.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "common/base/dates.h"
#include "common/base/digest.h"
#include "common/book/markup_writer.h"
#include "common/s3/uri.h"

namespace audiodl {
namespace {

std::string DateOf(int64_t seconds) {
  return FormatHttpDate(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
}

// Of the chunk's path: no name of ours is seen in it, and any length of path will do.
std::string EpisodeId(const BookView& book, const PartView& part) {
  const Sha256Bytes digest = Sha256Of(book.book + "/" + part.name);
  return "audiodl:" + HexEncode(std::span(digest).first(16));
}

void WriteCover(const std::string& cover, MarkupWriter& xml) {
  if (!cover.empty()) xml.Empty("itunes:image", {{"href", cover}});
}

// What Apple asks of every feed, and what keeps this one to its listener.
void WriteRules(MarkupWriter& xml) {
  xml.Leaf("generator", "mod_audiodl");
  xml.Leaf("itunes:type", "serial");
  xml.Leaf("itunes:explicit", "false");
  xml.Leaf("itunes:block", "Yes");
  xml.Leaf("podcast:block", "yes");
  xml.Leaf("podcast:locked", "yes");
  xml.Leaf("podcast:medium", "audiobook");
  xml.Open("itunes:category", {{"text", "Arts"}}).Empty("itunes:category", {{"text", "Books"}});
  xml.Close().Line();
  xml.Leaf("ttl", "60");
}

struct Head {
  std::string title;
  std::string description;
  std::string page;
  std::string self;
};

void OpenChannel(const Head& head, MarkupWriter& xml) {
  xml.Raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  xml.Open("rss", {{"version", "2.0"},
                   {"xmlns:atom", "http://www.w3.org/2005/Atom"},
                   {"xmlns:itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"},
                   {"xmlns:podcast", "https://podcastindex.org/namespace/1.0"}});
  xml.Line().Open("channel").Line();
  xml.Leaf("title", head.title);
  xml.Leaf("link", head.page);
  xml.Leaf("description", head.description);
  xml.Empty("atom:link", {{"href", head.self}, {"rel", "self"}, {"type", "application/rss+xml"}});
}

std::string DescriptionOf(const BookView& book) {
  if (!book.description.empty()) return book.description;
  return book.author.empty() ? book.title : book.title + ", by " + book.author;
}

// Where an episode stands: numbers from 1; no season where there is one book only.
struct Place {
  size_t season = 0;
  size_t episode = 1;
};

void WriteNumbers(const BookView& book, const Place& place, MarkupWriter& xml) {
  if (place.season > 0) {
    xml.Leaf("itunes:season", std::to_string(place.season));
    xml.Leaf("podcast:season", std::to_string(place.season), {{"name", book.title}});
  }
  xml.Leaf("itunes:episode", std::to_string(place.episode));
  xml.Leaf("itunes:episodeType", "full");
}

void WriteChapters(const BookView& book, const PartView& part, MarkupWriter& xml) {
  if (part.chapters.empty()) return;
  const std::string which = "part=" + UriEncode(part.name, Slash::kEncode);
  xml.Empty("podcast:chapters", {{"url", book.address.FormatUrl(BookFormat::kChapters, which)},
                                 {"type", InfoOf(BookFormat::kChapters).type}});
}

void WriteEpisode(const BookView& book, const PartView& part, const Place& place,
                  MarkupWriter& xml) {
  xml.Open("item").Line();
  xml.Leaf("title", place.season > 0 ? book.title + " \xE2\x80\x93 " + part.title : part.title);
  xml.Leaf("itunes:title", part.title);
  xml.Leaf("guid", EpisodeId(book, part), {{"isPermaLink", "false"}});
  xml.Leaf("pubDate", DateOf(book.published_at + static_cast<int64_t>(place.episode) - 1));
  // RSS has no way to say that a length is not known; apps take 0 for that.
  xml.Empty("enclosure", {{"url", book.address.PartUrl(part.name)},
                          {"length", std::to_string(part.size.value_or(0))},
                          {"type", part.type}});
  if (part.duration_ms) {
    xml.Leaf("itunes:duration", std::to_string((*part.duration_ms + 500) / 1000));
  }
  if (!book.author.empty()) xml.Leaf("itunes:author", book.author);
  if (place.season > 0) WriteCover(book.cover, xml);
  WriteNumbers(book, place, xml);
  WriteChapters(book, part, xml);
  xml.Close().Line();
}

void WriteEpisodes(const BookView& book, size_t season, MarkupWriter& xml) {
  Place place{season, 0};
  for (const PartView& part : book.parts) {
    ++place.episode;
    WriteEpisode(book, part, place, xml);
  }
}

}  // namespace

std::string RenderBookFeed(const BookView& book) {
  MarkupWriter xml;
  OpenChannel({book.title, DescriptionOf(book), book.address.PageUrl(),
               book.address.FormatUrl(BookFormat::kRss)},
              xml);
  if (!book.language.empty()) xml.Leaf("language", book.language);
  if (!book.author.empty()) xml.Leaf("itunes:author", book.author);
  WriteCover(book.cover, xml);
  WriteRules(xml);
  WriteEpisodes(book, 0, xml);
  return xml.Close().Line().Close().Line().Take();
}

std::string RenderLibraryFeed(const LibraryView& library) {
  MarkupWriter xml;
  OpenChannel({"My audiobooks at " + library.shop, "The audiobooks bought at " + library.shop + ".",
               library.address.PageUrl(), library.address.FormatUrl(BookFormat::kRss)},
              xml);
  xml.Leaf("itunes:author", library.shop);
  const auto pictured = std::find_if(library.books.begin(), library.books.end(),
                                     [](const BookView& book) { return !book.cover.empty(); });
  if (pictured != library.books.end()) WriteCover(pictured->cover, xml);
  WriteRules(xml);
  size_t season = 0;
  for (const BookView& book : library.books) WriteEpisodes(book, ++season, xml);
  return xml.Close().Line().Close().Line().Take();
}

}  // namespace audiodl
