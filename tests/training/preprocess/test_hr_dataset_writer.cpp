// SPDX-License-Identifier: LGPL-2.1-or-later
// The five folders of the HR data set, with weights by formula: what is in each of them.
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

TEST(HrDatasetWriter, WritesThePublishedFolders) {
  gst_init(nullptr, nullptr);
  const TestFolder folder;
  write_speaker(folder, folder / "a.mp4", 10);
  const std::atomic<bool> cancel = false;
  FoundClip found;
  read_face_clips(
      folder / "a.mp4", {.min_seconds = 0.2, .own_resolution = 512}, cancel,
      [&](FoundClip &&clip) { found = std::move(clip); }, [](const DroppedStretch &) {});
  ASSERT_EQ(found.clip.frames(), 10u);
  const FormulaCheckpoints checkpoints;
  const std::string model = checkpoints.path("HyperLipsBase");
  HrDatasetWriter writer(folder / "out", model, "cpu");
  writer.write("me/clip_0000", found);

  const fs::path root = folder / "out/HR_Train_Dateset";
  const auto read = [&](const char *kind, int n, int flags) {
    return cv::imread(root / kind / "me/clip_0000" / (std::to_string(n) + ".jpg"), flags);
  };
  for (const char *kind : kHrFolders)
    EXPECT_EQ(std::distance(fs::directory_iterator(root / kind / "me/clip_0000"), {}), 10) << kind;
  EXPECT_TRUE(fs::is_empty(folder / "out/.partial"));

  const int n = 6;
  const int size = found.clip.own[n].size;
  const cv::Mat image = read("GT_IMG", n, cv::IMREAD_COLOR);
  ASSERT_EQ(image.size(), cv::Size(size, size));
  EXPECT_LT(cv::norm(image, cv::imdecode(found.clip.own[n].jpeg, cv::IMREAD_COLOR), cv::NORM_INF),
            1);

  const cv::Mat mask = read("GT_MASK", n, cv::IMREAD_GRAYSCALE);
  ASSERT_EQ(mask.size(), image.size());
  std::vector<cv::Point2f> polygon;
  for (const auto index : hyperlips::kLipMaskPolygon) {
    const auto &point = found.clip.landmarks[n][index];
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

  const cv::Mat sketch = read("GT_SKETCH", n, cv::IMREAD_GRAYSCALE);
  const cv::Mat drawn = hyperlips::draw_sketch(found.clip.landmarks[n], hyperlips::Affine());
  EXPECT_EQ(cv::countNonZero((sketch > 127) != drawn), 0);

  // What inference makes of frame 6.
  hyperlips::MelTimeline timeline;
  timeline.append(0, found.clip.mel);
  timeline.finish();
  std::vector<float> window(80 * 16), face(hyperlips::kFaceTensor), output(3 * 128 * 128);
  ASSERT_EQ(timeline.find(n * 40'000'000, window), hyperlips::MelTimeline::Lookup::Ready);
  hyperlips::base_input(found.clip.crops[n], found.clip.crops[0], face);
  const auto network = hyperlips::open_network(
      {.model = model, .device = "cpu", .precision = hyperlips::Precision::Fp32});
  const std::span<const float> inputs[] = {window, face};
  const std::span<float> outputs[] = {output};
  network->run(1, inputs, outputs);
  const cv::Mat expected = hyperlips::picture_from_tensor(output, 128);
  const cv::Mat generated = read("HYPER_IMG", n, cv::IMREAD_COLOR);
  ASSERT_EQ(generated.size(), cv::Size(128, 128));
  EXPECT_GT(cv::PSNR(generated, expected), 30);
  EXPECT_EQ(read("HYPER_SKETCH", n, cv::IMREAD_GRAYSCALE).size(), cv::Size(128, 128));
}

TEST(HrDatasetWriter, RefusesAnotherNetwork) {
  const FormulaCheckpoints checkpoints;
  EXPECT_THROW(HrDatasetWriter("out", checkpoints.path("HRDecoder x1"), "cpu"), Error);
}

}  // namespace
