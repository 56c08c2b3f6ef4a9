// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/page_frame.h"

#include <set>
#include <string_view>

#include "common/base/base64.h"
#include "common/base/digest.h"
#include "common/book/page_style.h"
#include "common/book/page_url.h"

namespace audiodl {
namespace {

void WriteAlternate(MarkupWriter& page, const BookAddress& address, BookFormat format) {
  page.Empty("link", {{"rel", "alternate"},
                      {"type", InfoOf(format).type.substr(0, InfoOf(format).type.find(';'))},
                      {"href", address.FormatPath(format)}});
}

void WriteStyle(MarkupWriter& page, const std::string& css) {
  if (css.empty()) {
    page.Open("style").Raw(kPageStyle).Close().Line();
  } else {
    page.Empty("link", {{"rel", "stylesheet"}, {"href", css}});
  }
}

}  // namespace

void OpenPage(MarkupWriter& page, const PageHead& head) {
  page.Raw("<!DOCTYPE html>\n").Open("html", {{"lang", "en"}}).Line().Open("head").Line();
  page.Empty("meta", {{"charset", "utf-8"}});
  page.Empty("meta", {{"name", "viewport"}, {"content", "width=device-width,initial-scale=1"}});
  page.Empty("meta", {{"name", "robots"}, {"content", "noindex"}});
  page.Empty("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  page.Leaf("title", head.title);
  WriteStyle(page, head.css);
  for (const BookFormat format : head.alternates) WriteAlternate(page, head.address, format);
  page.Close().Line().Open("body").Line().Open("main", {{"class", "audiodl"}}).Line();
}

void ClosePage(MarkupWriter& page) { page.Close().Line().Close().Line().Close().Line(); }

std::string PagePolicy(const std::string& css, const std::vector<std::string>& covers) {
  std::set<std::string> images;
  for (const std::string& cover : covers) {
    if (!cover.empty()) images.insert(PolicySourceOf(cover));
  }
  std::string policy = "default-src 'none'; style-src ";
  policy +=
      css.empty() ? "'sha256-" + Base64Encode(Sha256Of(kPageStyle)) + "'" : PolicySourceOf(css);
  if (!images.empty()) {
    policy += "; img-src";
    for (const std::string& image : images) policy += " " + image;
  }
  return policy + "; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
}

}  // namespace audiodl
