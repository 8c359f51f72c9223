// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/articulation.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips::synth {
namespace {

// How fast dominance falls off with distance, 1/s: rounding is anticipated early, the tongue is
// quick. These and the times below are fitted by eye.
constexpr double kOpeningFall = 30, kWidthFall = 17, kInsideFall = 40;
constexpr double kReach = 0.3;           // s, no dominance lasts longer
constexpr double kRestDominance = 1e-4;  // of the mouth at rest

// In seconds: how long a mouth takes to close after speech, to open before it, how much it is ahead
// of the sound; measured on people (docs/models/speech-to-mouth.md).
constexpr double kSettle = 0.1, kWake = 0.4, kAhead = 0.015;
constexpr float kParted = 0.015f;           // opening of the lips halfway between rest and speech
constexpr double kClosing = 0.055;          // s in which the lips meet
constexpr double kParting = 0.022;          // s, time constant of the opening after a release
constexpr double kShortestClosure = 0.045;  // s
constexpr double kPressing = 0.05, kUnpressing = 0.012;  // s

float smooth_step(double x) {
  const double u = std::clamp(x, 0.0, 1.0);
  return static_cast<float>(u * u * (3 - 2 * u));
}

/// The dominance function: 1 at distance 0, smooth there, nearly exponential farther off (as in
/// Cohen and Massaro), 0 beyond kReach.
double falloff(double fall, double distance) {
  const double x = fall * distance, near = 1 - std::min(1.0, distance / kReach);
  return std::exp(-x * x / (1 + x)) * near;
}

bool is_pause(const HeardSound &sound) { return sound.articulations.empty(); }
bool closes_lips(const HeardSound &sound) {
  return !is_pause(sound) && sound.articulations.front().lips_close;
}

}  // namespace

MouthMotion::MouthMotion(const std::vector<HeardSound> &sounds) {
  for (const HeardSound &sound : sounds) {
    if (is_pause(sound)) continue;
    add_gestures(sound);
    if (!speech_.empty() && sound.start - speech_.back().end < 1e-6)
      speech_.back().end = sound.end;
    else
      speech_.push_back({sound.start, sound.end});
  }
  find_closures(sounds);
}

void MouthMotion::add_gestures(const HeardSound &sound) {
  double start = sound.start;
  std::size_t parts = sound.articulations.size();
  for (const Articulation &articulation : sound.articulations) {
    double end = start + (sound.end - start) / static_cast<double>(parts--);
    double margin = 0.25 * (end - start);
    if (articulation.manner == Manner::Stop && start == sound.start) {
      end = sound.release;
      margin = std::min(0.02, 0.25 * (end - start));
    }
    Gesture gesture{start + margin, std::max(start, end - margin), articulation.mouth,
                    articulation.dominance};
    gesture.mouth.opening *= sound.effort;
    gesture.mouth.jaw *= sound.effort;
    gesture.mouth.width *= 0.5f + 0.5f * sound.effort;
    gesture.mouth.rounding *= 0.5f + 0.5f * sound.effort;
    gestures_.push_back(gesture);
    start = std::max(start, end);
  }
}

void MouthMotion::find_closures(const std::vector<HeardSound> &sounds) {
  for (std::size_t i = 0; i < sounds.size(); ++i) {
    const HeardSound &sound = sounds[i];
    if (!closes_lips(sound)) continue;
    const double start = std::min(sound.start, sound.release - kShortestClosure);
    Closure closure{start, start, sound.release};
    // Lips closed at the beginning of speech were closed before it, and a final m stays closed.
    if (i > 0 && is_pause(sounds[i - 1]))
      closure.begin = std::max(sounds[i - 1].start + 0.05, closure.begin - kWake - kClosing);
    if (i == 0) closure.begin -= kWake + kClosing;
    const bool last = i + 1 == sounds.size() || is_pause(sounds[i + 1]);
    if (last && sound.articulations.front().manner == Manner::Nasal)
      closure.end = sound.end + kSettle;
    // "mp", "b b": the first one is not released.
    if (i > 0 && closes_lips(sounds[i - 1]) && !closures_.empty())
      closures_.back().end = closure.end;
    else
      closures_.push_back(closure);
  }
}

