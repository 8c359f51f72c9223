// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/evaluate_videos.hpp"

#include "hyperlips/error.hpp"
#include "training/data/frame_rate.hpp"
#include "training/evaluate/even_picker.hpp"
#include "training/evaluate/pasted_mouth.hpp"
#include "training/evaluate/picture_measures.hpp"
#include "training/evaluate/tracked_video.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

/// A mean that is empty without values.
struct Mean {
  double sum = 0;
  std::int64_t count = 0;

  void add(double value) {
    sum += value;
    ++count;
  }
  std::optional<double> value() const {
    if (count == 0) return std::nullopt;
    return sum / double(count);
  }
};

/// Compares one video with the truth.
class Comparison {
 public:
  Comparison(const std::string &path, DrivenBy driven_by, const VideoOptions &options,
             const std::atomic<bool> &cancel)
      : options_(options),
        cancel_(cancel),
        video_(path, options.tracker, options.face_models, cancel),
        nearest_(video_),
        lips_({driven_by, options.closed_below}) {
    if (options.fid) fid_.emplace(*options.fid);
  }

  /// Measures the frame at the time of a frame of the truth and returns it; null if there is none.
  /// `speaker` is the mouth to follow, if it is not the truth's.
  const TrackedFrame *add(const TrackedFrame &truth, const std::string &truth_path,
                          const MouthPoints *speaker) {
    const TrackedFrame *result = nearest_.at(truth.picture);
    if (!result) {
      lips_.add({});
      return nullptr;
    }
    const cv::Mat &a = truth.picture.bgr, &b = result->picture.bgr;
    check_size(a.size(), b.size(), truth_path);
    ++scores_.pairs;
    scores_.truth_without_face += !truth.mesh;
    scores_.without_face += !result->mesh;
    psnr_.add(psnr(a, b));
    ssim_.add(ssim(a, b));
    std::optional<MouthPoints> truth_mouth, mouth;
    LipFrame lips{.speaker = speaker};
    if (result->mesh) lips.result = &mouth.emplace(mouth_points(*result->mesh));
    if (truth.mesh) {
      lips.truth = &truth_mouth.emplace(mouth_points(*truth.mesh));
      add_face(a, b, *truth.mesh, lips);
    }
    lips_.add(lips);
    return result;
  }

  void add_pasted(const std::vector<double> &errors) {
    for (const double error : errors) lips_.add_pasted(error);
  }

  /// `whole`: reads the rest of the video. `frame_rate`: of the truth.
  VideoScores finish(bool whole, double frame_rate) {
    if (whole) nearest_.finish();
    if (scores_.pairs == 0 && !cancel_) {
      throw Error(ErrorKind::Format, quote_path(video_.path()) +
                                         " has no frame at the time of a frame of the truth. Check "
                                         "that both videos start at the same time.");
    }
    scores_.path = video_.path();
    scores_.frames = std::int64_t(video_.track().size());
    scores_.psnr = psnr_.value();
    scores_.ssim = ssim_.value();
    scores_.face_psnr = face_psnr_.value();
    scores_.face_ssim = face_ssim_.value();
    scores_.lips = lips_.scores(frame_rate);
    if (fid_ && fid_->pairs() >= 2) scores_.fid = fid_->fid();
    if (options_.sync && !cancel_)
      scores_.sync = score_sync(*options_.sync, video_.path(), video_.track(), cancel_);
    return scores_;
  }

 private:
  void check_size(cv::Size truth, cv::Size result, const std::string &truth_path) const {
    if (truth == result) return;
    const auto text = [](cv::Size size) {
      return std::to_string(size.width) + "x" + std::to_string(size.height);
    };
    throw Error(ErrorKind::Settings, quote_path(video_.path()) + " is " + text(result) + ", but " +
                                         quote_path(truth_path) + " is " + text(truth) +
                                         ". Scale one of them.");
  }

  void add_face(const cv::Mat &truth, const cv::Mat &result, const Landmarks &mesh,
                LipFrame &lips) {
    constexpr int kSmallest = 11;  // window of SSIM
    scores_.largest_outside =
        std::max(scores_.largest_outside, largest_difference_outside(truth, result, mesh));
    if (const auto mouth = mouth_box(mesh, truth.size())) compare_lips(truth, result, *mouth, lips);
    const auto box = face_box(mesh, truth.size());
    if (!box || box->width < kSmallest || box->height < kSmallest) return;
    face_psnr_.add(psnr(truth(*box), result(*box)));
    face_ssim_.add(ssim(truth(*box), result(*box)));
    if (fid_) fid_->add(result(*box), truth(*box));
  }

  const VideoOptions &options_;
  const std::atomic<bool> &cancel_;
  TrackedVideo video_;
  NearestFrames nearest_;
  VideoScores scores_;
  Mean psnr_, ssim_, face_psnr_, face_ssim_;
  LipMeasures lips_;
  std::optional<FidMeasure> fid_;
};

/// The face in a frame, located by the truth's mesh, for the contact sheet; empty without one.
cv::Mat face_of(const TrackedFrame *frame, const TrackedFrame &truth) {
  if (!frame || !truth.mesh) return {};
  const auto box = face_box(*truth.mesh, frame->picture.bgr.size());
  return box ? frame->picture.bgr(*box).clone() : cv::Mat();
}

bool whole_video(const VideoPaths &paths) {
  return paths.first == 0 && paths.last == VideoPaths().last;
}

DrivenBy driven_by(const VideoPaths &paths, const VideoOptions &options) {
  if (options.silence && !paths.speaker.empty()) {
    throw Error(ErrorKind::Settings,
                "A video is driven either by silence or by " + quote_path(paths.speaker) + ".");
  }
  if (options.silence) return DrivenBy::Silence;
  return paths.speaker.empty() ? DrivenBy::Own : DrivenBy::Speaker;
}

