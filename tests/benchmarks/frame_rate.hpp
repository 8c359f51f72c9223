// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace hyperlips::bench {

using Clock = std::chrono::steady_clock;

struct Count {
  std::vector<Clock::time_point> times;
};

inline GstPadProbeReturn count_frame(GstPad *, GstPadProbeInfo *, gpointer data) {
  static_cast<Count *>(data)->times.push_back(Clock::now());
  return GST_PAD_PROBE_OK;
}

/// Frames a second of a pipeline that ends in "fakesink name=out"; 0 when it failed.
inline double frames_per_second(const std::string &description) {
  GError *error = nullptr;
  GstElement *pipeline = gst_parse_launch(description.c_str(), &error);
  if (error) {
    std::fprintf(stderr, "%s\n", error->message);
    g_error_free(error);
    return 0;
  }
  Count count;
  GstElement *sink = gst_bin_get_by_name(GST_BIN(pipeline), "out");
  GstPad *pad = gst_element_get_static_pad(sink, "sink");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, &count, nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus *bus = gst_element_get_bus(pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool ok = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS && count.times.size() > 1;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message, &error, nullptr);
    std::fprintf(stderr, "%s\n", error->message);
    g_error_free(error);
  }
  gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pad);
  gst_object_unref(sink);
  gst_object_unref(pipeline);
  if (!ok) return 0;
  const std::chrono::duration<double> time = count.times.back() - count.times.front();
  return double(count.times.size() - 1) / time.count();
}

}  // namespace hyperlips::bench
