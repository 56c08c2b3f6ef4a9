// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/part_bucket.h"

#include <algorithm>
#include <cstdlib>

#include "mod_audiodl/guarded.h"

namespace audiodl {
namespace {

// What one read brings at most: below what makes core block.
constexpr size_t kReadBytes = 48 * 1024;

// Shared by all that a bucket was split into; from the brigade's allocator.
struct PartData {
  apr_bucket_refcount refcount;  // first, as apr_bucket_shared_* wants it
  PartSource* source;
  size_t slice;
};

PartData& DataOf(const apr_bucket* bucket) { return *static_cast<PartData*>(bucket->data); }

void Destroy(void* data) {
  if (apr_bucket_shared_destroy(data) != 0) apr_bucket_free(data);
}

// Becomes a HEAP bucket of the first bytes; those that are not there yet come as another one of
// ours behind it.
apr_status_t Read(apr_bucket* bucket, const char** bytes, apr_size_t* length,
                  apr_read_type_e block) {
  *bytes = nullptr;
  *length = 0;
  if (block == APR_NONBLOCK_READ) return APR_EAGAIN;
  const size_t wanted = std::min<size_t>(bucket->length, kReadBytes);
  char* copy = static_cast<char*>(std::malloc(wanted));
  if (copy == nullptr) return APR_ENOMEM;
  PartData& data = DataOf(bucket);
  size_t read = 0;
  apr_status_t status = data.source->ReadSlice(data.slice, static_cast<uint64_t>(bucket->start),
                                               {copy, wanted}, read);
  if (status == APR_SUCCESS && read < bucket->length) status = apr_bucket_split(bucket, read);
  if (status != APR_SUCCESS) {
    std::free(copy);
    return status;
  }
  Destroy(&data);
  apr_bucket_heap_make(bucket, copy, read, std::free);
  *bytes = copy;
  *length = read;
  return APR_SUCCESS;
}

// A filter that has met an error may go on without these bytes, and end what is not whole.
apr_status_t ReadOrBreakOff(apr_bucket* bucket, const char** bytes, apr_size_t* length,
                            apr_read_type_e block) {
  const apr_status_t status = Guarded<Read, APR_EGENERAL>(bucket, bytes, length, block);
  if (status != APR_SUCCESS && !APR_STATUS_IS_EAGAIN(status)) DataOf(bucket).source->BreakOff();
  return status;
}

// The source lives in the request's pool, and so as long as whatever may be read.
apr_status_t SetAside(apr_bucket*, apr_pool_t*) { return APR_SUCCESS; }

const apr_bucket_type_t kPartBucket = {
    "AUDIODL_PART",
    5,
    apr_bucket_type_t::APR_BUCKET_DATA,
    Destroy,
    ReadOrBreakOff,
    SetAside,
    apr_bucket_shared_split,
    apr_bucket_shared_copy,
};

}  // namespace

apr_bucket* NewPartBucket(PartSource& source, size_t slice, const ByteRange& bytes,
                          apr_bucket_alloc_t* allocator) {
  auto* bucket = static_cast<apr_bucket*>(apr_bucket_alloc(sizeof(apr_bucket), allocator));
  APR_BUCKET_INIT(bucket);
  bucket->free = apr_bucket_free;
  bucket->list = allocator;
  bucket->type = &kPartBucket;
  auto* data = static_cast<PartData*>(apr_bucket_alloc(sizeof(PartData), allocator));
  data->source = &source;
  data->slice = slice;
  return apr_bucket_shared_make(bucket, data, static_cast<apr_off_t>(bytes.offset), bytes.length);
}

bool IsPartBucket(const apr_bucket* bucket) { return bucket->type == &kPartBucket; }

ptrdiff_t SliceOf(const PartSource& source, const apr_bucket* bucket) {
  if (!IsPartBucket(bucket) || DataOf(bucket).source != &source) return -1;
  return static_cast<ptrdiff_t>(DataOf(bucket).slice);
}

void TurnIntoFile(apr_bucket* bucket, apr_file_t* file, apr_pool_t* pool) {
  void* data = bucket->data;
  const apr_size_t length = bucket->length;
  apr_bucket_file_make(bucket, file, bucket->start, length, pool);
  apr_bucket_file_enable_mmap(bucket, 0);
  Destroy(data);
}

}  // namespace audiodl
