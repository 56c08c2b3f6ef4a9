// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/kit/reference.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/base/unique_fd.h"
#include "tests/bench/kit/options.h"

namespace audiodl::bench {

Reference::Reference(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd.valid() || fstat(fd.get(), &status) != 0) Die("cannot read " + path);
  const auto size = static_cast<size_t>(status.st_size);
  // Populated now, so that no page fault falls into what is measured.
  void* mapped = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
  if (mapped == MAP_FAILED) Die("cannot map " + path);
  bytes_ = std::string_view(static_cast<const char*>(mapped), size);
}

Reference::~Reference() { munmap(const_cast<char*>(bytes_.data()), bytes_.size()); }

}  // namespace audiodl::bench
