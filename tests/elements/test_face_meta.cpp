// SPDX-License-Identifier: LGPL-2.1-or-later
// What becomes of the face metas in elements that change the geometry of frames.
#include <opencv2/imgproc.hpp>

#include "gst/lib/media/frame_view.hpp"
#include "hyperlips/gst/gsthyperlipsspeechmeta.h"
#include "pipeline_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

const cv::Size kFrame(640, 480);
const cv::Rect kBright(200, 100, 160, 120);

HyperlipsFaceData face_at(const Box &box, Orientation orientation = Orientation::Identity) {
  HyperlipsFaceData face;
  face.face.box = face.crop_box = box;
  face.face.landmarks.fill({box.x0, box.y1, 1});
  face.crop = cv::Mat(128, 128, CV_8UC3, cv::Scalar::all(200));
  face.orientation = orientation;
  return face;
}

Box box_of(const cv::Rect &rect) {
  return {float(rect.x), float(rect.y), float(rect.br().x), float(rect.br().y)};
}

struct Output {
  std::vector<HyperlipsFaceData> faces;
  Box bright;  ///< where the bright part of the frame is, in upright coordinates
};

/// A frame with a bright part and a face there, after `elements`.
Output through(const std::string &elements, const std::string &more_caps = "") {
  Pipeline pipeline("appsrc name=video format=time ! " + elements +
                    " ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", kFrame.width, kFrame.height) +
                                 ", pixel-aspect-ratio=1/1" + more_caps);
  pipeline.play();
  cv::Mat picture(kFrame, CV_8UC3, cv::Scalar::all(20));
  picture(kBright).setTo(cv::Scalar::all(250));
  GstBuffer *buffer = bgr_buffer(picture, 0);
  add_face(buffer, face_at(box_of(kBright)));
  pipeline.push("video", buffer);
  pipeline.end("video");
  GstSample *sample = nullptr;
  g_signal_emit_by_name(pipeline["out"], "pull-sample", &sample);
  fail_unless(sample != nullptr, "%s", elements.c_str());
  GstVideoInfo info;
  fail_unless(gst_video_info_from_caps(&info, gst_sample_get_caps(sample)));
  Output output{faces_of(gst_sample_get_buffer(sample)), {}};
  {
    const MappedFrame mapped(info, gst_sample_get_buffer(sample), GST_MAP_READ,
                             Orientation::Identity);
    fail_unless(bool(mapped));
    const FrameView &view = mapped.view();
    const cv::Mat pixels(view.stored_height, view.stored_width, CV_8UC3, view.planes[0].data,
                         std::size_t(view.planes[0].stride));
    cv::Mat gray;
    cv::cvtColor(pixels, gray, cv::COLOR_BGR2GRAY);
    const cv::Rect rect = cv::boundingRect(gray > 135);
    const Affine to_upright = view.upright_to_stored().inverse();
    const cv::Point2d a = to_upright(rect.x - 0.5, rect.y - 0.5);
    const cv::Point2d b = to_upright(rect.br().x - 0.5, rect.br().y - 0.5);
    output.bright = {float(a.x + 0.5), float(a.y + 0.5), float(b.x + 0.5), float(b.y + 0.5)};
  }
  gst_sample_unref(sample);
  return output;
}

void assert_near(const Box &a, const Box &b, float tolerance, const std::string &what) {
  const float off = std::max(
      {std::abs(a.x0 - b.x0), std::abs(a.y0 - b.y0), std::abs(a.x1 - b.x1), std::abs(a.y1 - b.y1)});
  fail_unless(off <= tolerance, "%s: %g %g %g %g, expected %g %g %g %g", what.c_str(), double(a.x0),
              double(a.y0), double(a.x1), double(a.y1), double(b.x0), double(b.y0), double(b.x1),
              double(b.y1));
}

/// GstVideoMetaTransformMatrix of GStreamer 1.28.
struct Matrix {
  const GstVideoInfo *in_info;
  GstVideoRectangle in;
  const GstVideoInfo *out_info;
  GstVideoRectangle out;
  gfloat values[3][3];
};

