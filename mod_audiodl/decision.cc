// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/decision.h"

#include <apr_strings.h>
#include <apr_time.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "common/entitlement/decision_key.h"
#include "common/entitlement/decision_rules.h"
#include "common/entitlement/entitlement_answer.h"
#include "common/entitlement/question_locks.h"
#include "common/session/session_cookie.h"
#include "mod_audiodl/accounting.h"
#include "mod_audiodl/answer.h"
#include "mod_audiodl/dbd_store.h"
#include "mod_audiodl/decision_cache.h"
#include "mod_audiodl/decision_memo.h"
#include "mod_audiodl/downloads.h"
#include "mod_audiodl/listed_book.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/request_state.h"
#include "mod_audiodl/revocations.h"
#include "mod_audiodl/server_config.h"
#include "mod_audiodl/session_store.h"
#include "mod_audiodl/zip_handler.h"

namespace audiodl {
namespace {

using Outcome = Decision::Outcome;
using Standing = DecisionRules::Standing;

// More than any answer of the database may take; those who wait share the failure of who asks.
constexpr std::chrono::seconds kPatience{15};

std::string_view CookiesOf(request_rec* r) {
  const char* cookies = apr_table_get(r->headers_in, "Cookie");
  return cookies != nullptr ? cookies : "";
}

const char* CopyToPool(request_rec* r, const std::string& text) {
  return apr_pstrmemdup(r->pool, text.data(), text.size());
}

std::string Now(UnixMicros now) { return std::to_string(now / kMicrosPerSecond); }

// A session as the database has it: the customer in it, or nobody.
using Customer = std::optional<std::string>;

// A session without a customer is a visitor who has not logged in; any other fault is worth a look.
Customer CustomerIn(request_rec* r, const ServerConfig& config, const std::string& session) {
  Result<std::string> customer = config.session_reader->Read(session);
  if (customer.ok()) return std::move(customer).value();
  const bool visitor = customer.status().code() == Code::kNotFound;
  NoteRefusal(r, visitor ? Cause::kNoSession : Cause::kSessionUnreadable, customer.status().text());
  return std::nullopt;
}

// For the log; without the id itself.
void NoteUnknownSession(request_rec* r, const ServerConfig& config) {
  NoteRefusal(r, Cause::kNoSession,
              std::string("the cookie ") + config.SessionCookie() +
                  " names a session that is not there (any more)");
}

void NoteNoCookie(request_rec* r, const ServerConfig& config) {
  NoteRefusal(
      r, Cause::kNoSession,
      std::string("the cookie ") + config.SessionCookie() + " is missing, or is no session's");
}

// Asked about no book, the one statement for both finds nothing but the session.
Result<std::optional<std::string>> FindSession(request_rec* r, const ServerConfig& config,
                                               const std::string& session_id, UnixMicros now) {
  if (!config.session_entitlement_query) return config.session_store->Find(r, session_id);
  return config.dbd->SelectValue(r, *config.session_entitlement_query,
                                 {{"session", session_id}, {"now", Now(now)}});
}

Result<Customer> FindCustomerOf(request_rec* r, const std::string& session_id, UnixMicros now) {
  const ServerConfig& config = ServerConfigOf(r->server);
  const Result<std::optional<std::string>> session = FindSession(r, config, session_id, now);
  if (!session.ok()) {
    NoteRefusal(r, Cause::kDatabaseDown, "the session: " + session.status().text());
    return session.status();
  }
  if (*session) return CustomerIn(r, config, **session);
  NoteUnknownSession(r, config);
  return Customer();
}

DecisionMemo::Question QuestionOf(request_rec* r, const ServerConfig& config,
                                  const ChunkName& chunk) {
  return {CookiesOf(r), config.decides_per_chunk ? chunk.path : chunk.book};
}

// One request's way to its answer. On the stack, for the length of Decide().
class Decider {
 public:
  Decider(request_rec* r, const ChunkName& chunk)
      : r_(r),
        config_(ServerConfigOf(r->server)),
        chunk_(chunk),
        question_(QuestionOf(r, config_, chunk)) {}

