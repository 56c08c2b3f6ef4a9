// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fill.h"

#include <algorithm>
#include <utility>

#include "common/base/crc32c.h"
#include "common/fetch/fill_part.h"

namespace audiodl {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Hashed between two looks at the network: 2 MiB, a few milliseconds.
constexpr unsigned kDigestBlocksPerStep = 8;

bool IsRetryable(Code code) { return code == Code::kUnreachable || code == Code::kThrottled; }

// S3's entity tag is the object's MD5 where it was uploaded in one piece and not encrypted with a key of
// its own ("Common Response Headers", Amazon S3 API Reference); then it is 32 hex digits.
void SetExpectedDigest(const ObjectInfo& info, ObjectHeader& header) {
  const std::string_view etag = info.etag;
  if (etag.size() != 34 || info.sse.starts_with("aws:kms")) return;
  for (size_t i = 0; i < 16; ++i) {
    const int high = HexValue(etag[1 + 2 * i]);
    const int low = HexValue(etag[2 + 2 * i]);
    if (high < 0 || low < 0) return;
    header.digest[i] = static_cast<uint8_t>(high << 4 | low);
  }
  header.digest_kind = DigestKind::kMd5;
}

LogLevel LevelOf(Code code) {
  return code == Code::kThrottled || code == Code::kChanged ? LogLevel::kWarning : LogLevel::kError;
}

}  // namespace

Fill::Fill(const FillContext& context, std::string key)
    : context_(context),
      key_(std::move(key)),
      id_(context.store->IdOf(key_)),
      bell_(Doorbells::KeyOf(context.store->id, id_)),
      jitter_(static_cast<unsigned>(id_.Prefix())) {
  context_.bells->SetFilling(bell_, true);
}

Fill::~Fill() {
  context_.bells->SetFilling(bell_, false);
  parts_.clear();  // ends the reads before the file and the lock go
  if (locked_) context_.locks->Unlock(id_);
}

void Fill::Want(const audiodl::Want& want) {
  marker_ = std::max(marker_, want.marker);
  wants_.push_back(want);
}

unsigned Fill::reads() const {
  return static_cast<unsigned>(
      std::count_if(parts_.begin(), parts_.end(), [](const auto& part) { return part->reading(); }));
}

void Fill::DueBy(Clock::time_point time) { due_ = due_ ? std::min(*due_, time) : time; }

void Fill::Log(LogLevel level, const std::string& text) const {
  (*context_.log)(level, context_.store->identity + " key \"" + key_ + "\": " + text);
}

void Fill::Advance(Clock::time_point now) {
  now_ = now;
  due_.reset();
  if (finished_ || !HoldLock()) return;
  if (!looked_) AdoptFile();
  if (file_) {
    MergeWants();
    FollowDigest();
  }
  if (finished_) return;
  for (const auto& part : parts_) {
    if (part->retry_at) DueBy(*part->retry_at);
  }
  if (file_ && parts_.empty() && !verify_ && !held_ && !NextNeeded()) Finish();
}

bool Fill::HoldLock() {
  if (locked_) return true;
  const Status status = context_.locks->TryLock(id_);
  locked_ = status.ok();
  if (status.code() == Code::kBusy) {
    // The fetcher from before a graceful restart is at it, and rings the same bells.
    DueBy(now_ + context_.limits->lock_retry);
  } else if (!status.ok()) {
    Fail(status);
  }
  return locked_;
}

void Fill::AdoptFile() {
  looked_ = true;
  auto file = CacheWriter::Adopt(context_.store->cache_dir, id_, context_.store->identity, key_);
  if (!file.ok()) {
    if (file.status().code() != Code::kNotFound) Log(LogLevel::kWarning, file.status().text());
    return;
  }
  UseFile(std::move(file).value());
}

void Fill::UseFile(std::unique_ptr<CacheWriter> file) {
  file_ = std::move(file);
  wanted_.assign(file_->blocks(), false);
  digest_ = std::make_unique<PrefixDigest>(*file_);
  // Killed between the last mark and the state: the last mark is only set once the digest agreed.
  if (file_->missing() == 0 && file_->state() == FileState::kPartial) CompleteFile();
}

bool Fill::MakeFile(const ObjectInfo& info) {
  ObjectHeader header;
  header.origin = context_.store->identity;
  header.key = key_;
  header.etag = info.etag;
  header.content_type = info.content_type;
  header.size = info.size;
  header.last_modified = info.last_modified.time_since_epoch().count();
  SetExpectedDigest(info, header);
  auto file = CacheWriter::Create(context_.store->cache_dir, id_, header, marker_);
  if (!file.ok()) {
    trouble_ = file.status();
    return false;
  }
  held_.reset();
  UseFile(std::move(file).value());
  MergeWants();
  context_.bells->Ring(bell_);
  return true;
}

