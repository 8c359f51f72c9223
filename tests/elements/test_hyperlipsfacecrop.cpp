// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <map>

#include <opencv2/imgproc.hpp>

#include "facecrop_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

cv::Mat three_faces() {
  cv::Mat frame = draw_background({640, 360});
  draw_face(frame, {.center = {0.18f, 0.5f}, .width = 0.15f});
  draw_face(frame, {.center = {0.5f, 0.5f}, .width = 0.18f, .mouth = 0.6f});
  draw_face(frame, {.center = {0.81f, 0.5f}, .width = 0.22f, .skin = {110, 140, 190}});
  return frame;
}

/// Where the faces of the last of some equal frames are, from the left.
std::vector<double> places(const std::string &properties) {
  const auto buffers = run(std::vector<cv::Mat>(6, three_faces()), properties);
  std::vector<double> x;
  for (const HyperlipsFaceData &face : faces_of(buffers[5])) {
    x.push_back(double(face.face.box.center().x) / 640);
  }
  std::ranges::sort(x);
  return x;
}

bool at(const std::vector<double> &found, const std::vector<double> &expected) {
  if (found.size() != expected.size()) return false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::abs(found[i] - expected[i]) > 0.05) return false;
  }
  return true;
}

GstClockTime latency_of(Pipeline &pipeline, const char *element, bool *live) {
  GstPad *pad = gst_element_get_static_pad(pipeline[element], "src");
  GstQuery *query = gst_query_new_latency();
  fail_unless(gst_pad_query(pad, query));
  gboolean is_live;
  GstClockTime min, max;
  gst_query_parse_latency(query, &is_live, &min, &max);
  fail_unless(max >= min);
  *live = is_live;
  gst_query_unref(query);
  gst_object_unref(pad);
  return min;
}

}  // namespace

GST_START_TEST(test_faces_equal_the_library) {
  const auto frames = moving_face(12);
  const auto expected = library_faces(frames);
  const auto buffers = run(frames);
  std::int64_t track = -1;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    fail_unless_equals_int(expected[i].size(), 1);
    const auto faces = faces_of(buffers[i]);
    fail_unless_equals_int(faces.size(), 1);
    assert_face(faces[0], expected[i][0], looked_ahead(expected, i), frames[i]);
    if (track < 0) track = faces[0].face.track_id;
    fail_unless_equals_int(faces[0].face.track_id, track);

    const auto regions = regions_of(buffers[i]);
    fail_unless_equals_int(regions.size(), 1);
    const auto &region = *regions[0];
    const Box &box = faces[0].face.box;
    fail_unless_equals_string(g_quark_to_string(region.roi_type), "face");
    fail_unless_equals_int(region.id, track);
    fail_unless(std::abs(double(region.x) - box.x0) <= 1);
    fail_unless(std::abs(double(region.y) - box.y0) <= 1);
    fail_unless(std::abs(double(region.w) - box.width()) <= 2);
    fail_unless(std::abs(double(region.h) - box.height()) <= 2);
    GstStructure *params =
        gst_video_region_of_interest_meta_get_param(regions[0], "hyperlips/face");
    gdouble confidence;
    gint64 id;
    fail_unless(gst_structure_get(params, "confidence", G_TYPE_DOUBLE, &confidence, "track-id",
                                  G_TYPE_INT64, &id, nullptr));
    fail_unless_equals_int(id, track);
    fail_unless(confidence > 0.5 && confidence <= 1);
  }
}
GST_END_TEST

GST_START_TEST(test_smoothing) {
  const auto frames = moving_face(8);
  const auto expected = library_faces(frames);
  CausalBoxFilter filter;
  const auto none = run(frames, "smoothing=none"), causal = run(frames, "smoothing=causal");
  const auto ahead = run(frames, "smoothing=lookahead");
  const auto live = run(frames, "", "is-live=true");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const FoundFace &face = expected[i][0];
    const Box filtered = filter.filter(face.crop, double(i * kFrame) / GST_SECOND);
    assert_face(faces_of(none[i]).at(0), face, face.crop, frames[i]);
    assert_face(faces_of(causal[i]).at(0), face, filtered, frames[i]);
    assert_face(faces_of(ahead[i]).at(0), face, looked_ahead(expected, i), frames[i]);
    assert_face(faces_of(live[i]).at(0), face, filtered, frames[i]);
  }
}
GST_END_TEST

