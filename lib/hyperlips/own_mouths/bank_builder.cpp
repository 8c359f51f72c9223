// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/bank_builder.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/own_mouths/skin_color.hpp"
#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

constexpr int kJpegQuality = 96;
/// A longer interval between frames is a gap.
constexpr double kLongestFrame = 0.1;
/// Frames are kept and dropped in pieces of this many, so that movements stay whole.
constexpr std::size_t kPiece = 12;

// As fractions of the distance between the sides of the face:
constexpr float kSideRoom = 0.12f, kChinRoom = 0.32f, kTopRoom = 0.05f;

/// Energy of the Laplacian in the lips, independent of the size of the picture.
float lip_sharpness(const cv::Mat &picture, const Landmarks &landmarks) {
  std::vector<cv::Point2f> lips;
  for (const int i : kLipLandmarks) lips.emplace_back(landmarks[i].x, landmarks[i].y);
  const cv::Rect box = cv::boundingRect(lips) & cv::Rect({}, picture.size());
  if (box.width < 8 || box.height < 3) return 0;
  cv::Mat gray, edges;
  cv::cvtColor(picture(box), gray, cv::COLOR_BGR2GRAY);
  cv::Laplacian(gray, edges, CV_32F);
  return float(cv::norm(edges) / std::sqrt(double(box.area())));
}

}  // namespace

Box lower_face_box(const Landmarks &landmarks) {
  const Box jaw = bounding_box(landmarks, kJawLine);
  const float face =
      std::hypot(landmarks[454].x - landmarks[234].x, landmarks[454].y - landmarks[234].y);
  const float top = std::min({landmarks[5].y, landmarks[50].y, landmarks[280].y});
  return {jaw.x0 - kSideRoom * face, top - kTopRoom * face, jaw.x1 + kSideRoom * face,
          jaw.y1 + kChinRoom * face};
}

BankBuilder::BankBuilder(const BankOptions &options) : options_(options) {
  if (options.max_frames < 1 || options.max_frames > kMaxBankFrames)
    throw Error(ErrorKind::Settings, "Invalid size of a bank: expected 1 to " +
                                         std::to_string(kMaxBankFrames) + " frames, got " +
                                         std::to_string(options.max_frames) + ".");
  if (options.max_picture < 64 || options.max_picture > kMaxBankPicture)
    throw Error(ErrorKind::Settings, "Invalid picture size of a bank: expected 64 to " +
                                         std::to_string(kMaxBankPicture) + " pixels, got " +
                                         std::to_string(options.max_picture) + ".");
}

void BankBuilder::add(const FrameView &frame, const Face &face, double time) {
  const double step = time - last_time_;
  if (track_ != face.track_id || face.mouth_hidden || step <= 0 || step > kLongestFrame) ++run_;
  if (step > 0 && step < kLongestFrame) frame_seconds_ = step;
  last_time_ = time;
  track_ = face.track_id;
  if (face.mouth_hidden) return;
  const Box box = lower_face_box(face.landmarks);
  const float side = std::max(box.width(), box.height());
  if (!(side >= 16)) return;
  const float scale = std::min(1.0f, float(options_.max_picture) / side);
  const cv::Size size(cvRound(box.width() * scale), cvRound(box.height() * scale));
  // Whole pixels are copied exactly.
  const cv::Point2f from(std::round(box.x0), std::round(box.y0));
  const double step_x = scale == 1 ? 1 : 1.0 / scale;
  const Affine to_frame{
      {step_x, 0, from.x + (step_x - 1) / 2, 0, step_x, from.y + (step_x - 1) / 2}};
  const cv::Mat picture = sample_bgr(frame, to_frame, size, Border::Replicate);
  BankFrame made;
  made.time = time;
  made.run = run_;
  const Affine to_picture = to_frame.inverse();
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const cv::Point3f &p = face.landmarks[i];
    const cv::Point2d q = to_picture(p.x, p.y);
    made.landmarks[i] = {float(q.x), float(q.y), p.z * scale};
  }
  made.skin = skin_color(picture, made.landmarks);
  made.sharpness = lip_sharpness(picture, made.landmarks);
  std::vector<std::uint8_t> jpeg;
  cv::imencode(".jpg", picture, jpeg, {cv::IMWRITE_JPEG_QUALITY, kJpegQuality});
  frames_.push_back(made);
  pictures_.push_back(std::move(jpeg));
  if (frames_.size() >=
      options_.max_frames + std::max<std::size_t>(options_.max_frames / 4, kPiece))
    thin_out();
}

