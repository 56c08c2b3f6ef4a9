// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One read of a fill: a block-aligned range of the object that goes on at its last byte when it is
// cut, and that is read a second time in parallel when the first reading stalls (a hedge):
// whichever brings the next byte goes on, the other one ends. Internal to Fill.

#ifndef AUDIODL_COMMON_FETCH_FILL_PART_H_
#define AUDIODL_COMMON_FETCH_FILL_PART_H_

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/fetch/fill.h"
#include "common/fetch/origin_client.h"

namespace audiodl {

class Fill::Part {
 public:
  Part(Fill& fill, uint64_t first, uint64_t last);
  ~Part();

  // Begins to read [pos, end), besides what is being read already.
  void Start(std::string_view if_match);
  // Ends readings that another one has overtaken; libcurl allows it only outside of its callbacks.
  void DropLosers();

  bool reading() const { return !attempts_.empty(); }
  bool hedged() const { return attempts_.size() > 1; }

  uint64_t begin;
  uint64_t pos;  // the next byte to come
  uint64_t end;
  unsigned failures = 0;      // in a row, without a byte of progress
  uint32_t last_attempt = 0;  // its number, once there was one
  int64_t marker = 0;         // the newest one known before the origin was asked
  uint32_t crc = 0;           // of the block that pos is in, up to pos
  bool info_only = false;     // the object's head, no bytes
  bool of_version = false;    // asked for in the version that the file is of, newest or not
  bool shortened = false;     // end was moved forward after the origin was asked for more
  uint64_t dripped = 0;       // bytes since last_progress
  Clock::time_point last_progress{};
  std::optional<Clock::time_point> retry_at;

 private:
  class Attempt;

  Fill& fill_;
  std::list<std::unique_ptr<Attempt>> attempts_;
  Attempt* winner_ = nullptr;  // brought the last byte; null: the next one decides
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_FILL_PART_H_
