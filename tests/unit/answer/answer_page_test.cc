// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/answer/answer_page.h"

#include <string>
#include <string_view>

#include "common/base/json.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr char kCode[] = "7Q4MZ0K9XA";

TEST_CASE("ChooseForm: only what a client names, the heaviest first") {
  constexpr struct {
    std::string_view accept;
    AnswerForm expected;
  } kTable[] = {
      {"", AnswerForm::kText},
      {"*/*", AnswerForm::kText},
      {"text/*", AnswerForm::kText},
      {"audio/mpeg, */*;q=0.5", AnswerForm::kText},
      {"text/html", AnswerForm::kHtml},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
       AnswerForm::kHtml},
      {"TEXT/HTML ; q=1.0", AnswerForm::kHtml},
      {"application/json", AnswerForm::kJson},
      {"application/json, text/plain, */*", AnswerForm::kJson},
      {"application/json, text/html", AnswerForm::kHtml},
      {"application/json;q=0.9, text/html;q=0.8", AnswerForm::kJson},
      {"text/html;q=0", AnswerForm::kText},
      {"text/html;q=0.000, application/json;q=0.001", AnswerForm::kJson},
      {"text/html;level=1;q=0.3, text/plain;q=0.5", AnswerForm::kText},
      {"text/html;q=9", AnswerForm::kText},
      {"text/html;q=x", AnswerForm::kText},
      {"text/html;q=", AnswerForm::kText},
      {"text/html;q=1.001", AnswerForm::kText},
      {"text/htmlx, xtext/html", AnswerForm::kText},
      {",,;;=,text/html", AnswerForm::kHtml},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.accept);
    CHECK(ChooseForm(row.accept) == row.expected);
  }
}

TEST_CASE("RenderPage: each form bears the heading, the advice and the code") {
  for (const CauseInfo& cause : AllCauses()) {
    const AnswerPage page{cause.status, kCode, ""};
    const std::string html = RenderPage(page, cause, AnswerForm::kHtml);
    const std::string text = RenderPage(page, cause, AnswerForm::kText);
    const Result<Json> json = Json::Parse(RenderPage(page, cause, AnswerForm::kJson));
    CAPTURE(html);
    for (const std::string_view part : {cause.title, cause.advice, std::string_view(kCode)}) {
      CHECK(html.find(part) != std::string::npos);
      CHECK(text.find(part) != std::string::npos);
    }
    REQUIRE(json.ok());
    CHECK(json->StringAt("code") == kCode);
    CHECK(json->StringAt("title") == std::string(cause.title));
    CHECK(json->Find("status")->AsInt() == cause.status);
    // Nothing is fetched from anywhere.
    for (const char* outside : {"http:", "https:", "src=", "<script", "<link", "url("}) {
      CHECK(html.find(outside) == std::string::npos);
    }
  }
}

TEST_CASE("RenderPage: a page that screen readers and search engines understand") {
  const std::string html =
      RenderPage({403, kCode, ""}, InfoOf(Cause::kNotEntitled), AnswerForm::kHtml);
  for (const char* part : {"<!DOCTYPE html>", "<html lang=\"en\">", "<meta charset=\"utf-8\">",
                           "<title>", "<main>", "<h1>", "name=\"viewport\"", "noindex"}) {
    CHECK(html.find(part) != std::string::npos);
  }
}

TEST_CASE("RenderPage: the way to the login is a link that ends where it should") {
  const std::string html = RenderPage({302, kCode, "/login?a=1&next=\"><script>"},
                                      InfoOf(Cause::kNoSession), AnswerForm::kHtml);
  CHECK(html.find("<a href=\"/login?a=1&amp;next=&quot;>&lt;script>\">") != std::string::npos);
  CHECK(html.find("<script") == std::string::npos);
}

TEST_CASE("RenderPage: causes that a client must not tell apart look the same") {
  for (const AnswerForm form : {AnswerForm::kText, AnswerForm::kHtml, AnswerForm::kJson}) {
    const AnswerPage page{403, kCode, ""};
    CHECK(RenderPage(page, InfoOf(Cause::kNotEntitled), form) ==
          RenderPage(page, InfoOf(Cause::kRevoked), form));
  }
}

}  // namespace
}  // namespace audiodl
