// SPDX-License-Identifier: LGPL-2.1-or-later
// Properties model, backend, device, precision, threads and reference-image, and their errors.
#include <fstream>

#include "network_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

std::string with_properties(const char *element, const std::string &properties) {
  return std::string("fakesrc num-buffers=0 ! ") + element + " name=e " + properties +
         " ! fakesink";
}

/// The error of the state change to READY; with a correct property it must work afterwards.
Message error_of(const char *element, const std::string &properties,
                 const std::string &good_model) {
  Pipeline pipeline(with_properties(element, properties));
  fail_unless_equals_int(gst_element_set_state(pipeline.get(), GST_STATE_READY),
                         GST_STATE_CHANGE_FAILURE);
  const auto errors = pipeline.messages(GST_MESSAGE_ERROR);
  fail_unless_equals_int(errors.size(), 1);
  fail_unless_equals_string(errors[0].source.c_str(), "e");
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  g_object_set(pipeline["e"], "model", good_model.c_str(), "backend", "auto", "device", "cpu",
               "batch-size", 1u, nullptr);
  gst_util_set_object_arg(G_OBJECT(pipeline["e"]), "precision", "fp32");
  pipeline.set_state(GST_STATE_READY);
  return errors[0];
}

bool has(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

std::filesystem::path temporary(const char *name) {
  return std::filesystem::temp_directory_path() /
         ("hyperlips-" + std::to_string(g_random_int()) + name);
}

}  // namespace

GST_START_TEST(test_model_not_set) {
  const Message error = error_of("hyperlipsbase", "", base_model());
  fail_unless(error.is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND));
  fail_unless(has(error.text, "model") && has(error.text, "e is not set"), "%s",
              error.text.c_str());
}
GST_END_TEST

GST_START_TEST(test_missing_file) {
  const Message error = error_of("hyperlipsbase", "model=/no/such/model.safetensors", base_model());
  fail_unless(error.is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND));
  fail_unless(has(error.text, "/no/such/model.safetensors"), "%s", error.text.c_str());
}
GST_END_TEST

GST_START_TEST(test_damaged_file) {
  const auto file = temporary(".safetensors");
  std::ifstream whole(base_model(), std::ios::binary);
  std::string bytes(200000, '\0');
  whole.read(bytes.data(), std::streamsize(bytes.size()));
  std::ofstream(file, std::ios::binary) << bytes;
  const Message error = error_of("hyperlipsbase", "model=" + file.string(), base_model());
  fail_unless(error.is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ));
  fail_unless(has(error.text, file.string()), "%s", error.text.c_str());
  std::filesystem::remove(file);
}
GST_END_TEST

GST_START_TEST(test_wrong_architecture) {
  const Message error =
      error_of("hyperlipsbase", "model=" + formula_model("HRDecoder x1") + kExact, base_model());
  fail_unless(error.is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ));
  fail_unless(has(error.text, "HRDecoder") && has(error.text, "HyperLipsBase"), "%s",
              error.text.c_str());
  const Message other =
      error_of("hyperlipshr", "model=" + base_model() + kExact, formula_model("HRDecoder x1"));
  fail_unless(has(other.text, "expected HRDecoder"), "%s", other.text.c_str());
}
GST_END_TEST

GST_START_TEST(test_device_not_found) {
  // No machine has that many.
  const Message error =
      error_of("hyperlipsbase", "device=cuda:63 model=" + base_model(), base_model());
  if (error.is(GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT)) {
    // Without LibTorch nothing runs on CUDA devices.
    fail_unless(has(error.text, "torch"), "%s", error.text.c_str());
  } else {
    fail_unless(error.is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND), "%s",
                error.text.c_str());
    fail_unless(has(error.text, "cuda"), "%s", error.text.c_str());
  }
  const Message nonsense =
      error_of("hyperlipsbase", "device=toaster model=" + base_model(), base_model());
  fail_unless(nonsense.is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS), "%s",
              nonsense.text.c_str());
  fail_unless(has(nonsense.text, "toaster"), "%s", nonsense.text.c_str());
}
GST_END_TEST

