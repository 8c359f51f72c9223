// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mesh.hpp"
#include "hyperlips/face/sketch.hpp"
#include "network_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr double kTolerance = 1;
constexpr GstClockTime kFrame = 40 * GST_MSECOND;

/// A face with a drawn picture as its generated picture.
HyperlipsFaceData with_generated(std::int64_t track, int seed) {
  HyperlipsFaceData face = made_face(track, seed);
  face.generated = crop_picture(seed + 1);
  return face;
}

/// What is kept of a track.
struct Known {
  std::optional<Landmarks> landmarks;  ///< the last
  SteadyLandmarks drawn;
};

/// The output of HRDecoder, computed with the library.
cv::Mat sharpened(Network &network, FaceMesh &mesh, const HyperlipsFaceData &face, Known &known) {
  auto &previous = known.landmarks;
  const Affine to_crop = crop_to_frame(face.crop_box).inverse();
  Landmarks landmarks = face.face.landmarks;
  for (auto &point : landmarks) {
    const cv::Point2d at = to_crop(point.x, point.y);
    point = {float(at.x), float(at.y), float(point.z * to_crop.m[0])};
  }
  const FrameView view = view_of(face.generated);
  MeshResult result;
  if (previous) result = mesh.run(view, mesh_region(*previous));
  if (result.presence < 0.5f) result = mesh.run(view, mesh_region(landmarks));
  if (result.presence >= 0.5f) {
    landmarks = result.landmarks;
    previous = landmarks;
  }
  const int side = int(network.info().outputs[0].shape.back());
  std::vector<float> input(kFaceTensor), output(std::size_t(3 * side * side));
  hr_input(face.generated, draw_sketch(known.drawn.next(landmarks), Affine()), input);
  const std::span<const float> inputs[] = {input};
  const std::span<float> outputs[] = {output};
  network.run(1, inputs, outputs);
  return picture_from_tensor(output, side);
}

Pipeline::Buffers run(const std::string &model, const std::vector<GstBuffer *> &frames,
                      const std::string &properties) {
  Pipeline pipeline("appsrc name=video format=time ! hyperlipshr model=" + model + kExact +
                    properties + " ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.play();
  for (GstBuffer *frame : frames) pipeline.push("video", frame);
  pipeline.end("video");
  auto buffers = pipeline.pull_all("out");
  fail_unless_equals_int(buffers.size(), frames.size());
  return buffers;
}

void assert_sizes(const char *architecture, int side) {
  const std::string model = formula_model(architecture);
  const auto network = open_exactly(model);
  FaceMesh mesh;
  Known first, second;
  std::vector<GstBuffer *> frames;
  for (int i = 0; i < 3; ++i) {
    GstBuffer *frame = face_frame(GstClockTime(i) * kFrame, i, -1);
    add_face(frame, with_generated(3, i));
    if (i == 1) add_face(frame, with_generated(4, 20));
    frames.push_back(frame);
  }
  const auto buffers = run(model, frames, "batch-size=2");
  for (int i = 0; i < 3; ++i) {
    const auto faces = faces_of(buffers[std::size_t(i)]);
    fail_unless_equals_int(faces.size(), i == 1 ? 2 : 1);
    fail_unless_equals_int(faces[0].generated.cols, side);
    const cv::Mat expected = sharpened(*network, mesh, with_generated(3, i), first);
    fail_unless(difference(faces[0].generated, expected) <= kTolerance, "frame %d: %g", i,
                difference(faces[0].generated, expected));
    fail_unless(same_picture(faces[0].crop, crop_picture(i)));
    // The landmarks of the generated face, as they are in the frame.
    fail_unless(first.landmarks && faces[0].generated_landmarks);
    const Affine to_frame = crop_to_frame(faces[0].crop_box);
    for (std::size_t k = 0; k < kLandmarks; ++k) {
      const cv::Point3f got = (*faces[0].generated_landmarks)[k];
      const cv::Point3f &known = (*first.landmarks)[k];
      const cv::Point2d at = to_frame(known.x, known.y);
      fail_unless(std::abs(got.x - at.x) < 0.01 && std::abs(got.y - at.y) < 0.01);
    }
    if (i != 1) continue;
    const cv::Mat other = sharpened(*network, mesh, with_generated(4, 20), second);
    fail_unless(difference(faces[1].generated, other) <= kTolerance);
  }
}

}  // namespace

GST_START_TEST(test_output_128) { assert_sizes("HRDecoder x1", 128); }
GST_END_TEST
GST_START_TEST(test_output_256) { assert_sizes("HRDecoder x2", 256); }
GST_END_TEST
GST_START_TEST(test_output_512) { assert_sizes("HRDecoder x4", 512); }
GST_END_TEST

GST_START_TEST(test_frames_without_a_generated_face_are_unmodified) {
  std::vector<GstBuffer *> frames;
  std::vector<GstMemory *> memories;
  for (guint i = 0; i < 10; ++i) {
    frames.push_back(face_frame(i * kFrame, int(i), i % 2 ? 0 : -1));
    if (i == 4) add_face(frames.back(), with_generated(2, 4));
    memories.push_back(gst_memory_ref(gst_buffer_peek_memory(frames.back(), 0)));
  }
  const auto buffers = run(formula_model("HRDecoder x2"), frames, "batch-size=3");
  for (std::size_t i = 0; i < 10; ++i) {
    fail_unless_equals_uint64(GST_BUFFER_PTS(buffers[i]), i * kFrame);
    fail_unless(gst_buffer_peek_memory(buffers[i], 0) == memories[i]);
    gst_memory_unref(memories[i]);
    const auto faces = faces_of(buffers[i]);
    fail_unless_equals_int(faces.size(), i == 4 || i % 2);
    fail_unless_equals_int(faces.empty() ? 0 : faces[0].generated.cols, i == 4 ? 256 : 0);
  }
}
GST_END_TEST

