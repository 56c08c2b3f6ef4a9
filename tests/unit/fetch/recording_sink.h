// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A ReadSink that keeps what it is told, and ends its read as Fill does: in OnDone. One thread.

#ifndef AUDIODL_TESTS_UNIT_FETCH_RECORDING_SINK_H_
#define AUDIODL_TESTS_UNIT_FETCH_RECORDING_SINK_H_

#include <functional>
#include <memory>
#include <string>

#include "common/fetch/origin_client.h"

namespace audiodl {

struct RecordingSink : ReadSink {
  bool OnHead(const ObjectInfo& object, uint64_t from, uint64_t to) override {
    ++heads;
    info = object;
    first = from;
    end = to;
    return take_head;
  }
  bool OnBody(std::string_view bytes) override {
    ++bodies;
    body += bytes;
    return take_body;
  }
  void OnDone(const Status& outcome) override {
    done = true;
    status = outcome;
    if (on_done) on_done();
    read.reset();
  }

  std::unique_ptr<OriginRead> read;
  bool take_head = true;
  bool take_body = true;
  std::function<void()> on_done;

  int heads = 0;
  int bodies = 0;
  ObjectInfo info;
  uint64_t first = 0;
  uint64_t end = 0;
  std::string body;
  bool done = false;
  Status status;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_FETCH_RECORDING_SINK_H_
