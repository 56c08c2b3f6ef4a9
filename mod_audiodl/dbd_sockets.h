// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The sockets of all connections that mod_dbd has opened in this process, so that a call which
// hangs on one can be broken from outside: shutdown(2) makes the driver's read return. Each is held
// by a descriptor of our own, whose number nobody else can close and use again.
//
// One for all databases of a process. Thread-safe.

#ifndef AUDIODL_MOD_AUDIODL_DBD_SOCKETS_H_
#define AUDIODL_MOD_AUDIODL_DBD_SOCKETS_H_

#include <apr_dbd.h>  // mod_dbd.h needs it and does not include it
#include <httpd.h>

#include <mod_dbd.h>

#include <map>
#include <mutex>

#include "common/base/unique_fd.h"

namespace audiodl {

class DbdSockets {
 public:
  // Knows the connection as long as this object lives, which ends before the connection does.
  class Registration {
   public:
    Registration(DbdSockets& sockets, const ap_dbd_t* connection);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    DbdSockets& sockets_;
    const ap_dbd_t* connection_;
  };

  // Whether one of our threads has taken it from mod_dbd and not given it back.
  void SetTaken(const ap_dbd_t* connection, bool taken);

  void Break(const ap_dbd_t* connection);
  // Those that are mod_dbd's own at the moment: it asks whether they still work before it hands
  // them out, which may hang.
  void BreakUntaken();

  // How many connections have ended so far.
  unsigned ended() const;

 private:
  struct Entry {
    UniqueFd socket;
    bool taken = false;
  };

  mutable std::mutex mutex_;  // guards all below
  std::map<const ap_dbd_t*, Entry> entries_;
  unsigned ended_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DBD_SOCKETS_H_
