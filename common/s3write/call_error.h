// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// From S3's refusal of a request that writes or lists to a Status. Pure; any thread.

#ifndef AUDIODL_COMMON_S3WRITE_CALL_ERROR_H_
#define AUDIODL_COMMON_S3WRITE_CALL_ERROR_H_

#include <string>

#include "common/base/status.h"
#include "common/s3/s3_error.h"
#include "common/s3write/s3_call.h"

namespace audiodl {

// What the key must be allowed to do, as a bucket policy names it: "s3:PutObject".
std::string ActionOf(const S3Call& call);

// As ClassifyError(), with what differs when writing:
//   kChanged      412: another writer was first, or the object is there already
//   kThrottled    409: another request for the same object is under way
//   kUnreachable  the bytes arrived damaged: sending them again is right
//   kNotFound     also a multipart upload that was completed or aborted
Status ClassifyCallError(const ErrorReply& reply, const S3Call& call);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_CALL_ERROR_H_
