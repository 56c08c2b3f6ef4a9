// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/delivery_desk.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/ledger/journal_reader.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/ledger/tcp_pair.h"

namespace audiodl {
namespace {

constexpr uint64_t kSize = 1000;

// One request of one client, as the module drives it: a head of 100 bytes, then the chunk.
struct Request {
  explicit Request(const std::string& chunk) {
    Transfer::Options options;
    options.item = {"42", "dune", chunk, "\"e\"", kSize};
    options.line = line;
    transfer = std::make_shared<Transfer>(std::move(options));
    line->Watch(tcp.server.get());
    line->Pass(100);
    tcp.Send(100);
    transfer->WithMap([&](SentMap& map) {
      map.Began(map.Begin(0), line->passed());
      map.Extend(kSize);
    });
  }
  void Send(uint64_t bytes) {
    line->Pass(bytes);
    tcp.Send(bytes);
  }
  void SendAll() {
    Send(kSize);
    transfer->WithMap([&](SentMap& map) { map.Ended(0, line->passed()); });
  }

  TcpPair tcp;
  std::shared_ptr<Line> line = std::make_shared<Line>();
  std::shared_ptr<Transfer> transfer;
};

struct Rig {
  explicit Rig(const std::string& directory) : directory(directory) {
    DeliveryDesk::Options options;
    options.journals = {{.directory = directory, .prefix = "p"}};
    options.counters = &counters;
    options.log = [this](LogLevel, std::string_view text) { told += text; };
    desk = std::make_unique<DeliveryDesk>(std::move(options));
  }

  // What the journals say, in the order of the chunks: "a 0-1000". As read when the process was
  // killed: from a copy.
  std::string Noted(bool is_killed = false) const {
    std::vector<std::string> lines;
    const TempDir copies;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
      if (file.path().extension() != ".ledger") continue;
      std::string path = file.path();
      if (is_killed) {
        path = copies.Of("copy.ledger");
        std::filesystem::copy_file(file.path(), path,
                                   std::filesystem::copy_options::overwrite_existing);
      }
      Result<JournalReader> reader = JournalReader::Open(path);
      if (!reader.ok()) continue;
      const Result<std::vector<LedgerEntry>> entries = reader->ReadNew();
      if (!entries.ok()) continue;
      for (const LedgerEntry& entry : *entries) {
        lines.push_back(entry.item.chunk + " " + entry.parts.Text());
      }
    }
    std::sort(lines.begin(), lines.end());
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : ", ") + line;
    return text;
  }
  bool Notes(const std::string& expected) {
    return Soon([&] { return Noted() == expected; });
  }

  std::string directory;
  LedgerCounters counters;
  std::string told;
  std::unique_ptr<DeliveryDesk> desk;
};

TEST_CASE("DeliveryDesk: notes who has all, and how much who was cut has") {
  const TempDir dir;
  Rig rig(dir.path());
  Request whole("a"), cut("b"), nothing("c");
  for (Request* request : {&whole, &cut, &nothing}) rig.desk->Watch(request->transfer);

  whole.SendAll();
  whole.transfer->Finish(5, false);
  REQUIRE(whole.tcp.Read(100 + kSize) == 100 + kSize);
  whole.tcp.client.Reset();

  cut.Send(300);
  REQUIRE(cut.tcp.Read(100 + 300) == 100 + 300);
  cut.tcp.client.Reset();
  cut.transfer->Finish(5, true);

  nothing.tcp.client.Reset();
  nothing.transfer->Finish(5, true);

  CHECK(rig.Notes("a 0-1000, b 0-300"));
  CHECK(Soon([&] { return rig.counters.recorded.Get() == 2; }));
  CHECK(rig.counters.lost.Get() == 0);
}

TEST_CASE("DeliveryDesk: who leaves with the end unread does not have it") {
  const TempDir dir;
  Rig rig(dir.path());
  Request request("a");
  rig.desk->Watch(request.transfer);
  request.SendAll();
  request.transfer->Finish(5, false);
  REQUIRE(request.tcp.Read(100 + kSize - 1) == 100 + kSize - 1);
  request.tcp.client.Reset();
  CHECK(rig.Notes("a 0-999"));
}

TEST_CASE("DeliveryDesk: what goes on is known when the process is killed, and only then") {
  const TempDir dir;
  Rig rig(dir.path());
  Request request("a");
  rig.desk->Watch(request.transfer);
  request.Send(300);
  CHECK(Soon([&] { return rig.Noted(true) == "a 0-300~999"; }));
  CHECK(rig.Noted().empty());
  // In the end it has it all.
  request.Send(700);
  request.transfer->WithMap([&](SentMap& map) { map.Ended(0, request.line->passed()); });
  request.transfer->Finish(5, false);
  REQUIRE(request.tcp.Read(100 + kSize) == 100 + kSize);
  request.tcp.client.Reset();
  CHECK(rig.Notes("a 0-1000"));
  CHECK(rig.Noted(true) == "a 0-1000");
}

TEST_CASE("DeliveryDesk: the next request on the line is the proof of the last") {
  const TempDir dir;
  Rig rig(dir.path());
  Request request("a");
  rig.desk->Watch(request.transfer);
  request.SendAll();
  request.transfer->Finish(5, false);
  request.line->CountRequest();
  CHECK(rig.Notes("a 0-1000"));
}

TEST_CASE("DeliveryDesk: an end in peace judges what is left by what is known") {
  const TempDir dir;
  Request whole("a"), going("b"), unread("c");
  {
    Rig rig(dir.path());
    for (Request* request : {&whole, &going, &unread}) rig.desk->Watch(request->transfer);
    whole.SendAll();
    whole.transfer->Finish(5, false);
    REQUIRE(Soon([&] { return whole.line->Look().acked == 100 + kSize; }));
    going.Send(300);
    REQUIRE(Soon([&] { return going.line->Look().acked == 400; }));
    rig.desk->Stop();
    CHECK(rig.Noted() == "a 0-1000, b 0-300");
    CHECK(rig.Noted(true) == "a 0-1000, b 0-300");
    rig.desk->Watch(unread.transfer);
  }
}

TEST_CASE("DeliveryDesk: keeps in memory what cannot be written, and says so once") {
  const TempDir dir;
  const std::string missing = dir.Of("later");
  Rig rig(missing);
  Request request("a");
  rig.desk->Watch(request.transfer);
  request.SendAll();
  request.transfer->Finish(5, false);
  request.line->CountRequest();
  REQUIRE(Soon([&] { return request.transfer.use_count() == 1; }));
  std::filesystem::create_directory(missing);
  CHECK(rig.Notes("a 0-1000"));
  CHECK(Soon([&] { return rig.counters.recorded.Get() == 1; }));
  rig.desk->Stop();
  CHECK(rig.told.find("cannot be written") != std::string::npos);
  CHECK(rig.told.find("again") != std::string::npos);
}

}  // namespace
}  // namespace audiodl
