// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The records of a zip file, byte for byte (APPNOTE.TXT 6.3, sections 4.3.7 to 4.3.16). For
// zip_layout.cc. Pure; any thread.

#ifndef AUDIODL_COMMON_ZIP_ZIP_RECORDS_H_
#define AUDIODL_COMMON_ZIP_ZIP_RECORDS_H_

#include <cstdint>
#include <string>

#include "common/zip/zip_layout.h"

namespace audiodl {

// What stands before an entry's content.
std::string ZipLocalHeader(const ZipEntry& entry);

// Its row in the central directory; `offset` is where the local header stands.
std::string ZipDirectoryRow(const ZipEntry& entry, uint64_t offset);

// What stands behind the rows.
std::string ZipEnd(uint64_t rows, uint64_t directory_bytes, uint64_t directory_offset);

// Date and time as DOS has them: the date in the upper half. What DOS cannot say becomes the
// nearest that it can.
uint32_t DosTime(int64_t unix_seconds);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ZIP_ZIP_RECORDS_H_
