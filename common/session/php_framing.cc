// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/php_framing.h"

#include <optional>
#include <string_view>

#include "common/session/php_value_walker.h"

namespace audiodl {
namespace {

// PHP drops integer keys when it writes these two formats. A variable that is nevertheless named
// "5" could not be read with $_SESSION[5] nor with $_SESSION["5"].
bool WalkVariable(std::string_view name, PhpScanner& scanner, PhpValueWalker& walker) {
  if (IsPhpInteger(name)) return scanner.Fail("a variable whose name is not an integer");
  return walker.Walk({PhpValueTable::kSession, name});
}

// "name|value" again and again: a name goes up to the first '|', whatever else is in it. A leading
// '!' is part of the name; it marked undefined variables until PHP 7.0, which had no value then, so
// that such a session fails here as it does in today's PHP.
bool WalkPhp(PhpScanner& scanner, PhpValueWalker& walker) {
  while (!scanner.AtEnd()) {
    const auto name = scanner.TakeUntil('|');
    if (!name || !WalkVariable(*name, scanner, walker)) return false;
  }
  return true;
}

// A byte that is the name's length, the name, the value, again and again. The byte's upper bit
// marked undefined variables, without a value, until PHP 7.0; later PHP does not write it and reads
// over it. What two versions read differently is refused.
bool WalkPhpBinary(PhpScanner& scanner, PhpValueWalker& walker) {
  while (!scanner.AtEnd()) {
    const unsigned char length = static_cast<unsigned char>(scanner.Peek());
    if (length > 127) return scanner.Fail("a name's length of at most 127");
    if (!scanner.TakeBytes(1)) return false;
    const auto name = scanner.TakeBytes(length);
    if (!name || !WalkVariable(*name, scanner, walker)) return false;
  }
  return true;
}

// One array. PHP reads over anything that follows it, but writes nothing there.
bool WalkPhpSerialize(PhpScanner& scanner, PhpValueWalker& walker) {
  if (scanner.Peek() != 'a') return scanner.Fail("an array");
  if (!walker.Walk({})) return false;
  return scanner.AtEnd() || scanner.Fail("the end");
}

}  // namespace

bool WalkSession(PhpHandler handler, PhpScanner& scanner, PhpValueTable& table) {
  PhpValueWalker walker(scanner, table);
  // A session in which nothing was stored yet is empty in every format.
  if (handler == PhpHandler::kPhpSerialize && !scanner.AtEnd()) {
    return WalkPhpSerialize(scanner, walker);
  }
  PhpValue session;
  session.type = PhpType::kArray;
  table.AddUnnumbered(session);
  return handler == PhpHandler::kPhp ? WalkPhp(scanner, walker) : WalkPhpBinary(scanner, walker);
}

}  // namespace audiodl
