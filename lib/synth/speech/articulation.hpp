// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "synth/speech/phonemes.hpp"

namespace hyperlips::synth {

/// A phoneme or a pause (without articulations), in seconds of its sequence.
struct HeardSound {
  std::vector<Articulation> articulations;
  double start = 0, end = 0;
  double release = 0;  ///< as in Phoneme
  float effort = 1;    ///< scales the opening of the mouth
};

/// The motion of a mouth during an utterance sequence. Coarticulation by dominance functions: the
/// targets of sounds are blended with weights that fall off with distance in time (Cohen and
/// Massaro 1993, Modeling coarticulation in synthetic visual speech). Two things are exact: the
/// lips are closed from before a p, b or m is heard until its release, and the mouth is closed in
/// pauses.
class MouthMotion {
 public:
  MouthMotion() = default;
  /// `sounds` are consecutive, without gaps; there is silence before and after them.
  explicit MouthMotion(const std::vector<HeardSound> &sounds);

  /// The mouth at any time. Takes constant time but for a binary search.
  MouthPose pose(double seconds) const;

 private:
  /// A target, held from `begin` to `end`.
  struct Gesture {
    double begin, end;
    MouthPose mouth;
    Dominance dominance;
  };
  struct Span {
    double begin, end;
  };

  /// A closure of the lips, which are pressed together from `press` on.
  struct Closure {
    double begin, press, end;
  };

  void add_gestures(const HeardSound &sound);
  void find_closures(const std::vector<HeardSound> &sounds);
  MouthPose blend(double seconds) const;
  float awake(double seconds) const;
  void close(MouthPose &pose, double seconds) const;

  std::vector<Gesture> gestures_;  // in order
  std::vector<Span> speech_;       // between pauses, in order
  std::vector<Closure> closures_;  // to the release, in order
};

}  // namespace hyperlips::synth
