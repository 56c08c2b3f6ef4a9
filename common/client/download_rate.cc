// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/download_rate.h"

#include <algorithm>
#include <string>

#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

constexpr std::string_view kBurst = "burst=";

Status ParseOption(std::string_view word, DownloadRate& rate) {
  if (!word.starts_with(kBurst)) {
    return Status::Invalid("'" + Printable(word) + "' is no option of it; there is burst=SIZE");
  }
  const Result<uint64_t> burst = ParseSize(word.substr(kBurst.size()));
  if (!burst.ok()) return burst.status();
  rate.burst = *burst;
  return Status::Ok();
}

}  // namespace

Result<DownloadRate> DownloadRate::Parse(std::string_view text) {
  const size_t blank = text.find(' ');
  DownloadRate rate;
  if (const std::string_view first = text.substr(0, blank); first != "none") {
    const Result<uint64_t> bytes = ParseSize(first);
    if (!bytes.ok()) return Status::Invalid(bytes.status().text() + " (bytes a second), or none");
    rate.bytes_per_second = *bytes;
  }
  if (blank == std::string_view::npos) return rate;
  if (Status status = ParseOption(text.substr(blank + 1), rate); !status.ok()) return status;
  return rate;
}

uint64_t BurstAllowance::Draw(const DownloadRate& rate, Clock::time_point now) {
  using Seconds = std::chrono::duration<double>;
  const double back = Seconds(now - since_).count() * static_cast<double>(rate.bytes_per_second);
  // Compared before it is converted: what a month of rest brings back fits into no integer.
  const bool whole = !used_ || back >= static_cast<double>(rate.burst);
  left_ = whole ? rate.burst : std::min(rate.burst, left_ + static_cast<uint64_t>(back));
  used_ = true;
  since_ = now;
  return left_;
}

void BurstAllowance::Spend(uint64_t bytes, Clock::time_point now) {
  left_ -= std::min(left_, bytes);
  since_ = now;
}

}  // namespace audiodl