GST_START_TEST(test_unknown_backend) {
  for (const char *element : {"hyperlipsbase", "hyperlipshr"}) {
    const bool hr = std::string(element) == "hyperlipshr";
    const std::string model = hr ? formula_model("HRDecoder x1") : base_model();
    const Message error = error_of(element, "backend=abacus model=" + model, model);
    fail_unless(error.is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS), "%s",
                error.text.c_str());
    for (const char *part : {"backend", "abacus", "auto", "openvino", "torch"})
      fail_unless(has(error.text, part), "%s", error.text.c_str());
  }
}
GST_END_TEST

GST_START_TEST(test_backend_and_threads_in_use) {
  Pipeline pipeline(with_properties("hyperlipsbase", "model=" + base_model() + kExact));
  for (const guint threads : {1u, 0u}) {
    g_object_set(pipeline["e"], "threads", threads, nullptr);
    pipeline.set_state(GST_STATE_PAUSED);
    GstStructure *stats = stats_of(pipeline["e"]);
    guint used = 0;
    fail_unless(gst_structure_get_uint(stats, "threads", &used));
    fail_unless(threads == 0 ? used > 0 : used == threads, "%u", used);
    const std::string backend = gst_structure_get_string(stats, "backend");
    fail_unless(backend == "openvino" || backend == "torch", "%s", backend.c_str());
    gst_structure_free(stats);
    pipeline.set_state(GST_STATE_NULL);
    // What auto has chosen can be chosen.
    g_object_set(pipeline["e"], "backend", backend.c_str(), nullptr);
  }
}
GST_END_TEST

GST_START_TEST(test_unsupported_precision) {
  const Message error =
      error_of("hyperlipsbase", "device=cpu precision=fp16 model=" + base_model(), base_model());
  fail_unless(error.is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  fail_unless(has(error.text, "fp16"), "%s", error.text.c_str());
}
GST_END_TEST

GST_START_TEST(test_missing_reference_image) {
  Pipeline pipeline(with_properties(
      "hyperlipsbase",
      "batch-size=1 reference-image=/no/such/face.png model=" + base_model() + kExact));
  fail_unless_equals_int(gst_element_set_state(pipeline.get(), GST_STATE_READY),
                         GST_STATE_CHANGE_FAILURE);
  const auto errors = pipeline.messages(GST_MESSAGE_ERROR);
  fail_unless_equals_int(errors.size(), 1);
  fail_unless(errors[0].is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND));
  fail_unless(has(errors[0].text, "/no/such/face.png"));
}
GST_END_TEST

GST_START_TEST(test_properties_set_in_ready_take_effect) {
  Pipeline pipeline("fakesrc num-buffers=0 ! hyperlipsbase name=e model=" + base_model() + kExact +
                    "! fakesink");
  GstElement *element = pipeline["e"];
  pipeline.set_state(GST_STATE_READY);
  g_object_set(element, "batch-size", 3u, "reference-image", "/no/such/picture.png", nullptr);
  fail_unless(pipeline.messages(GST_MESSAGE_WARNING).empty());
  fail_unless_equals_int(gst_element_set_state(pipeline.get(), GST_STATE_PAUSED),
                         GST_STATE_CHANGE_FAILURE);
  fail_unless(has(pipeline.messages(GST_MESSAGE_ERROR).at(0).text, "/no/such/picture.png"));
  // It works again with a correct value, from READY and from NULL.
  for (const GstState state : {GST_STATE_READY, GST_STATE_NULL}) {
    pipeline.set_state(state);
    g_object_set(element, "reference-image", nullptr, nullptr);
    pipeline.set_state(GST_STATE_PAUSED);
    fail_unless_equals_uint64(stat(element, "frames"), 0);
  }
}
GST_END_TEST

