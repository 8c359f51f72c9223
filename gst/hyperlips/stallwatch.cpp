// SPDX-License-Identifier: LGPL-2.1-or-later
#include "stallwatch.hpp"

namespace hyperlips {
namespace {

GstClockTime now() {
  GstClock *clock = gst_system_clock_obtain();
  const GstClockTime time = gst_clock_get_time(clock);
  gst_object_unref(clock);
  return time;
}

struct Alarm {
  GstElement *element;
  StallWatch::Expired expired;
};

}  // namespace

void StallWatch::arm(GstClockTime delay) {
  GstClock *clock = gst_system_clock_obtain();
  alarm_ = gst_clock_new_single_shot_id(clock, gst_clock_get_time(clock) + delay);
  gst_object_unref(clock);
  auto *alarm = new Alarm{GST_ELEMENT(gst_object_ref(element_)), expired_};
  gst_clock_id_wait_async(
      alarm_,
      [](GstClock *, GstClockTime, GstClockID, gpointer data) -> gboolean {
        const auto *rung = static_cast<Alarm *>(data);
        rung->expired(rung->element);
        return TRUE;
      },
      alarm,
      [](gpointer data) {
        auto *rung = static_cast<Alarm *>(data);
        gst_object_unref(rung->element);
        delete rung;
      });
}

void StallWatch::wait(GstElement *element, Expired expired) {
  if (!waiting_) since_ = now();
  waiting_ = true;
  element_ = element;
  expired_ = expired;
  if (!alarm_ && !told_) arm(kStallTime);
}

void StallWatch::data() {
  any_data_ = true;
  told_ = false;
  if (waiting_) since_ = now();
}

void StallWatch::end_wait() { waiting_ = told_ = false; }

void StallWatch::stop() {
  if (alarm_) {
    gst_clock_id_unschedule(alarm_);
    gst_clock_id_unref(alarm_);
  }
  alarm_ = nullptr;
  waiting_ = told_ = any_data_ = false;
}

bool StallWatch::is_stalled(bool paused) {
  // Another thread may have stopped the watch meanwhile.
  if (!alarm_) return false;
  const GstClockTime time = now();
  // The alarm may also be a new one, which has not rung yet.
  if (time < gst_clock_id_get_time(alarm_)) return false;
  gst_clock_id_unref(alarm_);
  alarm_ = nullptr;
  if (!waiting_) return false;
  const GstClockTime waited = time - since_;
  if (waited < kStallTime) {
    arm(kStallTime - waited);
    return false;
  }
  if (paused && any_data_) {
    arm(kStallTime);
    return false;
  }
  return told_ = true;
}

}  // namespace hyperlips
