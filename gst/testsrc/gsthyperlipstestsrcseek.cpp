// SPDX-License-Identifier: LGPL-2.1-or-later
// A seek moves both streams, whichever pad it comes to. GstBaseSrc seeks one stream and continues
// it; so that the two have one segment, with one base, they are held until both have sought.
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
  bool flushes() const { return flags & GST_SEEK_FLAG_FLUSH; }
};

/// The seek in time; null where it cannot be converted. Takes the event over.
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

/// The segment at the present position.
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

/// Sets the segment of both streams.
bool apply(GstEvent *event, TestSrcState &state) {
  const Seek seek(event);
  GstSegment segment = current_segment(state);
  if (!gst_segment_do_seek(&segment, seek.rate, seek.format, seek.flags, seek.start_type,
                           guint64(seek.start), seek.stop_type, guint64(seek.stop), nullptr)) {
    return false;
  }
  if (segment.rate < 0 && !GST_CLOCK_TIME_IS_VALID(segment.stop)) {
    // Reverse playback begins at the end.
    segment.stop = segment.position = segment.duration;
    if (!GST_CLOCK_TIME_IS_VALID(segment.stop)) return false;
  }
  state.segment = segment;
  state.seek_seqnum = gst_event_get_seqnum(event);
  return true;
}

/// Takes the event over.
void send_to_streams(GstHyperlipsTestSrc *self, GstEvent *event) {
  for (GstElement *stream : self->priv->streams) {
    gst_element_send_event(stream, gst_event_ref(event));
  }
  gst_event_unref(event);
}

void set_held(Lock &state, bool held) {
  state->held = held;
  state.interrupt_all();
}

/// By one thread at a time. Takes the event over.
bool perform(GstHyperlipsTestSrc *self, GstEvent *event) {
  {
    Lock state = self->priv->shared->lock();
    set_held(state, true);
    // For as long as a frame is drawn.
    while (state->streams[kVideoStream].busy || state->streams[kAudioStream].busy) state.wait();
    if (!state->streaming || !apply(event, *state)) {
      set_held(state, false);
      gst_event_unref(event);
      return false;
    }
    if (Seek(event).flushes()) state->clock_offset.reset();
    state->failed = false;
  }
  send_to_streams(self, event);
  Lock state = self->priv->shared->lock();
  set_held(state, false);
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
  const bool performed = perform(self, event);
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
    perform(self, event);
  }
}

void gst_hyperlips_test_src_start_segment(GstHyperlipsTestSrc *self) {
  GstEvent *seek;
  {
    Lock state = self->priv->shared->lock();
    gst_segment_init(&state->segment, GST_FORMAT_TIME);
    for (TestSrcStream &stream : state->streams) stream.position = 0;
    state->seek_seqnum = GST_SEQNUM_INVALID;
    state->streaming = true;
    seek = std::exchange(state->pending_seek, nullptr);
    if (seek && !apply(seek, *state)) gst_clear_event(&seek);
  }
  // GstBaseSrc keeps it until its pad is activated.
  if (seek) send_to_streams(self, seek);
}
