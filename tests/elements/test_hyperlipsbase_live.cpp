// SPDX-License-Identifier: LGPL-2.1-or-later
// hyperlipsbase in live pipelines: latency, late speech, QoS, seeks and limits.
#include <atomic>
#include <thread>

#include "base_testing.hpp"
#include "rig.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

/// Adds a face to each input frame; which face depends on the timestamp.
void mark_faces(GstElement *base) {
  GstPad *pad = gst_element_get_static_pad(base, "sink");
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad *, GstPadProbeInfo *info, gpointer) {
        GstBuffer *buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
        add_face(buffer, made_face(0, int(GST_BUFFER_PTS(buffer) / kMs % 50)));
        info->data = buffer;
        return GST_PAD_PROBE_OK;
      },
      nullptr, nullptr);
  gst_object_unref(pad);
}

void seek(Pipeline &pipeline, GstClockTime start, GstClockTime stop) {
  fail_unless(gst_element_seek(pipeline.get(), 1.0, GST_FORMAT_TIME,
                               GstSeekFlags(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
                               GST_SEEK_TYPE_SET, gint64(start), GST_SEEK_TYPE_SET, gint64(stop)));
}

}  // namespace

GST_START_TEST(test_latency) {
  const struct {
    const char *properties, *video, *mel;
    GstClockTime expected;
  } cases[] = {
      {"batch-size=1 latency=0", "", "is-live=true", kLookahead},
      {"batch-size=1 latency=0", "min-latency=30000000", "is-live=true min-latency=50000000",
       50 * kMs + kLookahead},
      {"batch-size=1 latency=0", "min-latency=400000000", "is-live=true min-latency=50000000",
       400 * kMs},
      {"batch-size=3 latency=9000000", "min-latency=30000000", "is-live=true min-latency=50000000",
       50 * kMs + kLookahead + 2 * kFrame + 9 * kMs},
      // The latency of speech counts only if it is live.
      {"batch-size=1 latency=0", "min-latency=30000000", "min-latency=600000000", kLookahead},
      {"latency=0", "max-latency=40000000", "is-live=true", kLookahead},
  };
  for (const auto &c : cases) {
    LivePipeline pipeline(live_line(c.properties, c.video, c.mel));
    pipeline.push("video", face_frame(0, 0, -1));
    pipeline.push("video", face_frame(kFrame, 0, -1));
    pipeline.end("video");
    pipeline.pull_all("out");
    const Latency latency = latency_of(pipeline);
    fail_unless(latency.live);
    fail_unless_equals_uint64(latency.min, c.expected);
    fail_unless(latency.max >= latency.min);
  }
}
GST_END_TEST

