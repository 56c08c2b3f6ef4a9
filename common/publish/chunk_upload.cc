// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/publish/chunk_upload.h"

#include <algorithm>

#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/cache/media_type.h"

namespace audiodl {
namespace {

constexpr int kAttempts = 2;

// "\"9bb5…\"" or "\"9bb5…-4\"": such a tag is made of MD5s. With KMS it looks so and is not.
bool IsMd5Tag(const ObjectInfo& info) {
  if (info.etag.size() < 34 || info.sse.starts_with("aws:kms")) return false;
  const auto is_hex = [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); };
  const std::string_view digits = std::string_view(info.etag).substr(1, 32);
  return std::all_of(digits.begin(), digits.end(), is_hex) &&
         (info.etag.size() == 34 || info.etag[33] == '-');
}

}  // namespace

PutOptions ChunkUpload::Options() const {
  PutOptions options;
  options.content_type = MediaTypeOf(source_.name, {});
  return options;
}

Result<ChunkUpload::Verdict> ChunkUpload::Judge(const std::string& key) {
  Result<ObjectInfo> there = store_.Head(key);
  if (there.status().code() == Code::kNotFound) return Verdict::kMissing;
  if (!there.ok()) return there.status();
  judged_ = std::move(there).value();
  if (judged_.size != source_.size) return Verdict::kOther;
  if (known_ != nullptr && known_->etag == judged_.etag && known_->sha256 == source_.sha256) {
    return Verdict::kSame;
  }
  if (judged_.etag == source_.s3_etag || !IsMd5Tag(judged_)) return Verdict::kPerhaps;
  return Verdict::kOther;
}

Result<std::optional<ObjectInfo>> ChunkUpload::ReadBack(const std::string& key) {
  observer_.OnStep(PublishStep::kReadBack, source_.name);
  Sha256 digest;
  uint64_t bytes = 0;
  Result<ObjectInfo> info = store_.Get(key, [&](std::string_view slice) {
    digest.Update(slice);
    bytes += slice.size();
    observer_.OnProgress(PublishStep::kReadBack, source_, bytes);
    return Status::Ok();
  });
  if (!info.ok()) return info.status();
  if (HexEncode(digest.Final()) != source_.sha256) return std::optional<ObjectInfo>();
  return std::optional<ObjectInfo>(std::move(info).value());
}

Result<StoredChunk> ChunkUpload::Send(const std::string& key) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    observer_.OnStep(PublishStep::kUpload, source_.name);
    const Result<std::string> etag = store_.UploadFile(
        key, source_.path, Options(),
        [&](uint64_t bytes) { observer_.OnProgress(PublishStep::kUpload, source_, bytes); });
    if (!etag.ok()) return etag.status();
    const Result<std::optional<ObjectInfo>> info = ReadBack(key);
    if (!info.ok()) return info.status();
    if (*info) return StoredChunk{.info = **info, .was_sent = true};
  }
  return Status(Code::kCorrupt,
                key + ": what was read back is not what " + source_.path +
                    " had when it was inspected: was the file changed meanwhile, or does "
                    "somebody else write that object?");
}

Result<StoredChunk> ChunkUpload::Store(const std::string& key) {
  const Result<Verdict> verdict = Judge(key);
  if (!verdict.ok()) return verdict.status();
  if (*verdict == Verdict::kSame) return StoredChunk{.info = judged_, .was_sent = false};
  if (*verdict == Verdict::kPerhaps) {
    const Result<std::optional<ObjectInfo>> info = ReadBack(key);
    if (!info.ok()) return info.status();
    if (*info) return StoredChunk{.info = **info, .was_sent = false};
  }
  return Send(key);
}

}  // namespace audiodl