GST_START_TEST(test_padding) {
  const auto frames = moving_face(6);
  const auto expected = library_faces(frames);
  const auto buffers = run(frames, "padding=<10.,25.,5.,-5.>");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Box box =
        padded(looked_ahead(expected, i), {.top = 10, .bottom = 25, .left = 5, .right = -5});
    assert_face(faces_of(buffers[i]).at(0), expected[i][0], box, frames[i]);
  }
}
GST_END_TEST

GST_START_TEST(test_pixels_are_unmodified) {
  std::vector<cv::Mat> frames(3, draw_background(kSize));
  const auto faces = moving_face(3);
  frames.insert(frames.end(), faces.begin(), faces.end());
  Pipeline pipeline(
      "appsrc name=video format=time ! hyperlipsfacecrop ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", kSize.width, kSize.height));
  pipeline.play();
  std::vector<GstMemory *> memories;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    GstBuffer *buffer = bgr_buffer(frames[i], i * kFrame);
    memories.push_back(gst_memory_ref(gst_buffer_peek_memory(buffer, 0)));
    pipeline.push("video", buffer);
  }
  pipeline.end("video");
  const auto buffers = pipeline.pull_all("out");
  fail_unless_equals_int(buffers.size(), frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    fail_unless(gst_buffer_peek_memory(buffers[i], 0) == memories[i]);
    fail_unless_equals_int(faces_of(buffers[i]).size(), i < 3 ? 0 : 1);
    fail_unless_equals_int(regions_of(buffers[i]).size(), i < 3 ? 0 : 1);
    gst_memory_unref(memories[i]);
  }
}
GST_END_TEST

GST_START_TEST(test_face_enters_and_leaves) {
  std::vector<cv::Mat> frames(4, draw_background(kSize));
  for (const cv::Mat &frame : moving_face(8)) frames.push_back(frame);
  frames.resize(22, draw_background(kSize));
  const auto expected = library_faces(frames);
  const auto passing = run(frames), holding = run(frames, "no-face-policy=last");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto faces = faces_of(passing[i]);
    const bool visible = i >= 4 && i < 12;
    fail_unless_equals_int(expected[i].size(), visible);
    // A lost face stays for 200 ms where it is expected, to fade the mouth out.
    fail_unless_equals_int(faces.size(), i >= 4 && i <= 16);
    for (const auto &face : faces) {
      fail_unless(face.opacity == (visible ? 1.0f : 0.0f));
      fail_unless(!face.crop.empty());
      fail_unless_equals_int(face.face.track_id, faces_of(passing[4])[0].face.track_id);
      // Smoothing of the last frames takes the expected places into account.
      if (i < 8) assert_face(face, expected[i][0], looked_ahead(expected, i), frames[i]);
      if (visible) fail_unless(face.face.landmarks == expected[i][0].landmarks);
    }
    // 500 ms after frame 11 is frame 23.
    const auto held = faces_of(holding[i]);
    fail_unless_equals_int(held.size(), i >= 4);
    for (const auto &face : held) fail_unless(face.opacity == 1);
    if (i < 12) continue;
    // It goes on a little, as fast as before.
    const float moved = held[0].face.box.center().x - expected[11][0].box.center().x;
    fail_unless(moved > 0 && moved < 30, "%g", double(moved));
  }
}
GST_END_TEST

