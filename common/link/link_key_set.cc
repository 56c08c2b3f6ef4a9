// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/link/link_key_set.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "common/base/dates.h"
#include "common/base/file_io.h"
#include "common/base/text.h"
#include "common/base/unique_fd.h"
#include "common/link/base64url.h"

namespace audiodl {
namespace {

constexpr std::string_view kNotAfter = "not-after=";

std::vector<std::string_view> WordsOf(std::string_view line) {
  std::vector<std::string_view> words;
  for (line = Trim(line); !line.empty(); line = Trim(line)) {
    const std::string_view word = line.substr(0, line.find_first_of(" \t"));
    words.push_back(word);
    line.remove_prefix(word.size());
  }
  return words;
}

Status TakeSecret(std::string_view word, LinkKey& key) {
  std::optional<std::string> secret = Base64Bytes(word);
  if (!secret) {
    return Status::Invalid("the second word is no base64 (RFC 4648, padded): audiodl link-key new");
  }
  key.secret = std::move(*secret);
  if (key.secret.size() >= LinkKeySet::kMinKeyBytes &&
      key.secret.size() <= LinkKeySet::kMaxKeyBytes) {
    return Status::Ok();
  }
  return Status::Invalid("a key has 32 to 64 bytes, this one has " +
                         std::to_string(key.secret.size()));
}

Status TakeNotAfter(std::string_view word, LinkKey& key) {
  if (!word.starts_with(kNotAfter)) {
    return Status::Invalid("the third word must be not-after=TIME, and nothing may follow it");
  }
  const auto time = ParseIsoDate(word.substr(kNotAfter.size()));
  if (!time.ok()) {
    return Status::Invalid("not-after is no time: write not-after=2026-12-31T00:00:00Z");
  }
  key.not_after = *time;
  return Status::Ok();
}

Result<LinkKey> ParseKey(std::string_view line) {
  const std::vector<std::string_view> words = WordsOf(line);
  if (words.size() < 2 || words.size() > 3) {
    return Status::Invalid("a line is KEYID BASE64KEY [not-after=TIME]");
  }
  LinkKey key;
  key.id = words[0];
  if (!IsLinkKeyId(key.id)) {
    return Status::Invalid("a key's id has 1 to 16 characters of 0-9, A-Z, a-z, '_' and '-'");
  }
  if (Status status = TakeSecret(words[1], key); !status.ok()) return status;
  if (words.size() == 3) {
    if (Status status = TakeNotAfter(words[2], key); !status.ok()) return status;
  }
  return key;
}

std::string_view TakeLine(std::string_view& rest) {
  const size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return Trim(line);
}

Status CheckFile(const struct stat& info, const std::string& path) {
  if (!S_ISREG(info.st_mode)) return Status::Invalid(path + " is not a regular file");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Status::Invalid(path + " is open to others than its owner: chmod 0600 " + path);
  }
  if (info.st_uid != 0 && info.st_uid != geteuid()) {
    return Status::Invalid(path + " belongs to another user: chown root " + path);
  }
  if (info.st_size > static_cast<off_t>(LinkKeySet::kMaxBytes)) {
    return Status::Invalid(path + " is too large for a file of keys");
  }
  return Status::Ok();
}

// The mode is asked of the opened file, so that nobody can put another one there in between.
Status ReadOwnersFile(const std::string& path, std::string& text) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, "fstat " + path);
  if (Status status = CheckFile(info, path); !status.ok()) return status;
  text.resize(static_cast<size_t>(info.st_size));
  return ReadAt(fd.get(), 0, text);
}

}  // namespace

bool IsLinkKeyId(std::string_view text) {
  return !text.empty() && text.size() <= LinkKeySet::kMaxIdBytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlnum(c) || c == '_' || c == '-'; });
}

std::string NewLinkKeyLine(std::string_view id) {
  std::array<uint8_t, LinkKeySet::kMinKeyBytes> bytes;
  if (RAND_priv_bytes(bytes.data(), bytes.size()) != 1) {
    throw std::runtime_error("OpenSSL has no random numbers");
  }
  return std::string(id) + " " + Base64Text(bytes) + "\n";
}

Result<LinkKeySet> LinkKeySet::Parse(std::string_view text) {
  LinkKeySet set;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = TakeLine(text);
    if (line.empty() || line.front() == '#') continue;
    const std::string place = "line " + std::to_string(number) + ": ";
    Result<LinkKey> key = ParseKey(line);
    if (!key.ok()) return Status::Invalid(place + key.status().text());
    if (set.Find(key->id) != nullptr) return Status::Invalid(place + "that id stands further up");
    set.keys_.push_back(std::move(key).value());
  }
  if (set.keys_.empty()) return Status::Invalid("there is no key in it: audiodl link-key new");
  return set;
}

Result<LinkKeySet> LinkKeySet::Read(const std::string& path) {
  WipedString text;
  if (Status status = ReadOwnersFile(path, *text); !status.ok()) return status;
  Result<LinkKeySet> set = Parse(*text);
  if (!set.ok()) return Status::Invalid(path + ": " + set.status().text());
  return set;
}

const LinkKey* LinkKeySet::SigningKey(std::chrono::sys_seconds now) const {
  for (const LinkKey& key : keys_) {
    if (!key.RetiredAt(now)) return &key;
  }
  return nullptr;
}

const LinkKey* LinkKeySet::Find(std::string_view id) const {
  for (const LinkKey& key : keys_) {
    if (key.id == id) return &key;
  }
  return nullptr;
}

}  // namespace audiodl
