// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "gsthyperlipstestsrc.h"
#include "gsthyperlipstestsrcspeaker.h"

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

/// Frames a second.
struct TestSrcRate {
  gint n = 30, d = 1;

  /// The time at which frame `number` begins.
  GstClockTime time_of(guint64 number) const {
    return gst_util_uint64_scale(number, guint64(d) * GST_SECOND, guint64(n));
  }
  /// The frame that shows at `time`.
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

/// One source pad with its task: negotiation, events, waiting for the clock, pushing. What the
/// buffers hold is the subclass' affair. Places are times of the performance, which begins at 0;
/// buffers are stamped with these times plus timestamp-offset.
class TestSrcStream {
 public:
  TestSrcStream(GstHyperlipsTestSrc *element, GstPad *pad);
  virtual ~TestSrcStream();
  TestSrcStream(const TestSrcStream &) = delete;
  TestSrcStream &operator=(const TestSrcStream &) = delete;

  GstPad *pad() const { return pad_; }

  // While the task does not run.
  /// Takes a new performance up, from its beginning. Throws what Performance throws.
  virtual void prepare(const TestSrcSettings &settings);
  /// Gives back what prepare() and negotiation made.
  virtual void release();
  /// Goes on at the segment's position.
  void begin(const GstSegment &segment, guint32 seqnum);
  std::optional<double> duration() { return speaker_->duration(); }

  // From any thread, without the element's lock.
  void activate(bool active);
  /// Wakes the task from all waiting and keeps it from more, or lets it wait again.
  void set_flushing(bool flushing);
  /// Starts the task, where the pad is active.
  void run();
  /// Starts a stream that stopped because nothing was linked.
  void resume();
  /// Ends the stream at once.
  void force_eos(guint32 seqnum);
  /// Pushes a serialized event before the next buffer; takes it over.
  void enqueue(GstEvent *event);
  /// Stream time of the next buffer.
  GstClockTime position();
  /// What a buffer lasts, and so the least latency of a live source.
  virtual GstClockTime buffer_duration() = 0;
  /// Between time, buffers' units (frames, samples) and bytes.
  virtual bool convert(GstFormat from, gint64 value, GstFormat to, gint64 *result) = 0;

  /// With the element's lock: wakes the task to look again at what it waits for.
  void wake();

 protected:
  /// What create() answers when the segment or the performance is over.
  static constexpr GstFlowReturn kEnd = GST_FLOW_CUSTOM_SUCCESS_1;

  /// Chooses from `caps`, one structure that it takes over, what is nearest to the defaults.
  virtual GstCaps *fixate(GstCaps *caps) = 0;
  /// Makes what `caps` need. May throw.
  virtual bool set_caps(GstCaps *caps) = 0;
  virtual bool decide_allocation(GstQuery *query, GstCaps *caps) = 0;
  /// Goes to a place, which need not be the beginning of a frame or sample.
  virtual void seek(GstClockTime place) = 0;
  /// Makes the buffer at the current place and goes on to the next. May throw.
  virtual GstFlowReturn create(GstBuffer **buffer) = 0;

  GstHyperlipsTestSrc *element() const { return element_; }
  struct TestSrcPrivate &element_private() const;
  TestSrcSpeaker &speaker() { return *speaker_; }
  const TestSrcSettings &settings() const { return settings_; }

  bool backwards() const { return segment_.rate < 0; }
  double rate() const { return segment_.rate; }
  /// The part of the performance that the segment plays, up to `end` at most.
  GstClockTime first_place() const;
  GstClockTime last_place(GstClockTime end) const;
  /// The next buffer does not follow the last.
  void mark_discont() { discont_ = true; }
  /// Stamps a buffer that shows this part of the performance.
  void stamp(GstBuffer *buffer, GstClockTime from, GstClockTime to);

  /// Finds where all must end: with the last frame, whose rate is for the video pad to negotiate.
  GstFlowReturn await_video(GstClockTime *end);
  /// To be called before a buffer is made: a live source waits for PLAYING.
  GstFlowReturn await_start(GstClockTime place);
  /// Running time of a place, as a live source keeps to it.
  GstClockTime running_time(GstClockTime place);
  /// Running time now; GST_CLOCK_TIME_NONE without a clock.
  GstClockTime now();
  /// Waits for a running time while PLAYING.
  GstFlowReturn wait_until(GstClockTime running_time);
  /// Takes a pool over, for set_flushing() to unblock.
  void set_pool(GstBufferPool *pool);
  GstBufferPool *pool() const { return pool_; }

 private:
  void step();
  GstFlowReturn produce();
  GstFlowReturn negotiate();
  GstFlowReturn use_caps(GstCaps *caps);
  void push_stream_start();
  void push_segment();
  void push_queued();
  void catch_up();
  void finish(GstFlowReturn flow, bool posted);
  void end();
  void post_flow_error(GstFlowReturn flow);
  void push_eos();
  bool all_ended() const;

  GstHyperlipsTestSrc *element_;
  GstPad *pad_;

  // The task's, or anybody's under the pad's stream lock.
  TestSrcSettings settings_;
  std::optional<TestSrcSpeaker> speaker_;
  GstSegment segment_;
  GstCaps *caps_ = nullptr;
  bool started_ = false, segment_sent_ = false, discont_ = true;

  // Under the element's lock; the pool is changed by the task alone.
  bool active_ = false, flushing_ = true, unlinked_ = false, resumed_ = false;
  bool ended_ = false, eos_forced_ = false;
  guint32 seqnum_ = GST_SEQNUM_INVALID;
  GstClockID clock_id_ = nullptr;
  GstClockTime position_ = 0;
  std::vector<GstEvent *> queued_;
  GstBufferPool *pool_ = nullptr;
};
