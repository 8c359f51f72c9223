// SPDX-License-Identifier: LGPL-2.1-or-later
// make-media DIR: writes the files that the documentation's launch lines name: video.mp4 (2 s of a
// drawn face with sound), speech.wav, hyperlips-base.safetensors and hyperlips-hr-256.safetensors
// (weights by formula: the right networks, untrained).
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include <cmath>
#include <filesystem>
#include <iostream>
#include <string>

#include "common/drawn_face.hpp"
#include "common/formula_weights.hpp"

namespace {

constexpr int kFps = 25, kFrames = 50;
const cv::Size kSize(320, 240);

bool run(const std::string &description, bool with_video) {
  GError *error = nullptr;
  GstElement *pipeline = gst_parse_launch(description.c_str(), &error);
  if (error) {
    std::cerr << error->message << "\n";
    return false;
  }
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  if (with_video) {
    GstElement *source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
    for (int i = 0; i < kFrames; ++i) {
      hyperlips::DrawnFace face;
      face.mouth = float(0.5 - 0.5 * std::cos(i * 0.8));
      const cv::Mat picture = hyperlips::draw_face(kSize, face);
      GstBuffer *buffer = gst_buffer_new_memdup(picture.data, picture.total() * picture.elemSize());
      GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(i, GST_SECOND, kFps);
      GST_BUFFER_DURATION(buffer) = GST_SECOND / kFps;
      gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
    }
    gst_app_src_end_of_stream(GST_APP_SRC(source));
    gst_object_unref(source);
  }
  GstBus *bus = gst_element_get_bus(pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool ok = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
  if (!ok) {
    gst_message_parse_error(message, &error, nullptr);
    std::cerr << error->message << "\n";
  }
  gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  return ok;
}

}  // namespace

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  if (argc != 2) {
    std::cerr << "usage: make-media DIR\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const std::string sound =
      "audiotestsrc wave=ticks num-buffers=86 samplesperbuffer=1024 ! "
      "audio/x-raw,rate=44100,channels=2 ! ";
  const std::string caps = "video/x-raw,format=BGR,width=" + std::to_string(kSize.width) +
                           ",height=" + std::to_string(kSize.height) + ",framerate=25/1";
  const bool made =
      run("appsrc name=source format=time max-bytes=0 caps=" + caps +
              " ! videoconvert ! video/x-raw,format=I420 ! x264enc speed-preset=ultrafast ! mux. " +
              sound + "audioconvert ! avenc_aac ! mux. mp4mux name=mux ! filesink location=" +
              (folder / "video.mp4").string(),
          true) &&
      run(sound + "audioconvert ! audio/x-raw,format=S16LE ! wavenc ! filesink location=" +
              (folder / "speech.wav").string(),
          false);
  if (!made) return 1;
  hyperlips::test::write_formula_checkpoint("HyperLipsBase", folder / "hyperlips-base.safetensors");
  hyperlips::test::write_formula_checkpoint("HRDecoder x2",
                                            folder / "hyperlips-hr-256.safetensors");
  return 0;
}
