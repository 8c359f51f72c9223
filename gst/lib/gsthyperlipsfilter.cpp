// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsfilter.h"

#include <algorithm>
#include <memory>
#include <new>

#include "gsthyperlipserror.h"
#include "gsthyperlipsfilterprivate.h"

GST_DEBUG_CATEGORY(hyperlips_filter_debug);
#define GST_CAT_DEFAULT hyperlips_filter_debug

enum { PROP_0, PROP_QOS, PROP_LATENCY };

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(GstHyperlipsFilter, gst_hyperlips_filter, GST_TYPE_ELEMENT)

GstHyperlipsFilterPrivate &gst_hyperlips_filter_private(GstHyperlipsFilter *self) {
  return *static_cast<GstHyperlipsFilterPrivate *>(gst_hyperlips_filter_get_instance_private(self));
}

// The struct of a derivable type has no member for the private data.
static GstHyperlipsFilterPrivate &priv(GstHyperlipsFilter *self) {
  return gst_hyperlips_filter_private(self);
}

static GstHyperlipsFilterClass *klass_of(GstHyperlipsFilter *self) {
  return GST_HYPERLIPS_FILTER_GET_CLASS(self);
}

// ---------------------------------------------------------------------------------------------
// Queue

/// Changes a flag of the queue, and starts the task if it may run now.
static gboolean update_queue(GstHyperlipsFilter *self, bool (HyperlipsQueue::*set)(bool), bool on) {
  auto &queue = priv(self).queue;
  std::lock_guard guard(queue.lock);
  return !(queue.*set)(on) || gst_hyperlips_filter_start_task(self);
}

/// Sticky events outlive a flush, even those that the task has not handled yet.
static void drop_stream(GstHyperlipsFilter *self, bool keep_sticky) {
  auto &p = priv(self);
  // Not while the task runs, nor while a flush and a stop do this at the same time.
  GST_PAD_STREAM_LOCK(p.srcpad);
  const std::unique_ptr<GstPad, void (*)(GstPad *)> unlock(
      p.srcpad, [](GstPad *pad) { GST_PAD_STREAM_UNLOCK(pad); });
  std::vector<GstEvent *> sticky;
  {
    std::lock_guard guard(p.queue.lock);
    sticky = p.queue.clear();
    p.earliest = GST_CLOCK_TIME_NONE;
    p.proportion = 1;
  }
  for (GstEvent *event : sticky) {
    if (keep_sticky) {
      gst_hyperlips_filter_use_event(self, event);
      gst_pad_store_sticky_event(p.srcpad, event);
    }
    gst_event_unref(event);
  }
  p.failed = false;
  p.processed = p.degraded = 0;
  if (klass_of(self)->reset) klass_of(self)->reset(self);
}

static bool reset_stream(GstHyperlipsFilter *self, bool keep_sticky) {
  return gst_hyperlips_guard(GST_ELEMENT(self), false, [&] {
    drop_stream(self, keep_sticky);
    return true;
  });
}

static GstClockTime processing_time(GstHyperlipsFilter *self) {
  const GstClockTime chosen = priv(self).latency;
  if (chosen == kAutoLatency) return klass_of(self)->processing_time(self);
  return std::min(chosen, kLongestLatency);
}

/// Time for which frames of a live stream stay here.
static GstClockTime covered_time(GstHyperlipsFilter *self) {
  const auto &p = priv(self);
  return p.live ? p.wait_time + processing_time(self) : 0;
}

guint gst_hyperlips_filter_held_frames(GstHyperlipsFilter *self) {
  const GstClockTime frame = gst_hyperlips_filter_frame_duration(self);
  return klass_of(self)->capacity(self) + guint((covered_time(self) + frame - 1) / frame);
}

/// With the lock held: whether another frame must wait. A live stream may be of any frame rate, so
/// frames that its latency covers are found by their times.
static bool is_full(GstHyperlipsFilter *self, const HyperlipsFrame &next) {
  const auto &queue = priv(self).queue;
  if (klass_of(self)->is_full) return klass_of(self)->is_full(self, queue.items);
  const guint room = klass_of(self)->capacity(self);
  if (queue.frames < room) return false;
  const GstClockTime covered = covered_time(self);
  // Times may be missing or stand still.
  if (!GST_CLOCK_TIME_IS_VALID(next.running_time) ||
      queue.frames >= room + covered / kShortestFrame) {
    return true;
  }
  const auto counts = [&](const HyperlipsItem &item) {
    return item.is_frame() && (!GST_CLOCK_TIME_IS_VALID(item.frame.running_time) ||
                               item.frame.running_time + covered <= next.running_time);
  };
  return std::ranges::count_if(queue.items, counts) >= room;
}

