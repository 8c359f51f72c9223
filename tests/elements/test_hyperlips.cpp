// SPDX-License-Identifier: LGPL-2.1-or-later
// The bin in a complete pipeline: a drawn face, a tone, models with formula weights.
#include <gst/check/gstharness.h>

#include <algorithm>

#include "network_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

const cv::Size kSize(320, 240);
constexpr GstClockTime kFrame = 40 * GST_MSECOND;
constexpr int kFrames = 12;

cv::Mat picture(int i) {
  return draw_face(
      kSize,
      {.center = {0.5f + 0.004f * float(i), 0.5f}, .width = 0.4f, .mouth = float(i % 5) / 4});
}

std::string bin_with(const std::string &properties) {
  return "hyperlips name=h model=" + base_model() + kExact + "batch-size=4 " + properties + " ";
}

constexpr const char *kVideo = "appsrc name=video format=time ! h.video_sink ";
constexpr const char *kVideoOut = "h.video_src ! appsink name=out sync=false ";
constexpr const char *kAudio =
    "audiotestsrc name=tone wave=ticks samplesperbuffer=441 ! audio/x-raw, format=S16LE, "
    "rate=44100, channels=2 ! h.audio_sink ";
constexpr const char *kAudioOut = "h.audio_src ! appsink name=sound sync=false ";

void push_video(Pipeline &pipeline) {
  pipeline.set_caps("video", video_caps("BGR", kSize.width, kSize.height));
  pipeline.play();
  for (int i = 0; i < kFrames; ++i) {
    pipeline.push("video", bgr_buffer(picture(i), GstClockTime(i) * kFrame));
  }
  pipeline.end("video");
}

/// First and last row in which a frame differs from the input picture; -1, -1 if it does not.
std::pair<int, int> changed_rows(GstBuffer *buffer, int i) {
  GstBuffer *original = bgr_buffer(picture(i), 0);
  const auto before = bytes_of(original), after = bytes_of(buffer);
  gst_buffer_unref(original);
  fail_unless_equals_int(before.size(), after.size());
  const std::size_t stride = std::size_t(kSize.width) * 3;
  std::pair<int, int> rows{-1, -1};
  for (std::size_t k = 0; k < before.size(); ++k) {
    if (before[k] == after[k]) continue;
    if (rows.first < 0) rows.first = int(k / stride);
    rows.second = int(k / stride);
  }
  return rows;
}

void assert_video(Pipeline &pipeline, bool changed = true) {
  const auto frames = pipeline.pull_all("out");
  fail_unless_equals_int(frames.size(), kFrames);
  for (int i = 0; i < kFrames; ++i) {
    GstBuffer *frame = frames[std::size_t(i)];
    fail_unless_equals_uint64(GST_BUFFER_PTS(frame), GstClockTime(i) * kFrame);
    fail_unless(faces_of(frame).empty() && regions_of(frame).empty());
    const auto [top, bottom] = changed_rows(frame, i);
    if (!changed) {
      fail_unless_equals_int(top, -1);
      continue;
    }
    // The lower half of the face, which is about 160 pixels high around the middle of the frame.
    fail_unless(top > kSize.height / 2 - 20 && bottom < kSize.height / 2 + 110, "rows %d to %d",
                top, bottom);
  }
}

GstElement *inner(Pipeline &pipeline, const char *name) { return pipeline[name]; }

std::string text_of(GstElement *element, const char *property) {
  GValue value = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(element), property, &value);
  gchar *text = gst_value_serialize(&value);
  std::string result = text ? text : "";
  g_free(text);
  g_value_unset(&value);
  return result;
}

/// Name of the element linked to the composite: "hr" or "base".
std::string before_composite(Pipeline &pipeline) {
  GstPad *pad = gst_element_get_static_pad(inner(pipeline, "composite"), "sink");
  GstPad *peer = gst_pad_get_peer(pad);
  fail_unless(peer != nullptr);
  const std::string name = GST_OBJECT_NAME(GST_OBJECT_PARENT(peer));
  gst_object_unref(peer);
  gst_object_unref(pad);
  return name;
}

}  // namespace

