// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A book on its way from the drop to the shop. Its files are moved into a folder of ours, so that
// an upload that comes meanwhile is another one; what is left to do is seen from what stands there:
//
//   .claim      the names that belong to it, written before the first is moved
//   .published  the book is for sale: only cleaning up is left
//   .failed     why it cannot be: only its way to failed/ is left
//
// Killed anywhere, Resume() goes on. One thread.

#ifndef AUDIODL_COMMON_INGEST_BOOK_CLAIM_H_
#define AUDIODL_COMMON_INGEST_BOOK_CLAIM_H_

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/ingest/book_drop.h"
#include "common/ingest/ingest_context.h"

namespace audiodl {

class BookClaim {
 public:
  static constexpr char kClaim[] = ".claim";
  static constexpr char kPublished[] = ".published";
  static constexpr char kFailed[] = ".failed";

  BookClaim(const IngestContext& context, std::string book);

  // Whether something of that book is on its way.
  bool IsThere() const;

  // Takes what is in the drop. REQUIRES: !IsThere().
  Status Take(const BookDrop& drop);

  // Publishes what was taken, and tells how that ended. Ok also where it went to failed/; anything
  // else is worth another try.
  Status Resume();

  // Moves what was taken to failed/.
  Status Fail(const std::string& why);

 private:
  struct Name {
    std::string name;
    bool is_payload = false;  // to be published
  };

  bool Has(const char* state) const;
  Result<std::vector<Name>> ReadClaim() const;
  // Whether its uploader said that nothing more would come.
  bool WasSaidDone() const;
  // The paths of what is to be published.
  Result<std::vector<std::string>> FinishTaking() const;
  Status FinishFailing();
  Status CleanUp(const char* state) const;
  const IngestContext& context_;
  const std::string book_;
  const std::string drop_;  // the book's folder there
  const std::string work_;  // ours
};

// The books that are on their way, as their folders tell.
Result<std::vector<std::string>> FindClaims(const IngestContext& context);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_BOOK_CLAIM_H_
