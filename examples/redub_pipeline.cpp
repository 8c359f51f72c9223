// SPDX-License-Identifier: LGPL-2.1-or-later
// Re-dubs a video in an application: a GStreamer pipeline around the element hyperlips.
//
// usage: redub_pipeline VIDEO SPEECH OUT.mp4 MODEL
// c++ -std=c++20 redub_pipeline.cpp -o redub_pipeline $(pkg-config --cflags --libs gstreamer-1.0)
//
// GStreamer finds the plugin in its own folder or in GST_PLUGIN_PATH. tools/redub is the complete
// program: all containers, video that is shorter than the speech, tags, exact end times.
#include <gst/gst.h>

#include <atomic>

namespace {

// Each branch has a queue, because hyperlips holds frames until their speech has arrived.
constexpr const char *kPipeline =
    "filesrc name=video ! decodebin ! videoconvert ! queue ! lips.video_sink "
    "filesrc name=speech ! decodebin ! audioconvert ! queue ! lips.audio_sink "
    "hyperlips name=lips "
    "lips.video_src ! queue ! videoconvert ! x264enc ! h264parse ! mux. "
    "lips.audio_src ! queue ! audioconvert ! audioresample ! avenc_aac ! aacparse ! mux. "
    "mp4mux name=mux ! filesink name=out";

/// Called in a streaming thread for each frame that leaves hyperlips.
GstPadProbeReturn take_position(GstPad *, GstPadProbeInfo *info, gpointer position) {
  *static_cast<std::atomic<GstClockTime> *>(position) =
      GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info));
  return GST_PAD_PROBE_OK;
}

/// Plays to the end or to the first error and returns the exit status.
int run(GstElement *pipeline, const std::atomic<GstClockTime> &position) {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);  // a failure is posted on the bus
  GstBus *bus = gst_element_get_bus(pipeline);
  constexpr auto kEnd = GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  GstMessage *message;
  while (!(message = gst_bus_timed_pop_filtered(bus, GST_SECOND / 2, kEnd)))
    g_printerr("%.2f s done\n", double(position) / GST_SECOND);
  GError *error = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {  // a missing model, a damaged file, ...
    gst_message_parse_error(message, &error, nullptr);
    g_printerr("%s: %s\n", GST_OBJECT_NAME(message->src), error->message);
  }
  gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  const int status = error ? 1 : 0;  // after an error OUT is incomplete
  g_clear_error(&error);
  return status;
}

}  // namespace

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  if (argc != 5) {
    g_printerr("usage: redub_pipeline VIDEO SPEECH OUT.mp4 MODEL\n");
    return 2;
  }
  GError *error = nullptr;
  GstElement *pipeline = gst_parse_launch(kPipeline, &error);
  if (error) {  // an element is not installed
    g_printerr("%s\n", error->message);
    return 1;
  }
  // MODEL is a HyperLipsBase checkpoint (.safetensors or .pth).
  gst_child_proxy_set(GST_CHILD_PROXY(pipeline), "video::location", argv[1], "speech::location",
                      argv[2], "out::location", argv[3], "lips::model", argv[4], nullptr);

  std::atomic<GstClockTime> position = 0;
  GstElement *lips = gst_bin_get_by_name(GST_BIN(pipeline), "lips");
  GstPad *video = gst_element_get_static_pad(lips, "video_src");
  gst_pad_add_probe(video, GST_PAD_PROBE_TYPE_BUFFER, take_position, &position, nullptr);
  gst_object_unref(video);
  gst_object_unref(lips);
  const int status = run(pipeline, position);
  gst_object_unref(pipeline);
  return status;
}
