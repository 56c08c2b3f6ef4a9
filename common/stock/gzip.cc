// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

namespace audiodl {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way of asking for gzip's frame
constexpr size_t kPiece = size_t{256} * 1024;

Bytef* AsBytes(std::string_view text) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}

uInt AsLength(std::string_view text) {
  if (text.size() > std::numeric_limits<uInt>::max()) throw std::length_error("gzip: 4 GiB");
  return static_cast<uInt>(text.size());
}

// Frees what zlib keeps.
struct Inflater {
  z_stream stream = {};
  Inflater() {
    if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

}  // namespace

std::string Gzip(std::string_view text) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 9,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = AsBytes(text);
  stream.avail_in = AsLength(text);
  stream.next_out = AsBytes(out);
  stream.avail_out = AsLength(out);
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("zlib's bound did not hold");
  return out;
}

Result<std::string> Gunzip(std::string_view bytes, size_t limit) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_in = AsBytes(bytes);
  stream.avail_in = AsLength(bytes);
  std::string out;
  for (;;) {
    const size_t had = out.size();
    if (had > limit) return Status::Invalid("it unpacks to more than it may");
    out.resize(had + kPiece);
    stream.next_out = AsBytes(std::string_view(out).substr(had));
    stream.avail_out = kPiece;
    const int result = inflate(&stream, Z_NO_FLUSH);
    out.resize(had + kPiece - stream.avail_out);
    if (result == Z_STREAM_END) break;
    if (result != Z_OK || (stream.avail_in == 0 && out.size() == had)) {
      return Status::Invalid("it is no gzip, or is cut or damaged");
    }
  }
  if (stream.avail_in != 0) return Status::Invalid("something stands behind its end");
  if (out.size() > limit) return Status::Invalid("it unpacks to more than it may");
  return out;
}

}  // namespace audiodl
