// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/free_titles_files.h"

#include <chrono>

#include "common/entitlement/free_titles_file.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/log_to.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

int PostConfig(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    if (!config.free_titles) continue;
    config.free_titles_file = NewInPool<FreeTitlesFile>(pconf, *config.free_titles, LogTo(server));
  }
  return OK;
}

}  // namespace

bool IsFreeNow(const request_rec* r, std::string_view book) {
  FreeTitlesFile* file = ServerConfigOf(r->server).free_titles_file;
  if (file == nullptr) return false;
  const std::chrono::system_clock::time_point now{std::chrono::microseconds(r->request_time)};
  return file->Current(now)->IsFree(book, now);
}

void RegisterFreeTitlesFiles(apr_pool_t*) {
  ap_hook_post_config(Guarded<PostConfig, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_MIDDLE);
}

}  // namespace audiodl
