// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The directives an operator writes. conf/audiodl.conf documents each of them.

#ifndef AUDIODL_MOD_AUDIODL_DIRECTIVES_H_
#define AUDIODL_MOD_AUDIODL_DIRECTIVES_H_

#include <httpd.h>

#include <http_config.h>

namespace audiodl {

// The table for the module record, ended by an empty row. Each value is validated where it is read:
// a wrong one stops the start with the directive, the value, what is wrong and an example of a
// right one.
const command_rec* Directives();

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DIRECTIVES_H_
