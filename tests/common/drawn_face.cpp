// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/drawn_face.hpp"

#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace hyperlips {
namespace {

using Polygon = std::vector<cv::Point2f>;

// The face is drawn on a canvas in units of its width, with its center at kOrigin.
constexpr int kUnit = 256;
const cv::Point2f kOrigin{1.0f, 1.05f};
const cv::Size kCanvas(2 * kUnit, 2.35 * kUnit);

/// Premultiplied color and coverage, painted in layers with soft edges.
class Canvas {
 public:
  cv::Mat picture{kCanvas, CV_32FC3, cv::Scalar::all(0)};
  cv::Mat coverage{kCanvas, CV_32FC1, cv::Scalar(0)};

  /// Fills `shape`; `softness` is the width of its edge in units. With `inside`, only where that
  /// mask (CV_32FC1) allows.
  void fill(const Polygon &shape, const cv::Scalar &color, float softness = 0.004f,
            float opacity = 1, const cv::Mat *inside = nullptr) {
    cv::Rect area;
    cv::Mat alpha = rasterize(shape, softness, area) * opacity;
    if (inside) alpha = alpha.mul((*inside)(area));
    cv::Mat target = picture(area), cover = coverage(area);
    for (int y = 0; y < area.height; ++y) {
      const float *a = alpha.ptr<float>(y);
      auto *p = target.ptr<cv::Vec3f>(y);
      float *c = cover.ptr<float>(y);
      for (int x = 0; x < area.width; ++x) {
        for (int k = 0; k < 3; ++k) p[x][k] += a[x] * (static_cast<float>(color[k]) - p[x][k]);
        c[x] += a[x] * (1 - c[x]);
      }
    }
  }

  /// The mask of `shape` over the whole canvas.
  static cv::Mat mask(const Polygon &shape, float softness = 0.004f) {
    cv::Mat result(kCanvas, CV_32FC1, cv::Scalar(0));
    cv::Rect area;
    const cv::Mat alpha = rasterize(shape, softness, area);
    alpha.copyTo(result(area));
    return result;
  }

