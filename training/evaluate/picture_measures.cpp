// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/picture_measures.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/face_landmarks.hpp"

namespace hyperlips::training {
namespace {

constexpr int kWindow = 11;
constexpr double kSigma = 1.5;

std::string size_text(const cv::Mat &picture) {
  return std::to_string(picture.cols) + "x" + std::to_string(picture.rows);
}

void check_alike(const cv::Mat &a, const cv::Mat &b) {
  if (a.empty() || a.depth() != CV_8U || a.type() != b.type()) {
    throw Error(ErrorKind::Settings,
                "Cannot compare pictures: expected 8-bit pictures of one type.");
  }
  if (a.size() != b.size()) {
    throw Error(ErrorKind::Settings, "Cannot compare pictures of different sizes, " + size_text(a) +
                                         " and " + size_text(b) + ". Scale one of them.");
  }
}

void check_inside(const cv::Rect &box, const cv::Mat &picture) {
  if (box.empty() || (box & cv::Rect({0, 0}, picture.size())) != box) {
    throw Error(ErrorKind::Settings, "The box to measure is empty or not inside the picture of " +
                                         size_text(picture) + ".");
  }
}

struct Range {
  cv::Point2d low{INFINITY, INFINITY}, high{-INFINITY, -INFINITY};

  void add(const cv::Point3f &p) {
    low = {std::min(low.x, double(p.x)), std::min(low.y, double(p.y))};
    high = {std::max(high.x, double(p.x)), std::max(high.y, double(p.y))};
  }
};

/// The box from (x0, y0) to (x1, y1), exclusive, clipped to the frame.
std::optional<cv::Rect> clipped(int x0, int y0, int x1, int y1, cv::Size frame) {
  const cv::Rect box = cv::Rect({0, 0}, frame) & cv::Rect(cv::Point(x0, y0), cv::Point(x1, y1));
  if (x1 <= x0 || y1 <= y0 || box.empty()) return std::nullopt;
  return box;
}

}  // namespace

double psnr(const cv::Mat &a, const cv::Mat &b) {
  check_alike(a, b);
  const double squares = cv::norm(a, b, cv::NORM_L2SQR);
  const double mse = squares / (double(a.total()) * a.channels());
  return mse == 0 ? kPsnrCap : std::min(kPsnrCap, 10 * std::log10(255 * 255 / mse));
}

double ssim(const cv::Mat &a, const cv::Mat &b) {
  check_alike(a, b);
  if (a.rows < kWindow || a.cols < kWindow) {
    throw Error(ErrorKind::Settings, "Cannot compute SSIM of a picture of " + size_text(a) +
                                         ": expected at least 11x11 pixels.");
  }
  const auto blurred = [](const cv::Mat &picture) {
    cv::Mat out;
    cv::GaussianBlur(picture, out, {kWindow, kWindow}, kSigma, kSigma);
    return out;
  };
  // Centered values lose less precision when squares are subtracted.
  constexpr double kMiddle = 128;
  cv::Mat x, y;
  a.convertTo(x, CV_32F, 1, -kMiddle);
  b.convertTo(y, CV_32F, 1, -kMiddle);
  const cv::Mat mean_x = blurred(x), mean_y = blurred(y);
  const cv::Mat squares_x = blurred(x.mul(x)), squares_y = blurred(y.mul(y)),
                products = blurred(x.mul(y));
  const double c1 = std::pow(0.01 * 255, 2), c2 = std::pow(0.03 * 255, 2);
  const int margin = kWindow / 2, first = margin * a.channels(),
            last = (a.cols - margin) * a.channels();
  double sum = 0;
  for (int row = margin; row < a.rows - margin; ++row) {
    const auto *mx = mean_x.ptr<float>(row), *my = mean_y.ptr<float>(row);
    const auto *xx = squares_x.ptr<float>(row), *yy = squares_y.ptr<float>(row),
               *xy = products.ptr<float>(row);
    for (int i = first; i < last; ++i) {
      const double ux = mx[i], uy = my[i], px = ux + kMiddle, py = uy + kMiddle;
      sum += (2 * px * py + c1) * (2 * (xy[i] - ux * uy) + c2) /
             ((px * px + py * py + c1) * (xx[i] - ux * ux + yy[i] - uy * uy + c2));
    }
  }
  return sum / (double(a.rows - 2 * margin) * (last - first));
}

double mean_absolute_error(const cv::Mat &a, const cv::Mat &b, const cv::Rect &box) {
  check_alike(a, b);
  check_inside(box, a);
  return cv::norm(a(box), b(box), cv::NORM_L1) / (255.0 * box.area() * a.channels());
}

std::optional<double> gradient_energy(const cv::Mat &picture, const cv::Rect &box) {
  constexpr int kTooSmall = 4;
  check_alike(picture, picture);
  check_inside(box, picture);
  if (box.width <= kTooSmall || box.height <= kTooSmall) return std::nullopt;
  cv::Mat gray = picture(box).clone(), edges;  // a copy, so that the border is that of the box
  if (gray.channels() == 3) cv::cvtColor(gray, gray, cv::COLOR_BGR2GRAY);
  cv::Laplacian(gray, edges, CV_32F);
  return cv::norm(edges, cv::NORM_L2SQR) / double(box.area());
}

std::optional<cv::Rect> mouth_box(const Landmarks &landmarks, cv::Size frame) {
  Range lips;
  for (const auto i : kLipLandmarks) lips.add(landmarks[i]);
  const cv::Point2d center = (lips.low + lips.high) / 2, half = (lips.high - lips.low) * 1.3 / 2;
  return clipped(std::max(int(center.x - half.x), 0), std::max(int(center.y - half.y), 0),
                 int(center.x + half.x) + 1, int(center.y + half.y) + 1, frame);
}

std::optional<cv::Rect> face_box(const Landmarks &landmarks, cv::Size frame) {
  const Box box = bounding_box(landmarks);
  return clipped(std::max(int(box.x0), 0), std::max(int(box.y0), 0), int(box.x1) + 1,
                 int(box.y1) + 1, frame);
}

int largest_difference_outside(const cv::Mat &a, const cv::Mat &b, const Landmarks &landmarks) {
  check_alike(a, b);
  constexpr std::size_t kRightEye = 33, kLeftEye = 263;  // outer corners
  Range mesh;
  for (const cv::Point3f &p : landmarks) mesh.add(p);
  const cv::Point2d margin = (mesh.high - mesh.low) * 0.15;
  const double eyes = (double(landmarks[kRightEye].y) + landmarks[kLeftEye].y) / 2;
  cv::Mat difference;
  cv::absdiff(a, b, difference);
  if (const auto lower =
          clipped(std::max(int(mesh.low.x - margin.x), 0), std::max(int(eyes - margin.y / 2), 0),
                  int(mesh.high.x + margin.x) + 1, int(mesh.high.y + margin.y) + 1, a.size())) {
    difference(*lower).setTo(cv::Scalar::all(0));
  }
  double largest = 0;
  cv::minMaxLoc(difference.reshape(1), nullptr, &largest);
  return int(largest);
}

}  // namespace hyperlips::training
