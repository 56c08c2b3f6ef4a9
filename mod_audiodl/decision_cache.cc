// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/decision_cache.h"

#include <ap_provider.h>
#include <apr_time.h>
#include <util_mutex.h>

#include <cstring>
#include <utility>

#include "common/base/text.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"

namespace audiodl {
namespace {

// Room for about a hundred thousand decisions; only what is used takes memory.
constexpr char kDefaultShmcb[] = "audiodl-decisions(16777216)";
constexpr apr_interval_time_t kBetweenComplaints = apr_time_from_sec(60);

const unsigned char* BytesOfKey(const DecisionKey& key) { return key.data(); }

Status NoProvider(const std::string& name) {
  return Status::Invalid("there is no cache called \"" + Printable(name) + "\": add LoadModule " +
                         "socache_" + Printable(name) + "_module modules/mod_socache_" +
                         Printable(name) + ".so, or write shmcb, dbm, memcache, redis or none");
}

struct Visit {
  const DecisionCache::Visitor& visitor;
};

apr_status_t VisitOne(ap_socache_instance_t*, server_rec*, void* context, const unsigned char* id,
                      unsigned int id_size, const unsigned char* data, unsigned int size,
                      apr_pool_t*) {
  DecisionKey key;
  if (id_size != key.size()) return APR_SUCCESS;
  std::memcpy(key.data(), id, key.size());
  static_cast<Visit*>(context)->visitor(key, {reinterpret_cast<const char*>(data), size});
  return APR_SUCCESS;
}

}  // namespace

// Holds the provider's mutex for the length of a scope, where it needs one.
class DecisionCache::Lock {
 public:
  explicit Lock(DecisionCache& cache) : mutex_(cache.mutex_) {
    if (mutex_ != nullptr && apr_global_mutex_lock(mutex_) != APR_SUCCESS) failed_ = true;
  }
  // Tries for a second: a child that was killed may have left it locked.
  struct Patiently {};
  Lock(DecisionCache& cache, Patiently) : mutex_(cache.mutex_), failed_(mutex_ != nullptr) {
    for (int tries = 0; failed_ && tries < 100; ++tries) {
      if (tries > 0) apr_sleep(apr_time_from_msec(10));
      failed_ = apr_global_mutex_trylock(mutex_) != APR_SUCCESS;
    }
  }
  ~Lock() {
    if (mutex_ != nullptr && !failed_) apr_global_mutex_unlock(mutex_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  bool held() const { return !failed_; }

 private:
  apr_global_mutex_t* mutex_;
  bool failed_ = false;
};

Result<DecisionCache*> DecisionCache::Make(apr_pool_t* pconf, const std::string& spec) {
  const size_t colon = std::min(spec.find(':'), spec.size());
  const std::string name = spec.substr(0, colon);
  const auto* provider = static_cast<const ap_socache_provider_t*>(
      ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, name.c_str(), AP_SOCACHE_PROVIDER_VERSION));
  if (provider == nullptr) return NoProvider(name);
  std::string arguments = colon < spec.size() ? spec.substr(colon + 1) : "";
  if (arguments.empty() && name == "shmcb") arguments = kDefaultShmcb;

  ScopedPool temporary(pconf);
  ap_socache_instance_t* instance = nullptr;
  const char* error = provider->create(&instance, arguments.empty() ? nullptr : arguments.c_str(),
                                       temporary.get(), pconf);
  if (error != nullptr) return Status::Invalid(Printable(error, 300));
  return NewInPool<DecisionCache>(pconf, spec, provider, instance);
}

Status DecisionCache::Open(apr_pool_t* pconf, server_rec* server) {
  if ((provider_->flags & AP_SOCACHE_FLAG_NOTMPSAFE) != 0) {
    // The name may become a file's.
    const std::string id = HexEncode(Sha256Of(spec_)).substr(0, 8);
    const apr_status_t made =
        ap_global_mutex_create(&mutex_, nullptr, kMutexType, id.c_str(), server, pconf, 0);
    if (made != APR_SUCCESS) return Status(Code::kIo, "AudioDecisionCache: no mutex for it");
  }
  static const ap_socache_hints kHints = {sizeof(DecisionKey), 64, apr_time_from_sec(60)};
  const apr_status_t opened = provider_->init(instance_, "audiodl-dec", &kHints, server, pconf);
  if (opened == APR_SUCCESS) return Status::Ok();
  char why[120];
  return Status(Code::kIo, "AudioDecisionCache " + Printable(spec_) + ": " +
                               apr_strerror(opened, why, sizeof why));
}

void DecisionCache::OpenInChild(apr_pool_t* pchild, server_rec* server) {
  if (mutex_ == nullptr) return;
  const apr_status_t status =
      apr_global_mutex_child_init(&mutex_, apr_global_mutex_lockfile(mutex_), pchild);
  if (status != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_CRIT, status, server,
                 "audiodl: AudioDecisionCache: its mutex cannot be used in this process");
  }
}

std::optional<DecisionRecord> DecisionCache::Find(request_rec* r, const DecisionKey& key) {
  unsigned char bytes[DecisionRecord::kMaxBytes + 1];
  unsigned int size = sizeof bytes;
  apr_status_t status = APR_EGENERAL;
  {
    const Lock lock(*this);
    if (lock.held()) {
      status = provider_->retrieve(instance_, r->server, BytesOfKey(key), sizeof key, bytes, &size,
                                   r->pool);
    }
  }
  if (status == APR_NOTFOUND) return std::nullopt;
  if (status != APR_SUCCESS) {
    Complain(r, status, "cannot be read");
    return std::nullopt;
  }
  std::optional<DecisionRecord> record =
      DecisionRecord::Parse({reinterpret_cast<const char*>(bytes), size});
  if (!record) Complain(r, APR_SUCCESS, "holds something that is no decision");
  return record;
}

void DecisionCache::Store(request_rec* r, const DecisionKey& key, const DecisionRecord& record,
                          UnixMicros keep_until) {
  std::string bytes = record.Encode();
  apr_status_t status = APR_EGENERAL;
  {
    const Lock lock(*this);
    if (lock.held()) {
      status = provider_->store(instance_, r->server, BytesOfKey(key), sizeof key, keep_until,
                                reinterpret_cast<unsigned char*>(bytes.data()),
                                static_cast<unsigned int>(bytes.size()), r->pool);
    }
  }
  if (status != APR_SUCCESS) Complain(r, status, "cannot be written");
}

bool DecisionCache::dies_with_configuration() const {
  return std::strcmp(provider_->name, "shmcb") == 0;
}

bool DecisionCache::VisitAll(server_rec* server, const Visitor& visit) {
  const Lock lock(*this, Lock::Patiently());
  if (!lock.held()) return false;
  ScopedPool temporary(nullptr);
  Visit context{visit};
  return provider_->iterate(instance_, server, &context, Guarded<VisitOne, APR_EGENERAL>,
                            temporary.get()) == APR_SUCCESS;
}

void DecisionCache::StoreAtStart(server_rec* server, apr_pool_t* pool, const DecisionKey& key,
                                 const DecisionRecord& record, UnixMicros keep_until) {
  std::string bytes = record.Encode();
  // No child is there yet to share it with. What does not fit in is asked for again.
  static_cast<void>(provider_->store(instance_, server, BytesOfKey(key), sizeof key, keep_until,
                                     reinterpret_cast<unsigned char*>(bytes.data()),
                                     static_cast<unsigned int>(bytes.size()), pool));
}

void DecisionCache::Complain(request_rec* r, apr_status_t error, const char* what) {
  const apr_time_t now = apr_time_now();
  apr_time_t last = complained_at_;
  if (now - last < kBetweenComplaints || !complained_at_.compare_exchange_strong(last, now)) return;
  ap_log_rerror(APLOG_MARK, APLOG_WARNING, error, r,
                "audiodl: the decision cache %s %s: the database is asked instead",
                Printable(spec_).c_str(), what);
}

}  // namespace audiodl
