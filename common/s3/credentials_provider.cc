// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/credentials_provider.h"

#include <curl/curl.h>

#include <string>
#include <utility>

#include "common/base/environment.h"

namespace audiodl {
namespace {

Status NotAskedYet() {
  return Status(Code::kBusy, "the instance's metadata service has not answered yet");
}

}  // namespace

CredentialsProvider::CredentialsProvider(CredentialsSpec spec, LogSink log, RefreshTiming timing)
    : spec_(std::move(spec)),
      log_(std::move(log)),
      timing_(timing),
      why_none_(Code::kBusy, "the credentials have not been loaded yet") {}

CredentialsProvider::~CredentialsProvider() = default;

Status CredentialsProvider::Load() {
  Take(Read());
  return instance_ == nullptr ? WhyNone() : Status::Ok();
}

Result<Credentials> CredentialsProvider::Read() {
  switch (spec_.source) {
    case CredentialsSpec::Source::kFile:
      return ReadSharedCredentials(spec_.path, spec_.profile);
    case CredentialsSpec::Source::kEnvironment:
      return ReadEnvironmentCredentials();
    case CredentialsSpec::Source::kInstance:
      return PrepareInstance();
    case CredentialsSpec::Source::kAuto:
      return ReadAuto();
  }
  return Status::Invalid("the source of credentials is not known");
}

// Something that is there but wrong ends the search: falling through to other credentials would
// hide the mistake.
Result<Credentials> CredentialsProvider::ReadAuto() {
  Result<Credentials> keys = ReadEnvironmentCredentials();
  if (keys.ok() || keys.status().code() != Code::kNotFound) return keys;
  const std::string path = Environment("AWS_SHARED_CREDENTIALS_FILE");
  if (path.empty()) return PrepareInstance();
  const std::string profile = Environment("AWS_PROFILE");
  return ReadSharedCredentials(path, profile.empty() ? "default" : profile);
}

Status CredentialsProvider::PrepareInstance() {
  Result<ImdsOptions> options = ImdsOptions::FromEnvironment();
  if (!options.ok()) return options.status();
  instance_ = std::make_unique<ImdsOptions>(std::move(options).value());
  return NotAskedYet();
}

void CredentialsProvider::Start() {
  if (instance_ == nullptr || refresher_ != nullptr) return;
  // Before there is a second thread: not every libcurl can do it safely later.
  curl_global_init(CURL_GLOBAL_DEFAULT);
  refresher_ = std::make_unique<InstanceRefresher>(
      *instance_, timing_, log_, [this](Result<Credentials> outcome) { Take(std::move(outcome)); });
}

void CredentialsProvider::Take(Result<Credentials> outcome) {
  if (!outcome.ok()) {
    const std::lock_guard lock(mutex_);
    if (current_ == nullptr) why_none_ = outcome.status();
    return;
  }
  auto keys = std::make_shared<const Credentials>(std::move(outcome).value());
  const std::lock_guard lock(mutex_);
  current_ = std::move(keys);
  why_none_ = Status::Ok();
}

std::shared_ptr<const Credentials> CredentialsProvider::Current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Status CredentialsProvider::WhyNone() const {
  const std::lock_guard lock(mutex_);
  return why_none_;
}

}  // namespace audiodl
