// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/video/warp.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/core/hal/intrin.hpp>
#include <opencv2/imgproc.hpp>

namespace hyperlips {
namespace {

using Vec = cv::v_float32x4;

/// The four Keys weights of the pixels -1, 0, 1, 2 at the fraction t.
void cubic_weights(float t, float *weights) {
  const Vec x = cv::v_setall_f32(t);
  Vec w(-0.5f, 1.5f, -1.5f, 0.5f);
  w = cv::v_muladd(w, x, Vec(1, -2.5f, 2, -0.5f));
  w = cv::v_muladd(w, x, Vec(-0.5f, 0, 0.5f, 0));
  w = cv::v_muladd(w, x, Vec(0, 1, 0, 0));
  cv::v_store(weights, w);
}

Vec weighted(const cv::Vec4f *pixels, const float *weights) {
  Vec sum = cv::v_load(pixels[0].val) * cv::v_setall_f32(weights[0]);
  for (int i = 1; i < 4; ++i)
    sum = cv::v_muladd(cv::v_load(pixels[i].val), cv::v_setall_f32(weights[i]), sum);
  return sum;
}

/// The part of a picture of `size` that `region` covers, with `margin` pixels around it.
cv::Rect reach(const Affine &to_picture, const cv::Rect &region, cv::Size size, int margin) {
  double x0 = size.width, y0 = size.height, x1 = 0, y1 = 0;
  for (const double x : {region.x, region.x + region.width - 1})
    for (const double y : {region.y, region.y + region.height - 1}) {
      const cv::Point2d p = to_picture(x, y);
      x0 = std::min(x0, p.x), x1 = std::max(x1, p.x);
      y0 = std::min(y0, p.y), y1 = std::max(y1, p.y);
    }
  const auto bound = [&](double at, int limit) {
    return static_cast<int>(std::clamp(at, 0.0, limit - 1.0));
  };
  const cv::Point from(bound(x0 - margin, size.width), bound(y0 - margin, size.height));
  const cv::Point to(bound(x1 + margin + 1, size.width), bound(y1 + margin + 1, size.height));
  return {from, to + cv::Point(1, 1)};
}

/// Standard deviation of the blur that prevents aliasing when a picture is reduced by `scale`.
double blur_for(double scale) { return scale > 1 ? 0.5 * std::sqrt(scale * scale - 1) : 0; }

/// The four pixels around a coordinate, which is clamped to 0 ... last, and their weights.
struct CubicTaps {
  int at;
  float weights[4];

  CubicTaps(double x, double last) {
    x = std::clamp(x, 0.0, last);
    at = static_cast<int>(x);
    cubic_weights(static_cast<float>(x - at), weights);
  }
};

void store(cv::Vec4f &pixel, const Vec &rgb) {
  cv::v_store(pixel.val, cv::v_min(cv::v_max(rgb, cv::v_setzero_f32()), cv::v_setall_f32(255)));
}

/// For any map: 16 source pixels per pixel. `source` has a border of 1 pixel before and 2 after.
void resample(const cv::Mat &source, const Affine &map, cv::Mat &out) {
  for (int row = 0; row < out.rows; ++row)
    for (int i = 0; i < out.cols; ++i) {
      const cv::Point2d p = map(i, row);
      const CubicTaps x(p.x, source.cols - 4), y(p.y, source.rows - 4);
      Vec sum = cv::v_setzero_f32();
      for (int k = 0; k < 4; ++k)
        sum = cv::v_muladd(weighted(source.ptr<cv::Vec4f>(y.at + k) + x.at, x.weights),
                           cv::v_setall_f32(y.weights[k]), sum);
      store(out.at<cv::Vec4f>(row, i), sum);
    }
}

/// For maps without rotation or shear: separable, along the rows, then along the columns.
void resample_axes(const cv::Mat &source, const Affine &map, cv::Mat &out) {
  cv::Mat across(source.rows, out.cols, CV_32FC4);
  for (int i = 0; i < out.cols; ++i) {
    const CubicTaps x(map(i, 0).x, source.cols - 4);
    for (int row = 0; row < source.rows; ++row)
      cv::v_store(across.at<cv::Vec4f>(row, i).val,
                  weighted(source.ptr<cv::Vec4f>(row) + x.at, x.weights));
  }
  for (int row = 0; row < out.rows; ++row) {
    const CubicTaps y(map(0, row).y, source.rows - 4);
    const cv::Vec4f *lines[4];
    for (int k = 0; k < 4; ++k) lines[k] = across.ptr<cv::Vec4f>(y.at + k);
    for (int i = 0; i < out.cols; ++i) {
      Vec sum = cv::v_setzero_f32();
      for (int k = 0; k < 4; ++k)
        sum = cv::v_muladd(cv::v_load(lines[k][i].val), cv::v_setall_f32(y.weights[k]), sum);
      store(out.at<cv::Vec4f>(row, i), sum);
    }
  }
}

}  // namespace

cv::Mat warp_rgb(const cv::Mat &picture, const Affine &to_picture, const cv::Rect &region) {
  const auto &m = to_picture.m;
  if (m[0] == 0 && m[4] == 0 && m[1] != 0)  // rotation by 90 degrees: transpose first
    return warp_rgb(picture.t(), {{m[3], m[4], m[5], m[0], m[1], m[2]}}, region);
  const double blur_x = blur_for(std::hypot(m[0], m[1])), blur_y = blur_for(std::hypot(m[3], m[4]));
  const int margin = 2 + static_cast<int>(std::ceil(4 * std::max(blur_x, blur_y)));
  const cv::Rect part = reach(to_picture, region, picture.size(), margin);

  cv::Mat rgb(part.size(), CV_MAKETYPE(picture.depth(), 4), cv::Scalar::all(0)), source;
  cv::mixChannels({picture(part)}, {rgb}, {2, 0, 1, 1, 0, 2});
  rgb.convertTo(source, CV_32F);
  if (blur_x > 0 || blur_y > 0)
    cv::GaussianBlur(source, source, {}, std::max(blur_x, 0.01), std::max(blur_y, 0.01),
                     cv::BORDER_REPLICATE);
  cv::copyMakeBorder(source, source, 1, 2, 1, 2, cv::BORDER_REPLICATE);

  const Affine from_region = Affine{{1, 0, double(-part.x), 0, 1, double(-part.y)}}
                                 .after(to_picture)
                                 .after({{1, 0, double(region.x), 0, 1, double(region.y)}});
  cv::Mat out(region.size(), CV_32FC4);
  if (m[1] == 0 && m[3] == 0)
    resample_axes(source, from_region, out);
  else
    resample(source, from_region, out);
  return out;
}

}  // namespace hyperlips
