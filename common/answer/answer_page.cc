// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/answer/answer_page.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "common/base/json_text.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::string_view kStyle =
    "body{font:1.125rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 "
    "1.25rem;"
    "color:#1c1c1c;background:#fff}h1{font-size:1.6rem;line-height:1.25}code{font-size:1.25rem;"
    "letter-spacing:.08em}a{color:#0b4f9e}@media(prefers-color-scheme:dark){body{color:#ececec;"
    "background:#161616}a{color:#8fc0ff}}";

// Takes what stands before the first `separator` off the front of `rest`.
std::string_view TakeUntil(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = Trim(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

// RFC 9110 section 12.4.2, in thousandths; none for what is no weight.
std::optional<int> WeightOf(std::string_view value) {
  if (value.empty() || value.size() > 5 || (value[0] != '0' && value[0] != '1'))
    return std::nullopt;
  if (value.size() > 1 && value[1] != '.') return std::nullopt;
  int weight = (value[0] - '0') * 1000;
  for (size_t i = 2, unit = 100; i < value.size(); ++i, unit /= 10) {
    if (!IsDigit(value[i])) return std::nullopt;
    weight += (value[i] - '0') * static_cast<int>(unit);
  }
  return weight <= 1000 ? std::optional(weight) : std::nullopt;
}

// Of one element of the header, its type and parameters.
int WeightOfElement(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = TakeUntil(parameters, ';');
    if (parameter.size() < 2 || !EqualsIgnoreCase(parameter.substr(0, 2), "q=")) continue;
    return WeightOf(parameter.substr(2)).value_or(0);
  }
  return 1000;
}

std::string EscapedHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string RenderHtml(const AnswerPage& page, const CauseInfo& cause) {
  const std::string title = EscapedHtml(cause.title);
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n<title>";
  html += title + "</title>\n<style>" + std::string(kStyle) +
          "</style>\n</head>\n<body>\n<main>\n<h1>" + title + "</h1>\n<p>" +
          EscapedHtml(cause.advice) + "</p>\n";
  if (!page.login.empty()) {
    html += "<p><a href=\"" + EscapedHtml(page.login) + "\">Log in</a></p>\n";
  }
  html += "<p>Code for the shop's support: <code>" + std::string(page.code) + "</code></p>\n";
  return html + "</main>\n</body>\n</html>\n";
}

std::string RenderText(const AnswerPage& page, const CauseInfo& cause) {
  return std::to_string(page.status) + " " + std::string(cause.title) + "\n\n" +
         std::string(cause.advice) + "\n\nCode for the shop's support: " + std::string(page.code) +
         "\n";
}

std::string RenderJson(const AnswerPage& page, const CauseInfo& cause) {
  return JsonObject()
             .Add("status", static_cast<uint64_t>(page.status))
             .Add("title", cause.title)
             .Add("detail", cause.advice)
             .Add("code", page.code)
             .Text() +
         "\n";
}

}  // namespace

AnswerForm ChooseForm(std::string_view accept) {
  struct Choice {
    std::string_view type;
    AnswerForm form;
    int weight;
  };
  std::array<Choice, 3> choices = {{{"text/html", AnswerForm::kHtml, 0},
                                    {"application/json", AnswerForm::kJson, 0},
                                    {"text/plain", AnswerForm::kText, 0}}};
  while (!accept.empty()) {
    std::string_view element = TakeUntil(accept, ',');
    const std::string_view type = TakeUntil(element, ';');
    for (Choice& choice : choices) {
      if (EqualsIgnoreCase(type, choice.type)) choice.weight = WeightOfElement(element);
    }
  }
  const auto* best = std::max_element(choices.begin(), choices.end(), [](auto& a, auto& b) {
    return a.weight < b.weight;  // the first of equals is the greatest to max_element
  });
  return best->weight == 0 ? AnswerForm::kText : best->form;
}

const char* MediaTypeOf(AnswerForm form) {
  if (form == AnswerForm::kHtml) return "text/html; charset=utf-8";
  return form == AnswerForm::kJson ? "application/json" : "text/plain; charset=utf-8";
}

std::string RenderPage(const AnswerPage& page, const CauseInfo& cause, AnswerForm form) {
  if (form == AnswerForm::kHtml) return RenderHtml(page, cause);
  return form == AnswerForm::kJson ? RenderJson(page, cause) : RenderText(page, cause);
}

}  // namespace audiodl
