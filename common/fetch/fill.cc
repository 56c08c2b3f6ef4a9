// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fill.h"

#include <algorithm>
#include <utility>

#include "common/base/crc32c.h"
#include "common/base/text.h"
#include "common/fetch/fill_part.h"

namespace audiodl {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Fewer bytes than this are no progress: an origin that drips one byte a second stalls.
constexpr uint64_t kProgressBytes = 16 * 1024;

// Hashed between two looks at the network: 2 MiB, a few milliseconds.
constexpr unsigned kDigestBlocksPerStep = 8;

// Room comes when another fill ends: for so long it is waited for.
constexpr unsigned kMaxWaitsForRoom = 20;
constexpr std::chrono::milliseconds kRoomRetry{250};

// An answer that the object is another now, or not there.
bool IsGone(Code code) { return code == Code::kChanged || code == Code::kNotFound; }

bool IsRetryable(Code code) { return code == Code::kUnreachable || code == Code::kThrottled; }

// S3's entity tag is the object's MD5 where it was uploaded in one piece and not encrypted with a
// key of its own ("Common Response Headers", Amazon S3 API Reference); then it is 32 hex digits.
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
  if (!finished_) context_.room->Settle(id_);
  if (locked_) context_.locks->Unlock(id_);
}

void Fill::Take(const Want& want) {
  marker_ = std::max(marker_, want.marker);
  if (want.kind != WantKind::kRelease) DropNamelessFile();
  switch (want.kind) {
    case WantKind::kBytes:
      interests_.Add(want);
      break;
    case WantKind::kInfo:
      info_ = !file_;
      break;
    case WantKind::kVerify:
      verify_ = !file_ || want.marker != file_->marker();
      break;
    case WantKind::kRelease:
      interests_.Release(want.follower);
      break;
    case WantKind::kTouch:
      break;
  }
}

unsigned Fill::reads() const {
  return static_cast<unsigned>(std::count_if(parts_.begin(), parts_.end(),
                                             [](const auto& part) { return part->reading(); }));
}

void Fill::DueBy(Clock::time_point time) { due_ = due_ ? std::min(*due_, time) : time; }

void Fill::Log(LogLevel level, const std::string& text) const {
  (*context_.log)(level, context_.store->identity + " key \"" + key_ + "\": " + text);
}

void Fill::Tally(Count FetcherCounters::*count, uint64_t n) const {
  if (context_.counters != nullptr) (context_.counters->fetcher.*count).Add(n);
}

unsigned Fill::percent() const {
  if (!file_) return 0;
  if (file_->blocks() == 0) return 100;
  return static_cast<unsigned>(100 * (file_->blocks() - file_->missing()) / file_->blocks());
}

void Fill::Advance(Clock::time_point now) {
  now_ = now;
  due_.reset();
  if (finished_ || !HoldLock()) return;
  if (!looked_) AdoptFile();
  for (const auto& part : parts_) part->DropLosers();
  if (file_ && !finished_) FollowDigest();
  if (finished_) return;
  Abandon();
  for (const auto& part : parts_) {
    if (part->retry_at) DueBy(*part->retry_at);
    if (part->reading() && !part->hedged()) DueBy(part->last_progress + HedgeAfter());
  }
  const bool to_ask = verify_ || (!file_ && (info_ || !interests_.empty()));
  if (parts_.empty() && !to_ask && !held_ && (!file_ || !NextNeeded())) Finish();
}

// Nobody is left: what is being read comes in, what would have to be asked for again does not.
void Fill::Abandon() {
  if (info_ || verify_ || !interests_.empty()) return;
  parts_.remove_if([](const auto& part) { return !part->reading(); });
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
  auto file = context_.room->Adopt(id_, key_);
  if (!file.ok()) {
    if (file.status().code() != Code::kNotFound) Log(LogLevel::kWarning, file.status().text());
    return;
  }
  UseFile(std::move(file).value());
}

void Fill::UseFile(std::unique_ptr<CacheWriter> file) {
  file_ = std::move(file);
  info_ = false;
  if (verify_ && marker_ == file_->marker()) verify_ = false;
  interests_.SetSize(file_->header().size);
  digest_ = std::make_shared<PrefixDigest>(*file_);
  digesting_.reset();
  // Killed between the last mark and the state: the last mark is only set once the digest agreed.
  if (file_->missing() == 0 && file_->state() == FileState::kPartial) CompleteFile();
}

Status Fill::MakeFile(const ObjectInfo& info, int64_t marker) {
  ObjectHeader header;
  header.origin = context_.store->identity;
  header.key = key_;
  header.etag = info.etag;
  // One that is longer is nonsense, and no reason to sell nothing.
  if (info.content_type.size() <= kMaxContentTypeBytes) header.content_type = info.content_type;
  header.size = info.size;
  header.last_modified = info.last_modified.time_since_epoch().count();
  SetExpectedDigest(info, header);
  auto file = context_.room->Create(id_, header, marker);
  if (!file.ok()) return file.status();
  held_.reset();
  UseFile(std::move(file).value());
  version_ = info.version;
  replaced_ = false;
  context_.bells->Ring(bell_);
  return Status::Ok();
}

