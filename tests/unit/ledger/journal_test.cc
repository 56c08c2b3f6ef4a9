// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/file_io.h"
#include "common/base/unique_fd.h"
#include "common/ledger/journal_reader.h"
#include "common/ledger/journal_writer.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

LedgerEntry Entry(const std::string& chunk, const char* parts = "0-100") {
  return {{"42", "dune", chunk, "\"e\"", 100}, 1000, DeliveredParts::Parse(parts).value()};
}

std::string Delivered(const std::string& chunk, uint64_t id = 0, const char* parts = "0-100") {
  return EncodeRecord(RecordKind::kDelivered, id, EncodeLedgerEntry(Entry(chunk, parts)));
}

std::string Running(const std::string& chunk, uint64_t id, const char* parts) {
  return EncodeRecord(RecordKind::kRunning, id, EncodeLedgerEntry(Entry(chunk, parts)));
}

std::vector<std::string> Files(const TempDir& dir) {
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(dir.path()))
    files.push_back(file.path());
  std::sort(files.begin(), files.end());
  return files;
}

// "a 0-100, b 0-50"
std::string Told(const Result<std::vector<LedgerEntry>>& entries) {
  if (!entries.ok()) return entries.status().text();
  std::string text;
  for (const LedgerEntry& entry : *entries) {
    text += (text.empty() ? "" : ", ") + entry.item.chunk + " " + entry.parts.Text();
  }
  return text;
}

// A process that is killed leaves its file as it is: a copy, whose lock nobody holds.
std::string Killed(const TempDir& dir, const std::string& name = "killed.ledger") {
  const std::string copy = dir.Of(name);
  std::filesystem::copy_file(Files(dir).front(), copy);
  return copy;
}

JournalReader Open(const std::string& path) { return std::move(JournalReader::Open(path)).value(); }

TEST_CASE("Journal: is read while it is written, each entry once") {
  const TempDir dir;
  JournalWriter writer({.directory = dir.path(), .prefix = "p"});
  REQUIRE(writer.Append(Delivered("a")).ok());
  REQUIRE(writer.Sync().ok());
  REQUIRE(Files(dir).size() == 1);
  {
    JournalReader reader = Open(Files(dir)[0]);
    CHECK_FALSE(reader.is_finished());
    CHECK(Told(reader.ReadNew()) == "a 0-100");
    // Not shipped: it comes again.
    CHECK(Told(reader.ReadNew()) == "a 0-100");
    REQUIRE(reader.Shipped().ok());
    CHECK(Told(reader.ReadNew()).empty());
  }
  REQUIRE(writer.Append(Delivered("b") + Delivered("c")).ok());
  JournalReader reader = Open(Files(dir)[0]);
  CHECK(Told(reader.ReadNew()) == "b 0-100, c 0-100");
  CHECK_FALSE(reader.is_torn());
}

TEST_CASE("Journal: is removed when its writer has gone and it is shipped") {
  const TempDir dir;
  {
    JournalWriter writer({.directory = dir.path(), .prefix = "p"});
    REQUIRE(writer.Append(Delivered("a")).ok());
  }
  JournalReader reader = Open(Files(dir)[0]);
  CHECK(reader.is_finished());
  CHECK(Told(reader.ReadNew()) == "a 0-100");
  REQUIRE(reader.Shipped().ok());
  CHECK(Files(dir).empty());
}

TEST_CASE("Journal: what was running counts only where the process was killed") {
  const TempDir dir;
  JournalWriter writer({.directory = dir.path(), .prefix = "p"});
  REQUIRE(writer.Append(Running("a", 1, "0-10~20") + Running("b", 2, "0-5") + Delivered("c")).ok());
  REQUIRE(writer.Append(Running("a", 1, "0-15~25") + Delivered("b", 2, "0-7")).ok());
  CHECK(Told(Open(Files(dir)[0]).ReadNew()) == "c 0-100, b 0-7");
  const std::string killed = Killed(dir);
  CHECK(Told(Open(killed).ReadNew()) == "c 0-100, b 0-7, a 0-15~25");
  std::filesystem::remove(killed);
  writer.Close();
  CHECK(Told(Open(Files(dir)[0]).ReadNew()) == "c 0-100, b 0-7");
}

