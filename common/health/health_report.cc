// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/health/health_report.h"

#include <algorithm>

#include "common/base/json_text.h"

namespace audiodl {
namespace {

using State = Breaker::State;

std::string_view WordOf(HealthStatus status) {
  switch (status) {
    case HealthStatus::kReady:
      return "ready";
    case HealthStatus::kDegraded:
      return "degraded";
    case HealthStatus::kStarting:
      return "starting";
    case HealthStatus::kDraining:
      return "draining";
    case HealthStatus::kDown:
      break;
  }
  return "down";
}

std::string_view WordOf(State state) {
  switch (state) {
    case State::kAnswers:
      return "ok";
    case State::kFailing:
      return "failing";
    case State::kOpen:
      return "down";
    case State::kUnknown:
      break;
  }
  return "unknown";
}

// The checks, in the order in which they are told, and the worst of what they mean.
class Verdict {
 public:
  void Check(std::string_view name, std::string_view word, HealthStatus meaning) {
    checks_.Add(name, word);
    status_ = std::max(status_, meaning);
  }

  HealthReport Report() const {
    return {
        status_,
        JsonObject().Add("status", WordOf(status_)).AddRaw("checks", checks_.Text()).Text() + "\n"};
  }

 private:
  JsonObject checks_;
  HealthStatus status_ = HealthStatus::kReady;
};

// Of what a new customer cannot do without.
HealthStatus MeaningOf(State state, bool probed) {
  switch (state) {
    case State::kAnswers:
      return HealthStatus::kReady;
    case State::kFailing:
      return HealthStatus::kDegraded;
    case State::kOpen:
      return HealthStatus::kDown;
    case State::kUnknown:
      break;
  }
  // Where nobody finds out, waiting for it would be for ever.
  return probed ? HealthStatus::kStarting : HealthStatus::kDegraded;
}

void CheckRights(const HealthFacts& facts, Verdict& verdict) {
  if (facts.database && facts.database_refuses) {
    verdict.Check("database", "refuses", HealthStatus::kDown);
  } else if (facts.database) {
    verdict.Check("database", WordOf(*facts.database), MeaningOf(*facts.database, facts.probed));
  }
  if (facts.best_session_store && facts.worst_session_store) {
    // With one of several gone some customers are known still.
    HealthStatus meaning = MeaningOf(*facts.best_session_store, facts.probed);
    const HealthStatus worst = MeaningOf(*facts.worst_session_store, facts.probed);
    if (meaning == HealthStatus::kReady && worst != HealthStatus::kReady) {
      meaning = HealthStatus::kDegraded;
    }
    verdict.Check("sessions", WordOf(*facts.worst_session_store), meaning);
  }
  if (facts.revocations_known) {
    verdict.Check("revocations", *facts.revocations_known ? "ok" : "unknown",
                  *facts.revocations_known ? HealthStatus::kReady : HealthStatus::kStarting);
  }
}

// Another server's fetcher may be well: this is this server's own trouble.
void CheckFetcher(const HealthFacts& facts, Verdict& verdict) {
  if (!facts.fetcher_silence) return verdict.Check("fetcher", "unknown", HealthStatus::kStarting);
  const bool silent = *facts.fetcher_silence > kFetcherPatience;
  verdict.Check("fetcher", silent ? "silent" : "ok",
                silent ? HealthStatus::kDown : HealthStatus::kReady);
}

// The origin is every server's trouble: one that has anything cached goes on with that.
void CheckOrigin(const HealthFacts& facts, Verdict& verdict) {
  HealthStatus meaning = MeaningOf(facts.origin, true);
  if (meaning == HealthStatus::kDown && facts.has_cached) meaning = HealthStatus::kDegraded;
  verdict.Check("origin", WordOf(facts.origin), meaning);
  verdict.Check("cache", facts.has_cached ? "ok" : "empty", HealthStatus::kReady);
}

void CheckListing(const HealthFacts& facts, Verdict& verdict) {
  if (facts.listing == ListingState::kOk) {
    return verdict.Check("listing", "ok", HealthStatus::kReady);
  }
  // Every chunk would be answered with 404.
  verdict.Check("listing", facts.listing == ListingState::kEmpty ? "empty" : "unreadable",
                HealthStatus::kDown);
}

}  // namespace

HealthReport ReportHealth(const HealthFacts& facts) {
  Verdict verdict;
  CheckRights(facts, verdict);
  CheckFetcher(facts, verdict);
  CheckOrigin(facts, verdict);
  CheckListing(facts, verdict);
  verdict.Check("draining", facts.draining ? "yes" : "no",
                facts.draining ? HealthStatus::kDraining : HealthStatus::kReady);
  return verdict.Report();
}

}  // namespace audiodl
