// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace hyperlips {

/// Notices that something has waited for the data of a pad for kStallTime without getting any, by
/// the system clock. All functions are called with a lock that the element chooses; `expired` is
/// called by a thread of the clock without it, takes it, and asks is_stalled().
///
///     watch.wait(element, expired);  // each time that the waiting goes on
///     watch.data();                  // data arrived on the pad
///     watch.end_wait();              // no longer waits
class StallWatch {
 public:
  static constexpr GstClockTime kStallTime = 5 * GST_SECOND;
  using Expired = void (*)(GstElement *element);

  ~StallWatch() { stop(); }

  void wait(GstElement *element, Expired expired);
  void data();
  void end_wait();

  /// Forgets everything, for a stop or a flush.
  void stop();

  /// In `expired`: whether the wait has now lasted for kStallTime. True once per wait. `paused`:
  /// the pipeline may be the reason; then only a pad that never had data is stalled.
  bool is_stalled(bool paused);

 private:
  void arm(GstClockTime delay);

  GstElement *element_ = nullptr;
  Expired expired_ = nullptr;
  GstClockID alarm_ = nullptr;
  GstClockTime since_ = GST_CLOCK_TIME_NONE;  ///< start of the wait, or the last data
  bool waiting_ = false;
  bool told_ = false;  ///< about this wait
  bool any_data_ = false;
};

}  // namespace hyperlips
