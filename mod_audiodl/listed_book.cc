// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/listed_book.h"

#include <utility>

#include "mod_audiodl/manifests.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

ListedBook Find(const request_rec* r, const ChunkName& book) {
  ListedBook found;
  found.manifest = ManifestOf(r, book.book);
  const std::string& listing = *ServerConfigOf(r->server).listing;
  Result<std::vector<BookPart>> parts = FindBookParts(listing, book.book, found.manifest.get());
  found.status = parts.status();
  if (parts.ok()) found.parts = std::move(parts).value();
  return found;
}

}  // namespace

const ListedBook& ListedBookOf(request_rec* r, const ChunkName& book) {
  RequestState& state = StateOf(r);
  if (state.listed_book == nullptr) {
    state.listed_book = NewInPool<ListedBook>(r->pool, Find(r, book));
  }
  return *state.listed_book;
}

}  // namespace audiodl