GST_START_TEST(test_properties_of_inner_elements) {
  Pipeline pipeline("hyperlips name=h");
  GstElement *bin = pipeline["h"];
  const struct {
    const char *property, *value;
    std::vector<std::pair<const char *, const char *>> inner;
  } cases[] = {
      {"model", "a.pth", {{"base", "model"}}},
      {"hr-model", "b.pth", {{"hr", "model"}}},
      {"backend", "torch", {{"base", "backend"}, {"hr", "backend"}}},
      {"threads", "2", {{"base", "threads"}, {"hr", "threads"}}},
      {"device", "cuda:1", {{"base", "device"}, {"hr", "device"}}},
      {"precision", "bf16", {{"base", "precision"}, {"hr", "precision"}}},
      {"batch-size", "3", {{"base", "batch-size"}, {"hr", "batch-size"}}},
      {"model-instance-id", "x", {{"base", "model-instance-id"}, {"hr", "model-instance-id"}}},
      {"face-select", "all", {{"facecrop", "face-select"}}},
      {"reference-image", "c.png", {{"base", "reference-image"}}},
      {"silence", "original", {{"base", "silence"}}},
      {"strength", "0.25", {{"composite", "strength"}}},
      {"feather", "0.125", {{"composite", "feather"}}},
  };
  for (const auto &c : cases) {
    fail_unless(text_of(bin, c.property) ==
                text_of(inner(pipeline, c.inner[0].first), c.inner[0].second));
    gst_util_set_object_arg(G_OBJECT(bin), c.property, c.value);
    const std::string set = text_of(bin, c.property);
    fail_unless(!set.empty());
    for (const auto &[element, property] : c.inner) {
      fail_unless(text_of(inner(pipeline, element), property) == set, "%s of %s", property,
                  element);
    }
  }
  // Child properties, also those of hr without an hr-model.
  gst_child_proxy_set(GST_CHILD_PROXY(bin), "hr::batch-size", 7u, "facecrop::max-faces", 2u,
                      nullptr);
  fail_unless(text_of(inner(pipeline, "hr"), "batch-size") == "7");
  fail_unless(text_of(inner(pipeline, "facecrop"), "max-faces") == "2");
}
GST_END_TEST

GST_START_TEST(test_hr_model_links_hyperlipshr) {
  Pipeline pipeline(bin_with(""));
  GstElement *bin = pipeline["h"];
  fail_unless(before_composite(pipeline) == "base");
  pipeline.set_state(GST_STATE_READY);
  fail_unless(before_composite(pipeline) == "base");
  const std::string hr_model = formula_model("HRDecoder x2");
  g_object_set(bin, "hr-model", hr_model.c_str(), nullptr);
  pipeline.set_state(GST_STATE_PAUSED);
  fail_unless(before_composite(pipeline) == "hr");
  g_object_set(bin, "hr-model", nullptr, nullptr);
  fail_unless_equals_int(pipeline.messages(GST_MESSAGE_WARNING).size(), 1);
  pipeline.set_state(GST_STATE_READY);
  fail_unless(before_composite(pipeline) == "hr");
  gchar *kept = nullptr;
  g_object_get(bin, "hr-model", &kept, nullptr);
  fail_unless_equals_string(kept, hr_model.c_str());
  g_free(kept);
  pipeline.set_state(GST_STATE_NULL);
  g_object_set(bin, "hr-model", nullptr, nullptr);
  pipeline.set_state(GST_STATE_READY);
  pipeline.set_state(GST_STATE_PAUSED);
  fail_unless(before_composite(pipeline) == "base");
  fail_unless_equals_int(GST_STATE(inner(pipeline, "hr")), GST_STATE_NULL);
  g_object_set(bin, "hr-model", hr_model.c_str(), nullptr);
  fail_unless_equals_int(pipeline.messages(GST_MESSAGE_WARNING).size(), 2);
}
GST_END_TEST

GST_START_TEST(test_complete_pipeline) {
  for (const bool hr : {false, true}) {
    Pipeline pipeline(bin_with(hr ? "hr-model=" + formula_model("HRDecoder x2") : "") + kVideo +
                      kVideoOut + kAudio + kAudioOut);
    // Longer than the video: all of the audio must be output.
    g_object_set(pipeline["tone"], "num-buffers", 100, nullptr);
    push_video(pipeline);
    assert_video(pipeline);
    const auto sound = pipeline.pull_all("sound");
    fail_unless_equals_int(sound.size(), 100);
    for (std::size_t i = 0; i < sound.size(); ++i) {
      fail_unless_equals_uint64(GST_BUFFER_PTS(sound[i]), i * 10 * GST_MSECOND);
    }
    fail_unless_equals_uint64(stat(inner(pipeline, "base"), "faces"), kFrames);
    fail_unless_equals_uint64(stat(inner(pipeline, "hr"), "faces"), hr ? kFrames : 0);
  }
}
GST_END_TEST

