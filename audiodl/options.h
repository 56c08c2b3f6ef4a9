// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A subcommand's arguments, sorted into options and operands.
//
//   const Result<Options> options = Options::Parse(arguments, {.flags = {"--json"}, .values =
//   {"--key"}}); options->Value("--key")     // from "--key x" or "--key=x"
//
// A value: one thread at a time.

#ifndef AUDIODL_AUDIODL_OPTIONS_H_
#define AUDIODL_AUDIODL_OPTIONS_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

class Options {
 public:
  struct Names {
    std::vector<std::string> flags;       // "--json": stand alone
    std::vector<std::string> values;      // "--key": a value follows
    std::vector<std::string> lists = {};  // "--log": a value follows, and it may be given again
  };

  // What Parse() returns where --help is one of the options, whatever the others are.
  static constexpr Code kHelpAsked = Code::kOutOfRange;

  // kInvalid names the argument that is unknown, lacks its value, has one too many or comes twice.
  // Options may stand among the operands; "--" ends them; "-" is an operand. For Refuse().
  static Result<Options> Parse(const std::vector<std::string>& arguments, const Names& names);

  bool Has(const std::string& flag) const { return given_.contains(flag); }
  std::optional<std::string> Value(const std::string& name) const;
  // All values of one of Names::lists, in the order given.
  std::vector<std::string> List(const std::string& name) const;
  const std::vector<std::string>& operands() const { return operands_; }

 private:
  // The option at arguments[i], and its value.
  Status Take(const std::vector<std::string>& arguments, const Names& names, size_t& i);

  std::map<std::string, std::string> given_;
  std::multimap<std::string, std::string> lists_;
  std::vector<std::string> operands_;
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_OPTIONS_H_
