// SPDX-License-Identifier: LGPL-2.1-or-later
// The programs of examples/, run as a user runs them. The networks' weights follow a formula, so
// mouths change but mean nothing.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <optional>

#include "common/test_media.hpp"
#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/video_clip.hpp"
#include "hyperlips/face/tracker.hpp"
#include "hyperlips/video/sample.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

/// Mean absolute difference of two pictures within a rectangle, 0 ... 255.
double difference(const cv::Mat &a, const cv::Mat &b, const cv::Rect &where) {
  return cv::norm(a(where), b(where), cv::NORM_L1) / double(where.area() * a.channels());
}

std::optional<Landmarks> landmarks_of(const cv::Mat &picture) {
  const std::vector<Face> faces = Tracker(TrackerOptions{}).track(view_of(picture), 0);
  if (faces.size() != 1) return std::nullopt;
  return faces[0].landmarks;
}

/// From under the nose (FaceMesh point 2) to above the chin (152), between the mouth's corners.
cv::Rect mouth_of(const Landmarks &points) {
  return {cv::Point(points[61].x, points[2].y), cv::Point(points[291].x, points[152].y)};
}

/// From the frame's top edge to the eyes (33, 263).
cv::Rect above_eyes(const Landmarks &points, cv::Size frame) {
  return {0, 0, frame.width, int(std::min(points[33].y, points[263].y))};
}

std::vector<cv::Mat> frames_of(const std::string &file) {
  const std::atomic<bool> cancel = false;
  FrameReader reader(file, cancel);
  std::vector<cv::Mat> pictures;
  while (const std::optional<Frame> frame = reader.next()) {
    GstVideoInfo info;
    EXPECT_TRUE(gst_video_info_from_caps(&info, reader.caps()));
    const MappedFrame mapped(info, frame->buffer.get(), GST_MAP_READ, reader.orientation());
    pictures.push_back(sample_bgr(mapped.view(), {}, mapped.view().size(), Border::Replicate));
  }
  return pictures;
}

class ExamplesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    media_ = new TestFolder;
    ASSERT_EQ(execute(HYPERLIPS_MAKE_MEDIA, {*media_ / "."}), 0);
  }
  static void TearDownTestSuite() {
    delete media_;
    media_ = nullptr;
  }

  /// Returns the exit status.
  static int execute(std::string program, const std::vector<std::string> &arguments) {
    for (const std::string &argument : arguments) program += " '" + argument + "'";
    const int status = std::system(program.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  static std::string media(const std::string &name) { return *media_ / name; }
  static std::string model() { return media("hyperlips-base.safetensors"); }

  static TestFolder *media_;  // what make-media writes
  TestFolder folder_;
};

TestFolder *ExamplesTest::media_ = nullptr;

}  // namespace

TEST_F(ExamplesTest, RedubPipeline) {
  const std::string out = folder_ / "out.mp4";
  ASSERT_EQ(
      execute(HYPERLIPS_REDUB_PIPELINE, {media("video.mp4"), media("speech.wav"), out, model()}),
      0);
  const Contents contents = read_contents(out);
  EXPECT_EQ(contents.width, 320);
  EXPECT_EQ(contents.height, 240);
  EXPECT_EQ(contents.pts.size(), 50u);
  EXPECT_NEAR(contents.video_end, 2, 0.05);
  EXPECT_NEAR(contents.sound_end, 2, 0.05);

  const std::vector<cv::Mat> before = frames_of(media("video.mp4")), after = frames_of(out);
  ASSERT_EQ(before.size(), after.size());
  const std::size_t middle = before.size() / 2;
  const std::optional<Landmarks> points = landmarks_of(before[middle]);
  ASSERT_TRUE(points);
  EXPECT_GT(difference(before[middle], after[middle], mouth_of(*points)), 10);
  EXPECT_LT(difference(before[middle], after[middle], above_eyes(*points, before[0].size())), 3);
}

TEST_F(ExamplesTest, RedubPipelineReportsMissingModel) {
  EXPECT_EQ(execute(HYPERLIPS_REDUB_PIPELINE, {media("video.mp4"), media("speech.wav"),
                                               folder_ / "out.mp4", folder_ / "none.pth"}),
            1);
  EXPECT_EQ(execute(HYPERLIPS_REDUB_PIPELINE, {}), 2);
}

TEST_F(ExamplesTest, TalkingHeadWritesFrames) {
  ASSERT_EQ(execute(HYPERLIPS_TALKING_HEAD, {folder_ / "frames", "Hello.", "3"}), 0);
  const cv::Mat first = cv::imread(folder_ / "frames/frame-0.png"),
                later = cv::imread(folder_ / "frames/frame-10.png");
  ASSERT_EQ(first.size(), cv::Size(320, 240));
  ASSERT_EQ(later.size(), first.size());
  const std::optional<Landmarks> points = landmarks_of(first);
  ASSERT_TRUE(points);
  EXPECT_GT(difference(first, later, mouth_of(*points)), 1) << "the mouth does not move";
}

TEST_F(ExamplesTest, GenerateFaceChangesTheMouthOnly) {
  ASSERT_EQ(execute(HYPERLIPS_TALKING_HEAD, {folder_ / "frames", "Hello.", "3"}), 0);
  const std::string picture = folder_ / "frames/frame-0.png", wav = media("speech-16k.wav");
  ASSERT_EQ(execute(HYPERLIPS_GENERATE_FACE, {picture, wav, folder_ / "out.png", model()}), 0);
  const cv::Mat before = cv::imread(picture), after = cv::imread(folder_ / "out.png");
  ASSERT_EQ(after.size(), before.size());
  const std::optional<Landmarks> points = landmarks_of(before);
  ASSERT_TRUE(points);
  EXPECT_GT(difference(before, after, mouth_of(*points)), 10);
  EXPECT_EQ(difference(before, after, above_eyes(*points, before.size())), 0);

  // Another moment of the speech gives another mouth.
  ASSERT_EQ(execute(HYPERLIPS_GENERATE_FACE, {picture, wav, folder_ / "late.png", model(), "1.2"}),
            0);
  EXPECT_GT(difference(after, cv::imread(folder_ / "late.png"), mouth_of(*points)), 0);
}

TEST_F(ExamplesTest, GenerateFaceRejectsBadInput) {
  const std::string out = folder_ / "out.png", wav = media("speech-16k.wav"),
                    still = folder_ / "still.png";
  write_still(still);
  EXPECT_EQ(execute(HYPERLIPS_GENERATE_FACE, {folder_ / "none.png", wav, out, model()}), 1);
  EXPECT_EQ(execute(HYPERLIPS_GENERATE_FACE, {still, media("speech.wav"), out, model()}), 1)
      << "48 kHz";
  EXPECT_EQ(execute(HYPERLIPS_GENERATE_FACE, {still, wav, out, model(), "60"}), 1);
  EXPECT_FALSE(fs::exists(out));
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  gst_init(nullptr, nullptr);
  return RUN_ALL_TESTS();
}
