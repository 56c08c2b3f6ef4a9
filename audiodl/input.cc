// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/input.h"

#include <cerrno>
#include <fstream>
#include <istream>

namespace audiodl {

Status WithInput(const std::string& path, std::istream& standard_input,
                 const std::function<Status(std::istream&)>& use) {
  if (path == "-") return use(standard_input);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  // A directory can be opened but not read; only reading tells.
  if (file) file.peek();
  if (!file && !file.eof()) return Status::FromErrno(errno == 0 ? EIO : errno, "read");
  file.clear();
  return use(file);
}

std::string ReadUpTo(std::istream& in, size_t max_bytes) {
  std::string text(max_bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(max_bytes));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

}  // namespace audiodl
