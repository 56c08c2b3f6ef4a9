// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/frame_counter.h"

#include <algorithm>
#include <utility>

namespace audiodl {
namespace {

constexpr unsigned char kData = 0x0;
constexpr unsigned char kGoAway = 0x7;
constexpr unsigned char kPadded = 0x8;

}  // namespace

void FrameCounter::Take(std::string_view bytes) {
  while (!bytes.empty()) {
    if (padding_is_next_) {
      const uint64_t padding = static_cast<unsigned char>(bytes.front());
      padding_is_next_ = false;
      body_in_frame_ = payload_left_ - 1 - std::min(padding, payload_left_ - 1);
      bytes.remove_prefix(1);
      Skip(1);
    } else if (payload_left_ > 0) {
      const uint64_t skipped = std::min<uint64_t>(payload_left_, bytes.size());
      bytes.remove_prefix(skipped);
      Skip(skipped);
    } else {
      header_[header_bytes_++] = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      if (header_bytes_ == kHeaderBytes) TakeHeader();
    }
  }
}

void FrameCounter::Skip(uint64_t bytes) {
  payload_left_ -= bytes;
  if (payload_left_ == 0 && header_bytes_ == kHeaderBytes) EndFrame();
}

void FrameCounter::TakeHeader() {
  const unsigned char type = header_[3];
  const unsigned char flags = header_[4];
  payload_left_ = uint64_t{header_[0]} << 16 | uint64_t{header_[1]} << 8 | header_[2];
  stream_ = uint32_t{header_[5]} << 24 | uint32_t{header_[6]} << 16 | uint32_t{header_[7]} << 8 |
            header_[8];
  stream_ &= 0x7fffffff;
  is_data_ = type == kData;
  says_goodbye_ = says_goodbye_ || type == kGoAway;
  body_in_frame_ = is_data_ ? payload_left_ : 0;
  padding_is_next_ = is_data_ && (flags & kPadded) != 0 && payload_left_ > 0;
  if (payload_left_ == 0) EndFrame();
}

void FrameCounter::EndFrame() {
  header_bytes_ = 0;
  const auto found = streams_.find(stream_);
  if (found == streams_.end()) return;
  found->second.body_bytes += body_in_frame_;
  found->second.is_passing = found->second.is_passing || body_in_frame_ > 0;
}

void FrameCounter::Passed(uint64_t position) {
  for (auto& [number, stream] : streams_) {
    if (std::exchange(stream.is_passing, false)) stream.position = position;
  }
}

std::optional<StreamCount> FrameCounter::Find(uint32_t stream) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return std::nullopt;
  return found->second;
}

}  // namespace audiodl
