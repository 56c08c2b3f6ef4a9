// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What directives of other modules say, where those modules do not tell: from the tree that httpd
// has read its configuration into. Valid from check_config to the end of post_config; one thread.

#ifndef AUDIODL_MOD_AUDIODL_CONF_TREE_H_
#define AUDIODL_MOD_AUDIODL_CONF_TREE_H_

#include <httpd.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace audiodl {

// The arguments of that directive in the server's <VirtualHost>, else outside of any; of several
// the last counts. None where it stands in neither.
std::optional<std::string> DirectiveOf(const server_rec* server, const char* name);

// What mod_dbd was told about its connections, with its own defaults.
struct DbdSettings {
  bool has_driver = false;
  bool persist = true;
  size_t min = 1;
  size_t max = 10;
  uint16_t port = 0;  // of the database, as DBDParams says it or the driver knows it; 0: none
};
DbdSettings DbdSettingsOf(const server_rec* server);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_CONF_TREE_H_
