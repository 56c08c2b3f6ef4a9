// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/publish_report.h"

#include <ostream>

#include "common/audio/mp3_scan.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

constexpr size_t kMaxShown = 255;

std::string_view FateWord(ChunkFate fate) {
  switch (fate) {
    case ChunkFate::kAdded:
      return "added";
    case ChunkFate::kReplaced:
      return "replaced";
    case ChunkFate::kUnchanged:
      return "unchanged";
  }
  return "";
}

std::string Doing(PublishStep step) {
  if (step == PublishStep::kInspect) return "reading ";
  return step == PublishStep::kUpload ? "sending " : "comparing ";
}

}  // namespace

std::string FactsText(const SourceFile& source) {
  std::string text = FormatSize(source.size);
  const AudioFacts& facts = source.facts;
  if (facts.duration) text += ", " + FormatTime(*facts.duration);
  if (facts.bitrate > 0) text += ", " + std::to_string((facts.bitrate + 500) / 1000) + " kbit/s";
  if (facts.chapters.size() > 1) text += ", " + std::to_string(facts.chapters.size()) + " chapters";
  return text;
}

std::string FactsJson(const SourceFile& source, std::string_view done, bool was_sent) {
  JsonObject json;
  json.Add("chunk", source.name).Add("done", done).Add("sent", was_sent).Add("size", source.size);
  if (source.facts.duration) {
    json.Add("duration_ms", static_cast<uint64_t>(source.facts.duration->count()));
  }
  if (source.facts.bitrate > 0) json.Add("bitrate", uint64_t{source.facts.bitrate});
  json.Add("sha256", source.sha256);
  if (!source.facts.warning.empty()) json.Add("warning", source.facts.warning);
  return json.Text();
}

void PublishLine::OnStep(PublishStep /*step*/, std::string_view /*name*/) { line_.reset(); }

void PublishLine::OnProgress(PublishStep step, const SourceFile& source, uint64_t bytes) {
  if (!line_) {
    line_ = std::make_unique<ProgressLine>(err_, Doing(step) + source.name, source.size);
  }
  line_->Update(bytes);
}

void PublishLine::OnStored(const SourceFile& source, ChunkFate /*fate*/, bool /*was_sent*/) {
  stored_.push_back(source.name);
}

std::vector<std::string> PublishLine::PathsIn(const std::string& book) const {
  std::vector<std::string> paths;
  for (const std::string& name : stored_) paths.push_back(book + "/" + name);
  return paths;
}

void PublishReport::OnRefused(const Status& why) {
  Wipe();
  console_.err << "audiodl " << command_.name << ": " << why.text() << "\n";
}

void PublishReport::OnStored(const SourceFile& source, ChunkFate fate, bool was_sent) {
  Wipe();
  PublishLine::OnStored(source, fate, was_sent);
  if (was_sent) ++sent_;
  if (!source.facts.warning.empty()) {
    console_.err << "audiodl " << command_.name << ": " << source.path << ": "
                 << source.facts.warning << "\n";
  }
  if (form_ == Form::kJson) {
    console_.out << FactsJson(source, FateWord(fate), was_sent) << "\n";
    return;
  }
  console_.out << Printable(source.name, kMaxShown) << ": " << FateWord(fate)
               << (was_sent || fate == ChunkFate::kUnchanged ? "" : " (was there already)") << ", "
               << FactsText(source) << "\n";
}

}  // namespace audiodl
