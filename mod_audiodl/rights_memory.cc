// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/rights_memory.h"

#include <http_core.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>

#include "common/base/digest.h"
#include "common/entitlement/question_locks.h"
#include "common/entitlement/revocation_set.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

// The number is the layout's, of what is pointed to as well.
constexpr char kRetainedName[] = "mod_audiodl.rights.1";
constexpr size_t kMaxSets = 256;

// Plain data, kept by the parent while the module is unloaded and loaded again.
struct RetainedSet {
  Sha256Bytes id{};
  RevocationSet* set = nullptr;
  bool wanted = false;  // by the configuration that is being read
};

struct Retained {
  QuestionLocks* locks = nullptr;
  std::array<RetainedSet, kMaxSets> sets{};
};

Result<Retained*> Retain() {
  if (void* memory = ap_retained_data_get(kRetainedName)) return static_cast<Retained*>(memory);
  const Result<QuestionLocks*> locks = QuestionLocks::Map();
  if (!locks.ok()) return locks.status();
  auto* retained = new (ap_retained_data_create(kRetainedName, sizeof(Retained))) Retained;
  retained->locks = *locks;
  return retained;
}

// The set of the last generation, or a new one.
Result<RevocationSet*> SetFor(Retained& retained, const std::string& id) {
  const Sha256Bytes digest = Sha256Of(id);
  auto& sets = retained.sets;
  auto found = std::find_if(sets.begin(), sets.end(), [&](const RetainedSet& known) {
    return known.set != nullptr && known.id == digest;
  });
  if (found == sets.end()) {
    found = std::find_if(sets.begin(), sets.end(),
                         [](const RetainedSet& known) { return known.set == nullptr; });
    if (found == sets.end()) return Status(Code::kNoSpace, "AudioRevocations in too many servers");
    const Result<RevocationSet*> set = RevocationSet::Map();
    if (!set.ok()) return set;
    *found = {digest, *set, false};
  }
  found->wanted = true;
  return found->set;
}

// A set that is not kept up to date any more must not be found again as if it were.
void DropUnwanted(Retained& retained) {
  for (RetainedSet& known : retained.sets) {
    if (known.set != nullptr && !known.wanted) {
      RevocationSet::Unmap(known.set);
      known = {};
    }
    known.wanted = false;
  }
}

Status Link(server_rec* main_server) {
  const Result<Retained*> retained = Retain();
  if (!retained.ok()) return retained.status();
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    config.question_locks = (*retained)->locks;
    if (!config.Revocations() || !config.CanAuthorize()) continue;
    const Result<RevocationSet*> set = SetFor(**retained, VirtualHostId(server));
    if (!set.ok()) return set.status();
    config.revocation_set = *set;
  }
  DropUnwanted(**retained);
  return Status::Ok();
}

int PostConfig(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* server) {
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  const Status status = Link(server);
  if (status.ok()) return OK;
  ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server, "audiodl: %s", status.text().c_str());
  return HTTP_INTERNAL_SERVER_ERROR;
}

}  // namespace

std::string VirtualHostId(const server_rec* server) {
  const auto port =
      server->port != 0 || server->addrs == nullptr ? server->port : server->addrs->host_port;
  return std::string(server->server_hostname != nullptr ? server->server_hostname : "") + ":" +
         std::to_string(port);
}

void RegisterRightsMemory(apr_pool_t*) {
  ap_hook_post_config(Guarded<PostConfig, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_MIDDLE);
}

}  // namespace audiodl