Fill::Part* Fill::PartOf(uint64_t block) const {
  const uint64_t offset = block * kBlockBytes;
  for (const auto& part : parts_) {
    if (part->begin <= offset && offset < part->end) return part.get();
  }
  return nullptr;
}

bool Fill::Needs(uint64_t block) const {
  return interests_.Wants(block) && !file_->Has(block) && PartOf(block) == nullptr &&
         !(held_ && held_->block == block);
}

std::optional<uint64_t> Fill::NextNeeded() const {
  for (uint64_t block = 0; block < file_->blocks(); ++block) {
    if (Needs(block)) return block;
  }
  return std::nullopt;
}

// The oldest block that somebody waits for and no read will bring soon. Where it lies far ahead in
// a read, that read is shortened to end before it.
std::optional<uint64_t> Fill::NextUrgent() {
  std::deque<uint64_t>& urgent = interests_.urgent();
  for (; !urgent.empty(); urgent.pop_front()) {
    const uint64_t block = urgent.front();
    if (block >= file_->blocks() || file_->Has(block)) continue;
    const uint64_t offset = block * kBlockBytes;
    Part* part = PartOf(block);
    if (part != nullptr && offset >= part->pos + context_.limits->split_distance) {
      part->end = offset;
      part->shortened = true;
    }
    if (Needs(block)) return block;
  }
  return std::nullopt;
}

// What is still needed is shared out evenly among the reads that may still start, so that all end
// together: the wall time is then that of one share.
uint64_t Fill::PartEnd(uint64_t first_block) const {
  uint64_t needed = 0;
  for (uint64_t block = 0; block < file_->blocks(); ++block) needed += Needs(block) ? 1 : 0;
  const unsigned limit = context_.limits->parts_per_object;
  const uint64_t idle = reads() < limit ? limit - reads() : 1;
  const uint64_t share =
      std::max((needed + idle - 1) / idle, context_.limits->min_part_bytes / kBlockBytes);
  uint64_t end = first_block + 1;
  while (end < file_->blocks() && end - first_block < share && Needs(end)) ++end;
  return std::min(end * kBlockBytes, file_->header().size);
}

bool Fill::StartRead(Clock::time_point now) {
  now_ = now;
  if (finished_ || !locked_) return false;
  if (RestartPart() || HedgePart()) return true;
  // The answer may put another generation's file in this one's place, so nothing is read meanwhile.
  if (IsAsking()) return false;
  if (!file_ || (verify_ && !OlderFirst())) return parts_.empty() && StartFirstRead();
  return StartNeeded();
}

bool Fill::IsAsking() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const auto& part) { return part->info_only; });
}

// Whether a question for the newest generation waits: its answer could end what others follow.
bool Fill::OlderFirst() {
  if (version_.empty() || !NextNeeded()) return false;
  if (!verify_asked_) verify_asked_ = now_;
  const Clock::time_point until = *verify_asked_ + context_.limits->older_first;
  if (now_ >= until) return false;
  DueBy(until);
  return true;
}

bool Fill::StartNeeded() {
  const unsigned limit = context_.limits->parts_per_object;
  const unsigned extra = context_.limits->urgent_extra;
  std::optional<uint64_t> block;
  if (reads() < limit + extra) block = NextUrgent();
  if (!block && reads() < limit) block = NextNeeded();
  if (!block) return false;
  // The room was there when the file was made; a file left by an earlier fetcher may be sparse.
  if (Status status = context_.room->Reserve(*file_, id_); !status.ok()) {
    Fail(status);
    return false;
  }
  StartPart(std::make_unique<Part>(*this, *block * kBlockBytes, PartEnd(*block)));
  return true;
}

bool Fill::StartFirstRead() {
  const std::optional<Interests::Span> bytes = interests_.First();
  if (!bytes && !info_ && !verify_) return false;
  // An offset that no object reaches (a client may write any) is no range to ask for.
  if (file_ || !bytes || bytes->begin >= kMaxObjectBytes) {
    auto part = std::make_unique<Part>(*this, 0, 0);
    part->info_only = true;
    StartPart(std::move(part));
    return true;
  }
  const uint64_t begin = bytes->begin / kBlockBytes * kBlockBytes;
  const uint64_t longest = begin + context_.limits->first_part_bytes;
  const uint64_t end = bytes->end >= longest ? longest : RoundUp(bytes->end, kBlockBytes);
  StartPart(std::make_unique<Part>(*this, begin, std::max(end, begin + kBlockBytes)));
  return true;
}

