// SPDX-License-Identifier: LGPL-2.1-or-later
// Events, queries, flushes and EOS in all video elements.
#include <gst/base/gstbasetransform.h>

#include <thread>

#include "rig.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

const char *const kElements[] = {"hyperlipsfacecrop", "hyperlipsbase", "hyperlipshr",
                                 "hyperlipscomposite"};
constexpr GstClockTime kFrame = 40 * GST_MSECOND;

std::string caps(int side = kSide) { return video_caps("BGR", side, side); }

GstBuffer *frame(guint i) { return face_frame(i * kFrame, int(i)); }

GstEvent *custom(const char *name) {
  return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty(name));
}

std::string joined(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

void assert_seen(Rig &rig, const std::string &expected) {
  const std::string seen = joined(rig.seen);
  fail_unless(seen == expected, "%s: %s", G_OBJECT_TYPE_NAME(rig.element), seen.c_str());
}

}  // namespace

GST_START_TEST(test_serialized_events_stay_in_order) {
  const char *factory = kElements[__i__];
  Rig rig(factory);
  rig.start(caps());
  rig.speak(80);
  rig.push(frame(0));
  rig.push(custom("one"));
  rig.push(frame(1));
  rig.push(frame(2));
  rig.push(gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "x", nullptr)));
  rig.push(custom("two"));
  rig.push(frame(3));
  rig.push(gst_event_new_tag(gst_tag_list_new(GST_TAG_IMAGE_ORIENTATION, "rotate-180", nullptr)));
  rig.push(frame(4));
  rig.push(gst_event_new_gap(5 * kFrame, kFrame));
  rig.push(frame(6));
  rig.push(custom("three"));
  rig.push(gst_event_new_eos());
  rig.await("eos");
  assert_seen(rig,
              "stream-start caps segment buffer one buffer buffer tag two buffer tag buffer gap "
              "buffer three eos");
  for (std::size_t i = 0; i < 6; ++i) {
    fail_unless_equals_uint64(GST_BUFFER_PTS(rig.buffers[i]), (i < 5 ? i : 6) * kFrame);
  }
}
GST_END_TEST

GST_START_TEST(test_new_stream_after_eos) {
  Rig rig(kElements[__i__]);
  for (guint round = 0; round < 3; ++round) {
    rig.start(caps(64 + 8 * int(round)), ("stream" + std::to_string(round)).c_str(),
              round * GST_SECOND);
    if (round == 0) rig.speak(400);
    for (guint i = 0; i < 3; ++i) {
      GstBuffer *buffer = bgr_buffer(
          cv::Mat(64 + 8 * int(round), 64 + 8 * int(round), CV_8UC3, cv::Scalar(9, 9, 9)),
          i * kFrame);
      fail_unless_equals_int(rig.push(buffer), GST_FLOW_OK);
    }
    rig.push(gst_event_new_eos());
    // The next stream starts at once, or after the element's task has paused.
    if (round == 1) rig.await("eos", 2);
    if (round < 2) continue;
    rig.await("eos", 3);
  }
  const std::string one = "stream-start caps segment buffer buffer buffer eos";
  assert_seen(rig, one + " " + one + " " + one);
}
GST_END_TEST

