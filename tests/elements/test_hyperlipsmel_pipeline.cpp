// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <atomic>

#include "mel_harness.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

GST_START_TEST(test_latency) {
  for (const int rate : {8000, 11025, 16000, 22050, 44100, 48000, 96000}) {
    MelHarness mel(audio_caps("F32LE", rate));
    const GstClockTime latency = gst_harness_query_latency(mel.harness);
    fail_unless(rate == kRate ? latency == 25 * kMs : latency > 27 * kMs && latency < 34 * kMs,
                "%d Hz: %" GST_TIME_FORMAT, rate, GST_TIME_ARGS(latency));
    // Frames come one by one: how long after its own time does each column appear?
    const std::vector<float> samples = noise(rate / 4);
    GstClockTime longest = 0;
    for (std::size_t at = 0; at < samples.size(); ++at) {
      mel.push(std::span(samples).subspan(at, 1), time_of(at, rate));
      for (const TimedColumn &column : mel.columns())
        longest = std::max(longest, time_of(at, rate) - column.pts);
    }
    // The frame that brought it is itself as long as this.
    const GstClockTime slack = GST_SECOND / rate + GST_SECOND / kRate;
    fail_unless(longest <= latency && longest + slack >= latency,
                "%d Hz: %" GST_TIME_FORMAT " of %" GST_TIME_FORMAT, rate, GST_TIME_ARGS(longest),
                GST_TIME_ARGS(latency));
  }
}
GST_END_TEST

GST_START_TEST(test_latency_adds_to_upstream) {
  MelHarness mel(audio_caps("F32LE", kRate));
  GstBus *bus = watch(mel);
  gst_harness_set_upstream_latency(mel.harness, 30 * kMs);
  fail_unless_equals_uint64(gst_harness_query_latency(mel.harness), 55 * kMs);
  fail_if(gst_bus_have_pending(bus));
  mel.set_caps(audio_caps("F32LE", 48000));
  GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_LATENCY);
  fail_unless(message != nullptr);
  gst_message_unref(message);
  fail_unless(gst_harness_query_latency(mel.harness) > 57 * kMs);
  mel.set_caps(audio_caps("S16LE", 48000));
  fail_if(gst_bus_have_pending(bus));
  unwatch(mel, bus);
}
GST_END_TEST

GST_START_TEST(test_latency_in_pipelines) {
  for (const bool live : {false, true}) {
    const std::string line = std::string("audiotestsrc samplesperbuffer=160 is-live=") +
                             (live ? "true" : "false") +
                             " ! audio/x-raw,rate=16000 ! hyperlipsmel name=mel ! fakesink";
    GstElement *pipeline = gst_parse_launch(line.c_str(), nullptr);
    GstElement *mel = gst_bin_get_by_name(GST_BIN(pipeline), "mel");
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    fail_unless(gst_element_get_state(pipeline, nullptr, nullptr, 10 * GST_SECOND) !=
                GST_STATE_CHANGE_FAILURE);
    GstClockTime least[2];
    for (const int i : {0, 1}) {
      GstPad *pad = gst_element_get_static_pad(mel, i == 0 ? "sink" : "src");
      GstQuery *query = gst_query_new_latency();
      gboolean is_live;
      GstClockTime max;
      fail_unless(i == 0 ? gst_pad_peer_query(pad, query) : gst_pad_query(pad, query));
      gst_query_parse_latency(query, &is_live, &least[i], &max);
      fail_unless_equals_int(is_live, live);
      gst_query_unref(query);
      gst_object_unref(pad);
    }
    fail_unless_equals_uint64(least[1], least[0] + 25 * kMs);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(mel);
    gst_object_unref(pipeline);
  }
}
GST_END_TEST

GST_START_TEST(test_long_buffer_is_split) {
  MelHarness mel(audio_caps("F32LE", 48000));
  mel.push(std::vector<float>(48000 * 60), 0);
  gsize count = 0;
  while (GstBuffer *out = gst_harness_try_pull(mel.harness)) {
    fail_unless(gst_buffer_get_size(out) <= 80 * sizeof(MelColumn));
    count += gst_buffer_get_size(out) / sizeof(MelColumn);
    gst_buffer_unref(out);
  }
  fail_unless_equals_int(count, 60 * 80 - 2);
  fail_unless_equals_int(mel.finish().size(), 3);
}
GST_END_TEST

GST_START_TEST(test_error_messages) {
  GQuark domain = 0;
  int code = 0;
  MelHarness bytes(audio_caps("F32LE", kRate));
  GstBus *bus = watch(bytes);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  gst_harness_push_event(bytes.harness, gst_event_new_segment(&segment));
  fail_unless_equals_int(bytes.push(noise(100), 0), GST_FLOW_ERROR);
  fail_unless(take_message(bus, GST_MESSAGE_ERROR, &domain, &code).find("rawaudioparse") !=
              std::string::npos);
  fail_unless(domain == GST_STREAM_ERROR && code == GST_STREAM_ERROR_FORMAT);
  unwatch(bytes, bus);

  MelHarness planar(audio_caps("F32LE", kRate, 2, "non-interleaved"));
  bus = watch(planar);
  fail_unless_equals_int(planar.push(noise(100), 0), GST_FLOW_ERROR);
  fail_unless(take_message(bus, GST_MESSAGE_ERROR, &domain, &code).find("caps") !=
              std::string::npos);
  fail_unless(domain == GST_STREAM_ERROR && code == GST_STREAM_ERROR_FORMAT);
  unwatch(planar, bus);
}
GST_END_TEST

