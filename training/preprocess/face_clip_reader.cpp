// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/face_clip_reader.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <span>

#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/messages.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "hyperlips/audio/mel_window.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tracker.hpp"
#include "hyperlips/video/sample.hpp"
#include "training/data/picture.hpp"
#include "training/data/windows.hpp"
#include "training/preprocess/constant_rate_reader.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

constexpr std::int64_t kFrameSamples = kMelSampleRate / kFrameRate;
/// With a larger time error the lips belong to other sound.
constexpr GstClockTime kMaxTimeError = 100 * GST_MSECOND;
/// As in hyperlipsfacecrop, to track the same faces.
const TrackerOptions kTracking{.max_faces = 4};

double seconds_of(std::int64_t frames) { return double(frames) / kFrameRate; }
std::int64_t frames_of(double seconds) { return std::llround(seconds * kFrameRate); }

/// Sound at 16 kHz by frame number, in ascending order.
class ClipSound {
 public:
  ClipSound(const std::string &path, GstClockTime origin, const std::atomic<bool> &cancel)
      : reader_(path, kMelSampleRate, 1, cancel) {
    reader_.start();
    reader_.set_origin(origin);
    first_ = (reader_.first() + kFrameSamples - 1) / kFrameSamples;
  }

  /// The first frame with sound.
  std::int64_t first() const { return first_; }

  /// The samples of frames first ... first + count - 1; fewer at the end of the sound.
  std::vector<float> read(std::int64_t first, std::int64_t count) {
    std::vector<float> skipped(kMelSampleRate);
    for (std::int64_t left = first * kFrameSamples - next_; left > 0;) {
      const std::int64_t piece = std::min<std::int64_t>(left, kMelSampleRate);
      if (take(std::span(skipped).first(std::size_t(piece))) == 0) break;
      left = first * kFrameSamples - next_;
    }
    if (next_ != first * kFrameSamples) return {};
    std::vector<float> samples(std::size_t(count * kFrameSamples));
    samples.resize(take(samples));
    return samples;
  }

 private:
  std::size_t take(std::span<float> samples) {
    const std::size_t count = reader_.read(samples);
    next_ += std::int64_t(count);
    return count;
  }

  SoundReader reader_;
  std::int64_t first_ = 0, next_ = 0;
};

class ClipCutter {
 public:
  ClipCutter(const std::string &path, const ClipReaderOptions &options,
             const std::atomic<bool> &cancel, const std::function<void(FoundClip &&)> &on_clip,
             const std::function<void(const DroppedSegment &)> &on_drop)
      : options_(options),
        cancel_(cancel),
        on_clip_(on_clip),
        on_drop_(on_drop),
        min_frames_(std::max<std::int64_t>(1, frames_of(options.min_seconds))),
        max_frames_(frames_of(options.max_seconds)),
        pictures_(path, cancel),
        tracker_(kTracking),
        framing_(options.framing),
        sound_(path, pictures_.start(), cancel) {
    if (!gst_video_info_from_caps(&info_, pictures_.caps()))
      throw Error(ErrorKind::Format, quote_path(path) + " has an unsupported picture format.");
    orientation_ = pictures_.orientation();
  }

  double run() {
    while (std::optional<Frame> frame = pictures_.next()) {
      if (cancel_) break;
      analyze(std::move(*frame));
      if (ahead_.size() == kLookaheadBoxes) process_first();
    }
    if (cancel_) return seconds_of(taken_);
    while (!ahead_.empty()) process_first();
    close_clip();
    close_drop();
    return seconds_of(taken_);
  }

 private:
  /// A frame that waits until its lookahead is complete. As in inference, its face smooths the
  /// boxes of earlier frames even if it is not usable itself.
  struct PendingFrame {
    Frame frame;
    std::vector<Face> faces;
    std::vector<Box> boxes;  // of the faces' crops, before smoothing
    std::variant<Face, Drop> usable;
  };

  void analyze(Frame &&frame) {
    const MappedFrame mapped(info_, frame.buffer.get(), GST_MAP_READ, orientation_);
    if (!mapped) throw Error(ErrorKind::Memory, "Cannot map a decoded frame.");
    PendingFrame pending;
    pending.faces = tracker_.track(mapped.view(), seconds_of(analyzed_));
    for (const Face &face : pending.faces)
      pending.boxes.push_back(framing_.box(face.track_id, face.landmarks, seconds_of(analyzed_)));
    pending.usable = usable_face(pending.faces, mapped.view().size(), options_.faces);
    if (pictures_.time_error() > kMaxTimeError) pending.usable = Drop::NoPicture;
    if (analyzed_ < sound_.first()) pending.usable = Drop::NoSound;
    ++analyzed_;
    pending.frame = std::move(frame);
    ahead_.push_back(std::move(pending));
  }

  void process_first() {
    const PendingFrame &first = ahead_.front();
    if (const Face *face = std::get_if<Face>(&first.usable)) {
      add(*face);
    } else {
      drop(std::get<Drop>(first.usable));
    }
    ahead_.pop_front();
    ++taken_;
  }

  Box smoothed_box(const Face &face) const {
    std::vector<Box> boxes;
    for (const PendingFrame &pending : ahead_) {
      const auto same = std::ranges::find(pending.faces, face.track_id, &Face::track_id);
      if (same == pending.faces.end()) break;
      boxes.push_back(pending.boxes[std::size_t(same - pending.faces.begin())]);
    }
    return mean_box(boxes);
  }

