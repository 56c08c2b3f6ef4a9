// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/session_batch.h"

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <ostream>

#include "audiodl/input.h"
#include "common/base/json_text.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

// Above the reader's limit, so that a batch can show what happens beyond it.
constexpr uint64_t kMaxRecordBytes = 16 * SessionReader::kMaxBytes;

Result<std::string> ReadRecord(const std::string& length_line, std::istream& in) {
  const std::optional<uint64_t> length = ParseDecimal(length_line);
  if (!length || *length > kMaxRecordBytes) {
    return Status::Invalid("expected a line with the length of a session");
  }
  std::string record = ReadUpTo(in, static_cast<size_t>(*length));
  if (record.size() != *length) return Status::Invalid("the input ends within the session");
  return record;
}

}  // namespace

std::string SessionAnswer(const Result<std::string>& customer) {
  if (customer.ok()) return "{\"customer\":" + JsonText(*customer) + "}";
  return "{\"code\":" + JsonText(CodeName(customer.status().code())) +
         ",\"reason\":" + JsonText(customer.status().text()) + "}";
}

Status DecodeBatch(const SessionReader& reader, std::istream& in, std::ostream& out) {
  size_t count = 0;
  for (std::string line; std::getline(in, line);) {
    ++count;
    const Result<std::string> record = ReadRecord(line, in);
    if (!record.ok()) {
      return Status::Invalid("record " + std::to_string(count) + ": " + record.status().text());
    }
    out << SessionAnswer(reader.Read(*record)) << "\n";
  }
  return Status::Ok();
}

}  // namespace audiodl
