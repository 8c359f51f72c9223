// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsfilter.h"

#include <algorithm>
#include <new>

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

static void set_flushing(GstHyperlipsFilter *self, bool flushing) {
  auto &queue = priv(self).queue;
  std::lock_guard guard(queue.lock);
  queue.set_flushing(flushing);
}

/// Only while the task is not running. Sticky events outlive a flush, even those that the task has
/// not handled yet.
static void reset_stream(GstHyperlipsFilter *self, bool keep_sticky) {
  auto &p = priv(self);
  std::vector<GstEvent *> sticky;
  {
    std::lock_guard guard(p.queue.lock);
    sticky = p.queue.clear();
  }
  for (GstEvent *event : sticky) {
    if (keep_sticky) {
      gst_hyperlips_filter_use_event(self, event);
      gst_pad_store_sticky_event(p.srcpad, event);
    }
    gst_event_unref(event);
  }
  p.earliest = GST_CLOCK_TIME_NONE;
  p.failed = false;
  if (klass_of(self)->reset) klass_of(self)->reset(self);
}

static GstClockTime processing_time(GstHyperlipsFilter *self) {
  const GstClockTime chosen = priv(self).latency;
  return chosen == kAutoLatency ? klass_of(self)->processing_time(self) : chosen;
}

/// The queue of a live pipeline must hold all frames that its latency covers.
guint gst_hyperlips_filter_capacity(GstHyperlipsFilter *self) {
  const auto &p = priv(self);
  const guint base = klass_of(self)->capacity(self);
  if (!p.live) return base;
  const GstClockTime frame = gst_hyperlips_filter_frame_duration(self);
  return base + guint((p.wait_time + processing_time(self) + frame - 1) / frame);
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
    max += gst_hyperlips_filter_capacity(self) * gst_hyperlips_filter_frame_duration(self);
  }
  p.queue.wake();
  guard.unlock();
  gst_query_set_latency(query, live, min, max);
}

static void ask_live(GstHyperlipsFilter *self) {
  auto &p = priv(self);
  p.live_asked = true;
  GstQuery *query = gst_query_new_latency();
  if (gst_pad_peer_query(p.sinkpad, query)) add_latency(self, query);
  gst_query_unref(query);
}

static GstFlowReturn gst_hyperlips_filter_chain(GstPad *, GstObject *parent, GstBuffer *buffer) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  auto &p = priv(self);
  if (!p.live_asked) ask_live(self);

  HyperlipsItem item;
  HyperlipsFrame &frame = item.frame;
  frame.buffer = buffer;
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  if (p.segment.format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID(pts)) {
    frame.running_time = gst_segment_to_running_time(&p.segment, GST_FORMAT_TIME, pts);
    frame.media_time_scale = p.segment.rate;
  }
  frame.skip = frame.media_time() < 0;

  HyperlipsQueue::Lock guard(p.queue.lock);
  while (!p.queue.flushing && p.queue.flow == GST_FLOW_OK &&
         p.queue.frames >= gst_hyperlips_filter_capacity(self)) {
    p.queue.wait(guard);
  }
  const GstFlowReturn flow = p.queue.eos ? GST_FLOW_EOS : p.queue.flow;
  if (flow != GST_FLOW_OK) {
    guard.unlock();
    gst_buffer_unref(buffer);
    return flow;
  }
  p.queue.push(std::move(item));
  return GST_FLOW_OK;
}

static gboolean queue_event(GstHyperlipsFilter *self, GstEvent *event) {
  auto &p = priv(self);
  const auto type = GST_EVENT_TYPE(event);
  HyperlipsQueue::Lock guard(p.queue.lock);
  const bool restarts = type == GST_EVENT_STREAM_START || type == GST_EVENT_SEGMENT;
  if (restarts && (p.queue.eos || p.queue.flow == GST_FLOW_EOS)) {
    if (p.queue.flow == GST_FLOW_EOS) {
      // Frames that downstream refused after its EOS belong to the old stream.
      p.queue.clear_frames();
      p.queue.flow = GST_FLOW_OK;
      gst_pad_start_task(p.srcpad, gst_hyperlips_filter_loop, self, nullptr);
    }
    p.queue.eos = false;
  }
  // Sticky events are kept for a downstream element that is linked later.
  const bool refused =
      p.queue.flushing || p.queue.eos ||
      (p.queue.flow != GST_FLOW_OK && (!GST_EVENT_IS_STICKY(event) || type == GST_EVENT_EOS));
  if (refused) {
    const GstFlowReturn flow = p.queue.eos ? GST_FLOW_EOS : p.queue.flow;
    const bool posted = p.failed;
    guard.unlock();
    gst_event_unref(event);
    // The last frame failed, and no further buffer will return the error upstream.
    if (type == GST_EVENT_EOS && !posted && (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS)) {
      GST_ELEMENT_FLOW_ERROR(self, flow);
    }
    return FALSE;
  }
  if (type == GST_EVENT_EOS) p.queue.eos = true;
  HyperlipsItem item;
  item.event = event;
  p.queue.push(std::move(item));
  return TRUE;
}

