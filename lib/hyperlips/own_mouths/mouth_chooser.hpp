// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "hyperlips/own_mouths/bank.hpp"

namespace hyperlips {

/// The mouth that speech asks for in one frame.
struct WantedMouth {
  ShapeValues values{};  ///< as MouthShape::values()
  float closed = 0;      ///< 0 ... 1: lips together, in p b m and in silence
};

/// What the frame that gets the mouth looks like.
struct TargetFace {
  HeadPose pose;   ///< from Bank::head to the frame
  cv::Vec3f skin;  ///< as BankFrame::skin
};

/// A choice: one frame of the bank, or two that are mixed.
struct ChosenMouth {
  std::size_t frame = 0;
  std::size_t other = 0;  ///< mixed with `frame` by `mix`
  float mix = 0;          ///< weight of `other`, 0 ... 1
  float open = 0;         ///< widths of the head by which to open (or close) it further
  float pose_error = 0;   ///< radians: how far the head is turned from that in the bank
};

/// Chooses the frames of a bank for a face over time, by dynamic programming over the mouths wanted
/// in this frame and the next ones, as far as they are known: close to the wanted shape, in a
/// similar pose, and continuous where possible. One for each face. Not thread-safe.
class MouthChooser {
 public:
  explicit MouthChooser(const Bank &bank);

  /// wanted: of this frame and of the next ones; at least one. `seconds` is the duration of a
  /// frame.
  ChosenMouth choose(const TargetFace &target, std::span<const WantedMouth> wanted, double seconds);

  /// Forgets the frame before, for example after a seek.
  void reset();

 private:
  struct Candidate {
    std::size_t frame;
    float cost;         ///< of the frame itself
    float total = 0;    ///< of the best path that ends here
    int previous = -1;  ///< candidate of the stage before
  };
  using Stage = std::vector<Candidate>;

  std::vector<float> target_costs(const TargetFace &target) const;
  float mouth_cost(const BankFrame &frame, const WantedMouth &wanted) const;
  Stage make_stage(const WantedMouth &wanted, const std::vector<float> &target_cost,
                   const Stage *before) const;
  void extend(Stage &stage, const Stage *before) const;
  float transition(std::size_t from, std::size_t to, int held) const;
  float recency(std::size_t frame) const;
  std::size_t next_of(std::size_t frame) const;

  const Bank &bank_;
  ShapeValues weight_{};  ///< of squared differences of shapes
  float lip_weight_ = 1;  ///< of squared differences of lip codes
  std::optional<std::size_t> last_;
  std::size_t shortest_ = 1, longest_ = 1;  ///< natural steps in the bank from frame to frame
  int held_ = 0;                            ///< frames for which last_ has been repeated
  std::deque<std::size_t> history_;         ///< the last frames shown, oldest first
};

}  // namespace hyperlips
