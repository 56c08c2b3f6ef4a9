// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/pump.h"

#include <ap_mpm.h>
#include <apr_buckets.h>
#include <apr_portable.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>
#include <http_request.h>
#include <http_ssl.h>
#include <sys/socket.h>
#include <util_filter.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/file_io.h"
#include "common/client/client_socket.h"
#include "mod_audiodl/accounting.h"
#include "mod_audiodl/client_line.h"
#include "mod_audiodl/client_wait.h"
#include "mod_audiodl/connection_state.h"
#include "mod_audiodl/gate.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/parked_socket.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;

constexpr char kHoldName[] = "AUDIODL_HOLD";
constexpr char kPumpName[] = "AUDIODL_PUMP";

// What is in memory is handed down in slices below FlushMaxThreshold's default of 64 KiB. Over TLS
// that is all, and this makes three full records.
constexpr uint64_t kSlice = 48 * 1024;
// A fast client over TLS gives its worker back after so much; the socket takes more at once.
constexpr uint64_t kTlsTurn = 1 << 20;
// While a chunk is being filled many may follow it, and what one client takes at once delays the
// others' first byte: so a first taste for each, and then not too much in one go.
constexpr uint64_t kFirstTaste = 32 * 1024;
constexpr uint64_t kFollowTurn = 512 * 1024;
// How long a worker waits for a block before it looks after other connections.
constexpr milliseconds kLongestWait{100};
// Where too many wait already, just long enough not to spin.
constexpr milliseconds kShortWait{1};

// The newest httpd 2.4 that the pump was tested with.
constexpr int kTestedPatch = 71;

// The state of one connection; in c->pool.
struct Pump {
  conn_rec* connection = nullptr;
  ap_filter_t* hold = nullptr;
  apr_bucket_brigade* held = nullptr;
  Shipment* shipment = nullptr;  // whose bytes are, or will be, in `held`; the request's
  Delivery* delivery = nullptr;  // the one of its that was taken up last; null: none yet
  const FetcherLink* link = nullptr;
  bool tls = false;
  bool tasted = false;  // the last turn was the handler's
  // The bell's rings when the client had all that was there; none: it has not caught up.
  std::optional<uint32_t> caught_up;
  ParkedSocket* parking = nullptr;  // made when it is first needed
  ClientWait* waiting = nullptr;    // likewise
  UnsentLimit unsent;
  int downloads = 0;        // whose last byte the kernel does not have yet
  ClientWait::Times times;  // of the last of them
};

// Of the httpd that runs, not of the headers the module was built with.
bool IsTestedHttpd() {
  ap_version_t version;
  ap_get_server_revision(&version);
  return version.major == 2 && version.minor == 4 && version.patch <= kTestedPatch;
}

bool MpmIsAsync() {
  int is_async = 0;
  return ap_mpm_query(AP_MPMQ_IS_ASYNC, &is_async) == APR_SUCCESS && is_async != 0;
}

void Move(apr_bucket* bucket, apr_bucket_brigade* to) {
  APR_BUCKET_REMOVE(bucket);
  APR_BRIGADE_INSERT_TAIL(to, bucket);
}

// The request may go with it, and with that what it sends.
void ForgetShipment(Pump& pump) {
  pump.shipment = nullptr;
  pump.delivery = nullptr;
}

void DropHeld(Pump& pump) {
  ForgetShipment(pump);
  apr_brigade_cleanup(pump.held);
}

std::string WhatIsSent(const Pump& pump) {
  return pump.delivery == nullptr ? "" : "key \"" + pump.delivery->follower.key() + "\": ";
}

// The head with its Content-Length is on its way, so the only honest end is a broken connection:
// the client sees that bytes are missing and can resume. What is held goes, the request's end with
// it.
apr_status_t Break(Pump& pump, const Status& status) {
  ap_log_cerror(APLOG_MARK, APLOG_ERR, 0, pump.connection,
                "audiodl: a download is broken off, for the client to resume: %s%s",
                WhatIsSent(pump).c_str(), status.text().c_str());
  pump.connection->keepalive = AP_CONN_CLOSE;
  pump.connection->aborted = 1;
  DropHeld(pump);
  return APR_ECONNABORTED;
}

apr_status_t PassDown(Pump& pump, apr_bucket_brigade* brigade) {
  const apr_status_t status = ap_pass_brigade(pump.hold->next, brigade);
  apr_brigade_cleanup(brigade);
  if (status == APR_SUCCESS && pump.connection->aborted) return APR_ECONNABORTED;
  return status;
}

bool Carries(const Pump& pump, const apr_bucket* bucket) {
  return pump.shipment != nullptr && pump.shipment->Carries(bucket);
}