 private:
  static cv::Mat rasterize(const Polygon &shape, float softness, cv::Rect &area) {
    constexpr int kShift = 4;
    const float sigma = std::max(0.3f, softness * kUnit / 2);
    // A wide edge needs few pixels.
    const int coarse = std::max(1, static_cast<int>(sigma / 3));
    Polygon pixels;
    for (cv::Point2f point : shape) pixels.push_back((point + kOrigin) * kUnit);
    const int margin = 2 + static_cast<int>(4 * sigma);
    area = cv::boundingRect(pixels);
    area = cv::Rect(area.x - margin, area.y - margin, area.width + 2 * margin,
                    area.height + 2 * margin) &
           cv::Rect({}, kCanvas);
    std::vector<cv::Point> fixed;
    for (cv::Point2f point : pixels)
      fixed.emplace_back((point - cv::Point2f(area.tl())) * (1 << kShift) / coarse);
    cv::Mat mask((area.height + coarse - 1) / coarse, (area.width + coarse - 1) / coarse, CV_8UC1,
                 cv::Scalar(0));
    cv::fillPoly(mask, std::vector{fixed}, 255, cv::LINE_AA, kShift);
    cv::Mat alpha;
    mask.convertTo(alpha, CV_32F, 1 / 255.0);
    cv::GaussianBlur(alpha, alpha, {}, sigma / coarse, 0, cv::BORDER_REPLICATE);
    if (coarse > 1) cv::resize(alpha, alpha, mask.size() * coarse, 0, 0, cv::INTER_LINEAR);
    alpha = alpha(cv::Rect({}, area.size()));
    return alpha;
  }
};

Polygon ellipse(float x, float y, float rx, float ry, float tilt = 0) {
  Polygon shape;
  for (int i = 0; i < 48; ++i) {
    const float t = static_cast<float>(2 * CV_PI * i / 48);
    const float u = rx * std::cos(t), v = ry * std::sin(t);
    shape.push_back(
        {x + u * std::cos(tilt) - v * std::sin(tilt), y + u * std::sin(tilt) + v * std::cos(tilt)});
  }
  return shape;
}

/// A lens between two arcs from (x - half, y) to (x + half, y): `above` and `below` are the arcs'
/// heights, `dip` the dent in the middle of the upper one.
Polygon lens(float x, float y, float half, float above, float below, float dip = 0) {
  Polygon shape;
  constexpr int kSteps = 24;
  for (int i = 0; i <= kSteps; ++i) {
    const float u = 2.0f * i / kSteps - 1;
    const float dent = dip * std::exp(-u * u / 0.03f);
    shape.push_back({x + half * u, y - above * (1 - u * u) + dent});
  }
  for (int i = kSteps - 1; i > 0; --i) {
    const float u = 2.0f * i / kSteps - 1;
    shape.push_back({x + half * u, y + below * (1 - u * u)});
  }
  return shape;
}

/// A stroke along a parabola, tapered to both ends.
Polygon stroke(cv::Point2f from, cv::Point2f middle, cv::Point2f to, float thickness) {
  Polygon upper, lower;
  constexpr int kSteps = 16;
  for (int i = 0; i <= kSteps; ++i) {
    const float t = static_cast<float>(i) / kSteps;
    const cv::Point2f point = (1 - t) * (1 - t) * from + 2 * t * (1 - t) * middle + t * t * to;
    const float half = thickness / 2 * (0.3f + 0.7f * std::sin(static_cast<float>(CV_PI) * t));
    upper.push_back({point.x, point.y - half});
    lower.push_back({point.x, point.y + half});
  }
  upper.insert(upper.end(), lower.rbegin(), lower.rend());
  return upper;
}

/// The outline of the face: an egg whose chin drops as the mouth opens.
Polygon outline(float drop) {
  Polygon shape;
  for (int i = 0; i < 96; ++i) {
    const float t = static_cast<float>(2 * CV_PI * i / 96);
    const float s = std::sin(t), below = std::max(0.0f, s);
    shape.push_back(
        {0.5f * std::cos(t) * (1 - 0.16f * below * below), s * (s > 0 ? 0.68f + drop : 0.62f)});
  }
  return shape;
}

cv::Scalar shade(const cv::Scalar &color, double factor) { return color * factor; }

void paint_eye(Canvas &canvas, float x, const DrawnFace &face, const cv::Mat &skin_mask) {
  constexpr float kY = -0.13f;
  canvas.fill(ellipse(x, kY - 0.02f, 0.15f, 0.10f), shade(face.skin, 0.62), 0.10f, 0.55f,
              &skin_mask);
  const Polygon opening = lens(x, kY, 0.098f, 0.043f, 0.034f);
  const cv::Mat inside = Canvas::mask(opening);
  canvas.fill(opening, {228, 230, 233});
  canvas.fill(ellipse(x, kY - 0.004f, 0.041f, 0.041f), {46, 70, 96}, 0.006f, 1, &inside);
  canvas.fill(ellipse(x, kY - 0.004f, 0.019f, 0.019f), {14, 14, 16}, 0.005f, 1, &inside);
  canvas.fill(ellipse(x - 0.012f, kY - 0.018f, 0.008f, 0.008f), {250, 250, 250}, 0.004f);
  canvas.fill(lens(x, kY - 0.012f, 0.10f, 0.036f, -0.016f), shade(face.skin, 0.35), 0.02f, 0.5f,
              &inside);
  canvas.fill(
      stroke({x - 0.102f, kY + 0.002f}, {x, kY - 0.088f}, {x + 0.102f, kY + 0.002f}, 0.018f),
      {30, 32, 44}, 0.006f);
  canvas.fill(
      stroke({x - 0.098f, kY + 0.002f}, {x, kY + 0.068f}, {x + 0.098f, kY + 0.002f}, 0.008f),
      shade(face.skin, 0.5), 0.006f, 0.8f);
  canvas.fill(stroke({x - 0.11f, kY - 0.03f}, {x, kY - 0.125f}, {x + 0.11f, kY - 0.03f}, 0.012f),
              shade(face.skin, 0.6), 0.012f, 0.7f);
  const float out = x < 0 ? -1 : 1;
  canvas.fill(stroke({x - out * 0.12f, -0.245f}, {x + out * 0.02f, -0.33f},
                     {x + out * 0.15f, -0.235f}, 0.044f),
              shade(face.hair, 0.9), 0.014f, 0.92f);
}

void paint_nose(Canvas &canvas, const DrawnFace &face) {
  canvas.fill(stroke({-0.07f, -0.16f}, {-0.045f, 0.0f}, {-0.085f, 0.15f}, 0.05f),
              shade(face.skin, 0.72), 0.05f, 0.5f);
  canvas.fill(stroke({0.07f, -0.16f}, {0.045f, 0.0f}, {0.085f, 0.15f}, 0.05f),
              shade(face.skin, 0.66), 0.05f, 0.5f);
  canvas.fill(ellipse(0, -0.02f, 0.026f, 0.17f), shade(face.skin, 1.14), 0.04f, 0.7f);
  canvas.fill(ellipse(0, 0.135f, 0.05f, 0.045f), shade(face.skin, 1.14), 0.05f, 0.8f);
  canvas.fill(ellipse(-0.082f, 0.155f, 0.034f, 0.036f), shade(face.skin, 0.86), 0.03f, 0.7f);
  canvas.fill(ellipse(0.082f, 0.155f, 0.034f, 0.036f), shade(face.skin, 0.82), 0.03f, 0.7f);
  canvas.fill(lens(0, 0.195f, 0.105f, 0.0f, 0.03f), shade(face.skin, 0.55), 0.03f, 0.7f);
  canvas.fill(ellipse(-0.043f, 0.188f, 0.026f, 0.012f, -0.25f), shade(face.skin, 0.24), 0.012f,
              0.9f);
  canvas.fill(ellipse(0.043f, 0.188f, 0.026f, 0.012f, 0.25f), shade(face.skin, 0.24), 0.012f, 0.9f);
}

/// Four fingers from the right.
void paint_hand(Canvas &canvas, const DrawnFace &face) {
  for (int finger = 0; finger < 4; ++finger) {
    const float y = 0.22f + 0.085f * static_cast<float>(finger);
    const Polygon shape = ellipse(0.16f, y, finger == 3 ? 0.42f : 0.48f, 0.056f, -0.05f);
    canvas.fill(shape, shade(face.skin, 0.75), 0.02f);
    canvas.fill(ellipse(0.16f, y - 0.008f, 0.46f, 0.042f, -0.05f), shade(face.skin, 0.95), 0.02f);
  }
}

void paint_mouth(Canvas &canvas, const DrawnFace &face) {
  constexpr float kY = 0.345f, kHalf = 0.165f;
  const float open = 0.17f * face.mouth, lift = 0.015f * face.mouth;
  const cv::Scalar lip(face.skin[0] * 0.72, face.skin[1] * 0.62, face.skin[2] * 0.86);
  canvas.fill(lens(0, kY + open + 0.11f, 0.13f, 0.01f, 0.03f), shade(face.skin, 0.7), 0.04f, 0.6f);
  canvas.fill(lens(0, kY, kHalf, 0.062f + lift, 0.085f + open, 0.016f), lip, 0.008f);
  canvas.fill(lens(0, kY + 0.03f + open, 0.09f, 0.0f, 0.03f), shade(lip, 1.22), 0.03f, 0.7f);
  const Polygon gap = lens(0, kY, kHalf - 0.012f, 0.008f + lift, 0.006f + open);
  const cv::Mat inside = Canvas::mask(gap);
  canvas.fill(gap, {24, 18, 52}, 0.008f);
  if (face.mouth > 0.1f) {
    canvas.fill(lens(0, kY - 0.05f, kHalf, 0.02f, 0.02f + 0.06f + 0.03f * face.mouth),
                {205, 214, 220}, 0.008f, 0.9f, &inside);
    canvas.fill(ellipse(0, kY + 0.03f + open, 0.09f, 0.05f), {78, 74, 150}, 0.03f, 0.8f, &inside);
  }
  for (float side : {-1.0f, 1.0f})
    canvas.fill(ellipse(side * kHalf, kY + 0.004f, 0.022f, 0.018f), shade(face.skin, 0.5), 0.03f,
                0.6f);
}

Canvas paint(const DrawnFace &face) {
  Canvas canvas;
  const float drop = 0.07f * face.mouth;
  canvas.fill({{-0.98f, 1.29f},
               {-0.92f, 1.02f},
               {-0.4f, 0.86f},
               {0.4f, 0.86f},
               {0.92f, 1.02f},
               {0.98f, 1.29f}},
              {92, 70, 58}, 0.02f);
  canvas.fill({{-0.27f, 0.3f}, {0.27f, 0.3f}, {0.3f, 0.88f}, {0.0f, 1.02f}, {-0.3f, 0.88f}},
              shade(face.skin, 0.72), 0.02f);
  canvas.fill(ellipse(0, -0.16f, 0.6f, 0.72f), face.hair, 0.02f);
  for (float side : {-1.0f, 1.0f}) {
    canvas.fill(ellipse(side * 0.5f, -0.02f, 0.06f, 0.13f), shade(face.skin, 0.8), 0.015f);
    canvas.fill(ellipse(side * 0.51f, -0.02f, 0.028f, 0.08f), shade(face.skin, 0.58), 0.03f, 0.7f);
  }
  canvas.fill(ellipse(0.0f, 0.66f + drop, 0.32f, 0.09f), shade(face.skin, 0.42), 0.08f, 0.7f);

  const Polygon head = outline(drop);
  const cv::Mat skin_mask = Canvas::mask(head, 0.012f);
  canvas.fill(head, shade(face.skin, 0.66), 0.012f);
  canvas.fill(ellipse(-0.02f, 0.0f, 0.43f, 0.6f), face.skin, 0.22f, 1, &skin_mask);
  canvas.fill(ellipse(0, -0.38f, 0.27f, 0.1f), shade(face.skin, 1.1), 0.16f, 0.7f, &skin_mask);
  canvas.fill(ellipse(0, 0.54f + drop, 0.1f, 0.06f), shade(face.skin, 1.08), 0.08f, 0.7f,
              &skin_mask);
  for (float side : {-1.0f, 1.0f}) {
    canvas.fill(ellipse(side * 0.25f, 0.1f, 0.1f, 0.08f),
                {face.skin[0] * 0.95, face.skin[1] * 0.98, face.skin[2] * 1.1}, 0.12f, 0.7f,
                &skin_mask);
    canvas.fill(stroke({side * 0.12f, 0.17f}, {side * 0.2f, 0.24f}, {side * 0.215f, 0.34f}, 0.02f),
                shade(face.skin, 0.74), 0.03f, 0.5f);
  }
  paint_nose(canvas, face);
  paint_mouth(canvas, face);
  paint_eye(canvas, -0.215f, face, skin_mask);
  paint_eye(canvas, 0.215f, face, skin_mask);

  Polygon fringe = lens(0, -0.42f, 0.5f, 0.34f, -0.13f);
  canvas.fill(fringe, face.hair, 0.02f);
  if (face.hand) paint_hand(canvas, face);
  return canvas;
}

}  // namespace

