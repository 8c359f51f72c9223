// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/talk/sound_offset.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

constexpr double kSamplesPerSecond = 8;  ///< independent ones
constexpr double kMinCorrelation = 0.2;
/// Small offsets are more likely than large ones: subtracted from Fisher's z per squared frame.
constexpr double kPrior = 0.003;
/// Least advantage over offset 0, in standard errors of Fisher's z. Both series are the same but
/// for the shift, so their errors go together and half an error is much.
constexpr double kMinAdvantage = 0.7;

/// Pearson's correlation where both are known; 0 if one is constant.
double correlation(std::span<const float> a, std::span<const float> b) {
  double count = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    ++count;
    x += a[i];
    y += b[i];
    xx += double(a[i]) * a[i];
    yy += double(b[i]) * b[i];
    xy += double(a[i]) * b[i];
  }
  const double spread = (count * xx - x * x) * (count * yy - y * y);
  return count > 2 && spread > 1e-12 ? (count * xy - x * y) / std::sqrt(spread) : 0;
}

double fisher(double r) { return std::atanh(std::clamp(r, -0.999, 0.999)); }

}  // namespace

SoundOffset find_sound_offset(std::span<const float> heard, std::span<const float> seen,
                              double fps) {
  if (heard.size() != seen.size() + 2 * kMaxSoundOffset)
    throw Error(ErrorKind::Settings, "find_sound_offset: the lengths of the series do not fit.");
  const auto at = [&](int offset) {
    return correlation(heard.subspan(std::size_t(kMaxSoundOffset + offset), seen.size()), seen);
  };
  SoundOffset result;
  result.uncorrected = result.correlation = float(at(0));
  int best = 0;
  const auto score = [&](int offset) { return fisher(at(offset)) - kPrior * offset * offset; };
  for (int offset = -kMaxSoundOffset; offset <= kMaxSoundOffset; ++offset)
    if (score(offset) > score(best)) best = offset;
  const double highest = at(best);
  const auto visible = double(std::ranges::count_if(seen, [](float v) { return !std::isnan(v); }));
  const double samples = visible / fps * kSamplesPerSecond;
  if (samples < 8 || highest < kMinCorrelation) return result;
  const double advantage = (fisher(highest) - fisher(at(0))) * std::sqrt(samples - 3);
  result.certain = best == 0 || advantage > kMinAdvantage;
  if (result.certain) {
    result.frames = best;
    result.correlation = float(highest);
  }
  return result;
}

}  // namespace hyperlips
