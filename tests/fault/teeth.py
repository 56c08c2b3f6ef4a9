# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""teeth.py [NAME ...]: shows that the tests would notice if a protection were missing.

Takes one protection after the other out of a copy of the sources, builds the tests and runs those that
watch over it: they must fail. Says for each which test did, and ends with "N bitten, N not".
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120  # a test that hangs has noticed too


class Protection(NamedTuple):
    """`intact` is what the source says, `broken` what it is replaced by; `tests` a Catch2 filter. `rebuild` are
    the objects that are compiled with it, where it is a header; the others keep the protection."""

    name: str
    source: str
    intact: str
    broken: str
    program: str
    tests: str
    rebuild: tuple[str, ...] = ()

    def objects(self, tree: Path) -> list[Path]:
        return [tree / "build" / name for name in self.rebuild or (self.source.replace(".cc", ".o"),)]


UNIT, FAULT = "unit-tests", "fault-tests"
FILL, PART = "common/fetch/fill.cc", "common/fetch/fill_part.cc"
WRITER, READER, FORMAT = (f"common/cache/cache_{name}.cc" for name in ("writer", "reader", "format"))
SPACE = "common/cache/cache_space.cc"
PROTECTIONS = [
    Protection("one fetcher per object", FILL, "  if (locked_) return true;\n", "  return locked_ = true;\n", UNIT, "FillEngine*"),
    Protection("whole-object digest", FILL, "if (Status status = digest_->Check(); !status.ok()) return Fail(status);", "(void)digest_->Check();", UNIT, "Fill: a corrupt object*"),
    Protection("last block held back", FILL, "if (file_->missing() == 1) {", "if (file_->missing() == 0) {", UNIT, "Fill: *"),
    Protection("If-Match", FILL, "return file_ && !part.info_only ? file_->header().etag : std::string_view();", "return part.info_only ? std::string_view() : std::string_view();", UNIT, "Fill: every GET*"),
    Protection("generation of every answer", FILL, "if (info.etag != file_->header().etag || info.size != file_->header().size) {", "if (false) {", UNIT, "Generations*"),
    Protection("place of every answer", FILL, "if (first != part.pos || (end != part.end && !part.shortened)) {", "if (false) {", UNIT, "Fill: *"),
    Protection("surplus bytes refused", FILL, 'return Status(Code::kCorrupt, "the origin sent more bytes than its head announced");', "return Status::Ok();", UNIT, "Fill: more bytes*"),
    Protection("markers older than the question", PART, "if (!reading()) marker = fill_.marker_;", "marker = INT64_MAX;", UNIT, "Generations*"),
    Protection("losers are no helpers", PART, "return !other->lost(); });", "return true || other->lost(); });", UNIT, "Fill: *"),
    Protection("wrong generations are retired", FILL, "if (wrong_generation && file_) {", "if (false && wrong_generation && file_) {", UNIT, "Generations*,Fill: *"),
    Protection("room is reserved", WRITER, "if (fallocate(fd, 0, 0, static_cast<off_t>(bytes)) == 0) return Status::Ok();", "if (ftruncate(fd, static_cast<off_t>(bytes)) == 0) return Status::Ok();", UNIT, "CacheWriter*"),
    Protection("readers of a replaced file are told", WRITER, "if (DecodeMutable(page).state != FileState::kPartial) return;", "return;", UNIT, "CacheWriter*"),
    Protection("only one's own file is unlinked", WRITER, "if (same && unlink(path_.c_str()) != 0)", "if (unlink(path_.c_str()) != 0)", UNIT, "CacheWriter*"),
    Protection("temporary files lost to a clean-up", WRITER, "info.st_nlink > 0", "true", FAULT, "Disk faults: a clean-up*"),
    Protection("sync before durable", WRITER, "if (fdatasync(fd_->get()) != 0)", "if (false)", FAULT, "Power cut*,Disk faults: a file*"),
    Protection("unsynced files are retired", "common/fetch/sync_queue.cc", "const Status retired = file->Retire();", "const Status retired;", FAULT, "Disk faults: a file*"),
    Protection("header checksum", FORMAT, "if (fixed.crc != HeaderCrc(page))", "if (false)", UNIT, "DecodeHeader*"),
    Protection("marks hold the block's checksum", "common/cache/cache_format.h", "(crc ^ 0x4b434c42u)", "(crc * 0 ^ 0x4b434c42u)", UNIT, "IsPresent*", ("tests/unit/cache/cache_format_test.o",)),
    Protection("only this boot's files are believed", FORMAT, "return made_in == now && now != BootId{};", "return true;", FAULT, "Power cut*"),
    Protection("length of the file", READER, "if (Layout(header_.size).file_bytes != file_bytes) {", "if (false) {", UNIT, "CacheWriter*,CacheReader*"),
    Protection("identity of the object", READER, "if (header_.origin != origin || header_.key != key) {", "if (false) {", UNIT, "CacheWriter*"),
    Protection("marks before the state", READER, "if (IsPresent(block, entry)) {", "if (true) {", UNIT, "CacheReader*"),
    Protection("hard limit of the cache", SPACE, "if (!plan.enough || round == kRounds) return false;", "if (!plan.enough || round == kRounds) return true;", UNIT, "CacheSpace*"),
    Protection("promised room stays taken", SPACE, "if (promised_.contains(id) || !locks_.TryLock(id).ok()) return;\n", "(void)locks_.TryLock(id).ok();\n", UNIT, "CacheSpace*"),
    Protection("last room is given once", SPACE, "if (index_->bytes() <= settings_.limits.max_size || FreeUp(0)) return Status::Ok();", "return Status::Ok();", UNIT, "CacheSpace*"),
    Protection("what is being filled is not evicted", SPACE, "if (promised_.contains(id) || !locks_.TryLock(id).ok()) return false;", "(void)locks_.TryLock(id).ok();", UNIT, "CacheSpace*"),
    Protection("foreign files stay", "common/cache/file_removal.cc", "if (!HasMagic(page)) return foreign;", "", UNIT, "CacheSpace*"),
    Protection("foreign temporary files stay", WRITER, "if (!IsTemporaryName(entry->d_name)) continue;", "if (entry->d_name[0] == '.') continue;", UNIT, "PrepareCacheDir*"),
    Protection("a failing disk is left for memory", "common/fetch/fill.cc", "if (StartOver(status)) return;", "", FAULT, "Disk faults: a disk*,Disk faults: whichever*"),
    Protection("errors of yesterday", "common/fetch/doorbell.cc", "!IsAfter(ring, newest_ring)", "false", UNIT, "Doorbells*"),
    Protection("shared futexes", "common/fetch/doorbell.cc", "SYS_futex, &word, operation,", "SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG,", UNIT, "Doorbells: a ring crosses*"),
    Protection("a copy is confirmed first", "common/fetch/follower.cc", 'if (reader.marker() != marker_) return Status(Code::kBusy, "not confirmed yet");', "", UNIT, "Follower*"),
    Protection("no redirects", "common/fetch/s3_client.cc", "CURLOPT_FOLLOWLOCATION, 0L", "CURLOPT_FOLLOWLOCATION, 1L", UNIT, "S3Client: redirects*"),
    Protection("objects are read back", "common/publish/chunk_upload.cc", "if (HexEncode(digest.Final()) != source_.sha256) return", "if (false) return", UNIT, "Publisher: an object that*"),
    Protection("replaced chunks are announced", "common/publish/book_listing.cc", "PutMarkers(*writer, replaced, PublishStep::kAnnounce)", "PutMarkers(*writer, {}, PublishStep::kAnnounce)", UNIT, "Replacing*"),
    Protection("a lost list of withdrawn chunks", "common/stock/rebuild.cc", "  list->Add(forgotten);\n", "", UNIT, "Rebuild: of a listing*"),
    Protection("the bucket's word alone", "common/stock/rebuild.cc", "report_.on_trust.empty() || request_.force", "true || request_.force", UNIT, "Rebuild: without a list*"),
    Protection("an index keeps what was withdrawn", "common/stock/index_push.cc", "if (forgotten.empty()) return false;", "if (!forgotten.empty()) return false;", UNIT, "Index: what was withdrawn*"),
    Protection("an empty listing stays so", "common/stock/fsck.cc", "if (rules.guard.Allows(had, made)) return;", "if (had + made > 0) return;", UNIT, "Fsck*"),
    Protection("withdrawn while it was looked at", "common/stock/fsck.cc", "if (MakesMarker(difference) && withdrawn->Has(difference.path)) continue;", "", UNIT, "Fsck: what is withdrawn*"),
    Protection("one publisher of a book", "common/publish/book_lock.cc", "if (fcntl(file->get(), F_OFD_SETLK, &byte) == 0)", "if (byte.l_len == 1)", UNIT, "BookLock*"),
    Protection("files of the living are left", "common/base/new_file.cc", "!fd.valid() || flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;", "!fd.valid()) continue;", UNIT, "RemoveDead*"),
    Protection("a download is of one generation", "common/s3write/s3_store.cc", ', {"if-match", received.info->etag}', "", UNIT, "S3Store: a download*"),
    Protection("parts of another content", "common/s3write/s3_file_upload.cc", "there->second.etag == Md5Tag(bytes)", "!there->second.etag.empty()", UNIT, "S3Store: parts*"),
    Protection("a header tells of a cut", "common/audio/mp3_scan.cc", "if (told > facts_.frames) {", "if (false) {", UNIT, "ScanMp3: a real*"),
    Protection("places of the dead are free", "common/client/stream_slots.cc", "if (answer == Answer::kTaken || !FreeThoseOfTheDead(IndexOf(key), own)) return answer;", "if (answer != Answer::kFull || !FreeThoseOfTheDead(IndexOf(key), own)) return answer;", UNIT, "StreamSlots*"),
    Protection("a pid is no process", "common/client/process_birth.cc", "return born == 0 || facts->born == born;", "return true;", UNIT, "ProcessBirth*,StreamSlots*"),
    Protection("zombies are dead", "common/client/process_birth.cc", "if (facts->state == 'Z' || facts->state == 'X') return false;", "", UNIT, "ProcessBirth*,StreamSlots*"),
    Protection("ticks go with the timer", "common/client/patient_poll.cc", "next_tick_ += tick_ * ticks;", "next_tick_ = now + tick_;", UNIT, "PatientPoll*"),
    Protection("the burst comes back at the rate", "common/client/download_rate.cc", "left_ = whole ? rate.burst : std::min(rate.burst, left_ + static_cast<uint64_t>(back));", "left_ = rate.burst + 0 * static_cast<uint64_t>(whole);", UNIT, "BurstAllowance*"),
]  # fmt: skip


