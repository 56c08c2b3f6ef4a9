// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The journal: what a process has delivered and the database does not know yet. One file for each
// process that writes, in one directory that all processes of a server share:
//
//   0   16  magic and version
//   16  8   how far the file has been shipped to the database; written by whoever ships it
//   24  8   zero
//   32      records, appended
//
// A record is {length, crc, kind, id, entry}: length and the CRC-32C are those of what follows
// them.
//
//   kDelivered  the request `id` has ended, and this is what its client was given
//   kRunning    the request `id` goes on, and its client was given so much up to now; a later
//               record of the same id takes its place. It counts only if the process died.
//   kEnd        no kRunning before counts: the process ended in peace, or went on in another file
//
// The writer holds a lock on its file (flock(2)) that the kernel releases with it, so whoever gets
// the lock knows that nothing more will come. Only the last record can be torn. Where no kEnd is
// and nobody writes, the process was killed: what kRunning says is then all that is known of the
// requests it was busy with.
//
// A name that begins with a dot is not a journal yet. Integers are the machine's own: a journal
// does not travel.

#ifndef AUDIODL_COMMON_LEDGER_JOURNAL_FORMAT_H_
#define AUDIODL_COMMON_LEDGER_JOURNAL_FORMAT_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace audiodl {

inline constexpr std::string_view kJournalMagic = "audiodl ledger 1";
static_assert(kJournalMagic.size() == 16);
inline constexpr std::string_view kJournalSuffix = ".ledger";
inline constexpr uint64_t kJournalShippedAt = 16;
inline constexpr uint64_t kJournalHeaderBytes = 32;
// Of one record; an entry with the longest texts and the most parts is a tenth of it.
inline constexpr uint32_t kMaxRecordBytes = 256 * 1024;
// A writer begins another file beyond this, so that what is shipped can be removed.
inline constexpr uint64_t kMaxJournalBytes = 4 * 1024 * 1024;

enum class RecordKind : uint8_t { kDelivered = 1, kRunning = 2, kEnd = 3 };

struct RecordHead {
  uint32_t length = 0;
  uint32_t crc = 0;
};
static_assert(sizeof(RecordHead) == 8);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_JOURNAL_FORMAT_H_
