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

/// The files that are compared: pictures of one size, in any format.
struct VideoPaths {
  std::string result;    ///< what was made
  std::string truth;     ///< what it should look like
  std::string original;  ///< optional: what it was made from, measured against the truth as well
};

struct VideoOptions {
  TrackerOptions tracker;  ///< the first face is measured
  std::filesystem::path face_models = face_model_dir();
  int sheet_rows = 0;                                 ///< rows of the contact sheet
  FidNetwork *fid = nullptr;                          ///< null: FID is left out
  const SyncEmbedder *sync = nullptr;                 ///< null: LSE is left out
  std::function<void(std::int64_t frames)> progress;  ///< after each frame of the truth
};

/// One video against the truth. Means over frames; measures without a single value are empty.
struct VideoScores {
  std::string path;
  std::int64_t frames = 0;                     ///< of this video
  std::int64_t pairs = 0;                      ///< frames of the truth that have a partner in time
  std::int64_t without_face = 0;               ///< of this video's partners
  std::int64_t truth_without_face = 0;         ///< of the pairs
  std::optional<double> psnr, ssim;            ///< of whole frames
  std::optional<double> face_psnr, face_ssim;  ///< in the box of the truth's mesh
  std::optional<double> mouth_mae;             ///< in the truth's mouth_box(), 0 ... 1
  int largest_outside = 0;                     ///< see largest_difference_outside()
  LandmarkScores lips;
  std::optional<double> fid;  ///< between the boxes of the truth's mesh in both
  std::optional<SyncScores> sync;
};

struct VideosEvaluation {
  std::string truth;
  std::int64_t truth_frames = 0;
  std::optional<SyncScores> truth_sync;
  VideoScores result;
  std::optional<VideoScores> original;
  ContactSheet
      sheet;  ///< faces: reference (first face of the truth), input (the original), output, truth
};

/// Compares videos frame by frame: each frame of the truth with the one that is nearest in time
/// since the first frame, at most half its duration away. Faces are followed in each video by
/// itself. Throws Error that names the file: missing, damaged, of another size than the truth, not
/// a frame that fits. A cancel ends early with what was seen until then.
VideosEvaluation evaluate_videos(const VideoPaths &paths, const VideoOptions &options,
                                 const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
