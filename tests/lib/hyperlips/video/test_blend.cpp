// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <random>
#include <set>
#include <vector>

#include "common/gst_frame.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/video/blend.hpp"
#include "hyperlips/video/format.hpp"

namespace hyperlips {
namespace {

/// The bits of one sample in memory.
struct Sample {
  std::size_t byte = 0;  ///< first byte in the buffer
  int bytes = 1;
  int shift = 0;
  int bits = 8;
};

Sample where(GstFrame &frame, int component, int x, int y) {
  const FrameView &view = frame.view();
  const GstVideoFormatInfo *info = frame.gst()->info.finfo;
  const int plane = static_cast<int>(info->plane[component]);
  const auto row = static_cast<std::size_t>(view.planes[plane].data - frame.bytes().data()) +
                   y * view.planes[plane].stride;
  if (view.format == PixelFormat::v210) {
    // Cb0 Y0 Cr0 | Y1 Cb1 Y2 | Cr1 Y3 Cb2 | Y4 Cr2 Y5
    static constexpr int kPlace[3][6] = {{1, 3, 5, 7, 9, 11}, {0, 4, 8}, {2, 6, 10}};
    const int in_group = component == 0 ? 6 : 3;
    const int place = kPlace[component][x % in_group];
    return {row + x / in_group * 16 + place / 3 * 4, 4, place % 3 * 10, 10};
  }
  int offset = static_cast<int>(info->poffset[component]);
  if (view.format == PixelFormat::P010_10LE) offset = component == 2 ? 2 : 0;
  const int bits = static_cast<int>(info->depth[component]);
  return {row + offset + x * info->pixel_stride[component], bits > 8 ? 2 : 1,
          static_cast<int>(info->shift[component]), bits};
}

int value(std::span<const std::uint8_t> bytes, const Sample &s) {
  std::uint32_t word = 0;
  for (int i = 0; i < s.bytes; ++i) word |= std::uint32_t(bytes[s.byte + i]) << 8 * i;
  return static_cast<int>(word >> s.shift & ((1u << s.bits) - 1));
}

void fill_randomly(GstFrame &frame, int seed) {
  std::mt19937 random(seed);
  for (auto &byte : frame.bytes()) byte = static_cast<std::uint8_t>(random());
  if (frame.view().format == PixelFormat::I420_10LE)
    for (std::size_t i = 1; i < frame.bytes().size(); i += 2) frame.bytes()[i] &= 3;
}

cv::Mat random_picture(cv::Size size, int seed) {
  cv::Mat picture(size, CV_8UC3);
  cv::RNG(seed).fill(picture, cv::RNG::UNIFORM, 0, 256);
  return picture;
}

/// A disc with a soft edge: zero in the corners, one in the middle.
Mask disc(const cv::Rect &rect) {
  Mask mask{rect, cv::Mat(rect.size(), CV_32FC1)};
  for (int y = 0; y < rect.height; ++y)
    for (int x = 0; x < rect.width; ++x) {
      const double dx = (x + 0.5) / rect.width - 0.5, dy = (y + 0.5) / rect.height - 0.5;
      mask.alpha.at<float>(y, x) =
          static_cast<float>(std::clamp(3 - 6.5 * std::hypot(dx, dy), 0.0, 1.0));
    }
  return mask;
}

float alpha_at(const Mask &mask, cv::Point p) {
  return mask.rect.contains(p) ? mask.alpha.at<float>(p - mask.rect.tl()) : 0;
}

/// R'G'B' of 0 ... 1 to a sample of the frame, in double precision.
double expected_value(const FrameView &view, const GstVideoInfo &info, int component,
                      const cv::Vec3d &rgb) {
  if (GST_VIDEO_INFO_IS_RGB(&info)) return 255 * rgb[component];
  const auto &c = view.color;
  const double y = c.kr * rgb[0] + (1 - c.kr - c.kb) * rgb[1] + c.kb * rgb[2];
  const double raw = component == 0   ? y
                     : component == 1 ? (rgb[2] - y) / (2 * (1 - c.kb))
                                      : (rgb[0] - y) / (2 * (1 - c.kr));
  gint offsets[4], scales[4];
  gst_video_color_range_offsets(info.colorimetry.range, info.finfo, offsets, scales);
  return raw * scales[component] + offsets[component];
}

/// Compares each byte of `frame` with the expected result of blending `picture` at `shift` into
/// `before`.
void expect_blended(GstFrame &frame, const std::vector<std::uint8_t> &before,
                    const cv::Mat &picture, cv::Point shift, const Mask &mask, float strength) {
  const FrameView &view = frame.view();
  const GstVideoInfo &info = frame.gst()->info;
  const Affine to_upright = view.upright_to_stored().inverse();
  const auto upright = [&](int x, int y) {
    const cv::Point2d p = to_upright(x, y);
    return cv::Point(cvRound(p.x), cvRound(p.y));
  };
  std::vector<std::uint8_t> untouched(before.size(), 0xff);  // bits that must stay
  const int components = std::min<int>(info.finfo->n_components, 3);
  int written = 0;
  for (int c = 0; c < components; ++c) {
    const int w = 1 << info.finfo->w_sub[c], h = 1 << info.finfo->h_sub[c];
    for (int y = 0; y * h < view.stored_height; ++y)
      for (int x = 0; x * w < view.stored_width; ++x) {
        double alpha = 0;
        int covered = 0;
        for (int j = y * h; j < std::min(y * h + h, view.stored_height); ++j)
          for (int i = x * w; i < std::min(x * w + w, view.stored_width); ++i, ++covered)
            alpha += alpha_at(mask, upright(i, j));
        if (alpha == 0) continue;
        alpha *= strength / covered;
        ++written;

        const bool left = w > 1 && view.color.chroma_left, top = h > 1 && view.color.chroma_top;
        cv::Vec3d rgb;
        double weights = 0;
        for (int j = y * h - top; j < y * h + (h > 1 ? 2 : 1); ++j)
          for (int i = x * w - left; i < x * w + (w > 1 ? 2 : 1); ++i) {
            const double weight = (left && i == x * w ? 2 : 1) * (top && j == y * h ? 2 : 1);
            cv::Point p = upright(i, j) - shift;
            p.x = std::clamp(p.x, 0, picture.cols - 1);
            p.y = std::clamp(p.y, 0, picture.rows - 1);
            const auto &bgr = picture.at<cv::Vec3b>(p);
            rgb += weight * cv::Vec3d(bgr[2], bgr[1], bgr[0]) / 255;
            weights += weight;
          }
        const Sample s = where(frame, c, x, y);
        const int in = value(before, s), out = value(frame.bytes(), s);
        const double target =
            std::clamp(in + alpha * (expected_value(view, info, c, rgb / weights) - in), 0.0,
                       double((1 << s.bits) - 1));
        ASSERT_NEAR(out, target, 0.51) << "component " << c << " at " << x << ", " << y;

        std::uint32_t own = ((1u << s.bits) - 1) << s.shift;
        if (view.format == PixelFormat::P010_10LE) own = 0xffff;
        for (int i = 0; i < s.bytes; ++i)
          untouched[s.byte + i] &= static_cast<std::uint8_t>(~(own >> 8 * i));
      }
  }
  EXPECT_GT(written, 0);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < before.size(); ++i)
    changed += ((before[i] ^ frame.bytes()[i]) & untouched[i]) != 0;
  EXPECT_EQ(changed, 0u) << "bytes that the mask does not cover";
}

class Blend : public testing::TestWithParam<NamedFormat> {};
INSTANTIATE_TEST_SUITE_P(Formats, Blend, testing::ValuesIn(kFormats),
                         [](const auto &info) { return name(info.param.format); });

TEST_P(Blend, WritesOnlyMaskedSamples) {
  const ColorSetup setups[] = {
      {GST_VIDEO_COLOR_MATRIX_BT601, false, GST_VIDEO_CHROMA_SITE_MPEG2},
      {GST_VIDEO_COLOR_MATRIX_BT709, true, GST_VIDEO_CHROMA_SITE_JPEG},
      {GST_VIDEO_COLOR_MATRIX_BT2020, false, GST_VIDEO_CHROMA_SITE_COSITED}};
  const cv::Rect rects[] = {{20, 15, 37, 42}, {31, 22, 1, 1}, {0, 0, 65, 67}, {44, 50, 21, 17}};
  for (const auto &setup : setups)
    for (const auto &rect : rects) {
      GstFrame frame(GetParam().format, 65, 67, setup);
      fill_randomly(frame, rect.x);
      const std::vector<std::uint8_t> before(frame.bytes().begin(), frame.bytes().end());
      const cv::Mat picture = random_picture({48, 48}, rect.y);
      const cv::Point shift(18, 12);
      blend(frame.view(), picture, {{1, 0, double(shift.x), 0, 1, double(shift.y)}}, disc(rect),
            0.8f);
      expect_blended(frame, before, picture, shift, disc(rect), 0.8f);
      if (HasFatalFailure()) return;
    }
}

TEST_P(Blend, ExtremeColorsDoNotWrap) {
  const cv::Size size(24, 20);
  for (const bool full_range : {false, true})
    for (const auto matrix : {GST_VIDEO_COLOR_MATRIX_BT601, GST_VIDEO_COLOR_MATRIX_BT709,
                              GST_VIDEO_COLOR_MATRIX_BT2020})
      for (int color = 0; color < 8; ++color) {
        GstFrame frame(GetParam().format, size.width, size.height, {matrix, full_range});
        fill_randomly(frame, color);
        const std::vector<std::uint8_t> before(frame.bytes().begin(), frame.bytes().end());
        const auto level = [&](int bit) { return color & bit ? 255 : 0; };
        const cv::Mat picture(size, CV_8UC3, cv::Scalar(level(1), level(2), level(4)));
        const Mask mask{{4, 4, 12, 12}, cv::Mat::ones(12, 12, CV_32FC1)};
        blend(frame.view(), picture, {}, mask, 1);
        expect_blended(frame, before, picture, {}, mask, 1);
        if (HasFatalFailure()) FAIL() << "color " << color << ", full range " << full_range;
      }
}

TEST_P(Blend, AllOrientations) {
  for (int o = 0; o < 8; ++o) {
    GstFrame frame(GetParam().format, 75, 64);
    frame.set_orientation(static_cast<Orientation>(o));
    fill_randomly(frame, o);
    const std::vector<std::uint8_t> before(frame.bytes().begin(), frame.bytes().end());
    const cv::Mat picture = random_picture({40, 40}, o);
    const Mask mask = disc({13, 22, 40, 31});
    const cv::Point shift(13, 20);
    blend(frame.view(), picture, {{1, 0, double(shift.x), 0, 1, double(shift.y)}}, mask, 1);
    expect_blended(frame, before, picture, shift, mask, 1);
    if (HasFatalFailure()) FAIL() << "orientation " << o;
  }
}

TEST_P(Blend, UnchangedForZeroStrengthOrEmptyMask) {
  GstFrame frame(GetParam().format, 65, 67);
  fill_randomly(frame, 1);
  const std::vector<std::uint8_t> before(frame.bytes().begin(), frame.bytes().end());
  const cv::Mat picture = random_picture({48, 48}, 1);
  blend(frame.view(), picture, {}, disc({4, 5, 30, 30}), 0);
  blend(frame.view(), picture, {}, {}, 1);
  blend(frame.view(), picture, {}, {{4, 5, 30, 30}, cv::Mat::zeros(30, 30, CV_32FC1)}, 1);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), frame.bytes().begin()));
}

