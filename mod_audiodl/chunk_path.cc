// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/chunk_path.h"

#include <ap_expr.h>
#include <http_core.h>

#include <optional>
#include <string_view>
#include <utility>

#include "mod_audiodl/answer.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

const core_dir_config* CoreConfigOf(const ap_conf_vector_t* per_dir_config) {
  return static_cast<const core_dir_config*>(ap_get_core_module_config(per_dir_config));
}

// As httpd's own walk does it: a location without a slash at its end matches whole segments.
bool Matches(std::string_view location, std::string_view uri) {
  return uri.starts_with(location) &&
         (location.ends_with('/') || uri.size() == location.size() || uri[location.size()] == '/');
}

// The merged settings only know the last section that matched, which may be one about something
// else
// (<Location "/download/samples"> with its own Require), so the sections themselves are searched.
std::optional<std::string_view> FindLocation(request_rec* r) {
  const auto* core =
      static_cast<const core_server_config*>(ap_get_core_module_config(r->server->module_config));
  auto** sections = reinterpret_cast<ap_conf_vector_t**>(core->sec_url->elts);
  for (int i = core->sec_url->nelts - 1; i >= 0; --i) {
    const core_dir_config* section = CoreConfigOf(sections[i]);
    const bool is_plain_path = section->r == nullptr && !section->d_is_fnmatch;
    if (is_plain_path && Matches(section->d, r->uri) && HandlerIsAudiodl(r, sections[i])) {
      return section->d;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> PrefixOf(request_rec* r) {
  const DirConfig& config = DirConfigOf(r);
  if (config.url_prefix) return *config.url_prefix;
  return FindLocation(r);
}

}  // namespace

bool HandlerIsAudiodl(request_rec* r, const ap_conf_vector_t* per_dir_config) {
  const core_dir_config* config = CoreConfigOf(per_dir_config);
  const char* handler = config->handler;
  if (config->expr_handler != nullptr) {  // SetHandler; without %{...} in it a mere constant
    const char* error = nullptr;
    handler = ap_expr_str_exec(r, config->expr_handler, &error);
    if (error != nullptr) return false;
  }
  return handler != nullptr && ap_cstr_casecmp(handler, "audiodl") == 0;
}

Result<ChunkName> ChunkNameOf(request_rec* r) {
  const std::optional<std::string_view> prefix = PrefixOf(r);
  if (!prefix) {
    return Status(Code::kNotFound,
                  "no <Location> with a plain path says SetHandler audiodl for this address: put "
                  "AudioURLPrefix into the section that does");
  }
  return ChunkName::FromUri(r->uri, *prefix);
}

const ChunkName* FindChunk(request_rec* r) {
  RequestState& state = StateOf(r);
  if (state.chunk_is_known) return state.chunk;
  Result<ChunkName> name = ChunkNameOf(r);
  if (name.ok()) {
    state.chunk = NewInPool<ChunkName>(r->pool, std::move(name).value());
  } else {
    const bool no_prefix = name.status().code() == Code::kNotFound;
    NoteRefusal(r, no_prefix ? Cause::kConfig : Cause::kNotEntitled, name.status().text());
  }
  state.chunk_is_known = true;
  return state.chunk;
}

}  // namespace audiodl
