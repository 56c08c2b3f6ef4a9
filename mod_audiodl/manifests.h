// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The manifests of a virtual host's listing, as this process knows them. Any thread.

#ifndef AUDIODL_MOD_AUDIODL_MANIFESTS_H_
#define AUDIODL_MOD_AUDIODL_MANIFESTS_H_

#include <httpd.h>

#include <memory>
#include <string_view>

#include "common/book/manifest.h"

namespace audiodl {

void RegisterManifests(apr_pool_t* pool);

// Null: the book has none, or none that can be read, or the virtual host has no listing.
std::shared_ptr<const Manifest> ManifestOf(const request_rec* r, std::string_view book);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_MANIFESTS_H_
