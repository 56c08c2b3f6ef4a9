// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/decision_key.h"

#include <string>

namespace audiodl {

DecisionKey DecisionKeyFor(std::string_view scope, std::string_view session_id,
                           std::string_view item) {
  std::string text = "audiodl decision 1";
  text.reserve(text.size() + scope.size() + session_id.size() + item.size() + 64);
  // With its length before it, no part can be mistaken for two.
  for (const std::string_view part : {scope, session_id, item}) {
    text += '\0';
    text += std::to_string(part.size());
    text += ':';
    text += part;
  }
  return Sha256Of(text);
}

}  // namespace audiodl
