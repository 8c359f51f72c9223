// SPDX-License-Identifier: LGPL-2.1-or-later
// State changes during data flow, many flushing seeks, leaks, and networks shared by streams.
#include <algorithm>
#include <cmath>
#include <malloc.h>
#include <thread>

#include "network_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr GstClockTime kMs = GST_MSECOND;
const char *const kFactories[] = {"hyperlips",       "hyperlipsfacecrop", "hyperlipsmel",
                                  "hyperlipsbase",   "hyperlipshr",       "hyperlipscomposite",
                                  "hyperlipstestsrc"};

/// A complete pipeline of endless, seekable sources; each frame gets a face.
std::string endless(const std::string &base = "batch-size=2") {
  return "videotestsrc name=video ! "
         "video/x-raw, format=BGR, width=160, height=120, framerate=25/1 ! "
         "hyperlipsbase name=b model=" +
         base_model() + kExact + base +
         " ! hyperlipscomposite ! fakesink name=out sync=false "
         "audiotestsrc wave=ticks ! audio/x-raw, rate=16000 ! queue ! hyperlipsmel ! b.mel";
}

void mark_faces(GstElement *base) {
  GstPad *pad = gst_element_get_static_pad(base, "sink");
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad *, GstPadProbeInfo *info, gpointer) {
        static const HyperlipsFaceData face = made_face(0, 3);
        GstBuffer *buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
        add_face(buffer, face);
        info->data = buffer;
        return GST_PAD_PROBE_OK;
      },
      nullptr, nullptr);
  gst_object_unref(pad);
}

void set_model(GstElement *element) {
  if (!g_object_class_find_property(G_OBJECT_GET_CLASS(element), "model")) return;
  const bool hr = g_str_has_suffix(G_OBJECT_TYPE_NAME(element), "Hr");
  const std::string model = hr ? formula_model("HRDecoder x1") : base_model();
  g_object_set(element, "model", model.c_str(), "device", "cpu", "batch-size", 1u, nullptr);
}

void go_to(GstElement *element, GstState state) {
  fail_unless(gst_element_set_state(element, state) != GST_STATE_CHANGE_FAILURE);
  fail_unless(gst_element_get_state(element, nullptr, nullptr, kTimeout) !=
              GST_STATE_CHANGE_FAILURE);
}

/// Megabytes of allocated memory of all threads. The resident size would not do: each thread's
/// arena keeps freed memory. The allocator of sanitizers is not counted: there LeakSanitizer
/// checks.
double allocated() {
  const struct mallinfo2 info = mallinfo2();
  return double(info.uordblks + info.hblkhd) / 1e6;
}

/// Number of live objects by type; empty if the tracer is not active.
std::map<std::string, int> live_objects() {
  std::map<std::string, int> counts;
  GList *tracers = gst_tracing_get_active_tracers();
  for (GList *item = tracers; item; item = item->next) {
    if (!g_str_equal(G_OBJECT_TYPE_NAME(item->data), "GstLeaksTracer")) continue;
    GstStructure *info = nullptr;
    g_signal_emit_by_name(item->data, "get-live-objects", &info);
    fail_unless(info != nullptr);
    const GValue *list = gst_structure_get_value(info, "live-objects-list");
    for (guint i = 0; list && i < gst_value_list_get_size(list); ++i) {
      const auto *object = gst_value_get_structure(gst_value_list_get_value(list, i));
      ++counts[G_VALUE_TYPE_NAME(gst_structure_get_value(object, "object"))];
    }
    // `info` is not freed: in 1.22 the tracer returns objects without a reference.
    ++counts["GstLeaksTracer"];
  }
  g_list_free_full(tracers, gst_object_unref);
  return counts;
}

/// Runs a pipeline of all elements with a drawn face until EOS.
void redub_once(bool hr) {
  const cv::Size size(160, 120);
  Pipeline pipeline(
      "hyperlips name=h model=" + base_model() + kExact + "batch-size=4 " +
      (hr ? "hr-model=" + formula_model("HRDecoder x1") : "") +
      " appsrc name=video format=time ! h.video_sink audiotestsrc num-buffers=40 ! "
      "h.audio_sink h.video_src ! appsink name=out sync=false h.audio_src ! fakesink");
  pipeline.set_caps("video", video_caps("BGR", size.width, size.height));
  pipeline.play();
  for (guint i = 0; i < 8; ++i) {
    pipeline.push("video", bgr_buffer(draw_face(size, {.width = 0.4f}), i * 40 * kMs));
  }
  pipeline.end("video");
  fail_unless_equals_int(pipeline.pull_all("out").size(), 8);
}

