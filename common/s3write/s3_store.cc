// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/s3_store.h"

#include <optional>

#include "common/base/base64.h"
#include "common/base/digest.h"
#include "common/s3/byte_range.h"
#include "common/s3write/s3_file_upload.h"
#include "common/s3write/s3_multipart.h"

namespace audiodl {
namespace {

// A stream's first parts; each thousand of them is of twice the size of the thousand before, so
// that ten thousand reach S3's largest object.
constexpr uint64_t kStreamPartBytes = uint64_t{8} << 20;
constexpr uint32_t kPartsOfOneSize = 1000;

uint64_t StreamPartBytes(uint32_t number) {
  return kStreamPartBytes << ((number - 1) / kPartsOfOneSize);
}

Md5Bytes Md5Of(std::string_view bytes) {
  Md5 digest;
  digest.Update(bytes);
  return digest.Final();
}

Status NoEntityTag(const std::string& key) {
  return Status(Code::kUnreachable, key + ": the origin's answer has no entity tag");
}

// The object's own failure to be what it was promised to be, as opposed to a sink's status.
Status WithKey(const std::string& key, const Status& status) {
  return Status(status.code(), key + ": " + status.text());
}

// Ceph compares If-Match with the bare tag where an object is written, and with the quoted one
// (RFC 9110 section 13.1.1) where it is read. False: they are off already, or there is none.
bool TakeQuotesOff(NameValues& headers) {
  for (auto& [name, value] : headers) {
    if (name != "if-match" || value.size() < 2 || !value.starts_with('"')) continue;
    value = value.substr(1, value.size() - 2);
    return true;
  }
  return false;
}

}  // namespace

Result<ObjectInfo> S3Store::Head(const std::string& key) {
  const Result<S3Reply> reply = caller_.Call(
      {.method = CallMethod::kHead, .key = key, .headers = {{"x-amz-checksum-mode", "ENABLED"}}});
  if (!reply.ok()) return reply.status();
  Result<ObjectInfo> info = ParseObjectInfo(reply->headers);
  if (!info.ok()) return Status(Code::kUnreachable, key + ": " + info.status().text());
  return info;
}

// How far a download has come.
struct S3Store::Received {
  std::optional<ObjectInfo> info;
  uint64_t bytes = 0;
  Status sinks;  // what the sink ended it with
};

// Takes it up where it was.
Status S3Store::GetOn(const std::string& key, const BodySink& sink, Received& received) {
  S3Call call = {.method = CallMethod::kGet, .key = key};
  AskedFor asked;
  if (received.bytes > 0) {
    asked.range = ByteRange{received.bytes, received.info->size - received.bytes};
    asked.known = &*received.info;
    const Result<std::string> range = RangeHeader(*asked.range);
    if (!range.ok()) return range.status();
    call.headers = {{"range", *range}, {"if-match", received.info->etag}};
  }
  bool judged = false;
  const auto judge = [&](const ResponseHeaders& headers) {
    judged = true;
    const Result<Body> body = CheckBody(headers, asked);
    if (body.ok() && received.bytes == 0) received.info = body->info;
    return body.ok() ? Status::Ok() : WithKey(key, body.status());
  };
  const Result<S3Reply> reply =
      caller_.CallOnce(call, [&](const ResponseHeaders& headers, std::string_view bytes) {
        if (!judged) {
          if (Status status = judge(headers); !status.ok()) return status;
        }
        received.sinks = sink(bytes);
        received.bytes += bytes.size();
        return received.sinks;
      });
  if (!received.sinks.ok()) return received.sinks;
  if (!reply.ok()) return reply.status();
  if (!judged) {  // no bytes came
    if (Status status = judge(reply->headers); !status.ok()) return status;
  }
  if (received.bytes == received.info->size) return Status::Ok();
  return Status(Code::kUnreachable, key + ": the origin's answer ended early");
}

Result<ObjectInfo> S3Store::Get(const std::string& key, const BodySink& sink) {
  Received received;
  for (Retries retries(caller_.access().retries);;) {
    const uint64_t before = received.bytes;
    const Status status = GetOn(key, sink, received);
    if (status.ok()) return *std::move(received.info);
    if (!received.sinks.ok()) return received.sinks;
    if (received.bytes > before) retries.Reset();
    if (!retries.WaitBeforeNext(status)) return status;
  }
}

Result<std::optional<ObjectStore::Fetched>> S3Store::GetUnless(const std::string& key,
                                                               const std::string& etag,
                                                               size_t limit) {
  S3Call call = {.method = CallMethod::kGet, .key = key};
  if (!etag.empty()) call.headers = {{"if-none-match", etag}};
  Fetched fetched;
  const BodySink sink = Into(fetched.body, key, limit);
  const Result<S3Reply> reply = caller_.CallOnce(
      call, [&](const ResponseHeaders&, std::string_view bytes) { return sink(bytes); });
  if (!reply.ok()) return reply.status();
  if (reply->headers.http_status() == S3Caller::kNotModified) return std::optional<Fetched>();
  Result<Body> body = CheckBody(reply->headers, AskedFor());
  if (!body.ok()) return WithKey(key, body.status());
  fetched.info = std::move(body->info);
  if (fetched.body.size() != fetched.info.size) {
    return Status(Code::kUnreachable, key + ": the origin's answer ended early");
  }
  return std::optional<Fetched>(std::move(fetched));
}

bool S3Store::HasEntityTag(const std::string& key, const std::string& etag) {
  const Result<ObjectInfo> there = Head(key);
  return there.ok() && there->etag == etag;
}

Result<std::string> S3Store::Put(const std::string& key, std::string_view bytes,
                                 const PutOptions& options) {
  const Md5Bytes md5 = Md5Of(bytes);
  S3Call call = {.method = CallMethod::kPut,
                 .key = key,
                 .headers = {{"content-type", options.content_type},
                             {"content-md5", Base64Encode(md5)},
                             {"x-amz-checksum-sha256", Base64Encode(Sha256Of(bytes))}},
                 .body = bytes};
  for (auto& header : ConditionHeaders(options)) call.headers.push_back(std::move(header));
  bool answer_was_lost = false;
  for (Retries retries(caller_.access().retries);;) {
    const Result<S3Reply> reply = caller_.CallOnce(call);
    if (reply.ok()) {
      std::string etag(reply->headers.Find("etag"));
      if (etag.empty()) return NoEntityTag(key);
      return etag;
    }
    // The condition may not hold because the first attempt has done it.
    if (answer_was_lost && reply.status().code() == Code::kChanged) {
      const Result<ObjectInfo> there = Head(key);
      if (there.ok() && there->etag == "\"" + HexEncode(md5) + "\"") return there->etag;
    }
    if (reply.status().code() == Code::kChanged && HasEntityTag(key, options.if_match) &&
        TakeQuotesOff(call.headers)) {
      continue;
    }
    if (!retries.WaitBeforeNext(reply.status())) return reply.status();
    answer_was_lost = true;
  }
}

Status S3Store::Delete(const std::string& key) {
  const Status status = caller_.Call({.method = CallMethod::kDelete, .key = key}).status();
  return status.code() == Code::kNotFound ? Status::Ok() : status;
}

Status S3Store::List(const ListQuery& query, const Visitor& visit) {
  NameValues asked = {{"list-type", "2"}, {"prefix", query.prefix}, {"encoding-type", "url"}};
  if (!query.start_after.empty()) asked.emplace_back("start-after", query.start_after);
  const size_t first_page = asked.size();
  for (std::string last_key;;) {
    const Result<S3Reply> reply = caller_.Call({.method = CallMethod::kGet, .query = asked});
    if (!reply.ok()) return reply.status();
    const Result<ObjectPage> page = ParseObjectPage(reply->body);
    if (!page.ok()) return page.status();
    for (const StoredObject& object : page->objects) {
      if (!visit(object)) return Status::Ok();
    }
    if (page->next.empty()) return Status::Ok();
    if (page->objects.empty() || page->objects.back().key <= last_key) {
      return Status(Code::kUnreachable, "the origin's listing does not end");
    }
    last_key = page->objects.back().key;
    asked.resize(first_page);
    asked.emplace_back("continuation-token", page->next);
  }
}

Result<std::string> S3Store::UploadFile(const std::string& key, const std::string& path,
                                        const PutOptions& options, const Progress& progress) {
  return S3FileUpload(*this, caller_, {.key = key, .path = path, .options = options}).Run(progress);
}

Result<std::string> S3Store::UploadStream(const std::string& key, UploadSource& source,
                                          const PutOptions& options, const Progress& progress) {
  std::string first;
  if (Status status = source.Read(kStreamPartBytes, first); !status.ok()) return status;
  PutOptions unconditional;
  unconditional.content_type = options.content_type;
  if (first.size() == kStreamPartBytes) {
    return UploadParts(key, source, std::move(first), unconditional, progress);
  }
  Result<std::string> etag = Put(key, first, unconditional);
  if (etag.ok() && progress) progress(first.size());
  return etag;
}

Result<std::string> S3Store::UploadParts(const std::string& key, UploadSource& source,
                                         std::string part, const PutOptions& options,
                                         const Progress& progress) {
  S3Multipart multipart(caller_, key);
  const Result<std::string> id = multipart.Create(options);
  if (!id.ok()) return id.status();
  const auto give_up = [&](const Status& status) {
    (void)multipart.Abort(*id);  // what is left of it will be stale one day
    return status;
  };
  std::vector<UploadedPart> parts;
  for (uint64_t sent = 0; !part.empty();) {
    const auto number = static_cast<uint32_t>(parts.size() + 1);
    Result<UploadedPart> uploaded = multipart.UploadPart(*id, number, part);
    if (!uploaded.ok()) return give_up(uploaded.status());
    parts.push_back(std::move(uploaded).value());
    sent += part.size();
    if (progress) progress(sent);
    part.clear();
    if (Status status = source.Read(StreamPartBytes(number + 1), part); !status.ok()) {
      return give_up(status);
    }
  }
  Result<std::string> etag = multipart.Complete(*id, parts, options);
  if (!etag.ok()) return give_up(etag.status());
  return etag;
}

Result<uint64_t> S3Store::RemoveStale(const StaleQuery& query) {
  const auto before = std::chrono::system_clock::now() - query.age;
  std::vector<OpenUpload> stale;
  Status status = ListUploads(caller_, query.prefix, [&](const OpenUpload& upload) {
    const bool is_meant = !query.is_meant || query.is_meant(upload.key);
    if (is_meant && upload.initiated < before) stale.push_back(upload);
    return true;
  });
  if (!status.ok()) return status;
  for (const OpenUpload& upload : stale) {
    status = S3Multipart(caller_, upload.key).Abort(upload.id);
    if (!status.ok()) return status;
  }
  return uint64_t{stale.size()};
}

}  // namespace audiodl
