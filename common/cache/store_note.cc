// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/store_note.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <optional>

#include "common/base/file_io.h"
#include "common/base/json.h"
#include "common/base/json_text.h"
#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

constexpr std::string_view kName = "/.audiodl-store";
constexpr uint64_t kFormat = 1;
constexpr size_t kMaxBytes = 1 << 20;

std::string StoreText(const NotedStore& store) {
  JsonObject text;
  text.Add("origin", store.listed.identity).Add("key_prefix", store.listed.key_prefix);
  if (!store.listed.listing.empty()) text.Add("listing", store.listed.listing);
  const CacheLimits& limits = store.limits;
  if (limits.max_size != CacheLimits::kNoLimit) text.Add("max_size", limits.max_size);
  text.Add("min_free_bytes", limits.min_free_bytes);
  text.Add("min_free_permille", static_cast<uint64_t>(std::lround(limits.min_free_percent * 10)));
  if (limits.max_age != CacheLimits().max_age) {
    text.Add("max_age", static_cast<uint64_t>(limits.max_age.count()));
  }
  return text.Add("spill_dir", store.spill_dir).Text();
}

std::optional<uint64_t> UintAt(const Json& object, std::string_view name) {
  const Json* member = object.Find(name);
  return member == nullptr ? std::nullopt : member->AsUint();
}

NotedStore ReadStore(const Json& text) {
  NotedStore store;
  store.listed.identity = text.StringAt("origin").value_or("");
  store.listed.key_prefix = text.StringAt("key_prefix").value_or("");
  store.listed.listing = text.StringAt("listing").value_or("");
  store.spill_dir = text.StringAt("spill_dir").value_or("");
  CacheLimits& limits = store.limits;
  limits.max_size = UintAt(text, "max_size").value_or(limits.max_size);
  limits.min_free_bytes = UintAt(text, "min_free_bytes").value_or(0);
  limits.min_free_percent = static_cast<double>(UintAt(text, "min_free_permille").value_or(0)) / 10;
  const std::optional<uint64_t> age = UintAt(text, "max_age");
  if (age) limits.max_age = std::chrono::seconds(*age);
  return store;
}

}  // namespace

Status WriteStoreNote(const std::string& dir, const std::vector<NotedStore>& stores) {
  JsonArray list;
  for (const NotedStore& store : stores) list.AddRaw(StoreText(store));
  const std::string text =
      JsonObject().Add("format", kFormat).AddRaw("stores", list.Text()).Text() + "\n";
  const std::string path = dir + std::string(kName);
  // Two fetchers of two generations may write at once.
  const std::string temporary = path + "." + std::to_string(getpid());
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  const UniqueFd fd(open(temporary.c_str(), flags, 0600));
  if (!fd.valid()) return Status::FromErrno(errno, "create " + temporary);
  Status status = WriteAt(fd.get(), 0, text);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = Status::FromErrno(errno, "rename " + temporary);
  }
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

Result<std::vector<NotedStore>> ReadStoreNote(const std::string& dir) {
  const std::string path = dir + std::string(kName);
  const Result<std::string> text = ReadWholeFile(path, kMaxBytes);
  if (!text.ok()) return text.status();
  const Result<Json> note = Json::Parse(*text);
  if (!note.ok()) return Status::Invalid(path + ": " + note.status().text());
  const Json* stores = note->Find("stores");
  if (UintAt(*note, "format") != kFormat || stores == nullptr) {
    return Status::Invalid(path + " was written by another version of audiodl: restart httpd");
  }
  std::vector<NotedStore> noted;
  noted.reserve(stores->items().size());
  for (const Json& store : stores->items()) noted.push_back(ReadStore(store));
  return noted;
}

CacheLimits LimitsOf(const std::vector<NotedStore>& stores) {
  CacheLimits limits;
  for (const NotedStore& store : stores) limits.Tighten(store.limits);
  return limits;
}

std::vector<ListedStore> ListedOf(const std::vector<NotedStore>& stores) {
  std::vector<ListedStore> listed;
  listed.reserve(stores.size());
  for (const NotedStore& store : stores) listed.push_back(store.listed);
  return listed;
}

}  // namespace audiodl
