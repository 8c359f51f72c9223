// SPDX-License-Identifier: LGPL-2.1-or-later
// hyperlipsbase with a bank of a person's own mouths instead of a network, and the composite of its
// pictures.
#include <cmath>
#include <fstream>

#include "common/correlation.hpp"
#include "common/talking_bank.hpp"
#include "common/temporary_folder.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/own_mouths/bank.hpp"
#include "hyperlips/synth/performance.hpp"
#include "hyperlips/talk/speech_to_mouth.hpp"
#include "rig.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr int kFace = 96;
constexpr GstClockTime kFrame = 40 * GST_MSECOND;
constexpr int kFrames = 60;

std::string bank_file() { return talking_bank_file(100, kFace); }

/// Frame `number` of the person, with the face as hyperlipsfacecrop attaches it.
GstBuffer *person_frame(PosedHead &person, int number) {
  FacePose pose = scripted_pose(number + 3);
  pose.mouth = {};
  const PosedFrame frame = person.draw(pose, std::uint64_t(number));
  GstBuffer *buffer = bgr_buffer(frame.picture, GstClockTime(number) * kFrame);
  GST_BUFFER_DURATION(buffer) = kFrame;
  HyperlipsFaceData data;
  data.face = frame.face;
  data.crop_box = frame.face.box;
  data.crop = crop_face(view_of(frame.picture), data.crop_box);
  add_face(buffer, data);
  return buffer;
}

synth::Performance performance() {
  return synth::Performance({.seed = 7, .text = "Papa saw four big boats.", .language = "en"});
}

std::vector<MelColumn> speech() {
  synth::Performance person = performance();
  std::vector<float> samples(kMelSampleRate * kFrames / 25);
  person.sound(0, kMelSampleRate, samples);
  return mel_spectrogram(samples);
}

void push_speech(Rig &rig, const std::vector<MelColumn> &columns, bool to_the_end) {
  GstPad *mel = gst_element_get_static_pad(rig.element, "mel");
  start_speech(mel);
  if (!columns.empty())
    fail_unless_equals_int(gst_pad_chain(mel, mel_buffer(columns, 0)), GST_FLOW_OK);
  if (to_the_end) fail_unless(gst_pad_send_event(mel, gst_event_new_eos()));
  gst_object_unref(mel);
}

/// The frames with faces after hyperlipsbase.
std::vector<HyperlipsFaceData> spoken(const std::vector<MelColumn> &columns) {
  // Linking the mel pad is what makes the element wait for speech.
  Rig rig("hyperlipsbase", [](GstElement *element) {
    g_object_set(element, "model", bank_file().c_str(), nullptr);
  });
  GstPad *source = gst_pad_new("speech", GST_PAD_SRC);
  GstPad *mel = gst_element_get_static_pad(rig.element, "mel");
  fail_unless_equals_int(gst_pad_link(source, mel), GST_PAD_LINK_OK);
  push_speech(rig, columns, true);
  PosedHead person(kFace);
  rig.start(video_caps("BGR", 2 * kFace, 2 * kFace));
  for (int n = 0; n < kFrames; ++n) rig.push(person_frame(person, n));
  rig.push(gst_event_new_eos());
  rig.await("eos");
  std::vector<HyperlipsFaceData> faces;
  for (GstBuffer *buffer : rig.buffers) {
    const auto of_frame = faces_of(buffer);
    fail_unless_equals_int(of_frame.size(), 1);
    faces.push_back(of_frame[0]);
  }
  gst_pad_unlink(source, mel);
  gst_object_unref(mel);
  gst_object_unref(source);
  return faces;
}

/// The pixels of a frame that bgr_buffer() made.
cv::Mat pixels_of(GstBuffer *buffer) {
  const std::vector<guint8> bytes = bytes_of(buffer);
  const int rows = 2 * kFace;
  return cv::Mat(rows, 2 * kFace, CV_8UC3, const_cast<guint8 *>(bytes.data()),
                 bytes.size() / std::size_t(rows))
      .clone();
}

double opening(const HyperlipsFaceData &face) {
  const Landmarks &points = *face.generated_landmarks;
  return cv::norm(points[13] - points[14]) / cv::norm(points[10] - points[152]);
}

}  // namespace

GST_START_TEST(test_lips_follow_the_speech) {
  const auto faces = spoken(speech());
  fail_unless_equals_int(faces.size(), kFrames);
  synth::Performance person = performance();
  std::vector<double> shown, wanted;
  for (int n = 0; n < kFrames; ++n) {
    const HyperlipsFaceData &face = faces[std::size_t(n)];
    fail_unless(!face.generated.empty() && face.generated_landmarks.has_value(), "frame %d", n);
    // The picture covers lips and chin of the face, in the pixels of the frame.
    const Box &box = face.generated_box;
    fail_unless_equals_int(face.generated.cols, int(box.width()));
    fail_unless_equals_int(face.generated.rows, int(box.height()));
    for (const int point : {61, 291, 0, 17, 152}) {
      const cv::Point3f &p = face.face.landmarks[std::size_t(point)];
      fail_unless(p.x > box.x0 && p.x < box.x1 && p.y > box.y0 && p.y < box.y1);
    }
    shown.push_back(opening(face));
    wanted.push_back(double(person.pose(n / 25.0).mouth.opening));
  }
  const double r = correlation(shown, wanted);
  fail_unless(r > 0.6, "correlation %.3f", r);
}
GST_END_TEST