TEST(BlendPicture, SubPixelPrecision) {
  cv::Mat picture(128, 128, CV_8UC3);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x) picture.at<cv::Vec3b>(y, x) = cv::Vec3b(20 + x, 220 - x, 60 + y);
  GstFrame frame(PixelFormat::v210, 500, 460, {GST_VIDEO_COLOR_MATRIX_BT709, false});
  const double scale = 2.7, angle = 0.2;
  const Affine map{{scale * std::cos(angle), -scale * std::sin(angle), 90.31,
                    scale * std::sin(angle), scale * std::cos(angle), 40.77}};
  const Affine back = map.inverse();
  const Mask mask{{150, 150, 160, 150}, cv::Mat::ones(150, 160, CV_32FC1)};
  blend(frame.view(), picture, map, mask, 1);
  std::set<int> levels;
  for (int y = 150; y < 300; ++y)
    for (int x = 150; x < 310; ++x) {
      const cv::Point2d p = back(x, y);
      const cv::Vec3d rgb(60 + p.y, 220 - p.x, 20 + p.x);
      const int luma = value(frame.bytes(), where(frame, 0, x, y));
      ASSERT_NEAR(luma, expected_value(frame.view(), frame.gst()->info, 0, rgb / 255), 0.52)
          << x << " " << y;
      levels.insert(luma);
    }
  // All 10-bit levels in between occur, so values are not rounded to 8 bits.
  EXPECT_GE(static_cast<int>(levels.size()), *levels.rbegin() - *levels.begin());
}

