// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/listing_new_key_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>

#include "audiodl/operator_cache.h"
#include "audiodl/options.h"
#include "common/base/folder_owner.h"
#include "common/base/new_file.h"
#include "common/base/wipe.h"
#include "common/stock/index_key.h"

namespace audiodl {
namespace {

// Whether root has given the folder in which it makes the file to a group (/etc/audiodl to the
// group audiodl, of the user by whom the units run), which then is the file's.
bool IsForGroup(int fd, const std::string& path) {
  struct stat file;
  struct stat folder;
  if (fstat(fd, &file) != 0 || stat(FolderOf(path).c_str(), &folder) != 0) return false;
  return geteuid() == 0 && folder.st_uid == 0 && folder.st_gid != 0 && file.st_gid == folder.st_gid;
}

Status WriteIfAbsent(const std::string& path, std::string_view text, mode_t mode) {
  Result<NewFile> file = NewFile::Create(path, mode);
  if (!file.ok()) return file.status();
  if (IsForGroup(file->fd(), path) && fchmod(file->fd(), mode | S_IRGRP) != 0) {
    return Status::FromErrno(errno, "chmod " + path);
  }
  if (Status status = file->Append(text); !status.ok()) return status;
  return file->CommitIfAbsent();
}

std::string PublicPath(const std::string& path) {
  const std::string ending = ".key";
  if (!path.ends_with(ending)) return path + ".pub";
  return path.substr(0, path.size() - ending.size()) + ".pub";
}

ExitCode RunNewKey(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(arguments, {});
  if (!options.ok()) return Refuse(kListingNewKeyCommand, options.status(), console);
  if (options->operands().size() != 1) {
    return UsageError(kListingNewKeyCommand, "it takes a FILE", console);
  }
  const std::string& path = options->operands().front();
  const WipedString pem(NewIndexKeyPem());
  const Result<IndexSigningKey> key = IndexSigningKey::Parse(*pem);
  if (!key.ok()) return Complain(kListingNewKeyCommand, key.status(), console);
  for (const auto& [name, text, mode] :
       {std::tuple{path, *pem, mode_t{0600}},
        std::tuple{PublicPath(path), key->PublicPem(), mode_t{0644}}}) {
    if (Status status = WriteIfAbsent(name, text, mode); !status.ok()) {
      return Complain(kListingNewKeyCommand, status, console);
    }
  }
  console.out << path << " signs, and stays on the master; " << PublicPath(path)
              << " is for the web servers\n";
  return kDone;
}

}  // namespace

const Command kListingNewKeyCommand = {
    .name = "listing new-key",
    .arguments = "FILE",
    .summary = "make the key that signs the listing's index",
    .help =
        "Writes a new private key for Ed25519 to FILE, which only its owner can read, and the "
        "public\n"
        "key beside it, with .pub in place of .key. Neither may be there already. Where root "
        "makes\n"
        "it in a folder of root's that has another group, that group can read it, too:\n"
        "\n"
        "  install -d -g audiodl /etc/audiodl   # so that the units, as audiodl, can push\n"
        "\n"
        "  audiodl listing new-key /etc/audiodl/listing.key\n"
        "\n"
        "To change keys: make the new one in another file; append its public key to every web\n"
        "server's AudioListingPublicKeys; then let AudioListingKey on the master name it, and "
        "push\n"
        "once with --force; then take the old public key away. Servers that pull read the file "
        "again\n"
        "when it has changed.\n",
    .run = RunNewKey,
};

}  // namespace audiodl
