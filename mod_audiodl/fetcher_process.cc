// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/fetcher_process.h"

#include <ap_listen.h>
#include <ap_mpm.h>
#include <apr_signal.h>
#include <apr_thread_proc.h>
#include <http_core.h>
#include <http_main.h>
#include <httpd.h>
#include <mpm_common.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/cache/cache_dir_check.h"
#include "common/fetch/fetcher.h"
#include "common/fetch/follower.h"
#include "mod_audiodl/guarded.h"
#include "mod_audiodl/log_to.h"
#include "mod_audiodl/module.h"
#include "mod_audiodl/pool_object.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

// The number is the layout's: a module of another version must not take over what it cannot read.
constexpr char kRetainedName[] = "mod_audiodl.fetcher.9";
static_assert(SharedState::kLayoutVersion == 9, "the name above changes with it");
constexpr size_t kMaxDraining = 16;
// A fetcher that dies younger than this does so again: its successor waits as long before it
// begins.
constexpr apr_time_t kShortLife = apr_time_from_sec(1);

// What the parent keeps while the module is unloaded and loaded again: plain data, and no pointer
// to code.
struct Retained {
  SharedState* shared = nullptr;
  int worker_fd = -1;                          // workers send wants here
  int fetcher_fd = -1;                         // and the fetcher takes them here
  std::array<pid_t, kMaxDraining> draining{};  // 0: free
};

// One forked fetcher, as the parent watches it. Lives in pconf.
struct Watched {
  apr_proc_t process{};
  server_rec* server = nullptr;
  apr_pool_t* pool = nullptr;
  bool draining = false;
  apr_time_t born = 0;
};

Retained* FindRetained() { return static_cast<Retained*>(ap_retained_data_get(kRetainedName)); }

bool StartFetcher(apr_pool_t* pool, server_rec* server, apr_time_t delay);

Status OpenRetained(Retained& retained) {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    return Status::FromErrno(errno, "socketpair");
  }
  const Result<SharedState*> shared = SharedState::Map();
  if (!shared.ok()) return shared.status();
  retained = Retained{*shared, fds[0], fds[1], {}};
  return Status::Ok();
}

// The memory and the socket of the last generation, or new ones where there are none.
Result<Retained*> Retain() {
  if (Retained* retained = FindRetained()) return retained;
  Retained opened;
  const Status status = OpenRetained(opened);
  if (!status.ok()) return status;
  void* memory = ap_retained_data_create(kRetainedName, sizeof(Retained));
  return new (memory) Retained(opened);
}

StoreConfig StoreOf(const ServerConfig& config) {
  StoreConfig store;
  store.cache_dir = *config.cache_dir;
  store.origin = *config.origin;
  store.credentials = config.CredentialsSource();
  store.origin_timeout = config.OriginTimeout();
  store.parts_per_object = config.FillParts();
  store.limits.max_size = config.CacheMaxSize();
  store.limits.SetMinFree(config.CacheMinFree());
  if (config.cache_max_age) {
    store.limits.max_age = std::chrono::floor<std::chrono::seconds>(*config.cache_max_age);
  }
  store.listing = config.listing.value_or("");
  store.Seal();
  return store;
}

// One store per cache directory and origin, whichever number of virtual hosts share it.
std::vector<StoreConfig> StoresOf(server_rec* main_server) {
  std::vector<StoreConfig> stores;
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    const ServerConfig& config = ServerConfigOf(server);
    if (!config.cache_dir || !config.origin) continue;
    StoreConfig store = StoreOf(config);
    const bool known = std::any_of(stores.begin(), stores.end(),
                                   [&store](const auto& other) { return other.id == store.id; });
    if (!known) stores.push_back(std::move(store));
  }
  return stores;
}

