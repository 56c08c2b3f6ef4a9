// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AudioSessionPreset: where a stock shop of a known kind keeps its sessions, so that nobody has to
// find out. It stands for AudioSessionCookie, AudioSessionQuery, AudioSessionFormat and
// AudioCustomerKey; each of them written beside it holds instead. A value; Parse is pure.
//
//   plain     [table=sessions]                      sessions(id, data, expires) of a shop's own
//   symfony   [table=sessions]                      PdoSessionHandler, every version since 2.6
//   laravel   [table=sessions] [lifetime=7200]      the database driver's column user_id
//   magento   [table=session] [lifetime=3600] [key-file=FILE]    Magento 2's DbTable

#ifndef AUDIODL_COMMON_SESSION_SESSION_PRESET_H_
#define AUDIODL_COMMON_SESSION_SESSION_PRESET_H_

#include <array>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/session/session_format.h"

namespace audiodl {

// The parameters of AudioSessionQuery.
inline constexpr std::array<std::string_view, 2> kSessionParameters = {"session", "now"};

struct SessionPreset {
  std::string cookie;
  std::string query;  // as in AudioSessionQuery; the same for MySQL and SQLite
  SessionFormat format;
  std::string customer_key;  // empty where the format has no keys
  std::string key_file;      // empty: the table holds the session's id itself

  // "magento table=m2_session lifetime=3600". kInvalid names the word that is wrong and what may
  // stand there.
  static Result<SessionPreset> Parse(std::string_view text);
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_SESSION_PRESET_H_
