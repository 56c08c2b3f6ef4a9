// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/chosen_value.h"

namespace audiodl {

ChosenValue ChosenValue::Of(const Options& options, const CommandConfig& config,
                            const Names& names) {
  if (std::optional<std::string> given = options.Value(names.option)) {
    return {std::move(given), names.option, Code::kInvalid};
  }
  return {config.Text(names.setting), names.setting, Code::kCorrupt};
}

Result<ChosenValue> ChosenValue::WordOf(const Options& options, const CommandConfig& config,
                                        const Names& names) {
  ChosenValue chosen = Of(options, config, names);
  if (!chosen.text_ || chosen.code_ == Code::kInvalid) return chosen;
  Result<std::string> word = config.Word(names.setting);
  if (!word.ok()) return word.status();
  chosen.text_ = std::move(word).value();
  return chosen;
}

Status ChosenValue::Wrong(std::string_view why) const {
  return Status(code_, source_ + ": " + std::string(why));
}

}  // namespace audiodl
