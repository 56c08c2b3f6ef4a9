// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/mp3_scan.h"

#include <fcntl.h>

#include <fstream>
#include <vector>

#include "common/base/unique_fd.h"
#include "tests/unit/audio/mp3_sample.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

Result<Mp3Facts> ScanText(const std::string& bytes, const FrameVisitor& visit = {}) {
  ByteSource source(bytes);
  return ScanMp3(source, visit);
}

std::string WhyNot(const std::string& bytes) {
  const Result<Mp3Facts> facts = ScanText(bytes);
  CHECK((facts.ok() || facts.status().code() == Code::kCorrupt));
  return facts.status().text();
}

TEST_CASE("Mp3Header: every field") {
  struct Row {
    std::string bytes;
    uint32_t bitrate, sample_rate, channels, frame_bytes, samples, side_info;
    bool crc;
  };
  for (const Row& row : std::vector<Row>{
           {{"\xff\xfb\x90\xc4"}, 128000, 44100, 1, 417, 1152, 17, false},
           {{"\xff\xfb\x92\x44"}, 128000, 44100, 2, 418, 1152, 32, false},
           {{"\xff\xfa\x98\xc4"}, 128000, 32000, 1, 576, 1152, 17, true},
           {{"\xff\xfb\xe4\x00", 4}, 320000, 48000, 2, 960, 1152, 32, false},
           {{"\xff\xf3\x40\xc4"}, 32000, 22050, 1, 104, 576, 9, false},
           {{"\xff\xe3\x48\xc4"}, 32000, 8000, 1, 288, 576, 9, false},
           {{"\xff\xf3\x18\x00", 4}, 8000, 16000, 2, 36, 576, 17, false},
       }) {
    const std::optional<Mp3Header> header = Mp3Header::Parse(row.bytes);
    CAPTURE(row.bitrate, row.sample_rate);
    REQUIRE(header);
    CHECK(header->bitrate == row.bitrate);
    CHECK(header->sample_rate == row.sample_rate);
    CHECK(header->channels == row.channels);
    CHECK(header->bytes == row.frame_bytes);
    CHECK(header->samples() == row.samples);
    CHECK(header->side_info_bytes() == row.side_info);
    CHECK(header->has_crc == row.crc);
  }
}

TEST_CASE("Mp3Header: what is none") {
  for (const std::string& bytes : {
           std::string("\xff\xfb\x90"),         // cut
           std::string("\xfe\xfb\x90\xc4"),     // no sync
           std::string("\xff\xdb\x90\xc4"),     // no sync
           std::string("\xff\xeb\x90\xc4"),     // reserved version
           std::string("\xff\xf9\x90\xc4"),     // no layer
           std::string("\xff\xfd\x90\xc4"),     // layer II
           std::string("\xff\xff\x90\xc4"),     // layer I
           std::string("\xff\xfb\xf0\xc4"),     // forbidden bitrate
           std::string("\xff\xfb\x00\xc4", 4),  // free format
           std::string("\xff\xfb\x9c\xc4"),     // reserved sample rate
           std::string("\xff\xfb\x90\xc2"),     // reserved emphasis
       }) {
    CHECK_FALSE(Mp3Header::Parse(bytes));
  }
}

TEST_CASE("ScanMp3: real files of every kind, to the last byte") {
  struct Row {
    const char* name;
    uint64_t frames;
    int64_t duration_ms;
    bool constant, has_vbr_header;
  };
  // The frames as `mpg123 -t` and LAME's own headers have them.
  for (const Row& row : std::vector<Row>{{"mpeg1-cbr-joint.mp3", 40, 1045, true, true},
                                         {"mpeg1-vbr-crc.mp3", 29, 1044, false, true},
                                         {"mpeg2-cbr-mono.mp3", 41, 1071, true, false},
                                         {"mpeg2-no-header.mp3", 30, 1080, true, false},
                                         {"mpeg25-abr-mono.mp3", 16, 1152, false, true}}) {
    CAPTURE(row.name);
    const std::string bytes = Sample(row.name);
    const Result<Mp3Facts> facts = ScanText(bytes);
    REQUIRE(facts.status().text().empty());
    CHECK(facts->frames == row.frames);
    CHECK(facts->duration().count() == row.duration_ms);
    CHECK(facts->constant_bitrate == row.constant);
    CHECK(facts->vbr_header.has_value() == row.has_vbr_header);
    if (row.has_vbr_header) CHECK(facts->vbr_header->frames == row.frames);
    CHECK(facts->warning.empty());
  }
}

