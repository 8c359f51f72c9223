// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hyperlips/face/tracker.hpp"
#include "training/evaluate/contact_sheet.hpp"
#include "training/evaluate/fid.hpp"
#include "training/evaluate/lip_measures.hpp"
#include "training/evaluate/sync_measures.hpp"

namespace hyperlips::training {

/// The files to compare, with frames of one size.
struct VideoPaths {
  std::string result;    ///< the re-dubbed video
  std::string truth;     ///< ground truth
  std::string original;  ///< optional: the video before re-dubbing, also compared with the truth
  /// Optional: a video of the person whose speech drives the result, of any size; its mouth is the
  /// one to follow, and the truth's the one to be free of.
  std::string speaker;
  /// Frames of the truth to compare: `first` ... `last` - 1.
  std::int64_t first = 0, last = std::numeric_limits<std::int64_t>::max();
};

struct VideoOptions {
  TrackerOptions tracker;  ///< the first face is measured
  std::filesystem::path face_models = face_model_dir();
  bool silence = false;                               ///< the result is driven by silence
  double closed_below = LipOptions().closed_below;    ///< as LipOptions
  int sheet_rows = 0;                                 ///< rows of the contact sheet
  FidNetwork *fid = nullptr;                          ///< null: no FID
  const SyncEmbedder *sync = nullptr;                 ///< null: no LSE
  std::function<void(std::int64_t frames)> progress;  ///< after each frame of the truth
};

/// A video compared with the truth. Means over frames; empty if there is no frame to measure.
struct VideoScores {
  std::string path;
  std::int64_t frames = 0;                     ///< of this video, as far as it was read
  std::int64_t pairs = 0;                      ///< frames of the truth with a frame at their time
  std::int64_t without_face = 0;               ///< pairs without a face in this video
  std::int64_t truth_without_face = 0;         ///< pairs without a face in the truth
  std::optional<double> psnr, ssim;            ///< of whole frames
  std::optional<double> face_psnr, face_ssim;  ///< in the bounding box of the truth's face mesh
  int largest_outside = 0;                     ///< largest_difference_outside(), 0 ... 255
  LipScores lips;
  std::optional<double> fid;  ///< of the bounding boxes of the truth's face mesh
  std::optional<SyncScores> sync;
};

struct VideosEvaluation {
  std::string truth, speaker;
  std::int64_t truth_frames = 0;  ///< as far as it was read
  DrivenBy driven_by = DrivenBy::Own;
  double closed_below = 0;
  std::optional<SyncScores> truth_sync;
  VideoScores result;
  std::optional<VideoScores> original;
  /// Faces: reference (first face of the truth), input (the original), output, truth.
  ContactSheet sheet;
};

/// Compares videos frame by frame: each frame of the truth with the frame nearest in time since the
/// first frame, at most half its duration away. Faces are tracked in each video separately.
/// `cancel` stops early. Throws Error that names a file which is missing, damaged, of another size
/// than the truth, or has no frame at the time of one of the truth; Error{Settings} for an empty
/// range of frames, for a speaker with silence, and for LSE of a range.
///
///   const std::atomic<bool> cancel = false;
///   std::cout << to_table(evaluate_videos({"result.mp4", "truth.mp4"}, {}, cancel));
VideosEvaluation evaluate_videos(const VideoPaths &paths, const VideoOptions &options,
                                 const std::atomic<bool> &cancel);

/// The lips of all results, pooled.
LipScores pool_results(std::span<const VideosEvaluation> evaluations);

}  // namespace hyperlips::training
