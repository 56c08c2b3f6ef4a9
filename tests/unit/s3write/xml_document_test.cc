// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/xml_document.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("ParseXml: a tree, whatever the namespace's spelling") {
  for (const char* text : {"<a xmlns='urn:x'><b>1</b><c>x</c><b>2</b></a>",
                           "<?xml version=\"1.0\"?>\n<p:a xmlns:p='urn:x'><p:b>1</p:b><p:c>x</p:c>"
                           "<p:b>2</p:b></p:a>"}) {
    const Result<XmlNode> root = ParseXml(text);
    REQUIRE(root.ok());
    CHECK(root->name == "a");
    REQUIRE(root->All("b").size() == 2);
    CHECK(root->All("b")[1]->text == "2");
    CHECK(root->TextOf("c") == "x");
    CHECK(root->TextOf("d").empty());
  }
}

TEST_CASE("ParseXml: characters are what they stand for") {
  const Result<XmlNode> root =
      ParseXml("<a><b> &quot;x&#x26;&#233;&quot;<!-- no --><![CDATA[<i>]]> </b></a>");
  REQUIRE(root.ok());
  CHECK(root->TextOf("b") == "\"x&\xc3\xa9\"<i>");
}

TEST_CASE("ParseXml: what is no document of S3's is refused") {
  std::string deep;
  for (int i = 0; i < 17; ++i) deep += "<a>";
  for (int i = 0; i < 17; ++i) deep += "</a>";
  for (const std::string& text : std::vector<std::string>{
           "", "<a><b></a>", "<a>", "<a/><b/>", "<a>&nbsp;</a>", "{\"a\":1}", deep,
           "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<!DOCTYPE a><a/>"}) {
    CAPTURE(text);
    CHECK(ParseXml(text).status().code() == Code::kInvalid);
  }
}

}  // namespace
}  // namespace audiodl
