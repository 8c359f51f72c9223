// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// The folder of the face models: $HYPERLIPS_FACE_MODELS if set, otherwise the installed folder,
/// then that of the build configuration. Throws Error{NotFound} that tells how to get the models.
std::filesystem::path face_model_dir();

/// MediaPipe's face detector (BlazeFace, short range). Runs on the calling thread. Not thread-safe.
class Detector {
 public:
  /// Throws Error{NotFound} or Error{Format} if the model is missing or damaged, and Error{Device}
  /// if no backend can be loaded.
  explicit Detector(const std::filesystem::path &model_dir = face_model_dir());
  ~Detector();
  Detector(Detector &&) noexcept;
  Detector &operator=(Detector &&) noexcept;

  /// All faces with a score of at least `min_score` (0 ... 1), best first, in upright frame pixels.
  /// With `thorough`, if no face is found in the whole frame, overlapping tiles are searched too,
  /// which finds faces down to 40 pixels in a frame 1280 pixels wide at several times the cost.
  std::vector<Detection> detect(const FrameView &frame, float min_score = 0.5f,
                                bool thorough = true);

  /// The faces in a square of five sizes of the box around it: where a face of about this size was
  /// a moment ago. Finds smaller faces than detect(), at the cost of one run.
  std::vector<Detection> detect_near(const FrameView &frame, const Box &box,
                                     float min_score = 0.5f);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips
