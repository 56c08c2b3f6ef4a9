// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/ledger_check.h"

#include <http_config.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "mod_audiodl/conf_tree.h"
#include "mod_audiodl/config_check.h"
#include "mod_audiodl/server_config.h"

namespace audiodl {
namespace {

// It tells who bought what.
std::string ProblemOfDirectory(const std::string& path) {
  struct stat info;
  const std::string owner = std::to_string(ServingUser());
  if (stat(path.c_str(), &info) != 0) {
    return path + ": " + std::strerror(errno) + ": install -d -m 0700 -o '#" + owner + "' " + path;
  }
  if (!S_ISDIR(info.st_mode)) return path + " is not a directory";
  if (info.st_uid != ServingUser()) {
    return path + " belongs to user " + std::to_string(info.st_uid) +
           ", but the server runs as user " + owner + ": chown '#" + owner + "' " + path;
  }
  if ((info.st_mode & S_IRWXU) != S_IRWXU || (info.st_mode & S_IRWXO) != 0) {
    return path + " must be its owner's to write and nobody's else: chmod 0700 " + path;
  }
  return "";
}

}  // namespace

bool KeepsLedger(const server_rec* server) {
  const ServerConfig& config = ServerConfigOf(server);
  return config.Ledger() && config.cache_dir && config.origin && DbdSettingsOf(server).has_driver;
}

std::vector<std::string> LedgerProblems(const server_rec* server) {
  const ServerConfig& config = ServerConfigOf(server);
  std::vector<std::string> problems;
  if (!config.Ledger()) return problems;
  if (ap_find_linked_module("mod_watchdog.c") == nullptr) {
    problems.push_back(
        "AudioLedger On needs mod_watchdog, which is not loaded: add LoadModule "
        "watchdog_module modules/mod_watchdog.so");
  }
  if (ap_find_linked_module("mod_dbd.c") == nullptr) {
    problems.push_back(
        "AudioLedger On writes to the shop's database through mod_dbd, which is not loaded: add "
        "LoadModule dbd_module modules/mod_dbd.so");
  } else if (!DbdSettingsOf(server).has_driver) {
    problems.push_back(
        "AudioLedger On needs a database: add DBDriver mysql (or sqlite3) and DBDParams");
  }
  const std::string problem = ProblemOfDirectory(config.LedgerDir());
  if (!problem.empty()) problems.push_back("AudioLedgerDir: " + problem);
  return problems;
}

}  // namespace audiodl
