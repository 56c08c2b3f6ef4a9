// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/prefix_digest.h"

#include <algorithm>

#include "common/base/file_io.h"

namespace audiodl {

PrefixDigest::PrefixDigest(const CacheWriter& file)
    : file_(file),
      expected_(file.header().digest),
      size_(file.header().size),
      blocks_(file.blocks()),
      fd_(file.descriptor()) {
  switch (file.header().digest_kind) {
    case DigestKind::kSha256:
      sha256_.emplace();
      break;
    case DigestKind::kMd5:
      md5_.emplace();
      break;
    case DigestKind::kNone:
      next_ = blocks_;
      break;
  }
}

uint64_t PrefixDigest::Ready(std::optional<uint64_t> held, uint64_t at_most) const {
  uint64_t ready = 0;
  for (; ready < at_most && next_ + ready < blocks_; ++ready) {
    if (!file_.Has(next_ + ready) && held != next_ + ready) break;
  }
  return ready;
}

Status PrefixDigest::Take(uint64_t blocks) {
  for (const uint64_t end = next_ + blocks; next_ < end; ++next_) {
    const uint64_t offset = next_ * kBlockBytes;
    buffer_.resize(std::min(kBlockBytes, size_ - offset));
    if (Status s = ReadAt(fd_->get(), offset, buffer_); !s.ok()) return s;
    const std::string_view bytes(buffer_.data(), buffer_.size());
    if (sha256_) sha256_->Update(bytes);
    if (md5_) md5_->Update(bytes);
  }
  return Status::Ok();
}

Status PrefixDigest::Check() {
  const auto same = [this](const auto& got) {
    return std::equal(got.begin(), got.end(), expected_.begin());
  };
  if (sha256_ && !same(sha256_->Final())) {
    return Status(Code::kCorrupt, "the object's SHA-256 is not the one it was published with");
  }
  if (md5_ && !same(md5_->Final())) {
    return Status(Code::kCorrupt, "the object's MD5 does not agree with its entity tag");
  }
  return Status::Ok();
}

}  // namespace audiodl
