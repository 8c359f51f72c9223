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
  GstClockTime running_time = GST_CLOCK_TIME_NONE;  ///< of its PTS; NONE when it has none
  double media_time_scale = 1;                      ///< rate of the segment it came in
  bool skip = false;           ///< passes unprocessed: late, interlaced or without a time
  bool done = false;           ///< processed, waits to be pushed
  std::shared_ptr<void> work;  ///< what the element has found about this frame so far

  /// Time in speech, which runs at the segment's rate; -1 when unknown. Nanoseconds.
  gint64 media_time() const;
};

/// A frame, an event or a query on its way through a GstHyperlipsFilter.
struct HyperlipsItem {
  HyperlipsFrame frame;
  GstEvent *event = nullptr;
  struct HyperlipsPendingQuery *query = nullptr;

  bool is_frame() const { return frame.buffer != nullptr; }
  /// Frames before a barrier cannot wait for frames behind it.
  bool is_barrier() const;
};

/// A serialized query waits in the queue for its turn, and its sender for the answer.
struct HyperlipsPendingQuery {
  GstQuery *query = nullptr;
  bool done = false;
  gboolean result = FALSE;
};

/// What waits between the sink pad's thread and the source pad's task. Members are used with the
/// lock held, and so are the functions; those that wait release it meanwhile.
class HyperlipsQueue {
 public:
  using Lock = std::unique_lock<std::mutex>;

  ~HyperlipsQueue();

  std::mutex lock;
  std::deque<HyperlipsItem> items;
  guint frames = 0;  ///< among the items
  bool flushing = true;
  bool eos = false;  ///< the stream's end was put in
  GstFlowReturn flow = GST_FLOW_FLUSHING;

  void set_flushing(bool on);

  void push(HyperlipsItem item);
  HyperlipsItem pop();

  /// Lets go of everything, or of the frames alone; sticky events that a flush must not lose are
  /// returned.
  std::vector<GstEvent *> clear();
  void clear_frames();

  /// Puts a query in and waits for its answer.
  gboolean ask(Lock &guard, GstQuery *query);
  void answer(HyperlipsPendingQuery *pending, gboolean result);

  /// Waits until something changes, also the clock's time to `until` where there is a clock.
  void wait(Lock &guard) { changed_.wait(guard); }
  void wait(Lock &guard, GstClock *clock, GstClockTime until);
  void wake();

 private:
  std::condition_variable changed_;
  GstClockID alarm_ = nullptr;  ///< what the task waits for instead of `changed_`
};
