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
  double media_time_scale = 1;                      ///< rate of its segment
  bool skip = false;  ///< cannot be processed: interlaced, unsupported caps or no timestamp
  /// Leaves without its full processing, because the sink reports that frames arrive late (QoS).
  /// `ready` sets it if it gives up waiting for the frame's input at the deadline.
  bool late = false;
  bool done = false;               ///< processed, not yet pushed
  std::shared_ptr<void> analysis;  ///< the element's own results for this frame

  /// Running time multiplied by the segment's rate, in nanoseconds: the time base in which video
  /// and speech are matched. -1 if unknown.
  gint64 media_time() const;
  /// The same for a timestamp in `segment`; -1 outside the segment.
  static gint64 media_time(const GstSegment &segment, GstClockTime pts);
};

/// A frame, an event or a query in the queue of a GstHyperlipsFilter.
struct HyperlipsItem {
  HyperlipsFrame frame;
  GstEvent *event = nullptr;
  struct HyperlipsPendingQuery *query = nullptr;

  bool is_frame() const { return frame.buffer != nullptr; }
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
  bool flushing = true;
  bool eos = false;  ///< EOS was queued
  GstFlowReturn flow = GST_FLOW_FLUSHING;

  void set_flushing(bool on);

  void push(HyperlipsItem item);
  HyperlipsItem pop();

  /// Drops all items, or the frames only. clear() returns the sticky events that must survive a
  /// flush.
  std::vector<GstEvent *> clear();
  void clear_frames();

  /// Queues a query and waits for its answer.
  gboolean ask(Lock &guard, GstQuery *query);
  void answer(HyperlipsPendingQuery *pending, gboolean result);

  /// Waits until something changes or, with a clock, until its time reaches `until`.
  void wait(Lock &guard) { changed_.wait(guard); }
  void wait(Lock &guard, GstClock *clock, GstClockTime until);
  void wake();

 private:
  std::condition_variable changed_;
  GstClockID alarm_ = nullptr;  ///< pending clock wait of the task
};