void Fill::StartPart(std::unique_ptr<Part> part) {
  parts_.push_back(std::move(part));
  parts_.back()->Start(Generation(*parts_.back()));
}

std::string_view Fill::Generation(const Part& part) const {
  return file_ && !part.info_only ? file_->header().etag : std::string_view();
}

bool Fill::RestartPart() {
  for (const auto& part : parts_) {
    if (!part->retry_at || *part->retry_at > now_) continue;
    part->retry_at.reset();
    if (part->failures + 1 >= context_.limits->max_failures) {
      part->last_attempt = context_.bells->BeginLastAttempt(bell_);
    }
    part->Start(Generation(*part));
    return true;
  }
  return false;
}

Clock::duration Fill::HedgeAfter() const {
  return context_.limits->hedge_after * (1u << std::min(hedges_, 6u));
}

bool Fill::HedgePart() {
  for (const auto& part : parts_) {
    if (!part->reading() || part->hedged() || part->last_progress + HedgeAfter() > now_) continue;
    ++hedges_;
    Tally(&FetcherCounters::hedges);
    Log(LogLevel::kInfo, "a read stalls; the same is asked for on another connection");
    part->Start(Generation(*part));
    return true;
  }
  return false;
}

Status Fill::PartHead(Part& part, const ObjectInfo& info, uint64_t first, uint64_t end) {
  part.last_progress = now_;
  if (part.info_only) return file_ ? AnswerVerify(info, part.marker) : MakeFile(info, part.marker);
  if (!file_) {
    // What the origin sends decides: less than was asked where the object ends, all of it where the
    // origin knows no ranges.
    part.begin = part.pos = first;
    part.end = end;
    return MakeFile(info, part.marker);
  }
  if (info.etag != file_->header().etag || info.size != file_->header().size) {
    return Status(Code::kChanged, "the origin now has another generation of it");
  }
  if (first != part.pos || (end != part.end && !part.shortened)) {
    return Status(Code::kUnreachable, "the origin sent other bytes than were asked for");
  }
  if (version_.empty()) version_ = info.version;  // the file was there before us
  return Status::Ok();
}

Status Fill::AnswerVerify(const ObjectInfo& info, int64_t marker) {
  verify_ = marker_ != marker;  // one that came after the question is not answered by it
  verify_asked_.reset();
  if (info.etag == file_->header().etag && info.size == file_->header().size) {
    return file_->SetMarker(marker);
  }
  Log(LogLevel::kInfo, "the object was replaced; the older generation is dropped");
  return MakeFile(info, marker);
}

Status Fill::PartBytes(Part& part, std::string_view bytes) {
  Tally(&FetcherCounters::fetched_bytes, bytes.size());
  part.dripped += bytes.size();
  if (part.dripped >= kProgressBytes) {
    part.dripped = 0;
    part.failures = 0;
    part.last_progress = now_;
  }
  while (!bytes.empty() && part.pos < part.end) {
    const uint64_t block = part.pos / kBlockBytes;
    const uint64_t block_end = block * kBlockBytes + file_->BlockBytes(block);
    const std::string_view piece = bytes.substr(0, block_end - part.pos);
    if (Status s = file_->Write(part.pos, piece); !s.ok()) return s;
    part.crc = Crc32cExtend(part.crc, piece);
    part.pos += piece.size();
    bytes.remove_prefix(piece.size());
    if (part.pos != block_end) continue;
    if (Status s = FinishBlock(block, std::exchange(part.crc, 0)); !s.ok()) return s;
  }
  if (bytes.empty() || part.shortened) return Status::Ok();
  // Its head lied about the body, so nothing says that these are the right bytes.
  return Status(Code::kCorrupt, "the origin sent more bytes than its head announced");
}

Status Fill::FinishBlock(uint64_t block, uint32_t crc) {
  if (file_->Has(block)) return Status::Ok();
  if (file_->missing() == 1) {
    held_ = HeldBlock{block, crc};  // FollowDigest() decides
    return Status::Ok();
  }
  Status status = file_->MarkBlock(block, crc);
  if (status.ok()) Tally(&FetcherCounters::filled_blocks);
  context_.bells->Ring(bell_);
  return status;
}

bool Fill::GoOnWithVersion(Part& part, const Status& outcome) {
  if (!IsGone(outcome.code()) || !file_ || version_.empty()) return false;
  if (part.of_version || part.info_only) return false;
  if (!std::exchange(replaced_, true)) {
    Log(LogLevel::kInfo,
        "the object was replaced; downloads under way go on with version " + Printable(version_));
  }
  part.retry_at = now_;
  return true;
}

