// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <memory>

#include "feeder.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "gst/lib/media/video_clip.hpp"
#include "media.hpp"
#include "options.hpp"
#include "output_format.hpp"

namespace hyperlips::redub {

/// Whether both paths name the same existing file.
bool same_file(const std::filesystem::path &a, const std::filesystem::path &b);

/// What is known of VIDEO and SPEECH before they are decoded.
struct Inputs {
  MediaInfo video, speech;
  bool own_sound = false;  ///< SPEECH is the sound of VIDEO
};

/// Examines both files. Throws Error when one lacks the stream that it is needed for.
Inputs discover_inputs(const Options &options);

/// The number of frames to expect by the durations in the containers; 0 if unknown.
std::uint64_t expected_frames(const Options &options, const Inputs &inputs);

/// The decoders of the inputs.
class Sources {
 public:
  /// Opens the files. `cancelled` ends a wait for data from standard input, `aborted` every wait.
  Sources(const Options &options, const OutputFormat &format, const Inputs &inputs,
          const std::atomic<bool> &cancelled, const std::atomic<bool> &aborted);

  /// Decodes the first frame and sample and aligns the streams. False if it was cancelled. Throws
  /// Error for a stream that cannot be decoded.
  bool start();

  /// Known after start().
  const FeederPlan &plan() const { return plan_; }
  /// Duration of VIDEO's picture in the output, without the time before its first frame.
  double video_seconds(GstClockTime video_end) const;

  VideoClip &clip() { return clip_; }
  SoundReader &speech() { return speech_; }
  SoundReader *original() { return original_.get(); }  ///< null without --keep-audio

 private:
  const Options &options_;
  const Inputs &inputs_;
  const std::atomic<bool> &cancelled_, &aborted_;
  VideoClip clip_;
  SoundReader speech_;
  std::unique_ptr<SoundReader> original_;
  FeederPlan plan_;
  GstClockTime video_start_ = 0;
};

}  // namespace hyperlips::redub
