// SPDX-License-Identifier: LGPL-2.1-or-later
// Re-dubs of real clips with the weights that know them: crop, timing, color order, normalization
// and blend at once. Skipped where the reference media are absent.
#include <gst/app/gstappsink.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "hyperlips/face/tracker.hpp"

namespace {

using hyperlips::Landmarks;

constexpr int kLips[] = {61,  146, 91,  181, 84,  17,  314, 405, 321, 375, 291, 185, 40,  39,
                         37,  0,   267, 269, 270, 409, 78,  95,  88,  178, 87,  14,  317, 402,
                         318, 324, 308, 191, 80,  81,  82,  13,  312, 311, 310, 415};

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

double distance(const Landmarks &points, int a, int b) {
  return std::hypot(points[a].x - points[b].x, points[a].y - points[b].y);
}

double opening(const Landmarks &points) {
  return distance(points, 13, 14) / distance(points, 10, 152);
}

double correlation(const std::vector<double> &a, const std::vector<double> &b) {
  const auto mean = [](const std::vector<double> &v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / double(v.size());
  };
  const double ma = mean(a), mb = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

/// The box around the lips, enlarged by 1.3.
cv::Rect mouth_box(const Landmarks &points, cv::Size frame) {
  cv::Point2f low(1e9f, 1e9f), high(-1e9f, -1e9f);
  for (int lip : kLips) {
    low = {std::min(low.x, points[lip].x), std::min(low.y, points[lip].y)};
    high = {std::max(high.x, points[lip].x), std::max(high.y, points[lip].y)};
  }
  const cv::Point2f center = (low + high) / 2, half = (high - low) * 0.65f;
  return cv::Rect(cv::Point(center - half), cv::Point(center + half) + cv::Point(1, 1)) &
         cv::Rect({0, 0}, frame);
}

/// The lower face, in which alone pixels may change.
cv::Rect lower_face(const Landmarks &points, cv::Size frame) {
  const hyperlips::Box box = hyperlips::bounding_box(points);
  const float mx = box.width() * 0.15f, my = box.height() * 0.15f;
  const float eyes = (points[33].y + points[263].y) / 2;
  return cv::Rect(cv::Point(int(box.x0 - mx), int(eyes - my / 2)),
                  cv::Point(int(box.x1 + mx) + 1, int(box.y1 + my) + 1)) &
         cv::Rect({0, 0}, frame);
}

struct Result {
  int frames = 0;
  double mouth_mae = 0;
  double opening_corr = 0;
  double outside_max = 0;
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

  /// Compares the first `count` frames of a clip with its re-dub by its own sound.
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
    std::vector<double> said, shown;
    while (result.frames < count) {
      const cv::Mat a = original.next(), b = redubbed.next();
      if (a.empty() || b.empty()) break;
      ++result.frames;
      const auto faces_a = track_original.track(hyperlips::view_of(a));
      const auto faces_b = track_redubbed.track(hyperlips::view_of(b));
      if (faces_a.empty() || faces_b.empty()) continue;
      const Landmarks &points = faces_a[0].landmarks;
      said.push_back(opening(points));
      shown.push_back(opening(faces_b[0].landmarks));
      cv::Mat difference;
      cv::absdiff(a, b, difference);
      const cv::Scalar mean = cv::mean(difference(mouth_box(points, a.size())));
      result.mouth_mae += (mean[0] + mean[1] + mean[2]) / 3 / 255;
      difference(lower_face(points, a.size())).setTo(0);
      double largest = 0;
      cv::minMaxLoc(difference.reshape(1), nullptr, &largest);
      result.outside_max = std::max(result.outside_max, largest);
    }
    EXPECT_GT(said.size(), std::size_t(count) * 95 / 100);
    result.mouth_mae /= double(std::max<std::size_t>(said.size(), 1));
    result.opening_corr = correlation(said, shown);
    RecordProperty("mouth_mae", std::to_string(result.mouth_mae));
    RecordProperty("opening_corr", std::to_string(result.opening_corr));
    std::printf("%s %s: mouth_mae %.5f opening_corr %.4f outside_max %.0f\n", clip.c_str(),
                properties.c_str(), result.mouth_mae, result.opening_corr, result.outside_max);
    return result;
  }

  std::filesystem::path shared_ = "nowhere";
};

TEST_F(Clips, Video1SaysItsOwnSound) {
  const Result result = redub("video1.mp4", 217);
  EXPECT_EQ(result.frames, 217);
  EXPECT_LE(result.mouth_mae, 0.041);
  EXPECT_GE(result.opening_corr, 0.83);
  EXPECT_EQ(result.outside_max, 0);
}

TEST_F(Clips, Video2SaysItsOwnSound) {
  const Result result = redub("video2.mp4", 192);
  EXPECT_EQ(result.frames, 192);
  EXPECT_LE(result.mouth_mae, 0.040);
  EXPECT_GE(result.opening_corr, 0.90);
  EXPECT_EQ(result.outside_max, 0);
}

TEST_F(Clips, LateSpeechLosesTheMouth) {
  const Result result = redub("video1.mp4", 217, "", 500);
  EXPECT_LT(result.opening_corr, 0.3);
}

TEST_F(Clips, Bf16IsAsGoodAsFp32) {
  const Result fp32 = redub("video1.mp4", 100, "precision=fp32");
  const Result bf16 = redub("video1.mp4", 100, "precision=bf16");
  EXPECT_NEAR(bf16.mouth_mae, fp32.mouth_mae, 0.002);
  EXPECT_NEAR(bf16.opening_corr, fp32.opening_corr, 0.02);
}

}  // namespace
