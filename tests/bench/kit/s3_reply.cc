// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/kit/s3_reply.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace audiodl::bench {
namespace {

// The value of "NAME: VALUE", or nothing where the line has another name.
std::optional<std::string_view> FieldIn(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':' ||
      strncasecmp(line.data(), name.data(), name.size()) != 0) {
    return std::nullopt;
  }
  line.remove_prefix(name.size() + 1);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line;
}

std::string_view TakeWord(std::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// RFC 9110 section 14.1.2. Nothing: a range of no bytes, for 416. What is no single range is
// ignored, as S3 does, and gives all of the object.
std::optional<Span> SpanOf(std::string_view range, uint64_t size) {
  const Span all{0, size};
  const size_t dash = range.find('-');
  if (!range.starts_with("bytes=") || dash == std::string_view::npos) return all;
  const auto first = ParseNumber(range.substr(6, dash - 6));
  const auto last = ParseNumber(range.substr(dash + 1));
  if (!first && !last) return all;
  if (!first) return Span{size - std::min(*last, size), size};
  if (*first >= size) return std::nullopt;
  return Span{*first, last ? std::min(*last + 1, size) : size};
}

S3Reply ErrorReply(const S3Request& request, std::string_view status, std::string_view code,
                   std::string_view more = "") {
  const std::string body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" +
                           std::string(code) + "</Code></Error>";
  S3Reply reply;
  reply.head = "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: application/xml\r\n" +
               std::string(more) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  if (request.method != "HEAD") reply.head += body;
  return reply;
}

}  // namespace

S3Request ParseS3Request(std::string_view head) {
  S3Request request;
  std::string_view line = head.substr(0, head.find("\r\n"));
  const std::string_view method = TakeWord(line);
  const std::string_view target = TakeWord(line);
  if (line == "HTTP/1.1" && (method == "GET" || method == "HEAD")) request.method = method;
  const size_t mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  request.query = target.substr(std::min(mark + 1, target.size()));
  for (size_t end = 0; (end = head.find("\r\n")) != std::string_view::npos;) {
    head.remove_prefix(end + 2);
    const std::string_view field = head.substr(0, head.find("\r\n"));
    if (const auto value = FieldIn(field, "Range")) request.range = *value;
    if (const auto value = FieldIn(field, "If-Match")) request.if_match = *value;
    if (const auto value = FieldIn(field, "Connection")) request.keep_alive = *value != "close";
  }
  return request;
}

S3Reply ReplyTo(const S3Request& request, const StoredObject* object) {
  if (request.method.empty()) return ErrorReply(request, "405 Not Allowed", "MethodNotAllowed");
  if (object == nullptr) return ErrorReply(request, "404 Not Found", "NoSuchKey");
  if (!request.if_match.empty() && request.if_match != object->etag) {
    return ErrorReply(request, "412 Precondition Failed", "PreconditionFailed");
  }
  const std::string size = std::to_string(object->size);
  const std::optional<Span> span = SpanOf(request.range, object->size);
  if (!span) {
    return ErrorReply(request, "416 Requested Range Not Satisfiable", "InvalidRange",
                      "Content-Range: bytes */" + size + "\r\n");
  }
  S3Reply reply;
  reply.span = *span;
  if (request.method == "GET") reply.object = object;
  const bool partial = !request.range.empty() && span->length() < object->size;
  reply.head = partial ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " +
                             std::to_string(span->first) + "-" + std::to_string(span->beyond - 1) +
                             "/" + size + "\r\n"
                       : "HTTP/1.1 200 OK\r\n";
  reply.head +=
      "Server: AmazonS3\r\nAccept-Ranges: bytes\r\nContent-Type: audio/mpeg\r\nETag: " +
      object->etag + "\r\nLast-Modified: " + object->last_modified +
      "\r\nCache-Control: max-age=86400\r\nContent-Length: " + std::to_string(span->length()) +
      "\r\n\r\n";
  return reply;
}

S3Reply ReplyWith(std::string_view json) {
  S3Reply reply;
  reply.head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(json.size()) + "\r\n\r\n" + std::string(json);
  return reply;
}

}  // namespace audiodl::bench
