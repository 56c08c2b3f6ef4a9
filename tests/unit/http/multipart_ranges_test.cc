// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/multipart_ranges.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("MultipartRanges: a frame, to the byte") {
  const std::vector<ByteRange> ranges = {{990, 10}, {0, 5}};
  const MultipartRanges parts(ranges, 1000, "audio/mpeg");
  const std::string prefix = "multipart/byteranges; boundary=";
  REQUIRE(parts.content_type().starts_with(prefix));
  const std::string boundary = parts.content_type().substr(prefix.size());
  CHECK(boundary.size() == 32);
  CHECK(parts.Head(0) == "--" + boundary +
                             "\r\nContent-Type: audio/mpeg\r\n"
                             "Content-Range: bytes 990-999/1000\r\n\r\n");
  CHECK(parts.Head(1) == "\r\n--" + boundary +
                             "\r\nContent-Type: audio/mpeg\r\n"
                             "Content-Range: bytes 0-4/1000\r\n\r\n");
  CHECK(parts.tail() == "\r\n--" + boundary + "--\r\n");
  CHECK(parts.length() ==
        parts.Head(0).size() + 10 + parts.Head(1).size() + 5 + parts.tail().size());
}

TEST_CASE("MultipartRanges: no boundary twice") {
  const std::vector<ByteRange> ranges = {{0, 1}, {5, 1}};
  CHECK(MultipartRanges(ranges, 10, "audio/mpeg").content_type() !=
        MultipartRanges(ranges, 10, "audio/mpeg").content_type());
}

}  // namespace
}  // namespace audiodl