TEST(BlendPicture, NoStepsOf8BitsInDeeperFrames) {
  // Gray ramps, in levels of 10 bits a pixel, seen with 8 bits and half of their size.
  for (const double slope : {0.25, 0.5, 1.0})
    for (const PixelFormat format :
         {PixelFormat::I420_10LE, PixelFormat::P010_10LE, PixelFormat::v210}) {
      const cv::Size size(400, 64);
      GstFrame frame(format, size.width, size.height);
      cv::Mat half(size / 2, CV_8UC3);
      const auto ramp = [&](double x) { return 300 + slope * x; };
      for (int x = 0; x < half.cols; ++x)
        half.col(x).setTo(cv::Scalar::all(std::floor((ramp(2 * x + 0.5) - 64) / 876 * 255 + 0.5)));
      const Mask mask{{20, 10, 360, 40}, cv::Mat::ones(40, 360, CV_32FC1)};
      blend(frame.view(), half, {{2, 0, 0.5, 0, 2, 0.5}}, mask, 1);
      const auto luma = [&](int x) { return value(frame.bytes(), where(frame, 0, x, 30)); };
      double error = 0;
      for (int x = 30; x < 370; ++x) {
        ASSERT_NEAR(luma(x), ramp(x), 2) << name(format) << " at " << x;
        // A step of 8 bits is 3.4 levels of 10 bits.
        ASSERT_LE(luma(x + 1) - luma(x), 2) << name(format) << " at " << x;
        error += std::abs(luma(x) - ramp(x)) / 340;
      }
      EXPECT_LT(error, 0.6) << name(format) << ", slope " << slope;
    }
}

