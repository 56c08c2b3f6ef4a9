// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// S3's answers as a tree, read by expat: a parser that is kept in order by many, stands in every
// httpd's dependencies already, and knows character references, CDATA and namespaces, which a
// search for "<Key>" does not. Namespaces are left out of the names, because servers differ in
// them. A document type declaration is refused: S3 sends none, and entities are for attackers.
//
//   const Result<XmlNode> root = ParseXml(body);
//   for (const XmlNode* part : root->All("Part")) Use(part->TextOf("ETag"));
//
// Pure; any thread.

#ifndef AUDIODL_COMMON_S3WRITE_XML_DOCUMENT_H_
#define AUDIODL_COMMON_S3WRITE_XML_DOCUMENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct XmlNode {
  std::string name;  // without its namespace
  std::string text;  // all characters directly within it, as they are, blanks included
  std::vector<XmlNode> children;

  // The first child of that name; null where there is none.
  const XmlNode* Find(std::string_view child) const;
  // All children of that name, in order.
  std::vector<const XmlNode*> All(std::string_view child) const;
  // The first child's text without blanks at its ends; "" where there is no such child.
  std::string_view TextOf(std::string_view child) const;
};

// The root element. kInvalid on anything that is no well-formed document, on a document type, and
// on more than 16 levels.
Result<XmlNode> ParseXml(std::string_view document);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_XML_DOCUMENT_H_