GST_START_TEST(test_repeated_faces_get_the_last_result) {
  // hyperlipsbase repeats the picture of frame 1 in frames 2 and 3, where the crop has moved.
  std::vector<GstBuffer *> frames;
  cv::Mat repeated;
  for (int i = 0; i < 5; ++i) {
    GstBuffer *frame = face_frame(GstClockTime(i) * kFrame, i, -1);
    HyperlipsFaceData face = with_generated(3, i);
    if (i == 1) repeated = face.generated;
    if (i == 2 || i == 3) {
      face.generated = repeated;
      face.crop_box = {8, 6, 40, 40};
    }
    add_face(frame, face);
    frames.push_back(frame);
  }
  for (const char *batch : {"batch-size=5", "batch-size=1"}) {
    std::vector<GstBuffer *> copies;
    for (GstBuffer *frame : frames) copies.push_back(gst_buffer_copy(frame));
    const auto buffers = run(formula_model("HRDecoder x2"), copies, batch);
    const auto face = [&](std::size_t i) { return faces_of(buffers[i]).at(0); };
    for (std::size_t i = 2; i < 4; ++i) {
      fail_unless(face(i).generated.data == face(1).generated.data);
      const auto moved = face(i).generated_landmarks->at(9),
                 first = face(1).generated_landmarks->at(9);
      fail_unless(std::abs((moved.x - 8) / 32 - (first.x - 8) / 48) < 0.02);
    }
    fail_unless(face(4).generated.cols == 256 && face(4).generated.data != face(1).generated.data);
  }
  for (GstBuffer *frame : frames) gst_buffer_unref(frame);
}
GST_END_TEST

GST_START_TEST(test_late_frames_keep_the_last_result) {
  const std::string model = formula_model("HRDecoder x2");
  Pipeline pipeline("appsrc name=video format=time ! hyperlipshr name=h batch-size=1 model=" +
                    model + kExact + " ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.play();
  const auto push = [&](int i) {
    GstBuffer *frame = face_frame(GstClockTime(i) * kFrame, i, -1);
    add_face(frame, with_generated(3, i));
    if (i == 3) add_face(frame, with_generated(4, i));
    pipeline.push("video", frame);
  };
  const auto next = [&] {
    GstBuffer *buffer = pipeline.pull("out");
    const auto faces = faces_of(buffer);
    gst_buffer_unref(buffer);
    return faces;
  };
  push(0);
  push(1);
  next();
  const cv::Mat last = next().at(0).generated;
  fail_unless_equals_int(last.cols, 256);
  // Frames up to 80 + 2 * 30 + 40 ms are late: 2, 3 and 4. Track 4 is new and has no result.
  GstPad *pad = gst_element_get_static_pad(pipeline["h"], "src");
  gst_pad_send_event(pad,
                     gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 0.5, 30 * GST_MSECOND, 2 * kFrame));
  gst_object_unref(pad);
  for (int i = 2; i < 6; ++i) push(i);
  for (int i = 2; i < 5; ++i) {
    const auto faces = next();
    fail_unless(faces.at(0).generated.data == last.data);
    fail_unless(faces.at(0).generated_landmarks.has_value());
    if (i == 3) fail_unless_equals_int(faces.at(1).generated.cols, 128);
  }
  const cv::Mat after = next().at(0).generated;
  fail_unless(after.cols == 256 && after.data != last.data);
  fail_unless_equals_uint64(stat(pipeline["h"], "late"), 3);
  fail_unless_equals_uint64(stat(pipeline["h"], "faces"), 3);
}
GST_END_TEST

GST_START_TEST(test_second_hyperlipshr_passes_through) {
  const std::string model = formula_model("HRDecoder x1");
  Pipeline pipeline("appsrc name=video format=time ! hyperlipshr name=a batch-size=1 model=" +
                    model + kExact + " ! hyperlipshr name=b batch-size=1 model=" + model + kExact +
                    " ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.play();
  GstBuffer *frame = face_frame(0, 0, -1);
  add_face(frame, with_generated(0, 0));
  pipeline.push("video", frame);
  pipeline.end("video");
  fail_unless_equals_int(pipeline.pull_all("out").size(), 1);
  fail_unless_equals_uint64(stat(pipeline["a"], "faces"), 1);
  fail_unless_equals_uint64(stat(pipeline["b"], "faces"), 0);
  fail_unless_equals_uint64(stat(pipeline["b"], "untouched"), 1);
}
GST_END_TEST

static Suite *hyperlipshr_suite() {
  Suite *suite = suite_create("hyperlipshr");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_output_128);
  tcase_add_test(tests, test_output_256);
  tcase_add_test(tests, test_output_512);
  tcase_add_test(tests, test_frames_without_a_generated_face_are_unmodified);
  tcase_add_test(tests, test_repeated_faces_get_the_last_result);
  tcase_add_test(tests, test_late_frames_keep_the_last_result);
  tcase_add_test(tests, test_second_hyperlipshr_passes_through);
  return suite;
}

GST_CHECK_MAIN(hyperlipshr)
