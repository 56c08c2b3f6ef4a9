// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/calls/own_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

template <typename T>
T ParseAll(std::string_view digits, int base) {
  T value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return value;
}

// From "socket:[INODE]".
std::optional<ino_t> SocketInode(int fd) {
  static constexpr std::string_view kSocket = "socket:[";
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  std::array<char, 64> text;
  const ssize_t size = readlink(path.c_str(), text.data(), text.size());
  const std::string_view target(text.data(), size > 0 ? static_cast<size_t>(size) : 0);
  if (!target.starts_with(kSocket)) return std::nullopt;
  return ParseAll<ino_t>(target.substr(kSocket.size()), 10);
}

// Calls visit(fd, inode) for each socket that the process has at the moment.
template <typename Visit>
void ForEachOwnSocket(Visit visit) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const std::string name = entry.path().filename();
    const int fd = ParseAll<int>(name, 10);
    if (const std::optional<ino_t> inode = SocketInode(fd)) visit(fd, *inode);
  }
}

std::string_view NextWord(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

// Adds what leads to `port`. A line is "N: LOCAL:PORT REMOTE:PORT STATE TX:RX TR:WHEN RETRIES UID
// TIMEOUT INODE ...", addresses and ports in hex (proc(5)); a busy server has tens of thousands.
// getpeername() would not do: it knows no peer as long as the connection is not made.
void AddSocketsTo(uint16_t port, const char* table, SocketInodes& found) {
  std::ifstream file(table);
  std::string text;
  std::getline(file, text);  // the heading
  while (std::getline(file, text)) {
    std::string_view line = text;
    NextWord(line);
    NextWord(line);
    const std::string_view remote = NextWord(line);
    const size_t colon = std::min(remote.find(':'), remote.size());
    if (ParseAll<uint32_t>(remote.substr(std::min(colon + 1, remote.size())), 16) != port) continue;
    for (int i = 0; i < 6; ++i) NextWord(line);
    found.insert(ParseAll<ino_t>(NextWord(line), 10));
  }
}

bool ShutDown(int number, ino_t inode) {
  // A descriptor of our own for it: the number could be closed and used again under us.
  const UniqueFd socket(fcntl(number, F_DUPFD_CLOEXEC, 3));
  return socket.valid() && SocketInode(socket.get()) == inode &&
         shutdown(socket.get(), SHUT_RDWR) == 0;
}

}  // namespace

SocketInodes OwnSockets() {
  SocketInodes inodes;
  ForEachOwnSocket([&inodes](int, ino_t inode) { inodes.insert(inode); });
  return inodes;
}

size_t ShutDownSocketsTo(uint16_t port, const SocketInodes& spared) {
  SocketInodes wanted;
  if (port == 0) return 0;  // that of whatever listens: httpd's own sockets
  AddSocketsTo(port, "/proc/self/net/tcp", wanted);
  AddSocketsTo(port, "/proc/self/net/tcp6", wanted);
  size_t shut = 0;
  ForEachOwnSocket([&](int fd, ino_t inode) {
    if (wanted.contains(inode) && !spared.contains(inode)) shut += ShutDown(fd, inode) ? 1 : 0;
  });
  return shut;
}

}  // namespace audiodl
