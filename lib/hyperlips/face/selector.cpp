// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/selector.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips {

namespace {

/// Ratio of scores from which on another face is chosen.
constexpr double kAdvantage = 1.5;

double score(const Face &face, FaceChoice choice, cv::Size frame) {
  if (choice == FaceChoice::Largest) return double(face.box.width()) * double(face.box.height());
  const cv::Point2f center = face.box.center();
  const double away =
      std::hypot(double(center.x) - frame.width / 2.0, double(center.y) - frame.height / 2.0);
  return 1 / (1 + away);
}

}  // namespace

std::vector<Face> FaceSelector::select(std::span<const Face> faces, cv::Size frame) {
  std::vector<Face> chosen(faces.begin(), faces.end());
  if (chosen.empty() || choice_ == FaceChoice::All) return chosen;
  if (choice_ == FaceChoice::First) return {chosen.front()};
  if (choice_ == FaceChoice::Index) {
    std::ranges::sort(chosen, {}, [](const Face &face) { return face.box.center().x; });
    if (index_ < 0 || std::size_t(index_) >= chosen.size()) return {};
    return {chosen[std::size_t(index_)]};
  }
  const auto by_score = [&](const Face &face) { return score(face, choice_, frame); };
  auto best = std::ranges::max_element(chosen, {}, by_score);
  const auto current = std::ranges::find(chosen, current_, &Face::track_id);
  if (current != chosen.end() && by_score(*best) < kAdvantage * by_score(*current)) best = current;
  current_ = best->track_id;
  return {*best};
}

}  // namespace hyperlips