GST_START_TEST(test_buffers_after_eos_are_refused) {
  Rig rig(kElements[__i__]);
  rig.start(caps());
  rig.push(frame(0));
  rig.push(gst_event_new_eos());
  rig.await("eos");
  fail_unless_equals_int(rig.push(frame(1)), GST_FLOW_EOS);
  // A flush makes it new.
  rig.push(gst_event_new_flush_start());
  rig.push(gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  rig.push(gst_event_new_segment(&segment));
  fail_unless_equals_int(rig.push(frame(2)), GST_FLOW_OK);
  rig.push(gst_event_new_eos());
  rig.await("eos", 2);
  fail_unless_equals_int(rig.buffers.size(), 2);
}
GST_END_TEST

GST_START_TEST(test_flush_keeps_queued_sticky_events) {
  Rig rig(kElements[__i__]);
  rig.start(caps(64));
  rig.speak(400);
  rig.hold();
  rig.push(bgr_buffer(cv::Mat(64, 64, CV_8UC3, cv::Scalar::all(5)), 0));
  // The blocked frame is followed by new caps and a new orientation, but no segment.
  GstCaps *new_caps = gst_caps_from_string(caps(320).c_str());
  if (std::string(kElements[__i__]) == "hyperlipsfacecrop") {
    // The element looks ahead; a barrier releases the frame.
    rig.push(gst_event_new_gap(kFrame, kFrame));
  }
  rig.push(gst_event_new_caps(new_caps));
  gst_caps_unref(new_caps);
  rig.await_held();
  rig.push(gst_event_new_flush_start());
  rig.push(gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  rig.push(gst_event_new_segment(&segment));
  const cv::Mat picture = draw_face(cv::Size(320, 320), {.width = 0.4f});
  for (guint i = 0; i < 3; ++i) rig.push(bgr_buffer(picture, i * kFrame));
  rig.push(gst_event_new_eos());
  rig.await("eos");
  fail_unless_equals_int(rig.buffers.size() >= 3, 1);
  GstBuffer *last = rig.buffers.back();
  fail_unless_equals_int(gst_buffer_get_size(last), 320 * 320 * 3);
  GstCaps *current = gst_pad_get_current_caps(rig.out);
  fail_unless(current != nullptr);
  GstVideoInfo info;
  fail_unless(gst_video_info_from_caps(&info, current));
  fail_unless_equals_int(GST_VIDEO_INFO_WIDTH(&info), 320);
  gst_caps_unref(current);
  if (std::string(kElements[__i__]) == "hyperlipsfacecrop") {
    const auto faces = faces_of(last);
    fail_unless_equals_int(faces.size(), 1);
    fail_unless(std::abs(faces[0].face.box.width() / 320 - 0.4f) < 0.06f);
  }
}
GST_END_TEST

GST_START_TEST(test_flush_during_a_blocked_push) {
  Rig rig(kElements[__i__]);
  rig.start(caps());
  rig.speak(400);
  for (int round = 0; round < 20; ++round) {
    rig.hold();
    std::atomic<GstFlowReturn> flow = GST_FLOW_OK;
    std::thread feeder([&] {
      for (guint i = 0; i < 100 && flow == GST_FLOW_OK; ++i) flow = rig.push(frame(i));
    });
    rig.await_held();
    if (round % 2) g_usleep(1000 * gulong(round));
    rig.push(gst_event_new_flush_start());
    feeder.join();
    fail_unless_equals_int(flow, GST_FLOW_FLUSHING);
    rig.push(gst_event_new_flush_stop(TRUE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    rig.push(gst_event_new_segment(&segment));
  }
  const std::size_t before = rig.buffers.size();
  for (guint i = 0; i < 4; ++i) fail_unless_equals_int(rig.push(frame(i)), GST_FLOW_OK);
  rig.push(gst_event_new_eos());
  rig.await("eos");
  fail_unless_equals_int(rig.buffers.size(), before + 4);
  fail_unless_equals_uint64(GST_BUFFER_PTS(rig.buffers.back()), 3 * kFrame);
}
GST_END_TEST

GST_START_TEST(test_unlinked_pad_is_linked_later) {
  Rig rig(kElements[__i__]);
  rig.unlink_out();
  // No face on them: the frames are alike for all elements.
  const cv::Mat picture = draw_face(cv::Size(128, 128), {.width = 0.5f});
  rig.start(caps(128));
  GstFlowReturn flow = GST_FLOW_OK;
  guint i = 0;
  while (flow == GST_FLOW_OK) {
    fail_unless(i < 100, "not-linked was not returned");
    flow = rig.push(bgr_buffer(picture, i++ * kFrame));
  }
  fail_unless_equals_int(flow, GST_FLOW_NOT_LINKED);
  rig.link_out();
  for (guint k = 0; k < 8; ++k) {
    fail_unless_equals_int(rig.push(bgr_buffer(picture, i++ * kFrame)), GST_FLOW_OK);
  }
  rig.push(gst_event_new_eos());
  rig.await("eos");
  fail_unless(rig.buffers.size() >= 8);
  for (GstBuffer *buffer : rig.buffers) fail_unless(faces_of(buffer).size() <= 1);
  fail_unless_equals_uint64(GST_BUFFER_PTS(rig.buffers.back()), (i - 1) * kFrame);
}
GST_END_TEST

GST_START_TEST(test_downstream_eos_reaches_upstream) {
  Rig rig(kElements[__i__]);
  rig.start(caps());
  rig.speak(400);
  rig.flow = GST_FLOW_EOS;
  GstFlowReturn flow = GST_FLOW_OK;
  for (guint i = 0; flow == GST_FLOW_OK && i < 100; ++i) flow = rig.push(frame(i));
  fail_unless_equals_int(flow, GST_FLOW_EOS);
  // After a new segment downstream accepts frames again.
  rig.flow = GST_FLOW_OK;
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  fail_unless(rig.push(gst_event_new_segment(&segment)));
  for (guint i = 0; i < 3; ++i) fail_unless_equals_int(rig.push(frame(i)), GST_FLOW_OK);
  rig.push(gst_event_new_eos());
  rig.await("eos");
  fail_unless_equals_int(rig.buffers.size(), 3);
}
GST_END_TEST

GST_START_TEST(test_flow_error_after_the_last_frame_is_posted) {
  Rig rig(kElements[__i__]);
  GstBus *bus = gst_bus_new();
  gst_element_set_bus(rig.element, bus);
  rig.start(caps());
  rig.speak(400);
  rig.flow = GST_FLOW_ERROR;
  rig.push(frame(0));
  rig.push(gst_event_new_eos());
  GstMessage *message = gst_bus_timed_pop_filtered(bus, kTimeout, GST_MESSAGE_ERROR);
  fail_unless(message != nullptr, "no error was posted");
  gst_message_unref(message);
  gst_element_set_bus(rig.element, nullptr);
  gst_object_unref(bus);
}
GST_END_TEST

GST_START_TEST(test_allocation_query) {
  Rig rig(kElements[__i__]);
  GstBufferPool *pool = gst_video_buffer_pool_new();
  rig.answer = [&](GstQuery *query) {
    if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return false;
    gst_query_add_allocation_pool(query, pool, 4096, 2, 3);
    gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
    return true;
  };
  rig.start(caps());
  GstCaps *of_frames = gst_caps_from_string(caps().c_str());
  GstQuery *query = gst_query_new_allocation(of_frames, TRUE);
  fail_unless(gst_pad_peer_query(rig.in, query));
  fail_unless_equals_int(gst_query_get_n_allocation_pools(query), 1);
  GstBufferPool *proposed;
  guint size, min, max;
  gst_query_parse_nth_allocation_pool(query, 0, &proposed, &size, &min, &max);
  // Three frames would be too few for those that wait here.
  fail_unless(proposed == nullptr);
  fail_unless_equals_int(size, 4096);
  fail_unless(min > 3 && max == 0);
  fail_unless(gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr));
  gst_query_unref(query);
  gst_caps_unref(of_frames);
  rig.answer = {};
  gst_object_unref(pool);
}
GST_END_TEST

GST_START_TEST(test_serialized_query_stays_in_order) {
  Rig rig(kElements[__i__]);
  std::atomic<bool> asked = false;
  std::atomic<std::size_t> frames_before = 0;
  rig.answer = [&](GstQuery *query) {
    if (GST_QUERY_TYPE(query) != GST_QUERY_DRAIN) return false;
    frames_before = rig.buffers.size();
    asked = true;
    return true;
  };
  rig.start(caps());
  rig.speak(400);
  for (guint i = 0; i < 3; ++i) rig.push(frame(i));
  GstQuery *query = gst_query_new_drain();
  fail_unless(gst_pad_peer_query(rig.in, query));
  fail_unless(asked);
  fail_unless_equals_int(frames_before, 3);
  gst_query_unref(query);
}
GST_END_TEST

GST_START_TEST(test_flush_unblocks_a_queued_query) {
  Rig rig(kElements[__i__]);
  rig.start(caps());
  rig.speak(400);
  rig.hold();
  std::atomic<gboolean> result = TRUE;
  rig.push(frame(0));
  std::thread asker([&] {
    GstQuery *query = gst_query_new_drain();
    result = gst_pad_peer_query(rig.in, query);
    gst_query_unref(query);
  });
  rig.await_held();
  rig.push(gst_event_new_flush_start());
  asker.join();
  fail_unless(!result);
  rig.push(gst_event_new_flush_stop(TRUE));
}
GST_END_TEST

GST_START_TEST(test_caps_query_is_proxied) {
  Rig rig(kElements[__i__]);
  GstCaps *wanted = gst_caps_from_string(
      "video/x-raw, format={I420, NV12}, width=[64, 128], height=96, framerate=25/1");
  rig.answer = [&](GstQuery *query) {
    if (GST_QUERY_TYPE(query) == GST_QUERY_CAPS) {
      GstCaps *filter;
      gst_query_parse_caps(query, &filter);
      GstCaps *result = filter ? gst_caps_intersect(wanted, filter) : gst_caps_ref(wanted);
      gst_query_set_caps_result(query, result);
      gst_caps_unref(result);
      return true;
    }
    if (GST_QUERY_TYPE(query) == GST_QUERY_ACCEPT_CAPS) {
      GstCaps *asked;
      gst_query_parse_accept_caps(query, &asked);
      gst_query_set_accept_caps_result(query, gst_caps_is_subset(asked, wanted));
      return true;
    }
    return false;
  };
  GstCaps *offered = gst_pad_peer_query_caps(rig.in, nullptr);
  fail_unless(gst_caps_is_equal(offered, wanted), "%s", gst_caps_to_string(offered));
  gst_caps_unref(offered);
  GstCaps *good = gst_caps_from_string(video_caps("NV12", 100, 96).c_str());
  GstCaps *bad = gst_caps_from_string(video_caps("RGB", 100, 96).c_str());
  fail_unless(gst_pad_peer_query_accept_caps(rig.in, good));
  // GstBaseTransform looks at its own template only.
  const bool transform = GST_IS_BASE_TRANSFORM(rig.element);
  fail_unless(transform || !gst_pad_peer_query_accept_caps(rig.in, bad));
  gst_caps_unref(good);
  gst_caps_unref(bad);
  rig.answer = {};
  gst_caps_unref(wanted);
}
GST_END_TEST

GST_START_TEST(test_no_more_buffers_than_drivers_have) {
  Rig rig(kElements[__i__]);
  guint wanted = 0;
  rig.answer = [&](GstQuery *query) {
    if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return false;
    gst_query_add_allocation_pool(query, nullptr, 4096, wanted, 0);
    return true;
  };
  rig.start(caps());
  GstCaps *of_frames = gst_caps_from_string(caps().c_str());
  for (const guint downstream : {30u, 40u}) {
    wanted = downstream;
    GstQuery *query = gst_query_new_allocation(of_frames, TRUE);
    fail_unless(gst_pad_peer_query(rig.in, query));
    guint min;
    gst_query_parse_nth_allocation_pool(query, 0, nullptr, nullptr, &min, nullptr);
    fail_unless_equals_int(min, std::max(downstream, 32u));
    gst_query_unref(query);
  }
  gst_caps_unref(of_frames);
  rig.answer = {};
}
GST_END_TEST

GST_START_TEST(test_live_frame_rates_that_cannot_be_true) {
  for (const char *rate : {"2147483647/1", "1/2147483647", "0/1"}) {
    Rig rig(kElements[__i__]);
    make_live(rig.in);
    rig.start(video_caps("BGR", kSide, kSide, ("framerate=" + std::string(rate)).c_str()));
    rig.speak(400);
    for (guint i = 0; i < 3; ++i) fail_unless_equals_int(rig.push(frame(i)), GST_FLOW_OK);
    fail_unless(rig.push(gst_event_new_eos()));
    rig.await("eos");
    fail_unless_equals_int(rig.buffers.size(), 3);
  }
}
GST_END_TEST

static Suite *video_streams_suite() {
  Suite *suite = suite_create("video_streams");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  const int count = G_N_ELEMENTS(kElements);
  // hyperlipscomposite, the last one, has no queue.
  const int queues = count - 1;
  tcase_add_loop_test(tests, test_serialized_events_stay_in_order, 0, count);
  tcase_add_loop_test(tests, test_new_stream_after_eos, 0, count);
  tcase_add_loop_test(tests, test_buffers_after_eos_are_refused, 0, count);
  tcase_add_loop_test(tests, test_flush_keeps_queued_sticky_events, 0, queues);
  tcase_add_loop_test(tests, test_flush_during_a_blocked_push, 0, count);
  tcase_add_loop_test(tests, test_unlinked_pad_is_linked_later, 0, count);
  tcase_add_loop_test(tests, test_downstream_eos_reaches_upstream, 0, count);
  tcase_add_loop_test(tests, test_flow_error_after_the_last_frame_is_posted, 0, queues);
  tcase_add_loop_test(tests, test_allocation_query, 0, queues);
  tcase_add_loop_test(tests, test_no_more_buffers_than_drivers_have, 0, queues);
  tcase_add_loop_test(tests, test_live_frame_rates_that_cannot_be_true, 0, count);
  tcase_add_loop_test(tests, test_serialized_query_stays_in_order, 0, count);
  tcase_add_loop_test(tests, test_flush_unblocks_a_queued_query, 0, queues);
  tcase_add_loop_test(tests, test_caps_query_is_proxied, 0, count);
  return suite;
}

GST_CHECK_MAIN(video_streams)
