// SPDX-License-Identifier: LGPL-2.1-or-later
// What the source pads answer.
#include "gsthyperlipstestsrcprivate.h"

#define GST_CAT_DEFAULT hyperlipstestsrc_debug

namespace {

/// Stream time of the end; none for what has no end or has not begun.
GstClockTime end_time(TestSrcPrivate &p) {
  std::lock_guard guard(p.lock);
  const GstClockTime end = p.streaming ? p.end_or_estimate() : GST_CLOCK_TIME_NONE;
  return GST_CLOCK_TIME_IS_VALID(end) ? end + p.settings.timestamp_offset : end;
}

bool convert(TestSrcStream &stream, GstFormat from, gint64 value, GstFormat to, gint64 *result) {
  if (from == to || value == -1) {
    *result = value;
    return true;
  }
  return stream.convert(from, value, to, result);
}

bool answer_position(TestSrcStream &stream, GstQuery *query) {
  GstFormat format;
  gst_query_parse_position(query, &format, nullptr);
  gint64 value;
  if (!convert(stream, GST_FORMAT_TIME, gint64(stream.position()), format, &value)) return false;
  gst_query_set_position(query, format, value);
  return true;
}

bool answer_duration(TestSrcPrivate &p, TestSrcStream &stream, GstQuery *query) {
  GstFormat format;
  gst_query_parse_duration(query, &format, nullptr);
  const GstClockTime end = end_time(p);
  gint64 value;
  if (!GST_CLOCK_TIME_IS_VALID(end) ||
      !convert(stream, GST_FORMAT_TIME, gint64(end), format, &value)) {
    return false;
  }
  gst_query_set_duration(query, format, value);
  return true;
}

bool answer_seeking(TestSrcPrivate &p, TestSrcStream &stream, GstQuery *query) {
  GstFormat format;
  gst_query_parse_seeking(query, &format, nullptr, nullptr, nullptr);
  gint64 end = -1;
  const bool known =
      convert(stream, GST_FORMAT_TIME, gint64(end_time(p)), format, &end) &&
      (format == GST_FORMAT_TIME || format == GST_FORMAT_DEFAULT || format == GST_FORMAT_BYTES);
  gst_query_set_seeking(query, format, known, 0, known ? end : -1);
  return true;
}

bool answer_segment(TestSrcPrivate &p, GstQuery *query) {
  GstSegment segment;
  {
    std::lock_guard guard(p.lock);
    segment = p.segment;
  }
  const guint64 stop = GST_CLOCK_TIME_IS_VALID(segment.stop) ? segment.stop : end_time(p);
  gst_query_set_segment(
      query, segment.rate, GST_FORMAT_TIME,
      gint64(gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, segment.start)), gint64(stop));
  return true;
}

bool answer_convert(TestSrcStream &stream, GstQuery *query) {
  GstFormat from, to;
  gint64 value, result;
  gst_query_parse_convert(query, &from, &value, &to, nullptr);
  if (!convert(stream, from, value, to, &result)) return false;
  gst_query_set_convert(query, from, value, to, result);
  return true;
}

bool answer_latency(TestSrcPrivate &p, TestSrcStream &stream, GstQuery *query) {
  bool live;
  {
    std::lock_guard guard(p.lock);
    live = p.live;
  }
  // The streams wait for what follows, so it may hold as much as it likes.
  gst_query_set_latency(query, live, live ? stream.buffer_duration() : 0, GST_CLOCK_TIME_NONE);
  return true;
}

}  // namespace

gboolean gst_hyperlips_test_src_query(GstPad *pad, GstObject *parent, GstQuery *query) {
  auto &p = *GST_HYPERLIPS_TEST_SRC(parent)->priv;
  TestSrcStream &stream = gst_hyperlips_test_src_stream(pad);
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_POSITION:
      return answer_position(stream, query);
    case GST_QUERY_DURATION:
      return answer_duration(p, stream, query);
    case GST_QUERY_SEEKING:
      return answer_seeking(p, stream, query);
    case GST_QUERY_SEGMENT:
      return answer_segment(p, query);
    case GST_QUERY_CONVERT:
      return answer_convert(stream, query);
    case GST_QUERY_FORMATS:
      gst_query_set_formats(query, 3, GST_FORMAT_TIME, GST_FORMAT_DEFAULT, GST_FORMAT_BYTES);
      return TRUE;
    case GST_QUERY_LATENCY:
      return answer_latency(p, stream, query);
    default:
      return gst_pad_query_default(pad, parent, query);
  }
}

gboolean gst_hyperlips_test_src_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  auto *self = GST_HYPERLIPS_TEST_SRC(parent);
  auto &p = *self->priv;
  TestSrcStream &stream = gst_hyperlips_test_src_stream(pad);
  gboolean taken = FALSE;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_SEEK:
      taken = gst_hyperlips_test_src_seek(self, &stream, event);
      break;
    case GST_EVENT_LATENCY: {
      GstClockTime latency;
      gst_event_parse_latency(event, &latency);
      std::lock_guard guard(p.lock);
      p.latency = latency;
      taken = TRUE;
      break;
    }
    case GST_EVENT_RECONFIGURE:
      stream.resume();
      taken = TRUE;
      break;
    case GST_EVENT_QOS:
      taken = TRUE;
      break;
    default:
      break;
  }
  gst_event_unref(event);
  return taken;
}
