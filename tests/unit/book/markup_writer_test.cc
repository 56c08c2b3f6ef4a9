// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/markup_writer.h"

#include "common/s3write/xml_document.h"
#include "tests/unit/book/sample_book.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("EscapedMarkup: what is markup becomes text") {
  CHECK(EscapedMarkup("a <b> & \"c\" 'd'") == "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  CHECK(EscapedMarkup("\xC3\xA9\xF0\x9F\x93\x9A\t\n\r") == "\xC3\xA9\xF0\x9F\x93\x9A\t\n\r");
}

TEST_CASE("EscapedMarkup: what no document may hold becomes U+FFFD") {
  constexpr char kReplaced[] = "\xEF\xBF\xBD";
  for (const std::string& text :
       {std::string("\0", 1), std::string("\x01"), std::string("\x1b"), std::string("\x7f"),
        std::string("\xff"), std::string("\xEF\xBF\xBE"), std::string("\xEF\xBF\xBF")}) {
    CHECK(EscapedMarkup(text) == kReplaced);
  }
  // A surrogate's three bytes are three bytes that are not UTF-8.
  CHECK(EscapedMarkup("\xED\xA0\x80") == std::string(kReplaced) + kReplaced + kReplaced);
  CHECK(EscapedMarkup("a\xC3") == std::string("a") + kReplaced);
}

TEST_CASE("MarkupWriter: writes elements, and closes the last opened") {
  MarkupWriter page;
  page.Open("p", {{"class", "by"}, {"title", "\"&"}}).Text("Tom & Jerry").Close().Line();
  page.Empty("br").Leaf("b", "x");
  CHECK(page.Take() ==
        "<p class=\"by\" title=\"&quot;&amp;\">Tom &amp; Jerry</p>\n<br/>\n<b>x</b>\n");
}

TEST_CASE("MarkupWriter: a parser reads back what was written, whatever it was") {
  for (const std::string& text : HostileTexts()) {
    CAPTURE(text);
    MarkupWriter page;
    page.Open("a", {{"b", text}}).Leaf("c", text);
    const Result<XmlNode> root = ParseXml(page.Close().Take());
    REQUIRE(root.ok());
    REQUIRE(root->children.size() == 1);
    CHECK(root->children[0].text == text);
  }
}

}  // namespace
}  // namespace audiodl