/// Generated faces of a stream with its own speech and faces.
std::vector<cv::Mat> run_stream(int seed, const char *instance = "") {
  Pipeline pipeline(
      "appsrc name=video format=time ! b.sink appsrc name=mel format=time ! b.mel "
      "hyperlipsbase name=b batch-size=1 model=" +
      base_model() + kExact + instance + " ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.set_caps("mel", kMelCaps);
  pipeline.play();
  pipeline.push("mel", mel_buffer(columns(seed * 1000, 80), 0));
  for (guint i = 0; i < 12; ++i) {
    pipeline.push("video", face_frame(i * 40 * kMs, seed * 10 + int(i)));
  }
  pipeline.end("video");
  std::vector<cv::Mat> pictures;
  for (GstBuffer *buffer : pipeline.pull_all("out")) {
    pictures.push_back(faces_of(buffer).at(0).generated);
  }
  fail_unless_equals_int(pictures.size(), 12);
  return pictures;
}

}  // namespace

GST_START_TEST(test_state_changes_of_every_element) {
  GstElement *element = gst_element_factory_make(kFactories[__i__], nullptr);
  fail_unless(element != nullptr);
  gst_object_ref_sink(element);
  set_model(element);
  const GstState order[] = {
      GST_STATE_READY,   GST_STATE_NULL,  GST_STATE_READY,   GST_STATE_PAUSED,  GST_STATE_READY,
      GST_STATE_NULL,    GST_STATE_READY, GST_STATE_PAUSED,  GST_STATE_PLAYING, GST_STATE_PAUSED,
      GST_STATE_PLAYING, GST_STATE_NULL,  GST_STATE_PLAYING, GST_STATE_NULL};
  for (int round = 0; round < 2; ++round) {
    for (const GstState state : order) go_to(element, state);
  }
  // Going without having gone anywhere is fine too.
  gst_object_unref(element);
  element = gst_element_factory_make(kFactories[__i__], nullptr);
  gst_object_unref(gst_object_ref_sink(element));
}
GST_END_TEST

GST_START_TEST(test_forty_state_cycles_with_data_flow) {
  // The weights stay loaded here, so that the cycles are quick.
  const auto network = open_exactly(base_model());
  Pipeline pipeline(endless());
  mark_faces(pipeline["b"]);
  // The least of five cycles: threads keep some freed blocks at hand, now more, now fewer.
  double before = HUGE_VAL, after = HUGE_VAL;
  for (int i = 0; i < 40; ++i) {
    pipeline.play();
    // Sometimes at once, mostly in the middle of something.
    if (i % 4) g_usleep(gulong(i % 13) * 10000);
    pipeline.set_state(GST_STATE_NULL);
    if (i >= 5 && i < 10) before = std::min(before, allocated());
    if (i >= 35) after = std::min(after, allocated());
  }
  fail_unless(pipeline.messages(GST_MESSAGE_ERROR).empty());
  // One frame of each cycle, or one crop, would be at least 1.4 MB.
  const double growth = after - before;
  fail_unless(growth < 0.7, "30 cycles cost %g MB", growth);
}
GST_END_TEST

GST_START_TEST(test_weights_are_freed_in_null) {
  Pipeline pipeline(endless());
  mark_faces(pipeline["b"]);
  double before = 0;
  for (int i = 0; i < 5; ++i) {
    pipeline.play();
    pipeline.wait_for_state();
    pipeline.set_state(GST_STATE_NULL);
    if (i == 1) before = allocated();
  }
  // A copy of the weights is 119 MB.
  const double growth = allocated() - before;
  fail_unless(growth < 1, "3 cycles cost %g MB", growth);
}
GST_END_TEST

