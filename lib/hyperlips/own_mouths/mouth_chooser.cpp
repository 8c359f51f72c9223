// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/mouth_chooser.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips {
namespace {

constexpr std::size_t kCandidates = 24;  ///< per frame, besides successors
constexpr std::size_t kHistory = 40;     ///< frames

// Weights of squared differences in deviations of the person: opening, width, height, jaw.
constexpr ShapeValues kShapeWeight{1.0f, 0.35f, 0.35f, 0.15f};
constexpr float kClosedWeight = 16;
/// A chosen mouth is opened or closed further by at most this, in widths of the head.
constexpr float kMostOpening = 0.012f, kMostClosing = 0.03f;

// Head pose: differences below kFreePose cost nothing, so that the original frame has no advantage.
constexpr float kFreePose = 0.05f, kPoseScale = 0.08f;  // radians
constexpr float kPoseWeight = 0.6f;
constexpr float kScaleWeight = 1.0f, kFreeScale = 0.15f;             // of the logarithm of the size
constexpr float kSkinWeight = 0.3f, kFreeSkin = 6, kSkinScale = 12;  // levels of 255
constexpr float kSharpWeight = 1.5f;

// Changing from one place of the footage to another.
constexpr float kJump = 0.35f, kJumpShape = 1.0f, kHold = 0.5f;
constexpr float kRecent = 1.2f;
constexpr std::size_t kRecentReach = 3;

float beyond(float difference, float free) { return std::max(0.0f, std::abs(difference) - free); }
float square(float x) { return x * x; }

float turn_between(const HeadAngles &a, const HeadAngles &b) {
  return std::sqrt(square(a.yaw - b.yaw) + square(a.pitch - b.pitch));
}

}  // namespace

MouthChooser::MouthChooser(const Bank &bank) : bank_(bank) {
  for (std::size_t k = 0; k < kShapeValues; ++k)
    weight_[k] = kShapeWeight[k] / std::max(square(bank.deviation[k]), 1e-8f);
  // The mean square of the difference of two random lip codes is twice their variance.
  double variance = 0;
  for (const BankFrame &frame : bank.frames)
    for (const float value : frame.lips) variance += square(value);
  variance /= double(bank.frames.size());
  lip_weight_ = float(1 / std::max(variance, 1e-8));
}

void MouthChooser::reset() {
  last_.reset();
  history_.clear();
  held_ = 0;
}

std::vector<float> MouthChooser::target_costs(const TargetFace &target) const {
  std::vector<float> costs(bank_.frames.size());
  const HeadAngles wanted = target.pose.angles();
  for (std::size_t n = 0; n < costs.size(); ++n) {
    const BankFrame &frame = bank_.frames[n];
    const float turn = beyond(turn_between(frame.turn, wanted), kFreePose) / kPoseScale;
    const float size = beyond(std::log(frame.pose.scale / target.pose.scale), kFreeScale);
    const float skin = beyond(float(cv::norm(frame.skin - target.skin)), kFreeSkin) / kSkinScale;
    costs[n] = kPoseWeight * square(turn) + kScaleWeight * square(size) +
               kSkinWeight * square(skin) +
               kSharpWeight * square(std::max(0.0f, 0.8f - frame.sharpness));
  }
  return costs;
}

float MouthChooser::mouth_cost(const BankFrame &frame, const WantedMouth &wanted) const {
  const ShapeValues values = frame.shape.values();
  float cost = 0;
  for (std::size_t k = 0; k < kShapeValues; ++k)
    cost += weight_[k] * square(values[k] - wanted.values[k]);
  const float open = std::max(0.0f, values[0] - bank_.closed);
  return cost + kClosedWeight * wanted.closed * weight_[0] * square(open);
}

/// The frame that follows naturally; `frame` itself at the end of a run.
std::size_t MouthChooser::next_of(std::size_t frame) const {
  const std::size_t next = frame + longest_;
  return next < bank_.frames.size() && bank_.frames[next].run == bank_.frames[frame].run ? next
                                                                                         : frame;
}

/// `held`: frames for which `from` has been repeated already.
float MouthChooser::transition(std::size_t from, std::size_t to, int held) const {
  const bool forward = to > from && to - from >= shortest_ && to - from <= longest_;
  if (forward && bank_.frames[from].run == bank_.frames[to].run) return 0;
  // Video of a higher frame rate than the bank repeats frames naturally.
  if (to == from) return kHold * float(shortest_ == 0 ? held : held + 1);
  const std::size_t next = next_of(from);
  float difference = 0;
  for (std::size_t k = 0; k < LipCode().size(); ++k)
    difference += square(bank_.frames[next].lips[k] - bank_.frames[to].lips[k]);
  return kJump + kJumpShape * lip_weight_ * difference;
}

