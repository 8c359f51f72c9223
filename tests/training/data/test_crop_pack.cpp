// SPDX-License-Identifier: LGPL-2.1-or-later
// Crop packs: round trip, recovery after interruptions, detection of damage.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <set>
#include <thread>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "tests/training/data/generated_clips.hpp"
#include "tests/training/run/file_limit.hpp"
#include "training/data/clip_store.hpp"
#include "training/data/crop_pack_format.hpp"
#include "training/data/crop_pack_writer.hpp"
#include "training/data/crop_source.hpp"
#include "training/data/wav_file.hpp"
#include "training/data/picture.hpp"
#include "training/preprocess/clip_folder.hpp"
#include "util/byte_order.hpp"

using namespace hyperlips::test;
using namespace hyperlips::training;
using hyperlips::Error;
using hyperlips::ErrorKind;
using hyperlips::MelColumn;

namespace {

namespace fs = std::filesystem;

constexpr int kFrames = 17;
const std::string kSettings = R"({"seed":3})";

const std::vector<cv::Mat> &crops(int clip) {
  static const auto all = [] {
    std::vector<std::vector<cv::Mat>> clips(3);
    for (int n = 0; n < 3 * kFrames; ++n)
      clips[std::size_t(n / kFrames)].push_back(textured_picture(n, 128));
    return clips;
  }();
  return all[std::size_t(clip)];
}

std::vector<float> sound(int clip) {
  std::vector<float> samples(std::size_t(640 * kFrames));
  for (std::size_t n = 0; n < samples.size(); ++n)
    samples[n] = 0.4f * std::sin(0.001f * float(n) * float(clip + 3));
  return samples;
}

std::string name(int clip) { return "speaker" + std::to_string(clip) + "/0000"; }

/// Coordinates that the file stores without rounding.
ClipTruth truth(int clip) {
  ClipTruth truth;
  truth.framing = hyperlips::Framing::Steady;
  for (int n = 0; n < kFrames; ++n) {
    hyperlips::Landmarks &face = truth.landmarks.emplace_back();
    for (std::size_t i = 0; i < face.size(); ++i)
      face[i] = {float(i) / 8, float(clip + n) - 0.25f, -float(n) / 64};
    hyperlips::MouthPose &mouth = truth.mouths.emplace_back();
    mouth.opening = 0.01f * float(n);
    mouth.tongue_out = 0.5f;
  }
  truth.phonemes = {{"p", hyperlips::Viseme::PBM, 0, 0.125, 0.09},
                    {"\u0251\u02d0", hyperlips::Viseme::A, 0.125, 0.5, 0.125}};
  return truth;
}

void expect_equal(const ClipTruth &a, const ClipTruth &b) {
  EXPECT_EQ(a.framing, b.framing);
  EXPECT_EQ(a.landmarks, b.landmarks);
  ASSERT_EQ(a.mouths.size(), b.mouths.size());
  for (std::size_t n = 0; n < a.mouths.size(); ++n) {
    EXPECT_EQ(a.mouths[n].opening, b.mouths[n].opening);
    EXPECT_EQ(a.mouths[n].tongue_out, b.mouths[n].tongue_out);
  }
  ASSERT_EQ(a.phonemes.size(), b.phonemes.size());
  for (std::size_t i = 0; i < a.phonemes.size(); ++i) {
    EXPECT_EQ(a.phonemes[i].name, b.phonemes[i].name);
    EXPECT_EQ(a.phonemes[i].viseme, b.phonemes[i].viseme);
    EXPECT_EQ(a.phonemes[i].start, b.phonemes[i].start);
    EXPECT_EQ(a.phonemes[i].end, b.phonemes[i].end);
    EXPECT_EQ(a.phonemes[i].release, b.phonemes[i].release);
  }
}

PackRecord record(int clip, CropCoding coding = CropCoding::Raw) {
  return make_record(name(clip), std::uint64_t(clip), crops(clip), sound(clip), coding,
                     truth(clip));
}

bool equal(const cv::Mat &a, const cv::Mat &b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

std::string bytes_of(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string message(const std::function<void()> &action, ErrorKind kind) {
  try {
    action();
  } catch (const Error &error) {
    EXPECT_EQ(int(error.kind()), int(kind)) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}

class CropPackTest : public testing::Test {
 protected:
  /// Three clips, the second for validation.
  void write(const fs::path &path, CropCoding coding = CropCoding::Raw, int clips = 3) {
    CropPackWriter writer(path, coding, kSettings);
    for (int clip = int(writer.clips().size()); clip < clips; ++clip)
      writer.add(record(clip, coding));
    writer.finish(std::vector{name(1)});
  }

  TemporaryFolder folder;
  const fs::path file = folder / "a.crops";
};

TEST_F(CropPackTest, RoundTrip) {
  for (const CropCoding coding : {CropCoding::Raw, CropCoding::Jpeg}) {
    fs::remove(file);
    write(file, coding);
    const CropPack pack(file);
    EXPECT_EQ(pack.coding(), coding);
    EXPECT_EQ(pack.settings(), kSettings);
    ASSERT_EQ(pack.clips().size(), 3u);
    for (int clip = 0; clip < 3; ++clip) {
      const PackedClip &packed = pack.clips()[std::size_t(clip)];
      EXPECT_EQ(packed.name, name(clip));
      EXPECT_EQ(packed.number, std::uint64_t(clip));
      EXPECT_EQ(packed.frames, kFrames);
      EXPECT_EQ(packed.validation, clip == 1);
      EXPECT_EQ(packed.offset % 64, 0u);
      const auto &pictures = crops(clip);
      for (int n = 0; n < kFrames; ++n) {
        const cv::Mat expected =
            coding == CropCoding::Raw
                ? pictures[std::size_t(n)]
                : cv::imdecode(encode_jpeg(pictures[std::size_t(n)]), cv::IMREAD_COLOR);
        EXPECT_TRUE(equal(pack.picture(std::size_t(clip), n), expected)) << clip << " " << n;
      }
      // Equal to the same sound in a WAV file.
      hyperlips::training::write_wav(folder / "sound.wav", sound(clip), 16000);
      const auto samples = read_wav(folder / "sound.wav").samples;
      EXPECT_EQ(pack.samples(std::size_t(clip)), samples);
      EXPECT_EQ(pack.mel(std::size_t(clip)), hyperlips::mel_spectrogram(samples));
      EXPECT_EQ(pack.framing(std::size_t(clip)), hyperlips::Framing::Steady);
      expect_equal(pack.truth(std::size_t(clip)).value(), truth(clip));
      EXPECT_EQ(pack.landmarks(std::size_t(clip), 3).value(), truth(clip).landmarks[3]);
    }
    message([&] { pack.picture(0, kFrames); }, ErrorKind::Settings);
    message([&] { pack.picture(0, -1); }, ErrorKind::Settings);
    message([&] { pack.picture(3, 0); }, ErrorKind::Settings);
    message([&] { pack.landmarks(0, kFrames); }, ErrorKind::Settings);
  }
}

TEST_F(CropPackTest, AppendsClips) {
  write(file, CropCoding::Raw, 1);
  write(folder / "whole.crops");
  write(file);
  EXPECT_EQ(bytes_of(file), bytes_of(folder / "whole.crops"));
  write(file);  // nothing more to do
  EXPECT_EQ(bytes_of(file), bytes_of(folder / "whole.crops"));
}

TEST_F(CropPackTest, RecoversCompleteClipsAfterTruncation) {
  write(file);
  const std::string whole = bytes_of(file);
  const auto clips = CropPack(file).clips();
  std::set<std::uint64_t> cuts{
      0, 1, 63, 64, 100, whole.size() - 1, whole.size() - 64, whole.size() - 65};
  for (const PackedClip &clip : clips)
    for (const std::int64_t around : {-1, 0, 1, 127, 128, 500, 30'000, 100'000})
      cuts.insert(clip.offset + std::uint64_t(around));
  cuts.insert(clips.back().offset + clips.back().bytes);
  for (const std::uint64_t cut : cuts) {
    write_bytes(file, whole.substr(0, cut));
    const std::string error = message([&] { CropPack{file}; }, ErrorKind::Format);
    EXPECT_NE(error.find(file.string()), std::string::npos);
    if (cut > 200) {
      EXPECT_NE(error.find("resumes"), std::string::npos) << error;
    }
    {
      const CropPackWriter writer(file, CropCoding::Raw, kSettings);
      std::size_t complete = 0;
      for (const PackedClip &clip : clips) complete += clip.offset + clip.bytes <= cut;
      EXPECT_EQ(writer.clips().size(), complete) << cut;
    }
    write(file);
    EXPECT_EQ(bytes_of(file), whole) << cut;
  }
}

TEST_F(CropPackTest, DetectsFlippedBits) {
  write(file, CropCoding::Raw, 2);
  const std::string whole = bytes_of(file);
  const CropPack good(file);
  std::set<std::uint64_t> offsets;
  for (std::uint64_t at = 0; at < 320; ++at) offsets.insert(at);
  for (const PackedClip &clip : good.clips())
    for (std::uint64_t at = 0; at < 128 + 16 * kFrames; at += 3) offsets.insert(clip.offset + at);
  for (std::uint64_t at = 0; at < whole.size(); at += 9973) offsets.insert(at);
  for (std::uint64_t at = whole.size() - 64 - 2 * 96; at < whole.size(); ++at) offsets.insert(at);
  int found = 0;
  for (const std::uint64_t at : offsets) {
    std::string bytes = whole;
    bytes[at] = char(bytes[at] ^ 0x20);
    write_bytes(file, bytes);
    // Either an error that names the file, or the original content.
    try {
      const CropPack pack(file);
      ASSERT_EQ(pack.clips().size(), 2u) << at;
      for (std::size_t clip = 0; clip < 2; ++clip) {
        EXPECT_EQ(pack.clips()[clip].validation, clip == 1) << at;
        EXPECT_EQ(pack.mel(clip), good.mel(clip)) << at;
        EXPECT_EQ(pack.samples(clip), good.samples(clip)) << at;
        expect_equal(pack.truth(clip).value(), truth(int(clip)));
        const auto &pictures = crops(int(clip));
        for (int n = 0; n < kFrames; ++n)
          ASSERT_TRUE(equal(pack.picture(clip, n), pictures[std::size_t(n)])) << at;
      }
    } catch (const Error &error) {
      EXPECT_EQ(int(error.kind()), int(ErrorKind::Format)) << at << error.what();
      EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos);
      ++found;
    }
  }
  EXPECT_GT(found, int(offsets.size()) * 9 / 10);  // the others are padding
}

TEST_F(CropPackTest, RejectsOtherFiles) {
  message([&] { CropPack{folder / "missing.crops"}; }, ErrorKind::NotFound);
  message([&] { CropPack{folder.path()}; }, ErrorKind::Format);
  write_bytes(file, "");
  message([&] { CropPack{file}; }, ErrorKind::Format);
  write_bytes(file, std::string(5000, 'x'));
  message([&] { CropPack{file}; }, ErrorKind::Format);
  const auto error =
      message([&] { CropPackWriter(file, CropCoding::Raw, kSettings); }, ErrorKind::Format);
  EXPECT_NE(error.find("not a crop pack"), std::string::npos);
  EXPECT_EQ(bytes_of(file), std::string(5000, 'x'));
  message([&] { record(0), make_record("", 0, crops(0), sound(0), CropCoding::Raw); },
          ErrorKind::Settings);
  message([&] { make_record(std::string(64, 'n'), 0, crops(0), sound(0), CropCoding::Raw); },
          ErrorKind::Settings);
  message([&] { make_record("n", 0, {}, sound(0), CropCoding::Raw); }, ErrorKind::Settings);
  message([&] { make_record("n", 0, std::vector{cv::Mat(96, 96, CV_8UC3)}, {}, CropCoding::Raw); },
          ErrorKind::Settings);
}

TEST_F(CropPackTest, RejectsOtherSettingsAndSecondWriter) {
  write(file);
  const std::string whole = bytes_of(file);
  EXPECT_NE(
      message([&] { CropPackWriter(file, CropCoding::Raw, R"({"seed":4})"); }, ErrorKind::Settings)
          .find("seed was 3, now it is 4"),
      std::string::npos);
  EXPECT_NE(message([&] { CropPackWriter(file, CropCoding::Jpeg, kSettings); }, ErrorKind::Settings)
                .find("coding was \"raw\""),
            std::string::npos);
  {
    const CropPackWriter first(file, CropCoding::Raw, kSettings);
    message([&] { CropPackWriter(file, CropCoding::Raw, kSettings); }, ErrorKind::Settings);
  }
  EXPECT_EQ(bytes_of(file), whole);
}

TEST_F(CropPackTest, ResumesAfterFullDisk) {
  const PackRecord first = record(0), second = record(1);
  {
    CropPackWriter writer(file, CropCoding::Raw, kSettings);
    writer.add(first);
    {
      const FileLimit limit(first.bytes.size() + second.bytes.size() / 2);
      try {
        writer.add(second);
        ADD_FAILURE() << "no error";
      } catch (const OutputError &error) {
        EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("free disk space"), std::string::npos);
      }
    }
    writer.finish({});
  }
  EXPECT_EQ(CropPack(file).clips().size(), 1u);
  write(file);
  write(folder / "whole.crops");
  EXPECT_EQ(bytes_of(file), bytes_of(folder / "whole.crops"));
}

TEST_F(CropPackTest, WithoutTruth) {
  CropPackWriter writer(file, CropCoding::Raw, kSettings);
  writer.add(make_record(name(0), 0, crops(0), sound(0), CropCoding::Raw));
  writer.finish({});
  const CropPack pack(file);
  EXPECT_FALSE(pack.truth(0));
  EXPECT_FALSE(pack.landmarks(0, 0));
  EXPECT_EQ(pack.framing(0), hyperlips::Framing::Published);
  ClipTruth short_truth = truth(0);
  short_truth.landmarks.pop_back();
  message([&] { make_record("n", 0, crops(0), sound(0), CropCoding::Raw, short_truth); },
          ErrorKind::Settings);
}

/// The same clips as an earlier version wrote them.
std::string as_version_1(std::string bytes) {
  const auto seal = [&](std::size_t size) {
    const std::span header(reinterpret_cast<std::uint8_t *>(bytes.data()), size - 4);
    hyperlips::store_little_endian(crop_pack::checksum(header),
                                   std::span(bytes).subspan(size - 4, 4));
  };
  bytes[8] = 1;
  seal(64);
  return bytes;
}

TEST_F(CropPackTest, ReadsVersion1ButAddsNothingToIt) {
  {
    CropPackWriter writer(file, CropCoding::Raw, kSettings);
    writer.add(make_record(name(0), 0, crops(0), sound(0), CropCoding::Raw));
    writer.finish({});
  }
  write_bytes(file, as_version_1(bytes_of(file)));
  const CropPack pack(file);
  EXPECT_TRUE(equal(pack.picture(0, 5), crops(0)[5]));
  EXPECT_FALSE(pack.truth(0));
  EXPECT_EQ(pack.framing(0), hyperlips::Framing::Published);
  const auto error =
      message([&] { CropPackWriter(file, CropCoding::Raw, kSettings); }, ErrorKind::Settings);
  EXPECT_NE(error.find("earlier version"), std::string::npos);
}

TEST_F(CropPackTest, LipBoxHasTheOuterLips) {
  hyperlips::Landmarks face{};
  for (const int corner : {61, 291, 0, 17}) face[std::size_t(corner)] = {64, 90, 0};
  for (const int i :
       {146, 91, 181, 84, 314, 405, 321, 375, 409, 270, 269, 267, 37, 39, 40, 185, 13, 14})
    face[std::size_t(i)] = {64, 90, 0};
  face[61] = {40.2f, 91, 0}, face[291] = {88, 89, 0};
  face[0] = {64, 80, 0}, face[17] = {64, 104.4f, 0};
  EXPECT_EQ(lip_box(face, 128), (std::array{80.f, 104.f, 40.f, 88.f}));
  EXPECT_EQ(lip_box(face, 256), (std::array{161.f, 209.f, 81.f, 177.f}));
  face[17].y = 300;
  EXPECT_EQ(lip_box(face, 128)[1], 127);
}

TEST_F(CropPackTest, TruthInAFile) {
  ClipStore store;
  Clip clip{"a/0", folder / "clip", {{0, kFrames}}};
  fs::create_directories(clip.folder);
  EXPECT_FALSE(store.truth(clip));
  EXPECT_FALSE(store.landmarks(clip, 0));
  EXPECT_FALSE(store.lips(clip, 0, 128));
  EXPECT_EQ(store.framing(clip), hyperlips::Framing::Published);
  const auto bytes = encode_truth(truth(1));
  write_bytes(clip.truth(), std::string(bytes.begin(), bytes.end()));
  expect_equal(store.truth(clip).value(), truth(1));
  EXPECT_EQ(store.landmarks(clip, 4).value(), truth(1).landmarks[4]);
  EXPECT_EQ(store.lips(clip, 4, 256).value(), lip_box(truth(1).landmarks[4], 256));
  EXPECT_EQ(store.framing(clip), hyperlips::Framing::Steady);
  write_bytes(clip.truth(), std::string(bytes.begin(), bytes.end() - 1));
  for (int i = 0; i < 2; ++i)
    EXPECT_NE(message([&] { store.truth(clip); }, ErrorKind::Format).find(clip.truth().string()),
              std::string::npos);
  EXPECT_EQ(store.unreadable(), 1);
}

TEST_F(CropPackTest, AsClipSource) {
  write(file);
  std::vector<std::string> reports;
  CropSource source(CropPack(file), 1 << 20,
                    [&](const std::string &line) { reports.push_back(line); });
  const ClipList list = source.list({});
  ASSERT_EQ(list.train.size(), 2u);
  ASSERT_EQ(list.validation.size(), 1u);
  EXPECT_EQ(list.train[0].frames(), kFrames);
  EXPECT_EQ(source.list({.min_frames = kFrames}).too_short, 0);
  message([&] { source.list({.min_frames = kFrames + 1}); }, ErrorKind::NotFound);
  EXPECT_TRUE(equal(source.picture(list.train[1], 4, 128), crops(2)[4]));
  EXPECT_EQ(source.picture(list.train[1], 4, 96).rows, 96);
  EXPECT_EQ(source.mel(list.train[0]), source.mel(list.train[0]));  // cached
  expect_equal(source.truth(list.train[1]).value(), truth(2));
  EXPECT_EQ(source.landmarks(list.train[1], 7).value(), truth(2).landmarks[7]);
  EXPECT_EQ(source.lips(list.train[1], 7, 128).value(), lip_box(truth(2).landmarks[7], 128));
  EXPECT_EQ(source.framing(list.train[0]), hyperlips::Framing::Steady);
  message([&] { source.picture({"nobody/0", {}, {}}, 0, 128); }, ErrorKind::Settings);

  // A damaged frame is reported once.
  std::string bytes = bytes_of(file);
  const PackedClip clip = CropPack(file).clips()[2];
  bytes[clip.offset + clip.bytes - 100] ^= 1;
  write_bytes(file, bytes);
  for (int i = 0; i < 2; ++i)
    EXPECT_NE(message([&] { source.picture(list.train[1], kFrames - 1, 128); }, ErrorKind::Format)
                  .find(name(2)),
              std::string::npos);
  EXPECT_EQ(reports.size(), 1u);
  EXPECT_EQ(source.unreadable(), 1);
}

TEST_F(CropPackTest, ReadsFromManyThreads) {
  write(file);
  CropSource source(CropPack(file), 1 << 20);
  const ClipList list = source.list({});
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int n = 0; n < 3 * kFrames; ++n) {
        const cv::Mat picture = source.picture(list.train[0], (n + t) % kFrames, 128);
        if (!equal(picture, crops(0)[std::size_t((n + t) % kFrames)])) ++wrong;
        if (source.mel(list.validation[0])->empty()) ++wrong;
      }
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
