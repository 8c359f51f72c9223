// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/hr_frames.hpp"

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "training/data/hr_dataset.hpp"
#include "training/data/picture.hpp"
#include "training/data/windows.hpp"
#include "training/preprocess/hr_dataset_writer.hpp"
#include "util/random.hpp"

namespace hyperlips::training {

HrFrames::HrFrames(const ChosenFrames &frames, std::vector<cv::Mat> generated, FaceMesh &mesh,
                   int size, Order order)
    : generated_(std::move(generated)),
      sketches_(generated_sketches(mesh, generated_, frames.landmarks)),
      native_(frames.native),
      size_(size),
      order_(order) {
  if (generated_.empty() || native_.size() != generated_.size())
    throw Error(ErrorKind::Settings, "No frames to train the HR network on.");
  for (const Landmarks &landmarks : frames.landmarks) {
    const std::vector<float> box = white_box(lip_mask(landmarks, size));
    // Losses ignore an empty box.
    lips_.push_back(box.empty() ? torch::zeros({1, 4}) : torch::tensor(box).view({1, 4}));
  }
}

Batch HrFrames::example(std::uint64_t seed, std::int64_t index) const {
  Random random(seed, "adapt hr", std::uint64_t(index));
  const std::size_t frame = order_ == Order::Random ? random.below(generated_.size())
                                                    : std::size_t(index) % generated_.size();
  cv::Mat sketch;
  cv::cvtColor(sketches_[frame], sketch, cv::COLOR_GRAY2BGR);
  return {{"base", picture_window({&generated_[frame], 1})},
          {"sketch", picture_window({&sketch, 1})},
          {"target", picture_window(std::vector{truth(frame)})},
          {"lips", lips_[frame].clone()}};
}

double HrFrames::face_pixels() const {
  double sum = 0;
  for (const NativeCrop &crop : native_) sum += crop.size;
  return sum / double(native_.size());
}

cv::Mat HrFrames::truth(std::size_t frame) const {
  return resize_square(decode_picture(native_[frame].jpeg), size_);
}

cv::Mat HrFrames::enlarged(std::size_t frame) const {
  return resize_square(generated_[frame], size_);
}

}  // namespace hyperlips::training
