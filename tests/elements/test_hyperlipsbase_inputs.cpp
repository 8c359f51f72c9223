// SPDX-License-Identifier: LGPL-2.1-or-later
// hyperlipsbase with inputs that stop, are unlinked, or are played at other rates.
#include <thread>

#include "base_testing.hpp"
#include "rig.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

/// The picture of a face that says the 16 columns from `first` on.
cv::Mat expected(std::int64_t first, int seed, int reference) {
  static const auto network = open_exactly(base_model());
  return generated(*network, window(columns(first, kWindow)), crop_picture(seed),
                   crop_picture(reference));
}

void assert_said(const cv::Mat &picture, std::int64_t first, int seed, int reference) {
  const double right = difference(picture, expected(first, seed, reference));
  fail_unless(right <= 1, "column %d: differs by %g", int(first), right);
  fail_unless(difference(picture, expected(first + 1, seed, reference)) > 2);
}

/// Pushes seconds of silent speech from a thread of its own, until that is refused.
class Speaker {
 public:
  Speaker(GstElement *base, int count)
      : pad_(gst_element_get_static_pad(base, "mel")), thread_([this, count] {
          start_speech(pad_);
          const std::vector<MelColumn> second(kMelRate, silent_column());
          for (int i = 0; i < count && flow == GST_FLOW_OK; ++i) {
            flow = gst_pad_chain(pad_, mel_buffer(second, GstClockTime(i) * GST_SECOND));
            if (flow == GST_FLOW_OK) seconds = i + 1;
          }
        }) {}
  ~Speaker() {
    thread_.join();
    gst_object_unref(pad_);
  }
  Speaker(const Speaker &) = delete;
  Speaker &operator=(const Speaker &) = delete;

  void await(int wanted) const {
    while (seconds < wanted) g_usleep(1000);
  }

  std::atomic<int> seconds = 0;
  std::atomic<GstFlowReturn> flow = GST_FLOW_OK;

 private:
  GstPad *pad_;
  std::thread thread_;
};

void send(GstElement *element, const char *pad_name, GstEvent *event) {
  GstPad *pad = gst_element_get_static_pad(element, pad_name);
  gst_pad_send_event(pad, event);
  gst_object_unref(pad);
}

GstEvent *segment_event(double rate, GstClockTime start, GstClockTime base,
                        double applied_rate = 1) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.rate = rate;
  segment.applied_rate = applied_rate;
  segment.start = segment.time = start;
  segment.base = base;
  return gst_event_new_segment(&segment);
}

/// The system clock, controlled by the test.
class SystemClock {
 public:
  SystemClock() : clock_(GST_TEST_CLOCK(gst_test_clock_new())) {
    gst_system_clock_set_default(GST_CLOCK(clock_));
  }
  ~SystemClock() {
    gst_system_clock_set_default(nullptr);
    gst_object_unref(clock_);
  }
  SystemClock(const SystemClock &) = delete;
  SystemClock &operator=(const SystemClock &) = delete;

  /// Lets time pass until the element warns for the `count`th time; returns the text.
  std::string await_warning(Pipeline &pipeline, std::size_t count) {
    while (pipeline.messages(GST_MESSAGE_WARNING).size() < count)
      fail_unless(gst_test_clock_crank(clock_));
    const auto warnings = pipeline.messages(GST_MESSAGE_WARNING);
    fail_unless_equals_int(warnings.size(), count);
    fail_unless_equals_string(warnings.back().source.c_str(), "b");
    return warnings.back().text;
  }
  GstClockTime time() const { return gst_clock_get_time(GST_CLOCK(clock_)); }
  guint waiting() const { return gst_test_clock_peek_id_count(clock_); }

 private:
  GstTestClock *clock_;
};

std::string file_line(const std::string &properties) {
  return "appsrc name=video format=time ! b.sink appsrc name=mel format=time ! b.mel " +
         base_with(properties) + "! appsink name=out sync=false";
}

std::string video_only_line() {
  return "appsrc name=video format=time ! b.sink " + base_with("batch-size=1") +
         "! appsink name=out sync=false";
}

/// Plays 20 columns of speech, 250 ms, and a frame.
void play_first_frame(Pipeline &pipeline) {
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.set_caps("mel", kMelCaps);
  pipeline.play();
  pipeline.push("mel", mel_buffer(columns(0, 20), 0));
  pipeline.push("video", face_frame(0, 0));
  assert_next(pipeline, 0, true);
}

}  // namespace

