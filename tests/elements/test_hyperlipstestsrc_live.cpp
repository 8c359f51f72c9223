// SPDX-License-Identifier: LGPL-2.1-or-later
// Live hyperlipstestsrc under a GstTestClock, so that the tests do not depend on real time.
#include <algorithm>

#include "testsrc_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr GstClockTime kMs = GST_MSECOND;
constexpr GstClockTime kFrame = 40 * kMs;

/// An audio buffer lasts 20 ms.
const std::string kLive = "is-live=true samplesperbuffer=320 ";

/// With sinks that do not wait for each other in preroll.
std::string live_source(const std::string &properties) {
  return source(properties, kSmall, kSpoken, "sync=false async=false");
}

/// A live source under a GstTestClock.
class Live {
 public:
  explicit Live(const std::string &line, GstClockTime start = 0)
      : pipeline(line), clock_(GST_TEST_CLOCK(gst_test_clock_new_with_start_time(start))) {
    gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), GST_CLOCK(clock_));
  }
  ~Live() {
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    gst_object_unref(clock_);
  }

  /// Waits until this number of streams waits for the clock.
  void await_waiting(guint streams = 2) {
    gst_test_clock_wait_for_multiple_pending_ids(clock_, streams, nullptr);
  }
  void go_to(GstClockTime time) { gst_test_clock_set_time(clock_, time); }
  /// Wakes all streams that wait for the present or the past.
  void release() {
    while (gst_test_clock_peek_id_count(clock_) > 0) {
      if (next() > gst_clock_get_time(GST_CLOCK(clock_))) return;
      const GstClockID id = gst_test_clock_process_next_clock_id(clock_);
      if (id) gst_clock_id_unref(id);
    }
  }
  /// The next buffer, at the current time.
  GstBuffer *pull(const char *name) {
    while (true) {
      release();
      GstAppSink *sink = GST_APP_SINK(pipeline[name]);
      if (GstSample *sample = gst_app_sink_try_pull_sample(sink, 5 * GST_MSECOND)) {
        GstBuffer *buffer = gst_buffer_ref(gst_sample_get_buffer(sample));
        gst_sample_unref(sample);
        return buffer;
      }
      fail_unless(pipeline.messages(GST_MESSAGE_ERROR).empty());
    }
  }
  /// The earliest time that a stream waits for.
  GstClockTime next() { return gst_test_clock_get_next_entry_time(clock_); }
  /// Advances the clock to that time.
  void crank() { fail_unless(gst_test_clock_crank(clock_)); }

  Pipeline pipeline;

 private:
  GstTestClock *clock_;
};

GstClockTime latency_of(Pipeline &pipeline, const char *pad_name, gboolean *live) {
  GstPad *pad = gst_element_get_static_pad(pipeline["s"], pad_name);
  GstQuery *query = gst_query_new_latency();
  fail_unless(gst_pad_query(pad, query));
  GstClockTime min, max;
  gst_query_parse_latency(query, live, &min, &max);
  fail_unless(max >= min);
  gst_query_unref(query);
  gst_object_unref(pad);
  return min;
}

guint64 stat(Pipeline &pipeline, const char *name) {
  GstStructure *stats = nullptr;
  g_object_get(pipeline["s"], "stats", &stats, nullptr);
  guint64 value = 0;
  fail_unless(gst_structure_get_uint64(stats, name, &value));
  gst_structure_free(stats);
  return value;
}

}  // namespace

GST_START_TEST(test_live_does_not_preroll) {
  Pipeline pipeline(source(kLive));
  Recorder video(pipeline["v"], "sink"), audio(pipeline["a"], "sink");
  fail_unless_equals_int(gst_element_set_state(pipeline.get(), GST_STATE_PAUSED),
                         GST_STATE_CHANGE_NO_PREROLL);
  g_usleep(20000);
  fail_unless_equals_int(std::ranges::count(video.seen(), "buffer"), 0);
  fail_unless_equals_int(std::ranges::count(audio.seen(), "buffer"), 0);
  pipeline.play();
  for (const char *sink : {"v", "a"}) gst_buffer_unref(pipeline.pull(sink));
  fail_unless_equals_int(gst_element_set_state(pipeline.get(), GST_STATE_PAUSED),
                         GST_STATE_CHANGE_NO_PREROLL);
}
GST_END_TEST