TEST_CASE("Journal: what was running is found before what was shipped, too") {
  const TempDir dir;
  JournalWriter writer({.directory = dir.path(), .prefix = "p"});
  REQUIRE(writer.Append(Running("a", 1, "0-10~20") + Delivered("b")).ok());
  JournalReader reader = Open(Files(dir)[0]);
  CHECK(Told(reader.ReadNew()) == "b 0-100");
  REQUIRE(reader.Shipped().ok());
  REQUIRE(writer.Append(Delivered("c")).ok());
  CHECK(Told(Open(Killed(dir)).ReadNew()) == "c 0-100, a 0-10~20");
}

TEST_CASE("Journal: a torn end costs what it tears and nothing else") {
  const TempDir dir;
  std::string bytes;
  const std::string last = Delivered("c");
  {
    JournalWriter writer({.directory = dir.path(), .prefix = "p"});
    REQUIRE(writer.Append(Delivered("a") + Delivered("b")).ok());
    bytes = ReadWholeFile(Files(dir)[0], 1 << 20).value();
  }
  const std::string path = dir.Of("torn.ledger");
  for (size_t length = 0; length <= last.size(); ++length) {
    CAPTURE(length);
    const std::string whole = bytes + last.substr(0, length);
    {
      const UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
      REQUIRE(WriteAt(file.get(), 0, whole).ok());
    }
    JournalReader reader = Open(path);
    const bool is_whole = length == last.size();
    CHECK(Told(reader.ReadNew()) == (is_whole ? "a 0-100, b 0-100, c 0-100" : "a 0-100, b 0-100"));
    CHECK(reader.is_torn() == (length > 0 && !is_whole));
  }
}

TEST_CASE("Journal: a damaged record is not believed") {
  const TempDir dir;
  {
    JournalWriter writer({.directory = dir.path(), .prefix = "p"});
    REQUIRE(writer.Append(Delivered("a") + Delivered("b")).ok());
  }
  const std::string path = Files(dir)[0];
  const UniqueFd file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  const uint64_t in_b = kJournalHeaderBytes + Delivered("a").size() + Delivered("b").size() - 1;
  REQUIRE(WriteAt(file.get(), in_b, "X").ok());
  JournalReader reader = Open(path);
  CHECK(Told(reader.ReadNew()) == "a 0-100");
  CHECK(reader.is_torn());
}

TEST_CASE("Journal: another file is begun when one is full") {
  const TempDir dir;
  JournalWriter writer({.directory = dir.path(), .prefix = "p", .most_bytes_of_file = 150});
  CHECK(writer.BeginsFile());
  REQUIRE(writer.Append(Running("a", 1, "0-10") + Delivered("b")).ok());
  CHECK(writer.BeginsFile());
  REQUIRE(writer.Append(Running("a", 1, "0-20") + Delivered("c")).ok());
  const std::vector<std::string> files = Files(dir);
  REQUIRE(files.size() == 2);
  JournalReader first = Open(files[0]);
  CHECK(first.is_finished());
  // What is running is said in the second file now.
  CHECK(Told(first.ReadNew()) == "b 0-100");
  CHECK_FALSE(Open(files[1]).is_finished());
}

TEST_CASE("Journal: grows no further than it may") {
  const TempDir dir;
  JournalWriter writer(
      {.directory = dir.path(), .prefix = "p", .most_bytes = 300, .most_bytes_of_file = 100});
  int appended = 0;
  Status status;
  for (; appended < 100 && status.ok(); ++appended) status = writer.Append(Delivered("a"));
  CHECK(status.code() == Code::kNoSpace);
  CHECK(appended < 10);
  // What is shipped makes room.
  for (const std::string& file : Files(dir)) {
    JournalReader reader = Open(file);
    REQUIRE(reader.ReadNew().ok());
    REQUIRE(reader.Shipped().ok());
  }
  CHECK(writer.Append(Delivered("b")).ok());
}

TEST_CASE("Journal: a directory that is missing is told") {
  JournalWriter writer({.directory = "/does/not/exist", .prefix = "p"});
  CHECK(writer.Append(Delivered("a")).code() == Code::kNotFound);
  const TempDir dir;
  const std::string path = dir.Of("x.ledger");
  { const UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)); }
  CHECK(JournalReader::Open(path).status().code() == Code::kInvalid);
  CHECK(JournalReader::Open(dir.Of("y.ledger")).status().code() == Code::kNotFound);
}

}  // namespace
}  // namespace audiodl
