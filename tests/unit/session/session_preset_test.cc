// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_preset.h"

#include <string>
#include <string_view>

#include "common/session/customer_key.h"
#include "common/session/session_cookie.h"
#include "common/session/sql_template.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("SessionPreset: each is a whole and sound configuration") {
  for (const char* const name : {"plain", "symfony", "laravel", "magento"}) {
    CAPTURE(name);
    const Result<SessionPreset> preset = SessionPreset::Parse(name);
    REQUIRE(preset.ok());
    CHECK(IsCookieName(preset->cookie));
    const Result<SqlTemplate> query = SqlTemplate::Parse(preset->query, kSessionParameters);
    REQUIRE(query.ok());
    CHECK(query->Uses("session"));
    CHECK(query->Uses("now"));
    CHECK(preset->format.HasKeys() == CheckCustomerKey(preset->customer_key).ok());
    CHECK(preset->key_file.empty());
  }
}

TEST_CASE("SessionPreset: options change the table, the lifetime and the key") {
  struct Case {
    std::string_view text;
    std::string_view query;
  };
  const Case cases[] = {
      {"plain", "SELECT data FROM sessions WHERE id = %{session}s AND expires > %{now}d"},
      {"plain table=web_sessions",
       "SELECT data FROM web_sessions WHERE id = %{session}s AND expires > %{now}d"},
      {"laravel",
       "SELECT user_id FROM sessions WHERE id = %{session}s AND last_activity + 7200 > %{now}d"},
      {"laravel lifetime=600",
       "SELECT user_id FROM sessions WHERE id = %{session}s AND last_activity + 600 > %{now}d"},
      {"laravel lifetime=24h table=shop.sessions",
       "SELECT user_id FROM shop.sessions WHERE id = %{session}s AND last_activity + 86400 > "
       "%{now}d"},
      {"magento",
       "SELECT session_data FROM session WHERE session_id = %{session}s AND session_expires + "
       "3600 > %{now}d"},
      {"magento table=m2_session lifetime=1440 key-file=/etc/key",
       "SELECT session_data FROM m2_session WHERE session_id = %{session}s AND session_expires + "
       "1440 > %{now}d"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Result<SessionPreset> preset = SessionPreset::Parse(c.text);
    REQUIRE(preset.ok());
    CHECK(preset->query == c.query);
  }
  CHECK(SessionPreset::Parse("magento key-file=/etc/key")->key_file == "/etc/key");
}

TEST_CASE("SessionPreset: what is wrong is named") {
  struct Case {
    std::string_view text;
    std::string_view expected;
  };
  const Case cases[] = {
      {"", "a preset is one of plain, symfony, laravel, magento"},
      {"Symfony", "a preset is one of plain, symfony, laravel, magento"},
      {"drupal", "a preset is one of plain, symfony, laravel, magento"},
      {"plain sessions", "\"sessions\" is none of table=, lifetime=, key-file="},
      {"plain table=", "table= takes the name of a table"},
      {"plain table=x;y", "table= takes the name of a table"},
      {"plain \"table=x WHERE 1\"", "table= takes the name of a table"},
      {"plain table=%{now}d", "table= takes the name of a table"},
      {"plain table=1x", "table= takes the name of a table"},
      {"plain table=.x", "table= takes the name of a table"},
      {"plain lifetime=5", "plain takes no lifetime="},
      {"symfony lifetime=5", "symfony takes no lifetime="},
      {"laravel lifetime=0", "lifetime= must be at least 1s"},
      {"laravel lifetime=500ms", "lifetime= must be at least 1s"},
      {"laravel lifetime=9999d", "lifetime= must be at least 1s and at most ten years"},
      {"laravel key-file=/k", "laravel takes no key-file="},
      {"magento key-file=k", "key-file= takes an absolute path"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Status status = SessionPreset::Parse(c.text).status();
    CHECK(status.code() == Code::kInvalid);
    CHECK(status.text().substr(0, c.expected.size()) == c.expected);
  }
  CHECK_FALSE(SessionPreset::Parse("laravel lifetime=soon").ok());
}

}  // namespace
}  // namespace audiodl