// Takes from `held` what stands before the next bytes of a chunk: heads, boundaries, the request's
// end; a slice of it at most (the directory of a zip may be longer).
apr_status_t TakeOthers(Pump& pump, apr_bucket_brigade* out) {
  uint64_t room = kSlice;
  while (!APR_BRIGADE_EMPTY(pump.held) && room > 0) {
    apr_bucket* bucket = APR_BRIGADE_FIRST(pump.held);
    if (Carries(pump, bucket)) break;
    if (AP_BUCKET_IS_EOR(bucket)) ForgetShipment(pump);
    if (bucket->length > room) {
      const apr_status_t split = apr_bucket_split(bucket, room);
      if (split != APR_SUCCESS) return split;
    }
    room -= bucket->length;
    Move(bucket, out);
  }
  return APR_SUCCESS;
}

// Lets it out.
apr_status_t PassOthers(Pump& pump, apr_bucket_brigade* out) {
  if (TakeOthers(pump, out) != APR_SUCCESS) {
    return Break(pump, Status(Code::kIo, "a bucket could not be split"));
  }
  return APR_BRIGADE_EMPTY(out) ? APR_SUCCESS : PassDown(pump, out);
}

// FILE buckets cannot be handed to TLS as they are: its filter would read, encrypt and write all of
// one before it returns.
Result<apr_bucket*> CopyToHeap(const Pump& pump, uint64_t offset, size_t bytes) {
  char* copy = static_cast<char*>(std::malloc(bytes));
  if (copy == nullptr) return Status(Code::kIo, "out of memory");
  const Status status = ReadAt(pump.delivery->reader.fd(), offset, {copy, bytes});
  if (!status.ok()) {
    std::free(copy);
    return status;
  }
  return apr_bucket_heap_create(copy, bytes, std::free, pump.connection->bucket_alloc);
}

// Lets out the first `bytes` of the chunk's bucket that stands first.
apr_status_t PassBytes(Pump& pump, uint64_t bytes, apr_bucket_brigade* out) {
  apr_bucket* bucket = APR_BRIGADE_FIRST(pump.held);
  if (bytes < bucket->length) {
    const apr_status_t split = apr_bucket_split(bucket, bytes);
    if (split != APR_SUCCESS) return Break(pump, Status(Code::kIo, "a bucket could not be split"));
  }
  if (pump.tls) {
    const Result<apr_bucket*> copy =
        CopyToHeap(pump, static_cast<uint64_t>(bucket->start), bucket->length);
    if (!copy.ok()) return Break(pump, copy.status());
    APR_BRIGADE_INSERT_TAIL(out, *copy);
    apr_bucket_delete(bucket);
  } else {
    Move(bucket, out);
  }
  return PassDown(pump, out);
}

// Parking relies on more of the MPM than the pump does.
bool MayPark(const Pump& pump) { return pump.link->turns != nullptr && IsTestedHttpd(); }

// Lets go of the delivery before, where the bucket that stands first is of another one.
Status TakeUp(Pump& pump) {
  const Result<Delivery*> taken = pump.shipment->TakeUp(APR_BRIGADE_FIRST(pump.held));
  pump.delivery = taken.ok() ? *taken : nullptr;
  return taken.status();
}

// How many bytes of the bucket that stands first are there; where a connection cannot be parked its
// worker may wait for them. REQUIRES: TakeUp() was ok; core has written all that was let out
// before, so that the file may be exchanged for a newer one of the same bytes.
Result<uint64_t> Available(Pump& pump, bool may_wait) {
  Delivery& delivery = *pump.delivery;
  milliseconds wait{0};
  if (may_wait) wait = delivery.link.MayWait() ? kLongestWait : kShortWait;
  const uint32_t seen = delivery.follower.Peek();
  apr_bucket* bucket = APR_BRIGADE_FIRST(pump.held);
  const Result<bool> open = pump.shipment->Open(bucket, wait);
  if (!open.ok()) return open.status();
  Result<uint64_t> there = uint64_t{0};
  if (*open) {
    there = delivery.reader.complete()
                ? uint64_t{bucket->length}
                : delivery.Await(static_cast<uint64_t>(bucket->start), bucket->length, wait);
  }
  if (there.ok() && *there == 0) pump.caught_up = seen;
  return there;
}

enum class Caller : unsigned char { kHandler, kMpm };

// How much of a chunk may leave before the worker looks after others.
uint64_t TurnOf(const Pump& pump, Caller caller) {
  if (pump.delivery->IsWhole()) return pump.tls ? kTlsTurn : UINT64_MAX;
  return caller == Caller::kHandler ? kFirstTaste : kFollowTurn;
}

