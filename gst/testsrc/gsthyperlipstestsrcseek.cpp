// SPDX-License-Identifier: LGPL-2.1-or-later
// Seeks move both pads at once, whichever of them the event comes to.
#include <algorithm>
#include <utility>

#include "gsthyperlipstestsrcprivate.h"

#define GST_CAT_DEFAULT hyperlipstestsrc_debug

namespace {

using Seek = TestSrcSeek;

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

/// The segment as it is now, for certain when both streams have stopped.
GstSegment current_segment(TestSrcPrivate &p) {
  const GstClockTime a = p.streams[0]->position(), b = p.streams[1]->position();
  std::lock_guard guard(p.lock);
  GstSegment segment = p.segment;
  segment.position = segment.rate > 0 ? std::max(a, b) : std::min(a, b);
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
  for (const auto &stream : p.streams) stream->begin(p.segment, seqnum);
}

/// With both pads' stream locks: sets the segment, `segment` where the seek no longer fits. FALSE
/// when the element has stopped meanwhile.
bool place_streams(TestSrcPrivate &p, const Seek &seek, GstSegment &segment) {
  std::lock_guard place(p.place_lock);
  GstSegment now = current_segment(p);
  if (apply(seek, now)) segment = now;
  {
    std::lock_guard guard(p.lock);
    if (!p.streaming) return false;
    p.segment = segment;
    if (seek.flags & GST_SEEK_FLAG_FLUSH) p.clock_offset.reset();
  }
  begin_streams(p, seek.seqnum);
  return true;
}

void post_segment_start(GstHyperlipsTestSrc *self, const Seek &seek, GstClockTime position) {
  GstMessage *message =
      gst_message_new_segment_start(GST_OBJECT(self), GST_FORMAT_TIME, gint64(position));
  gst_message_set_seqnum(message, seek.seqnum);
  gst_element_post_message(GST_ELEMENT(self), message);
}

/// By one thread at a time, which holds no lock while it pushes events: what follows may post
/// messages for which the application's thread, waiting here, has the lock.
bool perform_seek(GstHyperlipsTestSrc *self, const Seek &seek) {
  auto &p = *self->priv;
  GstSegment segment = current_segment(p);
  if (!apply(seek, segment)) return false;
  {
    std::lock_guard guard(p.lock);
    p.seek_seqnum = seek.seqnum;
  }
  const bool flush = seek.flags & GST_SEEK_FLAG_FLUSH;
  if (flush) push_flush(p, gst_event_new_flush_start(), seek.seqnum);
  for (const auto &stream : p.streams) {
    stream->set_flushing(true);
    gst_pad_pause_task(stream->pad());
  }
  for (const auto &stream : p.streams) GST_PAD_STREAM_LOCK(stream->pad());
  const bool placed = place_streams(p, seek, segment);
  for (const auto &stream : p.streams) GST_PAD_STREAM_UNLOCK(stream->pad());
  if (!placed) return true;
  if (flush) push_flush(p, gst_event_new_flush_stop(TRUE), seek.seqnum);
  for (const auto &stream : p.streams) {
    stream->set_flushing(false);
    stream->run();
  }
  if (seek.flags & GST_SEEK_FLAG_SEGMENT) post_segment_start(self, seek, segment.position);
  return true;
}

}  // namespace

gboolean gst_hyperlips_test_src_seek(GstHyperlipsTestSrc *self, TestSrcStream *stream,
                                     GstEvent *event) {
  auto &p = *self->priv;
  Seek seek = read_seek(event);
  GST_DEBUG_OBJECT(self, "%" GST_PTR_FORMAT, event);
  if (seek.rate == 0 || (seek.flags & GST_SEEK_FLAG_INSTANT_RATE_CHANGE)) return FALSE;
  if (!to_time(seek, stream)) return FALSE;
  {
    std::lock_guard guard(p.lock);
    if (p.settings.live && seek.rate < 0) return FALSE;
    // Each sink of a pipeline sends the same seek.
    if (p.streaming && seek.seqnum == p.seek_seqnum) return TRUE;
    if (!p.streaming || p.seeking) {
      p.pending_seek = seek;
      return TRUE;
    }
    p.seeking = true;
  }
  const bool performed = perform_seek(self, seek);
  // Those that came meanwhile; the last one counts.
  while (true) {
    {
      std::lock_guard guard(p.lock);
      if (!p.pending_seek || !p.streaming) {
        p.seeking = false;
        return performed;
      }
      seek = *std::exchange(p.pending_seek, std::nullopt);
    }
    perform_seek(self, seek);
  }
}

void gst_hyperlips_test_src_first_segment(GstHyperlipsTestSrc *self) {
  auto &p = *self->priv;
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  std::optional<Seek> seek;
  {
    std::lock_guard guard(p.lock);
    p.segment = segment;
    seek = std::exchange(p.pending_seek, std::nullopt);
  }
  begin_streams(p, GST_SEQNUM_INVALID);
  segment = current_segment(p);
  const bool seeked = seek && apply(*seek, segment);
  {
    std::lock_guard guard(p.lock);
    p.seek_seqnum = seeked ? seek->seqnum : GST_SEQNUM_INVALID;
    if (seeked) p.segment = segment;
    p.streaming = true;
  }
  if (seeked) begin_streams(p, seek->seqnum);
}