// ---------------------------------------------------------------------------------------------
// Sink pad

/// Adds this element's latency to upstream's answer, and stores the result.
static void add_latency(GstHyperlipsFilter *self, GstQuery *query) {
  auto &p = priv(self);
  gboolean live;
  GstClockTime min, max;
  gst_query_parse_latency(query, &live, &min, &max);
  const GstClockTime video_min = min;
  if (klass_of(self)->input_latency) klass_of(self)->input_latency(self, &live, &min, &max);
  HyperlipsQueue::Lock guard(p.queue.lock);
  p.live = live;
  min += klass_of(self)->lookahead_time(self);
  p.min_latency = min;
  p.wait_time = min - video_min;
  min += processing_time(self);
  if (GST_CLOCK_TIME_IS_VALID(max)) {
    const GstClockTime frame = p.frame_duration;
    max += covered_time(self);
    if (GST_CLOCK_TIME_IS_VALID(frame)) max += klass_of(self)->capacity(self) * frame;
  }
  p.queue.wake();
  guard.unlock();
  GST_DEBUG_OBJECT(self, "live %d, latency %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT, live,
                   GST_TIME_ARGS(min), GST_TIME_ARGS(max));
  gst_query_set_latency(query, live, min, max);
}

static void ask_live(GstHyperlipsFilter *self) {
  auto &p = priv(self);
  p.live_asked = true;
  GstQuery *query = gst_query_new_latency();
  if (gst_pad_peer_query(p.sinkpad, query)) add_latency(self, query);
  gst_query_unref(query);
}

/// Takes the buffer if it returns GST_FLOW_OK.
static GstFlowReturn queue_buffer(GstHyperlipsFilter *self, GstBuffer *buffer) {
  auto &p = priv(self);
  if (!p.live_asked) ask_live(self);

  HyperlipsItem item;
  HyperlipsFrame &frame = item.frame;
  frame.buffer = buffer;
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  if (p.segment.format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID(pts)) {
    frame.running_time = gst_segment_to_running_time(&p.segment, GST_FORMAT_TIME, pts);
    frame.stream_time = gst_segment_to_stream_time(&p.segment, GST_FORMAT_TIME, pts);
    frame.rate = p.segment.rate;
  }
  frame.skip = !GST_CLOCK_TIME_IS_VALID(frame.running_time) || frame.rate <= 0;
  GST_LOG_OBJECT(self, "queueing %" GST_PTR_FORMAT ", running time %" GST_TIME_FORMAT "%s", buffer,
                 GST_TIME_ARGS(frame.running_time), frame.skip ? ", passes unprocessed" : "");

  HyperlipsQueue::Lock guard(p.queue.lock);
  while (p.queue.refusal() == GST_FLOW_OK && is_full(self, frame)) {
    GST_LOG_OBJECT(self, "full: %u frames", p.queue.frames);
    p.queue.wait(guard);
  }
  const GstFlowReturn flow = p.queue.refusal();
  if (flow == GST_FLOW_OK) p.queue.push(std::move(item));
  return flow;
}

static GstFlowReturn gst_hyperlips_filter_chain(GstPad *, GstObject *parent, GstBuffer *buffer) {
  const GstFlowReturn flow = gst_hyperlips_guard(GST_ELEMENT(parent), GST_FLOW_ERROR, [&] {
    return queue_buffer(GST_HYPERLIPS_FILTER(parent), buffer);
  });
  if (flow == GST_FLOW_OK) return flow;
  GST_DEBUG_OBJECT(parent, "refusing a frame: %s", gst_flow_get_name(flow));
  gst_buffer_unref(buffer);
  return flow;
}

