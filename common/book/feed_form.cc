// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/feed_form.h"

#include "common/book/human_text.h"

namespace audiodl {
namespace {

void WriteFeed(MarkupWriter& page, const char* label, const char* id, const std::string& url) {
  if (url.empty()) return;
  page.Open("p").Leaf("label", label, {{"for", id}});
  page.Empty("input", {{"type", "url"}, {"id", id}, {"value", url}, {"readonly", ""}});
  page.Close().Line();
}

void WriteFeedsMade(MarkupWriter& page, const DeviceFeeds& feeds) {
  if (!feeds.problem.empty()) {
    page.Leaf("p", feeds.problem, {{"class", "problem"}, {"role", "alert"}});
    return;
  }
  if (feeds.book.empty() && feeds.library.empty()) return;
  page.Leaf("p", "For " + feeds.device + ", good until " + HumanDate(feeds.end) +
                     ". Add an address to your podcast app as a podcast by its URL. Whoever has "
                     "it hears your books: keep it to yourself.");
  WriteFeed(page, "This book", "feed-book", feeds.book);
  WriteFeed(page, "All your books", "feed-library", feeds.library);
}

}  // namespace

// By GET: nothing is changed by it, and nothing needs a script.
void WriteFeedForm(MarkupWriter& page, const std::string& path, const DeviceFeeds& feeds) {
  if (!feeds.offered) return;
  page.Open("section", {{"id", "podcast"}, {"aria-labelledby", "podcast-heading"}}).Line();
  page.Leaf("h2", "In a podcast app", {{"id", "podcast-heading"}});
  WriteFeedsMade(page, feeds);
  page.Open("form", {{"method", "get"}, {"action", path + "#podcast"}}).Line();
  page.Leaf("label", "Name of the device", {{"for", "device"}});
  page.Empty("input", {{"type", "text"},
                       {"id", "device"},
                       {"name", "device"},
                       {"value", feeds.device},
                       {"maxlength", "64"},
                       {"required", ""},
                       {"autocomplete", "off"},
                       {"aria-describedby", "device-hint"}});
  page.Leaf("button", "Make a feed address", {{"type", "submit"}});
  page.Leaf(
      "p",
      "Each device gets an address of its own. If one is lost, the shop can switch that off alone.",
      {{"class", "hint"}, {"id", "device-hint"}});
  page.Close().Line().Close().Line();
}

}  // namespace audiodl
