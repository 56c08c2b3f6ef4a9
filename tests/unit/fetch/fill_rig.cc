// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/fetch/fill_rig.h"

#include <stdexcept>

namespace audiodl {

FillLimits SmallParts() {
  FillLimits limits;
  limits.parts_per_object = 4;
  limits.reads_in_all = 6;
  limits.first_part_bytes = kBlockBytes;
  limits.min_part_bytes = kBlockBytes;
  return limits;
}

FillWorld::FillWorld() {
  store.cache_dir = dir.path();
  store.origin = Origin::Parse("s3://books/prod region=eu-west-1").value();
  store.Seal();
  const Status status = PrepareCacheDir(dir.path());
  if (!status.ok()) throw std::runtime_error(status.text());
}

Status FillWorld::Open(const std::string& key, CacheReader& reader) const {
  return reader.Open(PathOf(key).c_str(), store.identity, key);
}

FillRig::FillRig(FillWorld& shared, const FillLimits& limits, StoreRoom* room)
    : world(shared), sink_(log.sink()), engine_(std::make_unique<FillEngine>(limits)) {
  locks_.emplace(FillLocks::Open(world.dir.path()).value());
  FillContext context;
  context.store = &world.store;
  context.origin = &origin;
  context.room = room;
  context.locks = &*locks_;
  context.bells = world.bells.get();
  context.log = &sink_;
  context.on_complete = [this](std::unique_ptr<CacheWriter> file) {
    completed.push_back(std::move(file));
  };
  engine_->AddStore(context);
}

void FillRig::Die() {
  engine_.reset();
  locks_.reset();
}

void FillRig::Handle(WantKind kind, const std::string& key, int64_t marker) {
  Want want;
  want.kind = kind;
  want.store = world.store.id;
  want.key = key;
  want.marker = marker;
  engine_->Handle(want);
}

void FillRig::WantBytes(const std::string& key, uint64_t offset, uint64_t length,
                        uint64_t follower) {
  Want want;
  want.store = world.store.id;
  want.key = key;
  want.marker = 1;
  want.offset = offset;
  want.length = length;
  want.follower = follower;
  engine_->Handle(want);
}

bool FillRig::Sleep() {
  const std::optional<Clock::time_point> due = engine_->due();
  if (due && *due > world.now) world.now = *due;
  return due.has_value();
}

void FillRig::Run() {
  for (int turn = 0; turn < 10000; ++turn) {
    Advance();
    if (engine_->idle()) return;
    if (origin.open() > 0) {
      origin.Serve(0);
    } else if (!Sleep()) {
      throw std::runtime_error("the fill is neither finished nor waiting for anything");
    }
  }
  throw std::runtime_error("the fill never ends");
}

std::string Visible(const FillWorld& world, const std::string& key, uint64_t offset) {
  CacheReader reader;
  if (!world.Open(key, reader).ok()) return {};
  const Result<uint64_t> filled = reader.FilledFrom(offset);
  return filled.ok() ? ReadBytes(reader.fd(), offset, *filled) : std::string();
}

}  // namespace audiodl
