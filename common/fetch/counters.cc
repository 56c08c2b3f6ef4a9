// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/counters.h"

namespace audiodl {
namespace {

Count& AnswerOf(OriginAnswers& answers, int http_status) {
  switch (http_status) {
    case 0:
      return answers.no_answer;
    case 401:
    case 403:
      return answers.forbidden;
    case 404:
      return answers.not_found;
    case 412:
      return answers.precondition_failed;
    case 416:
      return answers.range_refused;
    case 429:
    case 503:
      return answers.throttled;
    default:
      break;
  }
  if (http_status / 100 == 2) return answers.ok;
  return http_status / 100 == 5 ? answers.server_error : answers.other;
}

}  // namespace

void CountAnswer(OriginAnswers& answers, int http_status) { AnswerOf(answers, http_status).Add(); }

}  // namespace audiodl
