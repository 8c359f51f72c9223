// SPDX-License-Identifier: LGPL-2.1-or-later
// Shared by the tests of hyperlipsbase in live pipelines and of its inputs.
#pragma once

#include <atomic>

#include "network_testing.hpp"

namespace hyperlips::test {

inline constexpr GstClockTime kMs = GST_MSECOND;
inline constexpr GstClockTime kFrame = 40 * kMs;
inline constexpr GstClockTime kLookahead = 15 * kColumn;

inline std::string base_with(const std::string &properties) {
  return "hyperlipsbase name=b model=" + base_model() + kExact + properties + " ";
}

inline std::string live_line(const std::string &properties, const std::string &video,
                             const std::string &mel) {
  return "appsrc name=video format=time is-live=true " + video +
         " ! b.sink appsrc name=mel format=time " + mel + " ! b.mel " + base_with(properties) +
         "! appsink name=out sync=false";
}

struct Latency {
  gboolean live;
  GstClockTime min, max;
};

inline Latency latency_of(Pipeline &pipeline) {
  GstPad *pad = gst_element_get_static_pad(pipeline["b"], "src");
  GstQuery *query = gst_query_new_latency();
  fail_unless(gst_pad_query(pad, query));
  Latency latency;
  gst_query_parse_latency(query, &latency.live, &latency.min, &latency.max);
  gst_query_unref(query);
  gst_object_unref(pad);
  return latency;
}

/// A live pipeline with a clock that the test controls.
class LivePipeline : public Pipeline {
 public:
  static constexpr GstClockTime kBase = 5 * GST_SECOND;

  explicit LivePipeline(const std::string &line)
      : Pipeline(line), clock(GST_TEST_CLOCK(gst_test_clock_new())) {
    gst_pipeline_use_clock(GST_PIPELINE(get()), GST_CLOCK(clock));
    set_caps("video", video_caps("BGR", kSide, kSide));
    set_caps("mel", kMelCaps);
    gst_test_clock_set_time(clock, kBase);
    play();
  }
  ~LivePipeline() { gst_object_unref(clock); }

  /// Pushes speech and returns once the element has queued it.
  void speak(GstBuffer *buffer) {
    GstPad *pad = gst_element_get_static_pad((*this)["b"], "mel"), *peer = gst_pad_get_peer(pad);
    std::atomic<bool> came = false, taken = false;
    const GstPadProbeCallback note = [](GstPad *, GstPadProbeInfo *, gpointer happened) {
      *static_cast<std::atomic<bool> *>(happened) = true;
      return GST_PAD_PROBE_REMOVE;
    };
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, note, &came, nullptr);
    push("mel", buffer);
    while (!came) g_usleep(1000);
    gst_pad_add_probe(peer, GST_PAD_PROBE_TYPE_IDLE, note, &taken, nullptr);
    while (!taken) g_usleep(1000);
    gst_object_unref(peer);
    gst_object_unref(pad);
  }

  /// Running time until which the element waits.
  GstClockTime awaited() {
    GstClockID id;
    gst_test_clock_wait_for_next_pending_id(clock, &id);
    const GstClockTime time = gst_clock_id_get_time(id);
    gst_clock_id_unref(id);
    return time - kBase;
  }

  /// Advances the clock to the time that the element waits for.
  void pass_time() { fail_unless(gst_test_clock_crank(clock)); }

  GstTestClock *clock;
};

/// The next frame: its time, and whether a face was generated. Returns that.
inline cv::Mat assert_next(Pipeline &pipeline, GstClockTime pts, bool generated) {
  GstBuffer *buffer = pipeline.pull("out");
  fail_unless(buffer != nullptr);
  fail_unless_equals_uint64(GST_BUFFER_PTS(buffer), pts);
  const cv::Mat picture = faces_of(buffer).at(0).generated;
  fail_unless_equals_int(!picture.empty(), generated);
  gst_buffer_unref(buffer);
  return picture;
}

}  // namespace hyperlips::test
