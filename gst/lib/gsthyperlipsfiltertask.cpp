// SPDX-License-Identifier: LGPL-2.1-or-later
// The streaming task of GstHyperlipsFilter: takes frames, events and queries from the queue and
// pushes them downstream.
#include <algorithm>

#include "gst/lib/media/frame_view.hpp"
#include "gsthyperlipserror.h"
#include "gsthyperlipsfilterprivate.h"

#define GST_CAT_DEFAULT hyperlips_filter_debug

static GstHyperlipsFilterPrivate &priv(GstHyperlipsFilter *self) {
  return gst_hyperlips_filter_private(self);
}

static GstHyperlipsFilterClass *klass_of(GstHyperlipsFilter *self) {
  return GST_HYPERLIPS_FILTER_GET_CLASS(self);
}

/// Clock time until which this frame may wait. Only live pipelines in state PLAYING have one; the
/// caller owns `clock`.
static bool deadline_of(GstHyperlipsFilter *self, const HyperlipsFrame &frame, GstClock **clock,
                        GstClockTime *time) {
  const auto &p = priv(self);
  auto *element = GST_ELEMENT(self);
  if (!p.live || !GST_CLOCK_TIME_IS_VALID(frame.running_time)) return false;
  if (GST_STATE(element) != GST_STATE_PLAYING) return false;
  *clock = gst_element_get_clock(element);
  if (!*clock) return false;
  *time = gst_element_get_base_time(element) + frame.running_time + p.min_latency;
  return true;
}

/// Whether the sink is so late that the frame must not take long.
static bool is_late(GstHyperlipsFilter *self, const HyperlipsFrame &frame) {
  const auto &p = priv(self);
  const GstClockTime earliest = p.earliest;
  return p.qos && GST_CLOCK_TIME_IS_VALID(earliest) &&
         GST_CLOCK_TIME_IS_VALID(frame.running_time) && frame.running_time <= earliest;
}

static void use_caps(GstHyperlipsFilter *self, GstEvent *event) {
  auto &p = priv(self);
  GstCaps *caps = nullptr;
  gst_event_parse_caps(event, &caps);
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) gst_video_info_init(&info);
  p.info = info;
  const bool timed = GST_VIDEO_INFO_FPS_N(&info) > 0 && GST_VIDEO_INFO_FPS_D(&info) > 0;
  const GstClockTime duration =
      timed ? gst_util_uint64_scale_int(GST_SECOND, GST_VIDEO_INFO_FPS_D(&info),
                                        GST_VIDEO_INFO_FPS_N(&info))
            : GST_CLOCK_TIME_NONE;
  const bool changed = p.frame_duration.exchange(duration) != duration;
  p.bypass = klass_of(self)->set_info && !klass_of(self)->set_info(self, &info);
  if (changed) gst_hyperlips_filter_latency_changed(self);
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
  gst_hyperlips_filter_use_event(self, event);
  gst_pad_push_event(priv(self).srcpad, event);
}

