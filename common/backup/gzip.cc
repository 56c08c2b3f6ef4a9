// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/backup/gzip.h"

#include <zlib.h>

#include <array>
#include <new>

namespace audiodl {
namespace {

// The largest window, and 16 more: gzip's header in place of zlib's own.
constexpr int kGzipWindow = MAX_WBITS + 16;
constexpr int kMemory = 8;  // zlib's default
constexpr size_t kPiece = size_t{64} << 10;
// What zlib counts in 32 bits is fed in pieces.
constexpr size_t kMaxInput = size_t{1} << 30;

void SetInput(z_stream& stream, std::string_view data) {
  // zlib does not write there; its interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
}

}  // namespace

GzipWriter::GzipWriter() : stream_(std::make_unique<z_stream>()) {
  if (deflateInit2(stream_.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

GzipWriter::~GzipWriter() { deflateEnd(stream_.get()); }

void GzipWriter::Deflate(std::string_view data, int flush, std::string& out) {
  SetInput(*stream_, data);
  std::array<char, kPiece> piece;
  do {
    stream_->next_out = reinterpret_cast<Bytef*>(piece.data());
    stream_->avail_out = piece.size();
    deflate(stream_.get(), flush);
    out.append(piece.data(), piece.size() - stream_->avail_out);
  } while (stream_->avail_out == 0);
}

void GzipWriter::Write(std::string_view data, std::string& out) {
  for (; !data.empty(); data.remove_prefix(std::min(data.size(), kMaxInput))) {
    Deflate(data.substr(0, kMaxInput), Z_NO_FLUSH, out);
  }
}

void GzipWriter::Finish(std::string& out) { Deflate({}, Z_FINISH, out); }

GzipReader::GzipReader(Sink sink) : sink_(std::move(sink)), stream_(std::make_unique<z_stream>()) {
  if (inflateInit2(stream_.get(), kGzipWindow) != Z_OK) throw std::bad_alloc();
}

GzipReader::~GzipReader() { inflateEnd(stream_.get()); }

Status GzipReader::Write(std::string_view data) {
  std::array<char, kPiece> piece;
  SetInput(*stream_, data.substr(0, kMaxInput));
  while (stream_->avail_in > 0) {
    if (whole_) inflateReset(stream_.get());
    whole_ = false;
    int result = Z_OK;
    do {
      stream_->next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_->avail_out = piece.size();
      result = inflate(stream_.get(), Z_NO_FLUSH);
      if (result == Z_MEM_ERROR) throw std::bad_alloc();
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return Status(Code::kCorrupt, std::string("it is damaged, or no gzip file (") +
                                          (stream_->msg != nullptr ? stream_->msg : "zlib") + ")");
      }
      const Status passed = sink_({piece.data(), piece.size() - stream_->avail_out});
      if (!passed.ok()) return passed;
    } while (stream_->avail_out == 0 && result != Z_STREAM_END);
    whole_ = result == Z_STREAM_END;
  }
  return data.size() > kMaxInput ? Write(data.substr(kMaxInput)) : Status::Ok();
}

Status GzipReader::Finish() const {
  if (whole_) return Status::Ok();
  return Status(Code::kCorrupt, "its end is missing: it was cut");
}

}  // namespace audiodl
