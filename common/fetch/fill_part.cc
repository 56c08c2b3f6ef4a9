// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fill_part.h"

#include <algorithm>

namespace audiodl {

// One of a part's readings.
class Fill::Part::Attempt : public ReadSink {
 public:
  explicit Attempt(Part& part) : part_(part) {}

  void Start(OriginClient& origin, const ReadRequest& request) {
    read_ = origin.Start(request, *this);
  }
  bool lost() const { return lost_; }
  void Lose() { lost_ = true; }

  bool OnHead(const ObjectInfo& info, uint64_t first, uint64_t end) override {
    if (lost_) return false;
    trouble_ = part_.fill_.PartHead(part_, info, first, end);
    return trouble_.ok();
  }

  bool OnBody(std::string_view bytes) override {
    if (lost_) return false;
    if (part_.winner_ == nullptr) {
      part_.winner_ = this;
      for (const auto& other : part_.attempts_) {
        if (other.get() != this) other->Lose();
      }
    }
    trouble_ = part_.fill_.PartBytes(part_, bytes);
    return trouble_.ok() && !(part_.shortened && part_.pos == part_.end);
  }

  void OnDone(const Status& status) override {
    Part& part = part_;
    const bool lost = lost_;
    const Status outcome = trouble_.ok() ? status : trouble_;
    if (part.winner_ == this) part.winner_ = nullptr;
    part.attempts_.remove_if([this](const auto& other) { return other.get() == this; });
    // Destroyed from here on. A failure counts only when no other reading is left to make it good;
    // one that lost, and only waits to be dropped, is no such.
    const bool others = std::any_of(part.attempts_.begin(), part.attempts_.end(),
                                    [](const auto& other) { return !other->lost(); });
    if (!lost && (outcome.ok() || !others)) part.fill_.PartDone(part, outcome);
  }

 private:
  Part& part_;
  bool lost_ = false;
  Status trouble_;  // why we ended it ourselves
  std::unique_ptr<OriginRead> read_;
};

Fill::Part::Part(Fill& fill, uint64_t first, uint64_t last)
    : begin(first), pos(first), end(last), fill_(fill) {}

Fill::Part::~Part() = default;

void Fill::Part::Start(std::string_view if_match) {
  // The answer to an earlier question may come first, and confirms no later marker.
  if (!reading()) marker = fill_.marker_;
  winner_ = nullptr;
  last_progress = fill_.now_;
  const uint64_t length = info_only ? 0 : end - pos;
  of_version = fill_.replaced_ && !info_only;
  attempts_.push_back(std::make_unique<Attempt>(*this));
  attempts_.back()->Start(*fill_.context_.origin,
                          ReadRequest{fill_.key_, info_only, pos, length, std::string(if_match),
                                      of_version ? fill_.version_ : std::string()});
}

void Fill::Part::DropLosers() {
  attempts_.remove_if([](const auto& attempt) { return attempt->lost(); });
}

}  // namespace audiodl
