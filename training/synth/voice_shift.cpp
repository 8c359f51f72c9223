// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/synth/voice_shift.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace hyperlips::training {
namespace {

constexpr float kStep = 0.005f;                   // seconds between pitch values
constexpr float kLowest = 60, kHighest = 420;     // Hz
constexpr float kWindow = 0.03f;                  // seconds, for the autocorrelation
constexpr float kVoiced = 0.6f, kSilent = 1e-4f;  // correlation, mean square
constexpr float kOctave = 0.9f;   // minimum of a shorter period, relative to the best peak
constexpr float kGrain = 0.004f;  // seconds, for unvoiced sound

/// Reduces the sample rate by `factor`: 8 kHz is enough to find the pitch.
std::vector<float> decimated(std::span<const float> samples, int factor) {
  std::vector<float> thin(samples.size() / static_cast<std::size_t>(factor));
  for (std::size_t i = 0; i < thin.size(); ++i) {
    float sum = 0;
    for (int k = 0; k < factor; ++k) sum += samples[i * static_cast<std::size_t>(factor) + k];
    thin[i] = sum / static_cast<float>(factor);
  }
  return thin;
}

/// Normalized correlation of `length` samples from `at` on with those `lag` later.
float correlation(const float *at, int length, int lag) {
  float cross = 0, first = 1e-9f, second = 1e-9f;
  for (int i = 0; i < length; ++i) {
    cross += at[i] * at[i + lag];
    first += at[i] * at[i];
    second += at[i + lag] * at[i + lag];
  }
  return cross / std::sqrt(first * second);
}

/// Catmull-Rom interpolation; 0 outside.
float at(std::span<const float> samples, float position) {
  const float floor = std::floor(position);
  const auto start = static_cast<std::int64_t>(floor) - 1;
  const float t = position - floor;
  float p[4];
  for (int i = 0; i < 4; ++i) {
    const std::int64_t n = start + i;
    p[i] = n >= 0 && n < static_cast<std::int64_t>(samples.size())
               ? samples[static_cast<std::size_t>(n)]
               : 0;
  }
  return p[1] +
         0.5f * t *
             (p[2] - p[0] +
              t * (2 * p[0] - 5 * p[1] + 4 * p[2] - p[3] + t * (3 * (p[1] - p[2]) + p[3] - p[0])));
}

/// Start of a period, or a time without pitch.
struct Mark {
  float time = 0, period = 0;  // samples; period 0: no pitch
};

class Shifter {
 public:
  Shifter(std::span<const float> samples, int rate, const VoiceShift &shift)
      : samples_(samples),
        rate_(static_cast<float>(rate)),
        shift_(shift),
        pitch_(track_pitch(samples, rate)),
        sum_(samples.size()),
        weight_(samples.size()) {}

  std::vector<float> run() {
    const std::vector<Mark> marks = find_marks();
    std::size_t nearest = 0;
    for (float time = 0; time < static_cast<float>(samples_.size());) {
      const float period = period_at(time);
      if (period == 0) {
        const float grain = kGrain * rate_;
        add({time, 0}, time, grain);
        time += grain;
        continue;
      }
      while (nearest + 1 < marks.size() &&
             std::abs(marks[nearest + 1].time - time) <= std::abs(marks[nearest].time - time))
        ++nearest;
      const Mark source = marks.empty() || std::abs(marks[nearest].time - time) > period
                              ? Mark{time, period}
                              : marks[nearest];
      const float step = period / shift_.pitch;
      add(source, time, std::max(step, period / shift_.formants));
      time += step;
    }
    for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] /= std::max(weight_[i], 0.5f);
    return std::move(sum_);
  }

 private:
  float period_at(float time) const {
    const auto index = static_cast<std::size_t>(time / rate_ / kStep);
    return index < pitch_.size() && pitch_[index] > 0 ? rate_ / pitch_[index] : 0;
  }

