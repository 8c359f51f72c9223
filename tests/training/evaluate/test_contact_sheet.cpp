// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/contact_sheet.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include <opencv2/imgcodecs.hpp>

#include "hyperlips/error.hpp"
#include "tests/common/temporary_folder.hpp"

namespace hyperlips::training {
namespace {

cv::Mat flat(cv::Size size, int value) { return cv::Mat(size, CV_8UC3, cv::Scalar::all(value)); }

TEST(ContactSheet, LabeledColumns) {
  const ContactSheet sheet{
      {"reference", "output"},
      {{flat({64, 64}, 100), flat({32, 64}, 200)}, {cv::Mat(), flat({300, 150}, 250)}}};
  const cv::Mat picture = draw(sheet, 64);
  ASSERT_EQ(picture.size(), cv::Size(4 + 2 * 68, 24 + 2 * 68));
  const auto at = [&](int x, int y) { return int(picture.at<cv::Vec3b>(y, x)[0]); };
  EXPECT_EQ(at(4, 24), 100);
  EXPECT_EQ(at(67, 87), 100);
  EXPECT_EQ(at(68, 50), 48);
  EXPECT_EQ(at(72 + 15, 50), 48);  // a narrow picture is centered
  EXPECT_EQ(at(72 + 16, 50), 200);
  EXPECT_EQ(at(72 + 47, 50), 200);
  EXPECT_EQ(at(72 + 48, 50), 48);
  EXPECT_EQ(at(30, 120), 48);  // no picture
  EXPECT_EQ(at(72 + 32, 92 + 15), 48);
  EXPECT_EQ(at(72 + 32, 92 + 16), 250);
  double left = 0, right = 0;
  cv::minMaxLoc(picture(cv::Rect(4, 0, 60, 22)).clone().reshape(1), nullptr, &left);
  cv::minMaxLoc(picture(cv::Rect(72, 0, 60, 22)).clone().reshape(1), nullptr, &right);
  EXPECT_GT(left, 150);  // letters
  EXPECT_GT(right, 150);
  EXPECT_THROW(draw({{"one"}, {{flat({8, 8}, 1), flat({8, 8}, 1)}}}), Error);
  EXPECT_THROW(draw({{"one"}, {}}), Error);
}

TEST(WritePng, ReplacesFileAndNamesItInErrors) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder / "sheet.png";
  std::ofstream(path) << "old";
  write_png(path, flat({10, 7}, 33));
  const cv::Mat read = cv::imread(path);
  EXPECT_EQ(read.size(), cv::Size(10, 7));
  EXPECT_EQ(read.at<cv::Vec3b>(3, 3), cv::Vec3b(33, 33, 33));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  try {
    write_png(folder / "nowhere" / "sheet.png", flat({4, 4}, 1));
    ADD_FAILURE();
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("nowhere"), std::string::npos);
  }
}

}  // namespace
}  // namespace hyperlips::training
