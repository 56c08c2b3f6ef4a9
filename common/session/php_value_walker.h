// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Walks over one value in the form of PHP's serialize() and writes it, and all that is in it, into
// a table. The grammar (PHP's ext/standard/var_unserializer.re), where n is a length in bytes:
//
//   N;  b:1;  i:-5;  d:0.1;  d:NAN;  s:n:"...";     null, bool, int, float, string
//   a:count:{key value key value ...}               array; a key is i: or s:
//   O:n:"Class":count:{key value ...}               object; "\0*\0name" is a protected member, but
//                                                   a class with __serialize() has any keys
//   C:n:"Class":n:{...}                             custom serialization, skipped by its length
//   E:n:"Enum:Case";                                enum case
//   R:number;  r:number;                            back-references, see php_value_table.h
//
// S:n:"..." (escaped string) is refused: PHP reads it but has never written it into a session.
//
// Whether the classes exist, and whether their own code accepts the members, only the shop's PHP
// can know; nothing here depends on it.
//
// One thread at a time. Scanner and table are borrowed.

#ifndef AUDIODL_COMMON_SESSION_PHP_VALUE_WALKER_H_
#define AUDIODL_COMMON_SESSION_PHP_VALUE_WALKER_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "common/session/php_scanner.h"
#include "common/session/php_value_table.h"

namespace audiodl {

class PhpValueWalker {
 public:
  static constexpr int kMaxDepth = 64;
  static constexpr size_t kMaxElements = 100000;

  PhpValueWalker(PhpScanner& scanner, PhpValueTable& table) : PhpValueWalker(scanner, table, 0) {}

  // Where a value stands: in which row, under which key.
  struct Place {
    PhpRow parent = PhpValueTable::kSession;
    std::string_view key;
  };

  // Takes one value from the scanner. False: it is malformed or too deep, or there are too many;
  // the scanner's status says which, and neither scanner nor table is of further use.
  [[nodiscard]] bool Walk(const Place& place);

 private:
  PhpValueWalker(PhpScanner& scanner, PhpValueTable& table, int depth)
      : scanner_(scanner), table_(table), depth_(depth) {}

  bool Null(const Place& place);
  bool Bool(const Place& place);
  bool Int(const Place& place);
  bool Float(const Place& place);
  bool String(const Place& place);
  bool Array(const Place& place);
  bool Object(const Place& place);
  bool CustomObject(const Place& place);
  void CustomBytes(PhpRow object, std::string_view bytes);
  bool Enum(const Place& place);
  bool Reference(const Place& place);
  bool ObjectReference(const Place& place);

  // count, ':' and the elements between braces.
  bool Elements(PhpRow parent);
  bool Element(PhpRow parent);
  std::optional<std::string_view> Key();
  std::optional<std::string_view> CountedBytes();
  bool ClassName();
  // letter, number, ';' and the row it stands for.
  std::optional<PhpRow> Target(std::string_view letter);

  PhpValue At(const Place& place, PhpType type) const;

  PhpScanner& scanner_;
  PhpValueTable& table_;
  int depth_;  // how many arrays, objects and custom objects are open
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_PHP_VALUE_WALKER_H_
