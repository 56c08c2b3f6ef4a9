// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/storage.h"

#include <httpd.h>

#include <http_config.h>
#include <http_request.h>

#include "mod_audiodl/chunk_path.h"
#include "mod_audiodl/guarded.h"

namespace audiodl {
namespace {

// Whether SetHandler audiodl will be in force. httpd has reset the settings to the server's before
// this phase and will apply <Location> and <If> again after it, from the same input: so this is
// what it will find. Both walks are remembered per request and cost next to nothing the second
// time.
bool WillBeOurs(request_rec* r) {
  ap_conf_vector_t* server_settings = r->per_dir_config;
  const bool walked = ap_location_walk(r) == OK && ap_if_walk(r) == OK;
  const bool ours = walked && HandlerIsAudiodl(r, r->per_dir_config);
  r->per_dir_config = server_settings;
  return ours;
}

// OK means "this request is in no file system", as mod_proxy says of its own: <Directory> sections
// and .htaccess files do not apply to it, only what stands in the virtual host, in <Location> and
// in <If>. Access is governed by the Require of the <Location>. The file name that httpd has
// derived from the URL is never opened or looked up.
int MapToStorage(request_rec* r) { return WillBeOurs(r) ? OK : DECLINED; }

}  // namespace

void RegisterStorage(apr_pool_t*) {
  // After http_core, which answers TRACE and OPTIONS here, and before core's walk of the
  // directories.
  ap_hook_map_to_storage(Guarded<MapToStorage, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                         APR_HOOK_LAST);
}

}  // namespace audiodl