GST_START_TEST(test_no_face_policy_last) {
  std::vector<cv::Mat> frames = moving_face(3);
  frames.resize(20, draw_background(kSize));
  const auto buffers = run(frames, "no-face-policy=last");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const bool held = i * kFrame <= 2 * kFrame + 500 * GST_MSECOND;
    fail_unless_equals_int(faces_of(buffers[i]).size(), held);
  }
}
GST_END_TEST

GST_START_TEST(test_covered_mouth_is_faded_out) {
  std::vector<cv::Mat> frames;
  for (int i = 0; i < 30; ++i)
    frames.push_back(draw_face(kSize, {.width = 0.4f, .hand = i >= 12 && i < 20}));
  const auto passing = run(frames), treating = run(frames, "no-face-policy=last");
  for (int i = 0; i < 30; ++i) {
    // The mouth must be visible for three frames.
    const auto faces = faces_of(passing[std::size_t(i)]);
    fail_unless_equals_int(faces.size(), 1);
    fail_unless(faces[0].opacity == (i < 12 || i >= 22 ? 1.0f : 0.0f), "frame %d", i);
    const auto treated = faces_of(treating[std::size_t(i)]);
    fail_unless_equals_int(treated.size(), 1);
    fail_unless(treated[0].opacity == 1);
  }
}
GST_END_TEST

GST_START_TEST(test_face_select) {
  fail_unless(at(places("face-select=largest"), {0.81}));
  fail_unless(at(places("face-select=center"), {0.5}));
  fail_unless(at(places("face-select=index face-index=0"), {0.18}));
  fail_unless(at(places("face-select=index face-index=1"), {0.5}));
  fail_unless(at(places("face-select=index face-index=2"), {0.81}));
  fail_unless(at(places("face-select=index face-index=3"), {}));
  fail_unless(at(places("face-select=all"), {0.18, 0.5, 0.81}));
  fail_unless_equals_int(places("face-select=all max-faces=2").size(), 2);
  fail_unless_equals_int(places("face-select=first").size(), 1);
}
GST_END_TEST

GST_START_TEST(test_all_faces_keep_their_track_ids) {
  const auto buffers = run(std::vector<cv::Mat>(8, three_faces()), "face-select=all");
  std::map<std::int64_t, double> tracks;
  for (GstBuffer *buffer : buffers) {
    const auto faces = faces_of(buffer);
    fail_unless_equals_int(faces.size(), 3);
    for (const auto &face : faces) {
      const auto known = tracks.try_emplace(face.face.track_id, face.face.box.center().x).first;
      fail_unless(std::abs(known->second - face.face.box.center().x) < 3);
    }
  }
  fail_unless_equals_int(tracks.size(), 3);
}
GST_END_TEST

GST_START_TEST(test_attached_regions_of_interest_are_used) {
  const cv::Mat picture = three_faces();
  Pipeline pipeline(
      "appsrc name=video format=time ! hyperlipsfacecrop face-select=all ! appsink name=out "
      "sync=false");
  pipeline.set_caps("video", video_caps("BGR", 640, 360));
  pipeline.play();
  for (guint i = 0; i < 6; ++i) {
    GstBuffer *buffer = bgr_buffer(picture, i * kFrame);
    gst_buffer_add_video_region_of_interest_meta(buffer, "face", 65, 110, 100, 130);
    gst_buffer_add_video_region_of_interest_meta(buffer, "car", 450, 60, 140, 240);
    pipeline.push("video", buffer);
  }
  pipeline.end("video");
  const auto buffers = pipeline.pull_all("out");
  fail_unless_equals_int(buffers.size(), 6);
  for (GstBuffer *buffer : buffers) {
    const auto faces = faces_of(buffer);
    fail_unless_equals_int(faces.size(), 1);
    fail_unless(std::abs(faces[0].face.box.center().x / 640 - 0.18f) < 0.03f);
    fail_unless_equals_int(regions_of(buffer).size(), 3);
  }
}
GST_END_TEST

