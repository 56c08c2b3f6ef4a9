// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The members of a manifest's objects, each with its rule. For manifest.cc.

#ifndef AUDIODL_COMMON_BOOK_MANIFEST_READER_H_
#define AUDIODL_COMMON_BOOK_MANIFEST_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/json.h"
#include "common/base/status.h"
#include "common/book/manifest.h"

namespace audiodl {

// Reads members of one object, which it borrows. A member that is not there, or null, leaves its
// target; one of the wrong kind sets status(), and the first such stays. One thread at a time.
class ManifestFields {
 public:
  explicit ManifestFields(const Json& object) : object_(object) {}

  // Text without control characters but tabs and line ends.
  void Text(std::string_view name, std::string& target);
  void Number(std::string_view name, std::optional<uint64_t>& target);
  // "2026-11-27T06:00:00Z"
  void Date(std::string_view name, std::optional<int64_t>& target);
  // Eight hex digits.
  void Crc(std::string_view name, std::optional<uint32_t>& target);
  // An array of {"start_ms", "title"}, ascending.
  void Chapters(std::string_view name, std::vector<Chapter>& target);

  const Status& status() const { return status_; }

 private:
  const Json* Member(std::string_view name) const;
  void Fail(std::string_view name, std::string_view should_be);

  const Json& object_;
  Status status_;
};

// One item of "chunks".
Result<ManifestChunk> ReadManifestChunk(const Json& item);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_MANIFEST_READER_H_