  Decision Decide() {
    std::optional<std::string> id = config_.FindStoredSessionId(question_.cookies);
    if (!id) {
      NoteNoCookie(r_, config_);
      return {Outcome::kNoSession, nullptr};
    }
    session_id_ = std::move(*id);
    return Known();
  }

  // No session's id has a colon.
  Decision DecideFor(const std::string& customer) {
    session_id_ = "customer:" + customer;
    without_session_ = customer;
    return Known();
  }

 private:
  // What the database says about a session and a book.
  struct Answer {
    Customer customer;
    std::optional<EntitlementAnswer> entitlement;  // none: not asked yet
  };

  Decision Known() {
    if (config_.decisions == nullptr) return Ask();
    key_ = DecisionKeyFor(config_.decision_scope, session_id_, question_.item);
    if (std::optional<Decision> known = FromCache()) return *known;
    return AskInTurn();
  }

  std::optional<Decision> FromCache() {
    record_ = config_.decisions->Find(r_, key_);
    const Standing standing = config_.rules.StandingOf(record_, apr_time_now());
    if (standing == Standing::kUndecided) return std::nullopt;
    CountDecision(r_, DecisionSource::kCache);
    return Finish(standing == Standing::kAllowed, *record_);
  }

  Decision AskInTurn() {
    QuestionLocks::Turn turn(*config_.question_locks, key_, kPatience);
    if (std::optional<Decision> known = FromCache()) return *known;
    if (!turn.mine() || turn.failed_meanwhile()) {
      NoteRefusal(r_, Cause::kDatabaseDown, "who asked the same just before got no answer");
      return InTrouble(std::nullopt);
    }
    const Decision decision = Ask();
    if (failed_) turn.NoteFailure();
    return decision;
  }

  Decision Ask() {
    CountDecision(r_, DecisionSource::kDatabase);
    const UnixMicros now = apr_time_now();
    Result<Answer> answer = AskSession(now);
    if (!answer.ok()) return InTrouble(std::nullopt);
    const bool by_grant = !answer->customer && config_.rules.GrantHolds(record_, now);
    if (by_grant) answer->customer = record_->customer;
    if (!answer->customer) return {Outcome::kNoSession, nullptr};
    if (!answer->entitlement) {
      // A statement for both can only be asked about a session that is there.
      if (by_grant && !config_.entitlement_query) return Continue(record_->expires);
      const Result<EntitlementAnswer> asked = AskEntitlement(*answer->customer, now);
      if (!asked.ok()) return InTrouble(answer->customer);
      answer->entitlement = *asked;
    }
    return Settle(*answer, by_grant, now);
  }

  Decision Settle(const Answer& answer, bool by_grant, UnixMicros now) {
    if (!answer.entitlement->HoldsAt(now)) {
      return Keep(config_.rules.Refused(*answer.customer, now));
    }
    if (by_grant) return Continue(answer.entitlement->expires);
    return Keep(config_.rules.Entitled(*answer.customer, answer.entitlement->expires, now));
  }

  Decision Continue(UnixMicros expires) {
    CountDecision(r_, DecisionSource::kGrant);
    return Keep(config_.rules.Continued(*record_, expires, apr_time_now()));
  }

  // Whoever holds a grant goes on; it belongs to the session, so another customer in it has none.
  Decision InTrouble(const Customer& customer) {
    failed_ = true;
    const UnixMicros now = apr_time_now();
    const bool same = !customer || (record_ && record_->customer == *customer);
    if (same && config_.rules.GrantHolds(record_, now)) {
      CountDecision(r_, DecisionSource::kGrant);
      // No refusal, so no line of one; but whoever keeps the database wants to know.
      ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r_, "audiodl: going on by a grant: %s",
                    StateOf(r_).refusal != nullptr ? StateOf(r_).refusal->detail.c_str() : "");
      return Keep(config_.rules.Postponed(*record_, now));
    }
    CountDecision(r_, DecisionSource::kTrouble);
    return {Outcome::kTrouble, customer ? CopyToPool(r_, *customer) : nullptr};
  }