/// The face after a transformation by "gst-video-matrix"; none if the meta refused it.
std::vector<HyperlipsFaceData> transformed(const HyperlipsFaceData &face, Matrix matrix) {
  GstBuffer *from = gst_buffer_new(), *to = gst_buffer_new();
  add_face(from, face);
  gpointer state = nullptr;
  auto *meta = &gst_buffer_iterate_hyperlips_face_meta(from, &state)->meta;
  const gboolean done = meta->info->transform_func(
      to, meta, from, g_quark_from_static_string("gst-video-matrix"), &matrix);
  auto faces = faces_of(to);
  fail_unless_equals_int(done, !faces.empty());
  gst_buffer_unref(from);
  gst_buffer_unref(to);
  return faces;
}

}  // namespace

GST_START_TEST(test_scaled_frames_keep_the_face_in_place) {
  const struct {
    const char *caps;
    float tolerance;
  } cases[] = {
      {"width=320, height=240, pixel-aspect-ratio=1/1", 1},
      {"width=1280, height=960, pixel-aspect-ratio=1/1", 2},
      // With borders, above and below or at the sides.
      {"width=640, height=640, pixel-aspect-ratio=1/1", 1.5f},
      {"width=400, height=800, pixel-aspect-ratio=1/1", 1.5f},
      {"width=1280, height=480, pixel-aspect-ratio=1/1", 1.5f},
      {"width=720, height=576, pixel-aspect-ratio=64/45", 2},
      // Other pixels, the same shape.
      {"width=640, height=120", 3},
      {"width=360, height=480", 2},
  };
  for (const auto &c : cases) {
    const Output output = through(std::string("videoscale ! video/x-raw, ") + c.caps);
    fail_unless_equals_int(output.faces.size(), 1);
    assert_near(output.faces[0].crop_box, output.bright, c.tolerance, c.caps);
    assert_near(output.faces[0].face.box, output.bright, c.tolerance, c.caps);
    const auto &p = output.faces[0].face.landmarks[7];
    assert_near({p.x, p.y, p.x, p.y},
                {output.bright.x0, output.bright.y1, output.bright.x0, output.bright.y1},
                c.tolerance, c.caps);
    fail_unless(output.faces[0].generated_box == Box());
  }
}
GST_END_TEST

GST_START_TEST(test_faces_are_lost_or_right_behind_other_geometry) {
  for (const char *element :
       {"videoflip video-direction=horiz", "videoflip video-direction=vert",
        "videoflip video-direction=90r", "videoflip video-direction=180",
        "videocrop left=80 top=40 right=20", "videobox left=-60 top=-20", "videobox left=30",
        "videoscale ! video/x-raw, width=200, height=500, pixel-aspect-ratio=1/1 ! videoscale ! "
        "video/x-raw, width=640, height=480, pixel-aspect-ratio=1/1"}) {
    const Output output =
        through(std::string(element) + " ! videoconvert ! video/x-raw, format=BGR");
    for (const auto &face : output.faces) assert_near(face.crop_box, output.bright, 4, element);
  }
}
GST_END_TEST

GST_START_TEST(test_dropped_metas_are_told) {
  for (const bool drops : {true, false}) {
    Pipeline pipeline("appsrc name=video format=time ! hyperlipsfacecrop ! " +
                      std::string(drops ? "videoflip video-direction=horiz ! " : "") +
                      "hyperlipscomposite name=e ! appsink name=out sync=false");
    pipeline.set_caps("video", video_caps("BGR", 320, 240));
    pipeline.play();
    const cv::Mat head = draw_face(cv::Size(320, 240), {.width = 0.4f});
    for (guint i = 0; i < 40; ++i) pipeline.push("video", bgr_buffer(head, i * 40 * GST_MSECOND));
    pipeline.end("video");
    fail_unless_equals_int(pipeline.pull_all("out").size(), 40);
    const auto warnings = pipeline.messages(GST_MESSAGE_WARNING);
    fail_unless_equals_int(warnings.size(), drops ? 1 : 0);
    if (!drops) continue;
    fail_unless_equals_string(warnings[0].source.c_str(), "e");
    fail_unless(warnings[0].text.find("videoflip") != std::string::npos);
  }
}
GST_END_TEST

