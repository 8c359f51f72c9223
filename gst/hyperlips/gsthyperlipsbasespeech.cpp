// SPDX-License-Identifier: LGPL-2.1-or-later
// The speech of GstHyperlipsBase: pad mel, how far it may be ahead of the video, and which frame
// gets which of it.
#include <algorithm>

#include "gst/lib/gsthyperlipserror.h"
#include "gst/lib/media/gst_ptr.hpp"
#include "gsthyperlipsbaseprivate.h"
#include "gsthyperlipsutils.h"

#define GST_CAT_DEFAULT hyperlipsbase_debug

namespace {

using hyperlips::MelSpan;
using hyperlips::MelTimeline;
using hyperlips::ObjectPtr;

/// Time by which the speech of a file may be ahead of the video. The first frame may be that much
/// later than the first sound, and a hole in the video that long, where one thread reads both. A
/// second of speech takes 26 kB.
constexpr gint64 kMaxAhead = 300 * GST_SECOND;
/// The same if the video is live: the speech, for example of a file, is ahead of the clock.
constexpr gint64 kMaxLiveAhead = 10 * GST_SECOND;
/// Frames of a live pipeline may be that much later than its latency and still get speech.
constexpr gint64 kLiveBehind = 10 * GST_SECOND;
/// If that much speech is missing at a frame's deadline, it is not late but has ended.
constexpr gint64 kLateSpeech = 500 * GST_MSECOND;

/// Running time of a timestamp in a segment that is played forward, or -1.
gint64 running_time(const GstSegment &segment, GstClockTime time) {
  if (segment.format != GST_FORMAT_TIME || segment.rate <= 0 || !GST_CLOCK_TIME_IS_VALID(time))
    return -1;
  const guint64 running = gst_segment_to_running_time(&segment, GST_FORMAT_TIME, time);
  return GST_CLOCK_TIME_IS_VALID(running) ? gint64(running) : -1;
}

/// Running time of the end of a gap; in reverse playback, where its start is the end, too.
gint64 end_of_gap(const GstSegment &segment, GstEvent *event) {
  GstClockTime time, duration;
  gst_event_parse_gap(event, &time, &duration);
  if (segment.format != GST_FORMAT_TIME) return -1;
  const guint64 start = gst_segment_to_running_time(&segment, GST_FORMAT_TIME, time);
  if (!GST_CLOCK_TIME_IS_VALID(start)) return -1;
  if (segment.rate < 0 || !GST_CLOCK_TIME_IS_VALID(duration)) return gint64(start);
  return gint64(start) + gint64(double(duration) / segment.rate);
}

}  // namespace

// ---------------------------------------------------------------------------------------------
// Waits that do not end

static bool is_stalled(GstHyperlipsBase *self, hyperlips::StallWatch &watch) {
  HyperlipsFilterLock lock(GST_HYPERLIPS_FILTER(self));
  return watch.is_stalled(GST_STATE(self) != GST_STATE_PLAYING);
}

static void warn_without_speech(GstElement *element) {
  auto *self = GST_HYPERLIPS_BASE(element);
  if (!is_stalled(self, self->priv->mel_watch)) return;
  GST_ELEMENT_WARNING(
      element, STREAM, FAILED,
      ("The video waits for speech: pad mel of %s has had no data for 5 seconds.",
       GST_OBJECT_NAME(element)),
      ("Check that the source of the sound runs. If one thread feeds video and sound, add a queue "
       "before each of the two pads."));
}

static void warn_without_video(GstElement *element) {
  auto *self = GST_HYPERLIPS_BASE(element);
  if (!is_stalled(self, self->priv->video_watch)) return;
  GST_ELEMENT_WARNING(
      element, STREAM, FAILED,
      ("The speech waits for video: pad sink of %s has had no data for 5 seconds.",
       GST_OBJECT_NAME(element)),
      ("The speech is %d seconds ahead. Check that the source of the video runs. If one thread "
       "feeds video and sound, add a queue before each of the two pads.",
       int(kMaxAhead / GST_SECOND)));
}

// ---------------------------------------------------------------------------------------------
// How far the speech may be ahead

/// The pipeline's clock, or nullptr if it does not run.
static ObjectPtr<GstClock> running_clock(GstHyperlipsBase *self) {
  auto *element = GST_ELEMENT(self);
  if (GST_STATE(element) != GST_STATE_PLAYING) return nullptr;
  return ObjectPtr<GstClock>(gst_element_get_clock(element));
}

