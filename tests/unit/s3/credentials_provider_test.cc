// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/credentials_provider.h"

#include <filesystem>
#include <iterator>
#include <memory>

#include "tests/unit/catch.h"
#include "tests/unit/s3/credentials_file.h"
#include "tests/unit/s3/fake_imds.h"
#include "tests/unit/s3/log_recorder.h"
#include "tests/unit/s3/scoped_environment.h"

namespace audiodl {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Every credential is due for renewal at once, and failures are retried at once.
constexpr RefreshTiming kImpatient = {.ahead = hours(10000),
                                      .jitter = milliseconds(0),
                                      .retry_min = milliseconds(1),
                                      .retry_max = milliseconds(2)};

CredentialsSpec SpecOf(std::string_view text) { return CredentialsSpec::Parse(text).value(); }

// An environment without any credentials, which has the metadata service at `imds`.
ScopedEnvironment Bare(const std::string& imds) {
  return ScopedEnvironment({{"AWS_ACCESS_KEY_ID", ""},
                            {"AWS_SECRET_ACCESS_KEY", ""},
                            {"AWS_SESSION_TOKEN", ""},
                            {"AWS_SHARED_CREDENTIALS_FILE", ""},
                            {"AWS_PROFILE", ""},
                            {"AWS_EC2_METADATA_DISABLED", ""},
                            {"AWS_EC2_METADATA_SERVICE_ENDPOINT", imds}});
}

size_t Threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

std::string IdOf(const CredentialsProvider& provider) {
  const std::shared_ptr<const Credentials> keys = provider.Current();
  return keys == nullptr ? "none" : keys->access_key_id;
}

constexpr const char* kTwoProfiles =
    "[default]\naws_access_key_id=FILE\naws_secret_access_key=s\n"
    "[web]\naws_access_key_id=WEB\naws_secret_access_key=s\n";

TEST_CASE("CredentialsProvider: a file is read by Load, and lasts when it goes") {
  auto file = std::make_unique<CredentialsFile>(kTwoProfiles);
  LogRecorder log;
  CredentialsProvider provider(SpecOf(file->path() + " profile=web"), log.sink());
  CHECK(IdOf(provider) == "none");
  CHECK_FALSE(provider.WhyNone().ok());
  CHECK(provider.Load().ok());
  file.reset();
  CHECK(IdOf(provider) == "WEB");
  CHECK(provider.WhyNone().ok());
  const size_t threads = Threads();
  provider.Start();
  CHECK(Threads() == threads);
}

TEST_CASE("CredentialsProvider: a file that cannot be read is told by Load and WhyNone") {
  LogRecorder log;
  CredentialsProvider provider(SpecOf("/nonexistent/keys"), log.sink());
  CHECK(provider.Load().code() == Code::kNotFound);
  CHECK(provider.WhyNone().text().find("/nonexistent/keys") != std::string::npos);
  CHECK(IdOf(provider) == "none");
}

TEST_CASE("CredentialsProvider: auto takes the environment, then the file, then the instance") {
  const FakeImds imds;
  const CredentialsFile file(kTwoProfiles);
  const ScopedEnvironment bare = Bare(imds.url());
  LogRecorder log;
  {
    CredentialsProvider provider(SpecOf("auto"), log.sink());
    CHECK(provider.Load().ok());
    CHECK(IdOf(provider) == "none");
    CHECK(provider.WhyNone().code() == Code::kBusy);
    provider.Start();
    REQUIRE(log.WaitFor(LogLevel::kNotice, "valid until"));
    CHECK(IdOf(provider) == "ASIAFIRST");
  }
  const ScopedEnvironment with_file({{"AWS_SHARED_CREDENTIALS_FILE", file.path()}});
  {
    CredentialsProvider provider(SpecOf("auto"), log.sink());
    CHECK(provider.Load().ok());
    CHECK(IdOf(provider) == "FILE");
  }
  {
    const ScopedEnvironment profile({{"AWS_PROFILE", "web"}});
    CredentialsProvider provider(SpecOf("auto"), log.sink());
    CHECK(provider.Load().ok());
    CHECK(IdOf(provider) == "WEB");
  }
  const ScopedEnvironment with_keys({{"AWS_ACCESS_KEY_ID", "ENV"}, {"AWS_SECRET_ACCESS_KEY", "s"}});
  CredentialsProvider provider(SpecOf("auto"), log.sink());
  CHECK(provider.Load().ok());
  CHECK(IdOf(provider) == "ENV");
}

TEST_CASE("CredentialsProvider: auto does not look past what is there and wrong") {
  const ScopedEnvironment bare = Bare("");
  LogRecorder log;
  {
    const ScopedEnvironment half({{"AWS_ACCESS_KEY_ID", "ENV"}});
    CHECK(CredentialsProvider(SpecOf("auto"), log.sink()).Load().code() == Code::kInvalid);
  }
  {
    const ScopedEnvironment no_file({{"AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/keys"}});
    CHECK(CredentialsProvider(SpecOf("auto"), log.sink()).Load().code() == Code::kNotFound);
  }
  const ScopedEnvironment disabled({{"AWS_EC2_METADATA_DISABLED", "true"}});
  CHECK(CredentialsProvider(SpecOf("auto"), log.sink()).Load().code() == Code::kInvalid);
}

TEST_CASE("CredentialsProvider: neither thread nor request before Start") {
  const FakeImds imds;
  const ScopedEnvironment bare = Bare(imds.url());
  LogRecorder log;
  const size_t threads = Threads();
  CredentialsProvider provider(SpecOf("instance"), log.sink());
  CHECK(provider.Load().ok());
  CHECK(Threads() == threads);
  CHECK(imds.server().requests().empty());
  provider.Start();
  provider.Start();
  REQUIRE(log.WaitFor(LogLevel::kNotice, "valid until"));
  CHECK(imds.server().requests().size() >= 3);
}

TEST_CASE("CredentialsProvider: newer credentials replace the old, which their holders keep") {
  FakeImds imds;
  const ScopedEnvironment bare = Bare(imds.url());
  LogRecorder log;
  CredentialsProvider provider(SpecOf("instance"), log.sink(), kImpatient);
  REQUIRE(provider.Load().ok());
  provider.Start();
  REQUIRE(log.WaitFor(LogLevel::kNotice, "valid until"));
  const std::shared_ptr<const Credentials> held = provider.Current();
  REQUIRE(held != nullptr);
  CHECK(held->access_key_id == "ASIAFIRST");

  imds.SayDocument(FakeImds::Good("ASIASECOND", hours(7)));
  REQUIRE(log.WaitFor(LogLevel::kInfo, "valid until"));
  CHECK(IdOf(provider) == "ASIASECOND");
  CHECK(held->access_key_id == "ASIAFIRST");
  CHECK(held->secret_access_key == "secretOfASIAFIRST");
}

TEST_CASE(
    "CredentialsProvider: another role's credentials are taken, although they expire sooner") {
  FakeImds imds;
  const ScopedEnvironment bare = Bare(imds.url());
  LogRecorder log;
  CredentialsProvider provider(SpecOf("instance"), log.sink(), kImpatient);
  REQUIRE(provider.Load().ok());
  provider.Start();
  REQUIRE(log.WaitFor(LogLevel::kNotice, "valid until"));
  imds.SayDocument(FakeImds::Good("ASIAOTHER", hours(1)));
  REQUIRE(log.WaitFor(LogLevel::kInfo, "valid until"));
  CHECK(IdOf(provider) == "ASIAOTHER");
}

TEST_CASE("CredentialsProvider: no broken answer replaces what is valid") {
  using Ending = FakeReply::Ending;
  const std::string good = FakeImds::Good("ASIAEVIL", hours(9)).body;
  const std::pair<const char*, FakeReply> rows[] = {
      {"500", {.status = 500, .body = good}},
      {"302", {.status = 302, .body = good, .headers = {"Location: /latest/api/token"}}},
      {"HTML", {.body = "<html><body>Bad Gateway</body></html>"}},
      {"truncated JSON", {.body = good.substr(0, good.size() - 1)}},
      {"a cut transfer", {.body = good, .ending = Ending::kCut}},
      {"expired", FakeImds::Good("ASIAEVIL", hours(-1))},
      {"a failure", {.body = R"({"Code":"Failed","Message":"x"})"}},
      {"empty", {}},
  };
  for (const auto& [what, reply] : rows) {
    CAPTURE(what);
    FakeImds imds;
    const ScopedEnvironment bare = Bare(imds.url());
    LogRecorder log;
    CredentialsProvider provider(SpecOf("instance"), log.sink(), kImpatient);
    REQUIRE(provider.Load().ok());
    provider.Start();
    REQUIRE(log.WaitFor(LogLevel::kNotice, "valid until"));
    imds.SayDocument(reply);
    REQUIRE(log.WaitFor(LogLevel::kWarning, "those in use stay valid until", 3));
    CHECK(IdOf(provider) == "ASIAFIRST");
    CHECK(provider.WhyNone().ok());

    log.Clear();
    imds.SayDocument(FakeImds::Good("ASIASECOND", hours(8)));
    REQUIRE(log.WaitFor(LogLevel::kNotice, "valid until"));
    CHECK(IdOf(provider) == "ASIASECOND");
  }
}

TEST_CASE("CredentialsProvider: none yet is an error with its reason, until there are some") {
  FakeImds imds;
  imds.SayRole({.status = 404});
  const ScopedEnvironment bare = Bare(imds.url());
  LogRecorder log;
  CredentialsProvider provider(SpecOf("instance"), log.sink(), kImpatient);
  REQUIRE(provider.Load().ok());
  provider.Start();
  REQUIRE(log.WaitFor(LogLevel::kError, "there are none yet"));
  CHECK(IdOf(provider) == "none");
  CHECK(provider.WhyNone().code() == Code::kNotFound);
  imds.SayRole({.body = "web@shop"});
  REQUIRE(log.WaitFor(LogLevel::kNotice, "valid until"));
  CHECK(IdOf(provider) == "ASIAFIRST");
  CHECK(provider.WhyNone().ok());
}

TEST_CASE("CredentialsProvider: no secret reaches the log") {
  FakeImds imds;
  const ScopedEnvironment bare = Bare(imds.url());
  LogRecorder log;
  CredentialsProvider provider(SpecOf("instance"), log.sink(), kImpatient);
  REQUIRE(provider.Load().ok());
  provider.Start();
  REQUIRE(log.WaitFor(LogLevel::kNotice, "valid until"));
  imds.SayDocument(FakeImds::Good("ASIASECOND", hours(-1)));
  REQUIRE(log.WaitFor(LogLevel::kWarning, "those in use stay valid until"));
  for (const char* secret : {"ASIA", "secretOf", "tokenOf", "TOKEN=="}) {
    CHECK_FALSE(log.Contains(secret));
  }
}

// How long the end of a started provider takes, once `ready` has returned.
template <typename Ready>
std::chrono::milliseconds TimeToEnd(LogRecorder& log, Ready ready) {
  auto provider = std::make_unique<CredentialsProvider>(SpecOf("instance"), log.sink());
  REQUIRE(provider->Load().ok());
  provider->Start();
  ready();
  const auto begin = std::chrono::steady_clock::now();
  provider.reset();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
}

TEST_CASE("CredentialsProvider: ends at once while its next turn is far or the service hangs") {
  FakeImds imds;
  const ScopedEnvironment bare = Bare(imds.url());
  // The shortest of the time-outs that could end it otherwise.
  const milliseconds limit = ImdsOptions().answer_timeout;
  LogRecorder log;
  CHECK(TimeToEnd(log, [&] { REQUIRE(log.WaitFor(LogLevel::kNotice, "valid until")); }) < limit);
  imds.SayToken({.ending = FakeReply::Ending::kHang});
  const size_t before = imds.server().requests().size();
  CHECK(TimeToEnd(log, [&] { REQUIRE(imds.server().WaitForRequests(before + 1)); }) < limit);
}

}  // namespace
}  // namespace audiodl
