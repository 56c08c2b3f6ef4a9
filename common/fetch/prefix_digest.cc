// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/prefix_digest.h"

#include <algorithm>

namespace audiodl {

PrefixDigest::PrefixDigest(const CacheWriter& file) : file_(file) {
  switch (file.header().digest_kind) {
    case DigestKind::kSha256:
      sha256_.emplace();
      break;
    case DigestKind::kMd5:
      md5_.emplace();
      break;
    case DigestKind::kNone:
      next_ = file.blocks();
      break;
  }
}

Result<bool> PrefixDigest::Follow(std::optional<uint64_t> held, unsigned at_most) {
  for (; !done() && (file_.Has(next_) || held == next_); ++next_, --at_most) {
    if (at_most == 0) return true;
    buffer_.resize(file_.BlockBytes(next_));
    if (Status s = file_.Read(next_ * kBlockBytes, buffer_); !s.ok()) return s;
    const std::string_view bytes(buffer_.data(), buffer_.size());
    if (sha256_) sha256_->Update(bytes);
    if (md5_) md5_->Update(bytes);
  }
  return false;
}

Status PrefixDigest::Check() {
  const auto same = [this](const auto& got) {
    return std::equal(got.begin(), got.end(), file_.header().digest.begin());
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
