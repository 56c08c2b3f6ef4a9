// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_id_key.h"

#include <cstddef>

#include "common/base/digest.h"
#include "common/base/private_file.h"
#include "common/base/text.h"
#include "common/session/session_wrapper.h"

namespace audiodl {
namespace {

constexpr size_t kMaxFileBytes = size_t{64} * 1024;
constexpr std::string_view kEncodedPrefix = "base64";

std::string_view LastWord(std::string_view text) {
  text = Trim(text);
  const size_t before = text.find_last_of(" \t\r\n\v\f");
  return before == std::string_view::npos ? text : text.substr(before + 1);
}

}  // namespace

Result<SessionIdKey> SessionIdKey::Read(const std::string& path) {
  WipedString text;
  const Status read = ReadPrivateFile(path, kMaxFileBytes, *text);
  if (!read.ok()) return read;
  Result<SessionIdKey> key = Parse(*text);
  if (!key.ok()) return Status::Invalid(path + " " + key.status().text());
  return key;
}

Result<SessionIdKey> SessionIdKey::Parse(std::string_view text) {
  const std::string_view word = LastWord(text);
  if (word.empty()) return Status::Invalid("holds no key: write the value of crypt/key into it");
  if (!word.starts_with(kEncodedPrefix)) return SessionIdKey(std::string(word));
  Result<std::string> key = Unwrap(SessionWrapper::kBase64, word.substr(kEncodedPrefix.size()));
  if (!key.ok() || key->empty()) {
    return Status::Invalid("holds a key that begins with base64 but is not written in it");
  }
  return SessionIdKey(std::move(key).value());
}

std::string SessionIdKey::StoredId(std::string_view id) const {
  return HexEncode(HmacSha256(key_, id));
}

}  // namespace audiodl