GST_START_TEST(test_speech_is_kept_while_the_camera_is_off) {
  LivePipeline pipeline(live_line("batch-size=1 latency=0", "", "is-live=true"));
  // The camera comes back after 5.5 minutes. Until then speech is never refused.
  for (int second = 0; second <= 331; ++second) {
    pipeline.speak(mel_buffer(columns(second * 80, 80), GstClockTime(second) * GST_SECOND));
    gst_test_clock_set_time(pipeline.clock,
                            LivePipeline::kBase + GstClockTime(second) * GST_SECOND);
  }
  for (int i = 0; i < 3; ++i) {
    const GstClockTime time = 330 * GST_SECOND + GstClockTime(i) * kFrame;
    pipeline.push("video", face_frame(time, i));
    assert_said(assert_next(pipeline, time, true), std::int64_t(time / kColumn), i, 0);
  }
}
GST_END_TEST

GST_START_TEST(test_speech_of_a_file_follows_the_clock_of_a_camera) {
  // Speech that is not live may be 10 s ahead of the clock, while the camera sends nothing.
  Pipeline pipeline("appsrc name=video format=time is-live=true ! b.sink " +
                    base_with("batch-size=1") + "! appsink name=out sync=false");
  GstTestClock *clock = GST_TEST_CLOCK(gst_test_clock_new());
  gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), GST_CLOCK(clock));
  pipeline.play();
  {
    Speaker speaker(pipeline["b"], 400);
    while (speaker.seconds < 400) {
      const auto now = gint64(gst_clock_get_time(GST_CLOCK(clock)));
      GstClockID id;
      gst_test_clock_wait_for_next_pending_id(clock, &id);
      gst_clock_id_unref(id);
      fail_unless(speaker.seconds <= now / gint64(GST_SECOND) + 11, "%d seconds at %d",
                  int(speaker.seconds), int(now / gint64(GST_SECOND)));
      gst_test_clock_set_time(clock, GstClockTime(now) + 40 * GST_SECOND);
      // None if something else has just woken the wait, which then sees the new time.
      if (GstClockID due = gst_test_clock_process_next_clock_id(clock)) gst_clock_id_unref(due);
      speaker.await(std::min(400, int(now / gint64(GST_SECOND)) + 49));
    }
    fail_unless_equals_int(speaker.flow, GST_FLOW_OK);
  }
  pipeline.set_state(GST_STATE_NULL);
  gst_object_unref(clock);
}
GST_END_TEST

GST_START_TEST(test_gaps_of_the_video_let_speech_go_on) {
  Pipeline pipeline(video_only_line());
  pipeline.play();
  Speaker speaker(pipeline["b"], 800);
  speaker.await(300);
  GstElement *base = pipeline["b"];
  send(base, "sink", gst_event_new_stream_start("video"));
  send(base, "sink", segment_event(1, 0, 0));
  send(base, "sink", gst_event_new_gap(0, 250 * GST_SECOND));
  speaker.await(550);
  send(base, "sink", gst_event_new_gap(250 * GST_SECOND, 100 * GST_SECOND));
  speaker.await(650);
  g_usleep(20000);
  fail_unless(speaker.seconds <= 651, "%d seconds are queued", int(speaker.seconds));
  pipeline.set_state(GST_STATE_NULL);
}
GST_END_TEST

GST_START_TEST(test_unlinked_speech_is_not_awaited) {
  Pipeline pipeline(file_line("batch-size=1"));
  play_first_frame(pipeline);
  for (guint i = 1; i < 4; ++i) pipeline.push("video", face_frame(i * 100 * kMs, int(i)));
  GstPad *mel = gst_element_get_static_pad(pipeline["b"], "mel"), *peer = gst_pad_get_peer(mel);
  fail_unless(gst_pad_unlink(peer, mel));
  // 20 columns are 250 ms: speech that has arrived is used.
  const cv::Mat last = assert_next(pipeline, 100 * kMs, true);
  fail_unless(!same_picture(assert_next(pipeline, 200 * kMs, true), last));
  GstBuffer *buffer = pipeline.pull("out");
  fail_unless(faces_of(buffer).at(0).opacity == 0);
  gst_buffer_unref(buffer);
  // Linked again, it is.
  fail_unless_equals_int(gst_pad_link(peer, mel), GST_PAD_LINK_OK);
  pipeline.push("mel", mel_buffer(columns(40, 40), 500 * kMs));
  pipeline.push("video", face_frame(600 * kMs, 4));
  assert_said(assert_next(pipeline, 600 * kMs, true), 48, 4, 0);
  gst_object_unref(peer);
  gst_object_unref(mel);
}
GST_END_TEST