void check_range(const VideoPaths &paths, const VideoOptions &options) {
  if (paths.first < 0 || paths.last <= paths.first) {
    throw Error(ErrorKind::Settings, "Invalid range of frames " + std::to_string(paths.first) +
                                         " to " + std::to_string(paths.last) + " of " +
                                         quote_path(paths.truth) + ": it is empty.");
  }
  if (options.sync && !whole_video(paths)) {
    throw Error(ErrorKind::Settings,
                "LSE is measured for whole videos; leave out the range of frames or the sync "
                "expert.");
  }
}

/// The frames of the truth in turn, and what is compared with them.
class VideosComparison {
 public:
  VideosComparison(const VideoPaths &paths, const VideoOptions &options,
                   const std::atomic<bool> &cancel)
      : paths_(paths),
        options_(options),
        cancel_(cancel),
        driven_by_(driven_by(paths, options)),
        truth_(paths.truth, options.tracker, options.face_models, cancel),
        result_(paths.result, driven_by_, options, cancel),
        picker_(std::size_t(std::max(0, options.sheet_rows))) {
    if (!paths.original.empty()) original_.emplace(paths.original, DrivenBy::Own, options, cancel);
    if (!paths.speaker.empty()) {
      speaker_.emplace(paths.speaker, options.tracker, options.face_models, cancel);
      speaker_frames_.emplace(*speaker_);
    }
  }

  VideosEvaluation run() {
    constexpr double kNever = std::numeric_limits<double>::infinity();
    for (std::int64_t number = 0; number < paths_.last; ++number) {
      const std::optional<TrackedFrame> frame = truth_.next(number < paths_.first ? kNever : 0);
      if (!frame) break;
      if (number >= paths_.first) add(*frame, number);
      if (options_.progress) options_.progress(number + 1);
    }
    if (!cancel_ && (truth_.track().empty() || compared_ == 0)) {
      throw Error(
          ErrorKind::Format,
          quote_path(paths_.truth) + (truth_.track().empty()
                                          ? " has no frames that can be decoded."
                                          : " has only " + std::to_string(truth_.track().size()) +
                                                " frames; the range of frames begins later."));
    }
    return finish();
  }

 private:
  void add(const TrackedFrame &frame, std::int64_t number) {
    if (compared_++ == 0) first_time_ = frame.picture.time;
    last_time_ = frame.picture.time;
    std::optional<MouthPoints> speaker;
    if (speaker_frames_) {
      const TrackedFrame *spoken = speaker_frames_->at(frame.picture);
      if (spoken && spoken->mesh) speaker = mouth_points(*spoken->mesh);
    }
    const TrackedFrame *output = result_.add(frame, paths_.truth, speaker ? &*speaker : nullptr);
    const TrackedFrame *input = original_ ? original_->add(frame, paths_.truth, nullptr) : nullptr;
    pasted_.add(frame, number);
    if (reference_.empty()) reference_ = face_of(&frame, frame);
    if (!output || !picker_.wants()) return;
    std::vector<cv::Mat> row{reference_, face_of(output, frame), face_of(&frame, frame)};
    if (original_) row.insert(row.begin() + 1, face_of(input, frame));
    picker_.keep(std::move(row));
  }

  VideosEvaluation finish() {
    VideosEvaluation evaluation;
    evaluation.truth = paths_.truth;
    evaluation.speaker = paths_.speaker;
    evaluation.driven_by = driven_by_;
    evaluation.closed_below = options_.closed_below;
    evaluation.truth_frames = std::int64_t(truth_.track().size());
    const bool whole = whole_video(paths_);
    const double rate = last_time_ > first_time_
                            ? double(compared_ - 1) / (last_time_ - first_time_)
                            : double(kFrameRate);
    if (!cancel_) result_.add_pasted(pasted_.errors(paths_.truth, cancel_));
    evaluation.result = result_.finish(whole, rate);
    if (original_) evaluation.original = original_->finish(whole, rate);
    if (options_.sync && !cancel_)
      evaluation.truth_sync = score_sync(*options_.sync, paths_.truth, truth_.track(), cancel_);
    evaluation.sheet.labels = {"reference", "output", "truth"};
    if (original_) evaluation.sheet.labels.insert(evaluation.sheet.labels.begin() + 1, "input");
    evaluation.sheet.rows = picker_.items();
    return evaluation;
  }

  const VideoPaths &paths_;
  const VideoOptions &options_;
  const std::atomic<bool> &cancel_;
  DrivenBy driven_by_;
  TrackedVideo truth_;
  Comparison result_;
  std::optional<Comparison> original_;
  std::optional<TrackedVideo> speaker_;
  std::optional<NearestFrames> speaker_frames_;
  PastedMouth pasted_;
  EvenPicker<std::vector<cv::Mat>> picker_;
  cv::Mat reference_;
  std::int64_t compared_ = 0;
  double first_time_ = 0, last_time_ = 0;
};

}  // namespace

VideosEvaluation evaluate_videos(const VideoPaths &paths, const VideoOptions &options,
                                 const std::atomic<bool> &cancel) {
  check_range(paths, options);
  return VideosComparison(paths, options, cancel).run();
}

LipScores pool_results(std::span<const VideosEvaluation> evaluations) {
  std::vector<LipScores> lips;
  for (const VideosEvaluation &evaluation : evaluations) lips.push_back(evaluation.result.lips);
  return pool(lips);
}

}  // namespace hyperlips::training
