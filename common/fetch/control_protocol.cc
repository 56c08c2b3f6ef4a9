// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/control_protocol.h"

#include <optional>
#include <utility>

namespace audiodl {
namespace {

constexpr std::string_view kGreeting = "audiodl 1 ";

struct Parts {
  std::string_view word;
  std::string_view body;
};

std::optional<Parts> Split(std::string_view datagram) {
  if (!datagram.starts_with(kGreeting)) return std::nullopt;
  datagram.remove_prefix(kGreeting.size());
  const size_t end = datagram.find('\n');
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  return Parts{datagram.substr(0, end), datagram.substr(end + 1)};
}

std::string Join(std::string_view word, std::string_view body) {
  std::string datagram(kGreeting);
  datagram += word;
  datagram += '\n';
  datagram += body;
  return datagram;
}

// The code of that name. One that only a newer peer knows is an error all the same.
Code CodeNamed(std::string_view name) {
  for (unsigned char code = 1; CodeName(Code(code)) != "unknown"; ++code) {
    if (CodeName(Code(code)) == name) return Code(code);
  }
  return Code::kIo;
}

}  // namespace

std::string EncodeControlCall(std::string_view command, std::string_view arguments) {
  return Join(command, arguments);
}

Result<ControlCall> DecodeControlCall(std::string_view datagram) {
  const std::optional<Parts> parts = Split(datagram);
  if (!parts) return Status::Invalid("not a request of this version of audiodl");
  ControlCall call{std::string(parts->word), Json()};
  if (parts->body.empty()) return call;
  Result<Json> arguments = Json::Parse(parts->body);
  if (!arguments.ok()) return arguments.status();
  if (arguments->type() != Json::Type::kObject) {
    return Status::Invalid("a request's arguments are no JSON object");
  }
  call.arguments = std::move(arguments).value();
  return call;
}

std::string EncodeControlReply(const Result<std::string>& answer) {
  if (!answer.ok()) return Join(CodeName(answer.status().code()), answer.status().text());
  std::string datagram = Join(CodeName(Code::kOk), *answer);
  if (datagram.size() <= kMaxControlReply) return datagram;
  return EncodeControlReply(Status::Invalid("the answer is too long to be sent"));
}

Result<std::string> DecodeControlReply(std::string_view datagram) {
  const std::optional<Parts> parts = Split(datagram);
  if (!parts) return Status::Invalid("the fetcher answers in a way that this version cannot read");
  if (parts->word == CodeName(Code::kOk)) return std::string(parts->body);
  return Status(CodeNamed(parts->word), std::string(parts->body));
}

}  // namespace audiodl