void Fill::MergeWants() {
  for (const audiodl::Want& want : wants_) {
    if (want.kind == WantKind::kVerify && want.marker != file_->marker()) verify_ = true;
    if (want.kind != WantKind::kBytes || want.offset >= file_->header().size) continue;
    const uint64_t left = file_->header().size - want.offset;
    const uint64_t end = want.offset + std::min(left, want.length);
    for (uint64_t block = want.offset / kBlockBytes; block * kBlockBytes < end; ++block) {
      wanted_[block] = true;
    }
  }
  wants_.clear();
}

bool Fill::InFlight(uint64_t block) const {
  const uint64_t offset = block * kBlockBytes;
  return std::any_of(parts_.begin(), parts_.end(), [offset](const auto& part) {
    return part->begin <= offset && offset < part->end;
  });
}

bool Fill::Needs(uint64_t block) const {
  return wanted_[block] && !file_->Has(block) && !InFlight(block) &&
         !(held_ && held_->block == block);
}

std::optional<uint64_t> Fill::NextNeeded() const {
  for (uint64_t block = 0; block < file_->blocks(); ++block) {
    if (Needs(block)) return block;
  }
  return std::nullopt;
}

// What is still needed is shared out evenly among the reads that may still start, so that all end
// together: the wall time is then that of one share.
uint64_t Fill::PartEnd(uint64_t first_block) const {
  uint64_t needed = 0;
  for (uint64_t block = first_block; block < file_->blocks(); ++block) needed += Needs(block) ? 1 : 0;
  const uint64_t idle = std::max(1u, context_.limits->parts_per_object - reads());
  const uint64_t share = std::max((needed + idle - 1) / idle,
                                  context_.limits->min_part_bytes / kBlockBytes);
  uint64_t end = first_block + 1;
  while (end < file_->blocks() && end - first_block < share && Needs(end)) ++end;
  return std::min(end * kBlockBytes, file_->header().size);
}

bool Fill::StartRead(Clock::time_point now) {
  now_ = now;
  if (finished_ || !locked_) return false;
  if (RestartPart()) return true;
  if (!file_ || verify_) return parts_.empty() && StartFirstRead();
  if (reads() >= context_.limits->parts_per_object) return false;
  const std::optional<uint64_t> block = NextNeeded();
  if (!block) return false;
  // The room was there when the file was made; a file left by an earlier fetcher may be sparse.
  if (Status status = file_->Reserve(); !status.ok()) {
    Fail(status);
    return false;
  }
  StartPart(std::make_unique<Part>(*this, *block * kBlockBytes, PartEnd(*block)));
  return true;
}

bool Fill::StartFirstRead() {
  const auto bytes = std::find_if(wants_.begin(), wants_.end(), [](const audiodl::Want& want) {
    return want.kind == WantKind::kBytes;
  });
  if (file_ || bytes == wants_.end()) {
    auto part = std::make_unique<Part>(*this, 0, 0);
    part->info_only = true;
    StartPart(std::move(part));
    return true;
  }
  const uint64_t begin = bytes->offset / kBlockBytes * kBlockBytes;
  const uint64_t longest = begin + context_.limits->first_part_bytes;
  const uint64_t wanted_end =
      bytes->length > longest - bytes->offset ? longest : bytes->offset + bytes->length;
  const uint64_t end = std::min(longest, RoundUp(wanted_end, kBlockBytes));
  StartPart(std::make_unique<Part>(*this, begin, std::max(end, begin + kBlockBytes)));
  return true;
}

void Fill::StartPart(std::unique_ptr<Part> part) {
  Part& started = *part;
  parts_.push_back(std::move(part));
  started.Start(*context_.origin, key_, Generation(started));
}

std::string_view Fill::Generation(const Part& part) const {
  return file_ && !part.info_only ? file_->header().etag : std::string_view();
}

bool Fill::RestartPart() {
  for (const auto& part : parts_) {
    if (!part->retry_at || *part->retry_at > now_) continue;
    part->retry_at.reset();
    part->Start(*context_.origin, key_, Generation(*part));
    return true;
  }
  return false;
}

bool Fill::PartHead(Part& part, const ObjectInfo& info, uint64_t first, uint64_t end) {
  if (part.info_only) {
    if (file_) {
      AnswerVerify(info);
    } else {
      MakeFile(info);
    }
    return trouble_.ok();
  }
  if (!file_) {
    // What the origin sends decides: less than was asked where the object ends, all of it where the
    // origin knows no ranges.
    part.begin = part.pos = first;
    part.end = end;
    return MakeFile(info);
  }
  if (info.etag != file_->header().etag || info.size != file_->header().size) {
    trouble_ = Status(Code::kChanged, "the origin now has another generation of it");
  } else if (first != part.pos || end != part.end) {
    trouble_ = Status(Code::kUnreachable, "the origin sent other bytes than were asked for");
  }
  return trouble_.ok();
}

