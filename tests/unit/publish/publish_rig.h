// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A shop in a temporary directory: masters, an origin that is a folder, a listing.

#ifndef AUDIODL_TESTS_UNIT_PUBLISH_PUBLISH_RIG_H_
#define AUDIODL_TESTS_UNIT_PUBLISH_PUBLISH_RIG_H_

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/file_io.h"
#include "common/book/manifest.h"
#include "common/publish/publisher.h"
#include "common/publish/withdrawer.h"
#include "common/s3write/file_store.h"
#include "tests/unit/audio/mp3_sample.h"
#include "tests/unit/cache/temp_dir.h"

namespace audiodl {

// Notes what it is told.
class NotingObserver : public PublishObserver {
 public:
  void OnStep(PublishStep step, std::string_view name) override {
    steps.emplace_back(step, std::string(name));
  }
  void OnRefused(const Status& why) override { refused.push_back(why.text()); }
  void OnStored(const SourceFile& source, ChunkFate fate, bool was_sent) override {
    fates[source.name] = fate;
    if (was_sent) ++sent;
  }

  std::vector<std::pair<PublishStep, std::string>> steps;
  std::vector<std::string> refused;
  std::map<std::string, ChunkFate> fates;
  int sent = 0;
};

class PublishRig {
 public:
  static constexpr char kBook[] = "fantasy/dune";

  PublishRig() : store_(dir_.Of("origin")) {
    for (const char* name : {"origin", "listing", "master"}) {
      std::filesystem::create_directory(dir_.Of(name));
    }
  }

  PublishPlace Place() {
    return {.store = store_,
            .origin = Origin::Parse("file://" + dir_.Of("origin")).value(),
            .listing = dir_.Of("listing")};
  }

  void WriteMaster(const std::string& name, const std::string& bytes) const {
    std::ofstream(dir_.Of("master/" + name), std::ios::binary) << bytes;
  }
  PublishJob Job() const { return {.book = kBook, .paths = {dir_.Of("master")}}; }

  // With an observer of its own, which the caller may want to see.
  Status Publish(NotingObserver& observer) { return PublishJobOf(observer).status(); }
  Status Publish() {
    NotingObserver observer;
    return Publish(observer);
  }
  // Whose fault it is.
  PublishEnd PublishJobOf(NotingObserver& observer) {
    return Publisher(Place(), observer).Publish(Job());
  }

  Result<std::vector<WithdrawnChunk>> Withdraw(const WithdrawJob& job) {
    NotingObserver observer;
    return Withdrawer(Place(), observer).Withdraw(job);
  }
  // With its objects.
  Result<std::vector<WithdrawnChunk>> Erase(WithdrawJob job) {
    job.objects = WithdrawJob::Objects::kDelete;
    return Withdraw(job);
  }

  std::string ObjectPath(const std::string& name) const {
    return dir_.Of("origin/" + std::string(kBook) + "/" + name);
  }
  std::string MarkerPath(const std::string& name) const {
    return dir_.Of("listing/" + std::string(kBook) + "/" + name);
  }
  std::string ManifestPath() const { return MarkerPath(Manifest::kFileName); }

  bool IsListed(const std::string& name) const {
    struct stat info = {};
    return stat(MarkerPath(name).c_str(), &info) == 0 && info.st_size == 0;
  }
  int64_t MarkerTime(const std::string& name) const {
    struct stat info = {};
    REQUIRE(stat(MarkerPath(name).c_str(), &info) == 0);
    return int64_t{info.st_mtim.tv_sec} * 1000000000 + info.st_mtim.tv_nsec;
  }
  // Empty where there is none.
  std::string Object(const std::string& name) const {
    const Result<std::string> bytes = ReadWholeFile(ObjectPath(name), 64 << 20);
    return bytes.ok() ? *bytes : std::string();
  }
  Manifest ReadManifest() const {
    return Manifest::Parse(ReadWholeFile(ManifestPath(), 1 << 20).value()).value();
  }

  const TempDir& dir() const { return dir_; }
  FileStore& store() { return store_; }

 private:
  TempDir dir_;
  FileStore store_;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_PUBLISH_PUBLISH_RIG_H_
