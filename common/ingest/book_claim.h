// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A book on its way from the drop to the shop. Its files are moved into a folder of ours, so that
// an upload that comes meanwhile is another one; what is left to do is seen from what stands there:
//
//   .claim      the names that belong to it, written before the first is moved
//   .published  the book is for sale, and .claim became this: only cleaning up is left
//   .failed     why it cannot be: only its way to failed/ is left
//   .files/     what was moved, apart from the above: an uploader's names may be any
//
// A .claim is a list of entries, each ended by a NUL:
//
//   +4711 60000 1764280673000000000/01.mp3   to be published, if inode, size and time of change
//                                            are still those that were judged
//   -done                                    not to be published
//   !02.mp3: it is cut                       why the book is to go to failed/
//
// What its uploader has gone on with since it was judged goes back to the drop, all of it. Killed
// anywhere, Resume() goes on. One thread.

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

  // Takes what is in the drop, to be published, or to go to failed/ where it says why. False: it is
  // with its uploader, who has gone on with it, as was told. REQUIRES: !IsThere().
  Result<bool> Take(const BookDrop& drop, const std::string& why);

  // Publishes what was taken, or fails it, and tells how that ended. Ok also where it went to
  // failed/ or back to its uploader; anything else is worth another try.
  Status Resume();

 private:
  struct Name {
    std::string name;
    std::string judged;  // the state that it had; empty: unknown
  };
  struct Claim {
    std::vector<Name> payload;
    std::vector<std::string> others;
    std::string why;  // it is to fail; empty: it is not
  };

  bool Has(const char* state) const;
  Result<Claim> ReadClaim() const;
  // Whether its uploader said that nothing more would come.
  bool WasSaidDone() const;
  // False: it went back, as was told.
  Result<bool> FinishTaking(const Claim& claim) const;
  // Why what is in the drop or here is not what was judged; empty: it is.
  std::string WhyNotAsJudged(const Claim& claim) const;
  Status Move(const std::string& name) const;
  Status GatherOldFiles() const;
  Status GiveBack(const std::string& why) const;
  Status Fail(const std::string& why) const;
  Status FinishFailing() const;
  Status CleanUp(const char* state) const;
  Status Forget(const char* state) const;
  const IngestContext& context_;
  const std::string book_;
  const std::string drop_;   // the book's folder there
  const std::string work_;   // ours
  const std::string files_;  // in that
};

// The books that are on their way, as their folders tell.
Result<std::vector<std::string>> FindClaims(const IngestContext& context);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_BOOK_CLAIM_H_
