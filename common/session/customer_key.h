// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AudioCustomerKey: where in a session the customer stands. Pure; any thread.

#ifndef AUDIODL_COMMON_SESSION_CUSTOMER_KEY_H_
#define AUDIODL_COMMON_SESSION_CUSTOMER_KEY_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

// Ok for one or more names separated by single slashes: "customer_id", "_sf2_attributes/user_id".
Status CheckCustomerKey(std::string_view path);

// The names, from the top of the session down.
std::vector<std::string> SplitCustomerKey(std::string_view path);

// What every reader answers where a session names nobody: a visitor who has not logged in.
Status NotLoggedIn();

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_CUSTOMER_KEY_H_