GST_START_TEST(test_unlinked_speech_does_not_block) {
  Pipeline pipeline(video_only_line());
  pipeline.play();
  GstPad *mel = gst_element_get_static_pad(pipeline["b"], "mel");
  GstPad *source = gst_pad_new("source", GST_PAD_SRC);
  gst_pad_set_active(source, TRUE);
  fail_unless_equals_int(gst_pad_link(source, mel), GST_PAD_LINK_OK);
  {
    Speaker speaker(pipeline["b"], 500);
    speaker.await(300);
    fail_unless(gst_pad_unlink(source, mel));
    speaker.await(500);
  }
  gst_object_unref(source);
  gst_object_unref(mel);
}
GST_END_TEST

GST_START_TEST(test_warning_without_speech) {
  SystemClock clock;
  Pipeline pipeline(file_line("batch-size=1"));
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.set_caps("mel", kMelCaps);
  pipeline.play();
  pipeline.push("video", face_frame(0, 0));
  // The sink is not prerolled: gst-launch would wait for ever.
  const std::string text = clock.await_warning(pipeline, 1);
  fail_unless(text.find("pad mel of b has had no data for 5 seconds") != std::string::npos);
  fail_unless_equals_uint64(clock.time(), 5 * GST_SECOND);
  pipeline.push("mel", mel_buffer(columns(0, 40), 0));
  assert_next(pipeline, 0, true);
  // Once more, after speech had arrived.
  pipeline.push("video", face_frame(400 * kMs, 1));
  clock.await_warning(pipeline, 2);
  pipeline.push("mel", mel_buffer(columns(40, 40), 500 * kMs));
  assert_next(pipeline, 400 * kMs, true);
  pipeline.set_state(GST_STATE_NULL);
  fail_unless_equals_int(clock.waiting(), 0);
}
GST_END_TEST

GST_START_TEST(test_warning_without_video) {
  SystemClock clock;
  Pipeline pipeline(video_only_line());
  pipeline.play();
  {
    Speaker speaker(pipeline["b"], 400);
    const std::string text = clock.await_warning(pipeline, 1);
    fail_unless(text.find("pad sink of b has had no data for 5 seconds") != std::string::npos);
    fail_unless(speaker.seconds >= 300);
    pipeline.set_state(GST_STATE_NULL);
  }
  fail_unless_equals_int(clock.waiting(), 0);
}
GST_END_TEST

GST_START_TEST(test_events_and_queries_of_the_speech) {
  Pipeline pipeline(file_line("batch-size=1"));
  play_first_frame(pipeline);
  std::vector<std::string> seen;
  GstPad *mel = gst_element_get_static_pad(pipeline["b"], "mel");
  gst_pad_add_probe(
      mel, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      [](GstPad *, GstPadProbeInfo *info, gpointer data) {
        static_cast<std::vector<std::string> *>(data)->push_back(
            GST_EVENT_TYPE_NAME(GST_EVENT(info->data)));
        return GST_PAD_PROBE_OK;
      },
      &seen, nullptr);
  GstElement *base = pipeline["b"];
  send(base, "src", gst_event_new_reconfigure());
  send(base, "src", gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 1));
  send(base, "src", gst_navigation_event_new_mouse_move(1, 1, GST_NAVIGATION_MODIFIER_NONE));
  send(base, "src", gst_event_new_qos(GST_QOS_TYPE_OVERFLOW, 1, -5, 10));
  send(base, "src", gst_event_new_latency(0));
  send(base, "src", gst_event_new_step(GST_FORMAT_BUFFERS, 1, 1, FALSE, FALSE));
  send(base, "src",
       gst_event_new_seek(1, GST_FORMAT_TIME, GST_SEEK_FLAG_NONE, GST_SEEK_TYPE_SET, 0,
                          GST_SEEK_TYPE_NONE, 0));
  fail_unless((seen == std::vector<std::string>{"latency", "step", "seek"}));

  // The video's downstream is not asked about the speech.
  fail_unless(gst_pad_iterate_internal_links(mel) == nullptr);
  int asked = 0;
  GstPad *out = gst_element_get_static_pad(pipeline["out"], "sink");
  gst_pad_add_probe(
      out, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
      [](GstPad *, GstPadProbeInfo *, gpointer count) {
        ++*static_cast<int *>(count);
        return GST_PAD_PROBE_OK;
      },
      &asked, nullptr);
  GstQuery *drain = gst_query_new_drain(), *position = gst_query_new_position(GST_FORMAT_TIME);
  fail_unless(gst_pad_query(mel, drain));
  fail_unless(!gst_pad_query(mel, position));
  fail_unless_equals_int(asked, 0);
  gst_query_unref(drain);
  gst_query_unref(position);
  pipeline.set_state(GST_STATE_NULL);
  gst_object_unref(out);
  gst_object_unref(mel);
}
GST_END_TEST