// Lets out of `held` whatever can leave without blocking.
apr_status_t Drain(Pump& pump, Caller caller) {
  bool may_wait = caller == Caller::kMpm && !MayPark(pump);
  pump.caught_up.reset();
  apr_bucket_brigade* out =
      apr_brigade_create(pump.connection->pool, pump.connection->bucket_alloc);
  apr_status_t status = APR_SUCCESS;
  uint64_t turn = 0;
  while (status == APR_SUCCESS && !APR_BRIGADE_EMPTY(pump.held)) {
    const apr_bucket* bucket = APR_BRIGADE_FIRST(pump.held);
    // What core could not write yet it writes first.
    if (pump.connection->data_in_output_filters && !APR_BUCKET_IS_METADATA(bucket)) break;
    if (!Carries(pump, bucket)) {
      status = PassOthers(pump, out);
      continue;
    }
    if (const Status taken = TakeUp(pump); !taken.ok()) {
      status = Break(pump, taken);
      break;
    }
    if (turn >= TurnOf(pump, caller)) break;
    const Result<uint64_t> there = Available(pump, may_wait);
    if (!there.ok()) {
      status = Break(pump, there.status());
      break;
    }
    if (*there == 0) break;
    may_wait = false;
    const Delivery& delivery = *pump.delivery;
    const uint64_t longest = std::min(TurnOf(pump, caller) - turn, pump.shipment->Stretch(bucket));
    const uint64_t bytes = std::min<uint64_t>({*there, bucket->length, longest});
    const uint64_t slice = delivery.Allowed(pump.tls ? std::min(bytes, kSlice) : bytes);
    if (slice == 0) break;
    turn += slice;
    delivery.Sent(slice);
    status = PassBytes(pump, slice, out);
  }
  apr_brigade_destroy(out);
  return status;
}

// Whether anything in it must wait for its turn: bytes of a chunk; or more in memory, as the
// directory of a zip may be, than core takes without blocking.
bool IsToBeHeld(const Pump& pump, apr_bucket_brigade* brigade) {
  if (pump.shipment == nullptr) return false;
  uint64_t bytes = 0;
  for (apr_bucket* bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade);
       bucket = APR_BUCKET_NEXT(bucket)) {
    bytes += bucket->length;
    if (pump.shipment->Carries(bucket) || bytes > kSlice) return true;
  }
  return false;
}

// A flush would make core block; what can leave leaves at once anyway.
void DropFlushes(apr_bucket_brigade* brigade) {
  for (apr_bucket* bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade);) {
    apr_bucket* next = APR_BUCKET_NEXT(bucket);
    if (APR_BUCKET_IS_FLUSH(bucket)) apr_bucket_delete(bucket);
    bucket = next;
  }
}

apr_status_t Hold(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  Pump& pump = *static_cast<Pump*>(filter->ctx);
  if (APR_BRIGADE_EMPTY(pump.held) && !IsToBeHeld(pump, brigade)) {
    return ap_pass_brigade(filter->next, brigade);
  }
  if (pump.connection->aborted) {
    apr_brigade_cleanup(brigade);
    return APR_ECONNABORTED;
  }
  DropFlushes(brigade);
  const apr_status_t saved = ap_save_brigade(filter, &pump.held, &brigade, pump.connection->pool);
  if (saved != APR_SUCCESS) return Break(pump, Status(Code::kIo, "a brigade could not be kept"));
  pump.tasted = true;
  return Drain(pump, Caller::kHandler);
}

ap_filter_t* FilterBefore(const conn_rec* c, const ap_filter_t* last) {
  ap_filter_t* filter = c->output_filters;
  while (filter != nullptr && filter->next != last) filter = filter->next;
  return filter;
}

ParkedSocket& ParkingOf(Pump& pump) {
  if (pump.parking == nullptr) {
    conn_rec* c = pump.connection;
    pump.parking = NewInPool<ParkedSocket>(c->pool, c, *pump.link);
  }
  return *pump.parking;
}

ClientWait& WaitOf(Pump& pump) {
  if (pump.waiting == nullptr) {
    pump.waiting = NewInPool<ClientWait>(pump.connection->pool, pump.connection, pump.unsent);
  }
  return *pump.waiting;
}

// One request's share in the pump, in r->pool.
class Underway {
 public:
  explicit Underway(Pump& pump) : pump_(pump) { ++pump_.downloads; }
  ~Underway() { --pump_.downloads; }
  Underway(const Underway&) = delete;
  Underway& operator=(const Underway&) = delete;

 private:
  Pump& pump_;
};

