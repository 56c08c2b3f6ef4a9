// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/s3_multipart.h"

#include <optional>

#include "common/base/base64.h"
#include "common/base/digest.h"
#include "common/s3/entity_tag.h"

namespace audiodl {
namespace {

// S3 puts the parts together while nothing but blanks comes, or nothing at all.
constexpr std::chrono::seconds kCompletionStalled{600};

Md5Bytes Md5Of(std::string_view bytes) {
  Md5 digest;
  digest.Update(bytes);
  return digest.Final();
}

std::optional<uint8_t> HexByte(std::string_view two) {
  uint8_t byte = 0;
  for (const char c : two) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (c < 'a' || c > 'f')) return std::nullopt;
    byte = static_cast<uint8_t>(byte << 4 | (is_digit ? c - '0' : c - 'a' + 10));
  }
  return byte;
}

// The 16 bytes of "\"9bb5…\"" where that is 32 hex digits.
std::optional<std::string> Md5InTag(std::string_view etag) {
  if (etag.size() != 34) return std::nullopt;
  std::string bytes;
  for (size_t i = 1; i < 33; i += 2) {
    const std::optional<uint8_t> byte = HexByte(etag.substr(i, 2));
    if (!byte) return std::nullopt;
    bytes.push_back(static_cast<char>(*byte));
  }
  return bytes;
}

// Puts the caller's patience back.
class Patient {
 public:
  explicit Patient(S3Caller& caller) : caller_(caller), before_(caller.access().stalled) {
    caller.SetStalled(kCompletionStalled);
  }
  ~Patient() { caller_.SetStalled(before_); }
  Patient(const Patient&) = delete;
  Patient& operator=(const Patient&) = delete;

 private:
  S3Caller& caller_;
  const std::chrono::seconds before_;
};

Status WithKey(const std::string& key, const Status& status) {
  return Status(status.code(), key + ": " + status.text());
}

}  // namespace

NameValues ConditionHeaders(const PutOptions& options) {
  NameValues headers;
  if (!options.if_match.empty()) headers.emplace_back("if-match", options.if_match);
  if (options.if_absent) headers.emplace_back("if-none-match", "*");
  return headers;
}

std::string MultipartEntityTag(const std::vector<UploadedPart>& parts) {
  Md5 digest;
  for (const UploadedPart& part : parts) {
    const std::optional<std::string> md5 = Md5InTag(part.etag);
    if (!md5) return {};
    digest.Update(*md5);
  }
  return "\"" + HexEncode(digest.Final()) + "-" + std::to_string(parts.size()) + "\"";
}

Result<std::string> S3Multipart::Create(const PutOptions& options) {
  const Result<S3Reply> reply = caller_.Call({.method = CallMethod::kPost,
                                              .key = key_,
                                              .query = {{"uploads", ""}},
                                              .headers = {{"content-type", options.content_type}}});
  if (!reply.ok()) return reply.status();
  Result<std::string> id = ParseCreatedUpload(reply->body);
  if (!id.ok()) return WithKey(key_, id.status());
  return id;
}

Result<UploadedPart> S3Multipart::UploadPart(const std::string& id, uint32_t number,
                                             std::string_view bytes) {
  const Result<S3Reply> reply =
      caller_.Call({.method = CallMethod::kPut,
                    .key = key_,
                    .query = {{"partNumber", std::to_string(number)}, {"uploadId", id}},
                    .headers = {{"content-md5", Base64Encode(Md5Of(bytes))}},
                    .body = bytes});
  if (!reply.ok()) return reply.status();
  const std::string etag(reply->headers.Find("etag"));
  if (etag.empty()) {
    return Status(Code::kUnreachable, key_ + ": the origin gave a part no entity tag");
  }
  return UploadedPart{.number = number, .size = bytes.size(), .etag = etag};
}