  Decision Keep(const DecisionRecord& record) {
    if (config_.decisions != nullptr) {
      config_.decisions->Store(r_, key_, record, config_.rules.KeepUntil(record));
    }
    return Finish(record.entitled, record);
  }

  // What was revoked counts for more than all that was found out.
  Decision Finish(bool allowed, const DecisionRecord& record) {
    const char* customer = CopyToPool(r_, record.customer);
    if (!allowed) {
      NoteRefusal(r_, Cause::kNotEntitled, "the database says no");
      return {Outcome::kRefused, customer};
    }
    const uint64_t epoch = RevocationEpoch(r_->server);
    switch (IsRevoked(r_, record.customer, chunk_.book)) {
      case Revoked::kYes:
        CountDecision(r_, DecisionSource::kRevoked);
        NoteRefusal(r_, Cause::kRevoked, "it was revoked");
        return {Outcome::kRefused, customer};
      case Revoked::kUnknown:
        CountDecision(r_, DecisionSource::kTrouble);
        NoteRefusal(r_, Cause::kDatabaseDown, "what is revoked could not be read yet");
        return {Outcome::kTrouble, customer};
      case Revoked::kNo:
        break;
    }
    if (config_.decisions != nullptr && !without_session_) {
      DecisionMemo::Make(r_).Remember(r_, question_, record.customer,
                                      std::min(record.fresh_until, record.expires), epoch);
    }
    // What was noted on the way, as the end of a session whose grant goes on, refuses nothing.
    StateOf(r_).refusal = nullptr;
    return {Outcome::kAllowed, customer, WasProvedLately(record)};
  }

  bool WasProvedLately(const DecisionRecord& record) const {
    const UnixMicros ttl = std::chrono::microseconds(config_.DecisionTimes().positive).count();
    const UnixMicros age = apr_time_now() - record.proved_at;
    return age >= 0 && age <= ttl;
  }

  Result<Answer> AskSession(UnixMicros now) {
    if (without_session_) return Answer{without_session_, std::nullopt};
    if (config_.session_entitlement_query) return AskBoth(now);
    const Result<Customer> customer = FindCustomerOf(r_, session_id_, now);
    if (!customer.ok()) return customer.status();
    return Answer{*customer, std::nullopt};
  }

  Result<Answer> AskBoth(UnixMicros now) {
    const Result<std::optional<DbRow>> row =
        config_.dbd->SelectRow(r_, *config_.session_entitlement_query,
                               {{"session", session_id_},
                                {"book", chunk_.book},
                                {"chunk", chunk_.chunk},
                                {"now", Now(now)}});
    if (!row.ok()) return Failed("session and entitlement", row.status());
    if (!*row || (*row)->empty() || !(**row)[0]) {
      NoteUnknownSession(r_, config_);
      return Answer();
    }
    Answer answer{CustomerIn(r_, config_, *(**row)[0]), std::nullopt};
    if (!answer.customer) return answer;
    const Result<EntitlementAnswer> entitlement =
        EntitlementAnswer::FromColumns(std::span(**row).subspan(1));
    if (!entitlement.ok()) return Failed("session and entitlement", entitlement.status());
    answer.entitlement = *entitlement;
    return answer;
  }

  Result<EntitlementAnswer> AskEntitlement(const std::string& customer, UnixMicros now) {
    // A zip is no page: what it needs is the right to the chunks.
    const bool is_page = chunk_.IsBook() && !AsksForZip(r_);
    if (is_page && config_.page_query) return AskPage(customer);
    const Result<std::optional<DbRow>> row = config_.dbd->SelectRow(r_, *config_.entitlement_query,
                                                                    {{"customer", customer},
                                                                     {"book", chunk_.book},
                                                                     {"chunk", chunk_.chunk},
                                                                     {"now", Now(now)}});
    if (!row.ok()) return Failed("entitlement", row.status());
    if (!*row) return EntitlementAnswer();
    Result<EntitlementAnswer> entitlement = EntitlementAnswer::FromColumns(**row);
    if (!entitlement.ok()) return Failed("entitlement", entitlement.status());
    return entitlement;
  }

