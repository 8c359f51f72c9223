// SPDX-License-Identifier: LGPL-2.1-or-later
// VideoClip: ping-pong loops in pieces smaller than the clip, and without seeking.
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include "gst/lib/media/video_clip.hpp"
#include "hyperlips/error.hpp"
#include "redub_testing.hpp"

using namespace hyperlips::test;
using hyperlips::Frame;
using hyperlips::VideoClip;

namespace {

constexpr gsize kFrameBytes = 240 * 180 * 3 / 2;

int index_of(const Frame &frame) {
  GstMapInfo map;
  gst_buffer_map(frame.buffer.get(), &map, GST_MAP_READ);
  const GstVideoMeta *meta = gst_buffer_get_video_meta(frame.buffer.get());
  const gsize stride = meta ? gsize(meta->stride[0]) : 240;
  int index = 0;
  for (int bit = 0; bit < 8; ++bit) {
    index = index << 1 | (map.data[8 * stride + gsize(bit) * 16 + 8] > 128);
  }
  gst_buffer_unmap(frame.buffer.get(), &map);
  return index;
}

/// Plays the clip forward, backward and forward again.
void expect_ping_pong(const std::string &path, int frames, gsize piece_bytes) {
  const std::atomic<bool> cancel = false;
  VideoClip clip(path, cancel, piece_bytes);
  clip.start();
  std::vector<int> indices, expected;
  while (const auto frame = clip.next()) indices.push_back(index_of(*frame));
  for (int i = 0; i < 3 * frames; ++i) {
    const auto frame = clip.next_looped();
    ASSERT_TRUE(frame);
    EXPECT_NEAR(double(frame->duration), GST_SECOND / 25.0, double(GST_MSECOND));
    indices.push_back(index_of(*frame));
  }
  for (int i = 0, step = 1; int(expected.size()) < 4 * frames; i += step) {
    expected.push_back(i);
    if (i + step < 0 || i + step >= frames) step = -step;
    // The only frame of a clip is repeated.
    if (frames == 1) step = 0;
  }
  EXPECT_EQ(indices, expected);
}

class VideoClipTest : public testing::Test {
 protected:
  std::string clip(int frames, const char *muxer) {
    ClipSpec spec;
    spec.frames = frames;
    spec.muxer = muxer;
    write_clip(folder_ / "clip", spec);
    return folder_ / "clip";
  }
  TestFolder folder_;
};

}  // namespace

TEST_F(VideoClipTest, PingPong) {
  for (const char *muxer : {"mp4mux", "matroskamux", "avimux"}) {
    SCOPED_TRACE(muxer);
    expect_ping_pong(clip(30, muxer), 30, VideoClip::kPieceBytes);
  }
}

TEST_F(VideoClipTest, PingPongInSmallPieces) {
  expect_ping_pong(clip(30, "mp4mux"), 30, 4 * kFrameBytes);
  expect_ping_pong(clip(120, "matroskamux"), 120, 50 * kFrameBytes);
}

TEST_F(VideoClipTest, PingPongWithoutSeeking) {
  // A live stream's layout: no index, no length.
  expect_ping_pong(clip(20, "matroskamux streamable=true"), 20, 6 * kFrameBytes);
}

TEST_F(VideoClipTest, OneToThreeFrames) {
  for (const int frames : {1, 2, 3}) {
    SCOPED_TRACE(frames);
    expect_ping_pong(clip(frames, "matroskamux"), frames, VideoClip::kPieceBytes);
  }
}

TEST_F(VideoClipTest, CancelEndsTheLoop) {
  std::atomic<bool> cancel = false;
  VideoClip video(clip(10, "mp4mux"), cancel);
  video.start();
  ASSERT_TRUE(video.next());
  cancel = true;
  while (video.next()) {
  }
  EXPECT_FALSE(video.next_looped());
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  gst_init(nullptr, nullptr);
  return RUN_ALL_TESTS();
}
