// SPDX-License-Identifier: LGPL-2.1-or-later
// The content of the five folders of the HR data set, with weights by formula.
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "common/formula_weights.hpp"
#include "hyperlips/audio/mel_window.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/mesh_topology.hpp"
#include "hyperlips/face/sketch.hpp"
#include "hyperlips/face/tensor.hpp"
#include "preprocess_testing.hpp"
#include "training/preprocess/hr_dataset_writer.hpp"

using namespace hyperlips::test;
using namespace hyperlips::training;
using hyperlips::Error;

namespace {

/// A clip of ten frames and its pictures in the five folders.
class HrDatasetWriterTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    folder_ = std::make_unique<TestFolder>();
    checkpoints_ = std::make_unique<FormulaCheckpoints>();
    write_speaker(*folder_, *folder_ / "a.mp4", 10);
    const std::atomic<bool> cancel = false;
    FoundClip found;
    read_face_clips(
        *folder_ / "a.mp4", {.min_seconds = 0.2, .native_resolution = 512}, cancel,
        [&](FoundClip &&clip) { found = std::move(clip); }, [](const DroppedSegment &) {});
    ASSERT_EQ(found.clip.frames(), 10u);
    HrDatasetWriter writer(*folder_ / "out", checkpoints_->path("HyperLipsBase"), "cpu");
    writer.write("me/clip_0000", found);
    clip_ = std::move(found.clip);
  }
  static void TearDownTestSuite() {
    folder_.reset();
    checkpoints_.reset();
  }

  static fs::path folder_of(const char *kind) {
    return fs::path(*folder_ / "out/HR_Train_Dateset") / kind / "me/clip_0000";
  }

  /// The picture of frame kFrame.
  static cv::Mat read(const char *kind, int flags) {
    return cv::imread(folder_of(kind) / (std::to_string(kFrame) + ".jpg"), flags);
  }

  static constexpr int kFrame = 6;
  static inline std::unique_ptr<TestFolder> folder_;
  static inline std::unique_ptr<FormulaCheckpoints> checkpoints_;
  static inline FaceClip clip_;
};

TEST_F(HrDatasetWriterTest, WritesAllFrames) {
  for (const char *kind : kHrFolders)
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_of(kind)), {}),
              std::string(kind) == "GT_IMG" ? 11 : 10)  // with truth.bin
        << kind;
  EXPECT_TRUE(fs::is_empty(*folder_ / "out/.partial"));
}

TEST_F(HrDatasetWriterTest, ImageIsNativeCrop) {
  const NativeCrop &crop = clip_.native[kFrame];
  const cv::Mat image = read("GT_IMG", cv::IMREAD_COLOR);
  ASSERT_EQ(image.size(), cv::Size(crop.size, crop.size));
  EXPECT_LT(cv::norm(image, cv::imdecode(crop.jpeg, cv::IMREAD_COLOR), cv::NORM_INF), 1);
}

TEST_F(HrDatasetWriterTest, MaskIsLipPolygon) {
  const int size = clip_.native[kFrame].size;
  const cv::Mat mask = read("GT_MASK", cv::IMREAD_GRAYSCALE);
  ASSERT_EQ(mask.size(), cv::Size(size, size));
  std::vector<cv::Point2f> polygon;
  for (const auto index : hyperlips::kLipMaskPolygon) {
    const auto &point = clip_.landmarks[kFrame][index];
    polygon.emplace_back((point.x + 0.5f) * float(size) / 128,
                         (point.y + 0.5f) * float(size) / 128);
  }
  for (int y = 0; y < size; y += 3)
    for (int x = 0; x < size; x += 3) {
      const double inside = cv::pointPolygonTest(polygon, {float(x) + 0.5f, float(y) + 0.5f}, true);
      if (std::abs(inside) > 2) {
        EXPECT_EQ(mask.at<uchar>(y, x) > 127, inside > 0) << x << " " << y;
      }
    }
}

TEST_F(HrDatasetWriterTest, SketchIsOfLandmarks) {
  const cv::Mat sketch = read("GT_SKETCH", cv::IMREAD_GRAYSCALE);
  const cv::Mat drawn = hyperlips::draw_sketch(clip_.landmarks[kFrame], hyperlips::Affine());
  EXPECT_EQ(cv::countNonZero((sketch > 127) != drawn), 0);
}

TEST_F(HrDatasetWriterTest, GeneratedImageEqualsInference) {
  hyperlips::MelTimeline timeline;
  timeline.append(0, clip_.mel);
  timeline.finish();
  std::vector<float> window(80 * 16), face(hyperlips::kFaceTensor), output(3 * 128 * 128);
  ASSERT_EQ(timeline.find(kFrame * 40'000'000, window), hyperlips::MelTimeline::Lookup::Ready);
  hyperlips::base_input(clip_.crops[kFrame], clip_.crops[0], face);
  const auto network = hyperlips::open_network({.model = checkpoints_->path("HyperLipsBase"),
                                                .device = "cpu",
                                                .precision = hyperlips::Precision::Fp32});
  const std::span<const float> inputs[] = {window, face};
  const std::span<float> outputs[] = {output};
  network->run(1, inputs, outputs);
  const cv::Mat expected = hyperlips::picture_from_tensor(output, 128);
  const cv::Mat generated = read("HYPER_IMG", cv::IMREAD_COLOR);
  ASSERT_EQ(generated.size(), cv::Size(128, 128));
  EXPECT_GT(cv::PSNR(generated, expected), 30);
  EXPECT_EQ(read("HYPER_SKETCH", cv::IMREAD_GRAYSCALE).size(), cv::Size(128, 128));
}

TEST_F(HrDatasetWriterTest, RejectsOtherArchitecture) {
  EXPECT_THROW(HrDatasetWriter("out", checkpoints_->path("HRDecoder x1"), "cpu"), Error);
}

}  // namespace