def build(tree: Path, program: str) -> None:
    # Without warnings: what is broken on purpose often has some.
    command = ["make", "-s", f"-j{os.cpu_count()}", "BUILD=build", "CXXFLAGS=-w", f"build/{program}"]
    subprocess.run(command, cwd=tree, check=True, stdout=subprocess.DEVNULL)


def failures(tree: Path, protection: Protection) -> str:
    """The test cases that failed; empty: none did."""
    command = [f"build/{protection.program}", protection.tests, "-r", "xml"]
    try:
        run = subprocess.run(command, cwd=tree, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "a test that never ended"
    if run.returncode == 0:
        return ""
    cases = run.stdout.decode("utf-8", "replace").split("<TestCase name=\"")[1:]
    failed = [case.split('"')[0] for case in cases if 'success="false"' in case or "<OverallResult " not in case]
    return failed[0] if failed else "no test at all was run"


def bites(tree: Path, protection: Protection) -> bool:
    source = tree / protection.source
    intact, info = source.read_text(), source.stat()
    compiled = {path: path.read_bytes() for path in protection.objects(tree)}
    if intact.count(protection.intact) != 1:
        print(f"NOT  {protection.name}: {protection.source} does not say so (any more)")
        return False

    # As old as before, so that make compiles only what is taken away here.
    def write(text: str) -> None:
        source.write_text(text)
        os.utime(source, ns=(info.st_atime_ns, info.st_mtime_ns))

    write(intact.replace(protection.intact, protection.broken))
    for path in compiled:
        path.unlink()
    try:
        build(tree, protection.program)
        failed = failures(tree, protection)
    finally:
        write(intact)
        for path, content in compiled.items():
            path.write_bytes(content)
    print(f"{'bit ' if failed else 'NOT '} {protection.name}: {failed or 'no test noticed'}", flush=True)
    return bool(failed) and "no test at all" not in failed


def copy_built(source: Path, target: Path) -> None:
    """What is compiled already, with its times, so that make takes it for what it is."""
    target.parent.mkdir(exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)


def main() -> int:
    wanted = [p for p in PROTECTIONS if not sys.argv[1:] or p.name in sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="audiodl-teeth-") as name:
        tree = Path(name)
        for part in ("common", "tests"):
            shutil.copytree(ROOT / part, tree / part)
        shutil.copy(ROOT / "Makefile", tree)
        for part in ("common", "tests", "pch", "libaudiodl.a", UNIT, FAULT):
            copy_built(ROOT / "build" / part, tree / "build" / part)
        for program in (UNIT, FAULT):
            build(tree, program)
        bitten = sum(bites(tree, protection) for protection in wanted)
    print(f"{bitten} bitten, {len(wanted) - bitten} not")
    return 0 if wanted and bitten == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
