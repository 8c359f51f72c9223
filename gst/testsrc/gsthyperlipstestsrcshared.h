// SPDX-License-Identifier: LGPL-2.1-or-later
// What the element and its two streams share.
#pragma once

#include <gst/gst.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "hyperlips/synth/performance.hpp"

/// The properties, as they are read on the way from READY to PAUSED.
struct TestSrcSettings {
  hyperlips::synth::PerformanceOptions performance;
  bool repeat = false;
  guint threads = 0;
  bool camera_effects = true;
  bool ground_truth = false;
  bool live = false;
  bool do_timestamp = false;
  gint num_buffers = -1;
  GstClockTime timestamp_offset = 0;
  guint samples_per_buffer = 1024;
};

/// Frames per second.
struct TestSrcRate {
  gint n = 30, d = 1;

  /// The time at which frame `number` begins.
  GstClockTime time_of(guint64 number) const {
    return gst_util_uint64_scale(number, guint64(d) * GST_SECOND, guint64(n));
  }
  /// The frame that is shown at `time`.
  guint64 frame_at(GstClockTime time) const {
    const guint64 number = gst_util_uint64_scale(time, guint64(n), guint64(d) * GST_SECOND);
    return time_of(number + 1) <= time ? number + 1 : number;
  }
  /// The first frame that begins at `time` or later.
  guint64 frame_from(GstClockTime time) const {
    const guint64 number = frame_at(time);
    return time_of(number) < time ? number + 1 : number;
  }
  bool operator==(const TestSrcRate &) const = default;
};

/// One of the two streams, as the element and the other stream see it.
struct TestSrcStream {
  bool flushing = false;          ///< from unlock() to unlock_stop()
  bool unlinked = false;          ///< waits until its pad is linked
  GstClockTime position = 0;      ///< stream time of the next buffer
  GstClockID clock_id = nullptr;  ///< what it waits for
};

/// What the streams do during a seek, which moves both.
enum class TestSrcPhase {
  kStream,
  kStop,  ///< return from create()
  kWait,  ///< wait in create() until the other stream has restarted, too
};

enum TestSrcIndex : std::size_t { kVideoStream, kAudioStream };

/// Everything that several threads use.
struct TestSrcState {
  TestSrcSettings settings;
  std::array<TestSrcStream, 2> streams;

  bool live = false;       ///< as set when the element was started
  bool streaming = false;  ///< PAUSED or higher
  bool playing = false;    ///< a live source may run
  bool failed = false;     ///< an error was posted: both streams end
  guint group_id = 0;
  std::optional<GstClockTime> clock_offset;  ///< added to timestamps, set by the first buffer
  GstClockTime latency = 0;                  ///< of the pipeline
  guint64 frames = 0, skipped = 0;           ///< property stats

  std::optional<double> said;              ///< duration of the text in seconds
  std::optional<TestSrcRate> rate;         ///< of video, once it is negotiated
  GstClockTime end = GST_CLOCK_TIME_NONE;  ///< of the performance; valid with `rate`

  GstSegment segment;    ///< of both streams
  bool seeking = false;  ///< a thread performs seeks
  TestSrcPhase phase = TestSrcPhase::kStream;
  GstEvent *pending_seek = nullptr;  ///< for that thread, or for the start of the element
  guint32 seek_seqnum = GST_SEQNUM_INVALID;

  TestSrcState() { gst_segment_init(&segment, GST_FORMAT_TIME); }
  ~TestSrcState() { gst_clear_event(&pending_seek); }

  /// Whether the performance ends.
  bool finite() const { return said || settings.num_buffers >= 0; }
  /// The number of frames up to the end of the text or of num-buffers; none where there is no end.
  /// `before` frames were shown at other rates before frame `first` of this rate.
  std::optional<guint64> last_frame(const TestSrcRate &rate, guint64 first, guint64 before) const;
  /// The end, also before video is negotiated.
  GstClockTime end_or_estimate() const;
};

/// A TestSrcState that is only reached through its lock. Nothing is pushed, posted or drawn while
/// it is locked.
class TestSrcShared {
 public:
  class Lock {
   public:
    explicit Lock(TestSrcShared &shared) : shared_(shared), guard_(shared.mutex_) {}

    TestSrcState *operator->() const { return &shared_.state_; }
    TestSrcState &operator*() const { return shared_.state_; }

    /// Waits until a thread calls wake() or interrupt().
    void wait() { shared_.changed_.wait(guard_); }
    /// Waits for a time of the clock; GST_CLOCK_UNSCHEDULED after interrupt().
    GstClockReturn wait(TestSrcStream &stream, GstClock *clock, GstClockTime time);
    void wake() { shared_.changed_.notify_all(); }
    /// Wakes a stream also from waiting for the clock.
    void interrupt(TestSrcStream &stream);
    void interrupt_all();

   private:
    TestSrcShared &shared_;
    std::unique_lock<std::mutex> guard_;
  };

  Lock lock() { return Lock(*this); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  TestSrcState state_;
};
