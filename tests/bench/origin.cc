// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// origin: an S3-shaped HTTP/1.1 origin with a latency for each request and a rate for each
// connection, which counts by object what it was asked and what it sent. It ignores signatures.
//
//   origin --port N --folder DIR [--latency SECONDS] [--rate BYTES_PER_SECOND]
//
//   GET /-/set?latency=0.03&rate=80000000   for the requests to come; what is left out is 0
//   GET /-/reset                            all counters to nothing
//   GET /-/stats                            {"/bucket/key": {"gets": 1, "bytes": 65536, …}, …}

#include "tests/bench/kit/object_store.h"
#include "tests/bench/kit/options.h"
#include "tests/bench/kit/origin_server.h"

int main(int argc, char** argv) {
  namespace bench = audiodl::bench;
  const bench::Options options(argc, argv, {"port", "folder", "latency", "rate"});
  const bench::ObjectStore store(options.Required("folder"));
  const bench::OriginPace pace{options.Number("latency", 0), options.Number("rate", 0)};
  const auto port = static_cast<uint16_t>(options.Number("port", 0));
  bench::OriginServer(port, store, pace).Run();
}
