// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How many bytes of a body each HTTP/2 stream has been given: reads the headers of the frames that
// a server sends (RFC 9113 section 4.1) and skips the rest. mod_http2 lets a request end when it
// has handed over the body, and nobody tells whether the stream was carried to its end.
//
// One thread at a time; SharedFrameCounter is thread-safe.

#ifndef AUDIODL_COMMON_LEDGER_FRAME_COUNTER_H_
#define AUDIODL_COMMON_LEDGER_FRAME_COUNTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>

namespace audiodl {

struct StreamCount {
  uint64_t body_bytes = 0;  // without padding
  uint64_t position = 0;    // where the connection was after them, as Passed() was told
  bool is_passing = false;  // some of them came since
};

class FrameCounter {
 public:
  // The next bytes of the connection.
  void Take(std::string_view bytes);
  // As many bytes that are not to be looked at. REQUIRES: at most skippable().
  void Skip(uint64_t bytes);
  // How many bytes may come before one must be looked at.
  uint64_t skippable() const { return padding_is_next_ ? 0 : payload_left_; }

  // All that was taken has been passed on, and the connection has carried so much by then.
  void Passed(uint64_t position);

  // Whether the server has announced the connection's end: GOAWAY.
  bool says_goodbye() const { return says_goodbye_; }

  // Counts for that stream from now on; others are not counted.
  void Begin(uint32_t stream) { streams_[stream]; }
  std::optional<StreamCount> Find(uint32_t stream) const;
  void Forget(uint32_t stream) { streams_.erase(stream); }

 private:
  static constexpr size_t kHeaderBytes = 9;

  void TakeHeader();
  void EndFrame();

  std::array<unsigned char, kHeaderBytes> header_{};
  size_t header_bytes_ = 0;
  uint64_t payload_left_ = 0;     // of the frame that has begun
  uint64_t body_in_frame_ = 0;    // of it, the body's
  bool padding_is_next_ = false;  // its first byte says how much padding there is
  uint32_t stream_ = 0;
  bool is_data_ = false;
  bool says_goodbye_ = false;
  std::map<uint32_t, StreamCount> streams_;
};

class SharedFrameCounter {
 public:
  // Runs `work` on the counter while nobody else does.
  template <typename Work>
  auto With(Work work) {
    const std::lock_guard lock(mutex_);
    return work(counter_);
  }

 private:
  std::mutex mutex_;  // guards counter_
  FrameCounter counter_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_FRAME_COUNTER_H_
