// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/answer.h"

#include <apr_buckets.h>
#include <apr_strings.h>

#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_core.h>
#include <util_filter.h>
#include <string_view>

#include "common/answer/answer_line.h"
#include "common/answer/answer_page.h"
#include "common/answer/support_code.h"
#include "mod_audiodl/chunk_path.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/link_authz.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {

// In r->pool from Answer() on.
struct GivenAnswer {
  const CauseInfo* info;
  std::string code;
  AnswerForm form;
  int status;
  std::string login;  // where a browser is sent; empty: nowhere
};

namespace {

constexpr char kPageFilter[] = "AUDIODL_PAGE";

const char* InPool(apr_pool_t* pool, std::string_view text) {
  return apr_pstrmemdup(pool, text.data(), text.size());
}

AnswerForm FormFor(request_rec* r) {
  const char* accept = apr_table_get(r->headers_in, "Accept");
  return ChooseForm(accept != nullptr ? accept : "");
}

// Only who has no session is helped by logging in. A session that cannot be read is one that the
// shop takes for good: it would send the browser back at once, and round and round.
std::string LoginFor(request_rec* r, Cause cause, AnswerForm form) {
  const ServerConfig& config = ServerConfigOf(r->server);
  if (cause != Cause::kNoSession || form != AnswerForm::kHtml || !config.login_url) return {};
  return config.login_url->For(r->uri, r->args != nullptr ? r->args : "");
}

int StatusFor(request_rec* r, const CauseInfo& info, const std::string& login) {
  if (login.empty()) return info.status;
  return r->method_number == M_GET ? HTTP_MOVED_TEMPORARILY : HTTP_SEE_OTHER;
}

// A browser that is sent to log in sees no code that anybody could ask about, and comes often.
int LevelOf(const GivenAnswer& answer) {
  if (!answer.login.empty()) return APLOG_INFO;
  return answer.info->fault == Fault::kCustomer ? APLOG_WARNING : APLOG_ERR;
}

void Log(request_rec* r, const GivenAnswer& answer, const std::string& detail) {
  AnswerLine line{answer.code, answer.status, std::string(answer.info->name), "", "", "", detail};
  const RequestState& state = StateOf(r);
  if (state.customer != nullptr) line.customer = state.customer;
  if (line.customer.empty() && state.link != nullptr) line.customer = state.link->customer;
  if (const ChunkName* name = FindChunk(r)) {
    line.book = name->book;
    line.chunk = name->chunk;
  }
  ap_log_rerror(APLOG_MARK, LevelOf(answer), 0, r, "%s", FormatAnswerLine(line).c_str());
}

// err_headers_out, which httpd sends with refusals and keeps over the way to an ErrorDocument.
void SetHeaders(request_rec* r, const GivenAnswer& answer) {
  apr_table_t* headers = r->err_headers_out;
  const char* code = InPool(r->pool, answer.code);
  apr_table_setn(headers, "X-Audiodl-Code", code);
  apr_table_setn(headers, "Cache-Control", "private, no-store");
  apr_table_mergen(headers, "Vary", "Accept");
  if (answer.info->retry_after > 0) {
    apr_table_setn(headers, "Retry-After", apr_itoa(r->pool, answer.info->retry_after));
  }
  if (!answer.login.empty()) {
    apr_table_setn(r->headers_out, "Location", InPool(r->pool, answer.login));
  }
  if (answer.status == HTTP_UNAUTHORIZED) {
    ap_note_auth_failure(r);
  } else {
    apr_table_unset(headers, "WWW-Authenticate");
  }
  const char* cause = InPool(r->pool, answer.info->name);
  // mod_cache can be told to keep even what says no-store; this it always obeys.
  apr_table_setn(r->subprocess_env, "no-cache", "1");
  apr_table_setn(r->subprocess_env, "AUDIODL_CODE", code);
  apr_table_setn(r->subprocess_env, "AUDIODL_CAUSE", cause);
  apr_table_setn(r->notes, "audiodl-code", code);
  apr_table_setn(r->notes, "audiodl-cause", cause);
}

// In the place of httpd's own words, once they are complete.
apr_status_t ReplaceBody(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  request_rec* r = filter->r;
  const bool ended = !APR_BRIGADE_EMPTY(brigade) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(brigade));
  apr_brigade_cleanup(brigade);
  if (!ended) return APR_SUCCESS;

  const GivenAnswer& answer = *static_cast<GivenAnswer*>(filter->ctx);
  const std::string body =
      RenderPage({answer.status, answer.code, answer.login}, *answer.info, answer.form);
  ap_set_content_type(r, MediaTypeOf(answer.form));
  ap_set_content_length(r, static_cast<apr_off_t>(body.size()));
  apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
  // The address may hold a signed link: it goes nowhere from here.
  apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
  if (answer.form == AnswerForm::kHtml) {
    apr_table_setn(r->headers_out, "Content-Security-Policy",
                   "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  }
  apr_brigade_write(brigade, nullptr, nullptr, body.data(), body.size());
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(filter->c->bucket_alloc));
  ap_remove_output_filter(filter);
  return ap_pass_brigade(filter->next, brigade);
}

// httpd is about to write the body of an error: ours takes its place, unless the operator has one.
void AddPage(request_rec* r) {
  GivenAnswer* answer = StateOf(r).answer;
  if (answer == nullptr || r->status != answer->status) return;
  if (ap_response_code_string(r, ap_index_of_response(r->status)) != nullptr) return;
  ap_add_output_filter(kPageFilter, answer, r, r->connection);
}

}  // namespace

int Answer(request_rec* r, Cause cause, const std::string& detail) {
  RequestState& state = StateOf(r);
  if (state.answer != nullptr) return state.answer->status;
  const CauseInfo& info = InfoOf(cause);
  const AnswerForm form = FormFor(r);
  const std::string login = LoginFor(r, cause, form);
  state.answer = NewInPool<GivenAnswer>(
      r->pool, GivenAnswer{&info, NewSupportCode(), form, StatusFor(r, info, login), login});
  Log(r, *state.answer, detail);
  SetHeaders(r, *state.answer);
  return state.answer->status;
}

void NoteRefusal(request_rec* r, Cause cause, const std::string& detail) {
  StateOf(r).refusal = NewInPool<Refusal>(r->pool, Refusal{cause, detail});
}

int AnswerNoted(request_rec* r, Cause otherwise) {
  const Refusal* refusal = StateOf(r).refusal;
  if (refusal == nullptr) return Answer(r, otherwise, "no reason was noted");
  // The name of no chunk is refused before, and not found after the right to it was granted.
  const Cause cause = refusal->cause == Cause::kNotEntitled ? otherwise : refusal->cause;
  return Answer(r, cause, refusal->detail);
}

int AnswerUnlisted(request_rec* r, const Status& status) {
  const bool not_listed = status.code() == Code::kNotFound;
  return Answer(r, not_listed ? Cause::kNotListed : Cause::kListingUnreadable, status.text());
}

void RegisterAnswer(apr_pool_t*) {
  ap_register_output_filter(kPageFilter, Guarded<ReplaceBody, APR_EGENERAL>, nullptr,
                            AP_FTYPE_RESOURCE);
  ap_hook_insert_error_filter(Guarded<AddPage>, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace audiodl