/// Running time of the pipeline's clock, or -1 if it does not run.
static gint64 clock_time(GstHyperlipsBase *self) {
  const auto clock = running_clock(self);
  if (!clock) return -1;
  const auto base = gint64(gst_element_get_base_time(GST_ELEMENT(self)));
  return std::max<gint64>(gint64(gst_clock_get_time(clock.get())) - base, 0);
}

static bool is_live_source(GstPad *pad) {
  GstQuery *query = gst_query_new_latency();
  gboolean live = FALSE;
  if (gst_pad_peer_query(pad, query)) gst_query_parse_latency(query, &live, nullptr, nullptr);
  gst_query_unref(query);
  return live;
}

/// With the filter's lock, which is released meanwhile: asks which of the inputs are live, before
/// downstream asks for the latency.
static void ask_live(GstHyperlipsBase *self) {
  auto *filter = GST_HYPERLIPS_FILTER(self);
  auto &p = *self->priv;
  gst_hyperlips_filter_unlock(filter);
  const bool mel_live = is_live_source(p.melpad);
  GstPad *sink = gst_element_get_static_pad(GST_ELEMENT(self), "sink");
  const bool video_live = is_live_source(sink);
  gst_object_unref(sink);
  gst_hyperlips_filter_lock(filter);
  p.mel_live = mel_live;
  p.video_live = video_live;
  p.live_asked = true;
  GST_DEBUG_OBJECT(self, "speech is %slive, video is %slive", mel_live ? "" : "not ",
                   video_live ? "" : "not ");
}

/// With the filter's lock: the running time that the video must reach before more speech is taken,
/// or -1 if there is room. Live speech never waits.
static gint64 awaited_by_speech(GstHyperlipsBase *self) {
  const auto &p = *self->priv;
  const gint64 end = p.timeline.end();
  if (p.mel_live || end < 0) return -1;
  const gint64 now = p.video_live ? clock_time(self) : -1;
  const gint64 wanted = end - (now >= 0 ? kMaxLiveAhead : kMaxAhead);
  const gint64 reached = std::max(now, p.video_reached >= 0 ? p.video_reached : p.timeline.start());
  return wanted > reached ? wanted : -1;
}

/// With the filter's lock: waits until there is room for more speech. False if it is to be dropped,
/// because no frame is left to lip-sync: upstream may also play it to the end.
static bool wait_for_room(GstHyperlipsBase *self) {
  auto *filter = GST_HYPERLIPS_FILTER(self);
  auto &p = *self->priv;
  const auto gone = [&] {
    return p.mel_flushing || p.mel_unlinked || gst_hyperlips_filter_is_over(filter);
  };
  while (!gone()) {
    const gint64 awaited = awaited_by_speech(self);
    if (awaited < 0) break;
    if (!p.mel_waits) {
      // A camera that did not run may not have answered before.
      if (p.video_reached < 0) ask_live(self);
      p.mel_waits = true;
      GST_DEBUG_OBJECT(
          self, "speech up to %" GST_TIME_FORMAT " waits for video at %" GST_TIME_FORMAT,
          GST_TIME_ARGS(GstClockTime(p.timeline.end())), GST_TIME_ARGS(GstClockTime(awaited)));
      gst_hyperlips_filter_wake(filter);  // the frames that are there form a batch
      continue;
    }
    const auto clock = p.video_live ? running_clock(self) : nullptr;
    if (clock) {
      gst_hyperlips_filter_wait_until(filter, clock.get(), GstClockTime(awaited));
      continue;
    }
    // Frames that are here are slow, not missing.
    if (gst_hyperlips_filter_has_frames(filter)) {
      p.video_watch.end_wait();
    } else {
      p.video_watch.wait(GST_ELEMENT(self), warn_without_video);
    }
    gst_hyperlips_filter_wait(filter);
  }
  p.mel_waits = false;
  p.video_watch.end_wait();
  return !gone();
}

/// With the filter's lock: drops speech that is too old for any frame, even if none arrives.
static void forget_old_speech(GstHyperlipsBase *self) {
  auto *filter = GST_HYPERLIPS_FILTER(self);
  auto &p = *self->priv;
  if (gst_hyperlips_filter_is_seeking(filter)) return;
  gint64 needed = -1;
  if (p.mel_live || p.video_live) {
    const gint64 now = clock_time(self);
    if (now >= 0) needed = now - gint64(gst_hyperlips_filter_min_latency(filter)) - kLiveBehind;
    if (p.mel_live) needed = std::max(needed, p.timeline.end() - kMaxAhead);
  } else if (!gst_hyperlips_filter_has_frames(filter)) {
    needed = p.video_reached;
  }
  if (needed < 0) return;
  p.timeline.forget_before(needed, gst_hyperlips_base_speech_span(self));
}