/// The mean of the targets, weighted by their dominance.
MouthPose MouthMotion::blend(double seconds) const {
  auto after = std::partition_point(
      gestures_.begin(), gestures_.end(),
      [&](const Gesture &gesture) { return gesture.begin < seconds + kReach; });
  double opening = kRestDominance, width = kRestDominance, inside = kRestDominance;
  MouthPose sum;
  while (after != gestures_.begin()) {
    const Gesture &gesture = *--after;
    if (gesture.end < seconds - kReach) break;
    const double distance = std::max({0.0, gesture.begin - seconds, seconds - gesture.end});
    const MouthPose &mouth = gesture.mouth;
    const double open = gesture.dominance.opening * falloff(kOpeningFall, distance);
    const double wide = gesture.dominance.width * falloff(kWidthFall, distance);
    const double in = gesture.dominance.inside * falloff(kInsideFall, distance);
    opening += open;
    width += wide;
    inside += in;
    sum.opening += static_cast<float>(open) * mouth.opening;
    sum.jaw += static_cast<float>(open) * mouth.jaw;
    sum.width += static_cast<float>(wide) * mouth.width;
    sum.rounding += static_cast<float>(wide) * mouth.rounding;
    sum.lip_to_teeth += static_cast<float>(in) * mouth.lip_to_teeth;
    sum.upper_raise += static_cast<float>(in) * mouth.upper_raise;
    sum.tongue += static_cast<float>(in) * mouth.tongue;
    sum.tongue_out += static_cast<float>(in) * mouth.tongue_out;
  }
  sum.opening /= static_cast<float>(opening);
  sum.jaw /= static_cast<float>(opening);
  sum.width /= static_cast<float>(width);
  sum.rounding /= static_cast<float>(width);
  for (float MouthPose::*part : {&MouthPose::lip_to_teeth, &MouthPose::upper_raise,
                                 &MouthPose::tongue, &MouthPose::tongue_out})
    sum.*part /= static_cast<float>(inside);
  return sum;
}

/// 1 in speech ... 0 in the middle of a pause.
float MouthMotion::awake(double seconds) const {
  const auto next = std::partition_point(speech_.begin(), speech_.end(),
                                         [&](const Span &span) { return span.end < seconds; });
  float asleep = 1;
  if (next != speech_.end()) asleep *= smooth_step((next->begin - seconds) / kWake);
  if (next != speech_.begin()) asleep *= smooth_step((seconds - std::prev(next)->end) / kSettle);
  return 1 - asleep;
}

/// Closes and presses the lips in closures, with the movements before and after.
void MouthMotion::close(MouthPose &pose, double seconds) const {
  const auto next =
      std::partition_point(closures_.begin(), closures_.end(),
                           [&](const Closure &closure) { return closure.end <= seconds; });
  if (next != closures_.begin()) {
    const double since = seconds - std::prev(next)->end;
    pose.opening *= static_cast<float>(1 - std::exp(-since / kParting));
    pose.press = 0.4f * (1 - smooth_step(since / kUnpressing));
  }
  if (next == closures_.end()) return;
  pose.opening *= smooth_step((next->begin - seconds) / kClosing);
  const double pressed = seconds - next->press;
  if (pressed <= 0) return;
  const double pressing = std::min(kPressing, 0.5 * (next->end - next->press));
  pose.press =
      std::max(pose.press, smooth_step(pressed / pressing) *
                               (0.4f + 0.6f * smooth_step((next->end - seconds) / kUnpressing)));
}

MouthPose MouthMotion::pose(double seconds) const {
  MouthPose pose;
  const float awake = this->awake(seconds + kAhead);
  if (awake > 0) {
    pose = blend(seconds + kAhead);
    for (float MouthPose::*part :
         {&MouthPose::opening, &MouthPose::jaw, &MouthPose::width, &MouthPose::rounding,
          &MouthPose::lip_to_teeth, &MouthPose::upper_raise, &MouthPose::tongue,
          &MouthPose::tongue_out})
      pose.*part *= awake;
    pose.opening += 4 * kParted * awake * (1 - awake);
  }
  close(pose, seconds);
  pose.opening = std::clamp(pose.opening, 0.0f, 0.4f);
  pose.jaw = std::clamp(pose.jaw, 0.0f, 1.0f);
  return pose;
}

}  // namespace hyperlips::synth