/// Drops the pieces of the footage whose mouths and poses are most common in it.
void BankBuilder::thin_out() {
  const Landmarks &reference = frames_.front().landmarks;
  std::map<std::array<int, 3>, int> counts;
  std::vector<std::array<int, 3>> kinds;
  for (const BankFrame &frame : frames_) {
    const HeadPose pose = fit_head(frame.landmarks, reference);
    const HeadAngles turn = pose.angles();
    const Landmarks head = in_head(frame.landmarks, pose);
    const float face = std::hypot(head[454].x - head[234].x, head[454].y - head[234].y);
    kinds.push_back({int(std::floor(mouth_shape(head).opening / face / 0.02f)),
                     int(std::floor(turn.yaw / 0.1f)), int(std::floor(turn.pitch / 0.1f))});
    ++counts[kinds.back()];
  }
  struct Piece {
    std::size_t begin, end;
    double rarity;
  };
  std::vector<Piece> pieces;
  for (std::size_t begin = 0; begin < frames_.size();) {
    std::size_t end = begin;
    double rarity = 0;
    while (end < frames_.size() && end - begin < kPiece && frames_[end].run == frames_[begin].run)
      rarity += 1.0 / counts[kinds[end++]];
    pieces.push_back({begin, end, rarity / double(end - begin)});
    begin = end;
  }
  std::ranges::stable_sort(pieces, std::greater(), &Piece::rarity);
  std::size_t kept = 0;
  std::vector<bool> keep(frames_.size());
  for (const Piece &piece : pieces) {
    if (kept + (piece.end - piece.begin) > options_.max_frames) break;
    std::fill(keep.begin() + std::ptrdiff_t(piece.begin), keep.begin() + std::ptrdiff_t(piece.end),
              true);
    kept += piece.end - piece.begin;
  }
  // A piece that is dropped leaves a gap.
  std::vector<std::int32_t> runs(frames_.size());
  std::int32_t run = 0;
  for (std::size_t n = 1; n < frames_.size(); ++n) {
    if (!keep[n - 1] || frames_[n].run != frames_[n - 1].run) ++run;
    runs[n] = run;
  }
  std::size_t to = 0;
  for (std::size_t from = 0; from < frames_.size(); ++from) {
    if (!keep[from]) continue;
    frames_[to] = frames_[from];
    frames_[to].run = runs[from];
    if (to != from) pictures_[to] = std::move(pictures_[from]);
    ++to;
  }
  frames_.resize(to);
  pictures_.resize(to);
  run_ = keep.back() ? run : run + 1;
}

Bank BankBuilder::finish() {
  if (frames_.size() > options_.max_frames) thin_out();
  if (frames_.empty())
    throw Error(ErrorKind::NotFound, "The footage has no frame with a visible mouth.");
  Bank bank;
  bank.frames = std::move(frames_);
  if (frame_seconds_ > 0) bank.frame_seconds = frame_seconds_;
  std::vector<float> sharp;
  for (const BankFrame &frame : bank.frames) sharp.push_back(frame.sharpness);
  std::nth_element(sharp.begin(), sharp.begin() + std::ptrdiff_t(sharp.size() / 2), sharp.end());
  const float typical = std::max(sharp[sharp.size() / 2], 1e-3f);
  for (BankFrame &frame : bank.frames) frame.sharpness /= typical;
  const auto storage =
      std::make_shared<std::vector<std::vector<std::uint8_t>>>(std::move(pictures_));
  for (std::size_t n = 0; n < bank.frames.size(); ++n) bank.frames[n].jpeg = (*storage)[n];
  bank.storage = storage;
  complete(bank);
  return bank;
}

}  // namespace hyperlips