static GstFlowReturn queue_mel(GstHyperlipsBase *self, gint64 time,
                               std::span<const hyperlips::MelColumn> columns) {
  auto *filter = GST_HYPERLIPS_FILTER(self);
  auto &p = *self->priv;
  HyperlipsFilterLock lock(filter);
  p.has_speech_source = true;
  p.mel_watch.data();
  if (!p.live_asked) ask_live(self);
  const bool room = wait_for_room(self);
  if (p.mel_flushing) return GST_FLOW_FLUSHING;
  if (!room) return GST_FLOW_OK;
  GST_LOG_OBJECT(self, "%" G_GSIZE_FORMAT " columns at %" GST_TIME_FORMAT, columns.size(),
                 GST_TIME_ARGS(GstClockTime(time)));
  p.timeline.append(time, columns, p.mel_segment.rate);
  forget_old_speech(self);
  gst_hyperlips_filter_wake(filter);
  return GST_FLOW_OK;
}

// ---------------------------------------------------------------------------------------------
// Pad mel

static GstFlowReturn gst_hyperlips_base_mel_chain(GstPad *pad, GstObject *parent,
                                                  GstBuffer *buffer) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  GstMapInfo map;
  const gint64 time = running_time(self->priv->mel_segment, GST_BUFFER_PTS(buffer));
  GstFlowReturn flow = GST_FLOW_OK;
  if (time < 0) {
    GST_WARNING_OBJECT(pad, "dropping mel buffer without timestamp: %" GST_PTR_FORMAT, buffer);
  } else if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR(self, RESOURCE, READ, ("Cannot map a buffer on pad mel."), (nullptr));
    flow = GST_FLOW_ERROR;
  } else {
    flow = gst_hyperlips_guard(GST_ELEMENT(self), GST_FLOW_ERROR, [&] {
      return queue_mel(self, time,
                       std::span(reinterpret_cast<const hyperlips::MelColumn *>(map.data),
                                 map.size / sizeof(hyperlips::MelColumn)));
    });
    gst_buffer_unmap(buffer, &map);
  }
  gst_buffer_unref(buffer);
  return flow;
}

/// With the filter's lock.
static void handle_mel_event(GstHyperlipsBase *self, GstEvent *event) {
  auto &p = *self->priv;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START:
      p.mel_flushing = true;
      break;
    case GST_EVENT_FLUSH_STOP:
      p.mel_flushing = false;
      p.timeline.clear();
      gst_segment_init(&p.mel_segment, GST_FORMAT_UNDEFINED);
      break;
    case GST_EVENT_STREAM_START:
      p.has_speech_source = true;
      p.live_asked = false;
      p.timeline.resume();
      break;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event, &p.mel_segment);
      break;
    case GST_EVENT_GAP: {
      const gint64 end = end_of_gap(p.mel_segment, event);
      if (end >= 0) p.timeline.gap_until(end);
      p.mel_watch.data();
      break;
    }
    case GST_EVENT_EOS:
      p.timeline.finish();
      break;
    default:
      break;
  }
}

static gboolean gst_hyperlips_base_mel_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  GST_LOG_OBJECT(pad, "%" GST_PTR_FORMAT, event);
  {
    HyperlipsFilterLock lock(GST_HYPERLIPS_FILTER(self));
    handle_mel_event(self, event);
    gst_hyperlips_filter_wake(GST_HYPERLIPS_FILTER(self));
  }
  // Only events of the video pad are forwarded.
  gst_event_unref(event);
  return TRUE;
}

static gboolean gst_hyperlips_base_mel_query(GstPad *pad, GstObject *parent, GstQuery *query) {
  // Buffers are copied when they arrive, none is held.
  if (GST_QUERY_TYPE(query) == GST_QUERY_DRAIN) return TRUE;
  return gst_pad_query_default(pad, parent, query);
}

/// None: what the video's downstream answers is not for the speech.
static GstIterator *gst_hyperlips_base_mel_internal_links(GstPad *, GstObject *) { return nullptr; }

static GstPadLinkReturn gst_hyperlips_base_mel_link(GstPad *, GstObject *parent, GstPad *) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  HyperlipsFilterLock lock(GST_HYPERLIPS_FILTER(self));
  self->priv->mel_unlinked = false;
  self->priv->live_asked = false;
  return GST_PAD_LINK_OK;
}

/// Called with the pad's lock, which therefore must not be taken with the filter's lock held.
static void gst_hyperlips_base_mel_unlink(GstPad *, GstObject *parent) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  HyperlipsFilterLock lock(GST_HYPERLIPS_FILTER(self));
  self->priv->mel_unlinked = true;
  self->priv->timeline.finish();
  gst_hyperlips_filter_wake(GST_HYPERLIPS_FILTER(self));
}

