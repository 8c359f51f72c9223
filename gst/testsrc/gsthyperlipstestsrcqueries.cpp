// SPDX-License-Identifier: LGPL-2.1-or-later
// What the pads answer. The end is known to both streams but to neither GstBaseSrc, and the
// timestamps of a live source, which GstBaseSrc takes for positions, include the clock offset.
#include "gsthyperlipstestbasesrc.h"

namespace {

/// Stream time of the end; none for a source that does not end or is not started.
GstClockTime end_time(TestSrcShared &shared) {
  auto state = shared.lock();
  const GstClockTime end = state->streaming ? state->end_or_estimate() : GST_CLOCK_TIME_NONE;
  return GST_CLOCK_TIME_IS_VALID(end) ? end + state->settings.timestamp_offset : end;
}

gboolean answer_position(GstHyperlipsTestBaseSrc *self, GstQuery *query) {
  auto &p = gst_hyperlips_test_base_src_get(self);
  GstFormat format;
  gst_query_parse_position(query, &format, nullptr);
  gint64 value = gint64(p.shared->lock()->streams[p.index].position);
  if (!gst_hyperlips_test_base_src_convert(self, GST_FORMAT_TIME, value, format, &value)) {
    return FALSE;
  }
  gst_query_set_position(query, format, value);
  return TRUE;
}

gboolean answer_duration(GstHyperlipsTestBaseSrc *self, GstQuery *query) {
  GstFormat format;
  gst_query_parse_duration(query, &format, nullptr);
  gint64 value = gint64(end_time(*gst_hyperlips_test_base_src_get(self).shared));
  if (value == -1 ||
      !gst_hyperlips_test_base_src_convert(self, GST_FORMAT_TIME, value, format, &value)) {
    return FALSE;
  }
  gst_query_set_duration(query, format, value);
  return TRUE;
}

gboolean answer_seeking(GstHyperlipsTestBaseSrc *self, GstQuery *query) {
  GstFormat format;
  gst_query_parse_seeking(query, &format, nullptr, nullptr, nullptr);
  gint64 end = gint64(end_time(*gst_hyperlips_test_base_src_get(self).shared));
  const bool seekable =
      gst_hyperlips_test_base_src_convert(self, GST_FORMAT_TIME, end, format, &end) &&
      (format == GST_FORMAT_TIME || format == GST_FORMAT_DEFAULT || format == GST_FORMAT_BYTES);
  gst_query_set_seeking(query, format, seekable, 0, seekable ? end : -1);
  return TRUE;
}

gboolean answer_segment(GstHyperlipsTestBaseSrc *self, GstQuery *query) {
  TestSrcShared &shared = *gst_hyperlips_test_base_src_get(self).shared;
  const GstSegment segment = shared.lock()->segment;
  const guint64 stop = GST_CLOCK_TIME_IS_VALID(segment.stop) ? segment.stop : end_time(shared);
  gst_query_set_segment(
      query, segment.rate, GST_FORMAT_TIME,
      gint64(gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, segment.start)), gint64(stop));
  return TRUE;
}

gboolean answer_convert(GstHyperlipsTestBaseSrc *self, GstQuery *query) {
  GstFormat from, to;
  gint64 value, result;
  gst_query_parse_convert(query, &from, &value, &to, nullptr);
  if (!gst_hyperlips_test_base_src_convert(self, from, value, to, &result)) return FALSE;
  gst_query_set_convert(query, from, value, to, result);
  return TRUE;
}

gboolean answer_latency(GstHyperlipsTestBaseSrc *self, GstQuery *query) {
  GstCaps *caps = gst_pad_get_current_caps(GST_BASE_SRC_PAD(self));
  {
    auto state = gst_hyperlips_test_base_src_get(self).shared->lock();
    auto *klass = GST_HYPERLIPS_TEST_BASE_SRC_GET_CLASS(self);
    const GstClockTime min = state->live ? klass->buffer_duration(*state, caps) : 0;
    // The streams wait for downstream, which may buffer as much as it needs.
    gst_query_set_latency(query, state->live, min, GST_CLOCK_TIME_NONE);
  }
  gst_clear_caps(&caps);
  return TRUE;
}

}  // namespace

gboolean gst_hyperlips_test_base_src_query(GstBaseSrc *src, GstQuery *query) {
  auto *self = GST_HYPERLIPS_TEST_BASE_SRC(src);
  static const gpointer kParentClass = g_type_class_peek(GST_TYPE_PUSH_SRC);
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_POSITION:
      return answer_position(self, query);
    case GST_QUERY_DURATION:
      return answer_duration(self, query);
    case GST_QUERY_SEEKING:
      return answer_seeking(self, query);
    case GST_QUERY_SEGMENT:
      return answer_segment(self, query);
    case GST_QUERY_CONVERT:
      return answer_convert(self, query);
    case GST_QUERY_FORMATS:
      gst_query_set_formats(query, 3, GST_FORMAT_TIME, GST_FORMAT_DEFAULT, GST_FORMAT_BYTES);
      return TRUE;
    case GST_QUERY_LATENCY:
      return answer_latency(self, query);
    default:
      return GST_BASE_SRC_CLASS(kParentClass)->query(src, query);
  }
}