// Whether bytes of a chunk that is being filled wait to be sent.
bool IsFollowing(const Pump& pump) {
  return pump.delivery != nullptr && !APR_BRIGADE_EMPTY(pump.held) && !pump.delivery->IsWhole();
}

// Nothing more goes out.
apr_status_t Abandon(Pump& pump, apr_status_t status) {
  DropHeld(pump);
  return status;
}

apr_status_t WriteAndDrain(Pump& pump, ap_filter_t* core) {
  const apr_status_t status = core->frec->filter_func.out_func(core, nullptr);
  // The MPM's first call comes from the handler's own worker: others are waiting for it.
  if (std::exchange(pump.tasted, false)) return status;
  if (status != APR_SUCCESS || APR_BRIGADE_EMPTY(pump.held)) return status;
  return Drain(pump, Caller::kMpm);
}

// The client has taken nothing for too long. What the kernel holds for it goes at once; core's next
// write then fails as for any client that has gone, and ends the request with it.
apr_status_t CutOff(Pump& pump, ap_filter_t* core) {
  conn_rec* c = pump.connection;
  NoteStalledClient(c, pump.times.stall);
  const int socket = LineOf(c)->socket();
  ResetOnClose(socket);
  shutdown(socket, SHUT_RDWR);
  (void)core->frec->filter_func.out_func(core, nullptr);
  c->keepalive = AP_CONN_CLOSE;
  c->aborted = 1;
  return APR_ECONNABORTED;
}

// With bytes left that cannot go now: what is to be waited for, and by whom.
void Suspend(Pump& pump) {
  conn_rec* c = pump.connection;
  // What core could not write yet waits for the socket itself.
  if (!c->data_in_output_filters && pump.caught_up && IsFollowing(pump) && MayPark(pump)) {
    // A line that is faster than the fill.
    pump.unsent.After(milliseconds(0));
    ParkingOf(pump).ParkUntilRung(pump.delivery->follower.bell(), *pump.caught_up);
  } else if (pump.downloads > 0 && IsTestedHttpd()) {
    WaitOf(pump).Begin(pump.times);
  }
  c->data_in_output_filters = 1;
}

// What the MPM calls in write completion, with NULL; nobody else calls it, core being the end for
// data.
apr_status_t WriteCompletion(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  Pump& pump = *static_cast<Pump*>(filter->ctx);
  conn_rec* c = pump.connection;
  ap_filter_t* core = FilterBefore(c, filter);
  if (brigade != nullptr || core == nullptr) return APR_SUCCESS;
  if (!pump.link->pump_seen.load(std::memory_order_relaxed)) pump.link->pump_seen = true;
  if (pump.parking != nullptr) pump.parking->Unpark();
  if (pump.waiting != nullptr && pump.waiting->End()) return Abandon(pump, CutOff(pump, core));
  if (pump.downloads > 0) LineOf(c)->LimitUnsent(pump.unsent.bytes());
  const bool takes_turns = IsFollowing(pump) && !pump.tasted && MayPark(pump);
  if (takes_turns && !ParkingOf(pump).TakeTurn()) {
    c->data_in_output_filters = 1;
    return APR_SUCCESS;
  }
  const apr_status_t status = WriteAndDrain(pump, core);
  if (pump.parking != nullptr) pump.parking->EndTurn();
  if (status != APR_SUCCESS) return Abandon(pump, status);
  if (!APR_BRIGADE_EMPTY(pump.held) || c->data_in_output_filters) {
    Suspend(pump);
  } else if (pump.waiting != nullptr) {
    pump.waiting->Release();
  }
  return APR_SUCCESS;
}

Pump* PumpOf(const conn_rec* c) {
  const ConnectionState* state = FindConnectionState(c);
  return state == nullptr ? nullptr : static_cast<Pump*>(state->pump);
}

