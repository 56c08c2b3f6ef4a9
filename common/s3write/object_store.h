// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Writing to an origin: what publishing, backups and host lists do with a bucket (S3Store) or a
// folder (FileStore). Only the operator's command is linked with it: the web server reads, and
// could not write if it wanted to.
//
//   Result<std::unique_ptr<ObjectStore>> store = OpenObjectStore(access);
//   (*store)->Put(origin.KeyFor("book/01.mp3"), bytes, {.content_type = "audio/mpeg"});
//
// Keys are as Origin::KeyFor() gives them: for a folder, whole paths. Requests that may pass are
// sent again by the store; what comes back is final. One thread at a time.

#ifndef AUDIODL_COMMON_S3WRITE_OBJECT_STORE_H_
#define AUDIODL_COMMON_S3WRITE_OBJECT_STORE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/s3/s3_response.h"
#include "common/s3write/s3_answers.h"
#include "common/s3write/s3_caller.h"

namespace audiodl {

struct PutOptions {
  std::string content_type = "application/octet-stream";
  std::string if_match = {};  // replace only that generation; empty: any
  bool if_absent = false;     // only where there is no object yet
};

struct ListQuery {
  std::string prefix;            // as a key begins: origin.KeyFor("book/")
  std::string start_after = {};  // only keys after this one
};

// Uploads that were broken off and not taken up again.
struct StaleQuery {
  std::string prefix;        // of their keys
  std::chrono::seconds age;  // younger ones may still be going on
  // Which of those keys; none: all. A folder knows no key of what it never got: there it means
  // those directly in the prefix's folder.
  std::function<bool(const std::string& key)> is_meant = {};
};

// Reads what is to be stored, piece by piece.
class UploadSource {
 public:
  virtual ~UploadSource() = default;
  // Appends at most `bytes` to `out`; fewer only at the end.
  virtual Status Read(size_t bytes, std::string& out) = 0;
};

class ObjectStore {
 public:
  using BodySink = std::function<Status(std::string_view)>;
  // Returns false to end the listing.
  using Visitor = std::function<bool(const StoredObject&)>;
  // How many bytes of an upload have arrived.
  using Progress = std::function<void(uint64_t bytes)>;

  virtual ~ObjectStore() = default;

  // All of these: kNotFound, kForbidden, kThrottled, kUnreachable, kInvalid, kNoSpace, kIo as the
  // words say. A text names the key.

  virtual Result<ObjectInfo> Head(const std::string& key) = 0;

  // The whole object, of one generation: a connection that breaks is taken up at the last byte.
  // kChanged: it was replaced meanwhile. A sink's own status ends it and is returned.
  virtual Result<ObjectInfo> Get(const std::string& key, const BodySink& sink) = 0;

  struct Fetched {
    ObjectInfo info;
    std::string body;
  };
  // The object, unless it still is the generation `etag`: then none, and no byte of it was sent.
  // For who asks again and again: tried only once. kInvalid where it has more than `limit` bytes.
  virtual Result<std::optional<Fetched>> GetUnless(const std::string& key, const std::string& etag,
                                                   size_t limit) = 0;

  // The new generation's entity tag. kChanged: the options' condition did not hold (or a first
  // attempt of ours, whose answer was lost, made it so: look at what is there).
  virtual Result<std::string> Put(const std::string& key, std::string_view bytes,
                                  const PutOptions& options) = 0;

  // Ok also where there was none.
  virtual Status Delete(const std::string& key) = 0;

  // In the byte order of the keys, however many there are.
  virtual Status List(const ListQuery& query, const Visitor& visit) = 0;

  // Stores a file, in parts where it is large; what an earlier attempt at the same key and bytes
  // has sent is not sent again. The new generation's entity tag. kChanged: the file was.
  virtual Result<std::string> UploadFile(const std::string& key, const std::string& path,
                                         const PutOptions& options, const Progress& progress) = 0;

  // Stores what comes, however much it is. If the source fails, nothing is stored. The options'
  // conditions are ignored.
  virtual Result<std::string> UploadStream(const std::string& key, UploadSource& source,
                                           const PutOptions& options, const Progress& progress) = 0;

  // Throws away what such uploads left: in a bucket those begun longer ago than the age, in a
  // folder those whose process is gone. Returns how many.
  virtual Result<uint64_t> RemoveStale(const StaleQuery& query) = 0;

  // An object as text. kInvalid where it has more than `limit` bytes.
  Result<std::string> GetText(const std::string& key, size_t limit);

 protected:
  // A sink that appends to `text`, at most so much; the key is for its words.
  static BodySink Into(std::string& text, const std::string& key, size_t limit);
};

// The store of any origin. Touches nothing yet.
std::unique_ptr<ObjectStore> OpenObjectStore(const S3Access& access);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_OBJECT_STORE_H_
