// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/checksum_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

constexpr size_t kDigits = 64;

bool IsDigest(std::string_view text) {
  return text.size() == kDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

Result<std::map<std::string, std::string>> ParseChecksumList(std::string_view text) {
  std::map<std::string, std::string> list;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (Trim(line).empty()) continue;
    // A blank or, for files read as binary, an asterisk stands before the name.
    const std::string digest = ToLower(line.substr(0, kDigits));
    const bool well_formed = IsDigest(digest) && line.size() > kDigits + 2 &&
                             line[kDigits] == ' ' &&
                             (line[kDigits + 1] == ' ' || line[kDigits + 1] == '*');
    if (!well_formed) {
      return Status::Invalid("line " + std::to_string(number) +
                             " is not DIGEST, two blanks, NAME, as sha256sum writes it");
    }
    std::string_view name = line.substr(kDigits + 2);
    if (name.starts_with("./")) name.remove_prefix(2);
    if (!list.emplace(name, digest).second) {
      return Status::Invalid("line " + std::to_string(number) + " names a file again");
    }
  }
  if (list.empty()) return Status::Invalid("it names no file");
  return list;
}

Result<std::string> Sha256OfFile(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  Sha256 digest;
  std::string buffer(size_t{1} << 20, '\0');
  for (;;) {
    const ssize_t n = read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::FromErrno(errno, "read " + path);
    if (n == 0) return HexEncode(digest.Final());
    digest.Update(std::string_view(buffer).substr(0, static_cast<size_t>(n)));
  }
}

}  // namespace audiodl
