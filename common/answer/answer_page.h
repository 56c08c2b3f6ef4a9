// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The body of a refusal: a small page for people, or the same in plain text or JSON for programs.
// It needs nothing but itself (no script, font, image or style sheet), reads well aloud and in
// large type, and says nothing of how the shop works inside. Pure; any thread.

#ifndef AUDIODL_COMMON_ANSWER_ANSWER_PAGE_H_
#define AUDIODL_COMMON_ANSWER_ANSWER_PAGE_H_

#include <string>
#include <string_view>

#include "common/answer/cause.h"

namespace audiodl {

enum class AnswerForm : unsigned char { kText, kHtml, kJson };

// What an Accept header (RFC 9110 section 12.5.1) asks for by name: the type with the highest
// weight among text/html, application/json and text/plain; of equals the first of these. Wildcards
// name nothing: browsers name text/html when they show pages, players and download managers do not.
AnswerForm ChooseForm(std::string_view accept);

// "text/html; charset=utf-8"
const char* MediaTypeOf(AnswerForm form);

struct AnswerPage {
  int status = 0;         // of HTTP: 302 where `login` is set, else that of the cause
  std::string_view code;  // the support code
  std::string login;      // where a browser is sent; empty: nowhere
};

std::string RenderPage(const AnswerPage& page, const CauseInfo& cause, AnswerForm form);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ANSWER_ANSWER_PAGE_H_
