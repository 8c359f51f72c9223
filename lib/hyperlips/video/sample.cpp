// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/video/sample.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "hyperlips/video/samples.hpp"
#include "hyperlips/video/sdr.hpp"

namespace hyperlips {
namespace {

/// Rounds a coordinate as cv::warpAffine and cv::warpPerspective do.
double on_warp_grid(double x, int pixels) {
  return cvRound(32 * std::clamp(x, -2.0, pixels + 1.0)) / 32.0;
}

/// Positions of the points of one row of the result along one axis of a component, as sample `at`
/// plus `fraction` of the way to the next. Coordinates outside are clamped to the edge.
struct Axis {
  std::vector<int> at;
  std::vector<float> fraction;

  explicit Axis(int points) : at(points), fraction(points) {}

  /// Point i is at pixel start + i step; the component is subsampled by 2^sub.
  void locate(double start, double step, SubPixel sub_pixel, int pixels, int sub, bool cosited) {
    const double scale = 1.0 / (1 << sub), shift = sub == 0 || cosited ? 0 : scale / 2 - 0.5;
    const double last = subsampled(pixels, sub) - 1.0;
    for (std::size_t i = 0; i < at.size(); ++i) {
      double x = start + static_cast<double>(i) * step;
      if (sub_pixel == SubPixel::Warp) x = on_warp_grid(x, pixels);
      x = x * scale + shift;
      double inside = x > 0 ? x : 0;  // also where x is not a number
      inside = inside < last ? inside : last;
      at[i] = static_cast<int>(inside);
      fraction[i] = static_cast<float>(inside - at[i]);
    }
  }
};

/// Sum of the bilinear weights at `x` of pixels inside the frame.
float coverage(double x, int pixels) {
  return static_cast<float>(std::clamp(std::min(x + 1, pixels - x), 0.0, 1.0));
}

}  // namespace

cv::Mat sample_bgr(const FrameView &frame, const Affine &out_to_frame, cv::Size size, Border border,
                   SubPixel sub_pixel) {
  const FormatInfo &info = format_info(frame.format);
  const ColorMap to_rgb = samples_to_rgb(info, frame.color);
  const SdrConversion conversion(frame.color);
  const Affine map = frame.upright_to_stored().after(out_to_frame);

  cv::Mat out(size, CV_8UC3);
  Axis xs(size.width), ys(size.width);
  std::vector<cv::Vec3f> values(size.width);
  for (int row = 0; row < size.height; ++row) {
    const cv::Point2d start = map(0, row);
    const Component *located = nullptr;
    for (int c = 0; c < info.n_components; ++c) {
      const Component &component = info.components[c];
      if (!located || located->w_sub != component.w_sub || located->h_sub != component.h_sub) {
        xs.locate(start.x, map.m[0], sub_pixel, frame.stored_width, component.w_sub,
                  frame.color.chroma_left);
        ys.locate(start.y, map.m[3], sub_pixel, frame.stored_height, component.h_sub,
                  frame.color.chroma_top);
      }
      located = &component;
      with_rows(frame, c, [&](auto row_at) {
        const int right = subsampled(frame.stored_width, component.w_sub) - 1;
        const int bottom = subsampled(frame.stored_height, component.h_sub) - 1;
        for (int i = 0; i < size.width; ++i) {
          const int x = xs.at[i], next = std::min(x + 1, right);
          const auto along = [&](const auto &line) {
            const auto a = static_cast<float>(line.get(x));
            return a + xs.fraction[i] * (static_cast<float>(line.get(next)) - a);
          };
          const float a = along(row_at(ys.at[i]));
          values[i][c] = a + ys.fraction[i] * (along(row_at(std::min(ys.at[i] + 1, bottom))) - a);
        }
      });
    }
    auto *line = out.ptr<cv::Vec3b>(row);
    for (int i = 0; i < size.width; ++i) {
      cv::Vec3f rgb = to_rgb.matrix * values[i] + to_rgb.offset;
      if (conversion.needed()) rgb = conversion.to_sdr(rgb);
      if (border == Border::Black) {
        cv::Point2d p = map(i, row);
        if (sub_pixel == SubPixel::Warp)
          p = {on_warp_grid(p.x, frame.stored_width), on_warp_grid(p.y, frame.stored_height)};
        rgb *= coverage(p.x, frame.stored_width) * coverage(p.y, frame.stored_height);
      }
      // Halves round up, as in OpenCV's warps and resizing.
      for (int c = 0; c < 3; ++c)
        line[i][c] = static_cast<std::uint8_t>(std::clamp(rgb[2 - c] + 0.5f, 0.0f, 255.0f));
    }
  }
  return out;
}

}  // namespace hyperlips
