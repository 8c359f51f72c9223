// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipstestsrcshared.h"

#include <algorithm>
#include <cmath>

std::optional<guint64> TestSrcState::last_frame(const TestSrcRate &frame_rate, guint64 first,
                                                guint64 before) const {
  std::optional<guint64> last;
  if (said) {
    const auto text_end = GstClockTime(std::ceil(std::max(0.0, *said) * GST_SECOND));
    last = std::max<guint64>(1, frame_rate.frame_from(text_end));
  }
  if (settings.num_buffers >= 0) {
    const auto wanted = guint64(settings.num_buffers);
    const guint64 counted = first + (wanted > before ? wanted - before : 0);
    last = std::min(last.value_or(counted), counted);
  }
  return last;
}

GstClockTime TestSrcState::end_or_estimate() const {
  if (rate) return end;
  const auto last = last_frame(TestSrcRate(), 0, 0);
  return last ? TestSrcRate().time_of(*last) : GST_CLOCK_TIME_NONE;
}

GstClockReturn TestSrcShared::Lock::wait(TestSrcStream &stream, GstClock *clock,
                                         GstClockTime time) {
  const GstClockID id = gst_clock_new_single_shot_id(clock, time);
  stream.clock_id = id;
  guard_.unlock();
  const GstClockReturn result = gst_clock_id_wait(id, nullptr);
  guard_.lock();
  stream.clock_id = nullptr;
  gst_clock_id_unref(id);
  return result;
}

void TestSrcShared::Lock::interrupt(TestSrcStream &stream) {
  if (stream.clock_id) gst_clock_id_unschedule(stream.clock_id);
  wake();
}

void TestSrcShared::Lock::interrupt_all() {
  for (TestSrcStream &stream : shared_.state_.streams) interrupt(stream);
}
