// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/speech_fit.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips {
namespace {

// Mean and deviation of the values that SpeechToMouth predicts in speech.
constexpr SpeechValues kTypicalCenter{0.045f, 0.2f, 0.0f, 0.15f, 0.1f, 0.1f, 0.05f};
constexpr SpeechValues kTypicalSpread{0.035f, 0.15f, 0.25f, 0.2f, 0.2f, 0.15f, 0.15f};

/// Slopes of a typical person between values in deviations. Rows: opening, width, height, jaw.
/// Columns: as in speech_values().
constexpr float kTypicalSlope[kShapeValues][kSpeechValues] = {
    {0.55f, 0.10f, 0.05f, -0.05f, -0.10f, 0.05f, -0.05f},
    {0.00f, 0.00f, 0.40f, -0.30f, 0.05f, 0.05f, 0.00f},
    {0.45f, 0.10f, 0.00f, 0.00f, -0.20f, 0.05f, -0.05f},
    {0.35f, 0.30f, 0.00f, 0.00f, -0.05f, 0.00f, -0.05f}};
/// Weight of the typical person, in frames: successive frames are much alike, so that a few hundred
/// tell little.
constexpr double kPriorFrames = 600;
/// Limits for restoring the spread, which regression reduces.
constexpr float kMinGain = 0.7f, kMaxGain = 2.2f;
constexpr float kSpread = 0.9f;
constexpr std::size_t kEnoughPairs = 50;

struct Statistics {
  SpeechValues center, spread;
};

Statistics statistics(std::span<const SpeechPair> pairs) {
  if (pairs.size() < kEnoughPairs) return {kTypicalCenter, kTypicalSpread};
  Statistics result{};
  for (std::size_t i = 0; i < kSpeechValues; ++i) {
    double sum = 0, squares = 0;
    for (const SpeechPair &pair : pairs) {
      sum += pair.spoken[i];
      squares += double(pair.spoken[i]) * pair.spoken[i];
    }
    const double mean = sum / double(pairs.size());
    result.center[i] = float(mean);
    result.spread[i] =
        float(std::sqrt(std::max(0.0, squares / double(pairs.size()) - mean * mean)));
    result.spread[i] = std::max(result.spread[i], 0.25f * kTypicalSpread[i]);
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

SpeechFit fit_speech(std::span<const SpeechPair> pairs, const ShapeValues &mean,
                     const ShapeValues &deviation) {
  const Statistics of = statistics(pairs);
  const bool enough = pairs.size() >= kEnoughPairs;
  using Square = cv::Matx<double, kSpeechValues, kSpeechValues>;
  using Column = cv::Matx<double, kSpeechValues, 1>;
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
  if (enough)
    for (const SpeechPair &pair : pairs) {
      const Column x = standard(pair);
      normal += x * x.t();
    }
  for (std::size_t k = 0; k < kShapeValues; ++k) {
    Column right;
    for (std::size_t i = 0; i < kSpeechValues; ++i)
      right(int(i)) = kPriorFrames * double(kTypicalSlope[k][i]);
    if (enough)
      for (const SpeechPair &pair : pairs)
        right += standard(pair) * (double(pair.seen[k] - mean[k]) / std::max(deviation[k], 1e-4f));
    const Column slope = normal.solve(right, cv::DECOMP_CHOLESKY);
    double squares = enough ? 0 : slope.dot(slope);
    if (enough)
      for (const SpeechPair &pair : pairs) squares += std::pow(slope.dot(standard(pair)), 2);
    const double spread = std::sqrt(enough ? squares / double(pairs.size()) : squares);
    const float gain = std::clamp(float(kSpread / std::max(spread, 1e-3)), kMinGain, kMaxGain);
    for (std::size_t i = 0; i < kSpeechValues; ++i)
      fit.slope(int(k), int(i)) = float(slope(int(i))) * gain * deviation[k] / of.spread[i];
  }
  return fit;
}

}  // namespace hyperlips
