// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/app/gstappsrc.h>

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "gst/lib/media/sound_reader.hpp"
#include "gst/lib/media/video_clip.hpp"
#include "options.hpp"

namespace hyperlips::redub {

/// What the feeder fills.
struct FeederSinks {
  GstAppSrc *video;                                   ///< frames; pushing blocks while it is full
  GstAppSrc *speech;                                  ///< speech for the networks
  std::function<void(std::span<const float>)> sound;  ///< takes the next samples of the output
};

/// How the inputs are combined.
struct FeederPlan {
  Length length = Length::Longest;
  int rate = 0, channels = 0;       ///< of speech and sound
  GstClockTime origin = 0;          ///< stream time of VIDEO that becomes time 0 of the output
  double original_gain = 0;         ///< linear
  bool loops = true;                ///< the video ping-pongs if the speech is longer
  GstClockTime still_duration = 0;  ///< of a frame of a still picture; 0 for a video
};

/// Feeds frames and sound to the pipeline, in two threads. The video thread sets the pace: speech
/// is read a little ahead of the video, and sound is pushed no further than the video, because the
/// end of the video, where it may have to be cut, is not known before it is reached. Memory is
/// bounded.
class Feeder {
 public:
  /// `original` (VIDEO's own sound) may be null. `cancelled` ends the output after the current
  /// frame, `aborted` stops both threads at once.
  Feeder(VideoClip &clip, SoundReader &speech, SoundReader *original, FeederSinks sinks,
         FeederPlan plan, const std::atomic<bool> &cancelled, std::atomic<bool> &aborted);
  ~Feeder();
  Feeder(const Feeder &) = delete;
  Feeder &operator=(const Feeder &) = delete;

  void start();
  /// Call it after `cancelled` or `aborted` was set.
  void wake();

  /// Throws the exception that ended a thread, if there was one.
  void rethrow();

  /// Changes as long as data flows.
  std::uint64_t activity() const { return activity_; }
  bool waits_for_input() const { return speech_.waits_for_input(); }
  std::uint64_t looped_frames() const { return looped_; }
  GstClockTime video_position();
  /// Whether all sound was passed on.
  bool finished() const { return finished_; }

 private:
  void guarded(void (Feeder::*body)());
  void feed_video();
  void feed_loops(GstClockTime end);
  bool feed_frame(Frame frame, GstClockTime pts);
  void finish_video();
  bool speech_reaches(GstClockTime time);

  void feed_sound();
  void read_speech();
  void write_sound(std::int64_t count);
  std::int64_t sound_limit() const;
  std::int64_t index_of(GstClockTime time) const;
  BufferPtr sound_buffer(std::span<const float> samples, std::int64_t index) const;

  VideoClip &clip_;
  SoundReader &speech_;
  SoundReader *original_;
  FeederSinks sinks_;
  FeederPlan plan_;
  const std::atomic<bool> &cancelled_;
  std::atomic<bool> &aborted_;
  std::atomic<std::uint64_t> activity_ = 0, looped_ = 0;
  std::atomic<bool> finished_ = false;

  std::mutex lock_;
  std::condition_variable changed_;
  std::exception_ptr error_;
  GstClockTime video_position_ = 0;  // end of the frames pushed so far
  GstClockTime wanted_ = 0;          // the video thread waits for speech up to here
  std::optional<GstClockTime> video_end_;
  std::int64_t speech_position_ = 0;  // samples read
  bool speech_ended_ = false;

  // Sound thread.
  std::vector<float> waiting_;  // speech that was read and not yet pushed as sound
  std::int64_t written_ = 0;    // samples passed on as sound
  bool speech_closed_ = false;

  std::thread video_thread_, sound_thread_;
};

}  // namespace hyperlips::redub
