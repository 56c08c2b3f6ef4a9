// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// mod_info shows every directive with its value, to whomever may see server-info: DBDParams, with
// the password of the shop's database in it, too. Once httpd has read its configuration nobody
// needs the text of that any more, so the password is taken out of it.

#ifndef AUDIODL_MOD_AUDIODL_HIDDEN_PASSWORD_H_
#define AUDIODL_MOD_AUDIODL_HIDDEN_PASSWORD_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterHiddenPassword(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_HIDDEN_PASSWORD_H_
