// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/landmark_measures.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips::training {
namespace {

constexpr std::size_t kUpperLip = 13, kLowerLip = 14, kForehead = 10, kChin = 152;

cv::Point2d flat(const cv::Point3f &p) { return {p.x, p.y}; }

/// Sum of |second difference| over the coordinates of all points.
double second_difference(const MouthPoints &a, const MouthPoints &b, const MouthPoints &c) {
  double sum = 0;
  for (std::size_t i = 0; i < kLipPoints; ++i) {
    const cv::Point2d d = a.lips[i] - 2 * b.lips[i] + c.lips[i];
    sum += std::abs(d.x) + std::abs(d.y);
  }
  return sum;
}

}  // namespace

MouthPoints mouth_points(const Landmarks &landmarks) {
  MouthPoints mouth;
  cv::Point2d center;
  for (std::size_t i = 0; i < kLipPoints; ++i) {
    mouth.lips[i] = flat(landmarks[kLipLandmarks[i]]);
    center += mouth.lips[i] / double(kLipPoints);
  }
  for (cv::Point2d &point : mouth.lips) point -= center;
  mouth.opening = cv::norm(flat(landmarks[kUpperLip]) - flat(landmarks[kLowerLip]));
  mouth.face_height = cv::norm(flat(landmarks[kForehead]) - flat(landmarks[kChin]));
  return mouth;
}

void LandmarkMeasures::add(const MouthPoints *truth, const MouthPoints *result) {
  if (!truth || !result || truth->face_height == 0 || result->face_height == 0) {
    last_.clear();
    return;
  }
  double distance = 0;
  for (std::size_t i = 0; i < kLipPoints; ++i) {
    distance += cv::norm(truth->lips[i] - result->lips[i]) / double(kLipPoints);
  }
  ++frames_;
  pixels_ += distance;
  percent_ += 100 * distance / truth->face_height;
  openings_.push_back({truth->opening / truth->face_height, result->opening / result->face_height});

  last_.push_back({*truth, *result});
  if (last_.size() < 3) return;
  truth_jitter_ += second_difference(last_[0].truth, last_[1].truth, last_[2].truth);
  result_jitter_ += second_difference(last_[0].result, last_[1].result, last_[2].result);
  last_.pop_front();
}

LandmarkScores LandmarkMeasures::scores() const {
  LandmarkScores scores;
  scores.frames = frames_;
  if (frames_ == 0) return scores;
  scores.lmd = percent_ / double(frames_);
  scores.lmd_pixels = pixels_ / double(frames_);
  scores.opening_correlation = correlation(openings_);
  if (truth_jitter_ > 0) scores.jitter = result_jitter_ / truth_jitter_;
  return scores;
}

}  // namespace hyperlips::training