GST_START_TEST(test_audio_is_unmodified) {
  const std::string tone =
      "audiotestsrc wave=ticks num-buffers=60 samplesperbuffer=441 ! audio/x-raw, format=S16LE, "
      "rate=44100, channels=2 ! ";
  Pipeline direct(tone + "appsink name=sound sync=false");
  direct.play();
  const auto expected = direct.pull_all("sound");
  Pipeline pipeline(bin_with("") + kVideo + kVideoOut + tone + "h.audio_sink " + kAudioOut);
  push_video(pipeline);
  pipeline.pull_all("out");
  const auto sound = pipeline.pull_all("sound");
  fail_unless_equals_int(sound.size(), expected.size());
  for (std::size_t i = 0; i < sound.size(); ++i) {
    fail_unless(bytes_of(sound[i]) == bytes_of(expected[i]));
  }
}
GST_END_TEST

GST_START_TEST(test_unlinked_audio_src) {
  Pipeline pipeline(bin_with("") + kVideo + kVideoOut + kAudio);
  g_object_set(pipeline["tone"], "num-buffers", 60, nullptr);
  push_video(pipeline);
  assert_video(pipeline);
}
GST_END_TEST

GST_START_TEST(test_video_passes_without_speech) {
  Pipeline pipeline(bin_with("") + kVideo + kVideoOut);
  push_video(pipeline);
  assert_video(pipeline, false);
}
GST_END_TEST

GST_START_TEST(test_covered_mouth_fades_to_the_original) {
  Pipeline pipeline(bin_with("") + kVideo + kVideoOut + kAudio);
  g_object_set(pipeline["tone"], "num-buffers", 100, nullptr);
  pipeline.set_caps("video", video_caps("BGR", kSize.width, kSize.height));
  pipeline.play();
  std::vector<GstBuffer *> originals;
  for (int i = 0; i < 20; ++i) {
    originals.push_back(
        bgr_buffer(draw_face(kSize, {.width = 0.4f, .hand = i >= 12}), GstClockTime(i) * kFrame));
    pipeline.push("video", gst_buffer_ref(originals.back()));
  }
  pipeline.end("video");
  const auto frames = pipeline.pull_all("out");
  fail_unless_equals_int(frames.size(), 20);
  // The hand comes with frame 12; the new mouth is gone 200 ms later.
  for (std::size_t i = 0; i < 20; ++i) {
    fail_unless_equals_int(bytes_of(frames[i]) == bytes_of(originals[i]), i >= 16);
    gst_buffer_unref(originals[i]);
  }
}
GST_END_TEST

GST_START_TEST(test_sound_goes_on_while_the_camera_is_off) {
  // Ten minutes of live sound, while the camera never sends a frame.
  constexpr int kSeconds = 600, kRate = 8000;
  Pipeline pipeline(bin_with("") + "appsrc name=video format=time is-live=true ! h.video_sink " +
                    kVideoOut + "appsrc name=tone format=time is-live=true ! h.audio_sink " +
                    kAudioOut);
  GstTestClock *clock = GST_TEST_CLOCK(gst_test_clock_new());
  gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), GST_CLOCK(clock));
  // Else the pipeline waits in PAUSED for a first frame on each sink.
  g_object_set(pipeline["out"], "async", FALSE, nullptr);
  pipeline.set_caps("video", video_caps("BGR", kSize.width, kSize.height));
  pipeline.set_caps("tone", "audio/x-raw, format=S16LE, rate=8000, channels=1, layout=interleaved");
  pipeline.play();
  for (int n = 0; n < kSeconds; ++n) {
    GstBuffer *buffer = gst_buffer_new_allocate(nullptr, kRate * 2, nullptr);
    gst_buffer_memset(buffer, 0, 0, kRate * 2);
    GST_BUFFER_PTS(buffer) = GstClockTime(n) * GST_SECOND;
    GST_BUFFER_DURATION(buffer) = GST_SECOND;
    pipeline.push("tone", buffer);
    gst_test_clock_advance_time(clock, GST_SECOND);
    GstBuffer *played = pipeline.pull("sound");
    fail_unless_equals_uint64(GST_BUFFER_PTS(played), GstClockTime(n) * GST_SECOND);
    gst_buffer_unref(played);
  }
  pipeline.set_state(GST_STATE_NULL);
  gst_object_unref(clock);
}
GST_END_TEST