// The fetcher's own life, in the forked process. Never returns.
[[noreturn]] void BeFetcher(apr_pool_t* pool, server_rec* server, pid_t parent,
                            const Retained& retained, apr_time_t delay) {
  prctl(PR_SET_NAME, "audiodl-fetcher");
  for (int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP, SIGWINCH, SIGCHLD, SIGPIPE}) {
    apr_signal(signal, signal == SIGPIPE || signal == SIGWINCH ? SIG_IGN : SIG_DFL);
  }
  // A listening socket that stays open here would keep the port taken after httpd has gone.
  ap_close_listeners();
  close(retained.worker_fd);
  if (delay > 0) apr_sleep(delay);

  const LogSink log = LogTo(server, "audiodl fetcher");
  FillLimits limits;
  limits.reads_in_all = ServerConfigOf(server).FillConnections();
  Fetcher fetcher(
      FetcherOptions{StoresOf(server), retained.fetcher_fd, retained.shared, log, limits});
  fetcher.Load();
  if (ap_run_drop_privileges(pool, server) != OK) {
    log(LogLevel::kError, "cannot become the configured User and Group; it ends");
    _exit(1);
  }
  // Only now: the kernel forgets it when the user changes. The parent may be gone already.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(0);
  const Status status = fetcher.Run();
  if (!status.ok()) log(LogLevel::kError, status.text());
  // Not exit(): what the parent registered to happen at its end is not ours to do.
  _exit(status.ok() ? 0 : 1);
}

[[noreturn]] void GuardedBeFetcher(apr_pool_t* pool, server_rec* server, pid_t parent,
                                   const Retained& retained, apr_time_t delay) {
  try {
    BeFetcher(pool, server, parent, retained, delay);
  } catch (const std::exception& e) {
    LogPlace place;
    place.Learn(server);
    LogEscapedException(place, e.what());
  }
  _exit(1);
}

void NoteDraining(Retained& retained, pid_t pid) {
  for (pid_t& slot : retained.draining) {
    if (slot == 0) {
      slot = pid;
      return;
    }
  }
}

void ForgetDraining(pid_t pid) {
  Retained* retained = FindRetained();
  if (retained == nullptr) return;
  std::replace(retained->draining.begin(), retained->draining.end(), pid, pid_t{0});
}

bool ServerIsStopping() {
  int state = AP_MPMQ_STOPPING;
  return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) != APR_SUCCESS || state == AP_MPMQ_STOPPING;
}

void OnDeath(Watched& watched, int status) {
  const pid_t pid = std::exchange(watched.process.pid, 0);
  apr_proc_other_child_unregister(&watched);
  if (Retained* retained = FindRetained()) retained->shared->counters.processes.Forget(pid);
  if (watched.draining) {
    ForgetDraining(pid);
    return;
  }
  if (ServerIsStopping()) return;
  ap_log_error(APLOG_MARK, APLOG_ERR, 0, watched.server,
               "audiodl: the fetcher (pid %ld) ended with status 0x%x; another is started",
               static_cast<long>(pid), static_cast<unsigned>(status));
  const bool short_life = apr_time_now() - watched.born < kShortLife;
  StartFetcher(watched.pool, watched.server, short_life ? kShortLife : 0);
}

// pconf is being cleared, for a restart or for good: before the module's code is unloaded.
void OnConfigurationEnd(Watched& watched) {
  Retained* retained = FindRetained();
  if (retained == nullptr) return;
  if (!watched.draining) kill(watched.process.pid, SIGUSR1);
  NoteDraining(*retained, watched.process.pid);
}

void Maintain(int reason, void* data, int status) {
  Watched& watched = *static_cast<Watched*>(data);
  switch (reason) {
    case APR_OC_REASON_DEATH:
    case APR_OC_REASON_LOST:
      OnDeath(watched, status);
      break;
    case APR_OC_REASON_UNREGISTER:
      // 0: unregistered by OnDeath().
      if (watched.process.pid > 0) OnConfigurationEnd(watched);
      break;
    default:
      break;
  }
}