GST_START_TEST(test_interlaced_video_warns_once) {
  const auto frames = moving_face(6);
  Pipeline pipeline(
      "appsrc name=video format=time ! hyperlipsfacecrop ! appsink name=out sync=false");
  pipeline.play();
  for (int part = 0; part < 2; ++part) {
    // The second caps event must not warn again.
    pipeline.set_caps("video",
                      video_caps("BGR", kSize.width, kSize.height,
                                 part == 0 ? "framerate=25/1, interlace-mode=interleaved"
                                           : "framerate=50/1, interlace-mode=interleaved"));
    for (std::size_t i = 0; i < 3; ++i) {
      pipeline.push("video", bgr_buffer(frames[i], (3 * std::size_t(part) + i) * kFrame));
    }
  }
  pipeline.end("video");
  const auto buffers = pipeline.pull_all("out");
  fail_unless_equals_int(buffers.size(), 6);
  for (GstBuffer *buffer : buffers) fail_unless(faces_of(buffer).empty());
  const auto warnings = pipeline.messages(GST_MESSAGE_WARNING);
  fail_unless_equals_int(warnings.size(), 1);
  fail_unless(warnings[0].text.find("deinterlace") != std::string::npos);
  fail_unless(warnings[0].is(GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT));
}
GST_END_TEST

GST_START_TEST(test_mixed_interlacing) {
  const auto frames = moving_face(6);
  Pipeline pipeline(
      "appsrc name=video format=time ! hyperlipsfacecrop ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", kSize.width, kSize.height,
                                        "framerate=25/1, interlace-mode=mixed"));
  pipeline.play();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    GstBuffer *buffer = bgr_buffer(frames[i], i * kFrame);
    if (i >= 4) GST_BUFFER_FLAG_SET(buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED);
    pipeline.push("video", buffer);
  }
  pipeline.end("video");
  const auto buffers = pipeline.pull_all("out");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    fail_unless_equals_int(faces_of(buffers[i]).size(), i < 4);
  }
  fail_unless_equals_int(pipeline.messages(GST_MESSAGE_WARNING).size(), 1);
}
GST_END_TEST

GST_START_TEST(test_rotation_tags) {
  const auto upright = moving_face(6);
  const auto plain = run(upright);
  const struct {
    const char *tag;
    std::function<cv::Mat(const cv::Mat &)> store;
  } cases[] = {
      // The tag is the transform to the upright picture; storing applies the inverse.
      {"rotate-90",
       [](const cv::Mat &picture) {
         cv::Mat stored;
         cv::rotate(picture, stored, cv::ROTATE_90_COUNTERCLOCKWISE);
         return stored;
       }},
      {"rotate-180",
       [](const cv::Mat &picture) {
         cv::Mat stored;
         cv::rotate(picture, stored, cv::ROTATE_180);
         return stored;
       }},
      {"rotate-270",
       [](const cv::Mat &picture) {
         cv::Mat stored;
         cv::rotate(picture, stored, cv::ROTATE_90_CLOCKWISE);
         return stored;
       }},
      {"flip-rotate-0",
       [](const cv::Mat &picture) {
         cv::Mat stored;
         cv::flip(picture, stored, 1);
         return stored;
       }},
  };
  for (const auto &rotation : cases) {
    std::vector<cv::Mat> stored;
    for (const cv::Mat &picture : upright) stored.push_back(rotation.store(picture));
    const auto buffers =
        run(stored, "", std::string("! taginject tags=image-orientation=") + rotation.tag);
    for (std::size_t i = 0; i < upright.size(); ++i) {
      const auto faces = faces_of(buffers[i]), expected = faces_of(plain[i]);
      fail_unless_equals_int(faces.size(), 1);
      const cv::Point2f off = faces[0].face.box.center() - expected[0].face.box.center();
      fail_unless(std::hypot(off.x, off.y) < 0.5, "%s: %g pixels off", rotation.tag,
                  std::hypot(off.x, off.y));
      // Drawn into the stored picture, the region covers the same pixels as in the upright one.
      const auto region = [](GstBuffer *buffer, cv::Size size) {
        const auto &roi = *regions_of(buffer).at(0);
        cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
        mask(cv::Rect(int(roi.x), int(roi.y), int(roi.w), int(roi.h))) = 255;
        return mask;
      };
      const cv::Mat got = region(buffers[i], stored[i].size());
      const cv::Mat wanted = rotation.store(region(plain[i], upright[i].size()));
      cv::Mat difference;
      cv::absdiff(got, wanted, difference);
      // At most a line of pixels at each side.
      fail_unless(cv::countNonZero(difference) < 4 * 120, "%s: %d pixels differ", rotation.tag,
                  cv::countNonZero(difference));
    }
  }
}
GST_END_TEST

