// SPDX-License-Identifier: LGPL-2.1-or-later
// Cutting videos into clips with one usable face: kept and dropped segments; crops, landmarks and
// sound as in inference.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include <opencv2/core.hpp>

#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/video_clip.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tracker.hpp"
#include "preprocess_testing.hpp"
#include "training/preprocess/face_clip_reader.hpp"

using namespace hyperlips::test;
using namespace hyperlips::training;
using hyperlips::Box;
using hyperlips::draw_background;
using hyperlips::draw_face;
using hyperlips::DrawnFace;
using hyperlips::Error;
using hyperlips::Face;

namespace {

const cv::Size kSize(320, 240);

struct Cut {
  std::vector<FoundClip> clips;
  std::vector<DroppedSegment> dropped;
  double seconds = 0;

  /// "0.00-1.20 no face, ..." of clips and drops by start.
  std::string text() const {
    std::vector<std::pair<double, std::string>> parts;
    const auto add = [&](double start, double end, const std::string &what) {
      char times[64];
      std::snprintf(times, sizeof times, "%.2f-%.2f ", start, end);
      parts.emplace_back(start, times + what);
    };
    for (const FoundClip &clip : clips) add(clip.start, clip.end(), "clip");
    for (const DroppedSegment &segment : dropped)
      add(segment.start, segment.end, to_string(segment.reason));
    std::ranges::sort(parts);
    std::string all;
    for (const auto &[start, part] : parts) all += (all.empty() ? "" : ", ") + part;
    return all;
  }
};

Cut cut(const std::string &path, const ClipReaderOptions &options = {}) {
  const std::atomic<bool> cancel = false;
  Cut result;
  result.seconds = read_face_clips(
      path, options, cancel, [&](FoundClip &&clip) { result.clips.push_back(std::move(clip)); },
      [&](const DroppedSegment &segment) { result.dropped.push_back(segment); });
  return result;
}

/// The crops of all frames made with the library as in hyperlipsfacecrop.
std::vector<cv::Mat> reference_crops(const std::string &path, hyperlips::Framing kind) {
  const std::atomic<bool> cancel = false;
  hyperlips::FrameReader reader(path, cancel);
  hyperlips::Tracker tracker(hyperlips::TrackerOptions{.max_faces = 4});
  hyperlips::FaceFraming framing(kind);
  std::vector<hyperlips::Frame> frames;
  while (auto frame = reader.next()) frames.push_back(std::move(*frame));
  GstVideoInfo info;
  gst_video_info_from_caps(&info, reader.caps());
  const auto orientation = reader.orientation();
  std::vector<Box> boxes;
  for (const auto &frame : frames) {
    const hyperlips::MappedFrame mapped(info, frame.buffer.get(), GST_MAP_READ, orientation);
    const hyperlips::Face face = tracker.track(mapped.view(), double(boxes.size()) / 25).at(0);
    boxes.push_back(framing.box(face.track_id, face.landmarks, double(boxes.size()) / 25));
  }
  std::vector<cv::Mat> crops;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::size_t count = std::min<std::size_t>(5, boxes.size() - i);
    const hyperlips::MappedFrame mapped(info, frames[i].buffer.get(), GST_MAP_READ, orientation);
    crops.push_back(hyperlips::crop_face(mapped.view(),
                                         hyperlips::mean_box(std::span(boxes).subspan(i, count))));
  }
  return crops;
}

class FaceClips : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void write(int frames, std::function<cv::Mat(int)> draw = {},
             const std::vector<Tone> &tones = voice(), ClipSpec spec = {}) {
    write_speaker(folder_, path, frames, std::move(draw), tones, std::move(spec));
  }
  TestFolder folder_;
  std::string path = folder_ / "a.mp4";
};

