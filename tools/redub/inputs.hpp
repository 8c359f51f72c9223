// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <list>
#include <memory>

#include "feeder.hpp"
#include "gst/lib/media/media_info.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "gst/lib/media/video_clip.hpp"
#include "options.hpp"

namespace hyperlips::redub {

/// Whether both paths name the same existing file.
bool same_file(const std::filesystem::path &a, const std::filesystem::path &b);

/// VIDEO and SPEECH, and what is known of them before they are read.
struct Inputs {
  MediaSource video_source, speech_source;
  MediaInfo video, speech;
  bool own_sound = false;         ///< SPEECH is the sound of VIDEO
  GstClockTime speech_begin = 0;  ///< the time in SPEECH at which VIDEO begins
  std::list<Spool> spools = {};   ///< of inputs that are pipes
};

/// Examines both files; reads pipes, other than SPEECH from standard input, to their end. Throws
/// Error when one lacks the stream that it is needed for.
Inputs find_inputs(const Options &options, const std::atomic<bool> &cancelled);

/// The length of OUT by the durations in the containers, in seconds; 0 if unknown.
double expected_seconds(const Options &options, const Inputs &inputs);
/// The number of its frames; 0 if unknown.
std::uint64_t expected_frames(const Options &options, const Inputs &inputs);

/// The decoders of the inputs.
class Sources {
 public:
  /// `cancelled` ends a wait for data from standard input and the reading of VIDEO, `aborted` every
  /// wait.
  Sources(const Options &options, const Inputs &inputs, const std::atomic<bool> &cancelled,
          const std::atomic<bool> &aborted);

  /// Opens the files, decodes the first frame and sample and aligns the streams. Throws Error for a
  /// stream that cannot be decoded.
  void start();

  // Known after start():
  const FeederPlan &plan() const { return plan_; }
  VideoClip &clip() { return *clip_; }
  SoundReader &speech() { return *speech_; }
  SoundReader *original() { return original_.get(); }  ///< null without --keep-audio

  /// What of the inputs was lost, for the user, once they were read.
  std::vector<std::string> warnings() const;

 private:
  const Options &options_;
  const Inputs &inputs_;
  const std::atomic<bool> &cancelled_, &aborted_;
  std::unique_ptr<VideoClip> clip_;
  std::unique_ptr<SoundReader> speech_, original_;
  FeederPlan plan_;
  GstClockTime video_start_ = 0;
};

}  // namespace hyperlips::redub