static gboolean gst_hyperlips_base_mel_activate_mode(GstPad *pad, GstObject *parent,
                                                     GstPadMode mode, gboolean active) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  auto &p = *self->priv;
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  {
    HyperlipsFilterLock lock(GST_HYPERLIPS_FILTER(self));
    p.mel_flushing = !active;
    p.has_speech_source = p.mel_live = p.video_live = false;
    p.video_reached = -1;
    p.timeline.clear();
    p.mel_watch.stop();
    p.video_watch.stop();
    p.live_asked = false;
    gst_hyperlips_filter_wake(GST_HYPERLIPS_FILTER(self));
  }
  if (active) return TRUE;
  // As in GstHyperlipsFilter.
  GST_PAD_STREAM_LOCK(pad);
  gst_segment_init(&p.mel_segment, GST_FORMAT_UNDEFINED);
  GST_PAD_STREAM_UNLOCK(pad);
  return TRUE;
}

// ---------------------------------------------------------------------------------------------
// Pad sink

/// Notes how far the video has come, before a frame waits for room in the queue.
static GstPadProbeReturn gst_hyperlips_base_video_probe(GstPad *, GstPadProbeInfo *info,
                                                        gpointer user_data) {
  auto *self = static_cast<GstHyperlipsBase *>(user_data);
  auto &p = *self->priv;
  gint64 reached = -1;
  if (GST_IS_BUFFER(info->data)) {
    reached = running_time(p.video_segment, GST_BUFFER_PTS(GST_BUFFER(info->data)));
  } else {
    auto *event = GST_EVENT(info->data);
    if (GST_EVENT_TYPE(event) == GST_EVENT_GAP) reached = end_of_gap(p.video_segment, event);
    if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) gst_event_copy_segment(event, &p.video_segment);
    if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP)
      gst_segment_init(&p.video_segment, GST_FORMAT_UNDEFINED);
    if (GST_EVENT_TYPE(event) != GST_EVENT_FLUSH_STOP && reached < 0) return GST_PAD_PROBE_OK;
  }
  HyperlipsFilterLock lock(GST_HYPERLIPS_FILTER(self));
  p.video_reached = reached;
  p.video_watch.data();
  gst_hyperlips_filter_wake(GST_HYPERLIPS_FILTER(self));
  return GST_PAD_PROBE_OK;
}

void gst_hyperlips_base_add_inputs(GstHyperlipsBase *self, GstStaticPadTemplate *mel_template) {
  auto &p = *self->priv;
  GstPad *sink = gst_element_get_static_pad(GST_ELEMENT(self), "sink");
  gst_pad_add_probe(
      sink,
      GstPadProbeType(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                      GST_PAD_PROBE_TYPE_EVENT_FLUSH),
      gst_hyperlips_base_video_probe, self, nullptr);
  gst_object_unref(sink);
  p.melpad = gst_pad_new_from_static_template(mel_template, "mel");
  gst_pad_set_chain_function(p.melpad, GST_DEBUG_FUNCPTR(gst_hyperlips_base_mel_chain));
  gst_pad_set_event_function(p.melpad, GST_DEBUG_FUNCPTR(gst_hyperlips_base_mel_event));
  gst_pad_set_query_function(p.melpad, GST_DEBUG_FUNCPTR(gst_hyperlips_base_mel_query));
  gst_pad_set_iterate_internal_links_function(
      p.melpad, GST_DEBUG_FUNCPTR(gst_hyperlips_base_mel_internal_links));
  gst_pad_set_link_function(p.melpad, GST_DEBUG_FUNCPTR(gst_hyperlips_base_mel_link));
  gst_pad_set_unlink_function(p.melpad, GST_DEBUG_FUNCPTR(gst_hyperlips_base_mel_unlink));
  gst_pad_set_activatemode_function(p.melpad,
                                    GST_DEBUG_FUNCPTR(gst_hyperlips_base_mel_activate_mode));
  gst_element_add_pad(GST_ELEMENT(self), p.melpad);
}

// ---------------------------------------------------------------------------------------------
// Which frame gets which speech

MelSpan gst_hyperlips_base_speech_span(GstHyperlipsBase *self) {
  return self->priv->talker->speech(gst_hyperlips_filter_is_live(GST_HYPERLIPS_FILTER(self)));
}

