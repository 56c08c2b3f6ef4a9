// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What commands have in common, from one file: where objects are, who may write them, where the
// listing is. Its lines are those of httpd's configuration (conf/audiodl-command.conf explains
// each):
//
//   AudioOrigin       s3://books/prod region=eu-west-1
//   AudioCredentials  /etc/audiodl/credentials profile=publish
//   AudioListing      /var/www/listing
//
// A command's own setting is a row in command_config.cc. A value; one thread.

#ifndef AUDIODL_AUDIODL_COMMAND_CONFIG_H_
#define AUDIODL_AUDIODL_COMMAND_CONFIG_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

class CommandConfig {
 public:
  static constexpr char kDefaultPath[] = "/etc/audiodl/audiodl.conf";
  static constexpr char kOption[] = "--config";

  // kInvalid names the line: an unknown name, one without a value, one given twice.
  static Result<CommandConfig> Parse(std::string_view text);

  // The file that --config names; without it the default one, where there is one. Errors name the
  // file; never kInvalid, which is for the command line.
  static Result<CommandConfig> Read(const std::optional<std::string>& path);

  // The rest of the line after the name (any case), without blanks at its ends, quotes and all.
  std::optional<std::string> Text(std::string_view name) const;

  // The one word that the name has for its value, quotes taken off. kNotFound: not set. kCorrupt:
  // more than one.
  Result<std::string> Word(std::string_view name) const;

  // All values of a name that may be given more than once.
  std::vector<std::string> All(std::string_view name) const;

 private:
  Status TakeLine(std::string_view line);

  std::multimap<std::string, std::string> values_;  // by lower-case name
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_COMMAND_CONFIG_H_