static gboolean gst_hyperlips_filter_sink_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  auto &p = priv(self);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START:
      // First here: downstream unblocks the task, which must not answer another query.
      set_flushing(self, true);
      gst_pad_push_event(p.srcpad, event);
      gst_pad_pause_task(p.srcpad);
      return TRUE;
    case GST_EVENT_FLUSH_STOP:
      reset_stream(self, true);
      gst_segment_init(&p.segment, GST_FORMAT_UNDEFINED);
      gst_pad_push_event(p.srcpad, event);
      set_flushing(self, false);
      gst_pad_start_task(p.srcpad, gst_hyperlips_filter_loop, self, nullptr);
      return TRUE;
    case GST_EVENT_STREAM_START:
      p.live_asked = false;
      break;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event, &p.segment);
      break;
    default:
      break;
  }
  if (GST_EVENT_IS_SERIALIZED(event)) return queue_event(self, event);
  return gst_pad_event_default(pad, parent, event);
}

static gboolean gst_hyperlips_filter_sink_query(GstPad *pad, GstObject *parent, GstQuery *query) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  auto &p = priv(self);
  if (!GST_QUERY_IS_SERIALIZED(query)) return gst_pad_query_default(pad, parent, query);
  HyperlipsQueue::Lock guard(p.queue.lock);
  if (p.queue.flow != GST_FLOW_OK || p.queue.eos) return FALSE;
  return p.queue.ask(guard, query);
}

static gboolean gst_hyperlips_filter_sink_activate_mode(GstPad *, GstObject *parent,
                                                        GstPadMode mode, gboolean active) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  set_flushing(self, !active);
  if (!active) return TRUE;
  gst_segment_init(&priv(self).segment, GST_FORMAT_UNDEFINED);
  priv(self).live_asked = false;
  return TRUE;
}

// ---------------------------------------------------------------------------------------------
// Source pad

static gboolean gst_hyperlips_filter_src_activate_mode(GstPad *pad, GstObject *parent,
                                                       GstPadMode mode, gboolean active) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  if (active) {
    set_flushing(self, false);
    return gst_pad_start_task(pad, gst_hyperlips_filter_loop, self, nullptr);
  }
  set_flushing(self, true);
  const gboolean stopped = gst_pad_stop_task(pad);
  reset_stream(self, false);
  return stopped;
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

static gboolean gst_hyperlips_filter_src_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  auto &p = priv(self);
  if (GST_EVENT_TYPE(event) == GST_EVENT_QOS) {
    GstClockTimeDiff diff;
    GstClockTime timestamp;
    gst_event_parse_qos(event, nullptr, nullptr, &diff, &timestamp);
    if (GST_CLOCK_TIME_IS_VALID(timestamp)) {
      const GstClockTime duration = p.frame_duration;
      // As GstVideoDecoder does: skip twice the delay, so that the sink can catch up.
      if (diff > 0) {
        p.earliest =
            timestamp + 2 * GstClockTime(diff) + (GST_CLOCK_TIME_IS_VALID(duration) ? duration : 0);
      } else {
        p.earliest = GstClockTime(std::max<gint64>(gint64(timestamp) + diff, 0));
      }
    }
  }
  if (GST_EVENT_TYPE(event) == GST_EVENT_RECONFIGURE) {
    std::lock_guard guard(p.queue.lock);
    // Downstream was probably linked.
    if (p.queue.flow == GST_FLOW_NOT_LINKED) {
      p.queue.flow = GST_FLOW_OK;
      gst_pad_start_task(pad, gst_hyperlips_filter_loop, self, nullptr);
    }
  }
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEEK) {
    gst_event_parse_seek(event, nullptr, nullptr, &flags, nullptr, nullptr, nullptr, nullptr);
  }
  if (flags & GST_SEEK_FLAG_FLUSH) p.seeking = true;
  if (klass_of(self)->upstream_event) klass_of(self)->upstream_event(self, event);
  const gboolean handled = gst_pad_event_default(pad, parent, event);
  if (flags & GST_SEEK_FLAG_FLUSH) p.seeking = false;
  return handled;
}

