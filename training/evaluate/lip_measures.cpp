// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/lip_measures.hpp"

#include <cmath>
#include <vector>

#include "training/evaluate/picture_measures.hpp"

namespace hyperlips::training {
namespace {

std::optional<double> opening_of(const MouthPoints *mouth) {
  if (!mouth || mouth->face_height == 0) return std::nullopt;
  return mouth->opening / mouth->face_height;
}

enum class MeanKind { Arithmetic, Geometric };

/// The mean of a measure over the clips that have it, weighted by a number of frames.
std::optional<double> mean(std::span<const LipScores> clips,
                           std::optional<double> LipScores::*measure,
                           std::int64_t LipScores::*frames, MeanKind kind = MeanKind::Arithmetic) {
  double sum = 0, weights = 0;
  for (const LipScores &clip : clips) {
    const std::optional<double> &value = clip.*measure;
    if (!value || (kind == MeanKind::Geometric && *value <= 0)) continue;
    const auto weight = double(clip.*frames);
    sum += weight * (kind == MeanKind::Geometric ? std::log(*value) : *value);
    weights += weight;
  }
  if (weights == 0) return std::nullopt;
  return kind == MeanKind::Geometric ? std::exp(sum / weights) : sum / weights;
}

std::optional<OpeningCorrelation> pool(std::span<const LipScores> clips,
                                       std::optional<OpeningCorrelation> LipScores::*measure) {
  std::vector<OpeningCorrelation> known;
  for (const LipScores &clip : clips) {
    if (clip.*measure) known.push_back(*(clip.*measure));
  }
  return pool(known);
}

}  // namespace

void compare_lips(const cv::Mat &truth, const cv::Mat &result, const cv::Rect &lips,
                  LipFrame &frame) {
  frame.mouth_error = mean_absolute_error(truth, result, lips);
  const auto a = gradient_energy(truth, lips), b = gradient_energy(result, lips);
  if (a && b) frame.energy = {*a, *b};
}

void LipMeasures::add(const LipFrame &frame) {
  landmarks_.add(frame.truth, frame.result);
  truth_.push_back(opening_of(frame.truth));
  result_.push_back(opening_of(frame.result));
  speaker_.push_back(opening_of(frame.speaker));
  if (result_.back()) {
    ++counts_.result_frames;
    closed_ += *result_.back() < options_.closed_below;
  }
  if (frame.mouth_error) {
    ++counts_.mouth_frames;
    mouth_ += *frame.mouth_error;
  }
  if (frame.pasted_error) add_pasted(*frame.pasted_error);
  if (frame.energy) {
    ++counts_.sharpness_frames;
    energy_[0] += (*frame.energy)[0];
    energy_[1] += (*frame.energy)[1];
  }
}

void LipMeasures::add_pasted(double error) {
  ++counts_.pasted_frames;
  pasted_ += error;
}

LipScores LipMeasures::scores(double frame_rate) const {
  LipScores scores = counts_;
  const LandmarkScores landmarks = landmarks_.scores();
  scores.frames = landmarks.frames;
  scores.lmd = landmarks.lmd;
  scores.lmd_pixels = landmarks.lmd_pixels;
  scores.jitter = landmarks.jitter;
  const auto with_truth = correlate(truth_, result_, frame_rate);
  if (options_.driven_by == DrivenBy::Own) {
    scores.opening = with_truth;
  } else {
    scores.leak = with_truth;
  }
  if (options_.driven_by == DrivenBy::Speaker)
    scores.opening = correlate(speaker_, result_, frame_rate);
  const auto mean_of = [](double sum, std::int64_t count) {
    return count > 0 ? std::optional(sum / double(count)) : std::nullopt;
  };
  scores.mouth_mae = mean_of(mouth_, scores.mouth_frames);
  scores.pasted_mae = mean_of(pasted_, scores.pasted_frames);
  scores.closed = mean_of(double(closed_), scores.result_frames);
  if (energy_[0] > 0) scores.sharpness = std::sqrt(energy_[1] / energy_[0]);
  return scores;
}

LipScores pool(std::span<const LipScores> clips) {
  LipScores pooled;
  for (const LipScores &clip : clips) {
    pooled.frames += clip.frames;
    pooled.result_frames += clip.result_frames;
    pooled.mouth_frames += clip.mouth_frames;
    pooled.pasted_frames += clip.pasted_frames;
    pooled.sharpness_frames += clip.sharpness_frames;
  }
  pooled.lmd = mean(clips, &LipScores::lmd, &LipScores::frames);
  pooled.lmd_pixels = mean(clips, &LipScores::lmd_pixels, &LipScores::frames);
  pooled.jitter = mean(clips, &LipScores::jitter, &LipScores::frames, MeanKind::Geometric);
  pooled.opening = pool(clips, &LipScores::opening);
  pooled.leak = pool(clips, &LipScores::leak);
  pooled.mouth_mae = mean(clips, &LipScores::mouth_mae, &LipScores::mouth_frames);
  pooled.pasted_mae = mean(clips, &LipScores::pasted_mae, &LipScores::pasted_frames);
  pooled.sharpness =
      mean(clips, &LipScores::sharpness, &LipScores::sharpness_frames, MeanKind::Geometric);
  pooled.closed = mean(clips, &LipScores::closed, &LipScores::result_frames);
  return pooled;
}

}  // namespace hyperlips::training
