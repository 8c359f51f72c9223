// SPDX-License-Identifier: LGPL-2.1-or-later
// A seek moves both streams, whichever pad it comes to. A GstBaseSrc seeks one stream: both are
// stopped first, so that there is one position to seek from, and then get the same segment.
#include <algorithm>
#include <utility>

#include "gsthyperlipstestsrcprivate.h"

#define GST_CAT_DEFAULT hyperlipstestsrc_debug

namespace {

using Lock = TestSrcShared::Lock;

struct Seek {
  gdouble rate;
  GstFormat format;
  GstSeekFlags flags;
  GstSeekType start_type, stop_type;
  gint64 start, stop;

  explicit Seek(GstEvent *event) {
    gst_event_parse_seek(event, &rate, &format, &flags, &start_type, &start, &stop_type, &stop);
  }
};

/// The seek in time; null where it cannot be converted. Takes ownership of the event.
GstEvent *in_time(GstEvent *event, GstHyperlipsTestBaseSrc *stream) {
  Seek seek(event);
  if (seek.format == GST_FORMAT_TIME) return event;
  const auto to_time = [&](GstSeekType type, gint64 &value) {
    return type == GST_SEEK_TYPE_NONE || value == -1 ||
           (stream && gst_hyperlips_test_base_src_convert(stream, seek.format, value,
                                                          GST_FORMAT_TIME, &value));
  };
  GstEvent *converted = nullptr;
  if (to_time(seek.start_type, seek.start) && to_time(seek.stop_type, seek.stop)) {
    converted = gst_event_new_seek(seek.rate, GST_FORMAT_TIME, seek.flags, seek.start_type,
                                   seek.start, seek.stop_type, seek.stop);
    gst_event_set_seqnum(converted, gst_event_get_seqnum(event));
  }
  gst_event_unref(event);
  return converted;
}

/// The segment at the current position.
GstSegment current_segment(const TestSrcState &state) {
  GstSegment segment = state.segment;
  const auto &[video, audio] = state.streams;
  if (video.unlinked || audio.unlinked) {
    segment.position = video.unlinked ? audio.position : video.position;
  } else {
    segment.position = segment.rate > 0 ? std::max(video.position, audio.position)
                                        : std::min(video.position, audio.position);
  }
  const GstClockTime end = state.end_or_estimate();
  segment.duration =
      GST_CLOCK_TIME_IS_VALID(end) ? end + state.settings.timestamp_offset : GST_CLOCK_TIME_NONE;
  return segment;
}

/// Updates the segment; false where that is impossible.
bool apply(GstEvent *event, GstSegment &segment) {
  const Seek seek(event);
  if (!gst_segment_do_seek(&segment, seek.rate, seek.format, seek.flags, seek.start_type,
                           guint64(seek.start), seek.stop_type, guint64(seek.stop), nullptr)) {
    return false;
  }
  if (segment.rate > 0 || GST_CLOCK_TIME_IS_VALID(segment.stop)) return true;
  // Reverse playback begins at the end.
  segment.stop = segment.position = segment.duration;
  return GST_CLOCK_TIME_IS_VALID(segment.stop);
}

/// Makes a GstBaseSrc call do_seek() and restart. It does not flush: GstBaseSrc would push the
/// flush events with the stream lock held, and a live pipeline responds to them by taking its state
/// lock. A thread that stops the pipeline takes these locks in the opposite order.
GstEvent *restart_event(const GstSegment &segment, guint32 seqnum) {
  GstEvent *event = gst_event_new_seek(
      segment.rate, GST_FORMAT_TIME, GstSeekFlags(segment.flags & ~GST_SEGMENT_FLAG_RESET),
      GST_SEEK_TYPE_SET, gint64(segment.start), GST_SEEK_TYPE_SET, gint64(segment.stop));
  gst_event_set_seqnum(event, seqnum);
  return event;
}

/// Takes ownership of the event.
void push_to_both(const GstHyperlipsTestSrcPrivate &p, GstEvent *event, guint32 seqnum) {
  gst_event_set_seqnum(event, seqnum);
  for (GstElement *stream : p.streams) {
    gst_pad_push_event(GST_BASE_SRC_PAD(stream), gst_event_ref(event));
  }
  gst_event_unref(event);
}

/// Waits until both streams have stopped making and pushing buffers.
void stop_streams(const GstHyperlipsTestSrcPrivate &p) {
  for (GstElement *stream : p.streams) {
    gst_pad_pause_task(GST_BASE_SRC_PAD(stream));
    // It may wait for a free buffer. GstBaseSrc resets this when it restarts.
    if (GstBufferPool *pool = gst_base_src_get_buffer_pool(GST_BASE_SRC(stream))) {
      gst_buffer_pool_set_flushing(pool, TRUE);
      gst_object_unref(pool);
    }
  }
  for (GstElement *stream : p.streams) {
    GST_PAD_STREAM_LOCK(GST_BASE_SRC_PAD(stream));
    GST_PAD_STREAM_UNLOCK(GST_BASE_SRC_PAD(stream));
  }
}

void set_phase(Lock &state, TestSrcPhase phase) {
  state->phase = phase;
  state.interrupt_all();
}

/// Called by one thread at a time. No lock is held while events are pushed.
bool perform_seek(GstHyperlipsTestSrc *self, GstEvent *event) {
  auto &p = *self->priv;
  const guint32 seqnum = gst_event_get_seqnum(event);
  const bool flush = Seek(event).flags & GST_SEEK_FLAG_FLUSH;
  GstSegment segment;
  {
    Lock state = p.shared->lock();
    segment = current_segment(*state);
    if (!state->streaming || !apply(event, segment)) return false;
    state->seek_seqnum = seqnum;
    set_phase(state, TestSrcPhase::kStop);
  }
  if (flush) push_to_both(p, gst_event_new_flush_start(), seqnum);
  stop_streams(p);
  bool streaming;
  {
    Lock state = p.shared->lock();
    streaming = state->streaming;
    // The position is final only now.
    GstSegment final_segment = current_segment(*state);
    if (apply(event, final_segment)) segment = final_segment;
    if (streaming) state->segment = segment;
    if (flush) state->clock_offset.reset();
    state->failed = false;
    set_phase(state, TestSrcPhase::kWait);
  }
  if (flush && streaming) push_to_both(p, gst_event_new_flush_stop(TRUE), seqnum);
  for (GstElement *stream : p.streams) {
    if (streaming) gst_pad_send_event(GST_BASE_SRC_PAD(stream), restart_event(segment, seqnum));
  }
  Lock state = p.shared->lock();
  set_phase(state, TestSrcPhase::kStream);
  return true;
}

}  // namespace

