// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/face/mesh.hpp"
#include "training/preprocess/face_clip_reader.hpp"

namespace hyperlips::training {

/// Folders of HR_Train_Dateset, as published.
inline constexpr std::array kHrFolders{"GT_IMG", "GT_MASK", "GT_SKETCH", "HYPER_IMG",
                                       "HYPER_SKETCH"};

/// Writes the training data of the HR stage: HR_Train_Dateset (the published spelling) with
/// pictures SPEAKER/CLIP/N.jpg in
///   GT_IMG       the crop at native resolution, square
///   GT_MASK      the filled polygon around mouth and chin, white on black, size of GT_IMG
///   GT_SKETCH    the sketch of the crop's landmarks, 128x128
///   HYPER_IMG    the base network's output for the crop and its sound, 128x128, as in inference:
///                mel windows of the network's timing, the clip's first crop as reference
///   HYPER_SKETCH the sketch of the landmarks detected in HYPER_IMG, 128x128
/// Masks and sketches are stored at JPEG quality 100 to keep edges sharp. Not thread-safe; writers
/// in several threads share the network's weights.
class HrDatasetWriter {
 public:
  /// base_model: a HyperLipsBase checkpoint; device as in NetworkOptions. Throws Error that names
  /// the file.
  HrDatasetWriter(std::filesystem::path folder, const std::string &base_model,
                  const std::string &device);

  /// Requires FaceClip::native. Throws OutputError for files, Error for the network.
  void write(const std::string &name, const FoundClip &found);

 private:
  std::vector<cv::Mat> generate(const FaceClip &clip) const;

  std::filesystem::path folder_;
  std::shared_ptr<Network> network_;
  MelTiming timing_;
  FaceMesh mesh_;
};

/// The sketches of the landmarks in successive generated pictures (CV_8UC3 BGR, 128x128), as
/// inference draws them: tracked from picture to picture; `originals` where no face is detected.
/// CV_8UC1, 128x128.
std::vector<cv::Mat> generated_sketches(FaceMesh &mesh, const std::vector<cv::Mat> &generated,
                                        const std::vector<Landmarks> &originals);

/// The filled kLipMaskPolygon for a crop of `size` pixels; landmarks in pixels of the 128x128 crop.
/// CV_8UC1, 0 or 255.
cv::Mat lip_mask(const Landmarks &landmarks, int size);

}  // namespace hyperlips::training
