// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which bytes of one object a client has been given, over any number of requests, connections and
// servers: a set of half-open intervals, each with a tail that is in doubt.
//
// A download that was cut leaves such a tail: bytes that the kernel had taken, of which no
// acknowledgement came. The client knows what it got, and says so: it goes on from there. So where
// another part begins within a tail, the bytes before it count.
//
//   0-1000~1400          cut: the first 1000 are known to have arrived, up to 400 more may have
//   + 1300-5000          the client went on at 1300
//   = 0-5000
//
// As text: "first-end" or "first-end~maybe", separated by commas.
//
// The result does not depend on the order in which parts are added. A value; one thread at a time.

#ifndef AUDIODL_COMMON_LEDGER_DELIVERED_PARTS_H_
#define AUDIODL_COMMON_LEDGER_DELIVERED_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct DeliveredPart {
  uint64_t first = 0;
  uint64_t end = 0;    // all of [first, end) was delivered
  uint64_t maybe = 0;  // [end, maybe) may have been

  bool operator==(const DeliveredPart&) const = default;
};

class DeliveredParts {
 public:
  // Of more the shortest are forgotten: nobody downloads a chunk in so many separate pieces.
  static constexpr size_t kMost = 256;

  // kInvalid: not such a text, or more than kMost parts.
  static Result<DeliveredParts> Parse(std::string_view text);

  // REQUIRES: first <= end <= maybe. Nothing at all is no part.
  void Add(const DeliveredPart& part);
  void Add(const DeliveredParts& other);

  // Whether every byte of an object of that size was delivered; never true for an empty one.
  bool Cover(uint64_t size) const;

  // How many bytes were delivered for certain.
  uint64_t bytes() const;
  bool empty() const { return parts_.empty(); }
  // In order, with at least one byte between the tail of one and the next.
  const std::vector<DeliveredPart>& parts() const { return parts_; }

  std::string Text() const;

  bool operator==(const DeliveredParts&) const = default;

 private:
  std::vector<DeliveredPart> parts_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_DELIVERED_PARTS_H_
