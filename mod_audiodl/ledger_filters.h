// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How the ledger sees bytes pass. Three output filters and one kind of bucket:
//
//   handler ─► byterange ─► AUDIODL_TALLY ─► … ─► (TLS) ─► AUDIODL_LINE ─► core
//
// TALLY, of one request, sees which bytes of the chunk are to be sent, and puts marks before and
// after them: metadata buckets that travel with the bytes through whatever holds back, encrypts or
// splits them. LINE, of the connection, counts everything that goes to core, tells a mark's
// transfer at which position it has passed, and takes it out.
//
// A stream of HTTP/2 shares its connection with others and mod_http2 carries no marks. There TALLY
// counts the body's bytes itself, and a third filter, AUDIODL_FRAMES, above TLS on the connection,
// reads from the frames how many of them each stream was given (frame_counter.h).

#ifndef AUDIODL_MOD_AUDIODL_LEDGER_FILTERS_H_
#define AUDIODL_MOD_AUDIODL_LEDGER_FILTERS_H_

#include <httpd.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "common/ledger/ledger_entry.h"
#include "common/ledger/line.h"
#include "common/ledger/transfer.h"

namespace audiodl {

class DeliveryDesk;

// What a response consists of, as the ledger asks. Lives in r->pool.
class LedgerSource {
 public:
  virtual ~LedgerSource() = default;

  // The number of the chunk of whose bytes the bucket consists; -1: of none. The first of them is
  // bucket->start.
  virtual ptrdiff_t ChunkOf(const apr_bucket* bucket) const = 0;
  // Which chunk that is, but for the customer.
  virtual LedgerItem ItemOf(size_t chunk) const = 0;
  // How many there may be.
  virtual size_t chunks() const = 0;
};

// What TALLY knows of one response. In r->pool; one thread at a time.
struct Tally {
  const LedgerSource& source;
  const char* customer;
  DeliveryDesk& desk;
  std::shared_ptr<Line> line;
  size_t journal;
  uint32_t stream;    // of HTTP/2, else 0
  bool is_encrypted;  // as a whole, and not by HTTP/2's stream
  // A filter above reads the chunk's bytes and sends others in their place, so the one chunk is one
  // stretch that has arrived as a whole or not at all.
  bool is_opaque;

  std::map<size_t, std::shared_ptr<Transfer>> transfers = {};  // by chunk
  Transfer* open = nullptr;                                    // whose stretch has not ended
  Transfer* last = nullptr;                                    // whose stretch was the last one
  size_t stretch = 0;                                          // the last one, in its map
  uint64_t body = 0;                                           // bytes that have gone through TALLY

  // The request has ended.
  void Finish(bool aborted) const;
};

void RegisterLedgerFilters(apr_pool_t* pool);

// REQUIRES: before the first byte of the response is passed on.
void AddTally(request_rec* r, Tally& tally);

// At a connection's beginning. The line lives as long as c->pool at least.
void AddLine(conn_rec* c, Line& line);

// The connection's descriptor; -1 where httpd has closed it.
int SocketOf(conn_rec* c);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_LEDGER_FILTERS_H_