GST_START_TEST(test_properties_are_fixed_in_paused) {
  Pipeline pipeline("fakesrc num-buffers=0 ! hyperlipsbase name=e model=" + base_model() + kExact +
                    "! fakesink");
  GstElement *element = pipeline["e"];
  for (const GstState state : {GST_STATE_PAUSED, GST_STATE_PLAYING}) {
    pipeline.set_state(state);
    const std::size_t before = pipeline.messages(GST_MESSAGE_WARNING).size();
    g_object_set(element, "model", "other.safetensors", "device", "cuda", "batch-size", 3u,
                 "model-instance-id", "x", "reference-image", "other.png", "backend", "torch",
                 "threads", 1u, nullptr);
    gst_util_set_object_arg(G_OBJECT(element), "precision", "bf16");
    const auto warnings = pipeline.messages(GST_MESSAGE_WARNING);
    fail_unless_equals_int(warnings.size(), before + 8);
    for (const Message &warning : warnings) {
      fail_unless(warning.is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
      fail_unless(has(warning.text, "of e can only be set in states NULL and READY"));
    }
  }
  gchar *model = nullptr, *reference = nullptr;
  guint batch = 0;
  g_object_get(element, "model", &model, "reference-image", &reference, "batch-size", &batch,
               nullptr);
  const std::string expected = base_model();
  fail_unless_equals_string(model, expected.c_str());
  fail_unless(reference == nullptr && batch == 0);
  g_free(model);
}
GST_END_TEST

GST_START_TEST(test_published_checkpoint) {
  const char *shared = std::getenv("HYPERLIPS_SHARED");
  const auto file = std::filesystem::path(shared ? shared : "") / "parity/hyperlipshr_x2.pth";
  if (!shared || !std::filesystem::exists(file)) {
    g_print("SKIP: %s is not there\n", file.c_str());
    return;
  }
  Pipeline pipeline(with_properties("hyperlipshr", "model=" + file.string() + kExact));
  pipeline.set_state(GST_STATE_READY);
  GstStructure *stats = stats_of(pipeline["e"]);
  fail_unless_equals_string(gst_structure_get_string(stats, "architecture"), "HRDecoder x2");
  gst_structure_free(stats);
}
GST_END_TEST

GST_START_TEST(test_stats) {
  Pipeline pipeline(
      "appsrc name=video format=time ! b.sink appsrc name=mel format=time ! b.mel hyperlipsbase "
      "name=b batch-size=2 model=" +
      base_model() + kExact + " ! appsink name=out sync=false");
  GstElement *element = pipeline["b"];
  fail_unless_equals_uint64(stat(element, "frames"), 0);
  pipeline.set_caps("video", video_caps("BGR", kSide, kSide));
  pipeline.set_caps("mel", kMelCaps);
  pipeline.play();
  pipeline.push("mel", mel_buffer(columns(0, 40), 0));
  pipeline.end("mel");
  // 500 ms of speech: of 16 frames 13 have speech, and of those the third has two faces.
  for (guint i = 0; i < 16; ++i) {
    GstBuffer *buffer = face_frame(i * 40 * GST_MSECOND, int(i));
    if (i == 2) add_face(buffer, made_face(9, 9));
    pipeline.push("video", buffer);
  }
  pipeline.end("video");
  pipeline.pull_all("out");
  fail_unless_equals_uint64(stat(element, "frames"), 16);
  fail_unless_equals_uint64(stat(element, "untouched"), 3);
  fail_unless_equals_uint64(stat(element, "late"), 0);
  fail_unless_equals_uint64(stat(element, "faces"), 14);
  fail_unless(stat(element, "batches") >= 7);
  GstStructure *stats = stats_of(element);
  gdouble average, longest;
  fail_unless(gst_structure_get(stats, "average-inference-ms", G_TYPE_DOUBLE, &average,
                                "longest-inference-ms", G_TYPE_DOUBLE, &longest, nullptr));
  fail_unless(average > 0 && longest >= average);
  fail_unless_equals_string(gst_structure_get_string(stats, "device"), "cpu");
  fail_unless_equals_string(gst_structure_get_string(stats, "precision"), "fp32");
  fail_unless_equals_string(gst_structure_get_string(stats, "architecture"), "HyperLipsBase");
  gst_structure_free(stats);
}
GST_END_TEST

static Suite *hyperlipsbase_model_suite() {
  Suite *suite = suite_create("hyperlipsbase_model");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_model_not_set);
  tcase_add_test(tests, test_missing_file);
  tcase_add_test(tests, test_damaged_file);
  tcase_add_test(tests, test_wrong_architecture);
  tcase_add_test(tests, test_device_not_found);
  tcase_add_test(tests, test_unknown_backend);
  tcase_add_test(tests, test_backend_and_threads_in_use);
  tcase_add_test(tests, test_unsupported_precision);
  tcase_add_test(tests, test_missing_reference_image);
  tcase_add_test(tests, test_properties_set_in_ready_take_effect);
  tcase_add_test(tests, test_properties_are_fixed_in_paused);
  tcase_add_test(tests, test_published_checkpoint);
  tcase_add_test(tests, test_stats);
  return suite;
}

GST_CHECK_MAIN(hyperlipsbase_model)
