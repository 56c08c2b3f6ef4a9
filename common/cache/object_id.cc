// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/object_id.h"

#include "common/base/digest.h"

namespace audiodl {

ObjectId ObjectId::Of(std::string_view origin_identity, std::string_view key) {
  Sha256 digest;
  digest.Update(origin_identity);
  digest.Update("\n");
  digest.Update(key);
  return ObjectId{digest.Final()};
}

std::string ObjectId::Hex() const { return HexEncode(bytes); }

std::string ObjectId::RelativePath() const {
  const std::string hex = Hex();
  return hex.substr(0, 2) + "/" + hex;
}

}  // namespace audiodl
