// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "common/gst_frame.hpp"
#include "hyperlips/video/blend.hpp"
#include "hyperlips/video/sample.hpp"
#include "hyperlips/video/sdr.hpp"

namespace hyperlips {
namespace {

Colorimetry color_of(Transfer transfer, bool wide) {
  Colorimetry color;
  color.transfer = transfer;
  color.wide_gamut = wide;
  return color;
}

cv::Vec3f gray(double value) { return cv::Vec3f::all(static_cast<float>(255 * value)); }

TEST(Sdr, CurvesAreThoseOfGStreamer) {
  const auto light_of = [](GstVideoTransferFunction curve, double value) {
    return gst_video_transfer_function_decode(curve, value);
  };
  const SdrConversion pq(color_of(Transfer::Pq, false)), hlg(color_of(Transfer::Hlg, false));
  const double hlg_white = light_of(GST_VIDEO_TRANSFER_ARIB_STD_B67, 0.75);
  for (double v = 0.02; v < 1; v += 0.02) {
    const double nits = 10000 * light_of(GST_VIDEO_TRANSFER_SMPTE2084, v);
    const double shown = std::pow(std::min(nits / 203, 1.0), 1 / 2.4);
    EXPECT_NEAR(pq.to_sdr(gray(v))[1], 255 * shown, 0.7) << v;
    const double light = light_of(GST_VIDEO_TRANSFER_ARIB_STD_B67, v) / hlg_white;
    const double seen =
        gst_video_transfer_function_encode(GST_VIDEO_TRANSFER_BT709, std::min(light, 1.0));
    EXPECT_NEAR(hlg.to_sdr(gray(v))[1], 255 * seen, 0.7) << v;
  }
}

TEST(Sdr, WhiteIsWhite) {
  // ITU-R BT.2408: graphics white has 58 % in PQ and 75 % in HLG.
  for (const bool wide : {false, true})
    for (int c = 0; c < 3; ++c) {
      EXPECT_NEAR(SdrConversion(color_of(Transfer::Pq, wide)).to_sdr(gray(0.5807))[c], 255, 1);
      EXPECT_NEAR(SdrConversion(color_of(Transfer::Hlg, wide)).to_sdr(gray(0.75))[c], 255, 1);
      EXPECT_NEAR(SdrConversion(color_of(Transfer::Pq, wide)).to_sdr(gray(0.9))[c], 255, 0.5);
      EXPECT_NEAR(SdrConversion(color_of(Transfer::Gamma, wide)).to_sdr(gray(0.5))[c], 127.5, 0.5);
    }
}

TEST(Sdr, RedOfBt709InBt2020) {
  // ITU-R BT.2087.
  const cv::Vec3f red =
      SdrConversion(color_of(Transfer::Gamma, true)).from_sdr(cv::Vec3f(255, 0, 0));
  const double expected[] = {0.6274, 0.0691, 0.0164};
  for (int c = 0; c < 3; ++c)
    EXPECT_NEAR(red[c],
                255 * gst_video_transfer_function_encode(GST_VIDEO_TRANSFER_BT709, expected[c]), 1);
}

TEST(Sdr, ThereAndBack) {
  for (const Transfer transfer : {Transfer::Gamma, Transfer::Pq, Transfer::Hlg})
    for (const bool wide : {false, true}) {
      const SdrConversion conversion(color_of(transfer, wide));
      for (float r = 5; r < 255; r += 50)
        for (float g = 5; g < 255; g += 50)
          for (float b = 5; b < 255; b += 50) {
            const cv::Vec3f rgb(r, g, b);
            const cv::Vec3f back = conversion.to_sdr(conversion.from_sdr(rgb));
            EXPECT_LT(cv::norm(back - rgb, cv::NORM_INF), 0.6) << rgb << back;
          }
    }
}

TEST(Sdr, FramesKeepTheirLight) {
  // What was sampled and is blended again changes nothing but by rounding to 8 bits.
  for (const Transfer transfer : {Transfer::Pq, Transfer::Hlg}) {
    GstFrame frame(
        PixelFormat::I420_10LE, 96, 96,
        {.matrix = GST_VIDEO_COLOR_MATRIX_BT2020, .transfer = transfer, .wide_gamut = true});
    cv::Mat picture(96, 96, CV_8UC3);
    for (int y = 0; y < 96; ++y)
      for (int x = 0; x < 96; ++x)
        picture.at<cv::Vec3b>(y, x) = cv::Vec3b(60 + x / 4, 70 + y / 4, 90 + (x + y) / 6);
    frame.fill(picture);
    const auto luma = [&](int x, int y) {
      const std::uint8_t *p =
          frame.view().planes[0].data + y * frame.view().planes[0].stride + 2 * x;
      return p[0] | p[1] << 8;
    };
    cv::Mat before(96, 96, CV_32SC1);
    for (int y = 0; y < 96; ++y)
      for (int x = 0; x < 96; ++x) before.at<int>(y, x) = luma(x, y);
    const cv::Mat seen = sample_bgr(frame.view(), {}, {96, 96}, Border::Replicate);
    blend(frame.view(), seen, {}, {{10, 10, 70, 70}, cv::Mat::ones(70, 70, CV_32FC1)}, 1);
    for (int y = 10; y < 80; ++y)
      for (int x = 10; x < 80; ++x)
        ASSERT_NEAR(luma(x, y), before.at<int>(y, x), 3) << x << " " << y;
  }
}

}  // namespace
}  // namespace hyperlips
