// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// ReadSharedCredentials(): the file that AWS's own tools write, read as they read it: names in any
// case, blanks around '=' and at line starts meaningless, comments on lines of their own or after a
// blank. What other tools keep in the same file (region, nested s3 settings) is skipped.

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/private_file.h"
#include "common/base/text.h"
#include "common/base/wipe.h"
#include "common/s3/credentials.h"

namespace audiodl {
namespace {

constexpr size_t kMaxBytes = size_t{256} * 1024;

std::string_view TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return Trim(line);
}

std::string_view WithoutComment(std::string_view line) {
  if (line.starts_with('#') || line.starts_with(';')) return {};
  for (size_t i = 1; i < line.size(); ++i) {
    const bool after_blank = line[i - 1] == ' ' || line[i - 1] == '\t';
    if (after_blank && (line[i] == '#' || line[i] == ';')) return Trim(line.substr(0, i));
  }
  return line;
}

class Reader {
 public:
  Reader(const std::string& path, std::string_view profile) : path_(path), profile_(profile) {}

  Result<Credentials> Read(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // Notepad's byte order mark
    while (!text.empty()) {
      ++line_number_;
      Status taken = Take(WithoutComment(TakeLine(text)));
      if (!taken.ok()) return taken;
    }
    return Finish();
  }

 private:
  Status AtLine(std::string_view why) const {
    return Status::Invalid(path_ + " line " + std::to_string(line_number_) + ": " +
                           std::string(why));
  }

  Status Take(std::string_view line) {
    if (line.empty()) return Status::Ok();
    if (line.front() == '[') return TakeSection(line);
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) return AtLine("neither [profile] nor name = value");
    if (!any_section_) return AtLine("a value before the first [profile]");
    if (!in_profile_) return Status::Ok();
    return TakeValue(ToLower(Trim(line.substr(0, equals))), Trim(line.substr(equals + 1)));
  }

  Status TakeSection(std::string_view line) {
    if (line.back() != ']') return AtLine("a [profile] without its ]");
    any_section_ = true;
    in_profile_ = Trim(line.substr(1, line.size() - 2)) == profile_;
    if (in_profile_ && found_profile_) return AtLine("the profile appears a second time");
    found_profile_ = found_profile_ || in_profile_;
    return Status::Ok();
  }

  Status TakeValue(const std::string& name, std::string_view value) {
    std::string* const place = PlaceOf(name);
    if (place == nullptr) return Status::Ok();
    if (!place->empty()) return AtLine(name + " appears a second time");
    *place = value;
    return Status::Ok();
  }

  std::string* PlaceOf(std::string_view name) {
    if (name == "aws_access_key_id") return &keys_.access_key_id;
    if (name == "aws_secret_access_key") return &keys_.secret_access_key;
    if (name == "aws_session_token") return &keys_.session_token;
    return nullptr;
  }

  Result<Credentials> Finish() {
    if (!found_profile_) {
      return Status::Invalid(path_ + " has no [" + Printable(profile_) +
                             "]: write that section, or another profile= in AudioCredentials");
    }
    Status complete = keys_.Check();
    if (complete.ok()) return std::move(keys_);
    return Status::Invalid(path_ + " [" + Printable(profile_) + "]: " + complete.text());
  }

  const std::string path_;
  const std::string profile_;
  Credentials keys_;
  int line_number_ = 0;
  bool any_section_ = false;
  bool in_profile_ = false;
  bool found_profile_ = false;
};

}  // namespace

Result<Credentials> ReadSharedCredentials(const std::string& path, std::string_view profile) {
  WipedString text;
  Status read = ReadPrivateFile(path, kMaxBytes, *text);
  if (!read.ok()) return read;
  return Reader(path, profile).Read(*text);
}

}  // namespace audiodl
