// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/compression.h"

#include <util_filter.h>

#include <string_view>

#include "common/base/text.h"

namespace audiodl {
namespace {

// In Debian's stock configuration mod_filter puts its own between for every type, to look at it
// later.
bool Compresses(std::string_view filter) {
  constexpr std::string_view kByType = "bytype:";
  if (EqualsIgnoreCase(filter.substr(0, kByType.size()), kByType)) {
    filter.remove_prefix(kByType.size());
  }
  return EqualsIgnoreCase(filter, "deflate") || EqualsIgnoreCase(filter, "brotli_compress");
}

}  // namespace

void DropCompression(request_rec* r) {
  for (ap_filter_t* filter = r->output_filters; filter != nullptr;) {
    ap_filter_t* next = filter->next;
    if (Compresses(filter->frec->name)) ap_remove_output_filter(filter);
    filter = next;
  }
}

}  // namespace audiodl
