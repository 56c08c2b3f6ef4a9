// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fetcher_commands.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "common/base/json_text.h"
#include "common/base/version.h"
#include "common/cache/drain_flag.h"
#include "common/fetch/control_protocol.h"
#include "common/fetch/metrics_text.h"
#include "common/fetch/want.h"

namespace audiodl {
namespace {

// The list of fills stops there, so that the reply keeps within its limit; the count does not.
constexpr size_t kMaxFillsBytes = kMaxControlReply / 2;
constexpr size_t kMaxFills = 256;
// S3's own limit.
constexpr size_t kMaxKeyBytes = 1024;

std::string StoresText(const std::vector<StoreConfig>& stores) {
  JsonArray array;
  for (const StoreConfig& store : stores) {
    array.AddRaw(
        JsonObject().Add("cache_dir", store.cache_dir).Add("origin", store.identity).Text());
  }
  return array.Text();
}

std::string FillsText(const FillEngine& engine) {
  JsonArray array;
  for (const FillProgress& fill : engine.Progress(kMaxFills)) {
    if (array.bytes() > kMaxFillsBytes) break;
    array.AddRaw(JsonObject().Add("key", fill.key).Add("percent", uint64_t{fill.percent}).Text());
  }
  return array.Text();
}

std::string StatusText(const FetcherView& fetcher, Clock::time_point began) {
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began);
  return JsonObject()
      .Add("version", kVersion)
      .Add("pid", static_cast<uint64_t>(getpid()))
      .Add("uptime_seconds", static_cast<uint64_t>(uptime.count()))
      .Add("draining", fetcher.draining)
      .AddRaw("stores", StoresText(fetcher.stores))
      .AddRaw("fills", FillsText(fetcher.engine))
      .AddRaw("counters", RenderCountersJson(fetcher.counters))
      .Text();
}

// From now on, for a while, the workers keep these numbers up to date.
std::string DownloadsText(const FetcherView& fetcher, const std::string& cache_dir) {
  const ProcessGauges& processes = fetcher.counters.processes;
  return JsonObject()
      .Add("downloads", processes.Sum(&ProcessGauges::Slot::downloads))
      .Add("bytes_left", processes.Sum(&ProcessGauges::Slot::bytes_left))
      .Add("draining", IsDraining(cache_dir))
      .AddRaw("stores", StoresText(fetcher.stores))
      .Text();
}

Result<const StoreConfig*> StoreOf(const FetcherView& fetcher, const ControlRequest& request) {
  const std::optional<std::string> origin = request.arguments.StringAt("origin");
  const StoreConfig* found = nullptr;
  for (const StoreConfig& store : fetcher.stores) {
    if (store.cache_dir != request.cache_dir || (origin && *origin != store.identity)) continue;
    if (found != nullptr) {
      return Status::Invalid("several origins share " + request.cache_dir +
                             ": say which one with \"origin\"");
    }
    found = &store;
  }
  if (found == nullptr) return Status(Code::kNotFound, "no such origin is configured here");
  return found;
}

// A member that may be missing; kInvalid where it is there and no whole number.
Status ReadNumber(const Json& arguments, std::string_view name, uint64_t& number) {
  const Json* member = arguments.Find(name);
  if (member == nullptr) return Status::Ok();
  const std::optional<uint64_t> value = member->AsUint();
  if (!value) return Status::Invalid("\"" + std::string(name) + "\" is no whole number");
  number = *value;
  return Status::Ok();
}

Result<Want> ParseWant(const FetcherView& fetcher, const ControlRequest& request, WantKind kind) {
  const Result<const StoreConfig*> store = StoreOf(fetcher, request);
  if (!store.ok()) return store.status();
  Want want;
  want.kind = kind;
  want.store = (*store)->id;
  want.key = request.arguments.StringAt("key").value_or("");
  if (want.key.empty() || want.key.size() > kMaxKeyBytes) {
    return Status::Invalid("\"key\" must be an object's key, of 1 to 1024 bytes");
  }
  uint64_t marker = 0;
  const std::pair<const char*, uint64_t*> numbers[] = {{"offset", &want.offset},
                                                       {"length", &want.length},
                                                       {"follower", &want.follower},
                                                       {"marker", &marker}};
  for (const auto& [name, number] : numbers) {
    if (Status status = ReadNumber(request.arguments, name, *number); !status.ok()) return status;
  }
  want.marker = static_cast<int64_t>(marker);
  return want;
}

Result<std::string> TakeWant(const FetcherView& fetcher, const ControlRequest& request,
                             WantKind kind) {
  // Its successor listens at this name in a moment.
  if (fetcher.draining) return Status(Code::kBusy, "this fetcher is about to end; try again");
  const Result<Want> want = ParseWant(fetcher, request, kind);
  if (!want.ok()) return want.status();
  fetcher.engine.Handle(*want);
  return JsonObject().Add("queued", true).Text();
}

}  // namespace

void HandleFetcherCommands(ControlServer& control, const FetcherView& fetcher) {
  control.Handle("status", [fetcher, began = Clock::now()](const ControlRequest&) {
    return Result<std::string>(StatusText(fetcher, began));
  });
  control.Handle("downloads", [fetcher](const ControlRequest& request) {
    fetcher.health.NoteWatched(Clock::now());
    return Result<std::string>(DownloadsText(fetcher, request.cache_dir));
  });
  control.Handle("want", [fetcher](const ControlRequest& request) {
    return TakeWant(fetcher, request, WantKind::kBytes);
  });
  control.Handle("release", [fetcher](const ControlRequest& request) {
    return TakeWant(fetcher, request, WantKind::kRelease);
  });
}

}  // namespace audiodl
