// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The signed index: one object from which a web server learns the whole listing. Format:
//
//   audiodl-index 1
//   stock s3://books/prod            of which shop: an index of another is not taken for it
//   serial 1764230400123             grows with each push; an older one is refused
//   created 2026-11-27T08:00:00Z
//   markers 12                       of all parts
//   forced 0                         up to which serial anything that is missing is meant to go
//   part SHA-256 BYTES inline        gzip of index_text.h's text; its digest and length
//   part SHA-256 BYTES stored        one that is an object of its own, called by its digest
//   signed KEY-ID BASE64             Ed25519 of all lines before this one
//   …the bytes of the inline parts, in their order
//
// Everything hangs on the signed lines: parts by their digests, which are compared before they are
// unpacked. A small listing is one object. Of a large one a push writes the parts that changed and
// then the index, and a server fetches the parts that it does not have.
//
// Pure; any thread.

#ifndef AUDIODL_COMMON_STOCK_STOCK_INDEX_H_
#define AUDIODL_COMMON_STOCK_STOCK_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/s3/origin.h"
#include "common/stock/index_key.h"
#include "common/stock/listing_contents.h"

namespace audiodl {

struct IndexPart {
  std::string sha256;  // lower-case hex, of its bytes
  uint64_t bytes = 0;
  bool is_inline = false;

  bool operator==(const IndexPart&) const = default;
};

struct StockIndex {
  static constexpr size_t kMaxBytes = size_t{4} << 20;       // of the object
  static constexpr size_t kMaxPartBytes = size_t{64} << 20;  // of a part, packed
  static constexpr size_t kMaxUnpackedPart = size_t{1} << 30;
  static constexpr size_t kMaxInlineBytes = size_t{128} << 10;  // of all parts together

  std::string stock;
  uint64_t serial = 0;
  int64_t created = 0;  // Unix seconds
  uint64_t markers = 0;
  uint64_t forced = 0;
  std::vector<IndexPart> parts;
  std::map<std::string, std::string> inline_parts;  // packed, by digest

  // The object's bytes.
  std::string Signed(const IndexSigningKey& key) const;

  // kForbidden: the signature is false, or of an unknown key. kInvalid: it is no index, one of a
  // later format, or one whose inline parts are not those that were signed.
  static Result<StockIndex> Open(std::string_view object, const IndexVerifyKeys& keys);
};

// A listing packed: the index without serial and date, and each part's bytes by its digest.
struct PackedListing {
  StockIndex index;
  std::map<std::string, std::string> stored;  // the parts that become objects of their own
};
PackedListing PackListing(const ListingContents& contents, std::string stock);

// Adds what a part's bytes say to `contents`. kCorrupt: they are not the part's. kInvalid.
Status UnpackPart(const IndexPart& part, std::string_view bytes, ListingContents& contents);

// "s3://books/prod" or "file:///srv/audio": the same on every server, however it reaches it.
std::string StockName(const Origin& origin);
// Where the index and its parts are, below the origin's prefix: in a folder whose name no chunk
// has.
std::string IndexKeyOf(const Origin& origin);
std::string PartKeyOf(const Origin& origin, std::string_view sha256);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_STOCK_INDEX_H_