GST_START_TEST(test_latency_without_speech) {
  Pipeline pipeline(
      "appsrc name=video format=time is-live=true min-latency=30000000 ! b.sink "
      "hyperlipsmel ! b.mel " +
      base_with("batch-size=1 latency=5000000") + "! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.play();
  pipeline.push("video", face_frame(0, 0));
  assert_next(pipeline, 0, false);
  fail_unless_equals_uint64(latency_of(pipeline).min, 35 * kMs);
}
GST_END_TEST

GST_START_TEST(test_frame_waits_for_speech_until_its_deadline) {
  LivePipeline pipeline(
      live_line("batch-size=1 latency=0", "", "is-live=true min-latency=20000000"));
  // Speech for the first two frames has arrived: they do not wait.
  pipeline.speak(mel_buffer(columns(0, 20), 0));
  pipeline.push("video", face_frame(0, 0));
  pipeline.push("video", face_frame(kFrame, 1));
  assert_next(pipeline, 0, true);
  const cv::Mat second = assert_next(pipeline, kFrame, true);
  // For the third frame it is late, so that it gets the last picture; for the fourth it arrives
  // while the frame waits.
  pipeline.push("video", face_frame(2 * kFrame, 2));
  fail_unless_equals_uint64(pipeline.awaited(), 2 * kFrame + 20 * kMs + kLookahead);
  pipeline.pass_time();
  fail_unless(same_picture(assert_next(pipeline, 2 * kFrame, true), second));
  pipeline.push("video", face_frame(3 * kFrame, 3));
  fail_unless_equals_uint64(pipeline.awaited(), 3 * kFrame + 20 * kMs + kLookahead);
  pipeline.push("mel", mel_buffer(columns(20, 40), 20 * kColumn));
  fail_unless(!same_picture(assert_next(pipeline, 3 * kFrame, true), second));
  fail_unless_equals_uint64(stat(pipeline["b"], "late"), 1);
}
GST_END_TEST

GST_START_TEST(test_incomplete_batch_is_processed_at_its_deadline) {
  LivePipeline pipeline(live_line("batch-size=3 latency=0", "", "is-live=true"));
  pipeline.speak(mel_buffer(columns(0, 60), 0));
  pipeline.push("video", face_frame(0, 0));
  fail_unless_equals_uint64(pipeline.awaited(), kLookahead + 2 * kFrame);
  pipeline.pass_time();
  assert_next(pipeline, 0, true);
  // A full batch does not wait.
  for (guint i = 1; i < 4; ++i) pipeline.push("video", face_frame(i * kFrame, int(i)));
  for (guint i = 1; i < 4; ++i) assert_next(pipeline, i * kFrame, true);
}
GST_END_TEST

GST_START_TEST(test_frames_without_a_rate_are_not_held_back) {
  // 60 frames a second that the caps do not tell. All that the latency covers, and two batches of
  // one frame, fit in the queue: else a camera would drop frames.
  Rig rig("hyperlipsbase", [](GstElement *base) {
    g_object_set(base, "batch-size", 1u, "latency", guint64(0), nullptr);
  });
  make_live(rig.in);
  rig.start(video_caps("BGR", kSide, kSide, "framerate=0/1"));
  GstPad *speech = gst_pad_new("speech", GST_PAD_SRC);
  GstPad *mel = gst_element_get_static_pad(rig.element, "mel");
  gst_pad_set_active(speech, TRUE);
  make_live(speech);
  fail_unless_equals_int(gst_pad_link(speech, mel), GST_PAD_LINK_OK);
  constexpr GstClockTime kSixtieth = GST_SECOND / 60;
  const guint covered = guint(kLookahead / kSixtieth);
  for (guint i = 0; i < covered + 2; ++i)
    fail_unless_equals_int(rig.push(face_frame(i * kSixtieth, int(i))), GST_FLOW_OK);
  gst_pad_unlink(speech, mel);
  gst_object_unref(mel);
  gst_object_unref(speech);
}
GST_END_TEST

GST_START_TEST(test_latency_with_live_speech_only) {
  LivePipeline pipeline(
      "appsrc name=video format=time ! b.sink appsrc name=mel format=time "
      "is-live=true min-latency=20000000 ! b.mel " +
      base_with("latency=0") + "! appsink name=out sync=false");
  pipeline.push("video", face_frame(0, 0));
  fail_unless_equals_uint64(pipeline.awaited(), 20 * kMs + kLookahead);
  const Latency latency = latency_of(pipeline);
  fail_unless(latency.live);
  fail_unless_equals_uint64(latency.min, 20 * kMs + kLookahead);
  pipeline.pass_time();
  assert_next(pipeline, 0, false);
}
GST_END_TEST

GST_START_TEST(test_qos) {
  for (const bool obey : {true, false}) {
    Pipeline pipeline(
        "appsrc name=video format=time ! b.sink appsrc name=mel format=time ! b.mel " +
        base_with(obey ? "batch-size=2" : "batch-size=2 qos=false") +
        "! appsink name=out sync=false");
    pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
    pipeline.set_caps("mel", kMelCaps);
    pipeline.play();
    pipeline.push("mel", mel_buffer(columns(0, 80), 0));
    pipeline.push("video", face_frame(0, 0));
    pipeline.push("video", face_frame(kFrame, 1));
    assert_next(pipeline, 0, true);
    const cv::Mat last = assert_next(pipeline, kFrame, true);
    // The frame at 80 ms was 30 ms late: frames up to 80 + 2 * 30 + 40 ms get the last picture.
    GstPad *pad = gst_element_get_static_pad(pipeline["b"], "src");
    gst_pad_send_event(pad, gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 0.5, 30 * kMs, 2 * kFrame));
    for (guint i = 2; i < 8; ++i) pipeline.push("video", face_frame(i * kFrame, int(i)));
    pipeline.end("video");
    for (guint i = 2; i < 8; ++i) {
      const bool late = obey && i * kFrame <= 180 * kMs;
      fail_unless_equals_int(same_picture(assert_next(pipeline, i * kFrame, true), last), late);
    }
    fail_unless_equals_uint64(stat(pipeline["b"], "late"), obey ? 3 : 0);
    gst_object_unref(pad);
  }
}
GST_END_TEST