GST_START_TEST(test_latency_is_one_buffer) {
  Pipeline pipeline(source(kLive));
  pipeline.play();
  for (const char *sink : {"v", "a"}) gst_buffer_unref(pipeline.pull(sink));
  gboolean live;
  fail_unless_equals_uint64(latency_of(pipeline, "video", &live), kFrame);
  fail_unless(live);
  fail_unless_equals_uint64(latency_of(pipeline, "audio", &live), 20 * kMs);
  fail_unless(live);
}
GST_END_TEST

GST_START_TEST(test_buffers_arrive_on_time) {
  Live live(live_source(kLive + "num-buffers=6"));
  live.pipeline.play();
  // A frame arrives at its timestamp, an audio buffer when it is complete.
  for (GstClockTime time = 0; time <= 240 * kMs; time += 20 * kMs) {
    const bool frame_due = time % kFrame == 0 && time <= 200 * kMs, sound_due = time > 0;
    for (int i = 0; i < frame_due + sound_due; ++i) {
      // After the last frame only audio waits.
      live.await_waiting(time < 200 * kMs || (time == 200 * kMs && i == 0) ? 2 : 1);
      fail_unless_equals_uint64(live.next(), time);
      live.crank();
    }
    if (frame_due) {
      GstBuffer *frame = live.pipeline.pull("v");
      fail_unless_equals_uint64(GST_BUFFER_PTS(frame), time);
      gst_buffer_unref(frame);
    }
    if (sound_due) {
      GstBuffer *sound = live.pipeline.pull("a");
      fail_unless_equals_uint64(end_of(sound), time);
      gst_buffer_unref(sound);
    }
  }
}
GST_END_TEST

GST_START_TEST(test_late_frames_are_skipped_audio_is_not) {
  const Clip whole = play("num-buffers=50 samplesperbuffer=320");
  Live live(live_source(kLive + "num-buffers=50"));
  live.pipeline.play();
  gst_buffer_unref(live.pull("v"));
  live.await_waiting();
  // A second passes at once: frames 1 to 23 are late.
  live.go_to(1010 * kMs);
  GstBuffer *frame = live.pull("v");
  // Frame 1 waited for its time already.
  fail_unless_equals_uint64(GST_BUFFER_PTS(frame), kFrame);
  gst_buffer_unref(frame);
  frame = live.pull("v");
  fail_unless_equals_uint64(GST_BUFFER_PTS(frame), 25 * kFrame);
  fail_unless(GST_BUFFER_FLAG_IS_SET(frame, GST_BUFFER_FLAG_DISCONT));
  fail_unless(bytes_of(frame) == bytes_of(whole.video[25]));
  gst_buffer_unref(frame);
  for (std::size_t i = 0; i < 50; ++i) {
    GstBuffer *sound = live.pull("a");
    fail_unless_equals_uint64(GST_BUFFER_PTS(sound), i * 20 * kMs);
    fail_unless(bytes_of(sound) == bytes_of(whole.audio[i]));
    gst_buffer_unref(sound);
  }
  fail_unless(stat(live.pipeline, "skipped") >= 23);
}
GST_END_TEST

GST_START_TEST(test_late_start_offsets_timestamps) {
  // The source is added when the pipeline has run for 5 s.
  Live live("fakesrc is-live=true num-buffers=0 ! fakesink async=false");
  live.pipeline.play();
  live.pipeline.wait_for_state();
  live.go_to(5 * GST_SECOND);
  GError *error = nullptr;
  GstElement *bin =
      gst_parse_bin_from_description(live_source(kLive + "num-buffers=5").c_str(), FALSE, &error);
  fail_unless(error == nullptr);
  gst_bin_add(GST_BIN(live.pipeline.get()), bin);
  gst_element_sync_state_with_parent(bin);
  GstBuffer *frame = live.pull("v");
  fail_unless_equals_uint64(GST_BUFFER_PTS(frame), 5 * GST_SECOND);
  fail_unless_equals_uint64(GST_BUFFER_OFFSET(frame), 0);
  gst_buffer_unref(frame);
  live.await_waiting();
  live.crank();
  GstBuffer *sound = live.pull("a");
  fail_unless_equals_uint64(GST_BUFFER_PTS(sound), 5 * GST_SECOND);
  gst_buffer_unref(sound);
}
GST_END_TEST

