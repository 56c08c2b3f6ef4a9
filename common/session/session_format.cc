// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_format.h"

#include <optional>
#include <string>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::string_view kWords =
    "php, php_binary, php_serialize (what PHP's session.serialize_handler says), json or plain, "
    "after any of base64 and url";

std::optional<SessionContent> ContentOf(std::string_view word) {
  if (word == "php") return SessionContent::kPhp;
  if (word == "php_binary") return SessionContent::kPhpBinary;
  if (word == "php_serialize") return SessionContent::kPhpSerialize;
  if (word == "json") return SessionContent::kJson;
  if (word == "plain") return SessionContent::kPlain;
  return std::nullopt;
}

std::optional<SessionWrapper> WrapperOf(std::string_view word) {
  if (word == "base64") return SessionWrapper::kBase64;
  if (word == "url") return SessionWrapper::kUrl;
  return std::nullopt;
}

}  // namespace

Result<SessionFormat> SessionFormat::Parse(std::string_view text) {
  const Result<std::vector<std::string>> words = SplitWords(text);
  if (!words.ok()) return words.status();
  SessionFormat format;
  for (size_t i = 0; i < words->size(); ++i) {
    const std::string& word = (*words)[i];
    const bool is_last = i + 1 == words->size();
    if (const auto content = ContentOf(word); content && is_last) {
      format.content = *content;
      if (format.wrappers.size() <= kMaxWrappers) return format;
      return Status::Invalid("a session format has at most " + std::to_string(kMaxWrappers) +
                             " wrappers");
    }
    const auto wrapper = WrapperOf(word);
    if (!wrapper) {
      return Status::Invalid("session format \"" + Printable(word) + "\" is no word that may " +
                             (is_last ? "end" : "precede another in") + " a format: write " +
                             std::string(kWords));
    }
    format.wrappers.push_back(*wrapper);
  }
  return Status::Invalid("a session format must end in what is wrapped: write " +
                         std::string(kWords));
}

}  // namespace audiodl