GST_START_TEST(test_frames_after_a_seek_equal_a_new_run) {
  const std::string line =
      "videotestsrc ! video/x-raw, format=BGR, width=64, height=64, framerate=25/1 ! b.sink "
      "audiotestsrc wave=ticks samplesperbuffer=700 ! audio/x-raw, rate=16000 ! queue ! "
      "hyperlipsmel ! b.mel " +
      base_with("batch-size=4") + "! appsink name=out sync=false max-buffers=2";
  std::vector<std::vector<cv::Mat>> runs;
  for (const guint before : {0u, 1u, 9u}) {
    Pipeline pipeline(line);
    mark_faces(pipeline["b"]);
    pipeline.set_state(GST_STATE_PAUSED);
    pipeline.wait_for_state();
    if (before > 0) {
      pipeline.play();
      for (guint i = 0; i < before; ++i) gst_buffer_unref(pipeline.pull("out"));
    }
    seek(pipeline, 640 * kMs, 1040 * kMs);
    pipeline.play();
    const auto buffers = pipeline.pull_all("out");
    fail_unless_equals_int(buffers.size(), 10);
    auto &pictures = runs.emplace_back();
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      fail_unless_equals_uint64(GST_BUFFER_PTS(buffers[i]), 640 * kMs + i * kFrame);
      pictures.push_back(faces_of(buffers[i]).at(0).generated);
      fail_unless(difference(pictures[i], runs[0][i]) <= 1);
    }
  }
  // The comparison needs frames that differ: those at ticks and those between them.
  fail_unless(difference(runs[0][0], runs[0][9]) > 2);
}
GST_END_TEST

GST_START_TEST(test_seek_with_rate) {
  // At twice the rate, a frame is matched with speech of the same stream time.
  Pipeline pipeline(
      "videotestsrc ! video/x-raw, format=BGR, width=64, height=64, framerate=25/1 ! b.sink "
      "audiotestsrc wave=ticks ! audio/x-raw, rate=16000 ! queue ! hyperlipsmel ! b.mel " +
      base_with("batch-size=4") + "! appsink name=out sync=false");
  std::vector<std::vector<cv::Mat>> runs;
  for (const double rate : {1.0, 2.0, -1.0}) {
    mark_faces(pipeline["b"]);
    pipeline.set_state(GST_STATE_PAUSED);
    pipeline.wait_for_state();
    fail_unless(gst_element_seek(pipeline.get(), rate, GST_FORMAT_TIME,
                                 GstSeekFlags(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
                                 GST_SEEK_TYPE_SET, gint64(400 * kMs), GST_SEEK_TYPE_SET,
                                 gint64(720 * kMs)));
    pipeline.play();
    const auto buffers = pipeline.pull_all("out");
    fail_unless_equals_int(buffers.size(), 8);
    auto &pictures = runs.emplace_back();
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      pictures.push_back(faces_of(buffers[i]).at(0).generated);
      if (rate < 0) {
        fail_unless(pictures[i].empty());
      } else {
        fail_unless(difference(pictures[i], runs[0][i]) <= 1);
      }
    }
    pipeline.set_state(GST_STATE_READY);
  }
}
GST_END_TEST

