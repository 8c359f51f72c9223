// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// The folder with the face models that set-up converts: $HYPERLIPS_FACE_MODELS, else the installed
/// one, else the one that the build was configured with. Throws Error{NotFound} that says how to
/// get them.
std::filesystem::path face_model_dir();

/// MediaPipe's BlazeFace (short range), run by OpenCV dnn on one thread.
class Detector {
 public:
  explicit Detector(const std::filesystem::path &model_dir = face_model_dir());
  ~Detector();
  Detector(Detector &&) noexcept;
  Detector &operator=(Detector &&) noexcept;

  /// All faces, best first, in upright frame pixels. `min_score` is 0 ... 1. With `thorough`, when
  /// the whole frame shows no face, overlapping tiles are searched too, which finds faces down to
  /// 40 px in a frame 1280 px wide at several times the cost.
  std::vector<Detection> detect(const FrameView &frame, float min_score = 0.5f,
                                bool thorough = true);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips
