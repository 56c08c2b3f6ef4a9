// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Under which name a decision is remembered. A digest, so that no session id lies in a cache, and
// of everything the decision depends on, so that another virtual host, another statement, another
// session or another book never meets it. The same on every server of a cluster. Pure; any thread.

#ifndef AUDIODL_COMMON_ENTITLEMENT_DECISION_KEY_H_
#define AUDIODL_COMMON_ENTITLEMENT_DECISION_KEY_H_

#include <string_view>

#include "common/base/digest.h"

namespace audiodl {

using DecisionKey = Sha256Bytes;

// `scope` stands for the virtual host and its settings; `item` is the book, or the whole path where
// the statement looks at the chunk.
DecisionKey DecisionKeyFor(std::string_view scope, std::string_view session_id,
                           std::string_view item);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ENTITLEMENT_DECISION_KEY_H_
