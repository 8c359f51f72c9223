// SPDX-License-Identifier: LGPL-2.1-or-later
// bench-pipeline VIDEO BASE_MODEL [HR_MODEL]: frames a second of whole pipelines, side by side, with
// decoding. The clock starts with the first frame out, so loading the networks is not in it.
#include <gst/gst.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Count {
  std::vector<Clock::time_point> times;
};

GstPadProbeReturn count_frame(GstPad *, GstPadProbeInfo *, gpointer data) {
  static_cast<Count *>(data)->times.push_back(Clock::now());
  return GST_PAD_PROBE_OK;
}

/// Frames a second of a pipeline that ends in "fakesink name=out"; 0 when it failed.
double frames_per_second(const std::string &description) {
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

}  // namespace

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  if (argc < 3) {
    std::fprintf(stderr, "usage: bench-pipeline VIDEO BASE_MODEL [HR_MODEL]\n");
    return 2;
  }
  const std::string file = "filesrc location=" + std::string(argv[1]) + " ! decodebin name=d ";
  const std::string video = "d. ! video/x-raw ! videoconvert ! ";
  const std::string sink = " ! fakesink name=out sync=false";
  const auto full = [&](const std::string &properties) {
    return file + "hyperlips name=h model=" + argv[2] + " " + properties + " " + video +
           "h.video_sink d. ! audio/x-raw ! audioconvert ! h.audio_sink h.video_src" + sink;
  };
  struct Variant {
    std::string name, pipeline;
  };
  std::vector<Variant> variants = {
      {"decode alone", file + video + "queue" + sink},
      {"hyperlipsfacecrop", file + video + "hyperlipsfacecrop" + sink},
      {"re-dub, fp32, batch 1", full("precision=fp32 batch-size=1")},
      {"re-dub, fp32, batch 8", full("precision=fp32 batch-size=8")},
      {"re-dub, precision=auto, batch 1", full("batch-size=1")},
      {"re-dub, precision=auto, batch 8", full("batch-size=8")},
  };
  if (argc > 3) {
    variants.push_back({"re-dub with HR, precision=auto, batch 8",
                        full("batch-size=8 hr-model=" + std::string(argv[3]))});
  }
  double reference = 0;
  bool failed = false;
  std::printf("%-42s %10s %12s %10s\n", "pipeline", "frames/s", "of 25 a s", "to fp32 B1");
  for (const Variant &variant : variants) {
    const double rate = frames_per_second(variant.pipeline);
    failed = failed || rate == 0;
    if (variant.name == "re-dub, fp32, batch 1") reference = rate;
    std::printf("%-42s %10.1f %11.2fx", variant.name.c_str(), rate, rate / 25);
    if (reference > 0) {
      std::printf(" %9.2fx\n", rate / reference);
    } else {
      std::printf(" %10s\n", "");
    }
    std::fflush(stdout);
  }
  return failed;
}
