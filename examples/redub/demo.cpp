// SPDX-License-Identifier: LGPL-2.1-or-later
#include "demo.hpp"

#include <gst/gst.h>

#include "media/gst_ptr.hpp"
#include "media/messages.hpp"

namespace hyperlips::redub {
namespace {

constexpr const char *kFolder = "hyperlips-demo";
constexpr guint64 kSeed = 7;
constexpr const char *kSaid =
    "This person was never born. A seed and a few thousand triangles made this face.";
constexpr const char *kToSay =
    "And now the same mouth says something else, because my lips follow any speech.";

/// Runs a pipeline description, in which `file` is the location of the element "out".
void run(const std::string &description, const char *text, const std::filesystem::path &file) {
  GError *error = nullptr;
  ObjectPtr<GstElement> pipeline(gst_parse_launch(description.c_str(), &error));
  if (error) {
    const std::string message = error->message;
    g_error_free(error);
    throw Error(ErrorKind::NotFound,
                "The demonstration cannot be made: " + message + ". gst-inspect-1.0 " +
                    "hyperlipstestsrc says whether the test source is installed.");
  }
  const ObjectPtr<GstElement> source(gst_bin_get_by_name(GST_BIN(pipeline.get()), "person"));
  g_object_set(source.get(), "seed", kSeed, "text", text, "language", "en", nullptr);
  const ObjectPtr<GstElement> sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  g_object_set(sink.get(), "location", file.c_str(), nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  GstMessage *message = gst_bus_timed_pop_filtered(
      bus.get(), GST_CLOCK_TIME_NONE, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  const bool failed = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
  const Error what = failed ? error_of(message, file.string()) : Error(ErrorKind::Failed, "");
  gst_message_unref(message);
  if (failed) throw what;
}

}  // namespace

void make_demo(Options &options) {
  const std::filesystem::path folder(kFolder);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    throw Error(ErrorKind::Failed,
                "The folder " + in_quotes(folder.string()) +
                    " for the demonstration cannot be made: " + failed.message() + ".");
  }
  options.video = folder / "video.mp4";
  options.speech = (folder / "speech.wav").string();
  options.output = folder / "out.mp4";
  options.overwrite = true;
  run("hyperlipstestsrc name=person person.video ! video/x-raw,width=640,height=480,framerate=25/1 "
      "! videoconvert ! "
      "x264enc tune=zerolatency ! h264parse ! mp4mux name=mux ! filesink name=out "
      "person.audio ! audioconvert ! avenc_aac ! mux.",
      kSaid, options.video);
  run("hyperlipstestsrc name=person person.audio ! audio/x-raw,format=S16LE ! wavenc ! filesink "
      "name=out",
      kToSay, options.speech);
}

}  // namespace hyperlips::redub
