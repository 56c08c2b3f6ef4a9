// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/kit/object_store.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <memory>
#include <vector>

#include "tests/bench/kit/options.h"

namespace audiodl::bench {
namespace {

std::string QuotedMd5(int fd) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> md5(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(md5.get(), EVP_md5(), nullptr);
  std::vector<char> buffer(1 << 20);
  ssize_t count = 0;
  while ((count = read(fd, buffer.data(), buffer.size())) > 0) {
    EVP_DigestUpdate(md5.get(), buffer.data(), static_cast<size_t>(count));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_DigestFinal_ex(md5.get(), digest.data(), &size);
  std::string text = "\"";
  for (unsigned i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text + "\"";
}

std::string HttpDate(time_t time) {
  tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 64> text;
  return {text.data(), strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

StoredObject Load(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd.valid() || fstat(fd.get(), &status) != 0) Die("cannot read " + path);
  const std::string etag = QuotedMd5(fd.get());
  return {std::move(fd), static_cast<uint64_t>(status.st_size), etag, HttpDate(status.st_mtime)};
}

}  // namespace

ObjectStore::ObjectStore(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    objects_.emplace(entry.path().filename().string(), Load(entry.path().string()));
  }
  if (error || objects_.empty()) Die("no objects in " + folder);
}

const StoredObject* ObjectStore::Find(std::string_view path) const {
  const auto found = objects_.find(path.substr(path.rfind('/') + 1));
  return found == objects_.end() ? nullptr : &found->second;
}

}  // namespace audiodl::bench
