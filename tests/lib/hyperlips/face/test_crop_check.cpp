// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "common/drawn_face.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/crop_check.hpp"

namespace hyperlips {
namespace {

const cv::Mat &frame() {
  static const cv::Mat picture = draw_face({320, 240}, {.width = 0.4f});
  return picture;
}
const Box kBox{96, 40, 224, 210};

const cv::Mat &crop() {
  static const cv::Mat picture = crop_face(view_of(frame()), kBox);
  return picture;
}

Box moved(const Box &box, float x, float y) {
  return {box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y};
}

TEST(CropCheck, TheSamePictureAgrees) {
  const CropMatch match = match_crop(view_of(frame()), kBox, crop());
  EXPECT_GT(match.here, 0.98);
  EXPECT_TRUE(shows_crop(view_of(frame()), kBox, crop()));
}

TEST(CropCheck, OtherLookAgrees) {
  const auto agrees = [](const cv::Mat &picture) {
    return shows_crop(view_of(picture), kBox, crop());
  };
  EXPECT_TRUE(agrees(frame() * 0.3 + cv::Scalar::all(20)));
  EXPECT_TRUE(agrees(frame() * 1.8 - cv::Scalar::all(60)));
  cv::Mat gray, blurred, noise(frame().size(), CV_8UC3), small;
  cv::cvtColor(frame(), gray, cv::COLOR_BGR2GRAY);
  cv::cvtColor(gray, gray, cv::COLOR_GRAY2BGR);
  EXPECT_TRUE(agrees(gray));
  cv::GaussianBlur(frame(), blurred, {}, 5);
  EXPECT_TRUE(agrees(blurred));
  cv::RNG(1).fill(noise, cv::RNG::UNIFORM, 0, 80);
  EXPECT_TRUE(agrees(frame() + noise));
  cv::Mat overlaid = frame().clone();
  cv::rectangle(overlaid, cv::Rect(90, 150, 140, 20), cv::Scalar::all(255), cv::FILLED);
  EXPECT_TRUE(agrees(overlaid));
  cv::resize(frame(), small, {}, 0.25, 0.25, cv::INTER_AREA);
  EXPECT_TRUE(shows_crop(view_of(small), {24, 10, 56, 52.5f}, crop()));
}

TEST(CropCheck, OtherPlacesDisagree) {
  for (const float by : {-0.4f, -0.25f, -0.15f, 0.15f, 0.25f, 0.4f}) {
    EXPECT_FALSE(shows_crop(view_of(frame()), moved(kBox, by * kBox.width(), 0), crop())) << by;
    EXPECT_FALSE(shows_crop(view_of(frame()), moved(kBox, 0, by * kBox.height()), crop())) << by;
  }
  cv::Mat turned, mirrored;
  cv::flip(frame(), turned, 0);
  EXPECT_FALSE(shows_crop(view_of(turned), kBox, crop()));
  cv::flip(frame(), mirrored, 1);
  EXPECT_FALSE(shows_crop(view_of(mirrored), moved(kBox, 60, 0), crop()));
}

TEST(CropCheck, NothingThereDisagrees) {
  EXPECT_FALSE(shows_crop(view_of(cv::Mat(240, 320, CV_8UC3, cv::Scalar::all(16))), kBox, crop()));
  EXPECT_FALSE(shows_crop(view_of(draw_background({320, 240})), kBox, crop()));
}

TEST(CropCheck, ACropOfNothingTellsNothing) {
  const cv::Mat flat(128, 128, CV_8UC3, cv::Scalar::all(90));
  EXPECT_TRUE(shows_crop(view_of(frame()), kBox, flat));
}

}  // namespace
}  // namespace hyperlips