GST_START_TEST(test_matrix_of_newer_gstreamer) {
  const GstVideoInfo in = video_info(video_caps("BGR", 640, 480));
  const GstVideoInfo out = video_info(video_caps("BGR", 500, 300));
  // A part of 320x240 at 100, 50 goes to 160x240 at 30, 20.
  const Matrix map{&in, {100, 50, 320, 240}, &out, {30, 20, 160, 240}, {{0.5f}, {0, 1}, {0, 0, 1}}};
  const auto moved = transformed(face_at({200, 100, 360, 220}), map);
  fail_unless_equals_int(moved.size(), 1);
  assert_near(moved[0].crop_box, {80, 70, 160, 190}, 0.01f, "scaled and moved");

  // The same picture stored on its side: upright x is stored y.
  const GstVideoInfo side_out = video_info(video_caps("BGR", 300, 500));
  const GstVideoInfo side_in = video_info(video_caps("BGR", 480, 640));
  const Matrix side{
      &side_in, {50, 100, 240, 320}, &side_out, {20, 30, 240, 160}, {{1}, {0, 0.5f}, {0, 0, 1}}};
  const auto turned = transformed(face_at({200, 100, 360, 220}, Orientation::Transpose), side);
  fail_unless_equals_int(turned.size(), 1);
  assert_near(turned[0].crop_box, {80, 70, 160, 190}, 0.01f, "transposed");

  // Rotate90: stored x is upright y, stored y is the width less upright x.
  const auto rotated = transformed(face_at({200, 100, 360, 220}, Orientation::Rotate90), side);
  fail_unless_equals_int(rotated.size(), 1);
  assert_near(rotated[0].crop_box, {300, 70, 380, 190}, 0.01f, "rotated");
}
GST_END_TEST

GST_START_TEST(test_matrices_that_turn_or_mirror_drop_the_face) {
  const GstVideoInfo info = video_info(video_caps("BGR", 640, 640));
  const GstVideoRectangle whole{0, 0, 640, 640};
  const gfloat refused[][3][3] = {
      {{-1, 0, 640}, {0, 1, 0}, {0, 0, 1}}, {{1, 0, 0}, {0, -1, 640}, {0, 0, 1}},
      {{0, -1, 640}, {1, 0, 0}, {0, 0, 1}}, {{-1, 0, 640}, {0, -1, 640}, {0, 0, 1}},
      {{1, 0.2f, 0}, {0, 1, 0}, {0, 0, 1}}, {{1, 0, 0}, {0, 1, 0}, {0.01f, 0, 1}},
      {{1, 0, 0}, {0, 1, 0}, {0, 0, 0}},    {{0, 0, 0}, {0, 0, 0}, {0, 0, 1}}};
  for (const auto &values : refused) {
    Matrix matrix{&info, whole, &info, whole, {}};
    std::memcpy(matrix.values, values, sizeof values);
    fail_unless(transformed(face_at({200, 100, 360, 220}), matrix).empty());
  }
}
GST_END_TEST

GST_START_TEST(test_mouth_mask_follows_a_matrix) {
  const GstVideoInfo in = video_info(video_caps("BGR", 64, 64));
  const GstVideoInfo out = video_info(video_caps("BGR", 100, 80));
  Matrix map{&in, {8, 8, 32, 32}, &out, {10, 20, 64, 32}, {{2}, {0, 1}, {0, 0, 1}}};
  HyperlipsSpeechData speech;
  speech.mouth_mask = cv::Mat::zeros(64, 64, CV_8UC1);
  speech.mouth_mask(cv::Rect(16, 20, 8, 6)).setTo(255);
  GstBuffer *from = gst_buffer_new(), *to = gst_buffer_new();
  auto *meta = &gst_buffer_add_hyperlips_speech_meta(from, speech)->meta;
  fail_unless(meta->info->transform_func(to, meta, from,
                                         g_quark_from_static_string("gst-video-matrix"), &map));
  const cv::Mat &mask = gst_buffer_get_hyperlips_speech_meta(to)->data.mouth_mask;
  fail_unless(mask.size() == cv::Size(100, 80));
  fail_unless(cv::boundingRect(mask) == cv::Rect(26, 32, 16, 6));
  gst_buffer_unref(from);
  gst_buffer_unref(to);
}
GST_END_TEST

static Suite *face_meta_suite() {
  Suite *suite = suite_create("face_meta");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_scaled_frames_keep_the_face_in_place);
  tcase_add_test(tests, test_faces_are_lost_or_right_behind_other_geometry);
  tcase_add_test(tests, test_dropped_metas_are_told);
  tcase_add_test(tests, test_matrix_of_newer_gstreamer);
  tcase_add_test(tests, test_matrices_that_turn_or_mirror_drop_the_face);
  tcase_add_test(tests, test_mouth_mask_follows_a_matrix);
  return suite;
}

GST_CHECK_MAIN(face_meta)
