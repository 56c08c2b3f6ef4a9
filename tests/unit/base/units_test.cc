// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/units.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;

TEST_CASE("ParseSize: what operators write") {
  const std::pair<const char*, uint64_t> rows[] = {
      {"0", 0},
      {"1", 1},
      {"512", 512},
      {"1k", 1024},
      {"64KB", 65536},
      {"10m", 10u << 20},
      {"3Mb", 3u << 20},
      {"40G", uint64_t{40} << 30},
      {"40gB", uint64_t{40} << 30},
      {"2T", uint64_t{2} << 40},
      {"18446744073709551615", 18446744073709551615u},
      {"16777215T", uint64_t{16777215} << 40},
  };
  for (const auto& [text, bytes] : rows) {
    CAPTURE(text);
    const Result<uint64_t> size = ParseSize(text);
    REQUIRE(size.ok());
    CHECK(*size == bytes);
  }
}

TEST_CASE("ParseSize: all else is refused, and quoted") {
  for (const char* text : {"", "G", "-1", "+1", "1.5G", "10 G", " 10G", "10GiB", "10X", "10B",
                           "1Gx", "18446744073709551616", "16777216T", "99999999999999999999G"}) {
    CAPTURE(text);
    const Result<uint64_t> size = ParseSize(text);
    CHECK(size.status().code() == Code::kInvalid);
    CHECK(size.status().text().find("'" + std::string(text) + "'") == 0);
  }
}

TEST_CASE("ParseSizeOrPercent: bytes or a share") {
  REQUIRE(ParseSizeOrPercent("10G").ok());
  CHECK(ParseSizeOrPercent("10G")->bytes == uint64_t{10} << 30);
  CHECK(ParseSizeOrPercent("10G")->percent < 0);
  const std::pair<const char*, double> rows[] = {
      {"0%", 0}, {"5%", 5}, {"2.5%", 2.5}, {"100%", 100}, {"100.0%", 100}};
  for (const auto& [text, percent] : rows) {
    CAPTURE(text);
    const Result<SizeOrPercent> limit = ParseSizeOrPercent(text);
    REQUIRE(limit.ok());
    CHECK(limit->percent == percent);
  }
}

TEST_CASE("ParseSizeOrPercent: no share outside 0..100, and one decimal at most") {
  for (const char* text :
       {"%", "-1%", "101%", "100.1%", "5.%", ".5%", "5.25%", "5 %", "5%%", "x", ""}) {
    CAPTURE(text);
    CHECK(ParseSizeOrPercent(text).status().code() == Code::kInvalid);
  }
}

TEST_CASE("ParseDuration: a bare number is seconds") {
  const std::pair<const char*, int64_t> rows[] = {
      {"0", 0},       {"30", 30000},     {"30s", 30000},    {"500ms", 500},
      {"5m", 300000}, {"24h", 86400000}, {"7d", 604800000}, {"36500d", 3153600000000},
  };
  for (const auto& [text, ms] : rows) {
    CAPTURE(text);
    const Result<milliseconds> duration = ParseDuration(text);
    REQUIRE(duration.ok());
    CHECK(duration->count() == ms);
  }
}

TEST_CASE("ParseDuration: all else is refused") {
  for (const char* text : {"", "s", "-1", "1.5s", "5 m", "5M", "5min", "1w", "36501d",
                           "18446744073709551616", "18446744073709551615d"}) {
    CAPTURE(text);
    CHECK(ParseDuration(text).status().code() == Code::kInvalid);
  }
}

TEST_CASE("FormatSize: one decimal, and never 1024 of anything") {
  const std::pair<uint64_t, const char*> rows[] = {
      {0, "0 B"},
      {1023, "1023 B"},
      {1024, "1.0 KB"},
      {1536, "1.5 KB"},
      {31352422, "29.9 MB"},
      {1048575, "1.0 MB"},
      {(uint64_t{1} << 30) - 1, "1.0 GB"},
      {uint64_t{40} << 30, "40.0 GB"},
      {18446744073709551615u, "16.0 EB"},
  };
  for (const auto& [bytes, text] : rows) CHECK(FormatSize(bytes) == text);
}

TEST_CASE("ParseCount: whole numbers within the bounds, and nothing else") {
  const struct {
    const char* text;
    unsigned expected;  // 0: refused
  } cases[] = {{"1", 1},  {"12", 12}, {"64", 64}, {"65", 0}, {"0", 0},  {"-1", 0},
               {"+1", 0}, {"1.5", 0}, {"", 0},    {"1 ", 0}, {" 1", 0}, {"99999999999", 0}};
  for (const auto& [text, expected] : cases) {
    INFO(text);
    const Result<unsigned> count = ParseCount(text, 64);
    CHECK(count.ok() == (expected != 0));
    if (count.ok()) CHECK(*count == expected);
  }
}

}  // namespace
}  // namespace audiodl