gboolean gst_hyperlips_test_src_seek(GstHyperlipsTestSrc *self, GstHyperlipsTestBaseSrc *stream,
                                     GstEvent *event) {
  GST_DEBUG_OBJECT(self, "%" GST_PTR_FORMAT, event);
  event = in_time(event, stream);
  if (!event) return FALSE;
  const Seek seek(event);
  {
    Lock state = self->priv->shared->lock();
    const bool possible = seek.rate != 0 && !(seek.flags & GST_SEEK_FLAG_INSTANT_RATE_CHANGE) &&
                          !(state->settings.live && seek.rate < 0);
    // Each sink of a pipeline sends the same seek.
    const bool done = state->streaming && gst_event_get_seqnum(event) == state->seek_seqnum;
    if (!possible || done) {
      gst_event_unref(event);
      return possible;
    }
    if (!state->streaming || state->seeking) {
      gst_clear_event(&state->pending_seek);
      state->pending_seek = event;
      return TRUE;
    }
    state->seeking = true;
  }
  const bool performed = perform_seek(self, event);
  gst_event_unref(event);
  // Seeks that arrived meanwhile; the last one counts.
  while (true) {
    {
      Lock state = self->priv->shared->lock();
      if (!state->pending_seek || !state->streaming) {
        state->seeking = false;
        return performed;
      }
      event = std::exchange(state->pending_seek, nullptr);
    }
    perform_seek(self, event);
    gst_event_unref(event);
  }
}

void gst_hyperlips_test_src_start_segment(GstHyperlipsTestSrc *self) {
  auto &p = *self->priv;
  GstEvent *restart = nullptr;
  {
    Lock state = p.shared->lock();
    gst_segment_init(&state->segment, GST_FORMAT_TIME);
    for (TestSrcStream &stream : state->streams) stream = {};
    state->seek_seqnum = GST_SEQNUM_INVALID;
    state->streaming = true;
    GstEvent *seek = std::exchange(state->pending_seek, nullptr);
    GstSegment segment = current_segment(*state);
    if (seek && apply(seek, segment)) {
      state->segment = segment;
      state->seek_seqnum = gst_event_get_seqnum(seek);
      restart = restart_event(segment, state->seek_seqnum);
    }
    gst_clear_event(&seek);
  }
  if (!restart) return;
  // GstBaseSrc keeps it until its pad is activated.
  for (GstElement *stream : p.streams) gst_element_send_event(stream, gst_event_ref(restart));
  gst_event_unref(restart);
}
