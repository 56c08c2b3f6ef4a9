// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/hosts_object.h"

#include <algorithm>
#include <optional>

#include "common/base/dates.h"
#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/cluster/host_names.h"

namespace audiodl {
namespace {

constexpr std::string_view kMagic = "# audiodl hosts 1";
constexpr std::string_view kSerial = "# serial ";
constexpr std::string_view kWritten = "# written ";
constexpr std::string_view kDigest = "# sha256 ";
constexpr std::string_view kEnd = "# end";

std::string DigestOf(std::string_view text) { return HexEncode(Sha256Of(text)); }

// "<!DOCTYPE html" and the like: a proxy's or a login page's answer.
bool LooksLikeMarkup(std::string_view text) { return Trim(text).starts_with('<'); }

Status CheckNameOfLine(std::string_view name) {
  Status good = CheckHostName(name);
  if (!good.ok()) {
    return Status::Invalid("the name \"" + Printable(name) + "\" " + good.text());
  }
  if (IsReservedHostName(name)) {
    return Status::Invalid("the name \"" + Printable(name) + "\" is every machine's own");
  }
  return good;
}

// Blanks between words are spaces or tabs; SplitWords() would see quotes.
std::vector<std::string_view> WordsOf(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = 0; (at = line.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(" \t", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace

// Reads one object, once.
class HostsObjectReader {
 public:
  explicit HostsObjectReader(std::string_view text) : text_(text) {}

  Result<HostsObject> Read() {
    if (Status whole = CheckShape(); !whole.ok()) return whole;
    if (Status head = ReadHead(); !head.ok()) return head;
    if (Status lines = ReadLines(); !lines.ok()) return lines;
    if (Status tail = ReadTail(); !tail.ok()) return tail;
    object_.text_ = text_;
    return std::move(object_);
  }

 private:
  Status CheckShape() const {
    if (text_.empty()) return Status::Invalid("it is empty");
    if (text_.size() > HostsObject::kMaxBytes) return Status::Invalid("it is larger than 64 KiB");
    if (LooksLikeMarkup(text_)) return Status::Invalid("it is an HTML or XML page");
    if (!text_.starts_with(std::string(kMagic) + "\n")) {
      return Status::Invalid("its first line is not \"" + std::string(kMagic) + "\"");
    }
    const bool plain = std::all_of(text_.begin(), text_.end(), [](char c) {
      return c == '\n' || c == '\t' || (c >= ' ' && c <= '~');
    });
    if (!plain) return Status::Invalid("it has bytes that are no plain text");
    if (!text_.ends_with("\n" + std::string(kEnd) + "\n")) {
      return Status::Invalid("its last line is not \"" + std::string(kEnd) + "\": it was cut");
    }
    return Status::Ok();
  }

  std::string_view NextLine() {
    ++line_number_;
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view line = text_.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    return line;
  }

  Status Wrong(std::string_view what) const {
    return Status::Invalid("line " + std::to_string(line_number_) + ": " + std::string(what));
  }

  Status ReadHead() {
    NextLine();  // the magic
    const std::string_view serial = NextLine();
    std::optional<uint64_t> number;
    if (serial.starts_with(kSerial)) number = ParseDecimal(serial.substr(kSerial.size()));
    if (!number || *number == 0) return Wrong("is not \"# serial NUMBER\"");
    object_.serial_ = *number;
    const std::string_view written = NextLine();
    if (!written.starts_with(kWritten)) return Wrong("is not \"# written TIME\"");
    const auto time = ParseIsoDate(written.substr(kWritten.size()));
    if (!time.ok()) return Wrong(time.status().text());
    object_.written_ = *time;
    return Status::Ok();
  }

  Status ReadLines() {
    while (at_ < text_.size() && text_[at_] != '#') {
      if (Status line = ReadLine(NextLine()); !line.ok()) return line;
    }
    return object_.lines_.empty() ? Status::Invalid("it names no host") : Status::Ok();
  }

  Status ReadLine(std::string_view line) {
    const std::vector<std::string_view> words = WordsOf(line);
    if (words.size() < 2) return Wrong("is not an address and at least one name");
    const Result<HostAddress> address = HostAddress::Parse(words[0]);
    if (!address.ok()) {
      return Wrong("the address \"" + Printable(words[0]) + "\" " + address.status().text());
    }
    HostsLine read{address->text, {}};
    for (size_t i = 1; i < words.size(); ++i) {
      if (Status name = CheckNameOfLine(words[i]); !name.ok()) return Wrong(name.text());
      read.names.emplace_back(words[i]);
    }
    object_.lines_.push_back(std::move(read));
    return Status::Ok();
  }

  Status ReadTail() {
    const std::string_view covered = text_.substr(0, at_);
    const std::string_view digest = NextLine();
    if (!digest.starts_with(kDigest)) return Wrong("is not \"# sha256 DIGEST\"");
    if (digest.substr(kDigest.size()) != DigestOf(covered)) {
      return Wrong("the digest does not agree with the lines above: it was changed or damaged");
    }
    if (NextLine() != kEnd || at_ != text_.size()) {
      return Wrong("is not \"" + std::string(kEnd) + "\" and the last one");
    }
    return Status::Ok();
  }

  const std::string_view text_;  // borrowed for one call of HostsObject::Parse()
  size_t at_ = 0;
  size_t line_number_ = 0;
  HostsObject object_;
};

Result<HostsObject> HostsObject::Parse(std::string_view text) {
  return HostsObjectReader(text).Read();
}

HostsObject HostsObject::Make(std::vector<HostsLine> lines, uint64_t serial,
                              std::chrono::sys_seconds written) {
  HostsObject object;
  object.serial_ = serial;
  object.written_ = written;
  object.lines_ = std::move(lines);
  std::string& text = object.text_;
  text.append(kMagic).append("\n");
  text.append(kSerial).append(std::to_string(serial)).append("\n");
  text.append(kWritten).append(FormatIsoDate(written)).append("\n");
  for (const HostsLine& line : object.lines_) {
    text += line.address;
    for (size_t i = 0; i < line.names.size(); ++i) text += (i == 0 ? "\t" : " ") + line.names[i];
    text += "\n";
  }
  const std::string digest = DigestOf(text);
  text.append(kDigest).append(digest).append("\n").append(kEnd).append("\n");
  return object;
}

std::vector<std::string> HostsObject::AddressesOf(std::string_view name) const {
  std::vector<std::string> addresses;
  for (const HostsLine& line : lines_) {
    const bool named = std::any_of(line.names.begin(), line.names.end(), [&](const auto& other) {
      return EqualsIgnoreCase(other, name);
    });
    if (named) addresses.push_back(line.address);
  }
  return addresses;
}

std::vector<std::string> HostsObject::Names() const {
  std::vector<std::string> names;
  for (const HostsLine& line : lines_) {
    for (const std::string& name : line.names) {
      const bool known = std::any_of(names.begin(), names.end(), [&](const auto& other) {
        return EqualsIgnoreCase(other, name);
      });
      if (!known) names.push_back(name);
    }
  }
  return names;
}

bool HostsObject::HasLoopback() const {
  return std::any_of(lines_.begin(), lines_.end(), [](const HostsLine& line) {
    const Result<HostAddress> address = HostAddress::Parse(line.address);
    return address.ok() && address->loopback;
  });
}

}  // namespace audiodl