void Fill::AnswerVerify(const ObjectInfo& info) {
  verify_ = false;
  if (info.etag == file_->header().etag && info.size == file_->header().size) {
    trouble_ = file_->SetMarker(marker_);
    return;
  }
  Log(LogLevel::kInfo, "the object was replaced; the older generation is dropped");
  std::vector<bool> wanted = std::move(wanted_);
  if (!MakeFile(info)) return;
  // Whoever wanted bytes of the old one wants the same of the new.
  for (uint64_t block = 0; block < wanted_.size() && block < wanted.size(); ++block) {
    wanted_[block] = wanted_[block] || wanted[block];
  }
}

bool Fill::PartBytes(Part& part, std::string_view bytes) {
  failures_ = 0;
  while (!bytes.empty()) {
    if (part.pos >= part.end) {
      trouble_ = Status(Code::kUnreachable, "the origin sent more bytes than were asked for");
      return false;
    }
    const uint64_t block = part.pos / kBlockBytes;
    const uint64_t block_end = block * kBlockBytes + file_->BlockBytes(block);
    const std::string_view piece = bytes.substr(0, block_end - part.pos);
    trouble_ = file_->Write(part.pos, piece);
    if (!trouble_.ok()) return false;
    part.crc = Crc32cExtend(part.crc, piece);
    part.pos += piece.size();
    bytes.remove_prefix(piece.size());
    if (part.pos == block_end && !FinishBlock(block, std::exchange(part.crc, 0))) return false;
  }
  return true;
}

bool Fill::FinishBlock(uint64_t block, uint32_t crc) {
  if (file_->Has(block)) return true;
  if (file_->missing() == 1) {
    held_ = HeldBlock{block, crc};  // FollowDigest() decides
    return true;
  }
  trouble_ = file_->MarkBlock(block, crc);
  context_.bells->Ring(bell_);
  return trouble_.ok();
}

void Fill::PartDone(Part& part, const Status& status) {
  part.read.reset();
  const Status outcome = trouble_.ok() ? status : std::exchange(trouble_, Status::Ok());
  if (outcome.ok() && (part.info_only || part.pos == part.end)) {
    parts_.remove_if([&part](const auto& other) { return other.get() == &part; });
    return;
  }
  if (outcome.code() == Code::kOutOfRange && !file_) {
    // Nobody knew the size; ask for it, and whoever wanted those bytes learns that there are none.
    part.info_only = true;
    part.begin = part.pos = part.end = 0;
    part.retry_at = now_;
    return;
  }
  if (outcome.ok()) {
    Retry(part, Status(Code::kUnreachable, "the origin's body ended early"));
  } else if (IsRetryable(outcome.code())) {
    Retry(part, outcome);
  } else {
    Fail(outcome);
  }
}

void Fill::Retry(Part& part, const Status& status) {
  if (++failures_ >= context_.limits->max_failures) {
    Fail(status);
    return;
  }
  const auto backoff = context_.limits->first_retry * (1u << (failures_ - 1));
  std::uniform_int_distribution<int64_t> share(backoff.count() / 2, backoff.count());
  part.retry_at = now_ + std::chrono::milliseconds(share(jitter_));
  Log(LogLevel::kInfo, "read failed, trying again: " + status.text());
}

void Fill::FollowDigest() {
  if (file_->missing() == 0) return;
  const std::optional<uint64_t> held = held_ ? std::optional(held_->block) : std::nullopt;
  const Result<bool> more = digest_->Follow(held, kDigestBlocksPerStep);
  if (!more.ok()) return Fail(more.status());
  if (more.value()) return DueBy(now_);
  if (!held_ || !digest_->done()) return;
  if (Status status = digest_->Check(); !status.ok()) return Fail(status);
  if (Status status = file_->MarkBlock(held_->block, held_->crc); !status.ok()) return Fail(status);
  held_.reset();
  CompleteFile();
}

void Fill::CompleteFile() {
  if (Status status = file_->SetState(FileState::kComplete); !status.ok()) return Fail(status);
  context_.bells->Ring(bell_);
}

void Fill::Fail(const Status& status) {
  Log(LevelOf(status.code()), std::string(CodeName(status.code())) + ": " + status.text());
  const bool wrong_generation =
      status.code() == Code::kChanged || status.code() == Code::kCorrupt ||
      (status.code() == Code::kNotFound && file_ && file_->missing() > 0);
  if (wrong_generation && file_) {
    if (Status retired = file_->Retire(); !retired.ok()) Log(LogLevel::kError, retired.text());
    file_.reset();
  }
  context_.bells->Post(bell_, status.code());
  Finish();
}

void Fill::Finish() {
  finished_ = true;
  parts_.clear();
  held_.reset();
  digest_.reset();
  const bool to_sync = file_ && file_->missing() == 0 && file_->state() == FileState::kComplete;
  if (to_sync) context_.on_complete(std::move(file_));
  file_.reset();
  if (locked_) context_.locks->Unlock(id_);
  locked_ = false;
  context_.bells->Ring(bell_);
}

}  // namespace audiodl