/// Cost of showing again what was shown in the last second or two.
float MouthChooser::recency(std::size_t frame) const {
  for (const std::size_t shown : history_)
    if (shown + kRecentReach >= frame && frame + kRecentReach >= shown) return kRecent;
  return 0;
}

MouthChooser::Stage MouthChooser::make_stage(const WantedMouth &wanted,
                                             const std::vector<float> &target_cost,
                                             const Stage *before) const {
  std::vector<float> costs(bank_.frames.size());
  for (std::size_t n = 0; n < costs.size(); ++n)
    costs[n] = target_cost[n] + mouth_cost(bank_.frames[n], wanted);
  // The cheapest frames.
  const std::size_t count = std::min(kCandidates, costs.size());
  std::vector<float> sorted = costs;
  std::nth_element(sorted.begin(), sorted.begin() + std::ptrdiff_t(count - 1), sorted.end());
  std::vector<std::size_t> order;
  for (std::size_t n = 0; n < costs.size() && order.size() < count; ++n)
    if (costs[n] <= sorted[count - 1]) order.push_back(n);
  const auto add = [&](std::size_t frame) {
    if (std::ranges::find(order, frame) == order.end()) order.push_back(frame);
  };
  if (before)
    for (const Candidate &candidate : *before) add(next_of(candidate.frame));
  else if (last_)
    add(next_of(*last_));
  Stage stage;
  for (const std::size_t frame : order) stage.push_back({frame, costs[frame]});
  return stage;
}

/// Sets the costs of the best paths to each candidate, and sorts them.
void MouthChooser::extend(Stage &stage, const Stage *before) const {
  for (Candidate &candidate : stage) {
    candidate.total = before ? INFINITY : 0;
    if (before) {
      for (std::size_t i = 0; i < before->size(); ++i) {
        const Candidate &from = (*before)[i];
        if (from.total >= candidate.total) break;  // they are sorted
        const float total = from.total + transition(from.frame, candidate.frame, 0);
        if (total >= candidate.total) continue;
        candidate.total = total;
        candidate.previous = int(i);
      }
    } else if (last_) {
      candidate.total = transition(*last_, candidate.frame, held_);
      if (candidate.total > 0) candidate.total += recency(candidate.frame);
    }
    candidate.total += candidate.cost;
  }
  std::ranges::sort(stage, {}, &Candidate::total);
}

ChosenMouth MouthChooser::choose(const TargetFace &target, std::span<const WantedMouth> wanted,
                                 double seconds) {
  const double step = std::clamp(seconds / bank_.frame_seconds, 0.1, 10.0);
  shortest_ = std::size_t(std::floor(step + 0.01));
  longest_ = std::size_t(std::ceil(step - 0.01));
  const std::vector<float> target_cost = target_costs(target);
  std::vector<Stage> stages;
  for (const WantedMouth &mouth : wanted) {
    const Stage *before = stages.empty() ? nullptr : &stages.back();
    Stage stage = make_stage(mouth, target_cost, before);
    extend(stage, before);
    stages.push_back(std::move(stage));
  }
  int at = 0;
  for (std::size_t k = stages.size() - 1; k > 0; --k) at = stages[k][std::size_t(at)].previous;
  ChosenMouth chosen;
  chosen.frame = chosen.other = stages[0][std::size_t(at)].frame;
  if (last_ && chosen.frame != *last_ && transition(*last_, chosen.frame, 0) > 0) {
    // Halfway between the two places.
    chosen.other = next_of(*last_);
    chosen.mix = chosen.other == chosen.frame ? 0.0f : 0.5f;
  }
  const float own = bank_.frames[chosen.frame].shape.opening;
  const float shown = own + chosen.mix * (bank_.frames[chosen.other].shape.opening - own);
  const float goal = wanted[0].values[0] + wanted[0].closed * (bank_.closed - wanted[0].values[0]);
  chosen.open = std::clamp(std::max(goal, 0.0f) - shown, -kMostClosing, kMostOpening);
  chosen.pose_error = turn_between(bank_.frames[chosen.frame].turn, target.pose.angles());
  held_ = last_ == chosen.frame ? held_ + 1 : 0;
  last_ = chosen.frame;
  history_.push_back(chosen.frame);
  if (history_.size() > kHistory) history_.pop_front();
  return chosen;
}

}  // namespace hyperlips
