// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/frame_writer.hpp"

#include <gst/app/gstappsrc.h>

#include <cmath>
#include <cstring>

#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {

FrameWriter::FrameWriter(const std::string &path, cv::Size size) : path_(path), size_(size) {
  GError *error = nullptr;
  pipeline_.reset(gst_parse_launch(
      "appsrc name=frames format=time block=true max-bytes=0 max-buffers=4 ! videoconvert ! "
      "avenc_ffv1 ! matroskamux ! filesink name=file",
      &error));
  if (error) {
    const ErrorPtr what(error);
    throw Error(ErrorKind::NotFound,
                "Cannot write " + quote_path(path) + ": " + std::string(what->message) + ".");
  }
  const ObjectPtr<GstElement> file(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "file"));
  g_object_set(file.get(), "location", path.c_str(), nullptr);
  const ObjectPtr<GstElement> frames(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "frames"));
  const CapsPtr caps(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "BGR", "width",
                                         G_TYPE_INT, size.width, "height", G_TYPE_INT, size.height,
                                         "framerate", GST_TYPE_FRACTION, 0, 1, nullptr));
  gst_app_src_set_caps(GST_APP_SRC(frames.get()), caps.get());
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
}

FrameWriter::~FrameWriter() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

void FrameWriter::write(const cv::Mat &bgr, double time) {
  // Rows of BGR are padded to multiples of 4 bytes.
  const gsize stride = GST_ROUND_UP_4(gsize(size_.width) * 3);
  GstBuffer *buffer = gst_buffer_new_allocate(nullptr, stride * gsize(size_.height), nullptr);
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_WRITE);
  for (int row = 0; row < size_.height; ++row)
    std::memcpy(map.data + gsize(row) * stride, bgr.ptr(row), gsize(size_.width) * 3);
  gst_buffer_unmap(buffer, &map);
  GST_BUFFER_PTS(buffer) = GstClockTime(std::llround(time * 1e9));
  const ObjectPtr<GstElement> frames(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "frames"));
  if (gst_app_src_push_buffer(GST_APP_SRC(frames.get()), buffer) != GST_FLOW_OK) wait_for_end();
}

void FrameWriter::finish() {
  const ObjectPtr<GstElement> frames(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "frames"));
  gst_app_src_end_of_stream(GST_APP_SRC(frames.get()));
  wait_for_end();
}

/// Waits until all is written; throws the error that stopped it.
void FrameWriter::wait_for_end() {
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  const MessagePtr message(gst_bus_timed_pop_filtered(
      bus.get(), GST_CLOCK_TIME_NONE, GstMessageType(GST_MESSAGE_ERROR | GST_MESSAGE_EOS)));
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) throw error_of(message.get(), path_);
}

}  // namespace hyperlips::training