/// Takes the event if it returns GST_FLOW_OK.
static GstFlowReturn queue_event(GstHyperlipsFilter *self, GstEvent *event) {
  auto &p = priv(self);
  const auto type = GST_EVENT_TYPE(event);
  HyperlipsQueue::Lock guard(p.queue.lock);
  if (type == GST_EVENT_STREAM_START || type == GST_EVENT_SEGMENT) {
    p.queue.eos = p.queue.unexpected = false;
    if (p.queue.flow == GST_FLOW_EOS) {
      p.queue.flow = GST_FLOW_OK;
      gst_hyperlips_filter_start_task(self);
    }
  }
  if (p.queue.eos) return GST_FLOW_EOS;
  if (p.queue.flushing()) return GST_FLOW_FLUSHING;
  const GstFlowReturn flow = p.queue.flow;
  // Sticky events are kept for a downstream element that is linked later.
  if (flow != GST_FLOW_OK && (!GST_EVENT_IS_STICKY(event) || type == GST_EVENT_EOS)) {
    guard.unlock();
    // The last frame failed, and no further buffer will return the error upstream.
    if (type == GST_EVENT_EOS && !p.failed &&
        (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS)) {
      GST_ELEMENT_FLOW_ERROR(self, flow);
    }
    return flow;
  }
  HyperlipsItem item;
  item.event = event;
  p.queue.push(std::move(item));
  if (type == GST_EVENT_EOS) p.queue.eos = true;
  return GST_FLOW_OK;
}

static gboolean flush_start(GstHyperlipsFilter *self, GstEvent *event) {
  auto &p = priv(self);
  // First here: downstream unblocks the task, which must not answer another query.
  update_queue(self, &HyperlipsQueue::set_sink_flushing, true);
  const gboolean pushed = gst_pad_push_event(p.srcpad, event);
  gst_pad_pause_task(p.srcpad);
  return pushed;
}

static gboolean flush_stop(GstHyperlipsFilter *self, GstEvent *event) {
  auto &p = priv(self);
  // Nothing new if FLUSH_START came before.
  update_queue(self, &HyperlipsQueue::set_sink_flushing, true);
  gst_pad_pause_task(p.srcpad);
  const bool reset = reset_stream(self, true);
  gst_segment_init(&p.segment, GST_FORMAT_UNDEFINED);
  const gboolean pushed = gst_pad_push_event(p.srcpad, event);
  update_queue(self, &HyperlipsQueue::set_sink_flushing, false);
  return pushed && reset;
}

static GstFlowReturn gst_hyperlips_filter_sink_event(GstPad *pad, GstObject *parent,
                                                     GstEvent *event) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  auto &p = priv(self);
  GST_LOG_OBJECT(pad, "%" GST_PTR_FORMAT, event);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START:
      return flush_start(self, event) ? GST_FLOW_OK : GST_FLOW_ERROR;
    case GST_EVENT_FLUSH_STOP:
      return flush_stop(self, event) ? GST_FLOW_OK : GST_FLOW_ERROR;
    case GST_EVENT_STREAM_START:
      p.live_asked = false;
      break;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event, &p.segment);
      break;
    default:
      break;
  }
  if (!GST_EVENT_IS_SERIALIZED(event)) {
    return gst_pad_event_default(pad, parent, event) ? GST_FLOW_OK : GST_FLOW_ERROR;
  }
  const GstFlowReturn flow = gst_hyperlips_guard(GST_ELEMENT(self), GST_FLOW_ERROR,
                                                 [&] { return queue_event(self, event); });
  if (flow == GST_FLOW_OK) return flow;
  GST_DEBUG_OBJECT(pad, "refusing an event: %s", gst_flow_get_name(flow));
  gst_event_unref(event);
  return flow;
}

static gboolean gst_hyperlips_filter_sink_query(GstPad *pad, GstObject *parent, GstQuery *query) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  auto &p = priv(self);
  if (!GST_QUERY_IS_SERIALIZED(query)) {
    const auto answer = klass_of(self)->sink_query;
    return (answer && answer(self, pad, query)) || gst_pad_query_default(pad, parent, query);
  }
  GST_LOG_OBJECT(pad, "queueing %" GST_PTR_FORMAT, query);
  return gst_hyperlips_guard(GST_ELEMENT(self), gboolean(FALSE), [&] {
    HyperlipsQueue::Lock guard(p.queue.lock);
    return p.queue.refusal() == GST_FLOW_OK && p.queue.ask(guard, query);
  });
}

