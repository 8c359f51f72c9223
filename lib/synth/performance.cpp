// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/performance.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips::synth {

struct Performance::Impl {
  PerformanceOptions options;
};
Performance::Performance(PerformanceOptions options) : impl_(new Impl{std::move(options)}) {}
Performance::~Performance() = default;
Performance::Performance(Performance &&) noexcept = default;
Performance &Performance::operator=(Performance &&) noexcept = default;
std::optional<double> Performance::duration() {
  if (impl_->options.text.empty()) return std::nullopt;
  return 2.0;
}
FacePose Performance::pose(double seconds) {
  FacePose pose;
  pose.mouth.opening = 0.1f + 0.1f * static_cast<float>(std::sin(seconds * 12));
  pose.mouth.jaw = pose.mouth.opening * 3;
  return pose;
}
void Performance::sound(std::int64_t first, int rate, std::span<float> samples) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] =
        0.3f * static_cast<float>(std::sin(
                   static_cast<double>(first + static_cast<std::int64_t>(i)) * 2764 / rate));
  }
}
std::vector<Phoneme> Performance::phonemes(double, double) { return {}; }
std::string Performance::text(double, double) { return impl_->options.text; }

}  // namespace hyperlips::synth