  /// The highest sample of each period, so that all grains have the same phase.
  std::vector<Mark> find_marks() const {
    std::vector<Mark> marks;
    for (float time = 0; time < static_cast<float>(samples_.size());) {
      const float period = period_at(time);
      if (period == 0) {
        time += kStep * rate_;
        continue;
      }
      const bool follows = !marks.empty() && time - marks.back().time < 1.5f * period;
      const float reach = follows ? 0.2f * period : 0.5f * period;
      const Mark mark{strongest(time - reach, time + reach), period};
      marks.push_back(mark);
      time = std::max(mark.time, time - reach) + period;
    }
    return marks;
  }

  float strongest(float from, float to) const {
    const auto last = static_cast<std::int64_t>(samples_.size()) - 1;
    auto best = std::clamp<std::int64_t>(std::llround(from), 0, last);
    for (std::int64_t n = best; n <= std::min<std::int64_t>(std::llround(to), last); ++n)
      if (samples_[static_cast<std::size_t>(n)] > samples_[static_cast<std::size_t>(best)])
        best = n;
    return static_cast<float>(best);
  }

  /// Adds the grain around a mark at another time, up to `reach` samples to each side.
  void add(const Mark &source, float time, float reach) {
    const auto from = static_cast<std::int64_t>(std::max(0.0f, std::ceil(time - reach)));
    const auto to = std::min<std::int64_t>(static_cast<std::int64_t>(samples_.size()) - 1,
                                           static_cast<std::int64_t>(std::floor(time + reach)));
    for (std::int64_t n = from; n <= to; ++n) {
      const float distance = static_cast<float>(n) - time;
      const float window = 0.5f + 0.5f * std::cos(std::numbers::pi_v<float> * distance / reach);
      const auto i = static_cast<std::size_t>(n);
      sum_[i] += window * at(samples_, source.time + distance * shift_.formants);
      weight_[i] += window;
    }
  }

  std::span<const float> samples_;
  float rate_;
  VoiceShift shift_;
  std::vector<float> pitch_, sum_, weight_;
};

}  // namespace

std::vector<float> track_pitch(std::span<const float> samples, int rate) {
  const int factor = std::max(1, rate / 8000);
  const std::vector<float> thin = decimated(samples, factor);
  const float thin_rate = static_cast<float>(rate) / static_cast<float>(factor);
  const int length = static_cast<int>(kWindow * thin_rate);
  const int shortest = static_cast<int>(thin_rate / kHighest),
            longest = static_cast<int>(thin_rate / kLowest);
  std::vector<float> pitch(static_cast<std::size_t>(static_cast<float>(samples.size()) /
                                                    (kStep * static_cast<float>(rate))));
  std::vector<float> scores(static_cast<std::size_t>(longest + 1));
  for (std::size_t i = 0; i < pitch.size(); ++i) {
    // Both windows together are centered at this time.
    const auto middle = static_cast<int>(static_cast<float>(i) * kStep * thin_rate);
    const int start = middle - (length + longest) / 2;
    if (start < 0 || start + length + longest >= static_cast<int>(thin.size())) continue;
    const float *window = thin.data() + start;
    float energy = 0;
    for (int k = 0; k < length; ++k) energy += window[k] * window[k];
    if (energy < kSilent * static_cast<float>(length)) continue;
    float best = 0;
    for (int lag = shortest; lag <= longest; ++lag)
      best =
          std::max(best, scores[static_cast<std::size_t>(lag)] = correlation(window, length, lag));
    if (best < kVoiced) continue;
    // The first peak that is nearly the best; later ones are multiples of the period.
    for (int lag = shortest + 1; lag < longest; ++lag) {
      const float *score = &scores[static_cast<std::size_t>(lag)];
      if (score[0] < kOctave * best || score[0] < score[-1] || score[0] < score[1]) continue;
      const float bend = score[-1] - 2 * score[0] + score[1];
      const float shift = bend < 0 ? 0.5f * (score[-1] - score[1]) / bend : 0;
      pitch[i] = thin_rate / (static_cast<float>(lag) + shift);
      break;
    }
  }
  return pitch;
}

std::vector<float> shift_voice(std::span<const float> samples, int rate, const VoiceShift &shift) {
  if (samples.empty() || shift == VoiceShift{}) return {samples.begin(), samples.end()};
  return Shifter(samples, rate, shift).run();
}

}  // namespace hyperlips::training
