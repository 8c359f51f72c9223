// SPDX-License-Identifier: LGPL-2.1-or-later
// The streaming task of GstHyperlipsFilter: takes frames, events and queries from the queue and
// pushes them downstream.
#include <algorithm>
#include <memory>

#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/gst_ptr.hpp"
#include "gsthyperlipserror.h"
#include "gsthyperlipsfilterprivate.h"

#define GST_CAT_DEFAULT hyperlips_filter_debug

static GstHyperlipsFilterPrivate &priv(GstHyperlipsFilter *self) {
  return gst_hyperlips_filter_private(self);
}

static GstHyperlipsFilterClass *klass_of(GstHyperlipsFilter *self) {
  return GST_HYPERLIPS_FILTER_GET_CLASS(self);
}

namespace {

/// The time until which a frame may wait. Only frames of live pipelines in state PLAYING have one.
class Deadline {
 public:
  /// With the lock held.
  Deadline(GstHyperlipsFilter *self, const HyperlipsFrame &frame) {
    const auto &p = priv(self);
    if (!p.playing || !p.live || !GST_CLOCK_TIME_IS_VALID(frame.running_time)) return;
    clock_.reset(gst_element_get_clock(GST_ELEMENT(self)));
    time_ = gst_element_get_base_time(GST_ELEMENT(self)) + frame.running_time + p.min_latency;
  }

  explicit operator bool() const { return clock_ != nullptr; }
  GstClock *clock() const { return clock_.get(); }
  GstClockTime time() const { return time_; }
  /// Time since the deadline; negative before it.
  GstClockTimeDiff since() const { return GST_CLOCK_DIFF(time_, gst_clock_get_time(clock_.get())); }

 private:
  hyperlips::ObjectPtr<GstClock> clock_;
  GstClockTime time_ = GST_CLOCK_TIME_NONE;
};

}  // namespace

/// With the lock held: whether the sink is so late that the frame must not take long.
static bool is_late(GstHyperlipsFilter *self, const HyperlipsFrame &frame) {
  const auto &p = priv(self);
  return p.qos && GST_CLOCK_TIME_IS_VALID(p.earliest) &&
         GST_CLOCK_TIME_IS_VALID(frame.running_time) && frame.running_time <= p.earliest;
}

/// NONE if the rate is variable, or too high or low to be true.
static GstClockTime duration_of_frames(const GstVideoInfo &info) {
  const int frames = GST_VIDEO_INFO_FPS_N(&info), seconds = GST_VIDEO_INFO_FPS_D(&info);
  if (frames <= 0 || seconds <= 0) return GST_CLOCK_TIME_NONE;
  const GstClockTime duration = gst_util_uint64_scale_int(GST_SECOND, seconds, frames);
  return duration >= kShortestFrame && duration <= kLongestFrame ? duration : GST_CLOCK_TIME_NONE;
}

static void use_caps(GstHyperlipsFilter *self, GstEvent *event) {
  auto &p = priv(self);
  GstCaps *caps = nullptr;
  gst_event_parse_caps(event, &caps);
  GstVideoInfo info;
  const bool video = gst_structure_has_name(gst_caps_get_structure(caps, 0), "video/x-raw");
  if (!video || !gst_video_info_from_caps(&info, caps)) gst_video_info_init(&info);
  p.info = info;
  const GstClockTime duration = duration_of_frames(info);
  const bool changed = p.frame_duration.exchange(duration) != duration;
  p.bypass = klass_of(self)->set_info && !klass_of(self)->set_info(self, &info);
  GST_DEBUG_OBJECT(self, "%" GST_PTR_FORMAT ", frame duration %" GST_TIME_FORMAT "%s", caps,
                   GST_TIME_ARGS(duration), p.bypass ? ", frames pass unprocessed" : "");
  if (changed) gst_hyperlips_filter_latency_changed(self);
}

bool gst_hyperlips_filter_is_interlaced(GstHyperlipsFilter *self, GstBuffer *buffer) {
  switch (GST_VIDEO_INFO_INTERLACE_MODE(&priv(self).info)) {
    case GST_VIDEO_INTERLACE_MODE_PROGRESSIVE:
      return false;
    case GST_VIDEO_INTERLACE_MODE_MIXED:
      return GST_BUFFER_FLAG_IS_SET(buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED);
    default:
      return true;
  }
}

static void use_tags(GstHyperlipsFilter *self, GstEvent *event) {
  GstTagList *tags = nullptr;
  gst_event_parse_tag(event, &tags);
  const auto orientation = hyperlips::orientation_from_tags(tags);
  if (klass_of(self)->set_orientation && orientation) {
    klass_of(self)->set_orientation(self, *orientation);
  }
}