  Result<EntitlementAnswer> AskPage(const std::string& customer) {
    Result<EntitlementAnswer> entitlement = AskPageRight(r_, customer, chunk_);
    if (!entitlement.ok()) return Failed("page", entitlement.status());
    return entitlement;
  }

  Status Failed(const char* what, const Status& status) {
    NoteRefusal(r_, Cause::kDatabaseDown, std::string("the ") + what + ": " + status.text());
    return status;
  }

  request_rec* r_;
  const ServerConfig& config_;
  const ChunkName& chunk_;
  const DecisionMemo::Question question_;
  std::string session_id_;
  Customer without_session_;  // whose right alone is asked for
  DecisionKey key_{};
  std::optional<DecisionRecord> record_;  // as the cache has it
  bool failed_ = false;
};

// As good as the worst of the book's parts, each asked for by `ask`.
template <typename Ask>
Decision DecideEachPart(request_rec* r, const ChunkName& book, Ask ask) {
  const ListedBook& listed = ListedBookOf(r, book);
  // Then nothing of it will be sent, but who is refused must not see the difference.
  if (listed.parts.empty()) return ask(book);
  Decision decision;
  const char* customer = nullptr;
  for (const BookPart& part : listed.parts) {
    const Result<ChunkName> chunk = ChunkName::Parse(book.path + part.name);
    if (!chunk.ok()) return {Outcome::kRefused, customer};
    decision = ask(*chunk);
    if (decision.outcome != Outcome::kAllowed) return decision;
    // Another one logged in with the same session meanwhile.
    if (customer != nullptr && std::strcmp(customer, decision.customer) != 0) {
      return {Outcome::kRefused, customer};
    }
    customer = decision.customer;
  }
  return decision;
}

// A zip has all parts of a book in it, and a statement that looks at the chunk must have been asked
// for each. Asked for none it may say anything.
template <typename Ask>
Decision DecideWhole(request_rec* r, const ChunkName& name, Ask ask) {
  const bool each = ServerConfigOf(r->server).decides_per_chunk && name.IsBook() && AsksForZip(r);
  return each ? DecideEachPart(r, name, ask) : ask(name);
}

}  // namespace

Decision Decide(request_rec* r, const ChunkName& chunk) {
  return DecideWhole(r, chunk, [r](const ChunkName& name) { return Decider(r, name).Decide(); });
}

Decision DecideFor(request_rec* r, const std::string& customer, const ChunkName& chunk) {
  return DecideWhole(r, chunk, [r, &customer](const ChunkName& name) {
    return Decider(r, name).DecideFor(customer);
  });
}

const char* RecallCustomer(request_rec* r, const ChunkName& chunk) {
  const DecisionMemo* memo = DecisionMemo::Of(r);
  if (memo == nullptr) return nullptr;
  const char* known = memo->CustomerFor(r, QuestionOf(r, ServerConfigOf(r->server), chunk));
  if (known == nullptr) return nullptr;
  CountDecision(r, DecisionSource::kMemo);
  // The memo may be written again by a subrequest while this request goes on.
  const char* customer = apr_pstrdup(r->pool, known);
  StateOf(r).decision =
      new (apr_palloc(r->pool, sizeof(Decision))) Decision{Decision::Outcome::kAllowed, customer};
  return customer;
}

const Decision& DecisionFor(request_rec* r, const ChunkName& chunk) {
  RequestState& state = StateOf(r);
  if (state.decision == nullptr) {
    state.decision = new (apr_palloc(r->pool, sizeof(Decision))) Decision(Decide(r, chunk));
  }
  return *state.decision;
}

Result<std::optional<std::string>> FindCustomer(request_rec* r) {
  const auto id = ServerConfigOf(r->server).FindStoredSessionId(CookiesOf(r));
  if (!id) {
    NoteNoCookie(r, ServerConfigOf(r->server));
    return std::optional<std::string>();
  }
  return FindCustomerOf(r, *id, apr_time_now());
}

}  // namespace audiodl
