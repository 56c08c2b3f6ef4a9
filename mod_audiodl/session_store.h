// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where a session's data comes from: the shop's database, memcached or Redis, whichever
// AudioSessionStore names. Only ever reads, and takes no lock of PHP's: a PHP request that holds
// the session's (a row, a lock key) delays nobody here.
//
// Made in post_config, one for each virtual host; thread-safe in a child.

#ifndef AUDIODL_MOD_AUDIODL_SESSION_STORE_H_
#define AUDIODL_MOD_AUDIODL_SESSION_STORE_H_

#include <httpd.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/calls/breaker.h"

namespace audiodl {

void RegisterSessionStore(apr_pool_t* pool);

class SessionStore {
 public:
  virtual ~SessionStore() = default;

  // The session as PHP wrote it; nothing where there is none of that id (any more). `session_id`
  // has been checked: letters, digits, '-' and ','. Errors as DbdStore::SelectRow().
  virtual Result<std::optional<std::string>> Find(request_rec* r, std::string_view session_id) = 0;

  // What is known of each of the store's servers; empty where it is the database.
  virtual std::vector<Breaker::State> States() const { return {}; }
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_SESSION_STORE_H_
