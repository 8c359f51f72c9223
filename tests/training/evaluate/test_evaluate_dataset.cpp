// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/evaluate_dataset.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "hyperlips/error.hpp"
#include "training/evaluate/crop_measures.hpp"
#include "training/evaluate/picture_measures.hpp"
#include "training/evaluate/evaluation_report.hpp"

namespace hyperlips::training {
namespace {

/// Windows of random pictures with 8-bit values, so that nothing is rounded.
class RandomFaces : public Dataset {
 public:
  explicit RandomFaces(int frames) : frames_(frames) {}

  std::int64_t epoch() const override { return 3; }
  std::int64_t unreadable() const override { return 2; }
  Batch example(std::uint64_t seed, std::int64_t index) const override {
    const auto picture = [&](int channels, int which) {
      torch::manual_seed(seed * 1000 + index * 10 + which);
      const torch::Tensor values =
          torch::randint(0, 256, {channels, frames_, 128, 128}).to(torch::kFloat32) / 255;
      return frames_ == 1 ? values.squeeze(1) : values;
    };
    return {
        {"mels", torch::zeros({1, 80, 16})}, {"face", picture(6, 0)}, {"target", picture(3, 1)}};
  }

 private:
  int frames_;
};

/// A tensor's value in 0 ... 255.
int level(const torch::Tensor &value) { return int(std::nearbyint(value.item<float>() * 255)); }

TEST(CropMeasures, LowerHalfIsMaskedOrPasted) {
  const cv::Mat crop(128, 128, CV_8UC3, cv::Scalar::all(90)),
      reference(128, 128, CV_8UC3, cv::Scalar::all(30));
  const cv::Mat masked = mask_lower_half(crop), pasted = paste_lower_half(crop, reference);
  for (const auto &[row, in_masked, in_pasted] :
       {std::array{0, 90, 90}, {63, 90, 90}, {64, 0, 30}, {127, 0, 30}}) {
    EXPECT_EQ(masked.at<cv::Vec3b>(row, 5)[1], in_masked) << row;
    EXPECT_EQ(pasted.at<cv::Vec3b>(row, 5)[1], in_pasted) << row;
  }
  EXPECT_EQ(crop.at<cv::Vec3b>(127, 5)[1], 90);  // not modified
}

TEST(CropMeasures, MouthErrorCountsOnlyTheMouth) {
  cv::Mat truth(256, 256, CV_8UC3, cv::Scalar::all(100)), result = truth.clone();
  result(cv::Rect(72, 152, 112, 88)).setTo(cv::Scalar::all(151));
  result(cv::Rect(0, 0, 256, 152)).setTo(cv::Scalar::all(0));
  EXPECT_NEAR(mouth_error(result, truth), 0.2, 1e-9);
}

TEST(EvaluateDataset, PerfectModel) {
  DatasetOptions options;
  options.batch = 2;
  options.sheet_rows = 2;
  const DatasetEvaluation found = evaluate_dataset(
      RandomFaces(1), [](const Batch &batch) { return batch.at("target"); }, options);
  EXPECT_EQ(found.examples, 3);
  EXPECT_EQ(found.pictures, 3);
  EXPECT_EQ(found.unreadable, 2);
  EXPECT_EQ(found.model.psnr, kPsnrCap);
  EXPECT_NEAR(found.model.ssim, 1, 1e-9);
  EXPECT_EQ(found.model.mouth_mae, 0);
  EXPECT_NEAR(found.pasted.mouth_mae, 1 / 3.0, 0.01);  // of two random pictures
  EXPECT_EQ(found.sheet.labels,
            (std::vector<std::string>{"reference", "input", "output", "truth"}));
  EXPECT_EQ(found.sheet.rows.size(), 2u);
  const nlohmann::ordered_json json = to_json(found);
  EXPECT_EQ(json.at("model").at("psnr"), 100);
  EXPECT_EQ(json.at("pictures"), 3);
  EXPECT_NE(to_table(found).find("pasted mouth"), std::string::npos);
}

TEST(EvaluateDataset, MeasuresEachFrame) {
  const RandomFaces faces(2);
  DatasetOptions options;
  options.seed = 5;
  options.first = 4;
  options.examples = 2;
  options.sheet_rows = 4;
  const Generate invert = [](const Batch &batch) { return 1 - batch.at("target"); };
  const DatasetEvaluation found = evaluate_dataset(faces, invert, options);
  ASSERT_EQ(found.pictures, 4);
  double mouth = 0, pasted = 0, psnrs = 0;
  for (int n = 0; n < 2; ++n) {
    const Batch example = faces.example(5, 4 + n);
    const torch::Tensor target = example.at("target"), face = example.at("face");
    for (int t = 0; t < 2; ++t) {
      const torch::Tensor truth = target.select(1, t).contiguous(),
                          reference = face.slice(0, 3, 6).select(1, t).contiguous();
      const auto a = truth.accessor<float, 3>(), b = reference.accessor<float, 3>();
      double squares = 0;
      for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < 128; ++y) {
          for (int x = 0; x < 128; ++x) {
            const double value = a[c][y][x], difference = 1 - 2 * value;
            squares += difference * difference;
            if (y < 76 || y > 119 || x < 36 || x > 91) continue;
            mouth += std::abs(difference) / (3 * 44 * 56 * 4);
            pasted += std::abs(value - b[c][y][x]) / (3 * 44 * 56 * 4);
          }
        }
      }
      psnrs += 10 * std::log10(3 * 128 * 128 / squares) / 4;
    }
  }
  EXPECT_NEAR(found.model.mouth_mae, mouth, 1e-6);
  EXPECT_NEAR(found.model.psnr, psnrs, 1e-4);
  EXPECT_NEAR(found.pasted.mouth_mae, pasted, 1e-6);

  // The sheet's second row is the first example's second frame.
  const Batch example = faces.example(5, 4);
  const std::vector<cv::Mat> &row = found.sheet.rows.at(1);
  EXPECT_EQ(row[0].at<cv::Vec3b>(9, 8)[2], level(example.at("face")[5][1][9][8]));
  EXPECT_EQ(row[1].at<cv::Vec3b>(9, 8)[1], level(example.at("face")[1][1][9][8]));
  EXPECT_EQ(row[2].at<cv::Vec3b>(9, 8)[0], 255 - level(example.at("target")[0][1][9][8]));
  EXPECT_EQ(row[3].at<cv::Vec3b>(9, 8)[0], level(example.at("target")[0][1][9][8]));
}

TEST(EvaluateDataset, StopsEarly) {
  DatasetOptions options;
  options.batch = 1;
  options.progress = [](std::int64_t done) { return done < 2; };
  EXPECT_EQ(evaluate_dataset(
                RandomFaces(1), [](const Batch &batch) { return batch.at("target"); }, options)
                .examples,
            2);
}

TEST(EvaluateDataset, RejectsShapeMismatch) {
  const Generate small = [](const Batch &batch) { return batch.at("target").slice(2, 0, 64); };
  EXPECT_THROW(evaluate_dataset(RandomFaces(1), small, {}), Error);
  DatasetOptions options;
  options.batch = 0;
  EXPECT_THROW(evaluate_dataset(RandomFaces(1), small, options), Error);
}

}  // namespace
}  // namespace hyperlips::training
