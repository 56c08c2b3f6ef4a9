// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/get_command.h"

#include <optional>
#include <ostream>

#include "audiodl/object_address.h"
#include "audiodl/operator_cache.h"
#include "audiodl/progress_line.h"
#include "common/base/new_file.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

Status ToFile(ObjectStore& objects, const std::string& key, const std::string& path,
              ProgressLine& line) {
  Result<NewFile> file = NewFile::Create(path);
  if (!file.ok()) return file.status();
  uint64_t bytes = 0;
  const Result<ObjectInfo> info = objects.Get(key, [&](std::string_view slice) {
    bytes += slice.size();
    line.Update(bytes);
    return file->Append(slice);
  });
  return info.ok() ? file->Commit() : info.status();
}

Status ToStream(ObjectStore& objects, const std::string& key, std::ostream& out,
                ProgressLine& line) {
  uint64_t bytes = 0;
  const Result<ObjectInfo> info = objects.Get(key, [&](std::string_view slice) {
    bytes += slice.size();
    line.Update(bytes);
    out.write(slice.data(), static_cast<std::streamsize>(slice.size()));
    return out ? Status::Ok() : Status(Code::kIo, "standard output cannot be written");
  });
  return info.status();
}

ExitCode RunGet(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {}, .values = WithShopOptions({})});
  if (!options.ok()) return Refuse(kGetCommand, options.status(), console);
  if (options->operands().size() != 2) {
    return UsageError(kGetCommand, "it takes a KEY and a FILE (or -)", console);
  }
  Result<ShopSettings> shop = ShopSettings::Of(*options, ShopSettings::Need::kNothing);
  if (!shop.ok()) return Refuse(kGetCommand, shop.status(), console);
  const Result<ObjectAddress> source =
      ObjectAddress::Of(options->operands()[0], std::move(shop).value());
  if (!source.ok()) return Refuse(kGetCommand, source.status(), console);
  const Result<OpenedStore> store = OpenShopStore(source->shop);
  if (!store.ok()) return Complain(kGetCommand, store.status(), console);

  ProgressLine line(console.err, source->key, std::nullopt);
  const std::string& target = options->operands()[1];
  const Status status = target == "-" ? ToStream(*store->objects, source->key, console.out, line)
                                      : ToFile(*store->objects, source->key, target, line);
  if (status.code() == Code::kNotFound) {
    console.err << "audiodl get: there is no " << source->Text() << "\n";
    return kNegative;
  }
  return status.ok() ? kDone : Complain(kGetCommand, status, console);
}

}  // namespace

const Command kGetCommand = {
    .name = "get",
    .arguments = "[OPTION]... KEY|s3://BUCKET/KEY FILE|-",
    .summary = "fetch an object into a file, or to standard output",
    .help =
        "A KEY is below the shop's origin. The file appears when it is whole; a connection that\n"
        "breaks is taken up at the last byte, and never with another version's. Where there is no\n"
        "such object, the answer is no.\n"
        "\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin, in one word:\n"
        "                        \"s3://books region=eu-west-1\"\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n",
    .run = RunGet,
};

}  // namespace audiodl
