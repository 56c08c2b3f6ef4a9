// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/fetch/fake_origin.h"

#include <algorithm>
#include <utility>

namespace audiodl {

class FakeOrigin::Read : public OriginRead {
 public:
  Read(FakeOrigin& origin, ReadRequest asked, ReadSink& to)
      : request(std::move(asked)), sink(to), origin_(origin) {
    origin_.reads_.push_back(this);
  }
  ~Read() override { std::erase(origin_.reads_, this); }

  const ReadRequest request;
  ReadSink& sink;
  uint64_t pos = 0;
  uint64_t end = 0;
  bool headed = false;

 private:
  FakeOrigin& origin_;
};

void FakeOrigin::Put(const std::string& key, std::string bytes, const std::string& etag) {
  Object object;
  object.info.size = bytes.size();
  object.info.etag = etag;
  object.info.last_modified = std::chrono::sys_seconds(std::chrono::seconds(1700000000));
  object.info.content_type = "audio/mpeg";
  object.sent.assign(bytes.size(), false);
  object.bytes = std::move(bytes);
  if (keeps_versions_) object.info.version = "v" + std::to_string(++put_);
  Remove(key);
  objects_[key] = std::move(object);
}

void FakeOrigin::Remove(const std::string& key) {
  const auto found = objects_.find(key);
  if (found == objects_.end()) return;
  const std::string version = found->second.info.version;
  if (!version.empty()) versions_[key + " " + version] = std::move(found->second);
  objects_.erase(found);
}

FakeOrigin::Object* FakeOrigin::Find(const ReadRequest& asked) {
  const auto found = objects_.find(asked.key);
  const bool is_there = found != objects_.end();
  if (is_there && (asked.version.empty() || asked.version == found->second.info.version)) {
    return &found->second;
  }
  const auto older = versions_.find(asked.key + " " + asked.version);
  return older == versions_.end() ? nullptr : &older->second;
}

std::unique_ptr<OriginRead> FakeOrigin::Start(const ReadRequest& request, ReadSink& sink) {
  history_.push_back(request);
  return std::make_unique<Read>(*this, request, sink);
}

const ReadRequest& FakeOrigin::request(size_t read) const { return reads_.at(read)->request; }
uint64_t FakeOrigin::position(size_t read) const { return reads_.at(read)->pos; }

bool FakeOrigin::Head(size_t index) {
  Read& read = *reads_.at(index);
  const ReadRequest& asked = read.request;
  const Object* const found = Find(asked);
  if (found == nullptr) {
    End(index, Status(Code::kNotFound, "no such key"));
    return false;
  }
  const ObjectInfo info = found->info;
  if (!asked.if_match.empty() && asked.if_match != info.etag) {
    End(index, Status(Code::kChanged, "precondition failed"));
    return false;
  }
  if (!asked.info_only && asked.offset >= info.size) {
    End(index, Status(Code::kOutOfRange, "past the end"));
    return false;
  }
  if (asked.info_only) return HeadOf(index, 0, 0);
  return HeadOf(index, asked.offset,
                asked.offset + std::min(asked.length, info.size - asked.offset));
}

bool FakeOrigin::HeadOf(size_t index, uint64_t first, uint64_t end) {
  Read& read = *reads_.at(index);
  read.pos = first;
  read.end = end;
  read.headed = true;
  return read.sink.OnHead(Find(read.request)->info, first, end);
}

bool FakeOrigin::Body(size_t index, uint64_t at_most) {
  Read& read = *reads_.at(index);
  Object& object = *Find(read.request);
  const uint64_t length = std::min(at_most, read.end - read.pos);
  const std::string_view bytes = std::string_view(object.bytes).substr(read.pos, length);
  CountSent(object, read.pos, length);
  read.pos += length;
  return read.sink.OnBody(bytes);
}

bool FakeOrigin::Garbage(size_t index, std::string_view bytes) {
  return reads_.at(index)->sink.OnBody(bytes);
}

void FakeOrigin::End(size_t index, const Status& status) { reads_.at(index)->sink.OnDone(status); }

void FakeOrigin::Step(size_t index, uint64_t at_most) {
  Read* const read = reads_.at(index);
  const bool more = read->headed ? Body(index, at_most) : Head(index);
  if (!IsOpen(read)) return;
  if (!more) return End(index, Status(Code::kIo, "given up"));
  if (read->pos == read->end) End(index);
}

void FakeOrigin::Serve(size_t index) {
  const Read* const read = reads_.at(index);
  while (IsOpen(read)) Step(index, 100000);
}

bool FakeOrigin::IsOpen(const Read* read) const {
  return std::find(reads_.begin(), reads_.end(), read) != reads_.end();
}

size_t FakeOrigin::heads() const {
  return static_cast<size_t>(std::count_if(history_.begin(), history_.end(),
                                           [](const auto& asked) { return asked.info_only; }));
}

void FakeOrigin::CountSent(Object& object, uint64_t offset, uint64_t length) {
  for (uint64_t at = offset; at < offset + length; ++at) {
    if (object.sent[at]) ++sent_twice_;
    object.sent[at] = true;
  }
  sent_ += length;
}

}  // namespace audiodl
