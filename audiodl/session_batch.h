// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Many sessions in one stream, for tests that compare thousands with PHP itself. One thread.
//
// A record is its length in decimal, a newline, and that many bytes; nothing separates two records.

#ifndef AUDIODL_AUDIODL_SESSION_BATCH_H_
#define AUDIODL_AUDIODL_SESSION_BATCH_H_

#include <iosfwd>
#include <string>

#include "common/base/status.h"
#include "common/session/session_reader.h"

namespace audiodl {

// {"customer":"5"}, or {"code":"invalid","reason":"session byte 8: ..."}.
std::string SessionAnswer(const Result<std::string>& customer);

// Answers each record of `in` with one such line. kInvalid: record N has no length line, is longer
// than any session may be, or is cut.
Status DecodeBatch(const SessionReader& reader, std::istream& in, std::ostream& out);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_SESSION_BATCH_H_
