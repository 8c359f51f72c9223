// SPDX-License-Identifier: LGPL-2.1-or-later
// How a stream keeps to the pipeline's clock, and how it stops waiting.
#include <algorithm>
#include <utility>

#include "gsthyperlipstestsrcprivate.h"

void TestSrcStream::wake() {
  if (clock_id_) gst_clock_id_unschedule(clock_id_);
  element_private().changed.notify_all();
}

void TestSrcStream::set_flushing(bool flushing) {
  std::lock_guard guard(element_private().lock);
  // A seek may come to its end after the pad was stopped.
  flushing_ = flushing || !active_;
  if (pool_) gst_buffer_pool_set_flushing(pool_, flushing_);
  wake();
}

void TestSrcStream::set_pool(GstBufferPool *pool) {
  GstBufferPool *old;
  {
    std::lock_guard guard(element_private().lock);
    old = std::exchange(pool_, pool);
  }
  if (!old) return;
  gst_buffer_pool_set_active(old, FALSE);
  gst_object_unref(old);
}

GstFlowReturn TestSrcStream::await_video(GstClockTime *end) {
  auto &p = element_private();
  std::unique_lock guard(p.lock);
  const TestSrcStream &video = *p.streams[0];
  // The pads of a live source begin together.
  while (!p.rate && (p.finite() || settings_.live) && !video.unlinked_ && !video.ended_ &&
         gst_pad_is_linked(video.pad_)) {
    if (flushing_) return GST_FLOW_FLUSHING;
    if (eos_forced_) return kEnd;
    p.changed.wait(guard);
  }
  *end = p.end_or_estimate();
  return GST_FLOW_OK;
}

GstClockTime TestSrcStream::now() {
  GstClock *clock = gst_element_get_clock(GST_ELEMENT(element_));
  if (!clock) return GST_CLOCK_TIME_NONE;
  const GstClockTime time = gst_clock_get_time(clock);
  const GstClockTime base = gst_element_get_base_time(GST_ELEMENT(element_));
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

GstFlowReturn TestSrcStream::await_start(GstClockTime place) {
  auto &p = element_private();
  if (!settings_.live && !settings_.do_timestamp) return GST_FLOW_OK;
  std::unique_lock guard(p.lock);
  while (settings_.live && !p.playing && !flushing_ && !eos_forced_) p.changed.wait(guard);
  if (flushing_) return GST_FLOW_FLUSHING;
  if (eos_forced_) return kEnd;
  if (p.clock_offset) return GST_FLOW_OK;
  // Both streams begin at the running time at which the first of them does.
  const GstClockTime time = now();
  const GstClockTime due = segment_running_time(segment_, place + settings_.timestamp_offset);
  p.clock_offset = GST_CLOCK_TIME_IS_VALID(time) && time > due ? time - due : 0;
  return GST_FLOW_OK;
}

GstClockTime TestSrcStream::running_time(GstClockTime place) {
  const GstClockTime time = segment_running_time(segment_, place + settings_.timestamp_offset);
  std::lock_guard guard(element_private().lock);
  return time + element_private().clock_offset.value_or(0);
}

GstFlowReturn TestSrcStream::wait_until(GstClockTime running_time) {
  auto &p = element_private();
  std::unique_lock guard(p.lock);
  while (true) {
    while (!p.playing && !flushing_ && !eos_forced_) p.changed.wait(guard);
    if (flushing_) return GST_FLOW_FLUSHING;
    if (eos_forced_) return kEnd;
    GstClock *clock = gst_element_get_clock(GST_ELEMENT(element_));
    if (!clock) return GST_FLOW_OK;
    const GstClockTime base = gst_element_get_base_time(GST_ELEMENT(element_));
    const GstClockID id = gst_clock_new_single_shot_id(clock, base + running_time);
    gst_object_unref(clock);
    clock_id_ = id;
    guard.unlock();
    const GstClockReturn result = gst_clock_id_wait(id, nullptr);
    guard.lock();
    clock_id_ = nullptr;
    gst_clock_id_unref(id);
    if (result != GST_CLOCK_UNSCHEDULED) return GST_FLOW_OK;
  }
}

void TestSrcStream::stamp(GstBuffer *buffer, GstClockTime from, GstClockTime to) {
  auto &p = element_private();
  std::lock_guard guard(p.lock);
  const GstClockTime offset = settings_.timestamp_offset;
  GST_BUFFER_PTS(buffer) = from + offset + p.clock_offset.value_or(0);
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION(buffer) = to - from;
  if (discont_) {
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    discont_ = false;
  }
  position_ = (backwards() ? from : to) + offset;
}