void gst_hyperlips_filter_use_event(GstHyperlipsFilter *self, GstEvent *event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS:
      use_caps(self, event);
      break;
    case GST_EVENT_TAG:
      use_tags(self, event);
      break;
    case GST_EVENT_STREAM_START:
      if (klass_of(self)->set_orientation) {
        klass_of(self)->set_orientation(self, hyperlips::Orientation::Identity);
      }
      break;
    default:
      break;
  }
}

static void handle_event(GstHyperlipsFilter *self, GstEvent *event) {
  GST_LOG_OBJECT(self, "forwarding %" GST_PTR_FORMAT, event);
  std::unique_ptr<GstEvent, void (*)(GstEvent *)> owned(event, gst_event_unref);
  gst_hyperlips_filter_use_event(self, event);
  gst_pad_push_event(priv(self).srcpad, owned.release());
}

/// Adds the frames that are held here to the number of buffers that upstream needs.
static void ask_for_more_buffers(GstHyperlipsFilter *self, GstQuery *query) {
  // Drivers have 32 buffers at most, and the elements for them copy when these run out.
  constexpr guint kMostBuffers = 32;
  const guint held = gst_hyperlips_filter_held_frames(self) + 1;
  for (guint i = 0; i < gst_query_get_n_allocation_pools(query); ++i) {
    GstBufferPool *pool = nullptr;
    guint size, min, max;
    gst_query_parse_nth_allocation_pool(query, i, &pool, &size, &min, &max);
    if (pool) gst_object_unref(pool);
    min = std::max(min, std::min(min + held, kMostBuffers));
    // Downstream's pool may be too small for that: upstream creates its own.
    gst_query_set_nth_allocation_pool(query, i, nullptr, size, min, 0);
  }
}

/// Answers a query that was taken from the queue. Without `downstream` only for this element.
static void handle_query(GstHyperlipsFilter *self, HyperlipsPendingQuery *pending,
                         bool downstream) {
  auto &p = priv(self);
  // Its sender waits, whatever happens here.
  struct Answer {
    HyperlipsQueue &queue;
    HyperlipsPendingQuery *pending;
    gboolean result = FALSE;
    ~Answer() {
      std::lock_guard guard(queue.lock);
      queue.answer(pending, result);
    }
  } answer{p.queue, pending};
  GstQuery *query = pending->query;
  const bool allocation = GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION;
  answer.result = downstream && gst_pad_peer_query(p.srcpad, query);
  if (allocation && klass_of(self)->allocation && klass_of(self)->allocation(self, query)) {
    answer.result = TRUE;
  }
  if (answer.result && allocation) ask_for_more_buffers(self, query);
  GST_LOG_OBJECT(self, "answered %d: %" GST_PTR_FORMAT, answer.result, query);
}

GstQuery *gst_hyperlips_filter_ask_allocation(GstHyperlipsFilter *self) {
  auto &p = priv(self);
  GstCaps *caps = gst_pad_get_current_caps(p.srcpad);
  if (!caps) return nullptr;
  GstQuery *query = gst_query_new_allocation(caps, FALSE);
  gst_caps_unref(caps);
  if (gst_pad_peer_query(p.srcpad, query)) return query;
  gst_query_unref(query);
  return nullptr;
}

void gst_hyperlips_filter_push_event(GstHyperlipsFilter *self, GstEvent *event) {
  gst_pad_push_event(priv(self).srcpad, event);
}

/// Pushes the processed frames at the front and the events between them.
static GstFlowReturn push_done(GstHyperlipsFilter *self) {
  auto &p = priv(self);
  while (true) {
    HyperlipsItem item;
    {
      std::lock_guard guard(p.queue.lock);
      if (p.queue.flushing()) return GST_FLOW_FLUSHING;
      const auto last = std::ranges::find_if(p.queue.items, &HyperlipsItem::is_frame);
      if (last == p.queue.items.end() || !last->frame.done) return GST_FLOW_OK;
      item = p.queue.pop();
      p.relinked = false;
    }
    if (!item.is_frame()) {
      handle_event(self, item.event);
      continue;
    }
    GST_LOG_OBJECT(self, "pushing %" GST_PTR_FORMAT, item.frame.buffer);
    const GstFlowReturn flow = gst_pad_push(p.srcpad, item.frame.buffer);
    if (flow == GST_FLOW_EOS) {
      // Frames up to the next segment are not wanted. Events are: the task goes on.
      std::lock_guard guard(p.queue.lock);
      if (p.queue.flushing()) return GST_FLOW_FLUSHING;
      p.queue.unexpected = !p.queue.drop_refused();
      GST_DEBUG_OBJECT(self, "downstream is at EOS");
    } else if (flow != GST_FLOW_OK) {
      return flow;
    }
  }
}

