// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/speech_fit.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips {
namespace {

// Mean of the values that SpeechToMouth predicts in speech, and their deviation within one speaker.
constexpr SpeechValues kTypicalCenter{0.05f, 0.21f, -0.01f, 0.16f, 0.06f, 0.075f, 0.037f};
constexpr SpeechValues kTypicalSpread{0.019f, 0.071f, 0.119f, 0.089f, 0.09f, 0.083f, 0.041f};

/// Slopes of a typical person between values in deviations. Rows: opening, width, height, jaw.
/// Columns: as in speech_values().
constexpr float kTypicalSlope[kShapeValues][kSpeechValues] = {
    {0.55f, 0.10f, 0.05f, -0.05f, -0.10f, 0.05f, -0.05f},
    {0.00f, 0.00f, 0.40f, -0.30f, 0.05f, 0.05f, 0.00f},
    {0.45f, 0.10f, 0.00f, 0.00f, -0.20f, 0.05f, -0.05f},
    {0.35f, 0.30f, 0.00f, 0.00f, -0.05f, 0.00f, -0.05f}};
// Weights of the typical person, in frames: of its slopes, and of its mean and deviations.
// Successive frames are much alike, so that a few hundred tell little.
constexpr double kPriorFrames = 1000, kPriorStatistics = 600;
/// Limits for restoring the spread, which regression reduces.
constexpr double kMinGain = 0.7, kMaxGain = 2.2;
constexpr double kSpread = 0.9;
constexpr std::size_t kEnoughPairs = 50;

struct Statistics {
  SpeechValues center{}, spread{};
};

/// Mean and variance of one value of the pairs.
struct Moments {
  double mean = 0, variance = 0;
};

template <class Get>
Moments moments(std::span<const SpeechPair> pairs, Get get) {
  double sum = 0, squares = 0;
  for (const SpeechPair &pair : pairs) {
    const double value = get(pair);
    sum += value;
    squares += value * value;
  }
  const double count = double(pairs.size()), mean = sum / count;
  return {mean, std::max(0.0, squares / count - mean * mean)};
}

/// The statistics of the predictions, drawn toward those of a typical speaker.
Statistics statistics(std::span<const SpeechPair> pairs) {
  Statistics result{kTypicalCenter, kTypicalSpread};
  if (pairs.empty()) return result;
  const double count = double(pairs.size()), weight = count / (count + kPriorStatistics);
  for (std::size_t i = 0; i < kSpeechValues; ++i) {
    const Moments of = moments(pairs, [i](const SpeechPair &pair) { return pair.spoken[i]; });
    const double typical = double(kTypicalSpread[i]) * double(kTypicalSpread[i]);
    result.center[i] += float(weight * (of.mean - double(kTypicalCenter[i])));
    result.spread[i] = float(std::sqrt(typical + weight * (of.variance - typical)));
  }
  return result;
}

}  // namespace

SpeechValues speech_values(const MouthPose &mouth) {
  return {mouth.opening, mouth.jaw,         mouth.width,       mouth.rounding,
          mouth.press,   mouth.upper_raise, mouth.lip_to_teeth};
}

ShapeValues SpeechFit::shape(const MouthPose &mouth) const {
  const SpeechValues values = speech_values(mouth);
  ShapeValues result = offset;
  for (std::size_t k = 0; k < kShapeValues; ++k)
    for (std::size_t i = 0; i < kSpeechValues; ++i)
      result[k] += slope(int(k), int(i)) * (values[i] - center[i]);
  return result;
}

SpeechFit fit_speech(std::span<const SpeechPair> given, const ShapeValues &mean,
                     const ShapeValues &deviation) {
  using Square = cv::Matx<double, kSpeechValues, kSpeechValues>;
  using Column = cv::Matx<double, kSpeechValues, 1>;
  const auto pairs = given.size() < kEnoughPairs ? std::span<const SpeechPair>() : given;
  const double count = double(pairs.size());
  const Statistics of = statistics(pairs);
  const auto standard = [&](const SpeechPair &pair) {
    Column x;
    for (std::size_t i = 0; i < kSpeechValues; ++i)
      x(int(i)) = (pair.spoken[i] - of.center[i]) / of.spread[i];
    return x;
  };
  SpeechFit fit;
  fit.center = of.center;
  fit.offset = mean;
  Square normal = Square::eye() * kPriorFrames;
  for (const SpeechPair &pair : pairs) {
    const Column x = standard(pair);
    normal += x * x.t();
  }
  for (std::size_t k = 0; k < kShapeValues; ++k) {
    double spread = double(deviation[k]);
    if (!pairs.empty()) {
      // Of the person while speaking.
      const Moments seen = moments(pairs, [k](const SpeechPair &pair) { return pair.seen[k]; });
      fit.offset[k] = float(seen.mean);
      spread = std::sqrt(std::max(seen.variance, 1e-8));
    }
    Column right;
    for (std::size_t i = 0; i < kSpeechValues; ++i)
      right(int(i)) = kPriorFrames * double(kTypicalSlope[k][i]);
    for (const SpeechPair &pair : pairs)
      right += standard(pair) * ((double(pair.seen[k]) - double(fit.offset[k])) / spread);
    const Column slope = normal.solve(right, cv::DECOMP_CHOLESKY);
    // Of the regression's values, which are less spread than the mouths.
    double squares = kPriorStatistics * slope.dot(slope);
    for (const SpeechPair &pair : pairs) squares += std::pow(slope.dot(standard(pair)), 2);
    const double reached = std::sqrt(squares / (count + kPriorStatistics));
    const double gain = std::clamp(kSpread / std::max(reached, 1e-3), kMinGain, kMaxGain);
    for (std::size_t i = 0; i < kSpeechValues; ++i)
      fit.slope(int(k), int(i)) = float(slope(int(i)) * gain * spread / double(of.spread[i]));
  }
  return fit;
}

}  // namespace hyperlips
