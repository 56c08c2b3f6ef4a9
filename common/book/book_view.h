// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A book as one customer is shown it, in whatever form: page, feed, playlist. It is made of the
// listing and the manifest, and every form is written from it alone. Values; pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_BOOK_VIEW_H_
#define AUDIODL_COMMON_BOOK_BOOK_VIEW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/book/book_format.h"
#include "common/book/book_parts.h"
#include "common/book/manifest.h"

namespace audiodl {

struct PartView {
  std::string name;       // the chunk's
  std::string title;      // never empty
  std::string file_name;  // under which it is saved
  std::optional<uint64_t> size;
  std::optional<uint64_t> duration_ms;
  std::string type;    // its media type
  std::string etag;    // the object's; may be empty, as the next
  std::string sha256;  // in hex
  std::vector<Chapter> chapters;
  // By this customer, all of it; seconds since 1970.
  std::optional<int64_t> downloaded_at;
  bool is_outdated = false;                   // but what was downloaded has been replaced since
  std::optional<unsigned> delivered_percent;  // of a download that was begun and can go on
};

// Where a book's addresses begin, and what a client without a cookie must put behind them.
struct BookAddress {
  std::string origin;  // "https://www.example.org"
  std::string path;    // "/download/fantasy/dune/", encoded
  std::string link;    // a signed link's parameters; empty: none are needed
  std::vector<std::string>
      mirrors;         // more origins with prefix, "https://www2.example.org/download"
  std::string prefix;  // of `path`: "/download", for the mirrors

  // On this server and absolute; `name` is a chunk's.
  std::string PartPath(std::string_view name) const;
  std::string PartUrl(std::string_view name) const { return origin + PartPath(name); }
  // The same on a mirror.
  std::string PartUrlOn(const std::string& mirror, std::string_view name) const;

  // The book itself in that form; `more` is further parameters, "part=01.mp3".
  std::string FormatPath(BookFormat format, std::string_view more = "") const;
  std::string FormatUrl(BookFormat format, std::string_view more = "") const {
    return origin + FormatPath(format, more);
  }
  // The page itself, in the form that the client prefers; `more` as above.
  std::string PagePath(std::string_view more = "") const;
  std::string PageUrl() const { return origin + path; }
  // The whole book as one file.
  std::string ZipPath() const { return PagePath("format=zip"); }
};

struct BookView {
  std::string book;   // as the listing calls it
  std::string title;  // never empty
  std::string author;
  std::string narrator;
  std::string language;  // BCP 47
  std::string description;
  std::string cover;             // a URL of http or https; empty: none
  int64_t published_at = 0;      // or bought, where that is known; seconds since 1970
  std::vector<PartView> parts;   // in the book's order; at least one
  bool shows_downloads = false;  // whether it is known what was downloaded
  bool offers_zip = false;       // whether all of it can be had in one file
  BookAddress address;

  // Of all parts; none where one of them is unknown.
  std::optional<uint64_t> TotalSize() const;
  std::optional<uint64_t> TotalDuration() const;
};

// All books of a customer.
struct LibraryView {
  std::vector<BookView> books;
  // As a book's, of the address of all: path "/download/".
  BookAddress address;
  std::string shop;  // by which the customer knows it: "www.example.org"
};

// Gives books whose episodes would fall into one another, as those bought together, times one after
// the other: an episode is a second long. The others keep theirs.
void KeepApart(std::vector<BookView>& books);

// All but the address and the downloads. `manifest` may be null.
BookView ViewOf(std::string_view book, const std::vector<BookPart>& parts,
                const Manifest* manifest);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_BOOK_VIEW_H_