  void add(const Face &face) {
    close_drop();
    if (clip_ && (track_ != face.track_id || std::int64_t(clip_->clip.frames()) == max_frames_))
      close_clip();
    if (!clip_) {
      clip_.emplace();
      clip_->start = seconds_of(taken_);
      clip_->clip.framing = options_.framing;
      track_ = face.track_id;
    }
    const Box box = smoothed_box(face);
    const MappedFrame mapped(info_, ahead_.front().frame.buffer.get(), GST_MAP_READ, orientation_);
    clip_->clip.crops.push_back(crop_face(mapped.view(), box, options_.framing));
    clip_->clip.landmarks.push_back(landmarks_in_crop(face.landmarks, box));
    if (options_.native_resolution > 0)
      clip_->clip.native.push_back(native_crop(mapped.view(), box));
  }

  NativeCrop native_crop(const FrameView &frame, const Box &box) const {
    const int side = cvRound(std::max(box.width(), box.height()));
    const int size = std::clamp(side, kCropSize, std::max(kCropSize, options_.native_resolution));
    return {size, encode_jpeg(sample_bgr(frame, crop_to_frame(box, size), cv::Size(size, size),
                                         Border::Replicate))};
  }

  void drop(Drop reason) {
    close_clip();
    if (dropped_ && dropped_->reason != reason) close_drop();
    if (!dropped_) dropped_ = DroppedSegment{seconds_of(taken_), 0, reason, {}};
  }

  void close_drop() {
    if (!dropped_) return;
    dropped_->end = seconds_of(taken_);
    on_drop_(*dropped_);
    dropped_.reset();
  }

  /// Adds the sound to the clip and reports it, or reports why it is dropped.
  void close_clip() {
    if (!clip_) return;
    FoundClip found = std::move(*clip_);
    clip_.reset();
    FaceClip &clip = found.clip;
    const auto wanted = std::int64_t(clip.frames());
    clip.samples = sound_.read(taken_ - wanted, wanted);
    if (cancel_) return;
    const std::int64_t frames = std::int64_t(clip.samples.size()) / kFrameSamples;
    clip.samples.resize(std::size_t(frames * kFrameSamples));
    clip.crops.resize(std::size_t(frames));
    clip.landmarks.resize(std::size_t(frames));
    if (!clip.native.empty()) clip.native.resize(std::size_t(frames));
    const double end = found.end();
    if (frames > 0 && frames < min_frames_) {
      on_drop_({found.start, end, Drop::TooShort, {}});
    } else if (frames > 0) {
      clip.mel = mel_spectrogram(clip.samples);
      if (speech(clip) < options_.min_speech) {
        on_drop_({found.start, end, Drop::LittleSpeech, {}});
      } else {
        found.number = number_++;
        on_clip_(std::move(found));
      }
    }
    if (frames < wanted) on_drop_({end, seconds_of(taken_), Drop::NoSound, {}});
  }

  /// Fraction of the frames with speech.
  static double speech(const FaceClip &clip) {
    const std::vector<float> windows = inference_mel_windows(clip.mel, clip.frames());
    std::size_t loud = 0;
    for (std::size_t n = 0; n < clip.frames(); ++n)
      loud += !is_silent(std::span(windows).subspan(n * kMelWindowValues, kMelWindowValues));
    return double(loud) / double(clip.frames());
  }

  const ClipReaderOptions &options_;
  const std::atomic<bool> &cancel_;
  const std::function<void(FoundClip &&)> &on_clip_;
  const std::function<void(const DroppedSegment &)> &on_drop_;
  const std::int64_t min_frames_, max_frames_;
  ConstantRateReader pictures_;
  Tracker tracker_;
  FaceFraming framing_;
  ClipSound sound_;
  GstVideoInfo info_;
  Orientation orientation_ = Orientation::Identity;
  std::deque<PendingFrame> ahead_;
  std::int64_t analyzed_ = 0, taken_ = 0;  // frames
  std::optional<FoundClip> clip_;
  std::int64_t track_ = -1;  // of clip_
  std::optional<DroppedSegment> dropped_;
  int number_ = 0;
};

}  // namespace

double FoundClip::end() const { return start + seconds_of(std::int64_t(clip.frames())); }

void check(const ClipReaderOptions &options) {
  const auto require = [](bool valid, const std::string &what) {
    if (!valid)
      throw Error(ErrorKind::Settings, "Invalid preprocessing option: expected " + what + ".");
  };
  require(options.min_seconds >= 0.04, "a shortest clip of at least 0.04 seconds");
  require(options.max_seconds <= 600 && options.max_seconds >= options.min_seconds,
          "a longest clip of at most 600 seconds and at least the length of the shortest");
  require(options.min_speech >= 0 && options.min_speech <= 1,
          "a minimum fraction of speech from 0 to 1");
  require(options.native_resolution >= 0 && options.native_resolution <= 4096,
          "a maximum crop size of 0 to 4096 pixels");
  require(options.faces.min_face >= 16, "a minimum face size of at least 16 pixels");
  require(options.faces.max_other >= 0 && options.faces.max_other <= 1,
          "a maximum relative size of the second largest face from 0 to 1");
  require(options.faces.min_inside >= 0 && options.faces.min_inside <= 1,
          "a minimum fraction of the face inside the frame from 0 to 1");
}

double read_face_clips(const std::string &path, const ClipReaderOptions &options,
                       const std::atomic<bool> &cancel,
                       const std::function<void(FoundClip &&)> &on_clip,
                       const std::function<void(const DroppedSegment &)> &on_drop) {
  check(options);
  gst_init(nullptr, nullptr);
  return ClipCutter(path, options, cancel, on_clip, on_drop).run();
}

}  // namespace hyperlips::training
