// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/put_command.h"

#include <sys/stat.h>

#include <cerrno>
#include <istream>
#include <optional>
#include <ostream>

#include "audiodl/object_address.h"
#include "audiodl/operator_cache.h"
#include "audiodl/progress_line.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"
#include "common/cache/media_type.h"

namespace audiodl {
namespace {

// Standard input. A stream's end cannot be told from its writer's death: that is for the shell
// (set -o pipefail).
class StreamSource : public UploadSource {
 public:
  explicit StreamSource(std::istream& in) : in_(in) {}

  Status Read(size_t bytes, std::string& out) override {
    const size_t before = out.size();
    out.resize(before + bytes);
    in_.read(out.data() + before, static_cast<std::streamsize>(bytes));
    out.resize(before + static_cast<size_t>(in_.gcount()));
    return in_.bad() ? Status(Code::kIo, "standard input cannot be read") : Status::Ok();
  }

 private:
  std::istream& in_;
};

struct PutJob {
  std::string source;  // a path, or "-"
  ObjectAddress target;
  PutOptions options;
};

Result<uint64_t> SizeOf(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return Status::FromErrno(errno, path);
  if (!S_ISREG(info.st_mode)) return Status::Invalid(path + " is no regular file");
  return static_cast<uint64_t>(info.st_size);
}

struct Stored {
  std::string etag;
  uint64_t bytes = 0;
};

Result<Stored> Store(const PutJob& job, const Console& console) {
  std::optional<uint64_t> size;
  if (job.source != "-") {
    const Result<uint64_t> known = SizeOf(job.source);
    if (!known.ok()) return known.status();
    size = *known;
  }
  const Result<OpenedStore> store = OpenShopStore(job.target.shop);
  if (!store.ok()) return store.status();
  ProgressLine line(console.err, job.source.substr(job.source.rfind('/') + 1), size);
  uint64_t bytes = 0;
  const auto progress = [&](uint64_t done) {
    bytes = done;
    line.Update(done);
  };
  StreamSource standard_input(console.in);
  ObjectStore& objects = *store->objects;
  Result<std::string> etag =
      size ? objects.UploadFile(job.target.key, job.source, job.options, progress)
           : objects.UploadStream(job.target.key, standard_input, job.options, progress);
  if (!etag.ok()) return etag.status();
  // Other attempts at this object that were given up. A key that may not list uploads can still
  // store.
  (void)objects.RemoveStale(
      {.prefix = job.target.key,
       .age = job.target.shop.stale_age,
       .is_meant = [&](const std::string& key) { return key == job.target.key; }});
  return Stored{.etag = *std::move(etag), .bytes = size.value_or(bytes)};
}

void Tell(const PutJob& job, const Stored& stored, bool json, const Console& console) {
  if (json) {
    console.out << JsonObject()
                       .Add("done", "stored")
                       .Add("object", job.target.Text())
                       .Add("size", stored.bytes)
                       .Add("etag", stored.etag)
                       .Text()
                << "\n";
    return;
  }
  console.out << "stored " << job.target.Text() << ", " << stored.bytes << " bytes\n";
}

ExitCode RunPut(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, {.flags = {"-n", "--json", "--if-absent"}, .values = WithShopOptions({"--type"})});
  if (!options.ok()) return Refuse(kPutCommand, options.status(), console);
  if (options->operands().size() != 2) {
    return UsageError(kPutCommand, "it takes a FILE (or -) and a KEY", console);
  }
  PutJob job = {.source = options->operands()[0], .target = {}, .options = {}};
  if (options->Has("--if-absent") && job.source == "-") {
    return UsageError(kPutCommand, "--if-absent needs a FILE", console);
  }
  Result<ShopSettings> shop = ShopSettings::Of(*options, ShopSettings::Need::kNothing);
  if (!shop.ok()) return Refuse(kPutCommand, shop.status(), console);
  Result<ObjectAddress> target = ObjectAddress::Of(options->operands()[1], std::move(shop).value());
  if (!target.ok()) return Refuse(kPutCommand, target.status(), console);
  job.target = std::move(target).value();
  job.options.content_type =
      options->Value("--type").value_or(std::string(MediaTypeOf(job.target.key, {})));
  job.options.if_absent = options->Has("--if-absent");
  if (options->Has("-n")) {
    const std::string object = job.target.Text();
    console.out << (options->Has("--json")
                        ? JsonObject().Add("done", "would be stored").Add("object", object).Text()
                        : "would store " + object)
                << "\n";
    return kDone;
  }
  const Result<Stored> stored = Store(job, console);
  if (stored.status().code() == Code::kChanged && job.options.if_absent) {
    console.err << "audiodl put: " << job.target.Text() << " exists already\n";
    return kNegative;
  }
  if (!stored.ok()) return Complain(kPutCommand, stored.status(), console);
  Tell(job, *stored, options->Has("--json"), console);
  return kDone;
}

}  // namespace

const Command kPutCommand = {
    .name = "put",
    .arguments = "[OPTION]... FILE|- KEY|s3://BUCKET/KEY",
    .summary = "store a file, or standard input, as an object",
    .help =
        "A KEY is below the shop's origin. A large file goes in parts with checksums; run again\n"
        "after it was stopped, only what is missing is sent. What comes from standard input is\n"
        "stored when it ends: let the shell tell a writer that died (set -o pipefail).\n"
        "\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin, in one word:\n"
        "                        \"s3://books region=eu-west-1\"\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n"
        "  --type TYPE           its media type; the default is by the name's ending\n"
        "  --if-absent           only where there is no such object; else the answer is no\n"
        "  -n                    only say where it would go\n"
        "  --json                a JSON object that says what was stored, or would be\n"
        "\n"
        "  mariadb-dump shop | gzip | audiodl put - s3://backups/shop-$(date +%H).sql.gz\n",
    .run = RunPut,
};

}  // namespace audiodl
