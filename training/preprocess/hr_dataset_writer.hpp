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

/// Writes what the HR stage learns from, HR_Train_Dateset (the published spelling) with a folder
/// SPEAKER/CLIP of pictures N.jpg in each of
///   GT_IMG       the crop at the face's own resolution, square
///   GT_MASK      the filled polygon around mouth and chin, white on black, as large as GT_IMG
///   GT_SKETCH    the sketch of the crop's landmarks, 128x128
///   HYPER_IMG    what a base network makes of the crop and its sound, 128x128, as in inference:
///                mel windows at the frames' own times, the clip's first crop as reference
///   HYPER_SKETCH the sketch of that picture's own landmarks, 128x128
/// Drawn pictures are stored at JPEG quality 100, so that edges stay sharp. Not thread-safe; one
/// for each thread shares the network's weights with the others.
class HrDatasetWriter {
 public:
  /// base_model: a HyperLipsBase checkpoint; device as in NetworkOptions. Throws Error.
  HrDatasetWriter(std::filesystem::path folder, const std::string &base_model,
                  const std::string &device);

  /// Needs the clip's crops at their own resolution. Throws OutputError for files, Error for the
  /// network.
  void write(const std::string &name, const FoundClip &found);

 private:
  std::vector<cv::Mat> generate(const FaceClip &clip) const;

  std::filesystem::path folder_;
  std::shared_ptr<Network> network_;
  FaceMesh mesh_;
};

/// The sketches of successive generated pictures' own landmarks as inference draws them: followed
/// from picture to picture, or those of the original where the mesh sees no face. CV_8UC1, 128x128.
std::vector<cv::Mat> generated_sketches(FaceMesh &mesh, const std::vector<cv::Mat> &generated,
                                        const std::vector<Landmarks> &originals);

/// The mask of kLipMaskPolygon for a crop of `size` pixels; landmarks in the pixels of the 128x128
/// crop. CV_8UC1, 0 or 255.
cv::Mat lip_mask(const Landmarks &landmarks, int size);

}  // namespace hyperlips::training