TEST_CASE("ScanMp3: a real file cut anywhere in its frames is refused") {
  for (const char* name : {"mpeg1-cbr-joint.mp3", "mpeg1-vbr-crc.mp3", "mpeg25-abr-mono.mp3"}) {
    const std::string bytes = Sample(name);
    const Mp3Facts whole = ScanText(bytes).value();
    for (size_t size = whole.head_end; size < whole.audio_end; ++size) {
      CAPTURE(name, size);
      REQUIRE_FALSE(ScanText(bytes.substr(0, size)).ok());
    }
  }
}

TEST_CASE("ScanMp3: without a header, only a cut between frames can pass") {
  const std::string bytes = Sample("mpeg2-no-header.mp3");
  size_t passed = 0;
  for (size_t size = 0; size < bytes.size(); ++size) passed += ScanText(bytes.substr(0, size)).ok();
  CHECK(passed == ScanText(bytes)->frames - 1);
}

TEST_CASE("ScanMp3: the break is told as a time and a byte") {
  // 100 frames are 2.612 s.
  const std::string cut = SilentFrames(101).substr(0, 100 * 417 + 200);
  CHECK(WhyNot(cut) ==
        "broken at 0:02.612 (byte 41700): the file ends within a frame, of which 217 bytes are "
        "missing");
  CHECK(WhyNot(SilentFrames(100) + std::string(500, '\0') + SilentFrames(5)) ==
        "broken at 0:02.612 (byte 41700): what follows is no frame");
  CHECK(WhyNot(SilentFrames(100) + std::string(500, '\0')) ==
        "broken at 0:02.612 (byte 41700): what follows is no frame");
}

TEST_CASE("ScanMp3: a header tells of frames that are not there") {
  CHECK(ScanText(InfoFrame(100) + SilentFrames(100))->frames == 100);
  CHECK(ScanText(InfoFrame(101) + SilentFrames(100)).ok());  // counts itself
  CHECK(ScanText(InfoFrame(0) + SilentFrames(100)).ok());    // was never filled in
  CHECK(WhyNot(InfoFrame(200) + SilentFrames(100)) ==
        "broken at 0:02.612 (byte 42117): the file ends here, and should be 0:05.224 long");
  const Result<Mp3Facts> longer = ScanText(InfoFrame(50) + SilentFrames(100));
  REQUIRE(longer.ok());
  CHECK(longer->warning.find("0:01.306") != std::string::npos);
}

TEST_CASE("ScanMp3: a sync word within a frame is no frame") {
  std::string frames;
  for (int i = 0; i < 50; ++i) {
    std::string frame = SilentFrame();
    frame.replace(100, 4, "\xff\xfb\xe4\x40");  // a frame header, were it one
    frames += frame;
  }
  const Result<Mp3Facts> facts = ScanText(frames);
  REQUIRE(facts.ok());
  CHECK(facts->frames == 50);
  CHECK(facts->constant_bitrate);
}

