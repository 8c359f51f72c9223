// SPDX-License-Identifier: LGPL-2.1-or-later
// Pictures at 25 frames per second from files of other rates, by the index drawn into each frame.
#include <gtest/gtest.h>

#include <cmath>

#include "gst/lib/media/frame_view.hpp"
#include "hyperlips/error.hpp"
#include "preprocess_testing.hpp"
#include "training/preprocess/constant_rate_reader.hpp"

using namespace hyperlips::test;
using hyperlips::Error;
using hyperlips::training::ConstantRateReader;

namespace {

class ConstantRate : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  std::vector<int> indices(const std::string &path) {
    const std::atomic<bool> cancel = false;
    ConstantRateReader reader(path, cancel);
    reader.start();
    GstVideoInfo info;
    gst_video_info_from_caps(&info, reader.caps());
    orientation = reader.orientation();
    std::vector<int> found;
    while (const auto frame = reader.next()) {
      const hyperlips::MappedFrame mapped(info, frame->buffer.get(), GST_MAP_READ, orientation);
      const auto &luma = mapped.view().planes[0];
      found.push_back(index_of(luma.data, int(luma.stride)));
      time_error.push_back(reader.time_error());
    }
    return found;
  }

  TestFolder folder;
  hyperlips::Orientation orientation{};
  std::vector<GstClockTime> time_error;
};

TEST_F(ConstantRate, KeepsTwentyFiveFps) {
  write_clip(folder / "a.mp4", {.frames = 40, .face = false});
  std::vector<int> all(40);
  for (int i = 0; i < 40; ++i) all[std::size_t(i)] = i;
  EXPECT_EQ(indices(folder / "a.mp4"), all);
}

TEST_F(ConstantRate, NearestFrameOfOtherRates) {
  const struct {
    int fps_n, fps_d, frames;
  } rates[] = {{30, 1, 90}, {50, 1, 100}, {30000, 1001, 120}, {15, 1, 45}, {24000, 1001, 96}};
  for (const auto &rate : rates) {
    SCOPED_TRACE(double(rate.fps_n) / rate.fps_d);
    ClipSpec spec;
    spec.face = false;
    spec.fps_n = rate.fps_n;
    spec.fps_d = rate.fps_d;
    spec.frames = rate.frames;
    write_clip(folder / "a.mp4", spec);
    const double fps = double(rate.fps_n) / rate.fps_d;
    const std::vector<int> found = indices(folder / "a.mp4");
    ASSERT_NEAR(double(found.size()), rate.frames / fps * 25, 0.51);
    for (std::size_t n = 0; n < found.size(); ++n)
      EXPECT_LE(std::abs(found[n] / fps - double(n) / 25), 0.5 / fps + 1e-3) << n;
  }
}

TEST_F(ConstantRate, VariableFrameRateAndGaps) {
  ClipSpec spec;
  spec.face = false;
  spec.fps_n = 0;
  spec.muxer = "matroskamux";
  // 12 frames 20 ms apart, a gap of half a second, then 10 frames 100 ms apart.
  for (int i = 0; i < 12; ++i) spec.pts.push_back(GstClockTime(i) * 20 * GST_MSECOND);
  for (int i = 0; i < 10; ++i) spec.pts.push_back((720 + GstClockTime(i) * 100) * GST_MSECOND);
  spec.frames = int(spec.pts.size());
  write_clip(folder / "a.mkv", spec);
  const std::vector<int> found = indices(folder / "a.mkv");
  ASSERT_GE(found.size(), 40u);
  for (std::size_t n = 0; n < found.size(); ++n) {
    const double time = double(n) * 0.04;
    double nearest = 1e9;
    for (const GstClockTime pts : spec.pts)
      nearest = std::min(nearest, std::abs(double(pts) / GST_SECOND - time));
    const double shown = double(spec.pts[std::size_t(found[n])]) / GST_SECOND;
    EXPECT_NEAR(std::abs(shown - time), nearest, 2e-3) << n;
    EXPECT_NEAR(double(time_error[n]) / GST_SECOND, nearest, 2e-3) << n;
  }
}

TEST_F(ConstantRate, ReadsRotationTag) {
  ClipSpec spec;
  spec.face = false;
  write_clip(folder / "a.mp4", spec);
  turn_clip(folder / "a.mp4");
  EXPECT_EQ(indices(folder / "a.mp4").size(), 25u);
  EXPECT_EQ(orientation, hyperlips::Orientation::Rotate90);
}

TEST_F(ConstantRate, ConvertsUnsupportedFormats) {
  ClipSpec spec;
  spec.face = false;
  spec.encoder = "videoconvert ! video/x-raw,format=I422_10LE ! avenc_ffv1";
  spec.muxer = "matroskamux";
  write_clip(folder / "a.mkv", spec);
  const std::atomic<bool> cancel = false;
  ConstantRateReader reader(folder / "a.mkv", cancel);
  reader.start();
  GstVideoInfo info;
  gst_video_info_from_caps(&info, reader.caps());
  const auto frame = reader.next();
  const hyperlips::MappedFrame mapped(info, frame->buffer.get(), GST_MAP_READ,
                                      hyperlips::Orientation::Identity);
  EXPECT_TRUE(mapped) << GST_VIDEO_INFO_NAME(&info);
}

TEST_F(ConstantRate, NamesFileWithoutVideo) {
  write_wav(folder / "a.wav", 1, {});
  const std::atomic<bool> cancel = false;
  try {
    ConstantRateReader(folder / "a.wav", cancel).start();
    FAIL();
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("a.wav"), std::string::npos) << error.what();
  }
}

}  // namespace