void Fill::PartDone(Part& part, const Status& outcome) {
  // What becomes of the connection after the last byte is all the same.
  const bool good = outcome.ok() || IsRetryable(outcome.code()) || part.shortened;
  const bool all_here = !part.info_only && part.pos == part.end && good;
  if (all_here || (outcome.ok() && part.info_only)) {
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
  if (GoOnWithVersion(part, outcome)) return;
  if (part.of_version && (IsGone(outcome.code()) || outcome.code() == Code::kForbidden)) {
    // Whatever keeps us from the old version, the newest is what the next may have.
    return Fail(Status(Code::kChanged,
                       "the object was replaced, and the version before it cannot "
                       "be read: " +
                           outcome.text()));
  }
  if (outcome.code() == Code::kOutOfRange) {
    return Fail(Status(Code::kChanged, "the object is shorter now: " + outcome.text()));
  }
  if (outcome.code() == Code::kNoSpace && !file_ && waits_for_room_ < kMaxWaitsForRoom) {
    ++waits_for_room_;
    part.retry_at = now_ + kRoomRetry;
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
  if (++part.failures >= context_.limits->max_failures) {
    context_.bells->NoteFailedAttempt(bell_, part.last_attempt);
    Fail(status);
    return;
  }
  Tally(&FetcherCounters::retries);
  const auto backoff = context_.limits->first_retry * (1u << (part.failures - 1));
  std::uniform_int_distribution<int64_t> share(backoff.count() / 2, backoff.count());
  part.retry_at = now_ + std::chrono::milliseconds(share(jitter_));
  Log(LogLevel::kInfo, "read failed, trying again: " + status.text());
}

// What is there and not yet hashed, a step at a time: on the thread for that where there is one.
Status Fill::TakeIntoDigest() {
  if (digesting_) {
    if (!digesting_->done()) return Status::Ok();
    if (Status status = std::exchange(digesting_, nullptr)->status(); !status.ok()) return status;
  }
  const std::optional<uint64_t> held = held_ ? std::optional(held_->block) : std::nullopt;
  const uint64_t ready = digest_->Ready(held, kDigestBlocksPerStep);
  if (ready == 0) return Status::Ok();
  // Small ones at once: until a wrong object is found out its size is taken for the true one.
  if (context_.digests != nullptr && file_->blocks() > kDigestBlocksPerStep) {
    digesting_ = context_.digests->Add(digest_, ready);
    return Status::Ok();
  }
  if (Status status = digest_->Take(ready); !status.ok()) return status;
  if (digest_->Ready(held, 1) > 0) DueBy(now_);
  return Status::Ok();
}

void Fill::FollowDigest() {
  if (file_->missing() == 0) return;
  if (Status status = TakeIntoDigest(); !status.ok()) return Fail(status);
  if (digesting_) return;
  if (!held_ || !digest_->done()) return;
  if (Status status = digest_->Check(); !status.ok()) return Fail(status);
  if (Status status = file_->MarkBlock(held_->block, held_->crc); !status.ok()) return Fail(status);
  held_.reset();
  Tally(&FetcherCounters::filled_blocks);
  CompleteFile();
}

void Fill::CompleteFile() {
  if (Status status = file_->SetState(FileState::kComplete); !status.ok()) return Fail(status);
  context_.bells->Ring(bell_);
}

// The cache's disk fails: what is there is given up, and the object is fetched again to where there
// is room. Followers that have sent nothing yet do not notice.
bool Fill::StartOver(const Status& trouble) {
  if (!file_ || !context_.room->LeaveDisk(*file_, id_, trouble)) return false;
  ForgetFile();
  DueBy(now_);
  context_.bells->Ring(bell_);
  return true;
}

// Somebody purged it: whoever asks from now on could not see what we write. What is wanted is
// fetched anew.
void Fill::DropNamelessFile() {
  if (file_ && file_->Nameless()) ForgetFile();
}

void Fill::ForgetFile() {
  parts_.clear();
  held_.reset();
  digesting_.reset();
  digest_.reset();
  file_.reset();
  version_.clear();
  replaced_ = false;
  interests_.ForgetSize();
}

void Fill::Fail(const Status& status) {
  if (StartOver(status)) return;
  Log(LevelOf(status.code()), std::string(CodeName(status.code())) + ": " + status.text());
  if (context_.counters != nullptr) context_.counters->fetcher.FailedFills(status.code()).Add();
  if (status.code() == Code::kCorrupt) Tally(&FetcherCounters::corrupt_objects);
  const bool wrong_generation = status.code() == Code::kChanged ||
                                status.code() == Code::kCorrupt ||
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
  digesting_.reset();
  digest_.reset();
  const bool to_sync = file_ && file_->missing() == 0 && file_->state() == FileState::kComplete;
  if (to_sync) context_.on_complete(std::move(file_));
  file_.reset();
  context_.room->Settle(id_);
  if (locked_) context_.locks->Unlock(id_);
  locked_ = false;
  context_.bells->Ring(bell_);
}

}  // namespace audiodl
