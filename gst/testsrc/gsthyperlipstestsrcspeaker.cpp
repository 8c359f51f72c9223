// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipstestsrcspeaker.h"

#include <algorithm>
#include <cmath>

using hyperlips::FacePose;
using hyperlips::synth::Phoneme;

namespace {

/// A whole number of samples at all common rates, 11025 Hz included, and of frames at 25 per
/// second.
constexpr gint64 kPeriodStepMs = 40;

}  // namespace

TestSrcSpeaker::TestSrcSpeaker(const hyperlips::synth::PerformanceOptions &options, bool repeat)
    : performance_(options) {
  if (!repeat) return;
  if (const auto said = performance_.duration()) {
    period_ms_ =
        std::max<gint64>(1, gint64(std::ceil(*said * 1000 / kPeriodStepMs - 1e-9))) * kPeriodStepMs;
  }
}

std::optional<double> TestSrcSpeaker::duration() {
  return period_ms_ ? std::nullopt : performance_.duration();
}

FacePose TestSrcSpeaker::pose(double seconds) {
  if (!period_ms_) return performance_.pose(seconds);
  const double period = double(period_ms_) / 1000;
  return performance_.pose(seconds - std::floor(seconds / period) * period);
}

/// The first sample of a repetition.
gint64 TestSrcSpeaker::first_sample(gint64 repetition, int rate) const {
  return (repetition * period_ms_ * rate + 999) / 1000;
}

void TestSrcSpeaker::sound(gint64 first, int rate, std::span<float> samples) {
  if (!period_ms_) return performance_.sound(first, rate, samples);
  while (!samples.empty()) {
    gint64 repetition = first * 1000 / (period_ms_ * rate);
    const gint64 begin = first_sample(repetition, rate), end = first_sample(repetition + 1, rate);
    const auto count = std::min<std::size_t>(samples.size(), std::size_t(end - first));
    performance_.sound(first - begin, rate, samples.first(count));
    samples = samples.subspan(count);
    first += gint64(count);
  }
}

std::vector<Phoneme> TestSrcSpeaker::phonemes(double from, double to) {
  const double period = double(period_ms_) / 1000;
  const double first = period_ms_ ? std::floor(from / period) : 0;
  std::vector<Phoneme> all;
  for (double begin = first * period; begin < to; begin += period) {
    for (Phoneme &phoneme : performance_.phonemes(from - begin, to - begin)) {
      phoneme.start += begin;
      phoneme.end += begin;
      phoneme.release += begin;
      if (phoneme.start < to && phoneme.end > from) all.push_back(std::move(phoneme));
    }
    if (!period_ms_) break;
  }
  return all;
}
