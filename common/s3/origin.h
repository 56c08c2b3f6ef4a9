// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where objects come from, as AudioOrigin says it. An Origin is a value; immutable once parsed.
//
//   s3://BUCKET[/PREFIX] [region=R] [endpoint=http://H:P] [style=path|virtual]
//   file:///srv/audio
//
// The object's key is PREFIX/BOOK/CHUNK.mp3, byte for byte: keys are never normalised. A prefix or
// folder with blanks is written in quotes: "s3://books/Audio Books" region=eu-west-1.

#ifndef AUDIODL_COMMON_S3_ORIGIN_H_
#define AUDIODL_COMMON_S3_ORIGIN_H_

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

struct Origin {
  enum class Kind : unsigned char { kS3, kFile };
  // kVirtual: https://BUCKET.HOST/KEY; kPath: https://HOST/BUCKET/KEY.
  enum class Style : unsigned char { kPath, kVirtual };

  Kind kind = Kind::kFile;
  std::string bucket;  // s3 only
  // s3: without slashes at its ends, may be empty. file: the absolute folder, no slash at its end.
  std::string prefix;
  std::string region = "us-east-1";
  // scheme://host[:port], lower-case, no default port, no trailing slash; AWS's own by default.
  std::string endpoint;
  // kVirtual for the default endpoint, kPath where an endpoint is written: unless style= says else.
  Style style = Style::kVirtual;

  // kInvalid says which word is wrong, and what to write instead: an unknown option, an endpoint
  // with a path or without a scheme, a bucket name S3 does not allow (for virtual style also one
  // with dots over https), a relative file path. The text never repeats what might be a credential.
  static Result<Origin> Parse(std::string_view text);

  // The object's key for a chunk path ("BOOK/CHUNK.mp3"); for file: the file's whole path.
  std::string KeyFor(std::string_view chunk) const;

  // What makes two objects the same one: "s3://bucket", "s3://bucket endpoint=http://host:9000"
  // where the endpoint is not AWS's, or "file://". With the key it names the cache file, so it must
  // not change between servers or versions. Never holds a credential.
  std::string Identity() const;

  // For s3, the Host header's value and the URL's path for a key: RFC 3986 encoding, '/' kept,
  // once.
  std::string HostFor() const;
  std::string PathFor(std::string_view key) const;
  // scheme://host/path for libcurl, which needs CURLOPT_PATH_AS_IS to leave "a/../b" alone.
  std::string UrlFor(std::string_view key) const;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_ORIGIN_H_