/// A tenth of a second of mono sound.
static GstBuffer *sound_at(GstClockTime pts) {
  GstBuffer *buffer = gst_buffer_new_allocate(nullptr, 1600, nullptr);
  gst_buffer_memset(buffer, 0, 0, 1600);
  GST_BUFFER_PTS(buffer) = pts;
  GST_BUFFER_DURATION(buffer) = GST_SECOND / 10;
  return buffer;
}

GST_START_TEST(test_queued_sound_outlives_the_next_stream) {
  // While nothing leaves audio_src, as before preroll: an end, another stream, a jump of its
  // running time by 100 s, and its end.
  GstElement *bin = gst_parse_launch(bin_with("").c_str(), nullptr);
  GstHarness *harness = gst_harness_new_with_element(bin, "audio_sink", "audio_src");
  gst_harness_set_src_caps_str(
      harness, "audio/x-raw, format=S16LE, rate=8000, channels=1, layout=interleaved");
  GstPad *out = gst_element_get_static_pad(bin, "audio_src");
  const gulong probe = gst_pad_add_probe(
      out, GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM,
      [](GstPad *, GstPadProbeInfo *, gpointer) { return GST_PAD_PROBE_OK; }, nullptr, nullptr);
  fail_unless_equals_int(gst_harness_push(harness, sound_at(0)), GST_FLOW_OK);
  fail_unless(gst_harness_push_event(harness, gst_event_new_eos()));
  fail_unless(gst_harness_push_event(harness, gst_event_new_stream_start("next")));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  for (const GstClockTime base : {GST_SECOND, 100 * GST_SECOND}) {
    segment.base = base;
    fail_unless(gst_harness_push_event(harness, gst_event_new_segment(&segment)));
    for (int i = 0; i < 2; ++i)
      fail_unless_equals_int(gst_harness_push(harness, sound_at(i)), GST_FLOW_OK);
  }
  fail_unless(gst_harness_push_event(harness, gst_event_new_eos()));
  gst_pad_remove_probe(out, probe);

  std::string got;
  for (int ends = 0; ends < 2;) {
    GstEvent *event = gst_harness_pull_event(harness);
    fail_unless(event != nullptr, "no second EOS after %s", got.c_str());
    if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) ++ends;
    got += std::string(GST_EVENT_TYPE_NAME(event)) + " ";
    gst_event_unref(event);
  }
  assert_equals_string(got.c_str(),
                       "stream-start caps segment eos stream-start segment segment eos ");
  fail_unless_equals_int(gst_harness_buffers_in_queue(harness), 5);
  gst_object_unref(out);
  gst_harness_teardown(harness);
  gst_object_unref(bin);
}
GST_END_TEST

GST_START_TEST(test_strength_zero) {
  Pipeline pipeline(bin_with("strength=0") + kVideo + kVideoOut + kAudio);
  g_object_set(pipeline["tone"], "num-buffers", 60, nullptr);
  push_video(pipeline);
  assert_video(pipeline, false);
}
GST_END_TEST

GST_START_TEST(test_error_names_the_inner_element) {
  Pipeline pipeline("hyperlips");
  fail_unless_equals_int(gst_element_set_state(pipeline.get(), GST_STATE_READY),
                         GST_STATE_CHANGE_FAILURE);
  const auto errors = pipeline.messages(GST_MESSAGE_ERROR);
  fail_unless_equals_int(errors.size(), 1);
  fail_unless_equals_string(errors[0].source.c_str(), "base");
  fail_unless(errors[0].is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND));
}
GST_END_TEST

static Suite *hyperlips_suite() {
  Suite *suite = suite_create("hyperlips");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_properties_of_inner_elements);
  tcase_add_test(tests, test_hr_model_links_hyperlipshr);
  tcase_add_test(tests, test_complete_pipeline);
  tcase_add_test(tests, test_audio_is_unmodified);
  tcase_add_test(tests, test_unlinked_audio_src);
  tcase_add_test(tests, test_video_passes_without_speech);
  tcase_add_test(tests, test_covered_mouth_fades_to_the_original);
  tcase_add_test(tests, test_sound_goes_on_while_the_camera_is_off);
  tcase_add_test(tests, test_queued_sound_outlives_the_next_stream);
  tcase_add_test(tests, test_strength_zero);
  tcase_add_test(tests, test_error_names_the_inner_element);
  return suite;
}

GST_CHECK_MAIN(hyperlips)