TEST_F(FaceClips, CropsEqualInference) {
  write(30);
  for (const auto kind : {hyperlips::Framing::Steady, hyperlips::Framing::Published}) {
    const Cut result = cut(path, {.framing = kind, .native_resolution = 512});
    ASSERT_EQ(result.text(), "0.00-1.20 clip");
    EXPECT_NEAR(result.seconds, 1.2, 1e-9);
    const FoundClip &found = result.clips[0];
    EXPECT_EQ(found.clip.framing, kind);
    const std::vector<cv::Mat> expected = reference_crops(path, kind);
    ASSERT_EQ(found.clip.frames(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_EQ(cv::norm(found.clip.crops[i], expected[i], cv::NORM_INF), 0) << i;
    ASSERT_EQ(found.clip.native.size(), expected.size());
    ASSERT_EQ(found.clip.landmarks.size(), expected.size());
    // The mesh spans its box, which is the published crop except for the smoothing.
    const Box box = hyperlips::bounding_box(found.clip.landmarks[10]);
    const float margin = kind == hyperlips::Framing::Published ? 0 : 2.5f;
    EXPECT_NEAR(box.x0, -0.5 + margin, 4);
    EXPECT_NEAR(box.y0, -0.5 + margin, 4);
    EXPECT_NEAR(box.x1, 127.5 - margin, 4);
    // The steady crop has room below for a mouth that is wide open.
    EXPECT_NEAR(box.y1, 127.5 - 3 * margin, margin > 0 ? 7.5 : 5);
  }
}

TEST_F(FaceClips, UprightCropsOfRotatedVideo) {
  const auto draw = [](int index) {
    cv::Mat upright = draw_face({240, 320}, [&] {
      DrawnFace face = speaking_face(index);
      face.width = 0.4f;
      return face;
    }());
    cv::rotate(upright, upright, cv::ROTATE_90_COUNTERCLOCKWISE);
    return upright;
  };
  write(30, draw);
  turn_clip(path);
  const Cut result = cut(path);
  ASSERT_EQ(result.text(), "0.00-1.20 clip");
  const auto &points = result.clips[0].clip.landmarks[5];
  EXPECT_LT(points[10].y, points[152].y - 80);  // the forehead is above the chin
}

TEST_F(FaceClips, SoundIsAligned) {
  // The voice starts at 1.2 s, after 0.8 s without a face: at 0.4 s in the clip.
  const auto draw = [](int index) {
    return index < 20 ? draw_background(kSize) : draw_face(kSize, speaking_face(index));
  };
  write(70, draw, voice(1.2), {.muxer = "matroskamux", .audio_encoder = "flacenc"});
  const Cut result = cut(path);
  ASSERT_EQ(result.clips.size(), 1u) << result.text();
  const FoundClip &found = result.clips[0];
  const auto &samples = found.clip.samples;
  EXPECT_EQ(samples.size(), found.clip.frames() * 640);
  const auto onset = std::ranges::find_if(samples, [](float v) { return std::abs(v) > 0.1f; });
  EXPECT_NEAR(found.start + double(onset - samples.begin()) / 16000, 1.2, 0.003);
  EXPECT_EQ(found.clip.mel.size(), 1 + samples.size() / 200);
}

TEST_F(FaceClips, ThirtyFps) {
  ClipSpec spec;
  spec.fps_n = 30;
  write(60, {}, voice(), spec);
  const Cut result = cut(path);
  EXPECT_EQ(result.text(), "0.00-2.00 clip");
}

TEST_F(FaceClips, SplitsWhereTheFaceIsMissing) {
  write(90, [](int index) {
    return index >= 30 && index < 50 ? draw_background(kSize)
                                     : draw_face(kSize, speaking_face(index));
  });
  const Cut result = cut(path);
  EXPECT_EQ(result.text(), "0.00-1.20 clip, 1.20-2.00 no face, 2.00-3.60 clip");
  EXPECT_EQ(result.clips.at(1).number, 1);
}

TEST_F(FaceClips, DropsSeveralFaces) {
  write(40, [](int index) {
    DrawnFace left = speaking_face(index), right = left;
    left.center.x = 0.25f;
    right.center.x = 0.75f;
    cv::Mat picture = draw_background(kSize);
    draw_face(picture, left);
    draw_face(picture, right);
    return picture;
  });
  const Cut result = cut(path);
  EXPECT_EQ(result.text(), "0.00-1.60 several faces");
}

TEST_F(FaceClips, DropsSmallFaces) {
  write(30);
  ClipReaderOptions options;
  options.faces.min_face = 200;
  EXPECT_EQ(cut(path, options).text(), "0.00-1.20 face too small");
}

TEST_F(FaceClips, DropsSilence) {
  write(60, {}, {});
  EXPECT_EQ(cut(path).text(), "0.00-2.40 too little speech");
  EXPECT_EQ(cut(path, {.min_speech = 0}).text(), "0.00-2.40 clip");
}

TEST_F(FaceClips, DropsShortAndSplitsLongSegments) {
  write(70);
  EXPECT_EQ(cut(path, {.min_seconds = 1, .max_seconds = 1.2}).text(),
            "0.00-1.20 clip, 1.20-2.40 clip, 2.40-2.80 too short");
}

TEST_F(FaceClips, SplitsAtSceneCuts) {
  write(60, [](int index) {
    if (index < 30) return draw_face(kSize, speaking_face(index));
    cv::Mat other(kSize, CV_8UC3, cv::Scalar(200, 60, 20));
    draw_face(other, speaking_face(index));
    return other;
  });
  EXPECT_EQ(cut(path).text(), "0.00-1.20 clip, 1.20-2.40 clip");
}

TEST_F(FaceClips, DropsPicturesWithoutSound) {
  ClipSpec spec;
  spec.width = 320, spec.height = 240, spec.frames = 75;
  spec.draw = [](int index) { return draw_face(kSize, speaking_face(index)); };
  spec.muxer = "matroskamux", spec.audio_encoder = "flacenc";
  spec.wav = folder_ / "short.wav";
  write_wav(spec.wav, 2, voice());
  write_clip(path, spec);
  EXPECT_EQ(cut(path).text(), "0.00-2.00 clip, 2.00-3.00 no sound");
}

TEST_F(FaceClips, RejectsVideoWithoutSound) {
  ClipSpec spec;
  spec.face = false;
  write_clip(path, spec);
  try {
    cut(path);
    FAIL();
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("has no sound"), std::string::npos) << error.what();
  }
}

TEST_F(FaceClips, RejectsInvalidOptions) {
  EXPECT_THROW(check({.min_seconds = 5, .max_seconds = 2}), Error);
  EXPECT_THROW(check({.min_speech = 1.5}), Error);
}

}  // namespace
