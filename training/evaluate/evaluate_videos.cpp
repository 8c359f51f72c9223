// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/evaluate_videos.hpp"

#include <cmath>

#include "gst/lib/media/messages.hpp"
#include "training/evaluate/picture_measures.hpp"
#include "training/evaluate/picture_reader.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

/// A frame and its face.
struct TrackedFrame {
  TimedPicture picture;
  std::optional<Landmarks> mesh;
};

/// Reads a video and tracks its face.
class TrackedVideo {
 public:
  TrackedVideo(const std::string &path, const VideoOptions &options,
               const std::atomic<bool> &cancel)
      : reader_(path, cancel), tracker_(options.tracker, options.face_models) {}

  std::optional<TrackedFrame> next() {
    std::optional<TimedPicture> picture = reader_.next();
    if (!picture) return std::nullopt;
    TrackedFrame frame{std::move(*picture), std::nullopt};
    const std::vector<Face> faces = tracker_.track(view_of(frame.picture.bgr));
    TimedBox at{frame.picture.time, std::nullopt};
    if (!faces.empty()) {
      frame.mesh = faces.front().landmarks;
      at.box = faces.front().box;
    }
    track_.push_back(at);
    return frame;
  }

  const std::string &path() const { return reader_.path(); }
  const std::vector<TimedBox> &track() const { return track_; }

 private:
  PictureReader reader_;
  Tracker tracker_;
  std::vector<TimedBox> track_;
};

/// Finds the frame of a video at a time; times must not decrease.
class NearestFrames {
 public:
  explicit NearestFrames(TrackedVideo &video) : video_(video), current_(video.next()) {
    if (current_) ahead_ = video.next();
  }

  const TrackedFrame *at(const TimedPicture &truth) {
    if (!current_) return nullptr;
    const auto away = [&](const TrackedFrame &frame) {
      return std::abs(frame.picture.time - truth.time);
    };
    while (ahead_ && away(*ahead_) <= away(*current_)) {
      current_ = std::move(ahead_);
      ahead_ = video_.next();
    }
    constexpr double kRounding = 1e-3;
    const double reach = current_->picture.duration / 2 + kRounding;
    return away(*current_) <= reach ? &*current_ : nullptr;
  }

  /// Tracks the rest of the video.
  void finish() {
    while (ahead_) ahead_ = video_.next();
  }

 private:
  TrackedVideo &video_;
  std::optional<TrackedFrame> current_, ahead_;
};

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
  Comparison(const std::string &path, const VideoOptions &options, const std::atomic<bool> &cancel)
      : options_(options), cancel_(cancel), video_(path, options, cancel), nearest_(video_) {
    if (options.fid) fid_.emplace(*options.fid);
  }

  /// Measures the frame at the time of a frame of the truth and returns it; null if there is none.
  const TrackedFrame *add(const TrackedFrame &truth, const std::string &truth_path) {
    const TrackedFrame *result = nearest_.at(truth.picture);
    if (!result) return nullptr;
    const cv::Mat &a = truth.picture.bgr, &b = result->picture.bgr;
    check_size(a.size(), b.size(), truth_path);
    ++scores_.pairs;
    scores_.truth_without_face += !truth.mesh;
    scores_.without_face += !result->mesh;
    psnr_.add(psnr(a, b));
    ssim_.add(ssim(a, b));
    std::optional<MouthPoints> truth_mouth, mouth;
    if (result->mesh) mouth = mouth_points(*result->mesh);
    if (truth.mesh) {
      truth_mouth = mouth_points(*truth.mesh);
      add_face(a, b, *truth.mesh);
    }
    lips_.add(truth_mouth ? &*truth_mouth : nullptr, mouth ? &*mouth : nullptr);
    return result;
  }

  VideoScores finish() {
    nearest_.finish();
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
    scores_.mouth_mae = mouth_.value();
    scores_.lips = lips_.scores();
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

  void add_face(const cv::Mat &truth, const cv::Mat &result, const Landmarks &mesh) {
    constexpr int kSmallest = 11;  // window of SSIM
    scores_.largest_outside =
        std::max(scores_.largest_outside, largest_difference_outside(truth, result, mesh));
    if (const auto box = mouth_box(mesh, truth.size()))
      mouth_.add(mean_absolute_error(truth, result, *box));
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
  Mean psnr_, ssim_, face_psnr_, face_ssim_, mouth_;
  LandmarkMeasures lips_;
  std::optional<FidMeasure> fid_;
};

/// The face in a frame, located by the truth's mesh, for the contact sheet; empty without one.
cv::Mat face_of(const TrackedFrame *frame, const TrackedFrame &truth) {
  if (!frame || !truth.mesh) return {};
  const auto box = face_box(*truth.mesh, frame->picture.bgr.size());
  return box ? frame->picture.bgr(*box).clone() : cv::Mat();
}

}  // namespace

VideosEvaluation evaluate_videos(const VideoPaths &paths, const VideoOptions &options,
                                 const std::atomic<bool> &cancel) {
  VideosEvaluation evaluation;
  evaluation.truth = paths.truth;
  TrackedVideo truth(paths.truth, options, cancel);
  Comparison result(paths.result, options, cancel);
  std::optional<Comparison> original;
  if (!paths.original.empty()) original.emplace(paths.original, options, cancel);

  EvenPicker picker(std::size_t(std::max(0, options.sheet_rows)));
  cv::Mat reference;
  while (const std::optional<TrackedFrame> frame = truth.next()) {
    const TrackedFrame *output = result.add(*frame, paths.truth);
    const TrackedFrame *input = original ? original->add(*frame, paths.truth) : nullptr;
    if (reference.empty()) reference = face_of(&*frame, *frame);
    if (output && picker.wants()) {
      std::vector<cv::Mat> row{reference, face_of(output, *frame), face_of(&*frame, *frame)};
      if (original) row.insert(row.begin() + 1, face_of(input, *frame));
      picker.keep(std::move(row));
    }
    if (options.progress) options.progress(std::int64_t(truth.track().size()));
  }
  if (truth.track().empty() && !cancel) {
    throw Error(ErrorKind::Format, quote_path(paths.truth) + " has no frames that can be decoded.");
  }
  evaluation.truth_frames = std::int64_t(truth.track().size());
  evaluation.result = result.finish();
  if (original) evaluation.original = original->finish();
  if (options.sync && !cancel)
    evaluation.truth_sync = score_sync(*options.sync, paths.truth, truth.track(), cancel);
  evaluation.sheet.labels = {"reference", "output", "truth"};
  if (original) evaluation.sheet.labels.insert(evaluation.sheet.labels.begin() + 1, "input");
  evaluation.sheet.rows = picker.rows();
  return evaluation;
}

}  // namespace hyperlips::training
