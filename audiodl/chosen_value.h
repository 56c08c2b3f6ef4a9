// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What an option says, or, where it is not given, a setting; and which of the two is to be told
// where it makes no sense.
//
//   const ChosenValue server = ChosenValue::Of(options, config, {"--server", "AudioDnsServer"});
//   if (!server.text()) …
//   if (!IsName(*server.text())) return server.Wrong("no name server is called that");
//
// A value; one thread at a time.

#ifndef AUDIODL_AUDIODL_CHOSEN_VALUE_H_
#define AUDIODL_AUDIODL_CHOSEN_VALUE_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "audiodl/command_config.h"
#include "audiodl/options.h"
#include "common/base/status.h"

namespace audiodl {

class ChosenValue {
 public:
  struct Names {
    std::string option;
    std::string setting;
  };

  // Of a setting, all that follows its name.
  static ChosenValue Of(const Options& options, const CommandConfig& config, const Names& names);

  // As Of(), of a setting that has one word. As CommandConfig::Word(), but for kNotFound.
  static Result<ChosenValue> WordOf(const Options& options, const CommandConfig& config,
                                    const Names& names);

  // None: neither is given.
  const std::optional<std::string>& text() const { return text_; }

  // "--server: WHY", kInvalid: the command line is wrong; or "AudioDnsServer: WHY", kCorrupt.
  Status Wrong(std::string_view why) const;

 private:
  ChosenValue(std::optional<std::string> text, std::string source, Code code)
      : text_(std::move(text)), source_(std::move(source)), code_(code) {}

  std::optional<std::string> text_;
  std::string source_;  // the option or the setting
  Code code_;
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CHOSEN_VALUE_H_