GST_START_TEST(test_smallest_and_odd_sizes) {
  for (const cv::Size size : {cv::Size(64, 64), cv::Size(65, 67), cv::Size(64, 480)}) {
    const cv::Mat frame = draw_face(size, {.center = {0.5f, 0.5f}, .width = 0.6f});
    run(std::vector<cv::Mat>(3, frame));
  }
}
GST_END_TEST

GST_START_TEST(test_frames_that_are_not_processed_pass) {
  const struct {
    int width, height;
    const char *caps, *hint;
  } cases[] = {{32, 64, "framerate=25/1", "64x64"},
               {7682, 64, "framerate=25/1", "7680"},
               {64, 64, "framerate=25/1, multiview-mode=side-by-side", "Stereoscopic"},
               {64, 64, "framerate=25/1, multiview-mode=left", nullptr}};
  for (const auto &test : cases) {
    Pipeline pipeline(
        "appsrc name=video format=time ! hyperlipsfacecrop ! appsink name=out sync=false");
    pipeline.set_caps("video", video_caps("BGR", test.width, test.height, test.caps));
    pipeline.play();
    GstBuffer *frame = bgr_buffer(cv::Mat(test.height, test.width, CV_8UC3, cv::Scalar(9)), 0);
    pipeline.push("video", gst_buffer_ref(frame));
    pipeline.end("video");
    const auto buffers = pipeline.pull_all("out");
    fail_unless_equals_int(buffers.size(), 1);
    fail_unless(bytes_of(buffers[0]) == bytes_of(frame));
    gst_buffer_unref(frame);
    const auto warnings = pipeline.messages(GST_MESSAGE_WARNING);
    fail_unless_equals_int(warnings.size(), test.hint ? 1 : 0);
    if (test.hint) fail_unless(warnings[0].text.find(test.hint) != std::string::npos);
  }
}
GST_END_TEST

GST_START_TEST(test_renegotiation_keeps_all_frames) {
  Pipeline pipeline(
      "appsrc name=video format=time ! hyperlipsfacecrop ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", 320, 240));
  pipeline.play();
  GstClockTime pts = 0;
  std::vector<GstClockTime> pushed;
  const auto push = [&](GstBuffer *buffer) {
    GST_BUFFER_PTS(buffer) = pts;
    pushed.push_back(pts);
    pts += kFrame;
    pipeline.push("video", buffer);
  };
  for (const cv::Mat &frame : moving_face(7)) push(bgr_buffer(frame, 0));
  pipeline.set_caps("video", video_caps("BGR", 480, 360, "framerate=30000/1001"));
  for (const cv::Mat &frame : moving_face(6, {480, 360})) push(bgr_buffer(frame, 0));
  pipeline.set_caps("video", video_caps("I420", 320, 240, "framerate=0/1"));
  for (const cv::Mat &frame : moving_face(6)) {
    cv::Mat planes;
    cv::cvtColor(frame, planes, cv::COLOR_BGR2YUV_I420);
    push(gst_buffer_new_memdup(planes.data, planes.total()));
  }
  pipeline.end("video");
  const auto buffers = pipeline.pull_all("out");
  fail_unless_equals_int(buffers.size(), pushed.size());
  for (std::size_t i = 0; i < pushed.size(); ++i) {
    fail_unless_equals_uint64(GST_BUFFER_PTS(buffers[i]), pushed[i]);
    const auto faces = faces_of(buffers[i]);
    fail_unless_equals_int(faces.size(), 1);
    // The face is 0.3 of the frame's width.
    const double width = i >= 7 && i < 13 ? 480 : 320;
    fail_unless(std::abs(double(faces[0].face.box.width()) / width - 0.3) < 0.05);
    fail_unless(std::abs(double(faces[0].crop_box.width()) / width - 0.3) < 0.05);
  }
}
GST_END_TEST