static void stop_task(GstHyperlipsFilter *self, GstFlowReturn flow) {
  auto &p = priv(self);
  bool eos;
  {
    std::lock_guard guard(p.queue.lock);
    if (!p.queue.flushing()) {
      if (flow == GST_FLOW_NOT_LINKED && p.relinked) return;
      p.queue.flow = flow;
      // Not after NOT_LINKED: a later link gets them.
      if (flow < GST_FLOW_EOS) p.queue.clear_frames();
    }
    GST_DEBUG_OBJECT(self, "task pauses: %s", gst_flow_get_name(flow));
    eos = p.queue.eos;
    p.queue.wake();
    // Under the lock, so that it cannot undo a restart.
    gst_pad_pause_task(p.srcpad);
  }
  // The next buffer returns the flow upstream; after EOS there is none, so it is posted here.
  if (eos && (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS)) {
    if (!p.failed) GST_ELEMENT_FLOW_ERROR(self, flow);
    gst_pad_push_event(p.srcpad, gst_event_new_eos());
  }
}

/// Handles the event or query at the front of the queue.
static void take_item(GstHyperlipsFilter *self, HyperlipsQueue::Lock &guard) {
  auto &p = priv(self);
  const HyperlipsItem item = p.queue.pop();
  guard.unlock();
  if (item.query) {
    handle_query(self, item.query, true);
    return;
  }
  const bool eos = GST_EVENT_TYPE(item.event) == GST_EVENT_EOS;
  handle_event(self, item.event);
  if (!eos) return;
  if (klass_of(self)->on_eos) klass_of(self)->on_eos(self);
  if (klass_of(self)->reset) klass_of(self)->reset(self);
  guard.lock();
  // Another stream, with its own EOS, may already be queued behind this one.
  if (!p.queue.eos || !p.queue.items.empty() || p.queue.flushing()) return;
  GST_DEBUG_OBJECT(self, "task pauses after EOS");
  p.queue.flow = GST_FLOW_EOS;
  p.queue.wake();
  gst_pad_pause_task(p.srcpad);
}

/// Collects the frames before the next barrier; true if there is one.
static bool collect_frames(GstHyperlipsFilter *self, std::vector<HyperlipsFrame *> &frames) {
  auto &p = priv(self);
  frames.clear();
  for (HyperlipsItem &item : p.queue.items) {
    if (!item.is_frame()) {
      if (item.is_barrier()) return true;
      continue;
    }
    HyperlipsFrame &frame = item.frame;
    frame.skip = frame.skip || p.bypass || gst_hyperlips_filter_is_interlaced(self, frame.buffer);
    frame.late = frame.late || is_late(self, frame);
    frames.push_back(&frame);
  }
  return false;
}

/// With the lock held: the query in the queue, or nullptr. There is one at most: its sender waits.
static HyperlipsPendingQuery *queued_query(GstHyperlipsFilter *self) {
  const auto &items = priv(self).queue.items;
  const auto found =
      std::ranges::find_if(items, [](const HyperlipsItem &item) { return item.query != nullptr; });
  return found == items.end() ? nullptr : found->query;
}

/// With the lock held: gives the memory of all frames back to upstream, as a DRAIN query asks.
static void copy_frames(HyperlipsQueue &queue) {
  for (HyperlipsItem &item : queue.items) {
    if (!item.is_frame()) continue;
    // Memory that cannot be read stays.
    GstBuffer *copy = gst_buffer_copy_deep(item.frame.buffer);
    if (copy) gst_buffer_replace(&item.frame.buffer, copy);
    gst_clear_buffer(&copy);
  }
}

/// With the lock held: removes a query from behind frames that wait, and answers it. The thread
/// that asks may be the one that brings what they wait for. Downstream is asked for no allocation,
/// as it does not have the events before the query yet.
static void answer_early(GstHyperlipsFilter *self, HyperlipsQueue::Lock &guard,
                         HyperlipsPendingQuery *pending) {
  auto &queue = priv(self).queue;
  const bool allocation = GST_QUERY_TYPE(pending->query) == GST_QUERY_ALLOCATION;
  GST_DEBUG_OBJECT(self, "frames before the %s query wait: answering it now",
                   GST_QUERY_TYPE_NAME(pending->query));
  std::erase_if(queue.items, [&](const HyperlipsItem &item) { return item.query == pending; });
  if (!allocation) copy_frames(queue);
  guard.unlock();
  handle_query(self, pending, !allocation);
  guard.lock();
}

