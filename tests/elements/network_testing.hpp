// SPDX-License-Identifier: LGPL-2.1-or-later
// Shared by the tests of the elements with networks: models, speech, and the expected output
// computed with the library.
#pragma once

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <numbers>
#include <random>

#include <opencv2/imgproc.hpp>

#include "common/formula_weights.hpp"
#include "hyperlips/audio/mel.hpp"
#include "hyperlips/engine/network.hpp"
#include "hyperlips/face/tensor.hpp"
#include "pipeline_testing.hpp"

namespace hyperlips::test {

inline constexpr GstClockTime kColumn = GST_SECOND / kMelRate;
inline constexpr int kWindow = 16;
inline constexpr const char *kMelCaps =
    "application/x-hyperlips-mel, rate=(fraction)80/1, bands=(int)80, format=(string)F32LE";
/// Properties that give the same results on every machine.
inline const std::string kExact = " device=cpu precision=fp32 ";

/// Path of a checkpoint with formula weights, which is created once for all tests.
inline std::string formula_model(const std::string &architecture) {
  const char *folder = std::getenv("HYPERLIPS_TEST_MODELS");
  const std::filesystem::path models =
      folder ? folder : std::filesystem::temp_directory_path() / "hyperlips-test-models";
  std::filesystem::create_directories(models);
  std::string name = architecture + ".safetensors";
  std::ranges::replace(name, ' ', '-');
  if (!std::filesystem::exists(models / name))
    write_formula_checkpoint(architecture, models / name);
  return (models / name).string();
}

inline std::string base_model() { return formula_model("HyperLipsBase"); }

inline std::shared_ptr<Network> open_exactly(const std::string &model) {
  return open_network({.model = model, .device = "cpu", .precision = Precision::Fp32});
}

// ---------------------------------------------------------------------------------------------
// Speech

/// Column `n` of the test speech, in which no two windows are equal.
inline MelColumn column(std::int64_t n) {
  MelColumn values;
  std::mt19937 random{static_cast<std::uint32_t>(n)};
  for (float &value : values) value = float(random() % 8001) / 1000 - 4;
  return values;
}

inline MelColumn silent_column() {
  MelColumn values;
  values.fill(-4);
  return values;
}

/// Pushes the events before the first column.
inline void start_speech(GstPad *mel) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  fail_unless(gst_pad_send_event(mel, gst_event_new_stream_start("speech")));
  GstCaps *caps = gst_caps_from_string(kMelCaps);
  fail_unless(gst_pad_send_event(mel, gst_event_new_caps(caps)));
  gst_caps_unref(caps);
  fail_unless(gst_pad_send_event(mel, gst_event_new_segment(&segment)));
}

inline GstBuffer *mel_buffer(const std::vector<MelColumn> &columns, GstClockTime pts) {
  const gsize size = columns.size() * sizeof(MelColumn);
  GstBuffer *buffer = gst_buffer_new_memdup(columns.data(), size);
  GST_BUFFER_PTS(buffer) = pts;
  GST_BUFFER_DURATION(buffer) = columns.size() * kColumn;
  return buffer;
}

/// Columns first ... first + count - 1 of the test speech.
inline std::vector<MelColumn> columns(std::int64_t first, std::int64_t count) {
  std::vector<MelColumn> result;
  for (std::int64_t n = first; n < first + count; ++n) result.push_back(column(n));
  return result;
}

/// The (80, 16) input of the network from 16 columns.
inline std::vector<float> window(const std::vector<MelColumn> &columns) {
  std::vector<float> result(kMelBands * kWindow);
  for (std::size_t i = 0; i < kWindow; ++i) {
    for (std::size_t band = 0; band < kMelBands; ++band) {
      result[band * kWindow + i] = columns[i][band];
    }
  }
  return result;
}

// ---------------------------------------------------------------------------------------------
// Faces

inline constexpr int kSide = 64;

inline cv::Mat crop_picture(int seed) {
  cv::Mat picture = draw_face(cv::Size(128, 128), {.center = {0.5f, 0.5f},
                                                   .width = 0.7f,
                                                   .mouth = float(seed % 7) / 6,
                                                   .skin = cv::Scalar(100 + seed % 90, 150, 200)});
  return picture;
}

/// A face as hyperlipsfacecrop would attach it to a frame of kSide.
inline HyperlipsFaceData made_face(std::int64_t track, int seed, float confidence = 1) {
  HyperlipsFaceData data;
  data.face.track_id = track;
  data.face.confidence = confidence;
  data.face.box = {8, 6, 56, 60};
  data.crop_box = data.face.box;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const double turn = double(i) * 2.399963, radius = std::sqrt(double(i) / kLandmarks);
    data.face.landmarks[i] = {float(32 + 24 * radius * std::cos(turn)),
                              float(33 + 27 * radius * std::sin(turn)), 0};
  }
  data.crop = crop_picture(seed);
  return data;
}

/// A small frame with this face, or without a face.
inline GstBuffer *face_frame(GstClockTime pts, int seed, std::int64_t track = 0) {
  GstBuffer *buffer = bgr_buffer(cv::Mat(kSide, kSide, CV_8UC3, cv::Scalar(60, 90, 120)), pts);
  if (track >= 0) add_face(buffer, made_face(track, seed));
  return buffer;
}

/// The output of HyperLipsBase for a face.
inline cv::Mat generated(Network &network, const std::vector<float> &mel, const cv::Mat &crop,
                         const cv::Mat &reference) {
  std::vector<float> face(kFaceTensor), output(3 * 128 * 128);
  base_input(crop, reference, face);
  const std::span<const float> inputs[] = {mel, face};
  const std::span<float> outputs[] = {output};
  network.run(1, inputs, outputs);
  return picture_from_tensor(output, 128);
}

/// The largest difference of two pictures, in levels.
inline double difference(const cv::Mat &a, const cv::Mat &b) {
  fail_unless(a.size() == b.size() && !a.empty(), "%dx%d and %dx%d", a.cols, a.rows, b.cols,
              b.rows);
  return cv::norm(a, b, cv::NORM_INF);
}

inline const cv::Mat &generated_of(GstBuffer *buffer, std::vector<HyperlipsFaceData> &keep) {
  keep = faces_of(buffer);
  fail_unless_equals_int(keep.size(), 1);
  return keep[0].generated;
}

inline GstStructure *stats_of(GstElement *element) {
  GstStructure *stats = nullptr;
  g_object_get(element, "stats", &stats, nullptr);
  fail_unless(stats != nullptr);
  return stats;
}

inline guint64 stat(GstElement *element, const char *name) {
  GstStructure *stats = stats_of(element);
  guint64 value = 0;
  fail_unless(gst_structure_get_uint64(stats, name, &value), "no %s in the stats", name);
  gst_structure_free(stats);
  return value;
}

}  // namespace hyperlips::test
