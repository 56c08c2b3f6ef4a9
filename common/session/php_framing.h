// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The three ways in which PHP strings a session's variables together (PHP's ext/session/session.c,
// the decoders of 7.1 and later). One thread at a time per scanner and table.

#ifndef AUDIODL_COMMON_SESSION_PHP_FRAMING_H_
#define AUDIODL_COMMON_SESSION_PHP_FRAMING_H_

#include "common/session/php_handler.h"
#include "common/session/php_scanner.h"
#include "common/session/php_value_table.h"

namespace audiodl {

// Walks over the whole session and fills `table`, whose row kSession is then the session. False: it
// is malformed, and scanner.status() says where. REQUIRES: `table` is empty, `scanner` at the
// start.
[[nodiscard]] bool WalkSession(PhpHandler handler, PhpScanner& scanner, PhpValueTable& table);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_PHP_FRAMING_H_