TEST(BlendPicture, FloatPicturesAreNotRounded) {
  GstFrame frame(PixelFormat::I420_10LE, 64, 64, {GST_VIDEO_COLOR_MATRIX_BT709, true});
  const cv::Mat picture(64, 64, CV_32FC3, cv::Scalar::all(100.3));
  blend(frame.view(), picture, {}, {{8, 8, 40, 40}, cv::Mat::ones(40, 40, CV_32FC1)}, 1);
  EXPECT_EQ(value(frame.bytes(), where(frame, 0, 20, 20)), cvRound(100.3 / 255 * 1023));
}

TEST(BlendPicture, NoAliasingWhenReduced) {
  cv::Mat stripes(512, 512, CV_8UC3, cv::Scalar::all(0));
  for (int x = 0; x < 512; x += 2) stripes.col(x).setTo(cv::Scalar::all(255));
  GstFrame frame(PixelFormat::BGR, 128, 128);
  const Mask mask{{10, 10, 100, 100}, cv::Mat::ones(100, 100, CV_32FC1)};
  blend(frame.view(), stripes, {{0.26, 0, -0.4, 0, 0.26, -0.3}}, mask, 1);
  for (int y = 15; y < 105; ++y)
    for (int x = 15; x < 105; ++x)
      ASSERT_NEAR(frame.view().planes[0].data[y * frame.view().planes[0].stride + 3 * x], 127.5, 4);
}

TEST(BlendPicture, RejectsInvalidArguments) {
  GstFrame frame(PixelFormat::I420, 64, 64);
  const cv::Mat picture = random_picture({48, 48}, 1);
  EXPECT_THROW(blend(frame.view(), cv::Mat(8, 8, CV_8UC1), {}, disc({0, 0, 8, 8}), 1), Error);
  EXPECT_THROW(blend(frame.view(), picture, {}, disc({60, 0, 8, 8}), 1), Error);
  EXPECT_THROW(blend(frame.view(), picture, {}, {{0, 0, 8, 8}, cv::Mat::ones(7, 8, CV_32FC1)}, 1),
               Error);
}

}  // namespace
}  // namespace hyperlips
