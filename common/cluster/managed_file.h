// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A configuration file of the system that others edit too, /etc/hosts above all, and how it is
// replaced: whoever is killed at whatever moment leaves the old text or the new one.
//
//   Result<ManagedFile> file = ManagedFile::Open({.path = "/etc/hosts"}, 30s);
//   Status status = file->Replace(NewTextFor(file->text()));
//
// The new text is written beside the file with its owner, mode and extended attributes, flushed to
// the disk, and renamed over it. A file that is a mount of its own, as containers have /etc/hosts,
// cannot be renamed over: it is written in place, with one write of what differs. Before that, both
// texts go into a journal beside it, so that whoever opens the file next finishes a write that was
// cut short (a reader may see the mixture until then: nothing can help that).
//
// While a ManagedFile is open no other opens: it holds a lock on the directory. Editors know
// nothing of it, so Replace() looks whether the file is still the one that was read. One thread.

#ifndef AUDIODL_COMMON_CLUSTER_MANAGED_FILE_H_
#define AUDIODL_COMMON_CLUSTER_MANAGED_FILE_H_

#include <sys/stat.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace audiodl {

class ManagedFile {
 public:
  static constexpr size_t kMaxBytes = size_t{1} << 20;

  struct Place {
    std::string path;
    // Where the journal and what is kept lie; empty: beside the file.
    std::string state_dir = {};
    // Only to look: nothing is finished, and Replace() must not be called.
    bool look_only = false;
  };

  // Waits for the lock for at most `patience`: kBusy. Follows symbolic links. kNotFound: there is
  // no such file; none is made, as a name that was mistyped would be. kInvalid: no regular file, or
  // one of more than kMaxBytes.
  static Result<ManagedFile> Open(Place place, std::chrono::milliseconds patience);

  const std::string& text() const { return text_; }
  // The file itself, links followed.
  const std::string& path() const { return path_; }
  // Whether Open() has finished a write that was cut short.
  bool repaired() const { return repaired_; }

  // Does nothing where `text` is what the file has. kBusy: somebody has changed the file since
  // Open(), so what it was made from is out of date. kNoSpace, kIo: the file is as it was.
  Status Replace(const std::string& text);

  // Keeps a text in the state directory under ".NAME.audiodl-SUFFIX", and reads it back: none where
  // there is none.
  Status Keep(std::string_view suffix, std::string_view text);
  Result<std::optional<std::string>> Kept(std::string_view suffix) const;

 private:
  ManagedFile() = default;

  Status Lock(std::chrono::milliseconds patience);
  Status Load();
  Status CheckUnchanged() const;
  Status ReplaceByRename(const std::string& text, bool& is_mount);
  Status ReplaceInPlace(const std::string& text);
  Status FinishCutWrite();
  Status WriteOver(std::string_view text) const;
  std::string StatePath(std::string_view suffix) const;

  std::string path_;
  std::string state_dir_;
  UniqueFd lock_;
  std::string text_;
  struct stat info_ {};
  bool repaired_ = false;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_MANAGED_FILE_H_
