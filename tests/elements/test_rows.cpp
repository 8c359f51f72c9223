// SPDX-License-Identifier: LGPL-2.1-or-later
// Which rows of the generated pictures the networks compute: those that hyperlipscomposite shows.
#include "hyperlips/face/mask.hpp"
#include "network_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr double kTolerance = 1;
constexpr GstClockTime kFrame = 40 * GST_MSECOND;
constexpr int kFrames = 3;

std::string base_line(const std::string &downstream) {
  return "appsrc name=video format=time ! b.sink appsrc name=mel format=time ! b.mel "
         "hyperlipsbase name=b batch-size=2 model=" +
         base_model() + kExact + "! " + downstream;
}

std::string hr_element(const std::string &architecture) {
  return "hyperlipshr name=h batch-size=2 model=" + formula_model(architecture) + kExact;
}

guint first_row(GstElement *element) {
  GstStructure *stats = stats_of(element);
  guint row = 999;
  fail_unless(gst_structure_get_uint(stats, "first-row", &row));
  gst_structure_free(stats);
  return row;
}

/// The rows that hyperlipsbase opens its network for, with these elements after it.
void assert_row(const std::string &downstream, int expected, GstState state = GST_STATE_READY) {
  Pipeline pipeline(base_line(downstream));
  pipeline.set_state(state);
  fail_unless(first_row(pipeline["b"]) == guint(expected), "%s: from row %u on, expected %d",
              downstream.c_str(), first_row(pipeline["b"]), expected);
}

/// A frame of which the crop is the whole picture, as the composite checks; with a generated
/// picture, or without one.
GstBuffer *whole_frame(int i, bool generated) {
  const cv::Mat picture = crop_picture(i);
  GstBuffer *buffer = bgr_buffer(picture, GstClockTime(i) * kFrame);
  HyperlipsFaceData face = made_face(0, i);
  for (auto &point : face.face.landmarks) point *= 2;
  face.face.box = face.crop_box = {0, 0, float(picture.cols), float(picture.rows)};
  if (generated) face.generated = crop_picture(i + 1);
  add_face(buffer, face);
  return buffer;
}

struct Result {
  std::vector<HyperlipsFaceData> faces;  ///< at pad `sink` of the element c
  std::vector<std::vector<guint8>> frames;
};

/// Runs some frames through a pipeline from `video`, and where it is there `mel`, to `out`.
Result run(const std::string &line) {
  Result result;
  Pipeline pipeline(line);
  const bool base = line.find("name=mel") != std::string::npos;
  pipeline.set_caps("video", video_caps("BGR", 128, 128));
  if (base) pipeline.set_caps("mel", kMelCaps);
  GstPad *pad = gst_element_get_static_pad(pipeline["c"], "sink");
  gst_pad_add_probe(
      pad, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad *, GstPadProbeInfo *info, gpointer data) {
        static_cast<Result *>(data)->faces.push_back(
            faces_of(GST_PAD_PROBE_INFO_BUFFER(info)).at(0));
        return GST_PAD_PROBE_OK;
      },
      &result, nullptr);
  gst_object_unref(pad);
  pipeline.play();
  if (base) {
    pipeline.push("mel", mel_buffer(columns(0, 80), 0));
    pipeline.end("mel");
  }
  for (int i = 0; i < kFrames; ++i) pipeline.push("video", whole_frame(i, !base));
  pipeline.end("video");
  for (GstBuffer *buffer : pipeline.pull_all("out")) result.frames.push_back(bytes_of(buffer));
  fail_unless_equals_int(result.faces.size(), kFrames);
  fail_unless_equals_int(result.frames.size(), kFrames);
  return result;
}

/// Frames of `with_rows` and of `whole`, which differ in what is computed, show the same.
void assert_shows_the_same(const Result &with_rows, const Result &whole) {
  const int side = whole.faces[0].generated.rows, first = kFirstShownRow * side / 128;
  for (std::size_t i = 0; i < kFrames; ++i) {
    const cv::Mat &cut = with_rows.faces[i].generated, &full = whole.faces[i].generated;
    const double apart = difference(cut.rowRange(first, side), full.rowRange(first, side));
    fail_unless(apart <= kTolerance, "frame %zu: %g", i, apart);
    double most = 0;
    for (std::size_t k = 0; k < whole.frames[i].size(); ++k)
      most = std::max(most, std::abs(double(with_rows.frames[i][k]) - whole.frames[i][k]));
    fail_unless(most <= 2 * kTolerance, "frame %zu shows %g", i, most);
    GstBuffer *before = bgr_buffer(crop_picture(int(i)), 0);
    fail_unless(whole.frames[i] != bytes_of(before), "frame %zu shows no face", i);
    gst_buffer_unref(before);
  }
}

}  // namespace

GST_START_TEST(test_rows_of_the_composite) {
  assert_row("hyperlipscomposite ! fakesink", kFirstShownRow);
  assert_row("hyperlipscomposite ! fakesink", kFirstShownRow, GST_STATE_PAUSED);
  assert_row("queue ! video/x-raw ! identity ! videoconvert ! hyperlipscomposite ! fakesink",
             kFirstShownRow);
  assert_row("queue ! hyperlipscomposite ! fakesink", kFirstShownRow, GST_STATE_PAUSED);
}
GST_END_TEST

