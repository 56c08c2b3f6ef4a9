// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A connection to the shop's database that one thread of CallThreads holds as long as it lives. It
// is opened through mod_dbd and given back only when it is broken: mod_dbd asks the database each
// time whether a connection that it hands out still works, which would be a round trip for each
// query. Here that shows when the query fails, and it is then made once more on a new connection.
//
// One thread at a time, but for Break().

#ifndef AUDIODL_MOD_AUDIODL_DBD_CONNECTION_H_
#define AUDIODL_MOD_AUDIODL_DBD_CONNECTION_H_

#include <apr_dbd.h>  // mod_dbd.h needs it and does not include it
#include <httpd.h>

#include <mod_dbd.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "common/base/status.h"
#include "common/calls/call_threads.h"
#include "common/calls/own_sockets.h"
#include "common/fetch/process_gauges.h"
#include "mod_audiodl/dbd_select.h"
#include "mod_audiodl/dbd_sockets.h"
#include "mod_audiodl/pool_object.h"

namespace audiodl {

// What mod_dbd lets others call.
struct DbdFunctions {
  APR_OPTIONAL_FN_TYPE(ap_dbd_prepare) * prepare;
  APR_OPTIONAL_FN_TYPE(ap_dbd_open) * open;
  APR_OPTIONAL_FN_TYPE(ap_dbd_close) * close;
};

class DbdConnection : public CallThreads::Seat {
 public:
  struct Options {
    DbdFunctions functions;
    server_rec* server;
    uint16_t port;  // the database's
    DbdSockets& sockets;
    ProcessGauges& gauges;
  };

  // Opens nothing yet.
  explicit DbdConnection(const Options& options) : options_(options), pool_(nullptr) {}
  ~DbdConnection() override { Close(); }

  void Close() override;
  void Break() override;

  // The first rows. kUnreachable: no connection, or it broke twice. kIo: the database refuses the
  // statement. When `abandoned` becomes true it does not try again.
  Result<std::vector<DbRow>> Select(const DbdStatement& statement,
                                    const CallThreads::Abandoned& abandoned);

 private:
  struct Attempt {
    Result<std::vector<DbRow>> rows;
    bool connection_works;
  };

  Attempt Try(const DbdStatement& statement, const CallThreads::Abandoned& abandoned);
  Status Open(const CallThreads::Abandoned& abandoned);
  void SetOpening(bool opening);
  void Count(int connections);

  const Options options_;
  ScopedPool pool_;  // outlives every connection that was opened with it
  ap_dbd_t* connection_ = nullptr;

  std::mutex mutex_;  // guards what Break() looks at
  const ap_dbd_t* breakable_ = nullptr;
  bool opening_ = false;
  SocketInodes before_;  // the process's sockets when it began to open
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DBD_CONNECTION_H_