static gboolean gst_hyperlips_filter_sink_activate_mode(GstPad *pad, GstObject *parent,
                                                        GstPadMode mode, gboolean active) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  const gboolean updated = update_queue(self, &HyperlipsQueue::set_sink_flushing, !active);
  if (active) return updated;
  // Not while the pad's thread still uses them. While the pad becomes active, a flush may come.
  GST_PAD_STREAM_LOCK(pad);
  gst_segment_init(&priv(self).segment, GST_FORMAT_UNDEFINED);
  priv(self).live_asked = false;
  GST_PAD_STREAM_UNLOCK(pad);
  return updated;
}

// ---------------------------------------------------------------------------------------------
// Source pad

static gboolean gst_hyperlips_filter_src_activate_mode(GstPad *pad, GstObject *parent,
                                                       GstPadMode mode, gboolean active) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  const gboolean changed = update_queue(self, &HyperlipsQueue::set_source_active, active);
  if (active) return changed;
  const gboolean stopped = gst_pad_stop_task(pad);
  const bool reset = reset_stream(self, false);
  return stopped && reset;
}

/// Links the two video pads only; a further sink pad has other caps.
static GstIterator *gst_hyperlips_filter_iterate_internal_links(GstPad *pad, GstObject *parent) {
  auto &p = priv(GST_HYPERLIPS_FILTER(parent));
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_PAD);
  g_value_set_object(&value, pad == p.sinkpad ? p.srcpad : p.sinkpad);
  GstIterator *iterator = gst_iterator_new_single(GST_TYPE_PAD, &value);
  g_value_unset(&value);
  return iterator;
}

static void use_qos(GstHyperlipsFilter *self, GstEvent *event) {
  auto &p = priv(self);
  gdouble proportion;
  GstClockTimeDiff diff;
  GstClockTime timestamp;
  gst_event_parse_qos(event, nullptr, &proportion, &diff, &timestamp);
  if (!GST_CLOCK_TIME_IS_VALID(timestamp)) return;
  const GstClockTime duration = p.frame_duration;
  std::lock_guard guard(p.queue.lock);
  p.proportion = proportion;
  // As GstVideoDecoder does: skip twice the delay, so that the sink can catch up.
  if (diff > 0) {
    p.earliest =
        timestamp + 2 * GstClockTime(diff) + (GST_CLOCK_TIME_IS_VALID(duration) ? duration : 0);
  } else {
    p.earliest = GstClockTime(std::max<gint64>(gint64(timestamp) + diff, 0));
  }
  GST_LOG_OBJECT(self, "frames up to %" GST_TIME_FORMAT " are late", GST_TIME_ARGS(p.earliest));
}

/// Downstream was probably linked.
static void restart_linked(GstHyperlipsFilter *self) {
  auto &p = priv(self);
  std::lock_guard guard(p.queue.lock);
  p.relinked = true;
  if (p.queue.flow != GST_FLOW_NOT_LINKED) return;
  p.queue.flow = GST_FLOW_OK;
  gst_hyperlips_filter_start_task(self);
}

static gboolean gst_hyperlips_filter_src_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  auto &p = priv(self);
  GST_LOG_OBJECT(pad, "%" GST_PTR_FORMAT, event);
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_QOS:
      use_qos(self, event);
      break;
    case GST_EVENT_RECONFIGURE:
      restart_linked(self);
      break;
    case GST_EVENT_SEEK:
      gst_event_parse_seek(event, nullptr, nullptr, &flags, nullptr, nullptr, nullptr, nullptr);
      break;
    default:
      break;
  }
  if (flags & GST_SEEK_FLAG_FLUSH) p.seeking = true;
  if (klass_of(self)->upstream_event) {
    gst_hyperlips_guard(GST_ELEMENT(self), false, [&] {
      klass_of(self)->upstream_event(self, event);
      return true;
    });
  }
  const gboolean handled = gst_pad_event_default(pad, parent, event);
  if (flags & GST_SEEK_FLAG_FLUSH) p.seeking = false;
  return handled;
}

static gboolean gst_hyperlips_filter_src_query(GstPad *pad, GstObject *parent, GstQuery *query) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_SCHEDULING:
      gst_query_set_scheduling(query, GST_SCHEDULING_FLAG_SEQUENTIAL, 1, -1, 0);
      gst_query_add_scheduling_mode(query, GST_PAD_MODE_PUSH);
      return TRUE;
    case GST_QUERY_LATENCY:
      if (!gst_pad_peer_query(priv(self).sinkpad, query)) return FALSE;
      return gst_hyperlips_guard(GST_ELEMENT(self), gboolean(FALSE), [&] {
        add_latency(self, query);
        return gboolean(TRUE);
      });
    default:
      return gst_pad_query_default(pad, parent, query);
  }
}

