// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/detector.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "hyperlips/error.hpp"
#include "hyperlips/face/onnx_net.hpp"
#include "hyperlips/face/overlap.hpp"
#include "hyperlips/video/sample.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr int kInput = 128;
constexpr int kAnchors = 896;
constexpr int kValues = 16;  // x, y, w, h and six keypoints
constexpr float kSuppressionOverlap = 0.3f;
// The network detects faces from about 8 % of the side of its input; in the finest tiles the
// smallest supported face (40 of 1280 pixels) has 12 %.
constexpr float kFinestTile = 40.0f / 1280 / 0.12f;
// Most faces up to this fraction of the side are detected, but their boxes are up to 1.5 times too
// large.
constexpr float kRoughFace = 0.14f;
constexpr float kCertainScore = 0.75f;
constexpr float kAgreement = 0.5f;
constexpr float kNearSide = 5;       // sizes of the face
constexpr float kSmallestTile = 64;  // pixels; enlarging smaller tiles adds no detail

/// A square region of the frame, the input of the network.
struct Square {
  float x = 0, y = 0, side = 0;
};

std::vector<cv::Point2f> make_anchors() {
  std::vector<cv::Point2f> anchors;
  for (auto [grid, per_cell] : {std::pair{16, 2}, std::pair{8, 6}})
    for (int y = 0; y < grid; ++y)
      for (int x = 0; x < grid; ++x)
        anchors.insert(anchors.end(), per_cell, {(x + 0.5f) / grid, (y + 0.5f) / grid});
  return anchors;
}

/// Weighted non-maximum suppression: faces that overlap the best one are averaged by score.
std::vector<Detection> suppress(std::vector<Detection> candidates) {
  std::ranges::stable_sort(candidates, std::greater{}, &Detection::score);
  std::vector<Detection> faces;
  while (!candidates.empty()) {
    const Detection best = candidates.front();
    std::vector<Detection> rest;
    Detection face;
    face.score = best.score;
    float total = 0;
    for (const Detection &other : candidates) {
      if (overlap(best.box, other.box) <= kSuppressionOverlap) {
        rest.push_back(other);
        continue;
      }
      total += other.score;
      face.box.x0 += other.score * other.box.x0;
      face.box.y0 += other.score * other.box.y0;
      face.box.x1 += other.score * other.box.x1;
      face.box.y1 += other.score * other.box.y1;
      for (std::size_t k = 0; k < face.keypoints.size(); ++k)
        face.keypoints[k] += other.score * other.keypoints[k];
    }
    // A degenerate box overlaps nothing, not even itself.
    if (total > 0) {
      face.box.x0 /= total;
      face.box.y0 /= total;
      face.box.x1 /= total;
      face.box.y1 /= total;
      for (cv::Point2f &point : face.keypoints) point /= total;
      faces.push_back(face);
    }
    if (rest.size() == candidates.size()) rest.erase(rest.begin());
    candidates = std::move(rest);
  }
  return faces;
}

/// Squares of `side` that cover the frame and overlap their neighbors by at least a quarter.
std::vector<Square> tiles(cv::Size frame, float side) {
  const auto starts = [side](float length) {
    std::vector<float> result;
    const int count =
        length <= side ? 1 : 1 + static_cast<int>(std::ceil((length - side) / (0.75f * side)));
    for (int i = 0; i < count; ++i)
      result.push_back(count == 1 ? (length - side) / 2 : (length - side) * i / (count - 1));
    return result;
  };
  std::vector<Square> result;
  for (float y : starts(frame.height))
    for (float x : starts(frame.width)) result.push_back({x, y, side});
  return result;
}

}  // namespace

std::filesystem::path face_model_dir() {
  std::vector<std::filesystem::path> dirs = {HYPERLIPS_FACE_MODELS_INSTALLED,
                                             HYPERLIPS_FACE_MODELS};
  if (const char *chosen = std::getenv("HYPERLIPS_FACE_MODELS"); chosen && *chosen) dirs = {chosen};
  std::string searched;
  for (const auto &dir : dirs) {
    std::error_code ignored;
    if (std::filesystem::exists(dir / "face_detection.onnx", ignored)) return dir;
    searched += (searched.empty() ? "" : " or ") + quote_path(dir);
  }
  throw Error(ErrorKind::NotFound,
              "Face models not found in " + searched +
                  "; run \"./hyperlips setup\" to create them, or set HYPERLIPS_FACE_MODELS to the "
                  "folder with face_detection.onnx.");
}

struct Detector::Impl {
  explicit Impl(const std::filesystem::path &model_dir) : net(model_dir / "face_detection.onnx") {}

  void search(const FrameView &frame, const Square &square, float min_score,
              std::vector<Detection> &found);
  std::optional<Detection> refine(const FrameView &frame, const Detection &rough, float min_score);
  std::vector<Detection> confirm(const FrameView &frame, std::vector<Detection> faces,
                                 float longest_rough, float min_score);

  OnnxNet net;
  const std::vector<std::string> output_names{"regressors", "classificators"};
  std::vector<float> input;
  std::vector<cv::Point2f> anchors = make_anchors();
};