// A graceful restart ends a process when it has no connection any more; but one that was accepted
// at the last moment is counted by its worker only, when the thread that would look after it in
// write completion may be gone already. httpd truncates whatever it sends to that one. Here the
// worker waits for it: the process ends after its workers. The MPM says that it stops before it
// counts, and counts before this is called; so who is late is seen to be.
bool IsLate() {
  int state = AP_MPMQ_RUNNING;
  return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

int PreConnection(conn_rec* c, void*) {
  if (c->master != nullptr || !MpmIsAsync()) return DECLINED;
  if (IsLate()) {
    ConnectionStateOf(c).is_late = true;
    return DECLINED;
  }
  const FetcherLink* link = ServerConfigOf(ap_server_conf).fetcher;
  if (link == nullptr) return DECLINED;
  Pump* pump = new (apr_palloc(c->pool, sizeof(Pump))) Pump;
  pump->connection = c;
  pump->link = link;
  pump->held = apr_brigade_create(c->pool, c->bucket_alloc);
  pump->hold = ap_add_output_filter(kHoldName, pump, nullptr, c);
  if (pump->hold == nullptr) return DECLINED;
  ap_add_output_filter(kPumpName, pump, nullptr, c);
  ConnectionStateOf(c).pump = pump;
  return DECLINED;
}

// A time-out, or the end of the server: what closes the socket must find it.
int PreClose(conn_rec* c) {
  const Pump* pump = c->master == nullptr ? PumpOf(c) : nullptr;
  if (pump == nullptr) return OK;
  if (pump->parking != nullptr) {
    pump->parking->Unpark();
    // One that came meanwhile, or it would be kept for as long as the client takes to close.
    pump->parking->EndTurn();
  }
  if (pump->waiting != nullptr) (void)pump->waiting->End();
  return OK;
}

// httpd's time-out for write completion is that of the connection's first virtual host or that of
// the request's, depending on KeepAliveTimeout.
ClientWait::Times TimesFor(const request_rec* r) {
  const apr_interval_time_t timeout =
      std::min(r->connection->base_server->timeout, r->server->timeout);
  ClientWait::Times times;
  times.stall = DirConfigOf(r).StallTimeout();
  times.tick = StallClock::TickFor(times.stall, milliseconds(apr_time_as_msec(timeout)));
  return times;
}

// The chain as the pump needs it: itself last, core before it.
bool ChainIsAsExpected(const Pump& pump) {
  const ap_filter_t* last = pump.hold;
  const ap_filter_t* before = nullptr;
  for (; last->next != nullptr; last = last->next) before = last;
  const std::string_view last_name = last->frec->name;
  return before != nullptr && last->ctx == &pump && last_name.size() == sizeof kPumpName - 1 &&
         before->frec->ftype == AP_FTYPE_NETWORK;
}

// Null where there is none to rely on. Else the request is one of its downloads from now on.
Pump* UsablePump(request_rec* r) {
  Pump* pump = PumpOf(r->connection);
  if (pump == nullptr || !(IsTestedHttpd() || pump->link->pump_seen.load())) return nullptr;
  if (!ChainIsAsExpected(*pump) || FiltersNeedWorker(r)) return nullptr;
  pump->tls = ap_ssl_conn_is_ssl(r->connection) != 0;
  pump->times = TimesFor(r);
  NewInPool<Underway>(r->pool, *pump);
  LineOf(r->connection)->LimitUnsent(pump->unsent.bytes());
  return pump;
}

// A shipment in the pump's care, for as long as its request lives: that may end without any of its
// bytes having been held, as when a filter has read them all.
class InCare {
 public:
  InCare(Pump& pump, Shipment& shipment) : pump_(pump), shipment_(shipment) {
    pump_.shipment = &shipment;
    pump_.delivery = nullptr;
  }
  ~InCare() {
    if (pump_.shipment == &shipment_) ForgetShipment(pump_);
  }
  InCare(const InCare&) = delete;
  InCare& operator=(const InCare&) = delete;

 private:
  Pump& pump_;
  Shipment& shipment_;
};

}  // namespace

void RegisterPump(apr_pool_t*) {
  // HOLD stands above every filter that changes the bytes (TLS is AP_FTYPE_CONNECTION + 5), PUMP
  // below core, which is AP_FTYPE_NETWORK.
  ap_register_output_filter(kHoldName, Guarded<Hold, APR_EGENERAL>, nullptr, AP_FTYPE_CONNECTION);
  ap_register_output_filter(kPumpName, Guarded<WriteCompletion, APR_EGENERAL>, nullptr,
                            static_cast<ap_filter_type>(AP_FTYPE_NETWORK + 1));
  ap_hook_pre_connection(Guarded<PreConnection, DECLINED>, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_pre_close_connection(Guarded<PreClose, OK>, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
}

bool UsePump(request_rec* r, Delivery& delivery) {
  Pump* pump = UsablePump(r);
  if (pump == nullptr) return false;
  // core sends a whole file asynchronously by itself, with no detour.
  if (delivery.reader.complete() && !pump->tls && delivery.pace == nullptr) return true;
  NewInPool<InCare>(r->pool, *pump, *NewInPool<SingleShipment>(r->pool, delivery));
  return true;
}

bool UsePump(request_rec* r, Shipment& shipment) {
  Pump* pump = UsablePump(r);
  if (pump != nullptr) NewInPool<InCare>(r->pool, *pump, shipment);
  return pump != nullptr;
}

}  // namespace audiodl
