// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/behavior.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "synth/random_streams.hpp"

namespace hyperlips::synth {
namespace {

enum Channel : std::uint64_t {
  kBlink = 100,
  kGaze,
  kYaw,
  kPitch = kYaw + 3,
  kRoll = kPitch + 3,
  kHeadX = kRoll + 3,
  kHeadY,
  kSmile,
  kBreath,
  kBrow,
};

/// Minimum-jerk step (Flash and Hogan 1985): 0 at x 0 ... 1 at x 1.
double minimum_jerk(double x) {
  const double u = std::clamp(x, 0.0, 1.0);
  return u * u * u * (u * (u * 6 - 15) + 10);
}

/// The random numbers of one time interval.
Random cell_random(std::uint64_t seed, std::uint64_t channel, std::int64_t cell) {
  return Random(mix(seed ^ kStreamBehavior) + channel, static_cast<std::uint64_t>(cell));
}

/// How far the lid is closed: it falls within 80 ms, stays 30 ms and rises within 170 ms
/// (VanderWerf et al. 2003).
float lid(double since) {
  if (since <= 0 || since >= 0.28) return 0;
  return static_cast<float>(since < 0.11 ? minimum_jerk(since / 0.08)
                                         : 1 - minimum_jerk((since - 0.11) / 0.17));
}

}  // namespace

Behavior::Behavior(std::uint64_t seed) : seed_(seed) {
  Random random(seed, kStreamBehavior);
  blink_cell_ = random.uniform(2.0f, 4.5f);
  gaze_cell_ = random.uniform(0.7f, 1.6f);
  breath_rate_ = random.uniform(0.2f, 0.33f);
  liveliness_ = random.uniform(0.5f, 1.5f);
  wander_ = random.uniform(0.1f, 0.5f);
  smile_ = std::max(0.0f, random.uniform(-0.1f, 0.35f));
  furrow_ = std::max(0.0f, random.uniform(-0.25f, 0.25f));
  nod_ = random.uniform(0.01f, 0.05f);
}

/// Value noise over time, -1 ... 1: random values every `period` seconds, interpolated.
double Behavior::drift(double seconds, double period, std::uint64_t channel) const {
  const double place = seconds / period;
  const auto cell = static_cast<std::int64_t>(std::floor(place));
  auto value = [&](std::int64_t at) { return cell_random(seed_, channel, at).uniform(-1, 1); };
  return std::lerp(static_cast<double>(value(cell)), static_cast<double>(value(cell + 1)),
                   minimum_jerk(place - static_cast<double>(cell)));
}

float Behavior::blink(double seconds) const {
  const auto cell = static_cast<std::int64_t>(std::floor(seconds / blink_cell_));
  float closed = 0;
  for (std::int64_t at = cell - 1; at <= cell; ++at) {
    Random random = cell_random(seed_, kBlink, at);
    if (random.chance(0.12f)) continue;
    const double start = (static_cast<double>(at) + random.uniform(0, 0.9f)) * blink_cell_;
    const float depth = random.uniform(0.9f, 1.0f);
    closed = std::max(closed, depth * lid(seconds - start));
    if (random.chance(0.1f)) closed = std::max(closed, depth * lid(seconds - start - 0.36));
  }
  return closed;
}

/// Saccades between the viewer and points aside.
void Behavior::look(FacePose &pose, double seconds) const {
  struct Aim {
    double start;
    float x, y;
  };
  auto aim = [&](std::int64_t cell) {
    Random random = cell_random(seed_, kGaze, cell);
    Aim aim{(static_cast<double>(cell) + random.uniform(0, 0.8f)) * gaze_cell_, 0, 0};
    aim.x = 0.012f * random.normal();
    aim.y = 0.008f * random.normal();
    if (random.chance(wander_)) {
      aim.x += random.uniform(-0.3f, 0.3f);
      aim.y += random.uniform(-0.12f, 0.15f);
    }
    return aim;
  };
  const auto cell = static_cast<std::int64_t>(std::floor(seconds / gaze_cell_));
  Aim from = aim(cell - 1), to = aim(cell);
  if (seconds < to.start) {
    to = from;
    from = aim(cell - 2);
  }
  // Larger saccades take longer (Bahill, Clark and Stark 1975).
  const double lasts = 0.025 + 0.12 * std::hypot(to.x - from.x, to.y - from.y);
  const auto done = static_cast<float>(minimum_jerk((seconds - to.start) / lasts));
  pose.gaze_x = std::lerp(from.x, to.x, done);
  pose.gaze_y = std::lerp(from.y, to.y, done);
}

FacePose Behavior::pose(double seconds, std::span<const Accent> accents) const {
  FacePose pose;
  const float closed = blink(seconds);
  pose.blink[0] = closed;
  pose.blink[1] = std::min(1.0f, closed * 1.02f);
  look(pose, seconds);

  float accent = 0;
  for (const Accent &each : accents) {
    const double x = (seconds - each.seconds) / kAccentReach;
    const auto near = static_cast<float>(std::max(0.0, 1 - x * x));
    accent += each.strength * near * near;
  }
  accent = std::min(accent, 1.2f);
  auto sway = [&](std::uint64_t channel) {
    return liveliness_ * static_cast<float>(0.6 * drift(seconds, 3.7, channel) +
                                            0.3 * drift(seconds, 1.3, channel + 1) +
                                            0.1 * drift(seconds, 0.5, channel + 2));
  };
  pose.yaw = 0.12f * sway(kYaw);
  pose.pitch = 0.07f * sway(kPitch) + nod_ * accent;
  pose.roll = 0.05f * sway(kRoll);
  pose.brow_raise = std::clamp(
      liveliness_ * (0.5f * accent + 0.12f * static_cast<float>(drift(seconds, 2.3, kBrow))), -1.0f,
      1.0f);
  pose.brow_furrow = furrow_ * (1 - std::min(accent, 1.0f));
  pose.smile =
      std::clamp(smile_ * (1 + 0.5f * static_cast<float>(drift(seconds, 4.1, kSmile))), 0.0f, 1.0f);
  pose.breath = static_cast<float>(
      std::sin(2 * std::numbers::pi * breath_rate_ * seconds + drift(seconds, 9, kBreath)));
  pose.head_x = 0.02f * liveliness_ * static_cast<float>(drift(seconds, 4.3, kHeadX));
  pose.head_y = 0.01f * liveliness_ * static_cast<float>(drift(seconds, 3.1, kHeadY)) -
                0.003f * pose.breath + 0.1f * nod_ * accent;
  return pose;
}

}  // namespace hyperlips::synth
