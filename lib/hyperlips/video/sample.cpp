// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/video/sample.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "hyperlips/video/samples.hpp"
#include "hyperlips/video/sdr.hpp"

namespace hyperlips {
namespace {

// The loops over the points of a row have no branches, where possible, so that the compiler uses
// vector instructions.

/// Like std::clamp(), but `low` where `x` is not a number.
double clamped(double x, double low, double high) { return std::min(std::max(low, x), high); }

/// Rounds a coordinate as cv::warpAffine and cv::warpPerspective do.
double on_warp_grid(double x, int pixels) {
  constexpr double kRounding = 0x1.8p52;  // a sum with it has no fraction
  return ((32 * clamped(x, -2, pixels + 1) + kRounding) - kRounding) / 32;
}

/// Positions of the points of one row of the result along one axis of the frame.
struct Points {
  std::vector<double> at;

  explicit Points(int points) : at(points) {}

  /// Point i is at pixel start + i step.
  void place(double start, double step, SubPixel sub_pixel, int pixels) {
    const int n = static_cast<int>(at.size());
    double *x = at.data();
    for (int i = 0; i < n; ++i) x[i] = start + i * step;
    if (sub_pixel == SubPixel::Warp)
      for (int i = 0; i < n; ++i) x[i] = on_warp_grid(x[i], pixels);
  }
};

/// Positions of points along one axis of a component: `fraction` of the way from sample `at` to
/// sample `next`. Coordinates outside are clamped to the edge.
struct Axis {
  std::vector<int> at, next;
  std::vector<float> fraction;
  std::vector<double> position;

  explicit Axis(int points) : at(points), next(points), fraction(points), position(points) {}

  /// The component is subsampled by 2^sub.
  void locate(const Points &points, int pixels, int sub, bool cosited) {
    const double scale = 1.0 / (1 << sub), shift = sub == 0 || cosited ? 0 : scale / 2 - 0.5;
    const int last = subsampled(pixels, sub) - 1, n = static_cast<int>(at.size());
    const double *x = points.at.data(), limit = last;
    int *first = at.data(), *second = next.data();
    float *weight = fraction.data();
    double *inside = position.data();
    // In one loop GCC 12 makes branches of both limits.
    for (int i = 0; i < n; ++i) inside[i] = std::max(0.0, x[i] * scale + shift);
    for (int i = 0; i < n; ++i) inside[i] = std::min(inside[i], limit);
    for (int i = 0; i < n; ++i) {
      first[i] = static_cast<int>(inside[i]);
      weight[i] = static_cast<float>(inside[i] - first[i]);
    }
    for (int i = 0; i < n; ++i) second[i] = std::min(first[i] + 1, last);
  }
};

/// The four samples around each point of a row.
struct Corners {
  std::vector<std::uint16_t> top_left, top_right, bottom_left, bottom_right;

  explicit Corners(int points)
      : top_left(points), top_right(points), bottom_left(points), bottom_right(points) {}

  template <class RowAt>
  void read(RowAt row_at, const Axis &xs, const Axis &ys) {
    for (std::size_t i = 0; i < top_left.size(); ++i) {
      const int left = xs.at[i], right = xs.next[i];
      const auto top = row_at(ys.at[i]), bottom = row_at(ys.next[i]);
      top_left[i] = static_cast<std::uint16_t>(top.get(left));
      top_right[i] = static_cast<std::uint16_t>(top.get(right));
      bottom_left[i] = static_cast<std::uint16_t>(bottom.get(left));
      bottom_right[i] = static_cast<std::uint16_t>(bottom.get(right));
    }
  }

  void interpolate(const Axis &xs, const Axis &ys, float *values) const {
    const std::uint16_t *a = top_left.data(), *b = top_right.data();
    const std::uint16_t *c = bottom_left.data(), *d = bottom_right.data();
    const float *fx = xs.fraction.data(), *fy = ys.fraction.data();
    for (int i = 0, n = static_cast<int>(top_left.size()); i < n; ++i) {
      const float top_value = a[i] + fx[i] * (static_cast<float>(b[i]) - a[i]);
      const float bottom_value = c[i] + fx[i] * (static_cast<float>(d[i]) - c[i]);
      values[i] = top_value + fy[i] * (bottom_value - top_value);
    }
  }
};

/// Three values of each point of a row: samples, then R'G'B'.
struct Colors {
  std::array<std::vector<float>, 3> values;

