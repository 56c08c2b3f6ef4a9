// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/index_pull.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "common/base/dates.h"
#include "common/base/file_io.h"
#include "common/base/json.h"
#include "common/base/json_text.h"
#include "common/base/new_file.h"
#include "common/stock/last_index.h"
#include "common/stock/listing_writer.h"
#include "common/stock/withdrawn_list.h"

namespace audiodl {
namespace {

constexpr size_t kMaxNoteBytes = 4096;
// A pull comes again in two seconds: it does not wait long for a publish on the same machine.
constexpr std::chrono::seconds kPatience{30};

std::string NotePath(const std::string& listing) { return listing + "/" + PulledNote::kFileName; }

}  // namespace

Result<PulledNote> PulledNote::Read(const std::string& listing) {
  const Result<std::string> text = ReadWholeFile(NotePath(listing), kMaxNoteBytes);
  if (text.status().code() == Code::kNotFound) return PulledNote();
  if (!text.ok()) return text.status();
  const Result<Json> document = Json::Parse(*text);
  PulledNote note;
  if (!document.ok()) return note;
  const Json* serial = document->Find("serial");
  const auto created = ParseIsoDate(document->StringAt("created").value_or(""));
  note.serial = serial == nullptr ? 0 : serial->AsUint().value_or(0);
  note.created = created.ok() ? created->time_since_epoch().count() : 0;
  note.etag = document->StringAt("etag").value_or("");
  return note;
}

Status PulledNote::Write(const std::string& listing) const {
  const auto pushed = std::chrono::sys_seconds(std::chrono::seconds(created));
  return WriteNewFile(NotePath(listing), JsonObject()
                                                 .Add("serial", serial)
                                                 .Add("created", FormatIsoDate(pushed))
                                                 .Add("etag", etag)
                                                 .Text() +
                                             "\n");
}

Status IndexPull::CheckHead(const StockIndex& index) {
  if (index.stock != StockName(settings_.origin)) {
    return Status::Invalid("the index is of " + index.stock +
                           ", and this server's AudioOrigin is " + StockName(settings_.origin));
  }
  if (index.serial >= note_->serial || settings_.force) return Status::Ok();
  return Status(Code::kChanged,
                "the index has the serial " + std::to_string(index.serial) +
                    ", and the one applied here last had " + std::to_string(note_->serial) +
                    ": an older one is not taken. The next push has a higher serial again; or, to "
                    "go back: --force");
}

Result<IndexPull::Part> IndexPull::FetchPart(const StockIndex& index, const IndexPart& part) {
  auto contents = std::make_shared<ListingContents>();
  Status status = FetchIndexPart(store_, settings_.origin, index, part, *contents);
  if (!status.ok()) return status;
  return Part(std::move(contents));
}

// Sets what is wanted, or leaves all as it is.
Status IndexPull::Take(const ObjectStore::Fetched& object) {
  Result<StockIndex> index = StockIndex::Open(object.body, settings_.keys);
  if (!index.ok()) return index.status();
  if (Status status = CheckHead(*index); !status.ok()) return status;
  std::map<std::string, Part> parts;
  ListingContents wanted;
  for (const IndexPart& part : index->parts) {
    const auto known = parts_.find(part.sha256);
    Result<Part> contents = known != parts_.end() ? known->second : FetchPart(*index, part);
    if (!contents.ok()) return contents.status();
    for (const auto& [name, book] : (*contents)->books) {
      if (!wanted.books.emplace(name, book).second) {
        return Status::Invalid("the index has a book in two parts");
      }
    }
    parts.insert_or_assign(part.sha256, std::move(contents).value());
    Progress(parts.size(), index->parts.size(), "parts");
  }
  if (wanted.MarkerCount() != index->markers) {
    return Status::Invalid("the index has other markers than it says");
  }
  index->inline_parts.clear();
  index_ = std::move(index).value();
  etag_ = object.info.etag;
  parts_ = std::move(parts);
  wanted_ = std::move(wanted);
  settled_ = false;
  return Status::Ok();
}

Status IndexPull::CheckDrop(size_t had, const ListingPlan& plan) const {
  // A server that was away does not need to be told again what was forced meanwhile.
  const bool forced = note_->serial != 0 && index_->forced > note_->serial;
  if (settings_.force || forced) return Status::Ok();
  return settings_.guard.Check(
      had, plan.unexplained,
      "audiodl listing push --force on the master, or audiodl listing pull --force here");
}

Status IndexPull::Note() {
  if (Status status = WithdrawnList::Of(wanted_).WriteIfOther(settings_.listing); !status.ok())
    return status;
  const PulledNote note{index_->serial, index_->created, etag_};
  if (note.serial == note_->serial && note.etag == note_->etag) return Status::Ok();
  // Nothing is synced, which may take long beside a cache that is being filled: after a power cut
  // the first Run() compares everything anyway, and the serial only ever refuses older indexes.
  if (Status status = note.Write(settings_.listing); !status.ok()) return status;
  note_ = note;
  return Status::Ok();
}

Result<PullReport> IndexPull::Reconcile() {
  Result<ListingWriter> writer = ListingWriter::Open(settings_.listing, kPatience);
  if (!writer.ok()) return writer.status();
  const Result<ListingContents> now = ScanListing(settings_.listing, nullptr);
  if (!now.ok()) return now.status();
  PullReport report;
  report.serial = index_->serial;
  report.created = index_->created;
  report.markers = wanted_.MarkerCount();
  report.plan = PlanChanges(*now, wanted_);
  if (Status status = CheckDrop(now->MarkerCount(), report.plan); !status.ok()) return status;
  if (settings_.dry_run) return report;
  const size_t steps = report.plan.steps();
  Status applied = Apply(report.plan, *writer,
                         [&](size_t done) { Progress(done, steps, "markers and manifests"); });
  if (!applied.ok()) return applied;
  if (Status status = Note(); !status.ok()) return status;
  settled_ = true;
  compared_ = std::chrono::steady_clock::now();
  return report;
}

Result<PullReport> IndexPull::Run() {
  if (!note_) {
    struct stat info;
    if (stat(settings_.listing.c_str(), &info) != 0) {
      return Status::FromErrno(errno, "the listing " + settings_.listing);
    }
    Result<PulledNote> note = PulledNote::Read(settings_.listing);
    if (!note.ok()) return note.status();
    note_ = std::move(note).value();
  }
  const Result<std::optional<ObjectStore::Fetched>> fetched =
      store_.GetUnless(IndexKeyOf(settings_.origin), etag_, StockIndex::kMaxBytes);
  if (fetched.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound,
                  fetched.status().text() + "; has the master run: audiodl listing push?");
  }
  if (!fetched.ok()) return fetched.status();
  if (fetched->has_value()) {
    if (Status status = Take(fetched->value()); !status.ok()) return status;
  }
  const auto now = std::chrono::steady_clock::now();
  if (settled_ && now - compared_ < settings_.compare_all) {
    return PullReport{.serial = note_->serial,
                      .created = note_->created,
                      .markers = static_cast<size_t>(index_->markers)};
  }
  Result<PullReport> report = Reconcile();
  if (report.ok()) report->new_index = fetched->has_value();
  return report;
}

}  // namespace audiodl