TEST_CASE("ScanMp3: tags before and behind are no audio") {
  const std::string audio = SilentFrames(10);
  const std::string ape = std::string("APETAGEX") +
                          std::string("\xd0\x07\0\0\x30\0\0\0\1\0\0\0", 12) +
                          std::string("\0\0\0\xa0", 4) + std::string(8, '\0');
  const std::string ape_footer = std::string("APETAGEX") +
                                 std::string("\xd0\x07\0\0\x30\0\0\0\1\0\0\0", 12) +
                                 std::string("\0\0\0\x80", 4) + std::string(8, '\0');
  const std::string ape_tag = ape + std::string(16, 'i') + ape_footer;
  const std::string lyrics1 = "LYRICSBEGINla la laLYRICSEND";
  const std::string lyrics2 = "LYRICSBEGININD0000200000021LYRICS200";
  const std::string appended =
      Id3v2(4, 0x10, "body") + Id3v2(4, 0x10, "", "3DI").substr(0, 9) + "\4";
  const std::string enhanced = std::string("TAG+").append(223, ' ') + Id3v1();
  for (const std::string& head :
       {std::string(), Id3v2(3, 0, "x"), Id3v2(2, 0, "x") + Id3v2(4, 0, "y"),
        Id3v2(4, 0x10, "body") + Id3v2(4, 0x10, "body", "3DI").substr(0, 10),
        Id3v2(3, 0, std::string(1000, '\0')), Id3v2(3, 0, "x") + std::string(2000, '\0')}) {
    for (const std::string& tail :
         {std::string(), Id3v1(), enhanced, ape_tag, ape_tag + Id3v1(), lyrics1 + Id3v1(),
          lyrics2 + Id3v1(), ape_tag + lyrics2 + Id3v1(), appended}) {
      const Result<Mp3Facts> facts = ScanText(head + audio + tail);
      CAPTURE(head.size(), tail.size());
      REQUIRE(facts.status().text().empty());
      CHECK(facts->frames == 10);
      CHECK(facts->audio_begin == head.size());
      CHECK(facts->audio_end == head.size() + audio.size());
    }
  }
}

TEST_CASE("ScanMp3: files that were joined with their tags are told so") {
  const std::string joined = SilentFrames(10) + Id3v1() + Id3v2(3, 0, "x") + SilentFrames(10);
  CHECK(WhyNot(joined).find("a tag (TAG) stands between frames") != std::string::npos);
  CHECK(WhyNot(SilentFrames(10) + Id3v2(3, 0, "x") + SilentFrames(10)).find("(ID3)") !=
        std::string::npos);
}

TEST_CASE("ScanMp3: pieces of two kinds are no one file") {
  const std::string other = Sample("mpeg2-no-header.mp3");
  CHECK(WhyNot(SilentFrames(10) + other).find("a frame of another kind") != std::string::npos);
}

TEST_CASE("ScanMp3: what is no mp3") {
  for (const std::string& bytes :
       {std::string(), std::string(100000, '\0'), Id3v2(3, 0, "x"), Id3v2(3, 0, "x") + Id3v1(),
        std::string("RIFF....WAVEfmt "), std::string("%PDF-1.7"), InfoFrame(1), InfoFrame(0),
        SilentFrame().substr(0, 100)}) {
    CHECK(WhyNot(bytes).starts_with("there is no mp3 frame at byte "));
  }
}

TEST_CASE("ScanMp3: frames are shown with their place and their reservoir") {
  std::vector<uint64_t> offsets;
  uint32_t most_reservoir = 0;
  const std::string bytes = Sample("mpeg1-cbr-joint.mp3");
  const Result<Mp3Facts> facts = ScanText(bytes, [&](const Mp3Frame& frame, std::string_view text) {
    CHECK(frame.index == offsets.size());
    CHECK(text == std::string_view(bytes).substr(frame.offset, frame.header.bytes));
    if (offsets.empty()) CHECK(frame.main_data_begin == 0);
    most_reservoir = std::max(most_reservoir, frame.main_data_begin);
    offsets.push_back(frame.offset);
  });
  REQUIRE(facts.ok());
  CHECK(offsets.size() == facts->frames);
  CHECK(offsets.front() == facts->audio_begin);
  CHECK(most_reservoir > 0);
}

TEST_CASE("ScanMp3: a file is read as memory is") {
  const TempDir dir;
  const std::string bytes = Id3v2(3, 0, std::string(3000000, 'x')) + SilentFrames(9000) + Id3v1();
  std::ofstream(dir.Of("file"), std::ios::binary) << bytes;
  const UniqueFd fd(open(dir.Of("file").c_str(), O_RDONLY));
  ByteSource source(fd.get(), bytes.size());
  const Result<Mp3Facts> facts = ScanMp3(source);
  REQUIRE(facts.ok());
  CHECK(facts->frames == 9000);
  CHECK(facts->bitrate() == 127706);
}

TEST_CASE("FormatTime: hours only where there are some") {
  CHECK(FormatTime(std::chrono::milliseconds(0)) == "0:00.000");
  CHECK(FormatTime(std::chrono::milliseconds(754567)) == "12:34.567");
  CHECK(FormatTime(std::chrono::milliseconds(3723000)) == "1:02:03.000");
}

}  // namespace
}  // namespace audiodl
