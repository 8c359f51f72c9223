// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

/// A video frame inside a GstHyperlipsFilter.
struct HyperlipsFrame {
  GstBuffer *buffer = nullptr;
  GstClockTime running_time = GST_CLOCK_TIME_NONE;  ///< of its PTS; NONE if it has none
  GstClockTime stream_time = GST_CLOCK_TIME_NONE;   ///< the same
  double rate = 1;                                  ///< of its segment; above 0 unless `skip`
  /// Cannot be processed: interlaced, unsupported caps, no timestamp or played backwards.
  bool skip = false;
  /// Leaves without its full processing, because the sink reports that frames arrive late (QoS).
  /// `ready` sets it if it gives up waiting for the frame's input at the deadline.
  bool late = false;
  bool done = false;               ///< processed, not yet pushed
  std::shared_ptr<void> analysis;  ///< the element's own results for this frame
};

/// A frame, an event or a query in the queue of a GstHyperlipsFilter.
struct HyperlipsItem {
  HyperlipsFrame frame;
  GstEvent *event = nullptr;
  struct HyperlipsPendingQuery *query = nullptr;

  /// Does not look at the buffer, which the task may be replacing without the lock.
  bool is_frame() const { return !event && !query; }
  /// Whether frames before this item are processed without waiting for frames behind it.
  bool is_barrier() const;
};

/// A serialized query in the queue. Its sender waits for the answer.
struct HyperlipsPendingQuery {
  GstQuery *query = nullptr;
  bool done = false;
  gboolean result = FALSE;
};

/// The queue between the sink pad's thread and the source pad's task. Members are accessed and
/// functions called with the lock held; functions that wait release it meanwhile.
class HyperlipsQueue {
 public:
  using Lock = std::unique_lock<std::mutex>;

  ~HyperlipsQueue();

  std::mutex lock;
  std::deque<HyperlipsItem> items;
  guint frames = 0;  ///< number of frames among the items
  bool eos = false;  ///< EOS was queued
  /// Downstream returned GST_FLOW_EOS: frames are refused until STREAM_START or SEGMENT.
  bool unexpected = false;
  /// GST_FLOW_FLUSHING while `flushing()`; otherwise, unless it is GST_FLOW_OK, why the task has
  /// paused.
  GstFlowReturn flow = GST_FLOW_FLUSHING;

  /// Only while both pads are active and no flush is going on may the task run.
  bool flushing() const { return !source_active_ || sink_flushing_; }
  /// Return whether the task may run now and did not before.
  bool set_source_active(bool on);
  bool set_sink_flushing(bool on);
  /// The flow to return for another frame.
  GstFlowReturn refusal() const { return eos || unexpected ? GST_FLOW_EOS : flow; }

  void push(HyperlipsItem item);
  HyperlipsItem pop();

  /// Drops all items and returns the sticky events that must survive a flush.
  std::vector<GstEvent *> clear();
  /// Drops frames, queries and events that are not sticky up to the first STREAM_START, SEGMENT or
  /// EOS. Returns whether there is one.
  bool drop_refused();
  void clear_frames();

  /// Queues a query and waits for its answer.
  gboolean ask(Lock &guard, GstQuery *query);
  void answer(HyperlipsPendingQuery *pending, gboolean result);

  /// Waits until something changes or, with a clock, until its time reaches `until`.
  void wait(Lock &guard) { changed_.wait(guard); }
  void wait(Lock &guard, GstClock *clock, GstClockTime until);
  void wake();

 private:
  bool update();

  bool source_active_ = false;
  bool sink_flushing_ = true;
  std::condition_variable changed_;
  std::vector<GstClockID> alarms_;  ///< pending waits for a clock
};
