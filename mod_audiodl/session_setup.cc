// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/session_setup.h"

#include <httpd.h>

#include <http_config.h>
#include <http_log.h>

#include "common/session/sql_template.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

void FillIn(const SessionPreset& preset, ServerConfig& config) {
  if (!config.session_cookie) config.session_cookie = preset.cookie;
  if (!config.session_format) config.session_format = preset.format;
  if (!config.customer_key && !preset.customer_key.empty()) {
    config.customer_key = preset.customer_key;
  }
  if (!config.session_query) {
    config.session_query.emplace(SqlTemplate::Parse(preset.query, kSessionParameters).value());
  }
}

Status ApplyPreset(ServerConfig& config) {
  const SessionPreset& preset = *config.session_preset;
  FillIn(preset, config);
  if (preset.key_file.empty()) return Status::Ok();
  Result<SessionIdKey> key = SessionIdKey::Read(preset.key_file);
  if (!key.ok()) return key.status();
  config.session_id_key = std::move(key).value();
  return Status::Ok();
}

int ApplyPresets(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* main_server) {
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    if (!config.session_preset) continue;
    const Status applied = ApplyPreset(config);
    if (applied.ok()) continue;
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, server,
                 "audiodl: AudioSessionPreset key-file=: %s", applied.text().c_str());
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  return OK;
}

}  // namespace

void RegisterSessionSetup(apr_pool_t*) {
  // Virtual hosts have been merged by then, and whatever checks or uses the settings comes later.
  ap_hook_check_config(Guarded<ApplyPresets, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                       APR_HOOK_REALLY_FIRST);
}

}  // namespace audiodl