// ---------------------------------------------------------------------------------------------
// For subclasses

static GstClockTime no_time(GstHyperlipsFilter *) { return 0; }

GstClockTime gst_hyperlips_filter_frame_duration(GstHyperlipsFilter *self) {
  const GstClockTime duration = priv(self).frame_duration;
  return GST_CLOCK_TIME_IS_VALID(duration) ? duration : 40 * GST_MSECOND;
}

bool gst_hyperlips_filter_is_live(GstHyperlipsFilter *self) { return priv(self).live; }
GstClockTime gst_hyperlips_filter_min_latency(GstHyperlipsFilter *self) {
  return priv(self).min_latency;
}
bool gst_hyperlips_filter_is_seeking(GstHyperlipsFilter *self) { return priv(self).seeking; }
void gst_hyperlips_filter_lock(GstHyperlipsFilter *self) { priv(self).queue.lock.lock(); }
void gst_hyperlips_filter_unlock(GstHyperlipsFilter *self) { priv(self).queue.lock.unlock(); }
void gst_hyperlips_filter_wake(GstHyperlipsFilter *self) { priv(self).queue.wake(); }

bool gst_hyperlips_filter_is_over(GstHyperlipsFilter *self) {
  const auto &queue = priv(self).queue;
  const bool refused = queue.flow != GST_FLOW_OK && queue.flow != GST_FLOW_FLUSHING;
  return refused || queue.unexpected || (queue.eos && queue.frames == 0);
}

void gst_hyperlips_filter_wait(GstHyperlipsFilter *self) {
  auto &queue = priv(self).queue;
  HyperlipsQueue::Lock guard(queue.lock, std::adopt_lock);
  queue.wait(guard);
  guard.release();
}

void gst_hyperlips_filter_wait_until(GstHyperlipsFilter *self, GstClock *clock,
                                     GstClockTime running_time) {
  auto &queue = priv(self).queue;
  HyperlipsQueue::Lock guard(queue.lock, std::adopt_lock);
  queue.wait(guard, clock, gst_element_get_base_time(GST_ELEMENT(self)) + running_time);
  guard.release();
}

bool gst_hyperlips_filter_has_frames(GstHyperlipsFilter *self) {
  return priv(self).queue.frames > 0;
}

void gst_hyperlips_filter_latency_changed(GstHyperlipsFilter *self) {
  gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
}

// ---------------------------------------------------------------------------------------------
// GObject

