// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What S3 says to a GET or HEAD: single ranges, If-Match, entity tag, Content-Range, errors as XML.
// Signatures are not looked at. Pure functions.

#ifndef AUDIODL_TESTS_BENCH_KIT_S3_REPLY_H_
#define AUDIODL_TESTS_BENCH_KIT_S3_REPLY_H_

#include <string>
#include <string_view>

#include "tests/bench/kit/object_store.h"
#include "tests/bench/kit/target.h"

namespace audiodl::bench {

struct S3Request {
  std::string method;
  std::string path;
  std::string query;  // without '?'
  std::string range;  // the Range header's value
  std::string if_match;
  bool keep_alive = true;
};

// `head` is a request's up to its empty line. Only a GET or HEAD of HTTP/1.1 is understood; of
// anything else the method is empty.
S3Request ParseS3Request(std::string_view head);

struct S3Reply {
  std::string head;                      // and the body of an error
  const StoredObject* object = nullptr;  // whose bytes follow, or null
  Span span;
};

// `object` is null where there is none of that key.
S3Reply ReplyTo(const S3Request& request, const StoredObject* object);

// A document of ours, such as the statistics.
S3Reply ReplyWith(std::string_view json);

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_S3_REPLY_H_
