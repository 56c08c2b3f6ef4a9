// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a disk may hold after a power cut. Records, as a system call hook, everything that is
// written below a directory, and rebuilds from that what could be found there if the power had
// failed after any one of the calls.
//
// The model is harsher than any real file system, so that none needs to be trusted:
//  - what a file held when fdatasync() last returned for it is there;
//  - of each later write any piece may be there or not, in units of 512 bytes, whatever became of
//  the others;
//  - the file's length may be an older one;
//  - each name may mean any of the files it has meant so far, or none: nobody syncs directories.
//
// One thread.

#ifndef AUDIODL_TESTS_FAULT_SIMULATED_DISK_H_
#define AUDIODL_TESTS_FAULT_SIMULATED_DISK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/fault/system_calls.h"

namespace audiodl {

// How the unsynced is treated.
enum class Loss : unsigned char {
  kNothing,  // all of it is there: the process died, the machine did not
  kAll,      // none of it
  kWrites,   // some of the calls, each whole or not at all
  kPages,    // some of the 4 KiB pieces
  kSectors,  // some of the 512-byte pieces
};

class SimulatedDisk : public SystemCallHook {
 public:
  // What is below `dir` now is taken as synced.
  explicit SimulatedDisk(std::string dir);

  // A disk that says it has synced and has not: for showing that the simulation notices.
  void LieAboutSync() { lies_ = true; }

  Verdict Before(const SystemCall& call) override;
  void After(const SystemCall& call, int64_t result) override;

  // How many recorded calls there are: the power may fail before each, and after the last.
  size_t calls() const { return log_.size(); }

  // Makes below `target`, an empty directory, what the disk may hold if only the first `calls` were
  // made.
  void RebuildAfter(size_t calls, Loss loss, std::mt19937& random, const std::string& target) const;

 private:
  using FileId = size_t;

  struct Write {
    size_t call;
    uint64_t offset;
    std::string data;
  };
  struct File {
    std::string synced_before;  // what it held when recording began
    std::vector<Write> writes;
    std::vector<std::pair<size_t, uint64_t>> lengths;  // from that call on
    std::vector<size_t> syncs;
  };
  struct Name {
    std::vector<std::pair<size_t, std::optional<FileId>>> meanings;  // from that call on
  };

  bool IsOurs(const char* path) const;
  std::string Below(const std::string& path) const { return path.substr(dir_.size() + 1); }
  void Mean(const std::string& path, std::optional<FileId> file);
  std::optional<FileId> MeaningOf(const std::string& path) const;
  void Log(const char* what) { log_.emplace_back(what); }
  std::string Contents(const File& file, size_t calls, Loss loss, std::mt19937& random) const;

  const std::string dir_;
  bool lies_ = false;
  std::vector<File> files_;
  std::map<std::string, Name> names_;  // below dir_
  std::map<int, FileId> descriptors_;
  std::vector<std::string> log_;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FAULT_SIMULATED_DISK_H_
