// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/apply_copy.h"

#include <cstdlib>
#include <memory>

#include "common/stock/listing_writer.h"
#include "common/stock/withdrawn_list.h"

namespace audiodl {
namespace {

struct FreeDeleter {
  void operator()(char* text) const { std::free(text); }
};

// With a slash at its end; as it is where there is no such folder.
std::string RealPath(const std::string& path) {
  const std::unique_ptr<char, FreeDeleter> real(realpath(path.c_str(), nullptr));
  return std::string(real ? real.get() : path.c_str()) + "/";
}

Status CheckApart(const ApplyRequest& request) {
  const std::string copy = RealPath(request.copy);
  const std::string listing = RealPath(request.listing);
  if (!copy.starts_with(listing) && !listing.starts_with(copy)) return Status::Ok();
  return Status::Invalid("the copy " + request.copy + " and the listing " + request.listing +
                         " must be two folders, neither within the other");
}

}  // namespace

Result<ListingPlan> ApplyCopy(const ApplyRequest& request) {
  if (Status status = CheckApart(request); !status.ok()) return status;
  const Result<ListingContents> wanted = ReadListing(request.copy);
  if (!wanted.ok()) return wanted.status();
  Result<ListingWriter> writer = ListingWriter::Open(request.listing);
  if (!writer.ok()) return writer.status();
  const Result<ListingContents> now = ScanListing(request.listing, nullptr);
  if (!now.ok()) return now.status();
  ListingPlan plan = PlanChanges(*now, *wanted);
  if (!request.force) {
    const Status held = request.guard.Check(now->MarkerCount(), plan.unexplained, "--force");
    if (!held.ok()) return held;
  }
  if (request.dry_run) return plan;
  const size_t steps = plan.steps();
  Status applied = Apply(plan, *writer, [&](size_t done) {
    if (request.progress) request.progress(done, steps);
  });
  if (!applied.ok()) return applied;
  if (Status status = WithdrawnList::Of(*wanted).WriteIfOther(request.listing); !status.ok()) {
    return status;
  }
  return plan;
}

}  // namespace audiodl
