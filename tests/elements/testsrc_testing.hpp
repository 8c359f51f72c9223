// SPDX-License-Identifier: LGPL-2.1-or-later
// Helpers for the tests of hyperlipstestsrc.
#pragma once

#include "hyperlips/gst/gsthyperlipsspeechmeta.h"
#include "pipeline_testing.hpp"

namespace hyperlips::test {

inline constexpr const char *kSmall = "format=BGR, width=96, height=80, framerate=25/1";
inline constexpr const char *kSpoken = "format=S16LE, rate=16000, channels=1";

/// A launch line of the source `s` with appsinks `v` and `a`.
inline std::string source(const std::string &properties, const std::string &video = kSmall,
                          const std::string &audio = kSpoken,
                          const std::string &sinks = "sync=false") {
  return "hyperlipstestsrc name=s " + properties + " s.video ! video/x-raw, " + video +
         " ! appsink name=v " + sinks + " s.audio ! audio/x-raw, " + audio + " ! appsink name=a " +
         sinks;
}

inline std::vector<guint8> bytes_of(const Pipeline::Buffers &buffers) {
  std::vector<guint8> all;
  for (GstBuffer *buffer : buffers) {
    const auto bytes = bytes_of(buffer);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

inline GstClockTime end_of(GstBuffer *buffer) {
  return GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
}

/// Asserts timestamps without a gap, from `start`.
inline void assert_continuous(const Pipeline::Buffers &buffers, GstClockTime start = 0) {
  for (GstBuffer *buffer : buffers) {
    fail_unless_equals_uint64(GST_BUFFER_PTS(buffer), start);
    start = end_of(buffer);
  }
}

/// All buffers of both pads.
struct Clip {
  Pipeline::Buffers video, audio;
};

inline Clip play(const std::string &properties, const std::string &video = kSmall,
                 const std::string &audio = kSpoken) {
  Pipeline pipeline(source(properties, video, audio));
  pipeline.play();
  Clip clip;
  clip.video = pipeline.pull_all("v");
  clip.audio = pipeline.pull_all("a");
  return clip;
}

inline std::string caps_at(Pipeline &pipeline, const char *pad_name) {
  GstPad *pad = gst_element_get_static_pad(pipeline["s"], pad_name);
  GstCaps *caps = gst_pad_get_current_caps(pad);
  fail_unless(caps != nullptr);
  gchar *text = gst_caps_to_string(caps);
  std::string result = text;
  g_free(text);
  gst_caps_unref(caps);
  gst_object_unref(pad);
  return result;
}

}  // namespace hyperlips::test
