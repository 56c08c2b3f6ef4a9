// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Reads objects from a folder (AudioOrigin file:///srv/audio): the embedded default, a mounted
// disk, a test. The key is the file's path (Origin::KeyFor). A file's generation is its size and
// modification time. One thread, the fetcher's; a read moves a slice at each Step(), so that other
// objects are served in between.

#ifndef AUDIODL_COMMON_FETCH_FILE_CLIENT_H_
#define AUDIODL_COMMON_FETCH_FILE_CLIENT_H_

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "common/fetch/counters.h"
#include "common/fetch/origin_client.h"

namespace audiodl {

class FileClient : public OriginClient {
 public:
  // `counters` is borrowed; null: nobody counts.
  explicit FileClient(Counters* counters = nullptr) : counters_(counters) {}

  std::unique_ptr<OriginRead> Start(const ReadRequest& request, ReadSink& sink) override;

  // Moves every read on by a slice. Returns whether any is left.
  bool Step();

 private:
  class Read;

  Counters* const counters_;
  std::list<Read*> reads_;  // borrowed: a read takes itself off when it is destroyed
  std::vector<char> buffer_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_FILE_CLIENT_H_
