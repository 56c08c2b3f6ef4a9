// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <string>
#include <vector>

#include "common/backup/backup_name.h"
#include "common/backup/dump_lines.h"
#include "common/backup/gzip.h"
#include "common/backup/retention.h"
#include "common/base/dates.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::string Repeated(char c, size_t times, const char* end) {
  std::string text(times, c);
  text += end;
  return text;
}

std::chrono::sys_seconds At(const char* text) { return ParseIsoDate(text).value(); }

TEST_CASE("BackupName: says when, and is read back; nothing else is") {
  const std::string name = BackupName("backups/shop", At("2026-11-27T05:06:07Z"));
  CHECK(name == "backups/shop-20261127T050607Z.gz");
  CHECK(BackupTime("backups/shop", name) == At("2026-11-27T05:06:07Z"));
  for (const char* other :
       {"backups/shop-20261127T050607Z.sql", "backups/shop-20261327T050607Z.gz",
        "backups/shop-2-20261127T050607Z.gz", "backups/shopx20261127T050607Z.gz",
        "backups/shop-20261127x050607Z.gz", "backups/shop"}) {
    INFO(other);
    CHECK_FALSE(BackupTime("backups/shop", other).has_value());
  }
}

TEST_CASE("ToRemove: all of two days, the last of each day for a month, the newest for ever") {
  const auto now = At("2026-11-27T12:30:00Z");
  std::vector<std::chrono::sys_seconds> hourly;
  for (int hour = 0; hour < 24 * 60; ++hour) hourly.push_back(now - std::chrono::hours(hour));
  const auto old = ToRemove(hourly, now, {});
  std::vector<std::chrono::sys_seconds> kept;
  for (const auto time : hourly) {
    if (std::find(old.begin(), old.end(), time) == old.end()) kept.push_back(time);
  }
  // 49 of two days with both ends, then the last hours of 28 days: 30 days in all, and the two
  // days of the first part have ended there already.
  CHECK(kept.size() == 49 + 28);
  CHECK(kept[48] == At("2026-11-25T12:30:00Z"));
  CHECK(kept[49] == At("2026-11-24T23:30:00Z"));
  CHECK(kept.back() == At("2026-10-28T23:30:00Z"));

  CHECK(ToRemove({At("2020-01-01T00:00:00Z")}, now, {}).empty());
  CHECK(ToRemove({At("2020-01-01T00:00:00Z"), At("2030-01-01T00:00:00Z")}, now, {}) ==
        std::vector{At("2020-01-01T00:00:00Z")});
  CHECK(ToRemove({}, now, {}).empty());
}

std::string Gzipped(const std::string& text) {
  GzipWriter writer;
  std::string out;
  writer.Write(text, out);
  writer.Finish(out);
  return out;
}

struct Unpacked {
  Status status;
  std::string text;
};

Unpacked Unpack(const std::string& data, size_t step) {
  Unpacked unpacked;
  GzipReader reader([&](std::string_view piece) {
    unpacked.text += piece;
    return Status::Ok();
  });
  for (size_t at = 0; at < data.size() && unpacked.status.ok(); at += step) {
    unpacked.status = reader.Write(std::string_view(data).substr(at, step));
  }
  if (unpacked.status.ok()) unpacked.status = reader.Finish();
  return unpacked;
}

TEST_CASE("Gzip: what was written is read, in pieces of any size, one file or several") {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += std::to_string(i * 7919 % 10007) + "\n";
  for (const size_t step : {size_t{1}, size_t{1000}, size_t{1} << 30}) {
    const Unpacked one = Unpack(Gzipped(text), step);
    CHECK(one.status.ok());
    CHECK(one.text == text);
    const Unpacked two = Unpack(Gzipped(text) + Gzipped("more"), step);
    CHECK(two.status.ok());
    CHECK(two.text == text + "more");
  }
  CHECK(Unpack(Gzipped(""), 7).status.ok());
}

TEST_CASE("Gzip: what is cut or damaged is never whole") {
  const std::string data = Gzipped(Repeated('x', 100000, "end"));
  for (size_t size = 0; size < data.size(); ++size) {
    CHECK_FALSE(Unpack(data.substr(0, size), 64).status.ok());
  }
  for (size_t at = 10; at < data.size(); ++at) {
    std::string damaged = data;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const Unpacked unpacked = Unpack(damaged, 64);
    CHECK_FALSE((unpacked.status.ok() && unpacked.text.size() != 100003));
    CHECK_FALSE(unpacked.status.ok());
  }
  CHECK(Unpack("no gzip at all", 64).status.code() == Code::kCorrupt);
}

std::string Difference(const std::string& a, const std::string& b, size_t step = 1 << 20) {
  DumpLines original;
  original.Write(a);
  original.Finish();
  DumpLines again(&original);
  for (size_t at = 0; at < b.size(); at += step) {
    again.Write(std::string_view(b).substr(at, step));
  }
  again.Finish();
  return again.difference();
}

TEST_CASE("DumpLines: what a dump tells of itself does not count") {
  const std::string a =
      "-- Host: db1\n\nCREATE TABLE x;\nINSERT 1;\n--\n-- Dump completed on 2026\n";
  const std::string b =
      "-- Host: db2\nCREATE TABLE x;\n\\restrict abc\n\nINSERT 1;\n-- Dump of today\n";
  for (const size_t step : {1, 2, 7, 1000}) CHECK(Difference(a, b, step).empty());
}

TEST_CASE("DumpLines: names the first line that differs") {
  const std::string a = "CREATE TABLE x;\nINSERT 1;\nINSERT 2;\n";
  struct Case {
    std::string again, says;
  };
  const Case cases[] = {
      {"CREATE TABLE x;\nINSERT 1;\nINSERT 3;\n", "line 3 differs, which begins: INSERT 3;"},
      {"CREATE TABLE x;\nINSERT 1;\n", "it ends after line 2 of 3"},
      {"", "it ends after line 0 of 3"},
      {a + "INSERT 4;\n", "line 4 differs"},
      {"CREATE TABLE x;\n-INSERT 1;\nINSERT 2;\n", "line 2 differs"},
      {"CREATE TABLE x;\nINSERT 2;\nINSERT 1;\n", "line 2 differs"},
  };
  for (const Case& each : cases) {
    INFO(each.again);
    CHECK(Difference(a, each.again).find(each.says) == 0);
  }
  const std::string longer = Repeated('a', 200, "b");
  CHECK_FALSE(Difference(longer, Repeated('a', 200, "c"), 3).empty());
}

}  // namespace
}  // namespace audiodl
