// SPDX-License-Identifier: LGPL-2.1-or-later
// How a stream keeps to the pipeline's clock. A live GstBaseSrc would give each stream an offset of
// its own, when its first buffer is ready, and draw frames that are too late to be shown. So it is
// not told that the source is live.
#include <algorithm>

#include "gsthyperlipstestbasesrc.h"

GstFlowReturn GstHyperlipsTestBaseSrcPrivate::interrupted(const TestSrcState &state) const {
  if (state.streams[index].flushing || state.phase == TestSrcPhase::kStop) {
    return GST_FLOW_FLUSHING;
  }
  return state.failed ? GST_FLOW_EOS : GST_FLOW_OK;
}

GstFlowReturn GstHyperlipsTestBaseSrcPrivate::await_video(GstClockTime *end) {
  auto state = shared->lock();
  // The pads of a live source begin together.
  while (!state->rate && (state->finite() || settings.live) &&
         !state->streams[kVideoStream].unlinked) {
    if (const auto flow = interrupted(*state); flow != GST_FLOW_OK) return flow;
    state.wait();
  }
  *end = state->end_or_estimate();
  return GST_FLOW_OK;
}

GstClockTime GstHyperlipsTestBaseSrcPrivate::now() const {
  GstClock *clock = gst_element_get_clock(element);
  if (!clock) return GST_CLOCK_TIME_NONE;
  const GstClockTime time = gst_clock_get_time(clock);
  const GstClockTime base = gst_element_get_base_time(element);
  gst_object_unref(clock);
  return GST_CLOCK_TIME_IS_VALID(time) && time >= base ? time - base : 0;
}

/// By the segment alone.
static GstClockTime segment_running_time(const GstSegment &segment, GstClockTime timestamp) {
  const GstClockTime inside = std::max(timestamp, segment.start);
  return gst_segment_to_running_time(
      &segment, GST_FORMAT_TIME,
      GST_CLOCK_TIME_IS_VALID(segment.stop) ? std::min(inside, segment.stop) : inside);
}

GstFlowReturn GstHyperlipsTestBaseSrcPrivate::await_start(GstClockTime time) {
  if (!settings.live && !settings.do_timestamp) return GST_FLOW_OK;
  auto state = shared->lock();
  GstFlowReturn flow;
  while ((flow = interrupted(*state)) == GST_FLOW_OK && settings.live && !state->playing) {
    state.wait();
  }
  if (flow != GST_FLOW_OK || state->clock_offset) return flow;
  // Both streams begin at the running time at which the first of them does.
  const GstClockTime begin = now();
  const GstClockTime due = segment_running_time(segment, time + settings.timestamp_offset);
  state->clock_offset = GST_CLOCK_TIME_IS_VALID(begin) && begin > due ? begin - due : 0;
  return GST_FLOW_OK;
}

GstClockTime GstHyperlipsTestBaseSrcPrivate::running_time(GstClockTime time) const {
  const GstClockTime due = segment_running_time(segment, time + settings.timestamp_offset);
  return due + shared->lock()->clock_offset.value_or(0);
}

GstFlowReturn GstHyperlipsTestBaseSrcPrivate::wait_until(GstClockTime running_time) {
  auto state = shared->lock();
  while (true) {
    GstFlowReturn flow;
    while ((flow = interrupted(*state)) == GST_FLOW_OK && !state->playing) state.wait();
    if (flow != GST_FLOW_OK) return flow;
    GstClock *clock = gst_element_get_clock(element);
    if (!clock) return GST_FLOW_OK;
    const GstClockTime base = gst_element_get_base_time(element);
    const GstClockReturn result = state.wait(state->streams[index], clock, base + running_time);
    gst_object_unref(clock);
    if (result != GST_CLOCK_UNSCHEDULED) return GST_FLOW_OK;
  }
}

void GstHyperlipsTestBaseSrcPrivate::finish_buffer(GstBuffer *buffer, GstClockTime from,
                                                   GstClockTime to) {
  auto state = shared->lock();
  const GstClockTime offset = settings.timestamp_offset;
  GST_BUFFER_PTS(buffer) = from + offset + state->clock_offset.value_or(0);
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION(buffer) = to - from;
  if (discont) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  discont = false;
  state->streams[index].position = (backwards() ? from : to) + offset;
}