GST_START_TEST(test_queued_speech_is_limited) {
  Pipeline pipeline("appsrc name=video format=time ! b.sink " + base_with("batch-size=1") +
                    "! appsink name=out sync=false");
  pipeline.play();
  GstPad *pad = gst_element_get_static_pad(pipeline["b"], "mel");
  start_speech(pad);
  std::atomic<int> seconds = 0;
  std::atomic<GstFlowReturn> flow = GST_FLOW_OK;
  std::thread speaker([&] {
    const std::vector<MelColumn> second(kMelRate, silent_column());
    for (int i = 0; i < 600 && flow == GST_FLOW_OK; ++i) {
      flow = gst_pad_chain(pad, mel_buffer(second, GstClockTime(i) * GST_SECOND));
      if (flow == GST_FLOW_OK) seconds = i + 1;
    }
  });
  // Without any video, five minutes of speech are queued and no more, however long that takes.
  while (seconds < 300) g_usleep(1000);
  g_usleep(100000);
  fail_unless(seconds <= 301, "%d seconds were queued", int(seconds));
  // The same while only the video is flushed.
  GstPad *sink = gst_element_get_static_pad(pipeline["b"], "sink");
  fail_unless(gst_pad_send_event(sink, gst_event_new_flush_start()));
  g_usleep(100000);
  fail_unless(seconds <= 301, "%d seconds were queued", int(seconds));
  fail_unless(gst_pad_send_event(sink, gst_event_new_flush_stop(TRUE)));
  gst_object_unref(sink);
  // The limit must not keep the element from stopping.
  pipeline.set_state(GST_STATE_NULL);
  speaker.join();
  fail_unless(seconds <= 301, "%d seconds were queued", int(seconds));
  fail_unless_equals_int(flow, GST_FLOW_FLUSHING);
  gst_object_unref(pad);
}
GST_END_TEST

GST_START_TEST(test_speech_is_not_blocked_after_video_eos) {
  Pipeline pipeline("appsrc name=video format=time ! b.sink " + base_with("batch-size=1") +
                    "! fakesink name=out sync=false num-buffers=3 "
                    "audiotestsrc num-buffers=2000 samplesperbuffer=16000 ! "
                    "audio/x-raw, rate=16000 ! tee name=t ! queue max-size-time=0 max-size-bytes=0 "
                    "max-size-buffers=3 ! hyperlipsmel ! b.mel t. ! queue ! appsink name=sound "
                    "sync=false");
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.play();
  for (guint i = 0; i < 8; ++i) pipeline.push("video", face_frame(i * kFrame, int(i)));
  // More than the element queues while video may still arrive.
  fail_unless_equals_int(pipeline.pull_all("sound").size(), 2000);
}
GST_END_TEST

static Suite *hyperlipsbase_live_suite() {
  Suite *suite = suite_create("hyperlipsbase_live");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_latency);
  tcase_add_test(tests, test_latency_without_speech);
  tcase_add_test(tests, test_frame_waits_for_speech_until_its_deadline);
  tcase_add_test(tests, test_incomplete_batch_is_processed_at_its_deadline);
  tcase_add_test(tests, test_frames_without_a_rate_are_not_held_back);
  tcase_add_test(tests, test_latency_with_live_speech_only);
  tcase_add_test(tests, test_qos);
  tcase_add_test(tests, test_frames_after_a_seek_equal_a_new_run);
  tcase_add_test(tests, test_seek_with_rate);
  tcase_add_test(tests, test_speech_is_not_blocked_after_video_eos);
  tcase_add_test(tests, test_queued_speech_is_limited);
  return suite;
}

GST_CHECK_MAIN(hyperlipsbase_live)
