// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What publishing says while it goes on: progress on a terminal, a line for each chunk, complaints
// about files that are not whole. One thread.

#ifndef AUDIODL_AUDIODL_PUBLISH_REPORT_H_
#define AUDIODL_AUDIODL_PUBLISH_REPORT_H_

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audiodl/command.h"
#include "audiodl/progress_line.h"
#include "common/publish/publish_observer.h"

namespace audiodl {

// Only the progress: a line on the terminal for what is being read or sent. Remembers what was.
class PublishLine : public PublishObserver {
 public:
  // Borrowed.
  explicit PublishLine(std::ostream& err) : err_(err) {}

  void OnStep(PublishStep step, std::string_view name) override;
  void OnProgress(PublishStep step, const SourceFile& source, uint64_t bytes) override;
  void OnStored(const SourceFile& source, ChunkFate fate, bool was_sent) override;

  // The chunks that are at the origin, as paths below the listing.
  std::vector<std::string> PathsIn(const std::string& book) const;
  size_t stored() const { return stored_.size(); }

 protected:
  // Before anything else is written.
  void Wipe() { line_.reset(); }

 private:
  std::ostream& err_;
  std::unique_ptr<ProgressLine> line_;
  std::vector<std::string> stored_;  // names
};

class PublishReport : public PublishLine {
 public:
  enum class Form : unsigned char { kText, kJson };

  PublishReport(const Command& command, const Console& console, Form form)
      : PublishLine(console.err), command_(command), console_(console), form_(form) {}

  void OnRefused(const Status& why) override;
  void OnStored(const SourceFile& source, ChunkFate fate, bool was_sent) override;

  size_t sent() const { return sent_; }

 private:
  const Command& command_;
  const Console console_;
  const Form form_;
  size_t sent_ = 0;
};

// "29.9 MB, 31:28.400, 128 kbit/s, 12 chapters": what is known of it.
std::string FactsText(const SourceFile& source);

// The same as members of a JSON object that begins with the chunk's name and `done`.
std::string FactsJson(const SourceFile& source, std::string_view done, bool was_sent);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_PUBLISH_REPORT_H_
