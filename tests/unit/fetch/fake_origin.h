// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// An origin whose every step is the test's: reads stay open until the test moves them on.
//
//   FakeOrigin origin;
//   origin.Put("a/1.mp3", bytes, "\"tag\"");
//   ... engine.Advance(now);                    // starts reads
//   origin.Head(0);  origin.Body(0, 1000);      // the oldest open read gets its head and some
//   bytes origin.End(0, Status(Code::kUnreachable, "cut")); origin.Serve(0); // or all of it, as a
//   good origin would
//
// Keeps what was asked for and how often each byte was sent. One thread.

#ifndef AUDIODL_TESTS_UNIT_FETCH_FAKE_ORIGIN_H_
#define AUDIODL_TESTS_UNIT_FETCH_FAKE_ORIGIN_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/fetch/origin_client.h"

namespace audiodl {

class FakeOrigin : public OriginClient {
 public:
  void Put(const std::string& key, std::string bytes, const std::string& etag);
  void Remove(const std::string& key);
  // From now on each object that is put has a version of its own, "v1", "v2" and so on, and stays
  // when another comes in its place or it is removed.
  void KeepVersions() { keeps_versions_ = true; }
  // What it says about the object besides size and entity tag.
  ObjectInfo& InfoOf(const std::string& key) { return objects_.at(key).info; }

  std::unique_ptr<OriginRead> Start(const ReadRequest& request, ReadSink& sink) override;

  // The open reads, oldest first.
  size_t open() const { return reads_.size(); }
  const ReadRequest& request(size_t read) const;
  // Where the next byte of an open read stands.
  uint64_t position(size_t read) const;

  // Judges the request as S3 does, and either sends the head or ends the read. False: the read has
  // ended, or the sink wants no more of it.
  bool Head(size_t read);
  // A head that says [first, end) follows, whatever was asked for.
  bool HeadOf(size_t read, uint64_t first, uint64_t end);
  // The next bytes of a read that had its head, as many as there are. What the sink said.
  bool Body(size_t read, uint64_t at_most);
  // Any bytes at all.
  bool Garbage(size_t read, std::string_view bytes);
  void End(size_t read, const Status& status = Status::Ok());
  // The head, or a piece of the body; and the end where nothing is left. Where the sink wants no
  // more the read ends with kIo, as the clients do it.
  void Step(size_t read, uint64_t at_most);
  // All of that at once.
  void Serve(size_t read);

  // Every request so far.
  const std::vector<ReadRequest>& history() const { return history_; }
  size_t heads() const;
  // Bytes that were sent more than once, and all that were sent.
  uint64_t sent_twice() const { return sent_twice_; }
  uint64_t sent() const { return sent_; }

 private:
  class Read;

  struct Object {
    std::string bytes;
    ObjectInfo info;
    std::vector<bool> sent;
  };

  bool IsOpen(const Read* read) const;
  // Null: there is no such object, or version of it.
  Object* Find(const ReadRequest& asked);
  void CountSent(Object& object, uint64_t offset, uint64_t length);

  std::map<std::string, Object> objects_;
  bool keeps_versions_ = false;
  std::map<std::string, Object> versions_;  // older ones, by key and version
  unsigned put_ = 0;
  std::vector<Read*> reads_;  // borrowed: a read takes itself off
  std::vector<ReadRequest> history_;
  uint64_t sent_twice_ = 0;
  uint64_t sent_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_FETCH_FAKE_ORIGIN_H_
