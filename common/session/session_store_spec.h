// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where PHP keeps its sessions, as AudioSessionStore says it. A value; immutable once parsed.
//
//   SessionStoreSpec::Parse("memcached://10.0.0.5:11211 prefix=memc.sess.key.")

#ifndef AUDIODL_COMMON_SESSION_SESSION_STORE_SPEC_H_
#define AUDIODL_COMMON_SESSION_SESSION_STORE_SPEC_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct SessionStoreSpec {
  enum class Kind : unsigned char { kDatabase, kMemcached, kRedis };
  struct Server {
    std::string host;  // without brackets
    uint16_t port = 0;
  };

  Kind kind = Kind::kDatabase;
  std::vector<Server> servers;  // none for the database
  std::string prefix;           // what PHP puts before a session's id

  bool IsDatabase() const { return kind == Kind::kDatabase; }
  std::string KeyOf(std::string_view session_id) const { return prefix + std::string(session_id); }

  // "dbd", or "memcached://HOST[:PORT][,HOST[:PORT]...] [prefix=P]", or "redis://HOST[:PORT]
  // [prefix=P]". Default ports and prefixes are PHP's. kInvalid says what is wrong and what to
  // write.
  static Result<SessionStoreSpec> Parse(std::string_view text);
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_SESSION_STORE_SPEC_H_
