// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One read of a fill: a block-aligned range of the object that goes on at its last byte when it is cut.
// Internal to Fill.

#ifndef AUDIODL_COMMON_FETCH_FILL_PART_H_
#define AUDIODL_COMMON_FETCH_FILL_PART_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/fetch/fill.h"
#include "common/fetch/origin_client.h"

namespace audiodl {

class Fill::Part : public ReadSink {
 public:
  Part(Fill& fill, uint64_t first, uint64_t last) : begin(first), pos(first), end(last), fill_(fill) {}

  void Start(OriginClient& origin, const std::string& key, std::string_view if_match) {
    read = origin.Start(
        ReadRequest{key, info_only, pos, info_only ? 0 : end - pos, std::string(if_match)}, *this);
  }
  bool reading() const { return read != nullptr; }

  bool OnHead(const ObjectInfo& info, uint64_t first, uint64_t last) override {
    return fill_.PartHead(*this, info, first, last);
  }
  bool OnBody(std::string_view bytes) override { return fill_.PartBytes(*this, bytes); }
  void OnDone(const Status& status) override { fill_.PartDone(*this, status); }

  uint64_t begin;
  uint64_t pos;  // the next byte to come
  uint64_t end;
  uint32_t crc = 0;  // of the block that pos is in, up to pos
  bool info_only = false;
  std::optional<Clock::time_point> retry_at;
  std::unique_ptr<OriginRead> read;

 private:
  Fill& fill_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_FILL_PART_H_