GST_START_TEST(test_metas_are_copied_and_scaled) {
  const auto frames = moving_face(6);
  const auto plain = run(frames);
  const auto scaled = run(frames, "", "", " ! videoscale ! video/x-raw, width=640, height=120");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    GstBuffer *copy = gst_buffer_copy_deep(plain[i]);
    const auto original = faces_of(plain[i]), copied = faces_of(copy), big = faces_of(scaled[i]);
    fail_unless_equals_int(copied.size(), 1);
    fail_unless(copied[0].crop_box == original[0].crop_box);
    fail_unless(same_picture(copied[0].crop, original[0].crop));
    gst_buffer_unref(copy);
    fail_unless_equals_int(big.size(), 1);
    // Twice as wide and half as high in pixels of aspect 1/4: twice as large in square ones.
    const Box &a = original[0].crop_box, &b = big[0].crop_box;
    fail_unless(std::abs(b.x0 - 2 * a.x0) < 0.01f && std::abs(b.x1 - 2 * a.x1) < 0.01f);
    fail_unless(std::abs(b.y0 - 2 * a.y0) < 0.01f && std::abs(b.y1 - 2 * a.y1) < 0.01f);
    const auto &p = original[0].face.landmarks[13], &q = big[0].face.landmarks[13];
    fail_unless(std::abs(q.x - 2 * p.x) < 0.01f && std::abs(q.y - 2 * p.y) < 0.01f);
  }
}
GST_END_TEST

GST_START_TEST(test_metas_of_a_rotated_picture) {
  std::vector<cv::Mat> stored;
  for (const cv::Mat &picture : moving_face(6)) {
    cv::rotate(picture, stored.emplace_back(), cv::ROTATE_90_COUNTERCLOCKWISE);
  }
  const std::string tag = "! taginject tags=image-orientation=rotate-90";
  const auto plain = run(stored, "", tag);
  const auto scaled = run(stored, "", tag, " ! videoscale ! video/x-raw, width=480, height=160");
  for (std::size_t i = 0; i < stored.size(); ++i) {
    // Stored 240x320 becomes 480x160 of aspect 1/4, upright 320x240 becomes 640x480.
    const Box a = faces_of(plain[i]).at(0).crop_box, b = faces_of(scaled[i]).at(0).crop_box;
    fail_unless(std::abs(b.x0 - 2 * a.x0) < 0.01f && std::abs(b.y0 - 2 * a.y0) < 0.01f);
  }
}
GST_END_TEST

GST_START_TEST(test_latency) {
  const struct {
    const char *properties;
    GstClockTime expected;
  } cases[] = {
      {"smoothing=lookahead latency=7000000", 160 * GST_MSECOND + 7 * GST_MSECOND},
      {"smoothing=auto latency=7000000", 7 * GST_MSECOND},
      {"smoothing=causal latency=0", 0},
      {"smoothing=lookahead latency=0", 160 * GST_MSECOND},
  };
  for (const auto &c : cases) {
    Pipeline pipeline(
        std::string("appsrc name=video format=time is-live=true min-latency=30000000 ! "
                    "hyperlipsfacecrop name=crop ") +
        c.properties + " ! appsink name=out sync=false");
    pipeline.set_caps("video", video_caps("BGR", kSize.width, kSize.height));
    pipeline.play();
    pipeline.push("video", bgr_buffer(draw_background(kSize), 0));
    pipeline.end("video");
    pipeline.pull_all("out");
    bool live;
    const GstClockTime latency = latency_of(pipeline, "crop", &live);
    fail_unless(live);
    fail_unless_equals_uint64(latency, c.expected + 30 * GST_MSECOND);
  }
}
GST_END_TEST

