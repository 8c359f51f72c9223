// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/own_mouths_folds.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "gst/lib/media/enrol.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "gst/lib/media/video_clip.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/composite.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/talk/own_mouths_talker.hpp"
#include "training/evaluate/frame_writer.hpp"
#include "training/evaluate/picture_reader.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

constexpr int kMargin = 4;  ///< frames beside a part that its bank does not have either

/// Times of the frames of a clip, in seconds from the first.
std::vector<double> frame_times(const std::string &clip, const std::atomic<bool> &cancel) {
  PictureReader reader(clip, cancel);
  std::vector<double> times;
  while (const auto frame = reader.next()) times.push_back(frame->time);
  return times;
}

/// The speech, beginning with the first frame of the clip.
MelTimeline speech_of(const std::string &path, const std::string &clip,
                      const std::atomic<bool> &cancel) {
  FrameReader frames(clip, cancel);
  const auto frame = path == clip ? frames.next() : std::nullopt;
  SoundReader sound(path, kMelSampleRate, 1, cancel);
  const GstClockTime start = sound.start();
  sound.set_origin(frame ? frame->pts : start);
  std::vector<float> all, part(kMelSampleRate);
  while (const std::size_t count = sound.read(part))
    all.insert(all.end(), part.begin(), part.begin() + std::ptrdiff_t(count));
  MelTimeline timeline;
  timeline.append(0, mel_spectrogram(all));
  timeline.finish();
  return timeline;
}

/// Silence for as long as the clip.
MelTimeline silence_of(double seconds) {
  MelColumn silent;
  silent.fill(-4);
  const std::vector<MelColumn> columns(std::size_t(seconds + 2) * kMelRate, silent);
  MelTimeline timeline;
  timeline.append(0, columns);
  timeline.finish();
  return timeline;
}

class FoldedRedub {
 public:
  FoldedRedub(const std::string &clip, const FoldsOptions &options, const std::string &output,
              const std::atomic<bool> &cancel)
      : clip_(clip),
        options_(options),
        cancel_(cancel),
        times_(frame_times(clip, cancel)),
        output_(output),
        reader_(clip, cancel),
        tracker_({}) {
    if (int(times_.size()) < options.folds * 2 * kMargin)
      throw Error(ErrorKind::Settings, quote_path(clip) + " has " + std::to_string(times_.size()) +
                                           " frames, too few for " + std::to_string(options.folds) +
                                           " folds.");
    seconds_ = times_.back() / double(times_.size() - 1);
    timeline_ = options.silence
                    ? silence_of(times_.back())
                    : speech_of(options.speech.empty() ? clip : options.speech, clip, cancel);
  }

  FoldsReport run() {
    FoldsReport report;
    for (int fold = 0; fold < options_.folds && !cancel_; ++fold) {
      if (options_.progress) options_.progress(fold);
      const std::size_t from = times_.size() * std::size_t(fold) / std::size_t(options_.folds);
      const std::size_t to = times_.size() * std::size_t(fold + 1) / std::size_t(options_.folds);
      report.offset += open_bank(from, to) / double(options_.folds);
      if (cancel_) break;
      for (std::size_t n = from; n < to && !cancel_; ++n) redub_frame(n);
    }
    if (writer_ && !cancel_) writer_->finish();
    return report;
  }

 private:
  /// Opens the talker for the frames from ... to - 1. Returns the offset of the sound.
  double open_bank(std::size_t from, std::size_t to) {
    EnrolOptions enrol_options;
    enrol_options.bank.max_frames = kMaxBankFrames;
    enrol_options.without = {times_[from] - (kMargin + 0.5) * seconds_,
                             times_[to - 1] + (kMargin + 0.5) * seconds_};
    std::vector<EnrolledFile> read;
    auto bank = enrol(
        {clip_}, enrol_options, cancel_, [](double) {}, read);
    if (!bank) return 0;
    const int frames = read.front().report.offset.frames;
    const bool own = options_.speech.empty() && !options_.silence;
    late_ = own ? frames * bank->frame_seconds : 0;
    talker_ = std::make_unique<OwnMouthsTalker>(std::move(*bank), clip_);
    return frames;
  }

  void redub_frame(std::size_t number) {
    const auto frame = reader_.next();
    if (!frame) return;
    cv::Mat picture = frame->bgr.clone();
    const std::vector<Face> faces = tracker_.track(view_of(picture), times_[number]);
    if (!faces.empty() && !faces.front().mouth_hidden) speak(faces.front(), number, picture);
    if (!writer_) writer_.emplace(output_, picture.size());
    writer_->write(picture, times_[number]);
  }

  void speak(const Face &face, std::size_t number, cv::Mat &picture) {
    const MelSpan span = talker_->speech(false);
    std::vector<float> window(span.values());
    MelTimes times;
    const double time = std::max(0.0, times_[number] + late_);
    if (timeline_.find(std::int64_t(time * 1e9), span, window, &times) !=
        MelTimeline::Lookup::Ready)
      return;
    const FaceTask task{face,           crop_face(view_of(picture), face.box),
                        face.box,       picture.size(),
                        window,         times,
                        times_[number], seconds_};
    const SpokenFace spoken = talker_->speak({&task, 1}, 1).front();
    if (spoken.picture.empty()) return;
    composite(view_of(picture), face.landmarks,
              {spoken.picture, spoken.box, false, &*spoken.landmarks},
              {.strength = spoken.opacity});
  }

  const std::string clip_;
  const FoldsOptions &options_;
  const std::atomic<bool> &cancel_;
  std::vector<double> times_;
  double seconds_ = 0.04;
  std::string output_;
  PictureReader reader_;
  Tracker tracker_;
  MelTimeline timeline_;
  std::unique_ptr<OwnMouthsTalker> talker_;
  double late_ = 0;  ///< seconds by which the sound is late
  std::optional<FrameWriter> writer_;
};

}  // namespace

FoldsReport redub_in_folds(const std::string &clip, const FoldsOptions &options,
                           const std::string &output, const std::atomic<bool> &cancel) {
  return FoldedRedub(clip, options, output, cancel).run();
}

}  // namespace hyperlips::training
