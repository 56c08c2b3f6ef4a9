// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/xml_document.h"

#include <expat.h>

#include <limits>
#include <memory>
#include <new>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr size_t kMaxDepth = 16;
// Between a namespace and a name; no character of a URI.
constexpr char kSeparator = '\n';

struct ParserDeleter {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<XML_ParserStruct, ParserDeleter>;

std::string_view LocalName(std::string_view name) {
  const size_t separator = name.rfind(kSeparator);
  return separator == std::string_view::npos ? name : name.substr(separator + 1);
}

// Builds the tree while expat reads. The open elements are owned here, so that no pointer into a
// vector that grows is kept.
class Builder {
 public:
  explicit Builder(XML_Parser parser) : parser_(parser) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &OnStart, &OnEnd);
    XML_SetCharacterDataHandler(parser, &OnText);
    XML_SetStartDoctypeDeclHandler(parser, &OnDoctype);
  }

  const std::string& refused() const { return refused_; }
  XmlNode TakeRoot() { return std::move(root_); }

 private:
  // An exception must not cross expat's C frames; it ends the parsing instead.
  template <typename Call>
  static void Guard(void* self, Call call) noexcept {
    auto* const builder = static_cast<Builder*>(self);
    try {
      call(*builder);
    } catch (...) {
      XML_StopParser(builder->parser_, XML_FALSE);
    }
  }

  static void OnStart(void* self, const char* name, const char** /*attributes*/) {
    Guard(self, [name](Builder& builder) { builder.Open(LocalName(name)); });
  }
  static void OnEnd(void* self, const char* /*name*/) {
    Guard(self, [](Builder& builder) { builder.Close(); });
  }
  static void OnText(void* self, const char* text, int size) {
    Guard(self, [text, size](Builder& builder) {
      if (builder.open_.empty()) return;
      builder.open_.back().text.append(text, static_cast<size_t>(size));
    });
  }
  static void OnDoctype(void* self, const char* /*name*/, const char* /*system*/,
                        const char* /*public_id*/, int /*has_internal*/) {
    Guard(self, [](Builder& builder) { builder.Refuse("it has a document type"); });
  }

  void Open(std::string_view name) {
    if (open_.size() == kMaxDepth) return Refuse("it is nested too deeply");
    open_.emplace_back().name = name;
  }

  void Close() {
    if (open_.empty()) return;  // refused
    XmlNode done = std::move(open_.back());
    open_.pop_back();
    (open_.empty() ? root_ : open_.back().children.emplace_back()) = std::move(done);
  }

  void Refuse(const char* why) {
    refused_ = why;
    XML_StopParser(parser_, XML_FALSE);
  }

  XML_Parser parser_;
  std::vector<XmlNode> open_;
  XmlNode root_;
  std::string refused_;
};

}  // namespace

const XmlNode* XmlNode::Find(std::string_view child) const {
  for (const XmlNode& node : children) {
    if (node.name == child) return &node;
  }
  return nullptr;
}

std::vector<const XmlNode*> XmlNode::All(std::string_view child) const {
  std::vector<const XmlNode*> found;
  for (const XmlNode& node : children) {
    if (node.name == child) found.push_back(&node);
  }
  return found;
}

std::string_view XmlNode::TextOf(std::string_view child) const {
  const XmlNode* const found = Find(child);
  return found == nullptr ? std::string_view() : Trim(found->text);
}

Result<XmlNode> ParseXml(std::string_view document) {
  if (document.size() > std::numeric_limits<int>::max()) return Status::Invalid("it is too large");
  const Parser parser(XML_ParserCreateNS(nullptr, kSeparator));
  if (!parser) throw std::bad_alloc();
  Builder builder(parser.get());
  const auto size = static_cast<int>(document.size());
  if (XML_Parse(parser.get(), document.data(), size, XML_TRUE) == XML_STATUS_OK) {
    return builder.TakeRoot();
  }
  if (!builder.refused().empty()) return Status::Invalid(builder.refused());
  return Status::Invalid("line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " +
                         XML_ErrorString(XML_GetErrorCode(parser.get())));
}

}  // namespace audiodl
