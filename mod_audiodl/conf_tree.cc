// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/conf_tree.h"

#include <http_config.h>
#include <util_cfgtree.h>

#include <string_view>

#include "common/base/text.h"

namespace audiodl {
namespace {

const char* LastOf(const ap_directive_t* first, const char* name) {
  const char* arguments = nullptr;
  for (const ap_directive_t* node = first; node != nullptr; node = node->next) {
    if (EqualsIgnoreCase(node->directive, name)) arguments = node->args;
  }
  return arguments;
}

const ap_directive_t* SectionOf(const server_rec* server) {
  if (server->defn_name == nullptr) return nullptr;
  for (const ap_directive_t* node = ap_conftree; node != nullptr; node = node->next) {
    if (EqualsIgnoreCase(node->directive, "<VirtualHost") &&
        std::string_view(node->filename) == server->defn_name &&
        node->line_num == static_cast<int>(server->defn_line_number)) {
      return node->first_child;
    }
  }
  return nullptr;
}

size_t Number(const server_rec* server, const char* name, size_t otherwise) {
  const std::optional<std::string> text = DirectiveOf(server, name);
  return text ? ParseDecimal(Trim(*text)).value_or(otherwise) : otherwise;
}

// "host=10.0.0.7,port=3307,...": drivers take commas and blanks between them alike.
uint16_t PortOf(std::string_view driver, std::string_view parameters) {
  static constexpr std::string_view kKey = "port";
  for (size_t at = parameters.find(kKey); at != std::string_view::npos;
       at = parameters.find(kKey, at + 1)) {
    std::string_view value = Trim(parameters.substr(at + kKey.size()));
    if (!value.starts_with('=')) continue;
    value = Trim(value.substr(1));
    value = value.substr(0, value.find_first_not_of("0123456789"));
    const uint64_t port = ParseDecimal(value).value_or(0);
    if (port > 0 && port <= 65535) return static_cast<uint16_t>(port);
  }
  if (driver == "mysql") return 3306;
  return driver == "pgsql" ? 5432 : 0;
}

}  // namespace

std::optional<std::string> DirectiveOf(const server_rec* server, const char* name) {
  const char* arguments = LastOf(SectionOf(server), name);
  if (arguments == nullptr) arguments = LastOf(ap_conftree, name);
  if (arguments == nullptr) return std::nullopt;
  return arguments;
}

DbdSettings DbdSettingsOf(const server_rec* server) {
  DbdSettings settings;
  const std::optional<std::string> driver = DirectiveOf(server, "DBDriver");
  settings.has_driver = driver.has_value();
  settings.port = PortOf(Trim(driver.value_or("")), DirectiveOf(server, "DBDParams").value_or(""));
  const std::string persist = DirectiveOf(server, "DBDPersist").value_or("On");
  settings.persist = !EqualsIgnoreCase(Trim(persist), "Off");
  settings.min = Number(server, "DBDMin", settings.min);
  settings.max = Number(server, "DBDMax", settings.max);
  return settings;
}

}  // namespace audiodl
