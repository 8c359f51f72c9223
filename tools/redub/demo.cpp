// SPDX-License-Identifier: LGPL-2.1-or-later
#include "demo.hpp"

#include <gst/gst.h>

#include "gst/lib/media/gst_ptr.hpp"
#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

constexpr const char *kFolder = "hyperlips-demo";
constexpr GstClockTime kTick = 100 * GST_MSECOND;

/// Runs a pipeline with a hyperlipstestsrc "person", which says `text` (empty: sentences without
/// end), and a sink "out", which writes `file`. False if `cancelled` interrupted it.
bool run_pipeline(const std::string &description, const char *text,
                  const std::filesystem::path &file, const std::atomic<bool> &cancelled) {
  GError *error = nullptr;
  ObjectPtr<GstElement> pipeline(gst_parse_launch(description.c_str(), &error));
  if (error) {
    const ErrorPtr what(error);
    throw Error(ErrorKind::NotFound,
                "Cannot make the demonstration: " + std::string(what->message) +
                    ". Check with gst-inspect-1.0 hyperlipstestsrc whether the test source is "
                    "installed.");
  }
  const ObjectPtr<GstElement> source(gst_bin_get_by_name(GST_BIN(pipeline.get()), "person"));
  g_object_set(source.get(), "seed", kDemoSeed, "text", text, "language", kDemoLanguage, nullptr);
  const ObjectPtr<GstElement> sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  g_object_set(sink.get(), "location", file.c_str(), nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  MessagePtr message;
  while (!message && !cancelled) {
    message.reset(gst_bus_timed_pop_filtered(bus.get(), kTick,
                                             GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  if (!message) return false;
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR)
    throw error_of(message.get(), file.string());
  return true;
}

/// Writes an MP4 file with picture and sound.
bool write_clip(const char *text, const std::filesystem::path &file,
                const std::atomic<bool> &cancelled) {
  return run_pipeline(
      "hyperlipstestsrc name=person "
      "person.video ! video/x-raw,width=640,height=480,framerate=25/1 ! videoconvert ! x264enc "
      "speed-preset=veryfast quantizer=18 pass=quant ! "
      "mp4mux name=mux ! filesink name=out "
      "person.audio ! audioconvert ! avenc_aac ! mux.",
      text, file, cancelled);
}

}  // namespace

bool make_demo(Options &options, const std::atomic<bool> &cancelled) {
  const std::filesystem::path folder(kFolder);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    throw Error(ErrorKind::Failed, "Cannot create the folder " + quote_path(folder) + ": " +
                                       failed.message() +
                                       ". Run in a folder where you have write permission.");
  }
  options.video = folder / "video.mp4";
  options.speech = (folder / "speech.wav").string();
  options.output = folder / "out.mp4";
  options.overwrite = true;
  // VIDEO is longer, so that it shows many mouths.
  options.length = Length::Speech;
  return write_clip(kDemoVideoText, options.video, cancelled) &&
         run_pipeline(
             "hyperlipstestsrc name=person person.audio ! audio/x-raw,format=S16LE ! wavenc ! "
             "filesink name=out",
             kDemoSpeechText, options.speech, cancelled);
}

}  // namespace hyperlips::redub
