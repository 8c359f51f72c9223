// SPDX-License-Identifier: LGPL-2.1-or-later
// Property crop of hyperlipsfacecrop, and what hyperlipsbase tells of its model: box of the crops
// and time of the speech.
#include "facecrop_testing.hpp"
#include "hyperlips/model/convert.hpp"
#include "network_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

/// A checkpoint of HyperLipsBase with these metadata.
class Model {
 public:
  using Metadata = std::map<std::string, std::string>;

  explicit Model(const Metadata &metadata)
      : path_(std::filesystem::temp_directory_path() /
              ("hyperlips-" + std::to_string(g_random_int()) + ".safetensors")) {
    write_converted(path_, read_checkpoint(base_model()), DType::F32, metadata);
  }
  ~Model() { std::filesystem::remove(path_); }
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  /// hyperlipsbase with this model.
  std::string element() const { return "hyperlipsbase model=" + path_.string() + kExact; }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// Runs a moving face through hyperlipsfacecrop with these properties and what follows it.
void assert_crops(const std::string &properties, const std::string &behind, Framing expected) {
  const auto frames = moving_face(8);
  const auto found = library_faces(frames, expected);
  const auto buffers = run(frames, properties, "", behind);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto faces = faces_of(buffers[i]);
    fail_unless_equals_int(faces.size(), 1);
    fail_unless(faces[0].crop_box == looked_ahead(found, i), "frame %zu is not %s", i,
                to_string(expected));
  }
}

}  // namespace

GST_START_TEST(test_crop_property) {
  assert_crops("crop=steady", "", Framing::Steady);
  assert_crops("crop=published", "", Framing::Published);
  // Nothing downstream wants another one.
  assert_crops("", "", Framing::Steady);
  assert_crops("", " ! queue ! identity", Framing::Steady);
}
GST_END_TEST

GST_START_TEST(test_crop_as_the_model_was_trained) {
  const Model unnamed(Model::Metadata{}), steady(Model::Metadata{{"crop", "steady"}}),
      published(Model::Metadata{{"crop", "published"}});
  assert_crops("", " ! " + unnamed.element(), Framing::Published);
  assert_crops("", " ! " + steady.element(), Framing::Steady);
  assert_crops("", " ! " + published.element(), Framing::Published);
  assert_crops("", " ! queue ! " + published.element(), Framing::Published);
  assert_crops("crop=steady", " ! " + published.element(), Framing::Steady);
  assert_crops("crop=published", " ! " + steady.element(), Framing::Published);
}
GST_END_TEST

GST_START_TEST(test_nearest_model_counts) {
  const Model steady(Model::Metadata{{"crop", "steady"}}),
      published(Model::Metadata{{"crop", "published"}});
  assert_crops("", " ! " + steady.element() + " ! " + published.element(), Framing::Steady);
  // The second hyperlipsfacecrop keeps the wish of its hyperlipsbase to itself. (It adds no second
  // face, because there is none left after hyperlipscomposite.)
  assert_crops("",
               " ! " + steady.element() + " ! hyperlipsfacecrop face-select=index " +
                   "face-index=9 ! " + published.element(),
               Framing::Steady);
}
GST_END_TEST

GST_START_TEST(test_unknown_crop_in_the_model) {
  const Model model(Model::Metadata{{"crop", "square"}});
  Pipeline pipeline("fakesrc num-buffers=0 ! " + model.element() + " name=b ! fakesink");
  fail_unless_equals_int(gst_element_set_state(pipeline.get(), GST_STATE_READY),
                         GST_STATE_CHANGE_FAILURE);
  const auto errors = pipeline.messages(GST_MESSAGE_ERROR);
  fail_unless_equals_int(errors.size(), 1);
  fail_unless(errors[0].is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ));
  fail_unless(errors[0].text.find("'square'") != std::string::npos, "%s", errors[0].text.c_str());
  fail_unless(errors[0].text.find(model.path()) != std::string::npos);
}
GST_END_TEST

GST_START_TEST(test_published_mel_timing_is_a_frame_earlier) {
  const Model model(Model::Metadata{{"mel_timing", "published"}});
  Pipeline pipeline("appsrc name=video format=time ! b.sink appsrc name=mel format=time ! b.mel " +
                    model.element() + " name=b ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.set_caps("mel", kMelCaps);
  pipeline.play();
  pipeline.push("mel", mel_buffer(columns(0, 100), 0));
  pipeline.end("mel");
  constexpr int kFrames = 6;
  for (int i = 0; i < kFrames; ++i)
    pipeline.push("video", face_frame(guint64(i) * 40 * GST_MSECOND, i));
  pipeline.end("video");
  const auto buffers = pipeline.pull_all("out");
  fail_unless_equals_int(buffers.size(), kFrames);
  const auto network = open_exactly(base_model());
  for (int i = 1; i < kFrames; ++i) {
    std::vector<HyperlipsFaceData> keep;
    const cv::Mat &got = generated_of(buffers[std::size_t(i)], keep);
    const auto expected = [&](int frame) {
      return generated(*network, window(columns(frame * 80 / 25, kWindow)), crop_picture(i),
                       crop_picture(0));
    };
    fail_unless(difference(got, expected(i - 1)) <= 1, "frame %d", i);
    fail_unless(difference(got, expected(i)) > 2, "frame %d", i);
  }
}
GST_END_TEST

static Suite *hyperlipsfacecrop_crop_suite() {
  Suite *suite = suite_create("hyperlipsfacecrop_crop");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_crop_property);
  tcase_add_test(tests, test_crop_as_the_model_was_trained);
  tcase_add_test(tests, test_nearest_model_counts);
  tcase_add_test(tests, test_unknown_crop_in_the_model);
  tcase_add_test(tests, test_published_mel_timing_is_a_frame_earlier);
  return suite;
}

GST_CHECK_MAIN(hyperlipsfacecrop_crop)