GST_START_TEST(test_pause_and_ready_during_data_flow) {
  const auto network = open_exactly(base_model());
  Pipeline pipeline(endless());
  mark_faces(pipeline["b"]);
  const GstState states[] = {GST_STATE_PAUSED,  GST_STATE_PLAYING, GST_STATE_READY,
                             GST_STATE_PLAYING, GST_STATE_PAUSED,  GST_STATE_READY};
  for (int i = 0; i < 30; ++i) {
    pipeline.set_state(states[i % 6]);
    g_usleep(gulong(i % 5) * 7000);
  }
  pipeline.play();
  pipeline.wait_for_state();
  fail_unless(pipeline.messages(GST_MESSAGE_ERROR).empty());
}
GST_END_TEST

GST_START_TEST(test_many_flushing_seeks) {
  const auto network = open_exactly(base_model());
  Pipeline pipeline(endless());
  mark_faces(pipeline["b"]);
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait_for_state();
  pipeline.play();
  for (int i = 0; i < 40; ++i) {
    const auto seek = [&](GstClockTime to, gint64 stop) {
      fail_unless(gst_element_seek(pipeline.get(), 1, GST_FORMAT_TIME,
                                   GstSeekFlags(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
                                   GST_SEEK_TYPE_SET, gint64(to),
                                   stop < 0 ? GST_SEEK_TYPE_NONE : GST_SEEK_TYPE_SET, stop));
    };
    seek(GstClockTime(i * 37 % 100) * 10 * kMs, i < 39 ? -1 : gint64(i * 37 % 100 + 40) * 10 * kMs);
    if (i % 3 == 0) g_usleep(gulong(i) * 1000);
  }
  // The last one has an end, which must come.
  GstBus *bus = gst_element_get_bus(pipeline.get());
  GstMessage *message = gst_bus_timed_pop_filtered(
      bus, kTimeout, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  fail_unless(message != nullptr, "timeout waiting for EOS");
  fail_unless_equals_int(GST_MESSAGE_TYPE(message), GST_MESSAGE_EOS);
  gst_message_unref(message);
  gst_object_unref(bus);
}
GST_END_TEST

GST_START_TEST(test_no_object_leaks) {
  for (const bool hr : {false, true}) {
    redub_once(hr);
    const auto before = live_objects();
    fail_unless(before.count("GstLeaksTracer"), "GST_TRACERS=leaks is not set");
    redub_once(hr);
    const auto after = live_objects();
    for (const auto &[type, count] : after) {
      const auto known = before.find(type);
      const int was = known == before.end() ? 0 : known->second;
      fail_unless(count <= was, "%d of %s leak", count - was, type.c_str());
    }
  }
}
GST_END_TEST

GST_START_TEST(test_streams_with_a_shared_network_are_independent) {
  constexpr int kStreams = 4;
  std::vector<std::vector<cv::Mat>> alone, together(kStreams);
  for (int i = 0; i < kStreams; ++i) alone.push_back(run_stream(i));
  std::vector<std::thread> threads;
  for (int i = 0; i < kStreams; ++i) {
    threads.emplace_back([&, i] {
      together[std::size_t(i)] = run_stream(i, i == 3 ? "model-instance-id=own" : "");
    });
  }
  for (std::thread &thread : threads) thread.join();
  for (std::size_t i = 0; i < kStreams; ++i) {
    for (std::size_t k = 0; k < 12; ++k) {
      // Samples of several streams form one batch, whose sums may differ in the last bits.
      const double apart = difference(alone[i][k], together[i][k]);
      fail_unless(apart <= 1, "stream %zu, frame %zu: %g", i, k, apart);
    }
  }
  fail_unless(!same_picture(alone[0][0], alone[1][0]));
}
GST_END_TEST

static Suite *video_states_suite() {
  Suite *suite = suite_create("video_states");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_loop_test(tests, test_state_changes_of_every_element, 0, G_N_ELEMENTS(kFactories));
  tcase_add_test(tests, test_forty_state_cycles_with_data_flow);
  tcase_add_test(tests, test_weights_are_freed_in_null);
  tcase_add_test(tests, test_pause_and_ready_during_data_flow);
  tcase_add_test(tests, test_many_flushing_seeks);
  tcase_add_test(tests, test_no_object_leaks);
  tcase_add_test(tests, test_streams_with_a_shared_network_are_independent);
  return suite;
}

int main(int argc, char **argv) {
  // Tracers are started by gst_init().
  g_setenv("GST_TRACERS", "leaks", TRUE);
  gst_check_init(&argc, &argv);
  return gst_check_run_suite(video_states_suite(), "video_states", __FILE__);
}
