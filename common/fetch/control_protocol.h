// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How the operator's command speaks with the running fetcher: over a SEQPACKET socket in the cache
// directory, one request and one reply per connection, each one datagram. A first line for
// machines, then a body:
//
//   audiodl 1 want                                  audiodl 1 ok
//   {"key":"prod/Moby-Dick/01.mp3"}                 {"queued":true}
//
//   audiodl 1 frobnicate                            audiodl 1 invalid
//                                                   there is no command frobnicate
//
// A request's body is a JSON object, or empty; a reply's is a JSON object after "ok", and a
// sentence after any other Code's name. The number is the protocol's version. Pure values; any
// thread.

#ifndef AUDIODL_COMMON_FETCH_CONTROL_PROTOCOL_H_
#define AUDIODL_COMMON_FETCH_CONTROL_PROTOCOL_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/json.h"
#include "common/base/status.h"

namespace audiodl {

inline constexpr char kControlName[] = ".audiodl-control";
inline constexpr size_t kMaxControlRequest = size_t{8} * 1024;
// Well below what a socket's buffer takes at once, so that a reply never has to wait.
inline constexpr size_t kMaxControlReply = size_t{64} * 1024;

struct ControlCall {
  std::string command;
  Json arguments;  // an object, or null where there was no body
};

std::string EncodeControlCall(std::string_view command, std::string_view arguments);
// kInvalid: not a request of this version, or its body is no JSON object.
Result<ControlCall> DecodeControlCall(std::string_view datagram);

// A reply beyond kMaxControlReply becomes an error that says so.
std::string EncodeControlReply(const Result<std::string>& answer);
// The JSON text of the answer, or the Status that the other side gave. kInvalid: not a reply of
// this version.
Result<std::string> DecodeControlReply(std::string_view datagram);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_CONTROL_PROTOCOL_H_
