// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_format.h"

#include <string>

namespace audiodl {

Result<SessionFormat> ParseSessionFormat(std::string_view word) {
  if (word == "php") return SessionFormat::kPhp;
  if (word == "php_binary") return SessionFormat::kPhpBinary;
  if (word == "php_serialize") return SessionFormat::kPhpSerialize;
  return Status::Invalid("session format \"" + std::string(word) +
                         "\" is none of php, php_binary, php_serialize; write what PHP's "
                         "session.serialize_handler says");
}

}  // namespace audiodl
