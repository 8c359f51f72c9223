// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/picture_measures.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "training/evaluate/landmark_measures.hpp"

namespace hyperlips::training {
namespace {

cv::Mat noise(cv::Size size, int seed) {
  cv::Mat picture(size, CV_8UC3);
  cv::RNG rng(seed);
  rng.fill(picture, cv::RNG::UNIFORM, 0, 256);
  return picture;
}

/// A smooth picture and one that differs slightly.
std::pair<cv::Mat, cv::Mat> similar(cv::Size size) {
  cv::Mat a(size, CV_8UC3), b(size, CV_8UC3);
  cv::RNG rng(7);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int value = int(128 + 90 * std::sin(0.3 * x + c) * std::cos(0.2 * y));
        a.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<std::uint8_t>(value);
        b.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<std::uint8_t>(value + rng.uniform(-20, 21));
      }
    }
  }
  return {a, b};
}

/// The definition, one window at a time.
double ssim_by_loops(const cv::Mat &a, const cv::Mat &b) {
  double weights[11][11], total = 0;
  for (int i = 0; i < 11; ++i) {
    for (int j = 0; j < 11; ++j) {
      weights[i][j] = std::exp(-((i - 5) * (i - 5) + (j - 5) * (j - 5)) / (2 * 1.5 * 1.5));
      total += weights[i][j];
    }
  }
  double sum = 0;
  int count = 0;
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y + 11 <= a.rows; ++y) {
      for (int x = 0; x + 11 <= a.cols; ++x) {
        double ma = 0, mb = 0, va = 0, vb = 0, cov = 0;
        for (int pass = 0; pass < 2; ++pass) {
          for (int i = 0; i < 11; ++i) {
            for (int j = 0; j < 11; ++j) {
              const double w = weights[i][j] / total;
              const double p = a.at<cv::Vec3b>(y + i, x + j)[c],
                           q = b.at<cv::Vec3b>(y + i, x + j)[c];
              if (pass == 0) {
                ma += w * p;
                mb += w * q;
              } else {
                va += w * (p - ma) * (p - ma);
                vb += w * (q - mb) * (q - mb);
                cov += w * (p - ma) * (q - mb);
              }
            }
          }
        }
        const double c1 = 2.55 * 2.55, c2 = 7.65 * 7.65;
        sum += (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
        ++count;
      }
    }
  }
  return sum / count;
}

TEST(Psnr, EqualsDefinition) {
  const cv::Mat a = noise({37, 23}, 1), b = noise({37, 23}, 2);
  double squares = 0;
  for (int y = 0; y < a.rows; ++y) {
    for (int x = 0; x < a.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        const double d = double(a.at<cv::Vec3b>(y, x)[c]) - b.at<cv::Vec3b>(y, x)[c];
        squares += d * d;
      }
    }
  }
  EXPECT_NEAR(psnr(a, b), 10 * std::log10(65025 / (squares / (37 * 23 * 3))), 1e-9);
  const cv::Mat gray(16, 16, CV_8UC3, cv::Scalar::all(100)),
      lighter(16, 16, CV_8UC3, cv::Scalar::all(105));
  EXPECT_NEAR(psnr(gray, lighter), 34.1514, 1e-4);  // 20 log10(255 / 5)
}

TEST(Psnr, CappedForIdenticalPictures) {
  const cv::Mat a = noise({20, 20}, 3);
  EXPECT_EQ(psnr(a, a.clone()), kPsnrCap);
}

TEST(Ssim, EqualsDefinition) {
  const auto [a, b] = similar({31, 26});
  const double expected = ssim_by_loops(a, b);
  EXPECT_GT(expected, 0.3);
  EXPECT_LT(expected, 0.95);
  EXPECT_NEAR(ssim(a, b), expected, 1e-5);
  const cv::Mat c = noise({24, 19}, 4), d = noise({24, 19}, 5);
  EXPECT_NEAR(ssim(c, d), ssim_by_loops(c, d), 1e-5);
}

TEST(Ssim, FlatPicturesKeepPrecision) {
  const cv::Mat dark(20, 20, CV_8UC3, cv::Scalar::all(10)),
      light(20, 20, CV_8UC3, cv::Scalar::all(250));
  EXPECT_NEAR(ssim(dark, light), (2 * 2500 + 6.5025) / (100 + 62500 + 6.5025), 1e-5);
  EXPECT_NEAR(ssim(light, light), 1, 1e-9);
}

TEST(Ssim, OneForIdenticalPictures) {
  const cv::Mat a = noise({40, 30}, 6);
  EXPECT_NEAR(ssim(a, a.clone()), 1, 1e-9);
}