GST_START_TEST(test_rate_changes_without_a_flush) {
  // 2 s of the stream in 1 s, then 1 s at the normal rate, then 1 s in 2 s. The frames of each rate
  // still wait when the speech of all is there.
  Rig rig("hyperlipsbase");
  GstPad *mel = gst_element_get_static_pad(rig.element, "mel");
  const struct {
    double rate;
    GstClockTime start, base;
    int seconds;
  } parts[] = {
      {2, 0, 0, 2}, {1, 2 * GST_SECOND, GST_SECOND, 1}, {0.5, 3 * GST_SECOND, 2 * GST_SECOND, 1}};
  start_speech(mel);
  for (const auto &part : parts) {
    fail_unless(gst_pad_send_event(mel, segment_event(part.rate, part.start, part.base)));
    for (int second = 0; second < part.seconds; ++second) {
      const GstClockTime time = part.start + GstClockTime(second) * GST_SECOND;
      fail_unless_equals_int(
          gst_pad_chain(mel, mel_buffer(columns(std::int64_t(time / kColumn), 80), time)),
          GST_FLOW_OK);
    }
  }
  fail_unless(gst_pad_send_event(mel, gst_event_new_eos()));
  rig.start(video_caps("BGR", kSide, kSide));
  std::vector<GstClockTime> times;
  for (const auto &part : parts) {
    fail_unless(rig.push(segment_event(part.rate, part.start, part.base)));
    for (GstClockTime time = part.start;
         time < part.start + GstClockTime(part.seconds) * GST_SECOND; time += 240 * kMs) {
      fail_unless_equals_int(rig.push(face_frame(time, int(times.size()))), GST_FLOW_OK);
      times.push_back(time);
    }
  }
  fail_unless(rig.push(gst_event_new_eos()));
  rig.await("eos");
  fail_unless_equals_int(rig.buffers.size(), times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    // The last 16 columns serve to the end.
    const auto first = std::min<std::int64_t>(std::int64_t(times[i] / kColumn), 320 - kWindow);
    assert_said(faces_of(rig.buffers[i]).at(0).generated, first, int(i), 0);
  }
  gst_object_unref(mel);
}
GST_END_TEST

GST_START_TEST(test_speech_from_scaletempo) {
  // Played at twice the rate: the video's segment has the rate, the sound is shorter instead.
  Rig rig("hyperlipsbase");
  GstPad *mel = gst_element_get_static_pad(rig.element, "mel");
  start_speech(mel);
  fail_unless(gst_pad_send_event(mel, segment_event(1, 0, 0, 2)));
  fail_unless_equals_int(gst_pad_chain(mel, mel_buffer(columns(0, 120), 0)), GST_FLOW_OK);
  rig.start(video_caps("BGR", kSide, kSide));
  fail_unless(rig.push(segment_event(2, 0, 0)));
  for (guint i = 0; i < 20; ++i)
    fail_unless_equals_int(rig.push(face_frame(i * 100 * kMs, int(i))), GST_FLOW_OK);
  rig.await("buffer", 20);
  for (guint i = 0; i < 20; ++i)
    assert_said(faces_of(rig.buffers[i]).at(0).generated, std::int64_t(i * 50 * kMs / kColumn),
                int(i), 0);
  gst_object_unref(mel);
}
GST_END_TEST