  explicit Colors(int points) : bytes(3 * points) { values.fill(std::vector<float>(points)); }

  void apply(const ColorMap &map) {
    const cv::Matx33f &m = map.matrix;
    const cv::Vec3f &offset = map.offset;
    float *x = values[0].data(), *y = values[1].data(), *z = values[2].data();
    for (int i = 0, n = static_cast<int>(values[0].size()); i < n; ++i) {
      const float a = x[i], b = y[i], c = z[i];
      x[i] = m(0, 0) * a + m(0, 1) * b + m(0, 2) * c + offset[0];
      y[i] = m(1, 0) * a + m(1, 1) * b + m(1, 2) * c + offset[1];
      z[i] = m(2, 0) * a + m(2, 1) * b + m(2, 2) * c + offset[2];
    }
  }

  void apply(const SdrConversion &conversion) {
    for (std::size_t i = 0; i < values[0].size(); ++i) {
      const cv::Vec3f sdr = conversion.to_sdr({values[0][i], values[1][i], values[2][i]});
      for (int c = 0; c < 3; ++c) values[c][i] = sdr[c];
    }
  }

  /// Halves round up, as in OpenCV's warps and resizing.
  void put(std::uint8_t *line) {
    const int n = static_cast<int>(values[0].size());
    std::uint8_t *rgb = bytes.data();
    for (int c = 0; c < 3; ++c) {
      const float *in = values[c].data();
      std::uint8_t *out = rgb + c * n;
      for (int i = 0; i < n; ++i)
        out[i] = static_cast<std::uint8_t>(std::min(std::max(in[i] + 0.5f, 0.0f), 255.0f));
    }
    for (int i = 0; i < n; ++i) {
      line[3 * i] = rgb[2 * n + i];
      line[3 * i + 1] = rgb[n + i];
      line[3 * i + 2] = rgb[i];
    }
  }

 private:
  std::vector<std::uint8_t> bytes;
};

/// Sum of the bilinear weights at `x` of pixels inside the frame.
float coverage(double x, int pixels) {
  return static_cast<float>(clamped(std::min(x + 1, pixels - x), 0, 1));
}

}  // namespace

cv::Mat sample_bgr(const FrameView &frame, const Affine &out_to_frame, cv::Size size, Border border,
                   SubPixel sub_pixel) {
  const FormatInfo &info = format_info(frame.format);
  const ColorMap to_rgb = samples_to_rgb(info, frame.color);
  const SdrConversion conversion(frame.color);
  const Affine map = frame.upright_to_stored().after(out_to_frame);

  cv::Mat out(size, CV_8UC3);
  Points columns(size.width), rows(size.width);
  Axis xs(size.width), ys(size.width);
  Corners corners(size.width);
  Colors colors(size.width);
  for (int row = 0; row < size.height; ++row) {
    const cv::Point2d start = map(0, row);
    columns.place(start.x, map.m[0], sub_pixel, frame.stored_width);
    rows.place(start.y, map.m[3], sub_pixel, frame.stored_height);
    const Component *located = nullptr;
    for (int c = 0; c < info.n_components; ++c) {
      const Component &component = info.components[c];
      if (!located || located->w_sub != component.w_sub || located->h_sub != component.h_sub) {
        xs.locate(columns, frame.stored_width, component.w_sub, frame.color.chroma_left);
        ys.locate(rows, frame.stored_height, component.h_sub, frame.color.chroma_top);
      }
      located = &component;
      with_rows(frame, c, [&](auto row_at) { corners.read(row_at, xs, ys); });
      corners.interpolate(xs, ys, colors.values[c].data());
    }
    for (int c = info.n_components; c < 3; ++c) std::ranges::fill(colors.values[c], 0.0f);
    colors.apply(to_rgb);
    if (conversion.needed()) colors.apply(conversion);
    if (border == Border::Black) {
      for (int i = 0; i < size.width; ++i) {
        cv::Point2d p = map(i, row);
        if (sub_pixel == SubPixel::Warp)
          p = {on_warp_grid(p.x, frame.stored_width), on_warp_grid(p.y, frame.stored_height)};
        const float inside = coverage(p.x, frame.stored_width) * coverage(p.y, frame.stored_height);
        for (auto &values : colors.values) values[i] *= inside;
      }
    }
    colors.put(out.ptr(row));
  }
  return out;
}

}  // namespace hyperlips
