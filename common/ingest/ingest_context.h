// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the steps of an ingest share: the drop folder's layout, how patient to be, and who is told.
//
//   DROP/books/BOOK/01.mp3       published as a book; BOOK may contain slashes
//   DROP/samples/…  podcasts/…  images/…    moved into the tree that web servers show
//   DROP/failed/books/BOOK/      what could not be, with failed/books/BOOK.reason.txt
//   DROP/.audiodl-ingest/        ours: what is being published, out of the uploaders' reach
//
// One thread.

#ifndef AUDIODL_COMMON_INGEST_INGEST_CONTEXT_H_
#define AUDIODL_COMMON_INGEST_INGEST_CONTEXT_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/publish/publish_end.h"

namespace audiodl {

enum class DropEvent : unsigned char {
  kPublished,
  kMoved,    // into the tree
  kFailed,   // into failed/
  kWaiting,  // for the rest of an upload
  kTrouble,  // it could not be done now, and will be tried again
};

// For scripts: "published".
std::string_view EventName(DropEvent event);

struct IngestContext {
  std::string drop;  // absolute, without a slash at its end
  std::string tree;  // of samples, podcasts and images; empty: there is none
  // For how long a file that nothing says is complete must have been left alone.
  std::chrono::nanoseconds quiet = std::chrono::seconds(60);
  // For how long the rest of an upload is waited for.
  std::chrono::nanoseconds give_up = std::chrono::hours(1);
  bool dry_run = false;
  int64_t now = 0;  // Unix nanoseconds

  // Publishes files (their paths) as `book`. What was refused is for the uploader to put right; all
  // else is tried again.
  std::function<PublishEnd(const std::string& book, const std::vector<std::string>& files)> publish;
  // `path` is below the drop folder.
  std::function<void(DropEvent event, const std::string& path, const std::string& text)> tell;
  // Before a file, below the drop folder, is read from end to end; may be empty.
  std::function<void(const std::string& path)> on_look = {};
  // Before each step at which a run may be killed, what it is about to do; may be empty.
  std::function<void(std::string_view step)> on_step = {};

  void Step(std::string_view step) const {
    if (on_step) on_step(step);
  }

  // `path` is a whole one.
  void Look(const std::string& path) const {
    if (on_look) on_look(path.substr(drop.size() + 1));
  }

  std::string OwnFolder() const { return drop + "/.audiodl-ingest"; }
  std::string WorkFolder() const { return OwnFolder() + "/books"; }
  std::string FailedFolder() const { return drop + "/failed"; }
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_INGEST_INGEST_CONTEXT_H_