static void handle_query(GstHyperlipsFilter *self, HyperlipsPendingQuery *pending) {
  auto &p = priv(self);
  gboolean result = gst_pad_peer_query(p.srcpad, pending->query);
  if (GST_QUERY_TYPE(pending->query) == GST_QUERY_ALLOCATION && klass_of(self)->allocation &&
      klass_of(self)->allocation(self, pending->query)) {
    result = TRUE;
  }
  std::lock_guard guard(p.queue.lock);
  if (result && GST_QUERY_TYPE(pending->query) == GST_QUERY_ALLOCATION) {
    // Downstream's pool may be too small for the frames queued here: upstream creates its own.
    const guint held = gst_hyperlips_filter_capacity(self) + 1;
    for (guint i = 0; i < gst_query_get_n_allocation_pools(pending->query); ++i) {
      GstBufferPool *pool = nullptr;
      guint size, min, max;
      gst_query_parse_nth_allocation_pool(pending->query, i, &pool, &size, &min, &max);
      if (pool) gst_object_unref(pool);
      gst_query_set_nth_allocation_pool(pending->query, i, nullptr, size, min + held, 0);
    }
  }
  p.queue.answer(pending, result);
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

/// Pushes the processed frames at the front and the events between them.
static GstFlowReturn push_done(GstHyperlipsFilter *self) {
  auto &p = priv(self);
  while (true) {
    HyperlipsItem item;
    {
      std::lock_guard guard(p.queue.lock);
      if (p.queue.flushing) return GST_FLOW_FLUSHING;
      const auto last = std::ranges::find_if(
          p.queue.items, [](const HyperlipsItem &queued) { return queued.is_frame(); });
      if (last == p.queue.items.end() || !last->frame.done) return GST_FLOW_OK;
      item = p.queue.pop();
    }
    if (!item.is_frame()) {
      handle_event(self, item.event);
      continue;
    }
    const GstFlowReturn flow = gst_pad_push(p.srcpad, item.frame.buffer);
    if (flow != GST_FLOW_OK) return flow;
  }
}

static void stop_task(GstHyperlipsFilter *self, GstFlowReturn flow) {
  auto &p = priv(self);
  GST_DEBUG_OBJECT(self, "task pauses: %s", gst_flow_get_name(flow));
  bool eos;
  {
    std::lock_guard guard(p.queue.lock);
    eos = p.queue.eos;
    p.queue.flow = flow;
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
    handle_query(self, item.query);
    return;
  }
  const bool eos = GST_EVENT_TYPE(item.event) == GST_EVENT_EOS;
  handle_event(self, item.event);
  if (!eos) return;
  if (klass_of(self)->on_eos) klass_of(self)->on_eos(self);
  if (klass_of(self)->reset) klass_of(self)->reset(self);
  guard.lock();
  // Another stream, with its own EOS, may already be queued behind this one.
  if (!p.queue.eos || !p.queue.items.empty() || p.queue.flushing) return;
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

/// Waits until some frames are ready and returns their number; 0 if the front of the queue is an
/// event, a query or a processed frame, or while flushing.
static guint wait_for_frames(GstHyperlipsFilter *self, HyperlipsQueue::Lock &guard,
                             std::vector<HyperlipsFrame *> &frames) {
  auto &p = priv(self);
  while (!p.queue.flushing) {
    if (p.queue.items.empty()) {
      p.queue.wait(guard);
      continue;
    }
    if (!p.queue.items.front().is_frame()) return 0;
    const bool drain = collect_frames(self, frames);
    if (frames[0]->done) return 0;
    GstClock *clock = nullptr;
    GstClockTime deadline = GST_CLOCK_TIME_NONE;
    const bool timed = deadline_of(self, *frames[0], &clock, &deadline);
    const bool deadline_passed = timed && gst_clock_get_time(clock) >= deadline;
    const guint count = klass_of(self)->ready(self, frames, drain, deadline_passed);
    if (count == 0 && timed && !deadline_passed) {
      p.queue.wait(guard, clock, deadline);
    } else if (count == 0) {
      p.queue.wait(guard);
    }
    if (clock) gst_object_unref(clock);
    if (count > 0) return count;
  }
  return 0;
}

/// One iteration of the task: an event, a query, or all frames that are ready.
static GstFlowReturn step(GstHyperlipsFilter *self) {
  auto &p = priv(self);
  std::vector<HyperlipsFrame *> frames;
  HyperlipsQueue::Lock guard(p.queue.lock);
  const guint count = wait_for_frames(self, guard, frames);
  if (p.queue.flushing) return GST_FLOW_FLUSHING;
  if (count == 0 && !p.queue.items.front().is_frame()) {
    take_item(self, guard);
    return GST_FLOW_OK;
  }
  guard.unlock();
  if (count > 0) {
    const GstFlowReturn flow = klass_of(self)->process(self, frames, count);
    if (flow != GST_FLOW_OK) {
      p.failed = true;
      return flow;
    }
    guard.lock();
    for (guint i = 0; i < count; ++i) frames[i]->done = true;
    guard.unlock();
  }
  return push_done(self);
}

void gst_hyperlips_filter_loop(gpointer data) {
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
