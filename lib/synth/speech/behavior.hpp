// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>

#include "hyperlips/face/pose.hpp"

namespace hyperlips::synth {

/// A stressed syllable, accompanied by brows and head.
struct Accent {
  double seconds = 0;  ///< its middle
  float strength = 0;  ///< 0 ... 1
};

/// Non-verbal behavior: blinks, gaze, brows, head and breath. A function of seed and time,
/// continuous except for the onsets of blinks and saccades. Rates not cited in the code are chosen.
class Behavior {
 public:
  explicit Behavior(std::uint64_t seed);

  /// The pose without the mouth. `accents` are those near `seconds`.
  FacePose pose(double seconds, std::span<const Accent> accents) const;
  /// Accents as far away as this have no effect, s.
  static constexpr double kAccentReach = 0.28;

 private:
  double drift(double seconds, double period, std::uint64_t channel) const;
  float blink(double seconds) const;
  void look(FacePose &pose, double seconds) const;

  std::uint64_t seed_;
  double blink_cell_;   // s in which an eye blinks about once
  double gaze_cell_;    // s between saccades
  double breath_rate_;  // 1/s
  float liveliness_;    // scales head and brows
  float wander_;        // how often the eyes leave the viewer
  float smile_, furrow_;
  float nod_;  // radians of an accent
};

}  // namespace hyperlips::synth
