// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/s3_answers.h"

#include <optional>

#include "common/base/dates.h"
#include "common/base/text.h"
#include "common/s3/s3_error.h"
#include "common/s3write/xml_document.h"

namespace audiodl {
namespace {

Status Odd(std::string_view what) {
  return Status(Code::kUnreachable, "the answer is not S3's: " + std::string(what) +
                                        "; check endpoint= and style= in AudioOrigin");
}

// The root, if that is its name.
Result<XmlNode> ParseRoot(std::string_view xml, std::string_view name) {
  Result<XmlNode> root = ParseXml(xml);
  if (!root.ok()) return Odd(root.status().text());
  if (root->name != name) {
    return Odd("<" + Printable(root->name, 40) + "> instead of <" + std::string(name) + ">");
  }
  return root;
}

// Reads the fields of one element, and remembers the first that is not what it must be.
class Fields {
 public:
  explicit Fields(const XmlNode& node) : node_(node) {}

  std::string Text(std::string_view name) {
    const std::string_view text = node_.TextOf(name);
    if (text.empty()) Miss(name);
    return std::string(text);
  }
  uint64_t Number(std::string_view name) {
    const std::optional<uint64_t> number = ParseDecimal(node_.TextOf(name));
    if (!number) Miss(name);
    return number.value_or(0);
  }
  // Some servers leave the quotes out.
  std::string EntityTag(std::string_view name) {
    const std::string text = Text(name);
    return text.starts_with('"') ? text : "\"" + text + "\"";
  }
  // "2009-10-12T17:50:30.000Z": S3's milliseconds are always zero.
  std::chrono::sys_seconds Date(std::string_view name) {
    std::string text(node_.TextOf(name));
    const size_t dot = text.find('.');
    if (dot != std::string::npos && text.ends_with('Z')) text.replace(dot, text.size() - dot, "Z");
    const Result<std::chrono::sys_seconds> date = ParseIsoDate(text);
    if (!date.ok()) Miss(name);
    return date.ok() ? *date : std::chrono::sys_seconds{};
  }
  // Blanks at a key's ends are encoded, so trimming takes none away.
  std::string Encoded(std::string_view name) {
    Result<std::string> text = UrlDecode(node_.TextOf(name));
    if (!text.ok() || text->empty()) Miss(name);
    return text.ok() ? *std::move(text) : std::string();
  }
  bool IsTruncated() {
    const std::string_view text = node_.TextOf("IsTruncated");
    if (text != "true" && text != "false") Miss("IsTruncated");
    return text == "true";
  }

  Status Outcome() const { return wrong_.empty() ? Status::Ok() : Odd(wrong_); }

 private:
  void Miss(std::string_view name) {
    if (!wrong_.empty()) return;
    wrong_ = "<" + std::string(name) + "> is missing or malformed in <" + node_.name + ">";
  }

  const XmlNode& node_;
  std::string wrong_;
};

std::optional<int> HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace

Result<std::string> UrlDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    const auto high = i + 2 < text.size() ? HexDigit(text[i + 1]) : std::nullopt;
    const auto low = i + 2 < text.size() ? HexDigit(text[i + 2]) : std::nullopt;
    if (!high || !low) return Status::Invalid("a broken escape");
    out.push_back(static_cast<char>(*high << 4 | *low));
    i += 2;
  }
  return out;
}

Result<ObjectPage> ParseObjectPage(std::string_view xml) {
  const Result<XmlNode> root = ParseRoot(xml, "ListBucketResult");
  if (!root.ok()) return root.status();
  ObjectPage page;
  for (const XmlNode* node : root->All("Contents")) {
    Fields fields(*node);
    page.objects.push_back({.key = fields.Encoded("Key"),
                            .size = fields.Number("Size"),
                            .etag = fields.EntityTag("ETag"),
                            .last_modified = fields.Date("LastModified"),
                            .storage_class = std::string(node->TextOf("StorageClass"))});
    if (Status status = fields.Outcome(); !status.ok()) return status;
  }
  Fields fields(*root);
  if (fields.IsTruncated()) page.next = fields.Text("NextContinuationToken");
  if (Status status = fields.Outcome(); !status.ok()) return status;
  return page;
}

Result<UploadPage> ParseUploadPage(std::string_view xml) {
  const Result<XmlNode> root = ParseRoot(xml, "ListMultipartUploadsResult");
  if (!root.ok()) return root.status();
  UploadPage page;
  for (const XmlNode* node : root->All("Upload")) {
    Fields fields(*node);
    page.uploads.push_back({.key = fields.Encoded("Key"),
                            .id = fields.Text("UploadId"),
                            .initiated = fields.Date("Initiated")});
    if (Status status = fields.Outcome(); !status.ok()) return status;
  }
  Fields fields(*root);
  if (fields.IsTruncated()) {
    page.next_key = fields.Encoded("NextKeyMarker");
    page.next_id = fields.Text("NextUploadIdMarker");
  }
  if (Status status = fields.Outcome(); !status.ok()) return status;
  return page;
}

Result<PartPage> ParsePartPage(std::string_view xml) {
  const Result<XmlNode> root = ParseRoot(xml, "ListPartsResult");
  if (!root.ok()) return root.status();
  PartPage page;
  for (const XmlNode* node : root->All("Part")) {
    Fields fields(*node);
    page.parts.push_back({.number = static_cast<uint32_t>(fields.Number("PartNumber")),
                          .size = fields.Number("Size"),
                          .etag = fields.EntityTag("ETag")});
    if (Status status = fields.Outcome(); !status.ok()) return status;
  }
  Fields fields(*root);
  if (fields.IsTruncated())
    page.next = static_cast<uint32_t>(fields.Number("NextPartNumberMarker"));
  if (Status status = fields.Outcome(); !status.ok()) return status;
  return page;
}

Result<std::string> ParseCreatedUpload(std::string_view xml) {
  const Result<XmlNode> root = ParseRoot(xml, "InitiateMultipartUploadResult");
  if (!root.ok()) return root.status();
  Fields fields(*root);
  std::string id = fields.Text("UploadId");
  if (Status status = fields.Outcome(); !status.ok()) return status;
  return id;
}

Result<std::string> ParseCompletedUpload(std::string_view xml) {
  if (!S3ErrorCode(xml).empty())
    return ClassifyError({.http_status = 500, .body = std::string(xml)});
  const Result<XmlNode> root = ParseRoot(xml, "CompleteMultipartUploadResult");
  if (!root.ok()) return root.status();
  Fields fields(*root);
  std::string etag = fields.EntityTag("ETag");
  if (Status status = fields.Outcome(); !status.ok()) return status;
  return etag;
}

std::string CompletionXml(const std::vector<UploadedPart>& parts) {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const UploadedPart& part : parts) {
    xml += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>";
    for (const char c : part.etag) {
      if (c == '"')
        xml += "&quot;";
      else if (c == '&')
        xml += "&amp;";
      else if (c == '<')
        xml += "&lt;";
      else
        xml.push_back(c);
    }
    xml += "</ETag></Part>";
  }
  return xml + "</CompleteMultipartUpload>";
}

}  // namespace audiodl
