// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/decision_memo.h"

#include <cstring>
#include <new>
#include <type_traits>

#include "common/entitlement/revocation_set.h"
#include "mod_audiodl/connection_state.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {

DecisionMemo* DecisionMemo::Of(request_rec* r) {
  const ConnectionState* state = FindConnectionState(r->connection);
  return state == nullptr ? nullptr : state->memo;
}

DecisionMemo& DecisionMemo::Make(request_rec* r) {
  static_assert(std::is_trivially_destructible_v<DecisionMemo>, "no cleanup is registered");
  ConnectionState& state = ConnectionStateOf(r->connection);
  if (state.memo == nullptr) {
    state.memo = new (apr_palloc(r->connection->pool, sizeof(DecisionMemo))) DecisionMemo;
  }
  return *state.memo;
}

const char* DecisionMemo::CustomerFor(request_rec* r, const Question& question) const {
  const bool same = server_ == r->server && r->request_time < good_until_ &&
                    epoch_ == RevocationEpoch(r->server) &&
                    std::string_view(cookies_, cookies_size_) == question.cookies &&
                    std::string_view(item_, item_size_) == question.item;
  return same ? customer_ : nullptr;
}

void DecisionMemo::Remember(request_rec* r, const Question& question, std::string_view customer,
                            UnixMicros good_until, uint64_t epoch) {
  server_ = nullptr;
  if (question.cookies.size() > kMaxCookies || question.item.size() > kMaxItem ||
      customer.size() >= sizeof customer_) {
    return;
  }
  std::memcpy(cookies_, question.cookies.data(), question.cookies.size());
  std::memcpy(item_, question.item.data(), question.item.size());
  std::memcpy(customer_, customer.data(), customer.size());
  customer_[customer.size()] = '\0';
  cookies_size_ = static_cast<uint16_t>(question.cookies.size());
  item_size_ = static_cast<uint16_t>(question.item.size());
  good_until_ = good_until;
  epoch_ = epoch;
  server_ = r->server;
}

uint64_t RevocationEpoch(const server_rec* server) {
  const RevocationSet* set = ServerConfigOf(server).revocation_set;
  return set == nullptr ? 0 : set->epoch();
}

}  // namespace audiodl
