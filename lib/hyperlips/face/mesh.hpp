// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "hyperlips/face/detector.hpp"

namespace hyperlips {

/// The rotated square in which the mesh network looks for a face, in upright frame pixels.
struct MeshRegion {
  cv::Point2f center;
  float side = 0;
  float rotation = 0;  ///< radians, clockwise in picture coordinates
};

MeshRegion mesh_region(const Detection &detection);
/// The region for the next frame, from this frame's landmarks (tracking).
MeshRegion mesh_region(const Landmarks &landmarks);

struct MeshResult {
  Landmarks landmarks;
  float presence = 0;  ///< 0 ... 1
};

/// MediaPipe's FaceMesh with attention refinement: 478 points, run by OpenCV dnn on one thread.
class FaceMesh {
 public:
  explicit FaceMesh(const std::filesystem::path &model_dir = face_model_dir());
  ~FaceMesh();
  FaceMesh(FaceMesh &&) noexcept;
  FaceMesh &operator=(FaceMesh &&) noexcept;

  /// The mesh inside `region`; its presence says whether there is a face at all.
  MeshResult run(const FrameView &frame, const MeshRegion &region);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The mesh of a face in a generated picture: followed from `previous`, the landmarks of the
/// picture before it where there are any, else found from where `original` (the face that the
/// picture was made from) has it. None where the mesh network sees no face.
std::optional<Landmarks> mesh_of_picture(FaceMesh &mesh, const FrameView &picture,
                                         const std::optional<Landmarks> &previous,
                                         const Landmarks &original);

}  // namespace hyperlips