GST_START_TEST(test_silence_closes_the_mouth) {
  const auto faces = spoken(std::vector<MelColumn>(kFrames * 80 / 25, silent_column()));
  const Bank bank = read_bank(bank_file());
  for (const HyperlipsFaceData &face : faces) {
    fail_unless(!face.generated.empty());
    fail_unless(opening(face) < 0.02, "opening %.3f", opening(face));
  }
}
GST_END_TEST

GST_START_TEST(test_frames_without_speech_pass) {
  const auto faces = spoken({});
  for (const HyperlipsFaceData &face : faces) fail_unless(face.generated.empty());
}
GST_END_TEST

GST_START_TEST(test_stats_name_the_bank) {
  Rig rig("hyperlipsbase", [](GstElement *element) {
    g_object_set(element, "model", bank_file().c_str(), nullptr);
  });
  GstStructure *stats = stats_of(rig.element);
  fail_unless_equals_string(gst_structure_get_string(stats, "architecture"), "OwnMouths");
  fail_unless_equals_string(gst_structure_get_string(stats, "device"), "cpu");
  gst_structure_free(stats);
}
GST_END_TEST

// A bank is played on machines without LibTorch.
GST_START_TEST(test_bank_does_not_load_libtorch) {
  spoken(speech());
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line))
    fail_unless(line.find("libtorch") == std::string::npos, "%s", line.c_str());
}
GST_END_TEST

GST_START_TEST(test_live_latency_is_that_of_the_speech_window) {
  Pipeline pipeline(
      "appsrc name=video format=time is-live=true min-latency=0 ! b.sink appsrc name=mel "
      "format=time is-live=true min-latency=0 ! b.mel hyperlipsbase name=b model=" +
      bank_file() + " latency=0 ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.set_caps("mel", kMelCaps);
  pipeline.play();
  GstPad *pad = gst_element_get_static_pad(pipeline["b"], "src");
  GstQuery *query = gst_query_new_latency();
  fail_unless(gst_pad_query(pad, query));
  gboolean live;
  GstClockTime min, max;
  gst_query_parse_latency(query, &live, &min, &max);
  gst_query_unref(query);
  gst_object_unref(pad);
  fail_unless(live);
  // 300 ms of the window and 75 ms to choose ahead; the first column is hyperlipsmel's.
  const SpeechToMouth voice;
  const GstClockTime ahead = GstClockTime(voice.columns_after() + 6 - 1) * kColumn;
  fail_unless(min >= ahead && min < ahead + 100 * GST_MSECOND, "%" GST_TIME_FORMAT,
              GST_TIME_ARGS(min));
}
GST_END_TEST

GST_START_TEST(test_damaged_bank_is_an_error) {
  const TemporaryFolder folder;
  const std::string file = folder / "damaged.bank";
  std::ifstream source(bank_file(), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(source)), {});
  bytes.resize(bytes.size() / 2);
  write_bytes(file, bytes);
  Pipeline pipeline("appsrc ! hyperlipsbase name=b model=" + file + " ! fakesink");
  fail_unless_equals_int(gst_element_set_state(pipeline.get(), GST_STATE_READY),
                         GST_STATE_CHANGE_FAILURE);
}
GST_END_TEST

// What the composite shows of it: new lips, and nothing outside of the lower face.
GST_START_TEST(test_composite_draws_only_the_lower_face) {
  auto faces = spoken(speech());
  PosedHead person(kFace);
  Rig composite("hyperlipscomposite");
  composite.start(video_caps("BGR", 2 * kFace, 2 * kFace));
  std::vector<cv::Mat> before;
  for (int n = 0; n < kFrames; ++n) {
    GstBuffer *buffer = person_frame(person, n);
    before.push_back(pixels_of(buffer));
    gst_buffer_remove_hyperlips_face_metas(buffer);
    add_face(buffer, faces[std::size_t(n)]);
    composite.push(buffer);
  }
  composite.push(gst_event_new_eos());
  composite.await("eos");
  double inside = 0;
  for (int n = 0; n < kFrames; ++n) {
    const cv::Mat after = pixels_of(composite.buffers[std::size_t(n)]);
    cv::Mat changed;
    cv::absdiff(before[std::size_t(n)], after, changed);
    const Landmarks &face = faces[std::size_t(n)].face.landmarks;
    float edge = face[2].y;
    for (const int cheek : {123, 205, 425, 352}) edge = std::min(edge, face[std::size_t(cheek)].y);
    fail_unless_equals_int(int(cv::norm(changed.rowRange(0, int(edge)), cv::NORM_INF)), 0);
    inside = std::max(inside, cv::norm(changed, cv::NORM_INF));
  }
  fail_unless(inside > 40);
}
GST_END_TEST

static Suite *hyperlipsbase_bank_suite() {
  Suite *suite = suite_create("hyperlipsbase_bank");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_lips_follow_the_speech);
  tcase_add_test(tests, test_silence_closes_the_mouth);
  tcase_add_test(tests, test_frames_without_speech_pass);
  tcase_add_test(tests, test_stats_name_the_bank);
  tcase_add_test(tests, test_bank_does_not_load_libtorch);
  tcase_add_test(tests, test_live_latency_is_that_of_the_speech_window);
  tcase_add_test(tests, test_damaged_bank_is_an_error);
  tcase_add_test(tests, test_composite_draws_only_the_lower_face);
  return suite;
}

GST_CHECK_MAIN(hyperlipsbase_bank)
