// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/client_line.h"

#include <apr_portable.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_main.h>
#include <http_protocol.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/client/client_socket.h"
#include "mod_audiodl/connection_state.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

BurstAllowance::Clock::time_point Now() { return BurstAllowance::Clock::now(); }

int MakeLine(conn_rec* c, void*) {
  if (c->master != nullptr || ServerConfigOf(ap_server_conf).fetcher == nullptr) return DECLINED;
  ConnectionStateOf(c).line = NewInPool<ClientLine>(c->pool, c);
  return DECLINED;
}

// Before anything is known of a request but its head. What the last one left in the kernel has been
// sent at its rate, or nearly: the client has asked for more.
int BeginUnpaced(request_rec* r) {
  if (r->connection->master != nullptr) return DECLINED;
  if (ClientLine* line = LineOf(r->connection)) line->EndPacing();
  return DECLINED;
}

}  // namespace

int ClientLine::socket() const {
  apr_os_sock_t fd = -1;
  apr_socket_t* socket = ap_get_conn_socket(connection_);
  return socket != nullptr && apr_os_sock_get(&fd, socket) == APR_SUCCESS ? fd : -1;
}

void ClientLine::LimitUnsent(uint32_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  unsent_limit_ = bytes;
  if (!awaits_empty_) Limit(bytes);
}

void ClientLine::AwaitEmpty() {
  const std::lock_guard<std::mutex> lock(mutex_);
  awaits_empty_ = true;
  Limit(1);
}

void ClientLine::LimitAsUsual() {
  if (std::exchange(awaits_empty_, false)) Limit(unsent_limit_);
}

void ClientLine::Limit(uint32_t bytes) {
  if (std::exchange(limit_now_, bytes) != bytes) audiodl::LimitUnsent(socket(), bytes);
}

bool ClientLine::IsEmpty() const { return UnsentBytes(socket()).value_or(0) == 0; }

uint64_t ClientLine::DrawBurst(const DownloadRate& rate) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return allowance_.Draw(rate, Now());
}

void ClientLine::SpendBurst(uint64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  allowance_.Spend(bytes, Now());
}

void ClientLine::BeginPacing(uint64_t bytes_per_second) {
  const std::lock_guard<std::mutex> lock(mutex_);
  paced_ = true;
  SetPacing(socket(), bytes_per_second);
  LimitAsUsual();
}

void ClientLine::EndPacing() {
  const std::lock_guard<std::mutex> lock(mutex_);
  LimitAsUsual();
  if (!std::exchange(paced_, false)) return;
  // Nothing comes back while bytes are still on their way.
  allowance_.Spend(0, Now());
  SetPacing(socket(), 0);
}

ClientLine* LineOf(const conn_rec* c) {
  const ConnectionState* state = FindConnectionState(c->master != nullptr ? c->master : c);
  return state == nullptr ? nullptr : state->line;
}

Pace::Pace(conn_rec* c, ClientLine& line, const DownloadRate& rate)
    : line_(line),
      rate_(rate),
      shares_line_(c->master != nullptr),
      burst_left_(line.DrawBurst(rate)) {}

// Nothing of the burst has come back meanwhile.
Pace::~Pace() { line_.SpendBurst(0); }

uint64_t Pace::Allowed() {
  if (phase_ == Phase::kBurst && burst_left_ > 0) return burst_left_;
  if (phase_ == Phase::kBurst && !shares_line_) {
    phase_ = Phase::kLeaving;
    line_.AwaitEmpty();
  }
  if (phase_ == Phase::kLeaving && !line_.IsEmpty()) return 0;
  if (phase_ != Phase::kDone) line_.BeginPacing(rate_.bytes_per_second);
  phase_ = Phase::kDone;
  return kAny;
}

void Pace::Sent(uint64_t bytes) {
  burst_left_ -= std::min(burst_left_, bytes);
  line_.SpendBurst(bytes);
}

Pace* PaceOf(request_rec* r) {
  const DownloadRate rate = DirConfigOf(r).Rate();
  ClientLine* line = LineOf(r->connection);
  if (!rate.limits() || line == nullptr) return nullptr;
  return NewInPool<Pace>(r->pool, r->connection, *line, rate);
}

void RegisterClientLine(apr_pool_t*) {
  ap_hook_pre_connection(Guarded<MakeLine, DECLINED>, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_post_read_request(Guarded<BeginUnpaced, DECLINED>, nullptr, nullptr, APR_HOOK_FIRST);
}

}  // namespace audiodl
