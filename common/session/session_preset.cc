// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_preset.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

// One kind of shop. In `query`, {table} and {lifetime} are replaced by what the operator writes.
struct Kind {
  std::string_view name;
  std::string_view cookie;
  std::string_view table;
  int lifetime_seconds;  // 0: the table says itself when a session ends
  bool may_hash_ids;
  std::string_view query;
  std::string_view format;
  std::string_view customer_key;
};

constexpr Kind kKinds[] = {
    {"plain", "PHPSESSID", "sessions", 0, false,
     "SELECT data FROM {table} WHERE id = %{session}s AND expires > %{now}d", "php", "customer_id"},
    // PdoSessionHandler of Symfony 4.4 and later writes the time of expiry into sess_lifetime;
    // before that a duration, counted from sess_time. Symfony itself tells them apart by
    // MAX_LIFETIME.
    {"symfony", "PHPSESSID", "sessions", 0, false,
     "SELECT sess_data FROM {table} WHERE sess_id = %{session}s AND sess_lifetime + "
     "CASE WHEN sess_lifetime > 315576000 THEN 0 ELSE sess_time END > %{now}d",
     "php", "_sf2_attributes/user_id"},
    // Illuminate\Session\DatabaseSessionHandler keeps who is logged in beside the payload, and the
    // time of the last request; config/session.php has 120 minutes as its default.
    {"laravel", "laravel_session", "sessions", 7200, false,
     "SELECT user_id FROM {table} WHERE id = %{session}s AND last_activity + {lifetime} > %{now}d",
     "plain", ""},
    // Magento\Framework\Session\SaveHandler\DbTable: session_expires is, its name notwithstanding,
    // time() of the last write, and gc() compares it with time() - lifetime. session_data is
    // base64_encode() of what PHP's handler wrote. 3600 s is
    // Session\Config::COOKIE_LIFETIME_DEFAULT; "customer_base" is Customer\Model\Session\Storage's
    // name for the website "base".
    {"magento", "PHPSESSID", "session", 3600, true,
     "SELECT session_data FROM {table} WHERE session_id = %{session}s AND "
     "session_expires + {lifetime} > %{now}d",
     "base64 php", "customer_base/customer_id"},
};

// What the operator may write behind the name.
struct Choices {
  std::string table;
  int64_t lifetime_seconds = 0;
  std::string key_file;
};

const Kind* FindKind(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                         [name](const Kind& kind) { return kind.name == name; });
  return found == std::end(kKinds) ? nullptr : found;
}

// It becomes part of a statement: "sessions", "shop.m2_session".
bool IsTableName(std::string_view text) {
  return !text.empty() && !IsDigit(text.front()) && text.front() != '.' && text.back() != '.' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlnum(c) || c == '_' || c == '.'; });
}

Status SetTable(const Kind&, std::string_view value, Choices& choices) {
  if (!IsTableName(value)) {
    return Status::Invalid("table= takes the name of a table: letters, digits, '_' and '.'");
  }
  choices.table = value;
  return Status::Ok();
}

Status SetLifetime(const Kind& kind, std::string_view value, Choices& choices) {
  if (kind.lifetime_seconds == 0) {
    return Status::Invalid(std::string(kind.name) +
                           " takes no lifetime=: its table says when a session ends");
  }
  const Result<std::chrono::milliseconds> duration = ParseDuration(value);
  if (!duration.ok()) return duration.status();
  constexpr auto kMost = std::chrono::hours(24 * 3660);
  if (*duration < std::chrono::seconds(1) || *duration > kMost) {
    return Status::Invalid("lifetime= must be at least 1s and at most ten years");
  }
  choices.lifetime_seconds = std::chrono::floor<std::chrono::seconds>(*duration).count();
  return Status::Ok();
}

Status SetKeyFile(const Kind& kind, std::string_view value, Choices& choices) {
  if (!kind.may_hash_ids) {
    return Status::Invalid(std::string(kind.name) +
                           " takes no key-file=: it hashes no session ids");
  }
  if (!value.starts_with('/')) return Status::Invalid("key-file= takes an absolute path");
  choices.key_file = value;
  return Status::Ok();
}

Status SetChoice(const Kind& kind, std::string_view word, Choices& choices) {
  using Setter = Status (*)(const Kind&, std::string_view, Choices&);
  constexpr std::pair<std::string_view, Setter> kSetters[] = {
      {"table=", SetTable}, {"lifetime=", SetLifetime}, {"key-file=", SetKeyFile}};
  for (const auto& [name, set] : kSetters) {
    if (word.starts_with(name)) return set(kind, word.substr(name.size()), choices);
  }
  return Status::Invalid("\"" + Printable(word) + "\" is none of table=, lifetime=, key-file=");
}

void Replace(std::string& text, std::string_view what, const std::string& by) {
  const size_t at = text.find(what);
  if (at != std::string::npos) text.replace(at, what.size(), by);
}

SessionPreset Make(const Kind& kind, const Choices& choices) {
  SessionPreset preset;
  preset.cookie = kind.cookie;
  preset.query = kind.query;
  Replace(preset.query, "{table}", choices.table);
  Replace(preset.query, "{lifetime}", std::to_string(choices.lifetime_seconds));
  preset.format = SessionFormat::Parse(kind.format).value();
  preset.customer_key = kind.customer_key;
  preset.key_file = choices.key_file;
  return preset;
}

}  // namespace

Result<SessionPreset> SessionPreset::Parse(std::string_view text) {
  const Result<std::vector<std::string>> words = SplitWords(text);
  if (!words.ok()) return words.status();
  const Kind* const kind = words->empty() ? nullptr : FindKind(words->front());
  if (kind == nullptr) {
    return Status::Invalid("a preset is one of plain, symfony, laravel, magento");
  }
  Choices choices{std::string(kind->table), kind->lifetime_seconds, ""};
  for (size_t i = 1; i < words->size(); ++i) {
    if (Status set = SetChoice(*kind, (*words)[i], choices); !set.ok()) return set;
  }
  return Make(*kind, choices);
}

}  // namespace audiodl
