// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AudioRevocations: the table audiodl_revocations, which `audiodl revoke` writes, read by one
// process of each server every two seconds into memory that all of them share. What is revoked is
// refused at once, whatever session, statement, cache, grant or signed link says otherwise.
//
// Before the table could be read for the first time nobody is let through: who is revoked is not
// known. Later, while it cannot be read, what was read last stays in force.

#ifndef AUDIODL_MOD_AUDIODL_REVOCATIONS_H_
#define AUDIODL_MOD_AUDIODL_REVOCATIONS_H_

#include <httpd.h>

#include <string_view>

#include "common/session/sql_statement.h"

namespace audiodl {

void RegisterRevocations(apr_pool_t* pool);

enum class Revoked : unsigned char {
  kNo,  // also where AudioRevocations is off
  kYes,
  kUnknown,  // the table was never read: to be answered as a database that is down
};

// Whether that customer's right to that book, or to all books, is revoked in the virtual host of
// `r`. Waits up to a second where the server has only just begun. Any thread of a worker.
Revoked IsRevoked(request_rec* r, std::string_view customer, std::string_view book);

// The same of one device of the customer's, whatever book it asks for.
Revoked IsDeviceRevoked(request_rec* r, std::string_view customer, std::string_view device);

// The statement that reads the table, to be prepared on mod_dbd's connections.
const SqlStatement& RevocationStatement();

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_REVOCATIONS_H_
