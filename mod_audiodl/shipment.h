// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What one request sends, as the pump sees it: one chunk, or the parts of a book one after the
// other, each taken up when those before it have left. Lives in r->pool. One thread at a time:
// whoever has the connection.

#ifndef AUDIODL_MOD_AUDIODL_SHIPMENT_H_
#define AUDIODL_MOD_AUDIODL_SHIPMENT_H_

#include <apr_buckets.h>

#include <chrono>
#include <cstdint>

#include "common/base/status.h"
#include "mod_audiodl/delivery.h"

namespace audiodl {

class Shipment {
 public:
  virtual ~Shipment() = default;

  // Whether the bucket stands for bytes of a chunk, which must be there before it may leave.
  virtual bool Carries(const apr_bucket* bucket) const = 0;

  // The delivery of those bytes, which is not open for sending yet where its file is null. An error
  // is the end of the download. REQUIRES: Carries(bucket), and nothing that the deliveries before
  // it let out is still to be read.
  virtual Result<Delivery*> TakeUp(const apr_bucket* bucket) = 0;

  // Makes a FILE bucket of it, waiting at most so long for the object to be open: false: not yet.
  // REQUIRES: TakeUp(bucket) was ok.
  virtual Result<bool> Open(apr_bucket* bucket, std::chrono::milliseconds at_most) = 0;

  // How many bytes from the bucket's first may leave before this is asked again, so that what comes
  // after them can be asked for ahead of time. REQUIRES: Open(bucket) was true.
  virtual uint64_t Stretch(const apr_bucket* bucket) = 0;
};

// Of one chunk, which the handler has opened.
class SingleShipment final : public Shipment {
 public:
  // Borrowed.
  explicit SingleShipment(Delivery& delivery) : delivery_(delivery) {}

  bool Carries(const apr_bucket* bucket) const override { return delivery_.Carries(bucket); }
  Result<Delivery*> TakeUp(const apr_bucket*) override { return &delivery_; }
  Result<bool> Open(apr_bucket*, std::chrono::milliseconds) override { return true; }
  uint64_t Stretch(const apr_bucket* bucket) override { return bucket->length; }

 private:
  Delivery& delivery_;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_SHIPMENT_H_
