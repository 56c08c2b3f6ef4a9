// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The credentials of one origin, wherever AudioCredentials says they are:
//
//   CredentialsProvider provider(spec, log);
//   Status loaded = provider.Load();   // as root: a file may be root's alone
//   …fork, drop privileges…
//   provider.Start();                  // a thread, for the instance's role only
//   if (auto keys = provider.Current()) Sign(*keys);
//
// Keys from a file or the environment are read once; who changes them restarts the fetcher
// (apachectl graceful). Keys of the instance's role are renewed in the background, never in
// anybody's request, and the old ones stay until the new are proven.

#ifndef AUDIODL_COMMON_S3_CREDENTIALS_PROVIDER_H_
#define AUDIODL_COMMON_S3_CREDENTIALS_PROVIDER_H_

#include <memory>
#include <mutex>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/s3/credentials.h"
#include "common/s3/imds_client.h"
#include "common/s3/instance_refresher.h"

namespace audiodl {

// Current() and WhyNone() are for any thread; all else for the owner's.
class CredentialsProvider {
 public:
  // Starts nothing. The sink is called from the owner's thread and, after Start(), from the
  // provider's own: it must be thread-safe.
  CredentialsProvider(CredentialsSpec spec, LogSink log, RefreshTiming timing = {});
  // Ends the thread at once.
  ~CredentialsProvider();
  CredentialsProvider(const CredentialsProvider&) = delete;
  CredentialsProvider& operator=(const CredentialsProvider&) = delete;

  // Reads the file or the environment. Ok also where the instance is to be asked, which Start()
  // does. The failure stays readable in WhyNone().
  Status Load();

  // Begins to ask the instance's metadata service, if those are the credentials; else does nothing.
  // REQUIRES: Load() before, and no fork after.
  void Start();

  // The newest credentials; null while there are none. They stay what they are for as long as they
  // are held. Expired ones are returned too: whether they still count is for S3 to say, as clocks
  // may be wrong.
  std::shared_ptr<const Credentials> Current() const;

  // Why Current() is null; Ok where it is not.
  Status WhyNone() const;

 private:
  Result<Credentials> Read();
  Result<Credentials> ReadAuto();
  Status PrepareInstance();
  void Take(Result<Credentials> outcome);

  const CredentialsSpec spec_;
  const LogSink log_;
  const RefreshTiming timing_;
  std::unique_ptr<ImdsOptions> instance_;  // null: the instance is not to be asked

  mutable std::mutex mutex_;  // guards the two below
  std::shared_ptr<const Credentials> current_;
  Status why_none_;

  std::unique_ptr<InstanceRefresher> refresher_;  // last: its thread calls Take()
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_CREDENTIALS_PROVIDER_H_
