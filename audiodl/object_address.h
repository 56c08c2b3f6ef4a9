// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which object a command line means: a KEY below the shop's origin ("dune/01.mp3"), or a whole
// address, "s3://bucket/backups/db.gz" or "file:///srv/backups/db.gz". A value; one thread.

#ifndef AUDIODL_AUDIODL_OBJECT_ADDRESS_H_
#define AUDIODL_AUDIODL_OBJECT_ADDRESS_H_

#include <string>

#include "audiodl/shop_settings.h"
#include "common/base/status.h"

namespace audiodl {

struct ObjectAddress {
  ShopSettings shop;  // with the origin that the address means
  std::string key;    // for the store

  // A bucket of an address is reached over the shop's endpoint and region, where it has an s3
  // origin. kInvalid says what to write instead.
  static Result<ObjectAddress> Of(const std::string& operand, ShopSettings shop);

  // "s3://bucket/key" or the file's path: for messages.
  std::string Text() const;
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_OBJECT_ADDRESS_H_
