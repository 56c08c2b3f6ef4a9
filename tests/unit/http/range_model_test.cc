// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Random Range headers, well formed and not, against the model. AUDIODL_RANGES says how many,
// AUDIODL_SEED which.

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <string>

#include "common/http/range_set.h"
#include "tests/unit/catch.h"
#include "tests/unit/http/range_model.h"

namespace audiodl {
namespace {

class HeaderSource {
 public:
  explicit HeaderSource(const std::string& seed) : random_(std::hash<std::string>()(seed)) {}

  size_t Below(size_t bound) { return random_() % bound; }

  std::string Header(size_t size) {
    std::string header =
        Below(20) == 0 ? OneOf({"Bytes=", "bytes =", "octets=", "bytes", " bytes="}) : "bytes=";
    const size_t specs = Below(8) == 0 ? Below(30) : 1 + Below(4);
    for (size_t i = 0; i < specs; ++i) {
      if (i > 0) header += Below(10) == 0 ? OneOf({" ,", ", ", "\t,\t", ",,", ";"}) : ",";
      header += Spec(size);
    }
    if (Below(12) == 0) Damage(header);
    return header.substr(0, RangeModel::kMaxHeader);
  }

 private:
  std::string OneOf(std::initializer_list<const char*> words) {
    return words.begin()[Below(words.size())];
  }

  // About the size, mostly; now and then beyond what 64 bits hold.
  std::string Position(size_t size) {
    switch (Below(16)) {
      case 0:
        return OneOf({"18446744073709551615", "18446744073709551616", "9223372036854775807",
                      "9223372036854775808", "99999999999999999999999999", "4294967296"});
      case 1:
        return std::string(Below(25), '0') + std::to_string(Below(size + 3));
      case 2:
        return std::to_string(size + Below(3));
      default:
        return std::to_string(Below(size + 2));
    }
  }

  std::string Spec(size_t size) {
    switch (Below(8)) {
      case 0:
        return "-" + Position(size);
      case 1:
        return Position(size) + "-";
      case 2:
        return Position(size) + "-" + Position(size);
      default: {
        const size_t first = Below(size + 1);
        return std::to_string(first) + "-" + std::to_string(first + Below(size / 3 + 1));
      }
    }
  }

  void Damage(std::string& header) {
    static constexpr std::string_view kBytes = "0123456789-,= \tbBx+.\"\0\xff";
    const size_t at = Below(header.size() + 1);
    if (Below(2) == 0 || at == header.size()) {
      header.insert(header.begin() + static_cast<std::ptrdiff_t>(at), kBytes[Below(kBytes.size())]);
    } else {
      header.erase(at, 1 + Below(2));
    }
  }

  std::mt19937_64 random_;
};

// What must hold whatever the model says.
void CheckBounds(const RangeSet& set, size_t size) {
  size_t sum = 0;
  std::map<uint64_t, uint64_t> ends;
  for (const ByteRange& range : set.ranges) {
    sum += range.length;
    ends[range.offset] = range.offset + range.length;
  }
  uint64_t before = 0;
  bool apart = true;
  for (const auto& [offset, end] : ends) {
    apart = apart && end > offset && end <= size && (offset > before || before == 0);
    before = end;
  }
  const bool some = set.kind == RangeSet::Kind::kSome;
  CHECK((apart && sum <= size && ends.size() == set.ranges.size() && some != set.ranges.empty()));
}

TEST_CASE("EvaluateRange: random headers, as the model has them") {
  const char* count_text = std::getenv("AUDIODL_RANGES");
  const char* seed_text = std::getenv("AUDIODL_SEED");
  const long count = count_text != nullptr ? std::atol(count_text) : 20'000;
  const std::string seed =
      seed_text != nullptr ? seed_text : std::to_string(std::random_device()() % 1'000'000);
  HeaderSource source(seed);
  std::map<RangeSet::Kind, long> kinds;
  for (long i = 0; i < count; ++i) {
    const size_t size = source.Below(40) == 0 ? 0 : 1 + source.Below(60);
    const std::string header = source.Header(size);
    const RangeSet set = EvaluateRange(header, size);
    const RangeSet expected = RangeModel::Answer(header, size);
    ++kinds[set.kind];
    CAPTURE(seed, i, size, header);
    REQUIRE(set.kind == expected.kind);
    REQUIRE(set.ranges == expected.ranges);
    CheckBounds(set, size);
  }
  // Each kind of answer came up.
  for (const auto kind : {RangeSet::Kind::kAll, RangeSet::Kind::kSome, RangeSet::Kind::kNone}) {
    CHECK(kinds[kind] > count / 200);
  }
  if (const char* notes = std::getenv("AUDIODL_PROOF_NOTES")) {
    std::ofstream(notes, std::ios::app)
        << count << " Range headers as the model has them, seed " << seed << '\n';
  }
}

}  // namespace
}  // namespace audiodl
