// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/book_handler.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/book/book_format.h"
#include "common/book/book_json.h"
#include "common/book/book_page.h"
#include "common/book/book_parts.h"
#include "common/book/book_view.h"
#include "common/book/page_frame.h"
#include "common/book/page_request.h"
#include "common/book/page_url.h"
#include "common/book/playlist.h"
#include "common/book/podcast_feed.h"
#include "common/zip/book_zip.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/authn.h"
#include "mod_audiodl/book_links.h"
#include "mod_audiodl/downloads.h"
#include "mod_audiodl/link_authz.h"
#include "mod_audiodl/listed_book.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/server_config.h"
#include "mod_audiodl/text_answer.h"

namespace audiodl {
namespace {

// What one form is made of.
struct Asked {
  request_rec* r;
  const ChunkName& name;
  const PageRequest& page;
  const BookView& book;
};

// Null where no part is called so.
const PartView* FindPart(const BookView& book, const std::string& name) {
  const auto found = std::find_if(book.parts.begin(), book.parts.end(),
                                  [&](const PartView& part) { return part.name == name; });
  return found == book.parts.end() ? nullptr : &*found;
}

BookPage PageOf(const Asked& asked) {
  BookPage page{asked.book, ServerConfigOf(asked.r->server).page_css.value_or("")};
  page.playing = FindPart(asked.book, asked.page.play);
  page.start_seconds = asked.page.start_seconds;
  page.signs_links = MayMakeLinks(asked.r);
  page.feeds = FeedsFor(asked.r, asked.name, asked.page);
  return page;
}

// Null: there is no such thing to be had of this book.
std::optional<std::string> BodyOf(const Asked& asked) {
  const BookView& book = asked.book;
  switch (asked.page.format) {
    case BookFormat::kHtml:
      return RenderBookPage(PageOf(asked));
    case BookFormat::kFragment:
      return RenderBookFragment(PageOf(asked));
    case BookFormat::kJson:
      return RenderBookJson(book);
    case BookFormat::kM3u8:
      return RenderM3u8(book);
    case BookFormat::kXspf:
      return RenderXspf(book);
    case BookFormat::kCue:
      return RenderCue(book);
    case BookFormat::kMetalink:
      return RenderMetalink(book);
    case BookFormat::kRss:
      return RenderBookFeed(book);
    case BookFormat::kChapters:
      if (const PartView* part = FindPart(book, asked.page.part)) return RenderChaptersJson(*part);
      break;
  }
  return std::nullopt;
}

bool ShowsDownloads(BookFormat format) {
  return format == BookFormat::kHtml || format == BookFormat::kFragment ||
         format == BookFormat::kJson;
}

int Send(const Asked& asked, std::optional<int64_t> modified_at) {
  const BookFormatInfo& format = InfoOf(asked.page.format);
  std::optional<std::string> body = BodyOf(asked);
  if (!body) return Answer(asked.r, Cause::kNotListed, "the book has no such part or form");
  TextAnswer answer;
  answer.body = std::move(*body);
  answer.type = format.type;
  if (asked.page.format == BookFormat::kHtml) {
    answer.policy =
        PagePolicy(ServerConfigOf(asked.r->server).page_css.value_or(""), {asked.book.cover});
  }
  if (!format.file.empty()) answer.file_name = asked.book.title + std::string(format.file);
  answer.depends_on_accept = asked.page.is_negotiated;
  answer.has_secrets = !asked.page.device.empty();
  // A link that was made for this answer has its day in it.
  const bool made_links = asked.page.wants_signed_links;
  if (!ShowsDownloads(asked.page.format) && !made_links) answer.modified_at = modified_at;
  return SendText(asked.r, std::move(answer));
}

int64_t ChangedAt(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 ? info.st_mtim.tv_sec : 0;
}

// When the listing last said something else of the book: a marker came, was renewed or went, or the
// manifest was written.
int64_t ModifiedAt(const std::string& listing, const std::string& book,
                   const std::vector<BookPart>& parts) {
  const std::string folder = listing + "/" + book;
  int64_t latest = std::max(ChangedAt(folder), ChangedAt(folder + "/" + Manifest::kFileName));
  for (const BookPart& part : parts) latest = std::max(latest, part.published_at);
  return latest;
}

// Of one part it would be none; and where a statement decides about chunks, some may be refused.
bool OffersZip(const ServerConfig& config, const ListedBook& listed) {
  return listed.parts.size() > 1 && !config.decides_per_chunk &&
         CheckBookZip(listed.manifest.get(), listed.parts).ok();
}

}  // namespace

int ServeBook(request_rec* r, const ChunkName& name, const PageRequest& asked) {
  const ListedBook& listed = ListedBookOf(r, name);
  if (!listed.status.ok()) return AnswerUnlisted(r, listed.status);

  BookView book = ViewOf(name.book, listed.parts, listed.manifest.get());
  book.address = AddressOf(r, name, asked);
  book.cover = CoverUrl(book.cover, book.address.origin);
  book.offers_zip = OffersZip(ServerConfigOf(r->server), listed);
  if (const char* customer = AskingCustomer(r);
      customer != nullptr && ShowsDownloads(asked.format)) {
    if (const Downloads* downloads = FindDownloads(r, customer, name)) downloads->Mark(book);
  }
  const std::string& listing = *ServerConfigOf(r->server).listing;
  return Send({r, name, asked, book}, ModifiedAt(listing, name.book, listed.parts));
}

}  // namespace audiodl
