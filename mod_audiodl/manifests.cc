// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/manifests.h"

#include <chrono>

#include "common/book/manifest_cache.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/log_to.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

// Empty in the parent: each child fills its own copy.
int PostConfig(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    if (!config.listing || config.manifests != nullptr) continue;
    config.manifests = NewInPool<ManifestCache>(pconf, *config.listing, LogTo(server));
  }
  return OK;
}

}  // namespace

std::shared_ptr<const Manifest> ManifestOf(const request_rec* r, std::string_view book) {
  ManifestCache* manifests = ServerConfigOf(r->server).manifests;
  if (manifests == nullptr) return nullptr;
  return manifests->Find(book, std::chrono::steady_clock::now());
}

void RegisterManifests(apr_pool_t*) {
  ap_hook_post_config(Guarded<PostConfig, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_MIDDLE);
}

}  // namespace audiodl
