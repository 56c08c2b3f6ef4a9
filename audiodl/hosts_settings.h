// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the commands about hosts have in common: where the object is, and which names it is about.
// One thread.

#ifndef AUDIODL_AUDIODL_HOSTS_SETTINGS_H_
#define AUDIODL_AUDIODL_HOSTS_SETTINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "audiodl/command.h"
#include "audiodl/object_address.h"
#include "audiodl/options.h"
#include "audiodl/shop_settings.h"
#include "common/base/status.h"
#include "common/cluster/managed_file.h"

namespace audiodl {

// The names of the options that HostsSettings and HostsPlaceOf() know, and `flags`.
Options::Names HostsOptions(std::vector<std::string> flags);

struct HostsSettings {
  ObjectAddress object;
  std::vector<std::string> names;

  // Which option (kInvalid) or setting is missing or wrong: for Refuse().
  static Result<HostsSettings> Of(const Options& options);
};

// --file and --state.
ManagedFile::Place HostsPlaceOf(const Options& options);

// An object as the store has it. kNotFound: there is none.
struct StoredText {
  std::string text;
  std::string etag;
};
Result<StoredText> FetchHostsText(ObjectStore& objects, const std::string& key);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_HOSTS_SETTINGS_H_
