// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/page_request.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "common/answer/answer_page.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// An escape that is none stays as it is.
std::string FormDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && text.size() - i > 2 && HexValue(text[i + 1]) >= 0 &&
                        HexValue(text[i + 2]) >= 0;
    if (escape) {
      decoded += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

void Take(std::string_view name, const std::string& value, PageRequest& request,
          std::optional<std::string>& format) {
  if (name == "format") format = value;
  if (name == "part") request.part = value;
  if (name == "play") request.play = value;
  if (name == "t") request.start_seconds = ParseDecimal(value).value_or(0);
  if (name == "links") request.wants_signed_links = value == "signed";
  if (name == "device") request.device = std::string(Trim(value));
}

}  // namespace

Result<PageRequest> ParsePageRequest(std::string_view query, std::string_view accept) {
  PageRequest request;
  std::optional<std::string> format;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t equals = std::min(parameter.find('='), parameter.size());
    const std::string_view value = parameter.substr(std::min(equals + 1, parameter.size()));
    Take(parameter.substr(0, equals), FormDecoded(value), request, format);
  }
  if (!format) {
    request.is_negotiated = true;
    if (ChooseForm(accept) == AnswerForm::kJson) request.format = BookFormat::kJson;
    return request;
  }
  const BookFormatInfo* info = FindBookFormat(*format);
  if (info == nullptr) return Status::Invalid("there is no format \"" + Printable(*format) + "\"");
  request.format = info->format;
  return request;
}

}  // namespace audiodl