TEST(Psnr, RejectsSizeMismatch) {
  EXPECT_THROW(psnr(noise({20, 20}, 1), noise({20, 21}, 1)), Error);
  EXPECT_THROW(psnr(cv::Mat(), cv::Mat()), Error);
}

TEST(Ssim, RejectsSmallPictures) {
  EXPECT_THROW(ssim(noise({20, 10}, 1), noise({20, 10}, 1)), Error);
}

TEST(MeanAbsoluteError, RejectsBoxOutsideThePicture) {
  EXPECT_THROW(mean_absolute_error(noise({20, 20}, 1), noise({20, 20}, 2), {10, 10, 11, 5}), Error);
}

TEST(MeanAbsoluteError, CountsOnlyTheBox) {
  cv::Mat a(40, 50, CV_8UC3, cv::Scalar::all(60)), b = a.clone();
  b(cv::Rect(10, 12, 4, 5)).setTo(cv::Scalar(70, 60, 60));
  b.at<cv::Vec3b>(0, 0) = {255, 255, 255};
  EXPECT_NEAR(mean_absolute_error(a, b, {10, 12, 8, 5}), 10.0 / 3 / 2 / 255, 1e-12);
}

TEST(GradientEnergy, EqualsDefinition) {
  cv::Mat picture(20, 30, CV_8UC1, cv::Scalar(100));
  picture.at<std::uint8_t>(10, 12) = 150;
  // -4 * 50 at the pixel, 50 at its four neighbors
  EXPECT_NEAR(*gradient_energy(picture, {8, 6, 10, 8}), (200 * 200 + 4 * 50 * 50) / 80.0, 1e-6);
  EXPECT_EQ(*gradient_energy(picture, {0, 0, 10, 9}), 0);  // nothing from beyond the box
  cv::Mat colored;
  cv::merge(std::vector<cv::Mat>(3, picture), colored);
  EXPECT_NEAR(*gradient_energy(colored, {8, 6, 10, 8}), (200 * 200 + 4 * 50 * 50) / 80.0, 1e-6);
  EXPECT_EQ(gradient_energy(picture, {8, 6, 4, 8}), std::nullopt);
  EXPECT_THROW(gradient_energy(picture, {25, 6, 10, 8}), Error);
}

TEST(GradientEnergy, FallsWithBlur) {
  const cv::Mat sharp = noise({40, 40}, 9);
  cv::Mat soft;
  cv::blur(sharp, soft, {3, 3});
  EXPECT_LT(*gradient_energy(soft, {5, 5, 30, 30}), 0.5 * *gradient_energy(sharp, {5, 5, 30, 30}));
}

Landmarks spread() {
  Landmarks mesh;
  mesh.fill({100, 150, 0});
  mesh[0] = {80, 100, 0};  // also a point of the lips
  return mesh;
}

TEST(MouthBox, EnlargesLipBoxByThirtyPercent) {
  Landmarks mesh;
  mesh.fill({10, 10, 0});
  for (const auto i : kLipLandmarks) mesh[i] = {120, 210, 0};
  mesh[61] = {100, 205, 0};
  mesh[291] = {140, 205, 0};
  mesh[0] = {120, 200, 0};
  mesh[17] = {120, 220, 0};
  // center (120, 210), half size (26, 13): columns 94 ... 146, rows 197 ... 223
  EXPECT_EQ(mouth_box(mesh, {320, 240}), cv::Rect(94, 197, 53, 27));
  EXPECT_EQ(mouth_box(mesh, {130, 215}), cv::Rect(94, 197, 36, 18));
  EXPECT_EQ(mouth_box(mesh, {90, 90}), std::nullopt);
}

TEST(LargestDifferenceOutside, IgnoresLowerFace) {
  // Box (80, 100) ... (100, 150), enlarged by (3, 7.5); outer eye corners at 130.
  Landmarks mesh = spread();
  mesh[33] = {90, 128, 0};
  mesh[263] = {95, 132, 0};
  const cv::Mat a(200, 200, CV_8UC3, cv::Scalar::all(50));
  const auto changed = [&](cv::Point at, int by) {
    cv::Mat b = a.clone();
    b.at<cv::Vec3b>(at)[1] += by;
    return largest_difference_outside(a, b, mesh);
  };
  EXPECT_EQ(changed({90, 140}, 30), 0);
  EXPECT_EQ(changed({77, 126}, 30), 0);
  EXPECT_EQ(changed({103, 157}, 30), 0);
  EXPECT_EQ(changed({76, 126}, 30), 30);
  EXPECT_EQ(changed({77, 125}, 40), 40);
  EXPECT_EQ(changed({104, 150}, 7), 7);
  EXPECT_EQ(changed({90, 158}, 9), 9);
}

}  // namespace
}  // namespace hyperlips::training