GST_START_TEST(test_not_negotiated) {
  GstHarness *harness = gst_harness_new("hyperlipsmel");
  gst_harness_set_sink_caps_str(harness, "application/x-something-else");
  gst_harness_set_src_caps_str(harness, audio_caps("F32LE", kRate).c_str());
  const std::vector<float> samples = noise(4000);
  fail_unless_equals_int(
      gst_harness_push(harness, MelHarness::buffer(std::as_bytes(std::span(samples)), 0)),
      GST_FLOW_NOT_NEGOTIATED);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(test_downstream_flow_is_returned) {
  MelHarness mel(audio_caps("F32LE", kRate));
  mel.push(noise(800), 0);
  gst_pad_set_active(mel.harness->sinkpad, FALSE);
  fail_unless_equals_int(mel.push(noise(1600), time_of(800)), GST_FLOW_FLUSHING);
}
GST_END_TEST

GST_START_TEST(test_state_changes) {
  const std::vector<float> samples = noise(5000);
  MelHarness mel(audio_caps("F32LE", kRate));
  for (int i = 0; i < 40; ++i) {
    mel.push(std::span(samples).first(1 + i * 100), 0);
    gst_element_set_state(mel.harness->element, GST_STATE_NULL);
    mel.columns();
    gst_harness_play(mel.harness);
    gst_harness_push_event(mel.harness, gst_event_new_stream_start("again"));
    mel.set_caps(audio_caps("F32LE", i % 2 ? kRate : 48000));
    push_segment(mel, 1.0, 0, GST_CLOCK_TIME_NONE);
  }
  mel.push(samples, 0);
  assert_segment(mel.finish(), 0, samples);
}
GST_END_TEST

GST_START_TEST(test_state_changes_in_a_pipeline) {
  GstElement *pipeline = gst_parse_launch(
      "audiotestsrc ! audio/x-raw,rate=44100 ! hyperlipsmel ! fakesink sync=true", nullptr);
  for (int i = 0; i < 40; ++i) {
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    if (i % 4) gst_element_get_state(pipeline, nullptr, nullptr, 10 * GST_SECOND);
    fail_unless(gst_element_set_state(pipeline, i % 2 ? GST_STATE_NULL : GST_STATE_READY) !=
                GST_STATE_CHANGE_FAILURE);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}
GST_END_TEST

GST_START_TEST(test_seek_in_a_pipeline) {
  GstElement *pipeline = gst_parse_launch(
      "audiotestsrc wave=white-noise num-buffers=500 ! hyperlipsmel ! "
      "fakesink name=out sync=false signal-handoffs=true",
      nullptr);
  GstElement *out = gst_bin_get_by_name(GST_BIN(pipeline), "out");
  static std::atomic<GstClockTime> first;
  first = GST_CLOCK_TIME_NONE;
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  fail_unless(gst_element_get_state(pipeline, nullptr, nullptr, 10 * GST_SECOND) ==
              GST_STATE_CHANGE_SUCCESS);
  fail_unless(gst_element_seek_simple(
      pipeline, GST_FORMAT_TIME,
      static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE), 5 * GST_SECOND));
  g_signal_connect(out, "handoff",
                   G_CALLBACK(+[](GstElement *, GstBuffer *buffer, GstPad *, gpointer) {
                     GstClockTime none = GST_CLOCK_TIME_NONE;
                     first.compare_exchange_strong(none, GST_BUFFER_PTS(buffer));
                   }),
                   nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus *bus = gst_element_get_bus(pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered(
      bus, 20 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  fail_unless(message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS);
  gst_message_unref(message);
  const GstClockTime pts = first;
  fail_unless(pts >= 5 * GST_SECOND && pts < 5 * GST_SECOND + 100 * kMs, "%" GST_TIME_FORMAT,
              GST_TIME_ARGS(pts));
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(out);
  gst_object_unref(pipeline);
}
GST_END_TEST

static Suite *hyperlipsmel_pipeline_suite() {
  Suite *suite = suite_create("hyperlipsmel_pipeline");
  TCase *chain = tcase_create("general");
  suite_add_tcase(suite, chain);
  tcase_add_test(chain, test_latency);
  tcase_add_test(chain, test_latency_adds_to_upstream);
  tcase_add_test(chain, test_latency_in_pipelines);
  tcase_add_test(chain, test_long_buffer_is_split);
  tcase_add_test(chain, test_error_messages);
  tcase_add_test(chain, test_not_negotiated);
  tcase_add_test(chain, test_downstream_flow_is_returned);
  tcase_add_test(chain, test_state_changes);
  tcase_add_test(chain, test_state_changes_in_a_pipeline);
  tcase_add_test(chain, test_seek_in_a_pipeline);
  return suite;
}

GST_CHECK_MAIN(hyperlipsmel_pipeline)
