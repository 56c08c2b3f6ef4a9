// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// RFC 9110's byte ranges once more, as naively as can be: positions are texts of digits, and what
// was asked for is painted on a row of bytes. Slow, and for small sizes only; what EvaluateRange()
// is compared with.

#ifndef AUDIODL_TESTS_UNIT_HTTP_RANGE_MODEL_H_
#define AUDIODL_TESTS_UNIT_HTTP_RANGE_MODEL_H_

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string>
#include <vector>

#include "common/http/range_set.h"

namespace audiodl {

class RangeModel {
 public:
  static constexpr size_t kMaxHeader = 256;

  // REQUIRES: the header is no longer than kMaxHeader.
  static RangeSet Answer(const std::string& header, size_t size) {
    RangeModel model(size);
    if (!model.Read(header)) return {RangeSet::Kind::kAll, {}};
    return size == 0 ? model.OfNothing() : model.Collect();
  }

 private:
  // More than any position in a header of kMaxHeader bytes has.
  static constexpr size_t kDigits = kMaxHeader;

  struct Asked {
    bool suffix;
    std::string first, last;  // kDigits long, so that texts compare as numbers do
  };

  explicit RangeModel(size_t size) {
    for (size_t number = 0; number <= size; ++number) {
      numbers_.push_back(Pad(std::to_string(number)));
    }
  }

  static std::string Pad(const std::string& digits) {
    return std::string(kDigits - digits.size(), '0') + digits;
  }

  static bool AllDigits(const std::string& text) {
    for (const char c : text) {
      if (c < '0' || c > '9') return false;
    }
    return true;
  }

  static std::string Strip(std::string text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.pop_back();
    while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.erase(0, 1);
    return text;
  }

  bool Read(const std::string& raw) {
    const std::string header = Strip(raw);
    std::string unit = header.substr(0, header.find('='));
    for (char& c : unit) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (unit != "bytes" || header.find('=') == std::string::npos) return false;
    std::istringstream list(header.substr(6) + ",");
    for (std::string item; std::getline(list, item, ',');) {
      item = Strip(item);
      if (!item.empty() && !ReadItem(item)) return false;
    }
    return !asked_.empty() && asked_.size() <= RangeSet::kMaxSpecs;
  }

  bool ReadItem(const std::string& item) {
    if (std::count(item.begin(), item.end(), '-') != 1) return false;
    const std::string first = item.substr(0, item.find('-'));
    const std::string last = item.substr(item.find('-') + 1);
    if (!AllDigits(first) || !AllDigits(last) || (first.empty() && last.empty())) return false;
    if (first.empty()) {
      asked_.push_back({true, Pad(last), ""});
      return true;
    }
    asked_.push_back({false, Pad(first), last.empty() ? std::string(kDigits, '9') : Pad(last)});
    return asked_.back().first <= asked_.back().last;
  }

  // Whether it asks for that byte.
  bool Wants(const Asked& asked, size_t byte) const {
    const std::string& at = numbers_[byte];
    if (!asked.suffix) return asked.first <= at && at <= asked.last;
    return numbers_[size() - byte] <= asked.first;
  }

  RangeSet OfNothing() const {
    for (const Asked& asked : asked_) {
      const bool zero = asked.first == Pad("");
      if (asked.suffix ? !zero : zero) return {RangeSet::Kind::kAll, {}};
    }
    return {RangeSet::Kind::kNone, {}};
  }

  // Runs of painted bytes, each where the first who painted in it stands.
  RangeSet Collect() const {
    std::vector<size_t> painter(size(), asked_.size());
    for (size_t byte = 0; byte < size(); ++byte) {
      for (size_t i = asked_.size(); i-- > 0;) {
        if (Wants(asked_[i], byte)) painter[byte] = i;
      }
    }
    std::vector<std::pair<size_t, ByteRange>> runs;
    for (size_t byte = 0; byte < size(); ++byte) {
      if (painter[byte] == asked_.size()) continue;
      const bool goes_on = byte > 0 && painter[byte - 1] != asked_.size();
      if (!goes_on) runs.push_back({asked_.size(), {byte, 0}});
      runs.back().first = std::min(runs.back().first, painter[byte]);
      ++runs.back().second.length;
    }
    if (runs.empty()) return {RangeSet::Kind::kNone, {}};
    if (runs.size() > RangeSet::kMaxRanges) return {RangeSet::Kind::kAll, {}};
    RangeSet set{RangeSet::Kind::kSome, {}};
    for (size_t i = 0; i < asked_.size(); ++i) {
      for (const auto& [place, range] : runs) {
        if (place == i) set.ranges.push_back(range);
      }
    }
    return set;
  }

  size_t size() const { return numbers_.size() - 1; }

  std::vector<std::string> numbers_;  // 0 to the size
  std::vector<Asked> asked_;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_HTTP_RANGE_MODEL_H_