GST_START_TEST(test_whole_picture_without_a_composite) {
  assert_row("fakesink", 0);
  assert_row("queue ! appsink name=out", 0);
  assert_row("fakesink", 0, GST_STATE_PAUSED);
}
GST_END_TEST

GST_START_TEST(test_all_branches_must_agree) {
  const std::string composite = "queue ! hyperlipscomposite ! fakesink ";
  assert_row("tee name=t t. ! " + composite + " t. ! " + composite, kFirstShownRow);
  assert_row("tee name=t t. ! queue ! fakesink t. ! " + composite, 0);
  assert_row("tee name=t t. ! " + composite + " t. ! queue ! fakesink", 0);
  assert_row("queue ! tee name=t t. ! identity ! tee name=u u. ! " + composite +
                 " u. ! queue ! fakesink t. ! " + composite,
             0);
}
GST_END_TEST

GST_START_TEST(test_rows_in_a_bin) {
  assert_row("bin.( identity ! hyperlipscomposite ) ! fakesink", kFirstShownRow);
  Pipeline pipeline("hyperlips name=bin model=" + base_model() + kExact);
  pipeline.set_state(GST_STATE_READY);
  fail_unless_equals_int(first_row(pipeline["base"]), kFirstShownRow);
  // hyperlipshr is linked on the way from READY to PAUSED.
  g_object_set(pipeline["bin"], "hr-model", formula_model("HRDecoder x2").c_str(), nullptr);
  pipeline.set_state(GST_STATE_PAUSED);
  fail_unless_equals_int(first_row(pipeline["hr"]), kFirstShownRow);
  fail_unless_equals_int(first_row(pipeline["base"]), 0);
}
GST_END_TEST

// It finds the landmarks of the face in them.
GST_START_TEST(test_hr_needs_whole_pictures) {
  for (const std::string architecture : {"HRDecoder x1", "HRDecoder x2", "HRDecoder x4"})
    assert_row("queue ! " + hr_element(architecture) + "! hyperlipscomposite ! fakesink", 0);
  Pipeline pipeline(base_line(hr_element("HRDecoder x2") + "! hyperlipscomposite ! fakesink"));
  pipeline.set_state(GST_STATE_READY);
  fail_unless_equals_int(first_row(pipeline["h"]), kFirstShownRow);
}
GST_END_TEST

GST_START_TEST(test_links_of_state_ready_count) {
  Pipeline pipeline(base_line("fakesink name=s hyperlipscomposite name=c ! fakesink"));
  pipeline.set_state(GST_STATE_READY);
  fail_unless_equals_int(first_row(pipeline["b"]), 0);
  gst_element_unlink(pipeline["b"], pipeline["s"]);
  fail_unless(gst_element_link(pipeline["b"], pipeline["c"]));
  pipeline.set_state(GST_STATE_PAUSED);
  fail_unless_equals_int(first_row(pipeline["b"]), kFirstShownRow);
  pipeline.set_state(GST_STATE_READY);
  gst_element_unlink(pipeline["b"], pipeline["c"]);
  fail_unless(gst_element_link(pipeline["b"], pipeline["s"]));
  pipeline.set_state(GST_STATE_PAUSED);
  fail_unless_equals_int(first_row(pipeline["b"]), 0);
}
GST_END_TEST

// The second branch makes the networks compute whole pictures.
GST_START_TEST(test_shown_part_is_equal) {
  const std::string composite = "hyperlipscomposite name=c ! appsink name=out sync=false ";
  const std::string other = "tee name=t t. ! queue ! fakesink t. ! queue ! ";
  const Result with_rows = run(base_line(composite)), whole = run(base_line(other + composite));
  assert_shows_the_same(with_rows, whole);
  for (int i = 0; i < kFrames; ++i) {
    // The rows above are those of the crop.
    const cv::Mat &picture = with_rows.faces[std::size_t(i)].generated, crop = crop_picture(i);
    fail_unless(
        same_picture(picture.rowRange(0, kFirstShownRow), crop.rowRange(0, kFirstShownRow)));
  }
  for (const std::string architecture : {"HRDecoder x1", "HRDecoder x2"}) {
    const std::string hr = "appsrc name=video format=time ! " + hr_element(architecture) + "! ";
    const Result sharp = run(hr + composite);
    fail_unless_equals_int(sharp.faces[0].generated.rows, architecture.back() == '1' ? 128 : 256);
    assert_shows_the_same(sharp, run(hr + other + composite));
  }
}
GST_END_TEST

static Suite *rows_suite() {
  Suite *suite = suite_create("rows");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_rows_of_the_composite);
  tcase_add_test(tests, test_whole_picture_without_a_composite);
  tcase_add_test(tests, test_all_branches_must_agree);
  tcase_add_test(tests, test_rows_in_a_bin);
  tcase_add_test(tests, test_hr_needs_whole_pictures);
  tcase_add_test(tests, test_links_of_state_ready_count);
  tcase_add_test(tests, test_shown_part_is_equal);
  return suite;
}

GST_CHECK_MAIN(rows)
