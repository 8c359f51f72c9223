// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "hyperlips/face/detector.hpp"

namespace hyperlips {

/// The rotated square that is the input of the mesh network, in upright frame pixels.
struct MeshRegion {
  cv::Point2f center;
  float side = 0;
  float rotation = 0;  ///< radians, clockwise
};

/// The region around a detected face.
MeshRegion mesh_region(const Detection &detection);
/// The region in the next frame, from the landmarks of this frame (tracking).
MeshRegion mesh_region(const Landmarks &landmarks);

struct MeshResult {
  Landmarks landmarks;
  float presence = 0;  ///< confidence that there is a face, 0 ... 1
};

/// MediaPipe's FaceMesh with attention (Grishchenko et al. 2020): 478 landmarks. Runs on the
/// calling thread. Not thread-safe.
class FaceMesh {
 public:
  /// Throws Error{NotFound} or Error{Format} if a model is missing or damaged, and Error{Device} if
  /// no backend can be loaded.
  explicit FaceMesh(const std::filesystem::path &model_dir = face_model_dir());
  ~FaceMesh();
  FaceMesh(FaceMesh &&) noexcept;
  FaceMesh &operator=(FaceMesh &&) noexcept;

  /// The landmarks inside `region`, which are meaningful only if `presence` is high.
  MeshResult run(const FrameView &frame, const MeshRegion &region);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The landmarks of the face in a generated picture: tracked from `previous`, the landmarks of the
/// previous picture, otherwise searched at the position of `original`, the face that the picture
/// was generated from. Returns nothing if no face is found.
std::optional<Landmarks> mesh_of_picture(FaceMesh &mesh, const FrameView &picture,
                                         const std::optional<Landmarks> &previous,
                                         const Landmarks &original);

}  // namespace hyperlips
