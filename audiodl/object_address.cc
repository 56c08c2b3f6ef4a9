// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/object_address.h"

#include <utility>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::string_view kS3Scheme = "s3://";
constexpr std::string_view kFileScheme = "file://";

Result<ObjectAddress> OfBucket(const std::string& operand, ShopSettings shop) {
  const size_t slash = operand.find('/', kS3Scheme.size());
  if (slash == std::string::npos || slash + 1 == operand.size()) {
    return Status::Invalid(Printable(operand) + " names no object: write s3://BUCKET/KEY");
  }
  Result<Origin> origin = Origin::Parse("\"" + operand.substr(0, slash) + "\"");
  if (!origin.ok()) return origin.status();
  if (shop.has_origin && shop.origin.kind == Origin::Kind::kS3) {
    shop.origin.bucket = origin->bucket;
    shop.origin.prefix.clear();
  } else {
    shop.origin = std::move(origin).value();
  }
  return ObjectAddress{.shop = std::move(shop), .key = operand.substr(slash + 1)};
}

Result<ObjectAddress> OfFile(const std::string& operand, ShopSettings shop) {
  const size_t slash = operand.rfind('/');
  const std::string folder = operand.substr(0, slash);
  if (folder.size() <= kFileScheme.size() || slash + 1 == operand.size()) {
    return Status::Invalid(Printable(operand) + " names no file: write file:///FOLDER/NAME");
  }
  shop.origin = Origin();
  shop.origin.prefix = folder.substr(kFileScheme.size());
  return ObjectAddress{.shop = std::move(shop), .key = operand.substr(kFileScheme.size())};
}

}  // namespace

Result<ObjectAddress> ObjectAddress::Of(const std::string& operand, ShopSettings shop) {
  if (operand.starts_with(kS3Scheme)) return OfBucket(operand, std::move(shop));
  if (operand.starts_with(kFileScheme)) return OfFile(operand, std::move(shop));
  if (operand.empty()) return Status::Invalid("the key is empty");
  if (!shop.has_origin) {
    return Status(Code::kNotFound, "there is no AudioOrigin that " + Printable(operand) +
                                       " would be below: set one, or write s3://BUCKET/KEY");
  }
  std::string key = shop.origin.KeyFor(operand);
  return ObjectAddress{.shop = std::move(shop), .key = std::move(key)};
}

std::string ObjectAddress::Text() const {
  if (shop.origin.kind == Origin::Kind::kFile) return key;
  return std::string(kS3Scheme) + shop.origin.bucket + "/" + key;
}

}  // namespace audiodl
