// SPDX-License-Identifier: LGPL-2.1-or-later
// Re-dubs of real clips with weights that were trained on them: crop, timing, color order,
// normalization and blending together. Skipped without the reference media.
#include <gst/app/gstappsink.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <string>

#include "hyperlips/face/tracker.hpp"
#include "training/evaluate/landmark_measures.hpp"
#include "training/evaluate/picture_measures.hpp"

namespace {

namespace training = hyperlips::training;

/// The frames of a pipeline that ends in "appsink name=out" of I420, as BGR.
class Frames {
 public:
  /// The output of the element called "speech", if any, is delayed.
  explicit Frames(const std::string &description, int speech_delay_ms = 0) {
    GError *error = nullptr;
    pipeline_ = gst_parse_launch(description.c_str(), &error);
    EXPECT_EQ(error, nullptr) << error->message;
    sink_ = gst_bin_get_by_name(GST_BIN(pipeline_), "out");
    if (GstElement *speech = gst_bin_get_by_name(GST_BIN(pipeline_), "speech")) {
      GstPad *pad = gst_element_get_static_pad(speech, "src");
      gst_pad_set_offset(pad, speech_delay_ms * GST_MSECOND);
      gst_object_unref(pad);
      gst_object_unref(speech);
    }
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
  }
  ~Frames() {
    GstBus *bus = gst_element_get_bus(pipeline_);
    if (GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR)) {
      GError *error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      ADD_FAILURE() << error->message;
      g_error_free(error);
      gst_message_unref(message);
    }
    gst_object_unref(bus);
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(sink_);
    gst_object_unref(pipeline_);
  }
  Frames(const Frames &) = delete;
  Frames &operator=(const Frames &) = delete;

  /// The next frame; empty at the end.
  cv::Mat next() {
    GstSample *sample = gst_app_sink_pull_sample(GST_APP_SINK(sink_));
    if (!sample) return {};
    GstVideoInfo info;
    gst_video_info_from_caps(&info, gst_sample_get_caps(sample));
    GstVideoFrame frame;
    EXPECT_TRUE(gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ));
    const int width = info.width, height = info.height;
    cv::Mat packed(height * 3 / 2, width, CV_8UC1);
    std::uint8_t *out = packed.data;
    for (guint plane = 0; plane < 3; ++plane) {
      const int columns = plane == 0 ? width : width / 2, rows = plane == 0 ? height : height / 2;
      for (int row = 0; row < rows; ++row, out += columns) {
        const auto *line =
            static_cast<const std::uint8_t *>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane)) +
            row * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane);
        std::copy_n(line, columns, out);
      }
    }
    gst_video_frame_unmap(&frame);
    gst_sample_unref(sample);
    cv::Mat bgr;
    cv::cvtColor(packed, bgr, cv::COLOR_YUV2BGR_I420);
    return bgr;
  }

 private:
  GstElement *pipeline_ = nullptr;
  GstElement *sink_ = nullptr;
};

/// A re-dub compared with its original.
struct Result {
  int frames = 0;
  double mouth_mae = 0;     ///< mean absolute error around the lips, 0 ... 1
  double opening_corr = 0;  ///< correlation of the mouth opening
  int outside_max = 0;      ///< largest difference outside the lower face, 0 ... 255
};

class Clips : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void SetUp() override {
    const char *shared = std::getenv("HYPERLIPS_SHARED");
    if (shared) shared_ = shared;
    if (!std::filesystem::exists(shared_ / "weights/hyperlips-clips.pth")) {
      GTEST_SKIP() << "no reference media and weights in " << shared_;
    }
  }

  /// Compares the first `count` frames of a clip with its re-dub to its own sound.
  Result redub(const std::string &clip, int count, const std::string &properties = "",
               int speech_delay_ms = 0) {
    const std::string file = (shared_ / "media" / clip).string();
    const std::string source = "filesrc location=" + file +
                               " ! decodebin ! queue ! videoconvert ! video/x-raw,format=I420 ! ";
    const std::string sink = "appsink name=out sync=false max-buffers=4";
    Frames original(source + sink);
    Frames redubbed(source + "h.video_sink filesrc location=" + file +
                        " ! decodebin ! queue ! audioconvert ! identity name=speech ! h.audio_sink "
                        "hyperlips name=h model=" +
                        (shared_ / "weights/hyperlips-clips.pth").string() + " " + properties +
                        " h.video_src ! " + sink,
                    speech_delay_ms);
    hyperlips::Tracker track_original{hyperlips::TrackerOptions{}};
    hyperlips::Tracker track_redubbed{hyperlips::TrackerOptions{}};
    Result result;
    training::LandmarkMeasures lips;
    std::int64_t faces = 0;
    while (result.frames < count) {
      const cv::Mat a = original.next(), b = redubbed.next();
      if (a.empty() || b.empty()) break;
      const double seconds = double(result.frames++) / 25;
      const auto faces_a = track_original.track(hyperlips::view_of(a), seconds);
      const auto faces_b = track_redubbed.track(hyperlips::view_of(b), seconds);
      if (faces_a.empty() || faces_b.empty()) continue;
      ++faces;
      const hyperlips::Landmarks &points = faces_a[0].landmarks;
      const training::MouthPoints truth = training::mouth_points(points),
                                  shown = training::mouth_points(faces_b[0].landmarks);
      lips.add(&truth, &shown);
      result.mouth_mae +=
          training::mean_absolute_error(a, b, training::mouth_box(points, a.size()).value());
      result.outside_max =
          std::max(result.outside_max, training::largest_difference_outside(a, b, points));
    }
    EXPECT_GT(faces, count * 95 / 100);
    result.mouth_mae /= double(std::max<std::int64_t>(faces, 1));
    result.opening_corr = lips.scores().opening_correlation.value_or(0);
    RecordProperty("mouth_mae", std::to_string(result.mouth_mae));
    RecordProperty("opening_corr", std::to_string(result.opening_corr));
    std::printf("%s %s: mouth_mae %.5f opening_corr %.4f outside_max %d\n", clip.c_str(),
                properties.c_str(), result.mouth_mae, result.opening_corr, result.outside_max);
    return result;
  }

  std::filesystem::path shared_ = "not-set";
};

TEST_F(Clips, Video1OwnSound) {
  const Result result = redub("video1.mp4", 217);
  EXPECT_EQ(result.frames, 217);
  EXPECT_LE(result.mouth_mae, 0.041);
  EXPECT_GE(result.opening_corr, 0.83);
  EXPECT_EQ(result.outside_max, 0);
}

TEST_F(Clips, Video2OwnSound) {
  const Result result = redub("video2.mp4", 192);
  EXPECT_EQ(result.frames, 192);
  EXPECT_LE(result.mouth_mae, 0.040);
  EXPECT_GE(result.opening_corr, 0.90);
  EXPECT_EQ(result.outside_max, 0);
}

TEST_F(Clips, DelayedSpeechDecorrelates) {
  const Result result = redub("video1.mp4", 217, "", 500);
  EXPECT_LT(result.opening_corr, 0.3);
}

TEST_F(Clips, Bf16MatchesFp32) {
  const Result fp32 = redub("video1.mp4", 100, "precision=fp32");
  const Result bf16 = redub("video1.mp4", 100, "precision=bf16");
  EXPECT_NEAR(bf16.mouth_mae, fp32.mouth_mae, 0.002);
  EXPECT_NEAR(bf16.opening_corr, fp32.opening_corr, 0.02);
}

}  // namespace
