// SPDX-License-Identifier: LGPL-2.1-or-later
// Which faces hyperlipsfacecrop wants to be lip-synced, in late frames too, and properties that are
// changed while the pipeline plays.
#include <cmath>

#include <gst/controller/gstdirectcontrolbinding.h>
#include <gst/controller/gstinterpolationcontrolsource.h>

#include "common/pasted_head.hpp"
#include "facecrop_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr const char *kLine =
    "appsrc name=video format=time ! hyperlipsfacecrop name=crop smoothing=none ! appsink "
    "name=out sync=false";

cv::Mat two_faces() {
  cv::Mat frame = draw_background({640, 360});
  draw_face(frame, {.center = {0.25f, 0.5f}, .width = 0.16f});
  draw_face(frame, {.center = {0.72f, 0.5f}, .width = 0.24f});
  return frame;
}

/// A pipeline that plays and whose frames are pushed and pulled one by one, without look-ahead.
class Player {
 public:
  explicit Player(cv::Size size) : pipeline_(kLine) {
    pipeline_.set_caps("video", video_caps("BGR", size.width, size.height));
    pipeline_.play();
  }
  GstElement *crop() { return pipeline_["crop"]; }
  std::vector<HyperlipsFaceData> next(const cv::Mat &frame) {
    pipeline_.push("video", bgr_buffer(frame, count_++ * kFrame));
    GstBuffer *buffer = pipeline_.pull("out");
    const auto faces = faces_of(buffer);
    gst_buffer_unref(buffer);
    return faces;
  }
  void report_late(GstClockTime time, GstClockTimeDiff late) {
    GstPad *pad = gst_element_get_static_pad(crop(), "src");
    gst_pad_send_event(pad, gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 0.5, late, time));
    gst_object_unref(pad);
  }

 private:
  Pipeline pipeline_;
  guint count_ = 0;
};

void set(GstElement *element, const char *name, const char *value) {
  gst_util_set_object_arg(G_OBJECT(element), name, value);
}

double place(const HyperlipsFaceData &face) { return double(face.face.box.center().x) / 640; }

}  // namespace

GST_START_TEST(test_late_frames_get_the_expected_faces) {
  const auto frames = moving_face(12);
  const auto expected = library_faces(frames);
  Player player(kSize);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto faces = player.next(frames[i]);
    fail_unless_equals_int(faces.size(), 1);
    fail_unless(faces[0].face.landmarks == expected[i][0].landmarks);
  }
  // Frames up to 5 * 40 + 2 * 40 + 40 ms are late: two of them.
  player.report_late(5 * kFrame, 40 * GST_MSECOND);
  for (std::size_t i = 6; i < 12; ++i) {
    const auto faces = player.next(frames[i]);
    fail_unless_equals_int(faces.size(), 1);
    const HyperlipsFaceData &face = faces[0];
    fail_unless(face.opacity == 1);
    fail_unless_equals_int(face.face.track_id, 0);
    fail_unless(same_picture(face.crop, crop_face(view_of(frames[i]), face.crop_box)));
    // A late one is not examined: its face is the last one, moved.
    const auto size = expected[5][0].box.width();
    fail_unless((std::abs(face.face.box.width() - size) < 1e-3f) == (i <= 8), "frame %zu", i);
    const cv::Point2f off = face.face.box.center() - expected[i][0].box.center();
    fail_unless(std::hypot(off.x, off.y) < 0.06f * size, "frame %zu: %g", i,
                std::hypot(off.x, off.y));
  }
}
GST_END_TEST

GST_START_TEST(test_late_frame_of_a_new_scene_has_no_face) {
  const auto frames = moving_face(4);
  Player player(kSize);
  for (const cv::Mat &frame : frames) fail_unless_equals_int(player.next(frame).size(), 1);
  player.report_late(3 * kFrame, 40 * GST_MSECOND);
  const cv::Mat other(kSize, CV_8UC3, cv::Scalar(20, 20, 30));
  fail_unless_equals_int(player.next(other).size(), 0);
}
GST_END_TEST