bool gst_hyperlips_base_find_speech(GstHyperlipsBase *self, HyperlipsFrame &frame,
                                    bool deadline_passed) {
  auto &p = *self->priv;
  if (frame.analysis || frame.skip || frame.late) return true;
  auto speech = std::make_shared<HyperlipsBaseSpeech>();
  gpointer state = nullptr;
  if (gst_buffer_iterate_hyperlips_crop(frame.buffer, &state) && p.has_speech_source) {
    const MelSpan span = gst_hyperlips_base_speech_span(self);
    const auto time = gint64(frame.running_time);
    speech->window.resize(span.values());
    const auto found = p.timeline.find(time, span, speech->window, &speech->times);
    if (found == MelTimeline::Lookup::Pending && !deadline_passed) {
      GST_LOG_OBJECT(
          self, "frame at %" GST_TIME_FORMAT " waits for speech, known up to %" GST_TIME_FORMAT,
          GST_TIME_ARGS(frame.running_time),
          GST_TIME_ARGS(GstClockTime(std::max<gint64>(p.timeline.end(), 0))));
      return false;
    }
    speech->present = found == MelTimeline::Lookup::Ready;
    frame.late = found == MelTimeline::Lookup::Pending && time < p.timeline.end() + kLateSpeech;
    GST_LOG_OBJECT(self, "frame at %" GST_TIME_FORMAT ": %s", GST_TIME_ARGS(frame.running_time),
                   speech->present ? "has speech"
                   : frame.late    ? "speech is late"
                                   : "no speech");
  }
  frame.analysis = speech;
  return true;
}

void gst_hyperlips_base_wait_for_speech(GstHyperlipsBase *self, bool waits) {
  auto &p = *self->priv;
  // In a live pipeline frames have a deadline.
  if (waits && !gst_hyperlips_filter_is_live(GST_HYPERLIPS_FILTER(self))) {
    p.mel_watch.wait(GST_ELEMENT(self), warn_without_speech);
  } else {
    p.mel_watch.end_wait();
  }
}

void gst_hyperlips_base_forget_speech(GstHyperlipsBase *self, GstClockTime done) {
  auto *filter = GST_HYPERLIPS_FILTER(self);
  // During a seek the timeline may already contain speech of the new position.
  if (!GST_CLOCK_TIME_IS_VALID(done) || gst_hyperlips_filter_is_seeking(filter)) return;
  HyperlipsFilterLock lock(filter);
  self->priv->timeline.forget_before(gint64(done), gst_hyperlips_base_speech_span(self));
}

/// Drops the speech of the video that has ended. That of the next one may already be here.
void gst_hyperlips_base_on_eos(GstHyperlipsFilter *filter) {
  auto *self = GST_HYPERLIPS_BASE(filter);
  auto &p = *self->priv;
  HyperlipsFilterLock lock(filter);
  p.timeline.forget_ended();
  gst_hyperlips_filter_wake(GST_HYPERLIPS_FILTER(self));
}

/// Delays the video until the speech of a frame's whole mel window has arrived. The maximum latency
/// of the speech does not count: the timeline buffers it. (A live source of speech must only not
/// drop what its minimum says, and pad mel takes that at once.)
void gst_hyperlips_base_input_latency(GstHyperlipsFilter *filter, gboolean *live, GstClockTime *min,
                                      GstClockTime *) {
  auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  if (gst_hyperlips_pad_has_source(p.melpad)) {
    GstQuery *query = gst_query_new_latency();
    if (gst_pad_peer_query(p.melpad, query)) {
      gboolean mel_live;
      GstClockTime mel_min;
      gst_query_parse_latency(query, &mel_live, &mel_min, nullptr);
      *live = *live || mel_live;
      // The look-ahead of the first column itself is part of hyperlipsmel's latency.
      const GstClockTime ahead = GstClockTime(p.live_after - 1) * GST_SECOND / hyperlips::kMelRate;
      *min = std::max(*min, ahead + (mel_live ? mel_min : 0));
    }
    gst_query_unref(query);
    HyperlipsFilterLock lock(filter);
    p.has_speech_source = true;
  }
}

/// Forwards what also concerns the speech, before the video gets it, so that after a seek no frame
/// of the new position is matched with speech of the old one.
void gst_hyperlips_base_upstream_event(GstHyperlipsFilter *filter, GstEvent *event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_SEEK:
    case GST_EVENT_LATENCY:
    case GST_EVENT_STEP:
      GST_DEBUG_OBJECT(filter, "%s event for the speech", GST_EVENT_TYPE_NAME(event));
      gst_pad_push_event(GST_HYPERLIPS_BASE(filter)->priv->melpad, gst_event_ref(event));
      break;
    default:
      break;
  }
}