/// Frames wait for speech that the asking thread brings later, and behind them is an event.
GST_START_TEST(test_queries_do_not_wait_for_speech) {
  const bool caps_change = __i__ == 1;
  std::atomic<bool> freed = false, freed_before_answer = false;
  Rig rig("hyperlipsbase");
  rig.answer = [&](GstQuery *query) {
    freed_before_answer = freed.load();
    return GST_QUERY_TYPE(query) == GST_QUERY_DRAIN;
  };
  GstPad *mel = gst_element_get_static_pad(rig.element, "mel");
  start_speech(mel);
  rig.start(video_caps("BGR", kSide, kSide));
  GstBuffer *frame = face_frame(0, 0);
  gst_mini_object_weak_ref(
      GST_MINI_OBJECT(gst_buffer_peek_memory(frame, 0)),
      [](gpointer data, GstMiniObject *) { *static_cast<std::atomic<bool> *>(data) = true; },
      &freed);
  fail_unless_equals_int(rig.push(frame), GST_FLOW_OK);
  if (caps_change) rig.set_caps(video_caps("BGR", kSide, kSide, "framerate=50/1"));

  GstCaps *caps = gst_pad_get_current_caps(rig.in);
  GstQuery *allocation = gst_query_new_allocation(caps, FALSE);
  fail_unless(gst_pad_peer_query(rig.in, allocation));
  gst_query_unref(allocation);
  gst_caps_unref(caps);
  fail_if(freed);
  GstQuery *drain = gst_query_new_drain();
  fail_unless(gst_pad_peer_query(rig.in, drain));
  gst_query_unref(drain);
  fail_unless(freed_before_answer);
  fail_unless(rig.buffers.empty());

  fail_unless_equals_int(gst_pad_chain(mel, mel_buffer(columns(0, 80), 0)), GST_FLOW_OK);
  fail_unless(rig.push(gst_event_new_eos()));
  rig.await("eos");
  fail_unless_equals_int(rig.buffers.size(), 1);
  assert_said(faces_of(rig.buffers[0]).at(0).generated, 0, 0, 0);
  gst_object_unref(mel);
}
GST_END_TEST

/// The speech of the next stream arrives while a frame of the first one is still on its way.
GST_START_TEST(test_speech_of_the_next_stream_is_kept) {
  Rig rig("hyperlipsbase");
  GstPad *mel = gst_element_get_static_pad(rig.element, "mel");
  start_speech(mel);
  rig.start(video_caps("BGR", kSide, kSide));
  fail_unless_equals_int(gst_pad_chain(mel, mel_buffer(columns(0, 40), 0)), GST_FLOW_OK);
  rig.hold();
  fail_unless_equals_int(rig.push(face_frame(0, 0)), GST_FLOW_OK);
  fail_unless(rig.push(gst_event_new_eos()));
  rig.await_held();
  fail_unless(gst_pad_send_event(mel, gst_event_new_eos()));
  rig.start(video_caps("BGR", kSide, kSide), "next");
  start_speech(mel);
  const GstClockTime next = 80 * kColumn;
  fail_unless_equals_int(gst_pad_chain(mel, mel_buffer(columns(80, 40), next)), GST_FLOW_OK);
  fail_unless_equals_int(rig.push(face_frame(next, 1)), GST_FLOW_OK);
  fail_unless(rig.push(gst_event_new_eos()));
  rig.release();
  rig.await("eos", 2);
  fail_unless_equals_int(rig.buffers.size(), 2);
  assert_said(faces_of(rig.buffers[1]).at(0).generated, 80, 1, 1);
  gst_object_unref(mel);
}
GST_END_TEST

static Suite *hyperlipsbase_inputs_suite() {
  Suite *suite = suite_create("hyperlipsbase_inputs");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_speech_is_kept_while_the_camera_is_off);
  tcase_add_test(tests, test_speech_of_a_file_follows_the_clock_of_a_camera);
  tcase_add_test(tests, test_gaps_of_the_video_let_speech_go_on);
  tcase_add_test(tests, test_unlinked_speech_is_not_awaited);
  tcase_add_test(tests, test_unlinked_speech_does_not_block);
  tcase_add_test(tests, test_warning_without_speech);
  tcase_add_test(tests, test_warning_without_video);
  tcase_add_test(tests, test_events_and_queries_of_the_speech);
  tcase_add_test(tests, test_rate_changes_without_a_flush);
  tcase_add_test(tests, test_speech_from_scaletempo);
  tcase_add_loop_test(tests, test_queries_do_not_wait_for_speech, 0, 2);
  tcase_add_test(tests, test_speech_of_the_next_stream_is_kept);
  return suite;
}

GST_CHECK_MAIN(hyperlipsbase_inputs)
