// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/smooth_warp.hpp"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace hyperlips {
namespace {

constexpr int kCell = 8;  ///< the spline is evaluated every kCell pixels
/// Pictures that are reduced by more than this are blurred first.
constexpr double kSharpest = 1.3;

float kernel(float squared) { return squared > 1e-12f ? squared * std::log(squared) : 0; }

class Spline {
 public:
  Spline(std::span<const cv::Point2f> to, std::span<const cv::Point2f> from, float smoothness)
      : points_(to.begin(), to.end()) {
    const int count = int(points_.size());
    for (const cv::Point2f &p : points_) center_ += p * (1.0f / float(count));
    float spread = 0;
    for (const cv::Point2f &p : points_) spread += (p - center_).dot(p - center_);
    scale_ = 1 / std::sqrt(std::max(spread / float(count), 1e-6f));
    for (cv::Point2f &p : points_) p = unit(p);
    // The polynomial part takes the affine map, the kernels the rest.
    cv::Mat_<double> matrix(count + 3, count + 3, 0.0), right(count + 3, 2, 0.0);
    for (int i = 0; i < count; ++i) {
      for (int j = 0; j < count; ++j) {
        const cv::Point2f d = points_[std::size_t(i)] - points_[std::size_t(j)];
        matrix(i, j) = kernel(d.dot(d));
      }
      matrix(i, i) += double(smoothness);
      const double row[3] = {1, points_[std::size_t(i)].x, points_[std::size_t(i)].y};
      for (int k = 0; k < 3; ++k) matrix(i, count + k) = matrix(count + k, i) = row[k];
      right(i, 0) = from[std::size_t(i)].x;
      right(i, 1) = from[std::size_t(i)].y;
    }
    cv::Mat solved;
    if (!cv::solve(matrix, right, solved, cv::DECOMP_LU))
      cv::solve(matrix, right, solved, cv::DECOMP_SVD);
    solved.convertTo(weights_, CV_32F);
  }

  cv::Point2f operator()(cv::Point2f at) const {
    const cv::Point2f p = unit(at);
    const int count = int(points_.size());
    cv::Point2f sum = weight(count) + p.x * weight(count + 1) + p.y * weight(count + 2);
    for (int i = 0; i < count; ++i) {
      const cv::Point2f d = p - points_[std::size_t(i)];
      sum += kernel(d.dot(d)) * weight(i);
    }
    return sum;
  }

 private:
  cv::Point2f unit(cv::Point2f p) const { return (p - center_) * scale_; }
  cv::Point2f weight(int i) const { return {weights_(i, 0), weights_(i, 1)}; }

  std::vector<cv::Point2f> points_;
  cv::Point2f center_;
  float scale_ = 1;
  cv::Mat_<float> weights_;
};

}  // namespace

cv::Mat smooth_warp(const cv::Mat &picture, std::span<const cv::Point2f> from,
                    std::span<const cv::Point2f> to, const cv::Rect &rect, float smoothness) {
  const Spline spline(to, from, smoothness);
  const int columns = (rect.width + kCell - 1) / kCell + 1,
            rows = (rect.height + kCell - 1) / kCell + 1;
  cv::Mat grid(rows, columns, CV_32FC2);
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < columns; ++x)
      grid.at<cv::Point2f>(y, x) = spline({float(rect.x + x * kCell), float(rect.y + y * kCell)});
  // Bilinear between the nodes, which are at the pixels 0, kCell, ...
  cv::Mat map(rect.size(), CV_32FC2);
  for (int y = 0; y < rect.height; ++y) {
    const float down = float(y % kCell) / kCell;
    const auto *upper = grid.ptr<cv::Point2f>(y / kCell),
               *lower = grid.ptr<cv::Point2f>(y / kCell + 1);
    auto *out = map.ptr<cv::Point2f>(y);
    for (int x = 0; x < rect.width; ++x) {
      const int cell = x / kCell;
      const float right = float(x % kCell) / kCell;
      const cv::Point2f left = upper[cell] + down * (lower[cell] - upper[cell]);
      const cv::Point2f other = upper[cell + 1] + down * (lower[cell + 1] - upper[cell + 1]);
      out[x] = left + right * (other - left);
    }
  }
  const cv::Point2f across =
      grid.at<cv::Point2f>(rows / 2, columns - 1) - grid.at<cv::Point2f>(rows / 2, 0);
  const double reduced = cv::norm(across) / (double(columns - 1) * kCell);
  cv::Mat source = picture, out;
  if (reduced > kSharpest)
    cv::GaussianBlur(picture, source, {}, 0.5 * std::sqrt(reduced * reduced - 1));
  cv::remap(source, out, map, cv::noArray(), cv::INTER_LANCZOS4, cv::BORDER_REPLICATE);
  return out;
}

}  // namespace hyperlips
