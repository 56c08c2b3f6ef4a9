// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/library_handler.h"

#include <http_core.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/base/text.h"
#include "common/book/book_json.h"
#include "common/book/book_parts.h"
#include "common/book/book_view.h"
#include "common/book/library_page.h"
#include "common/book/page_frame.h"
#include "common/book/page_request.h"
#include "common/book/page_url.h"
#include "common/book/podcast_feed.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/authn.h"
#include "mod_audiodl/book_links.h"
#include "mod_audiodl/dbd_store.h"
#include "mod_audiodl/link_authz.h"
#include "mod_audiodl/manifests.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/revocations.h"
#include "mod_audiodl/server_config.h"
#include "mod_audiodl/text_answer.h"

namespace audiodl {
namespace {

// Of rows; whoever has bought more books than that is no customer but a shop.
constexpr size_t kMaxBooks = 10'000;

constexpr uint64_t kLastDate = 253'402'300'799;  // of the year 9999

struct OwnedBook {
  std::string name;
  std::optional<uint64_t> bought_at;  // seconds since 1970
};

// In the statement's order, each book once.
Result<std::vector<OwnedBook>> FindOwnedBooks(request_rec* r, const std::string& customer) {
  const ServerConfig& config = ServerConfigOf(r->server);
  if (config.dbd == nullptr) return Status(Code::kIo, "mod_dbd is not loaded");
  const Result<std::vector<DbRow>> rows = config.dbd->SelectRows(
      r->pool, r->server, *config.books_query,
      {{"customer", customer}, {"now", std::to_string(apr_time_sec(apr_time_now()))}}, kMaxBooks);
  if (!rows.ok()) return rows.status();
  std::vector<OwnedBook> books;
  std::unordered_set<std::string> seen;
  for (const DbRow& row : *rows) {
    if (row.empty() || !row[0] || !seen.insert(*row[0]).second) continue;
    const std::string time = row.size() > 1 ? row[1].value_or("") : "";
    books.push_back({*row[0], ParseDecimal(time.substr(0, time.find('.')))});
  }
  return books;
}

// kNotFound: not for sale any more, or never was. kIo: that cannot be found out.
Result<BookView> FindView(request_rec* r, const OwnedBook& owned) {
  const ServerConfig& config = ServerConfigOf(r->server);
  if (!ChunkName::Parse(owned.name + "/x").ok()) return Status(Code::kNotFound, "no book's name");
  const std::shared_ptr<const Manifest> manifest = ManifestOf(r, owned.name);
  const Result<std::vector<BookPart>> parts =
      FindBookParts(*config.listing, owned.name, manifest.get());
  if (!parts.ok()) return parts.status();
  BookView book = ViewOf(owned.name, *parts, manifest.get());
  // Apps sort by time: what was bought last is what is new to this customer.
  if (owned.bought_at && *owned.bought_at <= kLastDate) {
    book.published_at = static_cast<int64_t>(*owned.bought_at);
  }
  return book;
}

// Adds those that are for sale and not revoked.
Status AddBooks(request_rec* r, const std::vector<OwnedBook>& owned, const PageRequest& asked,
                LibraryView& library) {
  for (const OwnedBook& one : owned) {
    if (IsRevoked(r, AskingCustomer(r), one.name) != Revoked::kNo) continue;
    Result<BookView> book = FindView(r, one);
    if (!book.ok() && book.status().code() == Code::kNotFound) continue;
    if (!book.ok()) return book.status();
    book->address = AddressInLibrary(r, library.address, one.name, asked);
    book->cover = CoverUrl(book->cover, library.address.origin);
    library.books.push_back(std::move(*book));
  }
  KeepApart(library.books);
  return Status::Ok();
}

std::string BodyOf(request_rec* r, const LibraryView& library, const PageRequest& asked) {
  if (asked.format == BookFormat::kJson) return RenderLibraryJson(library);
  if (asked.format == BookFormat::kRss) return RenderLibraryFeed(library);
  const LibraryPage page{library, ServerConfigOf(r->server).page_css.value_or(""),
                         FeedsFor(r, ChunkName(), asked)};
  return asked.format == BookFormat::kFragment ? RenderLibraryFragment(page)
                                               : RenderLibraryPage(page);
}

int Send(request_rec* r, const LibraryView& library, const PageRequest& asked) {
  TextAnswer answer;
  answer.body = BodyOf(r, library, asked);
  answer.type = InfoOf(asked.format).type;
  if (asked.format == BookFormat::kHtml) {
    std::vector<std::string> covers;
    for (const BookView& book : library.books) covers.push_back(book.cover);
    answer.policy = PagePolicy(ServerConfigOf(r->server).page_css.value_or(""), covers);
  }
  answer.depends_on_accept = asked.is_negotiated;
  answer.has_secrets = !asked.device.empty();
  return SendText(r, std::move(answer));
}

}  // namespace

int ServeLibrary(request_rec* r, const ChunkName& name, const PageRequest& asked) {
  const char* customer = AskingCustomer(r);
  // Other providers may have let in whom we do not know.
  if (customer == nullptr || !ServerConfigOf(r->server).books_query) {
    return Answer(r, Cause::kNotListed, "nobody's library, or there is no AudioBooksQuery");
  }
  if (!InfoOf(asked.format).of_library) {
    return Answer(r, Cause::kNotListed, "the library has no such form");
  }
  const Result<std::vector<OwnedBook>> owned = FindOwnedBooks(r, customer);
  if (!owned.ok()) return Answer(r, Cause::kDatabaseDown, "the books: " + owned.status().text());
  LibraryView library;
  library.address = AddressOf(r, name, asked);
  library.shop = ap_get_server_name_for_url(r);
  if (Status status = AddBooks(r, *owned, asked, library); !status.ok()) {
    return AnswerUnlisted(r, status);
  }
  return Send(r, library, asked);
}

}  // namespace audiodl
