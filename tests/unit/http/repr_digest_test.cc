// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/repr_digest.h"

#include "common/base/digest.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("ReprDigest: of nothing, and of a text that others have hashed") {
  CHECK(ReprDigest(HexEncode(Sha256Of(""))) ==
        "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
  // RFC 9530, appendix B.1.
  CHECK(ReprDigest(HexEncode(Sha256Of("{\"hello\": \"world\"}\n"))) ==
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
}

TEST_CASE("ReprDigest: nothing is said of what is no digest") {
  const std::string digest(64, 'a');
  CHECK_FALSE(ReprDigest(digest).empty());
  CHECK(ReprDigest("").empty());
  CHECK(ReprDigest(digest.substr(1)).empty());
  CHECK(ReprDigest(digest + "a").empty());
  CHECK(ReprDigest("g" + digest.substr(1)).empty());
  CHECK(ReprDigest("A" + digest.substr(1)).empty());
}

}  // namespace
}  // namespace audiodl