static void gst_hyperlips_filter_set_property(GObject *object, guint id, const GValue *value,
                                              GParamSpec *spec) {
  auto *self = GST_HYPERLIPS_FILTER(object);
  switch (id) {
    case PROP_QOS:
      priv(self).qos = g_value_get_boolean(value);
      break;
    case PROP_LATENCY:
      priv(self).latency = g_value_get_uint64(value);
      gst_hyperlips_filter_latency_changed(self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_hyperlips_filter_get_property(GObject *object, guint id, GValue *value,
                                              GParamSpec *spec) {
  auto &p = priv(GST_HYPERLIPS_FILTER(object));
  switch (id) {
    case PROP_QOS:
      g_value_set_boolean(value, p.qos);
      break;
    case PROP_LATENCY:
      g_value_set_uint64(value, p.latency);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void set_playing(GstHyperlipsFilter *self, bool playing) {
  auto &p = priv(self);
  std::lock_guard guard(p.queue.lock);
  p.playing = playing;
  p.queue.wake();
}

static GstStateChangeReturn gst_hyperlips_filter_change_state(GstElement *element,
                                                              GstStateChange transition) {
  auto *self = GST_HYPERLIPS_FILTER(element);
  // The element's own state changes after the task has been woken, too late for its next wait.
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) set_playing(self, true);
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) set_playing(self, false);
  const auto result =
      GST_ELEMENT_CLASS(gst_hyperlips_filter_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING && result == GST_STATE_CHANGE_FAILURE) {
    set_playing(self, false);
  }
  return result;
}

static void add_pads(GstHyperlipsFilter *self) {
  auto &p = priv(self);
  auto *element_class = GST_ELEMENT_GET_CLASS(self);
  p.sinkpad =
      gst_pad_new_from_template(gst_element_class_get_pad_template(element_class, "sink"), "sink");
  gst_pad_set_chain_function(p.sinkpad, GST_DEBUG_FUNCPTR(gst_hyperlips_filter_chain));
  gst_pad_set_event_full_function(p.sinkpad, GST_DEBUG_FUNCPTR(gst_hyperlips_filter_sink_event));
  gst_pad_set_query_function(p.sinkpad, GST_DEBUG_FUNCPTR(gst_hyperlips_filter_sink_query));
  gst_pad_set_activatemode_function(p.sinkpad,
                                    GST_DEBUG_FUNCPTR(gst_hyperlips_filter_sink_activate_mode));
  gst_pad_set_iterate_internal_links_function(
      p.sinkpad, GST_DEBUG_FUNCPTR(gst_hyperlips_filter_iterate_internal_links));
  GST_PAD_SET_PROXY_CAPS(p.sinkpad);
  gst_element_add_pad(GST_ELEMENT(self), p.sinkpad);

  p.srcpad =
      gst_pad_new_from_template(gst_element_class_get_pad_template(element_class, "src"), "src");
  gst_pad_set_event_function(p.srcpad, GST_DEBUG_FUNCPTR(gst_hyperlips_filter_src_event));
  gst_pad_set_query_function(p.srcpad, GST_DEBUG_FUNCPTR(gst_hyperlips_filter_src_query));
  gst_pad_set_activatemode_function(p.srcpad,
                                    GST_DEBUG_FUNCPTR(gst_hyperlips_filter_src_activate_mode));
  gst_pad_set_iterate_internal_links_function(
      p.srcpad, GST_DEBUG_FUNCPTR(gst_hyperlips_filter_iterate_internal_links));
  GST_PAD_SET_PROXY_CAPS(p.srcpad);
  gst_element_add_pad(GST_ELEMENT(self), p.srcpad);
}

/// Adds the pads: their templates are the subclass', whose class an instance init does not see yet.
static void gst_hyperlips_filter_constructed(GObject *object) {
  G_OBJECT_CLASS(gst_hyperlips_filter_parent_class)->constructed(object);
  add_pads(GST_HYPERLIPS_FILTER(object));
}

static void gst_hyperlips_filter_finalize(GObject *object) {
  priv(GST_HYPERLIPS_FILTER(object)).~GstHyperlipsFilterPrivate();
  G_OBJECT_CLASS(gst_hyperlips_filter_parent_class)->finalize(object);
}

static void install_properties(GObjectClass *object_class) {
  const auto playing =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstHyperlipsFilter:qos:
   *
   * Degrade frames while the sink reports that they arrive late, and post a QoS message for each.
   * Dropping is left to the sink.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_QOS,
      g_param_spec_boolean("qos", "QoS",
                           "Degrade frames while the sink reports that they arrive late",
                           kDefaultQos, playing));
  /**
   * GstHyperlipsFilter:latency:
   *
   * Processing time per frame that is reported in live pipelines, in nanoseconds, in addition to
   * look-ahead and batching. The maximum value means that the element estimates it. Of other values
   * at most one hour counts.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_LATENCY,
      g_param_spec_uint64("latency", "Latency",
                          "Processing time reported in live pipelines, in nanoseconds, in addition "
                          "to look-ahead and batching (maximum value = automatic)",
                          0, G_MAXUINT64, kAutoLatency, playing));
}

static void gst_hyperlips_filter_class_init(GstHyperlipsFilterClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlips_filter_debug, "hyperlipsfilter", 0,
                          "HyperLips video filter base class");
  gst_hyperlips_face_meta_get_info();  // registers the meta, so that programs find it by name
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_hyperlips_filter_set_property;
  object_class->get_property = gst_hyperlips_filter_get_property;
  object_class->constructed = gst_hyperlips_filter_constructed;
  object_class->finalize = gst_hyperlips_filter_finalize;
  install_properties(object_class);
  klass->lookahead_time = no_time;
  klass->processing_time = no_time;
  GST_ELEMENT_CLASS(klass)->change_state = gst_hyperlips_filter_change_state;
}

static void gst_hyperlips_filter_init(GstHyperlipsFilter *self) {
  auto *p = new (gst_hyperlips_filter_get_instance_private(self)) GstHyperlipsFilterPrivate;
  gst_video_info_init(&p->info);
  gst_segment_init(&p->segment, GST_FORMAT_UNDEFINED);
}
