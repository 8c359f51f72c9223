// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/bank.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

// Footage with less is reported as insufficient. Openings in widths of the head.
constexpr std::size_t kFewFrames = 125;
constexpr float kSmallOpening = 0.03f, kLargeClosed = 0.05f;

constexpr int kAlignments = 3;  ///< rounds of generalized Procrustes analysis

/// The mean of all heads, each turned and scaled to the mean of the round before.
Landmarks mean_head(const std::vector<BankFrame> &frames) {
  Landmarks head = frames[frames.size() / 2].landmarks;
  for (int round = 0; round < kAlignments; ++round) {
    std::array<cv::Point3d, kLandmarks> sum{};
    for (const BankFrame &frame : frames) {
      const Landmarks aligned = in_head(frame.landmarks, fit_head(frame.landmarks, head));
      for (std::size_t i = 0; i < kLandmarks; ++i) sum[i] += cv::Point3d(aligned[i]);
    }
    cv::Point3d center;
    for (const int i : kRigidLandmarks) center += sum[i] / double(kRigidLandmarks.size());
    const cv::Point3d across = sum[454] - sum[234];
    const double width = std::hypot(across.x, across.y);
    for (std::size_t i = 0; i < kLandmarks; ++i) head[i] = cv::Point3f((sum[i] - center) / width);
  }
  return head;
}

using LipVector = cv::Matx<float, 1, 2 * int(kLipLandmarks.size())>;

LipVector lip_vector(const Landmarks &head) {
  LipVector result;
  for (std::size_t i = 0; i < kLipLandmarks.size(); ++i) {
    result(int(2 * i)) = head[kLipLandmarks[i]].x;
    result(int(2 * i + 1)) = head[kLipLandmarks[i]].y;
  }
  return result;
}

void code_lips(Bank &bank, const std::vector<LipVector> &lips) {
  cv::Mat rows(int(lips.size()), LipVector::cols, CV_32F);
  for (std::size_t n = 0; n < lips.size(); ++n) cv::Mat(lips[n]).copyTo(rows.row(int(n)));
  const int wanted = int(LipCode().size());
  const cv::PCA pca(rows, cv::noArray(), cv::PCA::DATA_AS_ROW, wanted);
  const cv::Mat codes = pca.project(rows);
  for (std::size_t n = 0; n < lips.size(); ++n)
    for (int k = 0; k < std::min(wanted, codes.cols); ++k)
      bank.frames[n].lips[std::size_t(k)] = codes.at<float>(int(n), k);
}

void measure_spread(Bank &bank) {
  std::vector<float> openings;
  for (std::size_t k = 0; k < kShapeValues; ++k) {
    double sum = 0, squares = 0;
    for (const BankFrame &frame : bank.frames) {
      const double value = frame.shape.values()[k];
      sum += value;
      squares += value * value;
    }
    const double total = double(bank.frames.size()), mean = sum / total;
    bank.mean[k] = float(mean);
    bank.deviation[k] = float(std::sqrt(std::max(1e-8, squares / total - mean * mean)));
  }
  for (const BankFrame &frame : bank.frames) openings.push_back(frame.shape.opening);
  const auto low = openings.begin() + std::ptrdiff_t(openings.size() / 20);
  std::nth_element(openings.begin(), low, openings.end());
  bank.closed = *low;
  // The shape of the closed mouth, from the frames in which it is closed.
  int count = 0;
  bank.rest = {};
  for (const BankFrame &frame : bank.frames) {
    if (frame.shape.opening > bank.closed) continue;
    ++count;
    for (std::size_t k = 0; k < kShapeValues; ++k) bank.rest[k] += frame.shape.values()[k];
  }
  for (float &value : bank.rest) value /= float(count);
}

}  // namespace

bool Bank::follows(std::size_t frame, std::size_t next) const {
  return next == frame + 1 && next < frames.size() && frames[frame].run == frames[next].run;
}

void complete(Bank &bank) {
  if (bank.frames.empty()) throw Error(ErrorKind::Format, "A bank needs at least one frame.");
  bank.head = mean_head(bank.frames);
  std::vector<LipVector> lips;
  for (BankFrame &frame : bank.frames) {
    frame.pose = fit_head(frame.landmarks, bank.head);
    frame.turn = frame.pose.angles();
    const Landmarks head = in_head(frame.landmarks, frame.pose);
    frame.shape = mouth_shape(head);
    lips.push_back(lip_vector(head));
  }
  code_lips(bank, lips);
  measure_spread(bank);
}

std::string shortcomings(const Bank &bank) {
  std::vector<float> openings;
  for (const BankFrame &frame : bank.frames) openings.push_back(frame.shape.opening);
  std::ranges::sort(openings);
  const float open = openings[openings.size() * 95 / 100];
  std::string text;
  const auto add = [&](const std::string &sentence) {
    text += (text.empty() ? "" : " ") + sentence;
  };
  if (bank.frames.size() < kFewFrames)
    add("There are only " + std::to_string(bank.frames.size()) +
        " pictures of the mouth; ten seconds of speech or more give better lips.");
  if (open - bank.closed < kSmallOpening)
    add("The mouth is hardly ever open in this video, so it will not open for the new speech. Use "
        "a video in which the person speaks.");
  if (bank.closed > kLargeClosed)
    add("The mouth is never closed in this video, so it will not close for p, b and m.");
  return text;
}

cv::Mat picture_of(const Bank &bank, std::size_t frame) {
  const auto &jpeg = bank.frames.at(frame).jpeg;
  const cv::Mat bytes(1, int(jpeg.size()), CV_8UC1, const_cast<std::uint8_t *>(jpeg.data()));
  cv::Mat picture;
  try {
    picture = cv::imdecode(bytes, cv::IMREAD_COLOR);
  } catch (const cv::Exception &) {
  }
  if (picture.empty())
    throw Error(ErrorKind::Format,
                "The picture of frame " + std::to_string(frame) + " of a bank is damaged.");
  return picture;
}

}  // namespace hyperlips
