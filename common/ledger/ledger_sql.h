// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Every statement about the ledger's tables (conf/schema.sql, conf/schema-sqlite.sql). Each changes
// one row or none, by itself: no transaction is needed, and MySQL, MariaDB and SQLite take the same
// text.

#ifndef AUDIODL_COMMON_LEDGER_LEDGER_SQL_H_
#define AUDIODL_COMMON_LEDGER_LEDGER_SQL_H_

#include <array>
#include <string_view>

namespace audiodl::ledger_sql {

// For the page of a book; parameters: customer, book.
//
// What the ledger knows of one customer and one book, in one round trip: a row for each generation
// of a chunk that was completed, with 0 for size and delivered, and one for each that is under way,
// with 0 for when. Columns: customer, book, chunk (its last path segment), generation (the object's
// entity tag, in quotes), when it was last completed (seconds since 1970), size and delivered
// (bytes). Customer and book come back because collations may take others for the same.
inline constexpr std::string_view kBookState =
    "SELECT customer, book, chunk, generation, MAX(completed_at), 0, 0 FROM audiodl_completions "
    "WHERE customer = %{customer}s AND book = %{book}s "
    "GROUP BY download, customer, book, chunk, generation "
    "UNION ALL "
    "SELECT customer, book, chunk, generation, 0, size, delivered FROM audiodl_open_parts "
    "WHERE customer = %{customer}s AND book = %{book}s";

// All others are for who keeps the ledger (ledger_store.h).
//
// `download` is LedgerItem::Key(): what makes a row unique whatever the database's collations are.
inline constexpr std::string_view kLastCompletion =
    "SELECT nth, completed_at FROM audiodl_completions WHERE download = %{download}s "
    "ORDER BY nth DESC LIMIT 1";

inline constexpr std::string_view kFindOpen =
    "SELECT version, parts, updated_at FROM audiodl_open_parts WHERE download = %{download}s";

// Fails where another server has noted that completion already.
inline constexpr std::string_view kInsertCompletion =
    "INSERT INTO audiodl_completions "
    "(download, nth, customer, book, chunk, generation, size, completed_at) VALUES "
    "(%{download}s, %{nth}d, %{customer}s, %{book}s, %{chunk}s, %{generation}s, %{size}d, %{at}d)";

// Fails where another server was first. A new row's version is random: else a row that was removed
// and made again could be taken for the one before.
inline constexpr std::string_view kInsertOpen =
    "INSERT INTO audiodl_open_parts (download, customer, book, chunk, generation, size, parts, "
    "delivered, version, updated_at) VALUES (%{download}s, %{customer}s, %{book}s, %{chunk}s, "
    "%{generation}s, %{size}d, %{parts}s, %{delivered}d, %{version}d, %{at}d)";

// Both change nothing where another server has changed the row since it was read.
inline constexpr std::string_view kUpdateOpen =
    "UPDATE audiodl_open_parts SET parts = %{parts}s, delivered = %{delivered}d, "
    "updated_at = %{at}d, version = version + 1 "
    "WHERE download = %{download}s AND version = %{version}d";

inline constexpr std::string_view kDeleteOpen =
    "DELETE FROM audiodl_open_parts WHERE download = %{download}s AND version = %{version}d";

// What nobody has gone on with.
inline constexpr std::string_view kForgetOpen =
    "DELETE FROM audiodl_open_parts WHERE updated_at < %{before}d";

inline constexpr std::array kParameters = {
    std::string_view("download"), std::string_view("nth"),   std::string_view("customer"),
    std::string_view("book"),     std::string_view("chunk"), std::string_view("generation"),
    std::string_view("size"),     std::string_view("parts"), std::string_view("delivered"),
    std::string_view("version"),  std::string_view("at"),    std::string_view("before")};

}  // namespace audiodl::ledger_sql

#endif  // AUDIODL_COMMON_LEDGER_LEDGER_SQL_H_
