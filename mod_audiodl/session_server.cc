// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/session_server.h"

#include <apr_memcache.h>
#include <apr_redis.h>

#include <memory>
#include <utility>

#include "common/calls/own_sockets.h"
#include "mod_audiodl/backends.h"
#include "mod_audiodl/log_to.h"
#include "mod_audiodl/pool_object.h"

namespace audiodl {
namespace {

using Value = Result<std::optional<std::string>>;

constexpr size_t kMaxMemcachedKey = 250;

// What both of APR's clients are: a connection made when it is first needed and kept. They close it
// when it fails and then avoid the server for five seconds, which is the breaker's business here,
// so each call begins with the server enabled.
class Client : public CallThreads::Seat {
 public:
  explicit Client(uint16_t port) : pool_(nullptr), port_(port), before_(OwnSockets()) {}

  // Its own socket nobody knows; those of its fellows are younger or spared. Where one is broken
  // too, its call is made once more.
  void Break() override { ShutDownSocketsTo(port_, before_); }

  // Once more on a new connection: the old one may have been closed while it was idle.
  Value Get(const std::string& key, const CallThreads::Abandoned& abandoned) {
    Value value = GetOnce(key);
    if (value.status().code() == Code::kUnreachable && !abandoned) value = GetOnce(key);
    return value;
  }

 protected:
  virtual Value GetOnce(const std::string& key) = 0;

  apr_pool_t* pool() const { return pool_.get(); }

  // The one place where a client's answer becomes ours.
  static Value ToValue(apr_status_t got, const char* data, apr_size_t size) {
    if (got == APR_SUCCESS) return std::optional(std::string(data, size));
    if (APR_STATUS_IS_NOTFOUND(got)) return std::optional<std::string>();
    char why[120];
    apr_strerror(got, why, sizeof(why));
    if (got == APR_EGENERAL) {
      return Status(Code::kIo,
                    "the session store answers with an error (does it want a password?)");
    }
    return Status(Code::kUnreachable, "no answer from the session store: " + std::string(why));
  }

 private:
  ScopedPool pool_;
  const uint16_t port_;
  const SocketInodes before_;
};

class MemcachedClient : public Client {
 public:
  explicit MemcachedClient(const SessionStoreSpec::Server& address) : Client(address.port) {
    apr_memcache_create(pool(), 1, 0, &client_);
    apr_memcache_server_create(pool(), address.host.c_str(), address.port, 0, 1, 1, 0, &server_);
    apr_memcache_add_server(client_, server_);
  }

 protected:
  Value GetOnce(const std::string& key) override {
    if (key.size() > kMaxMemcachedKey) return std::optional<std::string>();
    const ScopedPool scratch(pool());
    char* data = nullptr;
    apr_size_t size = 0;
    apr_uint16_t flags = 0;
    apr_memcache_enable_server(client_, server_);
    const apr_status_t got =
        apr_memcache_getp(client_, scratch.get(), key.c_str(), &data, &size, &flags);
    // Its flags tell what php-memcached has done to it; sessions are stored as they are.
    if (got == APR_SUCCESS && flags != 0) {
      return Status(Code::kIo, "the session in memcached is compressed or no string (flags " +
                                   std::to_string(flags) + ")");
    }
    return ToValue(got, data, size);
  }

 private:
  apr_memcache_t* client_ = nullptr;
  apr_memcache_server_t* server_ = nullptr;
};

class RedisClient : public Client {
 public:
  explicit RedisClient(const SessionStoreSpec::Server& address) : Client(address.port) {
    constexpr apr_uint32_t kSeconds = 60;  // reading and writing; whoever asks leaves far earlier
    apr_redis_create(pool(), 1, 0, &client_);
    apr_redis_server_create(pool(), address.host.c_str(), address.port, 0, 1, 1, 0, kSeconds,
                            &server_);
    apr_redis_add_server(client_, server_);
  }

 protected:
  Value GetOnce(const std::string& key) override {
    const ScopedPool scratch(pool());
    char* data = nullptr;
    apr_size_t size = 0;
    apr_uint16_t flags = 0;
    apr_redis_enable_server(client_, server_);
    const apr_status_t got =
        apr_redis_getp(client_, scratch.get(), key.c_str(), &data, &size, &flags);
    return ToValue(got, data, size);
  }

 private:
  apr_redis_t* client_ = nullptr;
  apr_redis_server_t* server_ = nullptr;
};

std::unique_ptr<CallThreads::Seat> NewClient(SessionStoreSpec::Kind kind,
                                             const SessionStoreSpec::Server& address) {
  if (kind == SessionStoreSpec::Kind::kRedis) return std::make_unique<RedisClient>(address);
  return std::make_unique<MemcachedClient>(address);
}

std::string NameOf(SessionStoreSpec::Kind kind, const SessionStoreSpec::Server& address) {
  return (kind == SessionStoreSpec::Kind::kRedis ? "Redis at " : "memcached at ") + address.host +
         ":" + std::to_string(address.port);
}

}  // namespace

SessionServer::SessionServer(SessionStoreSpec::Kind kind, const SessionStoreSpec::Server& address,
                             size_t connections, server_rec* server)
    : backend_(
          NameOf(kind, address), LimitsFor(connections),
          [kind, address] { return NewClient(kind, address); }, LogTo(server)) {
  // That there is no such key is an answer.
  backend_.SetProbe([](CallThreads::Seat& seat, const CallThreads::Abandoned& abandoned) {
    return static_cast<Client&>(seat).Get("audiodl.health", abandoned).status();
  });
}

Value SessionServer::Get(const std::string& key, std::chrono::milliseconds timeout) {
  // Shared with the thread that asks, which may still be at it when we have gone.
  const auto value = std::make_shared<std::optional<std::string>>();
  const Status status = backend_.Ask(
      [value, key](CallThreads::Seat& seat, const CallThreads::Abandoned& abandoned) {
        Value got = static_cast<Client&>(seat).Get(key, abandoned);
        if (got.ok()) *value = std::move(got).value();
        return got.status();
      },
      timeout);
  if (!status.ok()) return status;
  return std::move(*value);
}

}  // namespace audiodl
