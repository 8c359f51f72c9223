// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hyperlips/face/tracker.hpp"
#include "training/evaluate/contact_sheet.hpp"
#include "training/evaluate/fid.hpp"
#include "training/evaluate/landmark_measures.hpp"
#include "training/evaluate/sync_measures.hpp"

namespace hyperlips::training {

/// The files to compare, with frames of one size.
struct VideoPaths {
  std::string result;    ///< the re-dubbed video
  std::string truth;     ///< ground truth
  std::string original;  ///< optional: the video before re-dubbing, also compared with the truth
};

struct VideoOptions {
  TrackerOptions tracker;  ///< the first face is measured
  std::filesystem::path face_models = face_model_dir();
  int sheet_rows = 0;                                 ///< rows of the contact sheet
  FidNetwork *fid = nullptr;                          ///< null: no FID
  const SyncEmbedder *sync = nullptr;                 ///< null: no LSE
  std::function<void(std::int64_t frames)> progress;  ///< after each frame of the truth
};

/// A video compared with the truth. Means over frames; empty if there is no frame to measure.
struct VideoScores {
  std::string path;
  std::int64_t frames = 0;                     ///< of this video
  std::int64_t pairs = 0;                      ///< frames of the truth with a frame at their time
  std::int64_t without_face = 0;               ///< pairs without a face in this video
  std::int64_t truth_without_face = 0;         ///< pairs without a face in the truth
  std::optional<double> psnr, ssim;            ///< of whole frames
  std::optional<double> face_psnr, face_ssim;  ///< in the bounding box of the truth's face mesh
  std::optional<double> mouth_mae;             ///< in the truth's mouth_box(), 0 ... 1
  int largest_outside = 0;                     ///< largest_difference_outside(), 0 ... 255
  LandmarkScores lips;
  std::optional<double> fid;  ///< of the bounding boxes of the truth's face mesh
  std::optional<SyncScores> sync;
};

struct VideosEvaluation {
  std::string truth;
  std::int64_t truth_frames = 0;
  std::optional<SyncScores> truth_sync;
  VideoScores result;
  std::optional<VideoScores> original;
  /// Faces: reference (first face of the truth), input (the original), output, truth.
  ContactSheet sheet;
};

/// Compares videos frame by frame: each frame of the truth with the frame nearest in time since the
/// first frame, at most half its duration away. Faces are tracked in each video separately.
/// `cancel` stops early. Throws Error that names a file which is missing, damaged, of another size
/// than the truth, or has no frame at the time of one of the truth.
///
///   const std::atomic<bool> cancel = false;
///   std::cout << to_table(evaluate_videos({"result.mp4", "truth.mp4"}, {}, cancel));
VideosEvaluation evaluate_videos(const VideoPaths &paths, const VideoOptions &options,
                                 const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
