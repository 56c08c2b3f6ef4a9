// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The one barrier between httpd, which is C, and us: an exception that left a hook would abort the
// whole child and break every download in it. Every function that C calls goes through it.
//
//   ap_hook_check_authn(Guarded<Authenticate, HTTP_INTERNAL_SERVER_ERROR>, ...);
//   apr_pool_cleanup_register(pool, object, Guarded<Destroy, APR_SUCCESS>, apr_pool_cleanup_null);
//
// Expected failures are values and never get here: an exception is a bug, or memory has run out.

#ifndef AUDIODL_MOD_AUDIODL_GUARDED_H_
#define AUDIODL_MOD_AUDIODL_GUARDED_H_

#include <httpd.h>

#include <http_config.h>
#include <util_filter.h>

#include <exception>
#include <type_traits>

namespace audiodl {

// Where an exception was stopped, as far as the arguments of the guarded function tell.
struct LogPlace {
  request_rec* request = nullptr;
  conn_rec* connection = nullptr;
  server_rec* server = nullptr;

  void Learn(request_rec* r) { request = r; }
  void Learn(conn_rec* c) { connection = c; }
  void Learn(server_rec* s) { server = s; }
  void Learn(cmd_parms* cmd) { server = cmd->server; }
  void Learn(ap_filter_t* filter) {
    request = filter->r;
    connection = filter->c;
  }
  template <typename T>
  void Learn(const T&) {}
};

void LogEscapedException(const LogPlace& place, const char* what) noexcept;

template <auto kFunction, auto... kFailure>
struct Barrier;

template <typename R, typename... Args, R (*kFunction)(Args...), auto... kFailure>
struct Barrier<kFunction, kFailure...> {
  // R() would be OK or "no error" for most hooks: what failure means must be said.
  static_assert(sizeof...(kFailure) == (std::is_void_v<R> ? 0 : 1),
                "name what the function returns when an exception was caught");

  static R Call(Args... args) noexcept {
    LogPlace place;
    (place.Learn(args), ...);
    try {
      return kFunction(args...);
    } catch (const std::exception& e) {
      LogEscapedException(place, e.what());
    } catch (...) {
      LogEscapedException(place, "an exception of unknown type");
    }
    return R(kFailure...);
  }
};

// `kFunction` as a function pointer that never throws; on an exception it logs it and returns
// kFailure.
template <auto kFunction, auto... kFailure>
inline constexpr auto Guarded = &Barrier<kFunction, kFailure...>::Call;

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_GUARDED_H_
