// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/pasted_mouth.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/video/sample.hpp"
#include "training/data/mouth_swap.hpp"
#include "training/evaluate/picture_measures.hpp"

namespace hyperlips::training {

void PastedMouth::add(const TrackedFrame &frame, std::int64_t number) {
  if (!frame.mesh) return;
  const cv::Size size = frame.picture.bgr.size();
  const std::optional<cv::Rect> mouth = mouth_box(*frame.mesh, size);
  const MouthPoints points = mouth_points(*frame.mesh);
  if (!mouth || points.face_height == 0) return;
  if (!first_) first_ = frame.mesh;
  const Affine motion = rigid_motion(*first_, *frame.mesh);
  poses_.push_back({number, motion, *mouth});
  openings_.push_back(points.opening / points.face_height);
  if (!picker_.wants()) return;
  // Room for other openings, widths and poses.
  const cv::Rect around =
      cv::Rect({}, size) & cv::Rect(mouth->x - mouth->width / 2, mouth->y - mouth->height,
                                    2 * mouth->width, 3 * mouth->height);
  picker_.keep({number, openings_.back(), motion, frame.picture.bgr(around).clone(), around.tl()});
}

PastedMouth::Candidate PastedMouth::chosen() const {
  std::vector<double> sorted = openings_;
  const auto middle = sorted.begin() + std::ptrdiff_t(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double median = *middle;
  const std::vector<Candidate> candidates = picker_.items();
  return *std::min_element(candidates.begin(), candidates.end(),
                           [median](const Candidate &a, const Candidate &b) {
                             return std::abs(a.opening - median) < std::abs(b.opening - median);
                           });
}

std::vector<double> PastedMouth::errors(const std::string &path,
                                        const std::atomic<bool> &cancel) const {
  std::vector<double> errors;
  if (poses_.empty()) return errors;
  const Candidate mouth = chosen();
  const Affine to_patch{{1, 0, -double(mouth.origin.x), 0, 1, -double(mouth.origin.y)}};
  PictureReader reader(path, cancel);
  auto pose = poses_.begin();
  for (std::int64_t number = 0; pose != poses_.end(); ++number) {
    const std::optional<TimedPicture> picture = reader.next();
    if (!picture) break;
    if (number != pose->number) continue;
    if (number != mouth.number) {
      const cv::Rect &box = pose->mouth;
      const Affine to_frame{{1, 0, double(box.x), 0, 1, double(box.y)}};
      const Affine map = to_patch.after(mouth.motion.after(pose->motion.inverse())).after(to_frame);
      const cv::Mat pasted = sample_bgr(view_of(mouth.patch), map, box.size(), Border::Replicate);
      errors.push_back(mean_absolute_error(pasted, picture->bgr(box), cv::Rect({}, box.size())));
    }
    ++pose;
  }
  return errors;
}

}  // namespace hyperlips::training
