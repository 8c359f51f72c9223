// SPDX-License-Identifier: LGPL-2.1-or-later
// Seeks move both pads at once, whichever of them the event comes to.
#include <algorithm>

#include "gsthyperlipstestsrcprivate.h"

#define GST_CAT_DEFAULT hyperlipstestsrc_debug

namespace {

struct Seek {
  gdouble rate;
  GstFormat format;
  GstSeekFlags flags;
  GstSeekType start_type, stop_type;
  gint64 start, stop;
  guint32 seqnum;
};

Seek read_seek(GstEvent *event) {
  Seek seek;
  gst_event_parse_seek(event, &seek.rate, &seek.format, &seek.flags, &seek.start_type, &seek.start,
                       &seek.stop_type, &seek.stop);
  seek.seqnum = gst_event_get_seqnum(event);
  return seek;
}

/// Frames or samples become times.
bool to_time(Seek &seek, TestSrcStream *stream) {
  if (seek.format == GST_FORMAT_TIME) return true;
  for (auto [type, value] :
       {std::pair(seek.start_type, &seek.start), {seek.stop_type, &seek.stop}}) {
    if (type == GST_SEEK_TYPE_NONE || *value == -1) continue;
    if (!stream || !stream->convert(seek.format, *value, GST_FORMAT_TIME, value)) return false;
  }
  seek.format = GST_FORMAT_TIME;
  return true;
}

bool apply(const Seek &seek, GstSegment &segment) {
  if (!gst_segment_do_seek(&segment, seek.rate, seek.format, seek.flags, seek.start_type,
                           guint64(seek.start), seek.stop_type, guint64(seek.stop), nullptr)) {
    return false;
  }
  if (segment.rate > 0 || GST_CLOCK_TIME_IS_VALID(segment.stop)) return true;
  // Backwards one begins at the end.
  segment.stop = segment.position = segment.duration;
  return GST_CLOCK_TIME_IS_VALID(segment.stop);
}

/// The segment as it is when both streams have stopped.
GstSegment current_segment(TestSrcPrivate &p) {
  GstSegment segment = p.segment;
  const GstClockTime a = p.streams[0]->position(), b = p.streams[1]->position();
  segment.position = segment.rate > 0 ? std::max(a, b) : std::min(a, b);
  std::lock_guard guard(p.lock);
  const GstClockTime end = p.end_or_estimate();
  segment.duration =
      GST_CLOCK_TIME_IS_VALID(end) ? end + p.settings.timestamp_offset : GST_CLOCK_TIME_NONE;
  return segment;
}

void push_flush(TestSrcPrivate &p, GstEvent *event, guint32 seqnum) {
  gst_event_set_seqnum(event, seqnum);
  for (const auto &stream : p.streams) gst_pad_push_event(stream->pad(), gst_event_ref(event));
  gst_event_unref(event);
}

void begin_streams(TestSrcPrivate &p, guint32 seqnum) {
  gst_flow_combiner_reset(p.flows);
  for (const auto &stream : p.streams) stream->begin(p.segment, seqnum);
}

}  // namespace

gboolean gst_hyperlips_test_src_seek(GstHyperlipsTestSrc *self, TestSrcStream *stream,
                                     GstEvent *event) {
  auto &p = *self->priv;
  Seek seek = read_seek(event);
  GST_DEBUG_OBJECT(self, "%" GST_PTR_FORMAT, event);
  std::lock_guard seeking(p.seek_lock);
  bool streaming, live;
  {
    std::lock_guard guard(p.lock);
    streaming = p.streaming;
    live = p.live;
  }
  if (seek.rate == 0 || (seek.flags & GST_SEEK_FLAG_INSTANT_RATE_CHANGE)) return FALSE;
  if (live && seek.rate < 0) return FALSE;
  if (!streaming) {
    if (seek.format != GST_FORMAT_TIME) return FALSE;
    gst_event_replace(&p.pending_seek, event);
    return TRUE;
  }
  // Each sink of a pipeline sends the same seek.
  if (seek.seqnum == p.seek_seqnum) return TRUE;
  GstSegment trial = current_segment(p);
  if (!to_time(seek, stream) || !apply(seek, trial)) return FALSE;
  p.seek_seqnum = seek.seqnum;

  const bool flush = seek.flags & GST_SEEK_FLAG_FLUSH;
  if (flush) push_flush(p, gst_event_new_flush_start(), seek.seqnum);
  for (const auto &each : p.streams) {
    each->set_flushing(true);
    gst_pad_pause_task(each->pad());
  }
  for (const auto &each : p.streams) GST_PAD_STREAM_LOCK(each->pad());
  GstSegment segment = current_segment(p);
  if (!apply(seek, segment)) segment = trial;
  if (flush) push_flush(p, gst_event_new_flush_stop(TRUE), seek.seqnum);
  {
    std::lock_guard guard(p.lock);
    p.segment = segment;
    if (flush) p.clock_offset.reset();
  }
  begin_streams(p, seek.seqnum);
  for (const auto &each : p.streams) {
    each->set_flushing(false);
    each->run();
  }
  for (const auto &each : p.streams) GST_PAD_STREAM_UNLOCK(each->pad());
  if (seek.flags & GST_SEEK_FLAG_SEGMENT) {
    GstMessage *message = gst_message_new_segment_start(GST_OBJECT(self), GST_FORMAT_TIME,
                                                        gint64(p.segment.position));
    gst_message_set_seqnum(message, seek.seqnum);
    gst_element_post_message(GST_ELEMENT(self), message);
  }
  return TRUE;
}

void gst_hyperlips_test_src_first_segment(GstHyperlipsTestSrc *self) {
  auto &p = *self->priv;
  std::lock_guard seeking(p.seek_lock);
  gst_segment_init(&p.segment, GST_FORMAT_TIME);
  p.seek_seqnum = GST_SEQNUM_INVALID;
  begin_streams(p, GST_SEQNUM_INVALID);
  if (p.pending_seek) {
    const Seek seek = read_seek(p.pending_seek);
    GstSegment segment = current_segment(p);
    if (apply(seek, segment)) {
      // In READY there was nothing to flush.
      segment.flags = GstSegmentFlags(segment.flags & ~GST_SEGMENT_FLAG_RESET);
      p.segment = segment;
      p.seek_seqnum = seek.seqnum;
      begin_streams(p, seek.seqnum);
    }
    gst_clear_event(&p.pending_seek);
  }
  std::lock_guard guard(p.lock);
  p.streaming = true;
}
