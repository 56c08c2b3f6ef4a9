// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A hosts file's text in three parts: what stands before the managed block, the block, and what
// stands after it. Only the block is ever replaced; all other bytes stay what they are.
//
//   127.0.0.1 localhost
//   # BEGIN audiodl hosts: replaced by "audiodl hosts apply"; what stands outside is left alone
//   # audiodl hosts 1
//   …                       an object, verbatim
//   # end
//   # END audiodl hosts
//
// After a rollback the block has one more line, right below BEGIN, that keeps the next apply from
// doing again what was undone:
//
//   # rolled back: serial 1795773600 and older are not applied
//
// A value; one thread at a time.

#ifndef AUDIODL_COMMON_CLUSTER_HOSTS_FILE_H_
#define AUDIODL_COMMON_CLUSTER_HOSTS_FILE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

struct HostsBlock {
  uint64_t refused_up_to = 0;  // 0: nothing was rolled back
  // An object's text; anything where somebody has edited it, and empty where a rollback went back
  // to no addresses at all.
  std::string object;

  std::string Text() const;

  bool operator==(const HostsBlock&) const = default;
};

class HostsFile {
 public:
  // kCorrupt: a block that begins and does not end, ends and did not begin, or begins twice; the
  // text says in which line.
  static Result<HostsFile> Parse(std::string text);

  const std::optional<HostsBlock>& block() const { return block_; }
  const std::string& text() const { return text_; }

  // The whole file with that block in the place of the old one, or at the end where there was none;
  // without one where `block` is none.
  std::string With(const std::optional<HostsBlock>& block) const;

  // The number of the first line outside of the block that names that host; 0: none does.
  size_t ForeignLineNaming(std::string_view name) const;

 private:
  std::string text_;
  // [block_begin_, block_end_) is the block, with its line end; empty where there is none.
  size_t block_begin_ = 0;
  size_t block_end_ = 0;
  std::optional<HostsBlock> block_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_HOSTS_FILE_H_