void Detector::Impl::search(const FrameView &frame, const Square &square, float min_score,
                            std::vector<Detection> &found) {
  // MediaPipe maps the square's corners to pixel centers, without a half-pixel shift.
  const double step = square.side / kInput;
  const cv::Mat picture = sample_bgr(frame, {{step, 0, square.x, 0, step, square.y}},
                                     {kInput, kInput}, Border::Black, SubPixel::Warp);
  rgb_planes(picture, 2 / 255.0f, -1, input);
  const auto outputs = net.run(input, output_names);
  if (outputs[0].values.size() != kAnchors * kValues || outputs[1].values.size() != kAnchors)
    throw Error(ErrorKind::Format,
                "Face model face_detection.onnx has outputs of unexpected size; delete it and run "
                "\"./hyperlips setup\" again.");
  const float *values = outputs[0].values.data();
  const float *scores = outputs[1].values.data();
  for (int i = 0; i < kAnchors; ++i, values += kValues) {
    const float score = 1 / (1 + std::exp(-std::clamp(scores[i], -100.0f, 100.0f)));
    if (!(score >= min_score)) continue;
    const auto to_frame = [&](const float *offset) {
      return cv::Point2f(square.x + (offset[0] / kInput + anchors[i].x) * square.side,
                         square.y + (offset[1] / kInput + anchors[i].y) * square.side);
    };
    const cv::Point2f center = to_frame(values);
    const float half_width = values[2] / kInput * square.side / 2;
    const float half_height = values[3] / kInput * square.side / 2;
    Detection face;
    face.score = score;
    face.box = {center.x - half_width, center.y - half_height, center.x + half_width,
                center.y + half_height};
    for (std::size_t k = 0; k < face.keypoints.size(); ++k)
      face.keypoints[k] = to_frame(values + 4 + 2 * k);
    found.push_back(face);
  }
}

/// Detects the face again in a square around it, which locates it more precisely. Returns nothing
/// if there is no face.
std::optional<Detection> Detector::Impl::refine(const FrameView &frame, const Detection &rough,
                                                float min_score) {
  const float side = 3 * std::max(rough.box.width(), rough.box.height());
  const cv::Point2f center = rough.box.center();
  std::vector<Detection> found;
  search(frame, {center.x - side / 2, center.y - side / 2, side}, min_score, found);
  for (const Detection &face : suppress(std::move(found))) {
    const cv::Point2f offset = face.box.center() - center;
    if (2 * std::abs(offset.x) < rough.box.width() && 2 * std::abs(offset.y) < rough.box.height())
      return face;
  }
  return {};
}

Detector::Detector(const std::filesystem::path &model_dir)
    : impl_(std::make_unique<Impl>(model_dir)) {}
Detector::~Detector() = default;
Detector::Detector(Detector &&) noexcept = default;
Detector &Detector::operator=(Detector &&) noexcept = default;

/// Refines uncertain faces and drops false positives. Faces larger than `longest_rough` keep their
/// position if the refined one agrees.
std::vector<Detection> Detector::Impl::confirm(const FrameView &frame, std::vector<Detection> faces,
                                               float longest_rough, float min_score) {
  std::vector<Detection> confirmed;
  for (const Detection &face : faces) {
    const bool rough = std::max(face.box.width(), face.box.height()) <= longest_rough;
    if (!rough && face.score >= kCertainScore) {
      confirmed.push_back(face);
      continue;
    }
    const auto refined = refine(frame, face, min_score);
    if (!refined) continue;
    const bool agrees = overlap(refined->box, face.box) > kAgreement;
    confirmed.push_back(agrees && !rough ? face : *refined);
  }
  return suppress(std::move(confirmed));
}

std::vector<Detection> Detector::detect(const FrameView &frame, float min_score, bool thorough) {
  const cv::Size size = frame.size();
  const float longer = std::max(size.width, size.height);
  const float shorter = std::min(size.width, size.height);
  std::vector<Detection> found;
  impl_->search(frame, {(size.width - longer) / 2, (size.height - longer) / 2, longer}, min_score,
                found);
  std::vector<Detection> faces =
      impl_->confirm(frame, suppress(std::move(found)), kRoughFace * longer, min_score);
  if (!faces.empty() || !thorough) return faces;

  for (float side : {std::max(shorter, longer / 2), longer * kFinestTile}) {
    if (side >= longer || side < kSmallestTile) continue;
    found.clear();
    for (const Square &tile : tiles(size, side)) impl_->search(frame, tile, min_score, found);
    faces = impl_->confirm(frame, suppress(std::move(found)), INFINITY, min_score);
    if (!faces.empty()) break;
  }
  return faces;
}

std::vector<Detection> Detector::detect_near(const FrameView &frame, const Box &box,
                                             float min_score) {
  const float side = std::max(kNearSide * std::max(box.width(), box.height()), kSmallestTile);
  const cv::Point2f center = box.center();
  std::vector<Detection> found;
  impl_->search(frame, {center.x - side / 2, center.y - side / 2, side}, min_score, found);
  return impl_->confirm(frame, suppress(std::move(found)), 0, min_score);
}

}  // namespace hyperlips