/// Waits until some frames are ready and returns their number; 0 if the front of the queue is an
/// event, a query or a processed frame, or while flushing.
static guint wait_for_frames(GstHyperlipsFilter *self, HyperlipsQueue::Lock &guard,
                             std::vector<HyperlipsFrame *> &frames) {
  auto &p = priv(self);
  while (!p.queue.flushing()) {
    if (p.queue.items.empty()) {
      p.queue.wait(guard);
      continue;
    }
    if (!p.queue.items.front().is_frame()) return 0;
    const bool drain = collect_frames(self, frames);
    if (frames[0]->done) return 0;
    const Deadline deadline(self, *frames[0]);
    const bool passed = deadline && deadline.since() >= 0;
    const guint count = klass_of(self)->ready(self, frames, drain, passed);
    GST_TRACE_OBJECT(self, "%u of %zu frames from %" GST_TIME_FORMAT " are ready%s%s%s", count,
                     frames.size(), GST_TIME_ARGS(frames[0]->running_time),
                     drain ? ", draining" : "", deadline ? ", live" : "",
                     passed ? ", deadline passed" : "");
    if (count > 0) return count;
    if (deadline && !passed) {
      GST_LOG_OBJECT(self, "waiting, at most until %" GST_TIME_FORMAT,
                     GST_TIME_ARGS(deadline.time()));
      p.queue.wait(guard, deadline.clock(), deadline.time());
    } else if (HyperlipsPendingQuery *query = queued_query(self)) {
      answer_early(self, guard, query);
    } else {
      GST_LOG_OBJECT(self, "waiting");
      p.queue.wait(guard);
    }
  }
  return 0;
}

/// Tells the application about a frame that leaves without its full processing.
static void post_qos(GstHyperlipsFilter *self, const HyperlipsFrame &frame) {
  auto &p = priv(self);
  gdouble proportion;
  GstClockTimeDiff jitter = 0;
  {
    std::lock_guard guard(p.queue.lock);
    proportion = p.proportion;
    const Deadline deadline(self, frame);
    if (is_late(self, frame)) {
      jitter = GST_CLOCK_DIFF(frame.running_time, p.earliest);
    } else if (deadline) {
      jitter = deadline.since();
    }
  }
  GST_DEBUG_OBJECT(self, "frame at %" GST_TIME_FORMAT " is late by %" GST_STIME_FORMAT,
                   GST_TIME_ARGS(frame.running_time), GST_STIME_ARGS(jitter));
  GstMessage *message =
      gst_message_new_qos(GST_OBJECT(self), p.live, frame.running_time, frame.stream_time,
                          GST_BUFFER_PTS(frame.buffer), GST_BUFFER_DURATION(frame.buffer));
  gst_message_set_qos_values(message, jitter, proportion, 0);
  gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, p.processed, p.degraded);
  gst_element_post_message(GST_ELEMENT(self), message);
}

/// Has the first `count` frames processed.
static GstFlowReturn process(GstHyperlipsFilter *self, HyperlipsFrames frames, guint count) {
  auto &p = priv(self);
  const GstFlowReturn flow = klass_of(self)->process(self, frames, count);
  if (flow != GST_FLOW_OK) {
    p.failed = true;
    return flow;
  }
  for (const HyperlipsFrame *frame : frames.first(count)) {
    ++(frame->late ? p.degraded : p.processed);
    if (frame->late) post_qos(self, *frame);
  }
  std::lock_guard guard(p.queue.lock);
  for (HyperlipsFrame *frame : frames.first(count)) frame->done = true;
  return GST_FLOW_OK;
}

/// One iteration of the task: an event, a query, or all frames that are ready.
static GstFlowReturn step(GstHyperlipsFilter *self) {
  auto &p = priv(self);
  std::vector<HyperlipsFrame *> frames;
  HyperlipsQueue::Lock guard(p.queue.lock);
  const guint count = wait_for_frames(self, guard, frames);
  if (p.queue.flushing()) return GST_FLOW_FLUSHING;
  if (count == 0 && !p.queue.items.front().is_frame()) {
    take_item(self, guard);
    return GST_FLOW_OK;
  }
  guard.unlock();
  const GstFlowReturn flow = count > 0 ? process(self, frames, count) : GST_FLOW_OK;
  return flow == GST_FLOW_OK ? push_done(self) : flow;
}

static void loop(gpointer data) {
  auto *self = GST_HYPERLIPS_FILTER(data);
  GstFlowReturn flow;
  try {
    flow = step(self);
  } catch (const std::exception &error) {
    gst_hyperlips_post_error(GST_ELEMENT(self), error);
    priv(self).failed = true;
    flow = GST_FLOW_ERROR;
  }
  if (flow != GST_FLOW_OK) stop_task(self, flow);
}

bool gst_hyperlips_filter_start_task(GstHyperlipsFilter *self) {
  return gst_pad_start_task(priv(self).srcpad, loop, self, nullptr);
}
