// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the ledger reads back from disk and from the database, on any bytes. The first byte chooses
// what the rest is: 'p' delivered parts as text; 'e' an entry of a journal; 'f' what a server of
// HTTP/2 sends. One thread at a time.

#ifndef AUDIODL_TESTS_FUZZ_LEDGER_TARGET_H_
#define AUDIODL_TESTS_FUZZ_LEDGER_TARGET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/ledger/delivered_parts.h"
#include "common/ledger/frame_counter.h"
#include "common/ledger/ledger_entry.h"
#include "tests/fuzz/promise.h"

namespace audiodl {

inline void PromiseParts(std::string_view text) {
  const Result<DeliveredParts> parts = DeliveredParts::Parse(text);
  if (!parts.ok()) return;
  uint64_t next = 0;
  for (const DeliveredPart& part : parts->parts()) {
    Promise(part.first <= part.end && part.end <= part.maybe, "a part is in order");
    Promise(part.first < part.maybe, "nothing is no part");
    Promise(part.first >= next, "parts are apart, and in order");
    next = part.maybe + 1;
  }
  const Result<DeliveredParts> again = DeliveredParts::Parse(parts->Text());
  Promise(again.ok() && *again == *parts, "what is written is read again");
  DeliveredParts twice = *parts;
  twice.Add(*parts);
  Promise(twice == *parts, "what is added twice changes nothing");
}

inline void PromiseEntry(std::string_view bytes) {
  const Result<LedgerEntry> entry = DecodeLedgerEntry(bytes);
  if (!entry.ok()) {
    Promise(entry.status().code() == Code::kCorrupt, "a refusal is kCorrupt");
    return;
  }
  const Result<LedgerEntry> again = DecodeLedgerEntry(EncodeLedgerEntry(*entry));
  Promise(again.ok() && again->item == entry->item && again->at == entry->at &&
              again->parts == entry->parts,
          "what is encoded is decoded again");
  Promise(entry->item.Key().size() == 32, "an item has a key");
}

// However the bytes are cut into pieces, and whether they are looked at or skipped.
inline void PromiseCountedFrames(std::string_view bytes) {
  FrameCounter whole;
  FrameCounter pieces;
  whole.Begin(1);
  pieces.Begin(1);
  whole.Take(bytes);
  for (size_t step = 1; !bytes.empty(); step = step % 7 + 1) {
    const std::string_view piece = bytes.substr(0, step);
    if (piece.size() <= pieces.skippable()) {
      pieces.Skip(piece.size());
    } else {
      pieces.Take(piece);
    }
    bytes.remove_prefix(piece.size());
  }
  Promise(whole.Find(1)->body_bytes == pieces.Find(1)->body_bytes, "the same is counted");
  Promise(whole.says_goodbye() == pieces.says_goodbye(), "the same end is seen");
}

inline void FuzzLedger(std::string_view input) {
  if (input.empty()) return;
  if (input.front() == 'p') PromiseParts(input.substr(1));
  if (input.front() == 'e') PromiseEntry(input.substr(1));
  if (input.front() == 'f') PromiseCountedFrames(input.substr(1));
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_LEDGER_TARGET_H_
