// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/hidden_password.h"

#include <httpd.h>

#include <http_config.h>
#include <util_cfgtree.h>

#include <string>
#include <string_view>

#include "common/base/text.h"
#include "mod_audiodl/guarded.h"

namespace audiodl {
namespace {

// Overwrites what follows each "pass" and what may stand between it and its value, up to the next
// separator of any driver's: "pass=x," of MySQL, "password=x " of PostgreSQL.
void Mask(char* text) {
  const std::string_view whole(text);
  const std::string lower = ToLower(whole);
  for (size_t at = lower.find("pass"); at != std::string::npos; at = lower.find("pass", at)) {
    at = lower.find('=', at);
    if (at == std::string::npos) return;
    for (++at; at < whole.size() &&
               std::string_view(",;|\"' \t").find(whole[at]) == std::string_view::npos;
         ++at) {
      text[at] = '*';
    }
  }
}

void MaskAll(ap_directive_t* first) {
  for (ap_directive_t* node = first; node != nullptr; node = node->next) {
    if (EqualsIgnoreCase(node->directive, "DBDParams") && node->args != nullptr) {
      Mask(const_cast<char*>(node->args));
    }
    MaskAll(node->first_child);
  }
}

int HidePasswords(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec*) {
  MaskAll(ap_conftree);
  return OK;
}

}  // namespace

void RegisterHiddenPassword(apr_pool_t*) {
  ap_hook_post_config(Guarded<HidePasswords, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_REALLY_LAST);
}

}  // namespace audiodl