Result<std::vector<UploadedPart>> S3Multipart::ListParts(const std::string& id) {
  std::vector<UploadedPart> all;
  NameValues query = {{"uploadId", id}};
  for (uint32_t marker = 0;;) {
    const Result<S3Reply> reply =
        caller_.Call({.method = CallMethod::kGet, .key = key_, .query = query});
    if (!reply.ok()) return reply.status();
    Result<PartPage> page = ParsePartPage(reply->body);
    if (!page.ok()) return WithKey(key_, page.status());
    all.insert(all.end(), page->parts.begin(), page->parts.end());
    if (page->next == 0) return all;
    if (page->next <= marker) {
      return Status(Code::kUnreachable, key_ + ": the origin's list of parts does not end");
    }
    marker = page->next;
    query = {{"uploadId", id}, {"part-number-marker", std::to_string(marker)}};
  }
}

Result<std::string> S3Multipart::CompleteOnce(const std::string& id, const std::string& xml,
                                              const PutOptions& options) {
  NameValues headers = ConditionHeaders(options);
  headers.emplace_back("content-type", "application/xml");
  const Result<S3Reply> reply = caller_.CallOnce({.method = CallMethod::kPost,
                                                  .key = key_,
                                                  .query = {{"uploadId", id}},
                                                  .headers = std::move(headers),
                                                  .body = xml});
  if (!reply.ok()) return reply.status();
  Result<std::string> etag = ParseCompletedUpload(reply->body);
  if (!etag.ok()) return WithKey(key_, etag.status());
  return etag;
}

Result<std::string> S3Multipart::FindCompleted(const std::string& expected, const Status& failure) {
  const Result<S3Reply> reply = caller_.Call({.method = CallMethod::kHead, .key = key_});
  if (!reply.ok() || expected.empty()) return failure;
  if (reply->headers.Find("etag") != expected) return failure;
  return expected;
}

Result<std::string> S3Multipart::Complete(const std::string& id,
                                          const std::vector<UploadedPart>& parts,
                                          const PutOptions& options) {
  const Patient patient(caller_);
  const std::string xml = CompletionXml(parts);
  bool answer_was_lost = false;
  for (Retries retries(caller_.access().retries);;) {
    Result<std::string> etag = CompleteOnce(id, xml, options);
    const Code code = etag.status().code();
    // Then the first attempt may have done it.
    if (answer_was_lost && (code == Code::kNotFound || code == Code::kChanged)) {
      return FindCompleted(MultipartEntityTag(parts), etag.status());
    }
    if (!retries.WaitBeforeNext(etag.status())) return etag;
    answer_was_lost = true;
  }
}

Status S3Multipart::Abort(const std::string& id) {
  const Result<S3Reply> reply =
      caller_.Call({.method = CallMethod::kDelete, .key = key_, .query = {{"uploadId", id}}});
  return reply.status().code() == Code::kNotFound ? Status::Ok() : reply.status();
}

Status ListUploads(S3Caller& caller, const std::string& prefix,
                   const std::function<bool(const OpenUpload&)>& visit) {
  NameValues query = {{"uploads", ""}, {"prefix", prefix}, {"encoding-type", "url"}};
  const size_t first_page = query.size();
  for (;;) {
    const Result<S3Reply> reply = caller.Call({.method = CallMethod::kGet, .query = query});
    if (!reply.ok()) return reply.status();
    const Result<UploadPage> page = ParseUploadPage(reply->body);
    if (!page.ok()) return page.status();
    for (const OpenUpload& upload : page->uploads) {
      if (!visit(upload)) return Status::Ok();
    }
    if (page->next_key.empty()) return Status::Ok();
    const NameValues markers = {{"key-marker", page->next_key},
                                {"upload-id-marker", page->next_id}};
    if (query.size() > first_page && query.back() == markers.back() &&
        query[first_page] == markers.front()) {
      return Status(Code::kUnreachable, "the origin's list of uploads does not end");
    }
    query.resize(first_page);
    query.insert(query.end(), markers.begin(), markers.end());
  }
}

}  // namespace audiodl