void Watch(Watched* watched) {
  apr_proc_other_child_register(&watched->process, Guarded<Maintain>, watched, nullptr,
                                watched->pool);
}

bool StartFetcher(apr_pool_t* pool, server_rec* server, apr_time_t delay) {
  const Retained* retained = FindRetained();
  const pid_t parent = getpid();
  Watched* watched = NewInPool<Watched>(pool);
  watched->server = server;
  watched->pool = pool;
  watched->born = apr_time_now();
  const apr_status_t forked = apr_proc_fork(&watched->process, pool);
  if (forked == APR_INCHILD) GuardedBeFetcher(pool, server, parent, *retained, delay);
  if (forked != APR_INPARENT) {
    ap_log_error(APLOG_MARK, APLOG_CRIT, forked, server, "audiodl: cannot fork the fetcher");
    return false;
  }
  Watch(watched);
  return true;
}

// Fetchers of earlier generations that still drain: watched on, or httpd would wonder whose child
// ended.
void WatchDraining(apr_pool_t* pool, server_rec* server, Retained& retained) {
  for (pid_t& pid : retained.draining) {
    if (pid == 0) continue;
    Watched* watched = NewInPool<Watched>(pool);
    watched->process.pid = pid;
    watched->server = server;
    watched->pool = pool;
    watched->draining = true;
    pid = 0;  // noted again when this configuration ends
    Watch(watched);
  }
}

void LinkServers(apr_pool_t* pool, server_rec* main_server, const Retained& retained) {
  FetcherLink* link = NewInPool<FetcherLink>(pool);
  link->shared = retained.shared;
  link->want_fd = retained.worker_fd;
  int threads = 1;
  ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
  // Half of a process's workers may wait for the origin. A prefork child has one, which must.
  link->max_waiting = std::max(1, threads / 2);
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    ServerConfig& config = ServerConfigOf(server);
    config.fetcher = link;
    if (config.cache_dir && config.origin) config.store = StoreOf(config);
  }
}

bool ClaimCacheDirs(server_rec* main_server) {
  bool claimed = true;
  for (const StoreConfig& store : StoresOf(main_server)) {
    const Status status = ClaimCacheDir(store.cache_dir);
    if (status.ok()) continue;
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, main_server, "audiodl: AudioCacheDir: %s",
                 status.text().c_str());
    claimed = false;
  }
  return claimed;
}

int PostConfig(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* server) {
  // httpd reads its configuration twice at start; the first time is a rehearsal.
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  if (StoresOf(server).empty()) return OK;
  const Result<Retained*> retained = Retain();
  if (!retained.ok()) {
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server, "audiodl: %s",
                 retained.status().text().c_str());
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  if (!ClaimCacheDirs(server)) return HTTP_INTERNAL_SERVER_ERROR;
  LinkServers(pconf, server, **retained);
  WatchDraining(pconf, server, **retained);
  return StartFetcher(pconf, server, 0) ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

// A worker must not hold the fetcher's end: wants would be delivered to nobody.
void ChildInit(apr_pool_t* pchild, server_rec* server) {
  const Retained* retained = FindRetained();
  if (retained != nullptr) close(retained->fetcher_fd);
  FetcherLink* link = ServerConfigOf(server).fetcher;
  if (link == nullptr) return;
  link->watcher = NewInPool<BellWatcher>(pchild, link->shared->bells);
  // More than there are processors would only take turns there.
  link->turns = NewInPool<TurnQueue>(pchild, std::max(1u, std::thread::hardware_concurrency()));
}

void ChildStopping(apr_pool_t*, int graceful) {
  FetcherLink* link = ServerConfigOf(ap_server_conf).fetcher;
  if (link != nullptr && !graceful) link->stopping = true;
}

}  // namespace

void RegisterFetcher(apr_pool_t*) {
  ap_hook_post_config(Guarded<PostConfig, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_LAST);
  ap_hook_child_init(Guarded<ChildInit>, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_child_stopping(Guarded<ChildStopping>, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace audiodl