void draw_face(cv::Mat &frame, const DrawnFace &face) {
  CV_Assert(frame.type() == CV_8UC3);
  Canvas canvas = paint(face);
  const double width = face.width * frame.cols;
  double unit = kUnit;
  // Shrinking by area first keeps small faces free of aliasing.
  if (width < kUnit) {
    const cv::Size size(std::max(1, cvRound(kCanvas.width * width / kUnit)),
                        std::max(1, cvRound(kCanvas.height * width / kUnit)));
    cv::resize(canvas.picture, canvas.picture, size, 0, 0, cv::INTER_AREA);
    cv::resize(canvas.coverage, canvas.coverage, size, 0, 0, cv::INTER_AREA);
    unit = static_cast<double>(kUnit) * size.width / kCanvas.width;
  }
  const double angle = face.rotation * CV_PI / 180, scale = width / unit;
  const double a = scale * std::cos(angle), b = scale * std::sin(angle);
  const cv::Point2d from = cv::Point2d(kOrigin) * unit;
  const cv::Point2d to(face.center.x * frame.cols, face.center.y * frame.rows);
  const cv::Matx23d map(a, -b, to.x - a * from.x + b * from.y, b, a,
                        to.y - b * from.x - a * from.y);
  std::vector<cv::Point2f> corners{{0, 0},
                                   {static_cast<float>(canvas.picture.cols), 0},
                                   cv::Point2f(canvas.picture.size()),
                                   {0, static_cast<float>(canvas.picture.rows)}};
  cv::transform(corners, corners, map);
  const cv::Rect area = cv::boundingRect(corners) & cv::Rect({}, frame.size());
  if (area.empty()) return;
  const cv::Matx23d to_area = map - cv::Matx23d(0, 0, area.x, 0, 0, area.y);
  cv::Mat picture, coverage;
  cv::warpAffine(canvas.picture, picture, to_area, area.size(), cv::INTER_LINEAR);
  cv::warpAffine(canvas.coverage, coverage, to_area, area.size(), cv::INTER_LINEAR);
  for (int y = 0; y < area.height; ++y) {
    auto *out = frame.ptr<cv::Vec3b>(area.y + y) + area.x;
    const auto *p = picture.ptr<cv::Vec3f>(y);
    const float *c = coverage.ptr<float>(y);
    for (int x = 0; x < area.width; ++x)
      for (int k = 0; k < 3; ++k)
        out[x][k] = cv::saturate_cast<std::uint8_t>(p[x][k] + (1 - c[x]) * out[x][k]);
  }
}

cv::Mat draw_background(cv::Size size) {
  cv::Mat frame(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const double u = static_cast<double>(x) / size.width,
                   v = static_cast<double>(y) / size.height;
      const double light = 150 + 40 * std::cos(3 * u - 1) * std::cos(2 * v) + 12 * std::sin(9 * u);
      frame.at<cv::Vec3b>(y, x) = {cv::saturate_cast<std::uint8_t>(light * 1.02),
                                   cv::saturate_cast<std::uint8_t>(light),
                                   cv::saturate_cast<std::uint8_t>(light * 0.94)};
    }
  return frame;
}

cv::Mat draw_face(cv::Size size, const DrawnFace &face) {
  cv::Mat frame = draw_background(size);
  draw_face(frame, face);
  return frame;
}

}  // namespace hyperlips