static gboolean gst_hyperlips_filter_src_query(GstPad *pad, GstObject *parent, GstQuery *query) {
  auto *self = GST_HYPERLIPS_FILTER(parent);
  auto &p = priv(self);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  if (!gst_pad_peer_query(p.sinkpad, query)) return FALSE;
  add_latency(self, query);
  return TRUE;
}

// ---------------------------------------------------------------------------------------------
// For subclasses

static GstClockTime no_time(GstHyperlipsFilter *) { return 0; }

GstClockTime gst_hyperlips_filter_frame_duration(GstHyperlipsFilter *self) {
  const GstClockTime duration = priv(self).frame_duration;
  return GST_CLOCK_TIME_IS_VALID(duration) ? duration : 40 * GST_MSECOND;
}

bool gst_hyperlips_filter_is_live(GstHyperlipsFilter *self) { return priv(self).live; }
bool gst_hyperlips_filter_is_seeking(GstHyperlipsFilter *self) { return priv(self).seeking; }
void gst_hyperlips_filter_lock(GstHyperlipsFilter *self) { priv(self).queue.lock.lock(); }
void gst_hyperlips_filter_unlock(GstHyperlipsFilter *self) { priv(self).queue.lock.unlock(); }
void gst_hyperlips_filter_wake(GstHyperlipsFilter *self) { priv(self).queue.wake(); }

bool gst_hyperlips_filter_is_over(GstHyperlipsFilter *self) {
  const auto &queue = priv(self).queue;
  const bool refused = queue.flow != GST_FLOW_OK && queue.flow != GST_FLOW_FLUSHING;
  return refused || (queue.eos && queue.frames == 0);
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

void gst_hyperlips_filter_wait(GstHyperlipsFilter *self) {
  auto &queue = priv(self).queue;
  HyperlipsQueue::Lock guard(queue.lock, std::adopt_lock);
  queue.wait(guard);
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

static GstStateChangeReturn gst_hyperlips_filter_change_state(GstElement *element,
                                                              GstStateChange transition) {
  const auto result =
      GST_ELEMENT_CLASS(gst_hyperlips_filter_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) {
    // From now on the clock limits how long a frame may wait.
    auto &queue = priv(GST_HYPERLIPS_FILTER(element)).queue;
    std::lock_guard guard(queue.lock);
    queue.wake();
  }
  return result;
}

static void add_pads(GstHyperlipsFilter *self) {
  auto &p = priv(self);
  auto *element_class = GST_ELEMENT_GET_CLASS(self);
  p.sinkpad =
      gst_pad_new_from_template(gst_element_class_get_pad_template(element_class, "sink"), "sink");
  gst_pad_set_chain_function(p.sinkpad, gst_hyperlips_filter_chain);
  gst_pad_set_event_function(p.sinkpad, gst_hyperlips_filter_sink_event);
  gst_pad_set_query_function(p.sinkpad, gst_hyperlips_filter_sink_query);
  gst_pad_set_activatemode_function(p.sinkpad, gst_hyperlips_filter_sink_activate_mode);
  gst_pad_set_iterate_internal_links_function(p.sinkpad,
                                              gst_hyperlips_filter_iterate_internal_links);
  GST_PAD_SET_PROXY_CAPS(p.sinkpad);
  gst_element_add_pad(GST_ELEMENT(self), p.sinkpad);

  p.srcpad =
      gst_pad_new_from_template(gst_element_class_get_pad_template(element_class, "src"), "src");
  gst_pad_set_event_function(p.srcpad, gst_hyperlips_filter_src_event);
  gst_pad_set_query_function(p.srcpad, gst_hyperlips_filter_src_query);
  gst_pad_set_activatemode_function(p.srcpad, gst_hyperlips_filter_src_activate_mode);
  gst_pad_set_iterate_internal_links_function(p.srcpad,
                                              gst_hyperlips_filter_iterate_internal_links);
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
   * Pass frames unprocessed while the sink reports that they arrive late. Dropping is left to the
   * sink.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_QOS,
      g_param_spec_boolean("qos", "QoS",
                           "Pass frames unprocessed while the sink reports that they arrive late",
                           kDefaultQos, playing));
  /**
   * GstHyperlipsFilter:latency:
   *
   * Processing time per frame that is reported in live pipelines, in nanoseconds, in addition to
   * look-ahead and batching. The maximum value means that the element estimates it.
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