GST_START_TEST(test_properties_act_while_playing) {
  Player player({640, 360});
  GstElement *crop = player.crop();
  const cv::Mat frame = two_faces();
  const auto one_at = [&](double x) {
    const auto faces = player.next(frame);
    fail_unless_equals_int(faces.size(), 1);
    fail_unless(std::abs(place(faces[0]) - x) < 0.05, "at %g", place(faces[0]));
  };
  one_at(0.72);
  set(crop, "face-select", "index");
  one_at(0.25);
  set(crop, "face-index", "1");
  one_at(0.72);
  set(crop, "face-select", "all");
  fail_unless_equals_int(player.next(frame).size(), 2);
  set(crop, "max-faces", "1");
  fail_unless_equals_int(player.next(frame).size(), 1);
  set(crop, "max-faces", "4");
  set(crop, "inference-interval", "1");
  fail_unless_equals_int(player.next(frame).size(), 2);
  set(crop, "min-face-size", "130");
  const auto sizes = player.next(frame);
  fail_unless_equals_int(sizes.size(), 2);
  for (const auto &face : sizes) fail_unless(face.opacity == (place(face) < 0.5 ? 0.0f : 1.0f));
  set(crop, "min-face-size", "0");
  for (const auto &face : player.next(frame)) fail_unless(face.opacity == 1);
  set(crop, "crop", "published");
  for (const auto &face : player.next(frame)) fail_unless(face.crop_box == face.face.box);
}
GST_END_TEST

GST_START_TEST(test_face_index_is_controlled) {
  Player player({640, 360});
  set(player.crop(), "face-select", "index");
  GstControlSource *source = gst_interpolation_control_source_new();
  g_object_set(source, "mode", GST_INTERPOLATION_MODE_NONE, nullptr);
  auto *values = GST_TIMED_VALUE_CONTROL_SOURCE(source);
  gst_timed_value_control_source_set(values, 0, 0);
  gst_timed_value_control_source_set(values, 3 * kFrame, 1 / 63.0);
  gst_object_add_control_binding(
      GST_OBJECT(player.crop()),
      gst_direct_control_binding_new(GST_OBJECT(player.crop()), "face-index", source));
  gst_object_unref(source);
  for (int i = 0; i < 6; ++i) {
    const auto faces = player.next(two_faces());
    fail_unless_equals_int(faces.size(), 1);
    fail_unless(std::abs(place(faces[0]) - (i < 3 ? 0.25 : 0.72)) < 0.05, "frame %d", i);
  }
}
GST_END_TEST

GST_START_TEST(test_profile_is_not_lip_synced) {
  std::vector<FacePose> poses;
  for (int i = 0; i <= 14; ++i) poses.emplace_back().yaw = 0.07f * float(i);  // 0 ... 56 degrees
  for (int i = 14; i >= 0; --i) poses.emplace_back().yaw = 0.07f * float(i);
  const PastedHead head(2, poses, 320);
  const cv::Size size(480, 360);
  Player player(size);
  set(player.crop(), "max-yaw", "40");
  int changes = 0;
  bool last = true;
  for (std::size_t i = 0; i < poses.size(); ++i) {
    cv::Mat frame(size, CV_8UC3, cv::Scalar(120, 110, 100));
    head.draw(frame, {240, 180}, i);
    const auto faces = player.next(frame);
    fail_unless_equals_int(faces.size(), 1);
    const bool shown = faces[0].opacity == 1;
    const double degrees = double(poses[i].yaw) * 180 / CV_PI;
    if (degrees < 30) fail_unless(shown, "%g degrees", degrees);
    if (degrees > 50) fail_unless(!shown, "%g degrees", degrees);
    changes += shown != last;
    last = shown;
  }
  fail_unless_equals_int(changes, 2);
}
GST_END_TEST

GST_START_TEST(test_second_element_finds_faces_itself) {
  Pipeline pipeline(
      "appsrc name=video format=time ! hyperlipsfacecrop face-select=index ! hyperlipsfacecrop "
      "face-select=all ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", 640, 360));
  pipeline.play();
  for (guint i = 0; i < 4; ++i) pipeline.push("video", bgr_buffer(two_faces(), i * kFrame));
  pipeline.end("video");
  for (GstBuffer *buffer : pipeline.pull_all("out")) {
    // One of the first element, two of the second one.
    fail_unless_equals_int(faces_of(buffer).size(), 3);
  }
}
GST_END_TEST

static Suite *hyperlipsfacecrop_faces_suite() {
  Suite *suite = suite_create("hyperlipsfacecrop_faces");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_late_frames_get_the_expected_faces);
  tcase_add_test(tests, test_late_frame_of_a_new_scene_has_no_face);
  tcase_add_test(tests, test_properties_act_while_playing);
  tcase_add_test(tests, test_face_index_is_controlled);
  tcase_add_test(tests, test_profile_is_not_lip_synced);
  tcase_add_test(tests, test_second_element_finds_faces_itself);
  return suite;
}

GST_CHECK_MAIN(hyperlipsfacecrop_faces)