GST_START_TEST(test_live_frame_waits_until_its_deadline) {
  Pipeline pipeline(
      "appsrc name=video format=time is-live=true min-latency=30000000 ! hyperlipsfacecrop "
      "smoothing=lookahead latency=0 ! appsink name=out sync=false");
  auto *clock = GST_TEST_CLOCK(gst_test_clock_new());
  gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), GST_CLOCK(clock));
  pipeline.set_caps("video", video_caps("BGR", kSize.width, kSize.height));
  gst_test_clock_set_time(clock, 5 * GST_SECOND);
  pipeline.play();
  pipeline.push("video", bgr_buffer(draw_background(kSize), 0));
  GstClockID id;
  gst_test_clock_wait_for_next_pending_id(clock, &id);
  // The fifth frame follows 160 ms later and may arrive 30 ms late.
  fail_unless_equals_uint64(gst_clock_id_get_time(id), 5 * GST_SECOND + 190 * GST_MSECOND);
  gst_clock_id_unref(id);
  fail_unless(gst_test_clock_crank(clock));
  GstBuffer *buffer = pipeline.pull("out");
  fail_unless_equals_uint64(GST_BUFFER_PTS(buffer), 0);
  gst_buffer_unref(buffer);
  gst_object_unref(clock);
}
GST_END_TEST

GST_START_TEST(test_properties_change_in_ready) {
  Pipeline pipeline(
      "appsrc name=video format=time ! hyperlipsfacecrop name=crop ! appsink name=out sync=false");
  pipeline.set_state(GST_STATE_READY);
  gst_util_set_object_arg(G_OBJECT(pipeline["crop"]), "face-select", "all");
  g_object_set(pipeline["crop"], "max-faces", 2u, nullptr);
  pipeline.set_caps("video", video_caps("BGR", 640, 360));
  pipeline.play();
  for (guint i = 0; i < 6; ++i) pipeline.push("video", bgr_buffer(three_faces(), i * kFrame));
  pipeline.end("video");
  const auto buffers = pipeline.pull_all("out");
  fail_unless_equals_int(faces_of(buffers[5]).size(), 2);
}
GST_END_TEST

static Suite *hyperlipsfacecrop_suite() {
  Suite *suite = suite_create("hyperlipsfacecrop");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_faces_equal_the_library);
  tcase_add_test(tests, test_smoothing);
  tcase_add_test(tests, test_padding);
  tcase_add_test(tests, test_pixels_are_unmodified);
  tcase_add_test(tests, test_face_enters_and_leaves);
  tcase_add_test(tests, test_no_face_policy_last);
  tcase_add_test(tests, test_covered_mouth_is_faded_out);
  tcase_add_test(tests, test_face_select);
  tcase_add_test(tests, test_all_faces_keep_their_track_ids);
  tcase_add_test(tests, test_attached_regions_of_interest_are_used);
  tcase_add_test(tests, test_interlaced_video_warns_once);
  tcase_add_test(tests, test_mixed_interlacing);
  tcase_add_test(tests, test_rotation_tags);
  tcase_add_test(tests, test_smallest_and_odd_sizes);
  tcase_add_test(tests, test_frames_that_are_not_processed_pass);
  tcase_add_test(tests, test_renegotiation_keeps_all_frames);
  tcase_add_test(tests, test_metas_are_copied_and_scaled);
  tcase_add_test(tests, test_metas_of_a_rotated_picture);
  tcase_add_test(tests, test_latency);
  tcase_add_test(tests, test_live_frame_waits_until_its_deadline);
  tcase_add_test(tests, test_properties_change_in_ready);
  return suite;
}

GST_CHECK_MAIN(hyperlipsfacecrop)