GST_START_TEST(test_do_timestamp_starts_at_running_time) {
  for (const bool wanted : {false, true}) {
    Live live("fakesrc is-live=true num-buffers=0 ! fakesink async=false");
    live.pipeline.play();
    live.pipeline.wait_for_state();
    live.go_to(5 * GST_SECOND);
    GError *error = nullptr;
    GstElement *bin = gst_parse_bin_from_description(
        live_source(std::string("num-buffers=5 do-timestamp=") + (wanted ? "true" : "false"))
            .c_str(),
        FALSE, &error);
    fail_unless(error == nullptr);
    gst_bin_add(GST_BIN(live.pipeline.get()), bin);
    gst_element_sync_state_with_parent(bin);
    const auto video = live.pipeline.pull_all("v"), audio = live.pipeline.pull_all("a");
    fail_unless_equals_int(video.size(), 5);
    assert_continuous(video, wanted ? 5 * GST_SECOND : 0);
    assert_continuous(audio, wanted ? 5 * GST_SECOND : 0);
  }
}
GST_END_TEST

GST_START_TEST(test_pause_and_resume) {
  Live live(live_source(kLive + "num-buffers=50"));
  live.pipeline.play();
  gst_buffer_unref(live.pull("v"));
  live.await_waiting();
  live.pipeline.set_state(GST_STATE_PAUSED);
  // Ten seconds pass, without running time.
  live.go_to(10 * GST_SECOND);
  live.pipeline.play();
  live.await_waiting();
  fail_unless_equals_uint64(live.next(), 10 * GST_SECOND + 20 * kMs);
  live.crank();
  GstBuffer *sound = live.pull("a");
  fail_unless_equals_uint64(GST_BUFFER_PTS(sound), 0);
  gst_buffer_unref(sound);
}
GST_END_TEST

GST_START_TEST(test_live_num_buffers_ends_both_pads) {
  Live live(live_source(kLive + "num-buffers=5"));
  live.pipeline.play();
  for (GstClockTime time = 0; time <= 200 * kMs; time += 20 * kMs) {
    live.go_to(time);
    if (time % kFrame == 0 && time < 200 * kMs) gst_buffer_unref(live.pull("v"));
    if (time > 0) gst_buffer_unref(live.pull("a"));
  }
  fail_unless(live.pipeline.pull("v") == nullptr);
  fail_unless(live.pipeline.pull("a") == nullptr);
}
GST_END_TEST

GST_START_TEST(test_flushing_seek_interrupts_clock_wait) {
  Live live(live_source(kLive + "num-buffers=50"));
  live.pipeline.play();
  gst_buffer_unref(live.pull("v"));
  live.await_waiting();
  GstPad *pad = gst_element_get_static_pad(live.pipeline["s"], "audio");
  fail_unless(gst_pad_send_event(
      pad, gst_event_new_seek(1, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET,
                              gint64(GST_SECOND), GST_SEEK_TYPE_NONE, -1)));
  fail_unless(!gst_pad_send_event(
      pad, gst_event_new_seek(-1, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0,
                              GST_SEEK_TYPE_SET, gint64(GST_SECOND))));
  gst_object_unref(pad);
  GstBuffer *frame = live.pull("v");
  fail_unless_equals_uint64(GST_BUFFER_OFFSET(frame), 25);
  gst_buffer_unref(frame);
}
GST_END_TEST

GST_START_TEST(test_eos_event_interrupts_clock_wait) {
  Live live(live_source(kLive));
  live.pipeline.play();
  gst_buffer_unref(live.pull("v"));
  live.await_waiting();
  fail_unless(gst_element_send_event(live.pipeline.get(), gst_event_new_eos()));
  fail_unless_equals_int(live.pipeline.pull_all("v").size(), 0);
  fail_unless_equals_int(live.pipeline.pull_all("a").size(), 0);
}
GST_END_TEST

static Suite *testsrc_live_suite() {
  Suite *suite = suite_create("hyperlipstestsrc_live");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_live_does_not_preroll);
  tcase_add_test(tests, test_latency_is_one_buffer);
  tcase_add_test(tests, test_buffers_arrive_on_time);
  tcase_add_test(tests, test_late_frames_are_skipped_audio_is_not);
  tcase_add_test(tests, test_late_start_offsets_timestamps);
  tcase_add_test(tests, test_do_timestamp_starts_at_running_time);
  tcase_add_test(tests, test_pause_and_resume);
  tcase_add_test(tests, test_live_num_buffers_ends_both_pads);
  tcase_add_test(tests, test_flushing_seek_interrupts_clock_wait);
  tcase_add_test(tests, test_eos_event_interrupts_clock_wait);
  return suite;
}

GST_CHECK_MAIN(testsrc_live)
