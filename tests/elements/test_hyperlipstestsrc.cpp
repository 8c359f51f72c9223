// SPDX-License-Identifier: LGPL-2.1-or-later
// Video, audio and metas of hyperlipstestsrc: those of the library, in all formats.
#include <cmath>

#include <gst/audio/audio.h>
#include <opencv2/imgproc.hpp>

#include "hyperlips/synth/performance.hpp"
#include "hyperlips/synth/talking_head.hpp"
#include "testsrc_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

cv::Mat drawn(cv::Size size, std::uint64_t seed, double seconds, std::uint64_t number,
              const std::string &text = "") {
  synth::Performance performance({.seed = seed, .text = text});
  synth::TalkingHead head({.seed = seed, .frame = size});
  cv::Mat picture;
  head.draw(performance.pose(seconds), number, picture);
  return picture;
}

cv::Mat bgr_picture(GstBuffer *buffer, int width, int height) {
  const GstVideoInfo info = video_info(video_caps("BGR", width, height));
  GstVideoFrame frame;
  fail_unless(gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ));
  const cv::Mat picture = cv::Mat(height, width, CV_8UC3, GST_VIDEO_FRAME_PLANE_DATA(&frame, 0),
                                  std::size_t(GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0)))
                              .clone();
  gst_video_frame_unmap(&frame);
  return picture;
}

/// A frame of an RGB format as BGR.
cv::Mat any_picture(GstBuffer *buffer, const char *format, int width, int height) {
  const GstVideoInfo info = video_info(video_caps(format, width, height));
  GstVideoFrame frame;
  fail_unless(gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ));
  cv::Mat picture(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const guint component = guint(2 - c);
        const auto *row = GST_VIDEO_FRAME_COMP_DATA(&frame, component) +
                          y * GST_VIDEO_FRAME_COMP_STRIDE(&frame, component);
        picture.at<cv::Vec3b>(y, x)[c] = row[x * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, component)];
      }
    }
  }
  gst_video_frame_unmap(&frame);
  return picture;
}

std::vector<float> spoken(const std::string &text, int rate, std::size_t count,
                          std::int64_t first = 0) {
  synth::Performance performance({.text = text});
  std::vector<float> samples(count);
  performance.sound(first, rate, samples);
  return samples;
}

template <class Sample>
std::vector<Sample> samples_of(const Pipeline::Buffers &buffers) {
  const auto bytes = bytes_of(buffers);
  std::vector<Sample> samples(bytes.size() / sizeof(Sample));
  std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(Sample));
  return samples;
}

Message error_of(Pipeline &pipeline) {
  if (gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    const auto errors = pipeline.messages(GST_MESSAGE_ERROR);
    fail_unless(!errors.empty());
    return errors[0];
  }
  return pipeline.wait_for_error();
}

}  // namespace

GST_START_TEST(test_defaults) {
  Pipeline pipeline(
      "hyperlipstestsrc name=s num-buffers=1 s.video ! appsink name=v sync=false "
      "s.audio ! appsink name=a sync=false");
  pipeline.play();
  fail_unless_equals_int(pipeline.pull_all("v").size(), 1);
  GstCaps *video = gst_caps_from_string(caps_at(pipeline, "video").c_str());
  GstCaps *audio = gst_caps_from_string(caps_at(pipeline, "audio").c_str());
  GstCaps *wanted = gst_caps_from_string(
      "video/x-raw, format=I420, width=1280, height=720, framerate=30/1, "
      "pixel-aspect-ratio=1/1, colorimetry=bt709, interlace-mode=progressive");
  fail_unless(gst_caps_is_subset(video, wanted), "%s", caps_at(pipeline, "video").c_str());
  gst_caps_unref(wanted);
  wanted = gst_caps_from_string("audio/x-raw, format=S16LE, rate=48000, channels=1");
  fail_unless(gst_caps_is_subset(audio, wanted), "%s", caps_at(pipeline, "audio").c_str());
  gst_caps_unref(wanted);
  gst_caps_unref(audio);
  gst_caps_unref(video);
}
GST_END_TEST

GST_START_TEST(test_video_matches_library) {
  const struct {
    int width, height, n, d;
  } cases[] = {{96, 80, 25, 1}, {101, 77, 30000, 1001}, {16, 16, 1, 2}, {64, 333, 240, 1}};
  for (const auto &c : cases) {
    const std::string caps = "format=BGR, width=" + std::to_string(c.width) +
                             ", height=" + std::to_string(c.height) +
                             ", framerate=" + std::to_string(c.n) + "/" + std::to_string(c.d);
    const Clip clip = play("seed=3 num-buffers=4", caps);
    fail_unless_equals_int(clip.video.size(), 4);
    assert_continuous(clip.video);
    for (std::size_t i = 0; i < 4; ++i) {
      fail_unless_equals_uint64(GST_BUFFER_PTS(clip.video[i]),
                                gst_util_uint64_scale(i, guint64(c.d) * GST_SECOND, guint64(c.n)));
      fail_unless_equals_uint64(GST_BUFFER_OFFSET(clip.video[i]), i);
      fail_unless(same_picture(bgr_picture(clip.video[i], c.width, c.height),
                               drawn({c.width, c.height}, 3, double(i) * c.d / c.n, i)),
                  "frame %zu of %s", i, caps.c_str());
    }
  }
}
GST_END_TEST

GST_START_TEST(test_rgb_formats_match_bgr) {
  for (const char *format : {"RGB", "BGRx", "RGBx", "xRGB", "xBGR", "BGRA", "RGBA"}) {
    const Clip clip = play("num-buffers=2", std::string("width=99, height=61, framerate=25/1, "
                                                        "format=") +
                                                format);
    fail_unless_equals_int(clip.video.size(), 2);
    fail_unless(
        same_picture(any_picture(clip.video[1], format, 99, 61), drawn({99, 61}, 0, 0.04, 1)), "%s",
        format);
  }
}
GST_END_TEST

GST_START_TEST(test_yuv_formats_use_colorimetry) {
  const cv::Mat picture = drawn({98, 62}, 0, 0, 0);
  const struct {
    const char *colorimetry;
    double kr, kb;
  } cases[] = {{"bt601", 0.299, 0.114}, {"bt709", 0.2126, 0.0722}};
  for (const char *format : {"I420", "NV12"}) {
    for (const auto &c : cases) {
      const Clip clip =
          play("num-buffers=1", std::string("width=98, height=62, framerate=25/1, format=") +
                                    format + ", colorimetry=" + c.colorimetry);
      const GstVideoInfo info = video_info(video_caps(format, 98, 62));
      GstVideoFrame frame;
      fail_unless(gst_video_frame_map(&frame, &info, clip.video[0], GST_MAP_READ));
      double worst = 0;
      for (int y = 0; y < 62; ++y) {
        for (int x = 0; x < 98; ++x) {
          const cv::Vec3b p = picture.at<cv::Vec3b>(y, x);
          const double luma = c.kr * p[2] + (1 - c.kr - c.kb) * p[1] + c.kb * p[0];
          const int got =
              GST_VIDEO_FRAME_COMP_DATA(&frame, 0)[y * GST_VIDEO_FRAME_COMP_STRIDE(&frame, 0) + x];
          worst = std::max(worst, std::abs(got - (16 + luma * 219 / 255)));
        }
      }
      gst_video_frame_unmap(&frame);
      fail_unless(worst <= 1.5, "%s %s is off by %f", format, c.colorimetry, worst);
    }
  }
}
GST_END_TEST

GST_START_TEST(test_audio_matches_library) {
  for (int rate : {8000, 11025, 16000, 44100, 48000, 192000}) {
    for (int channels : {1, 2}) {
      const std::string caps =
          "rate=" + std::to_string(rate) + ", channels=" + std::to_string(channels);
      const Clip shorts =
          play("text=Mama num-buffers=10 samplesperbuffer=999", kSmall, "format=S16LE, " + caps);
      const Clip floats = play("text=Mama num-buffers=10", kSmall, "format=F32LE, " + caps);
      assert_continuous(shorts.audio);
      assert_continuous(floats.audio);
      const auto got = samples_of<gint16>(shorts.audio);
      const auto exact = samples_of<float>(floats.audio);
      // 10 frames are 0.4 s.
      fail_unless_equals_int(got.size(), rate * 2 / 5 * channels);
      fail_unless_equals_int(exact.size(), got.size());
      const auto expected = spoken("Mama", rate, got.size() / std::size_t(channels));
      for (std::size_t i = 0; i < got.size(); ++i) {
        const float value = expected[i / std::size_t(channels)];
        fail_unless(exact[i] == value);
        fail_unless_equals_int(got[i], std::lrint(std::clamp(value, -1.0f, 1.0f) * 32767));
      }
    }
  }
}
GST_END_TEST

GST_START_TEST(test_stereo_channel_mask) {
  Pipeline pipeline(source("num-buffers=1", kSmall, "channels=2"));
  pipeline.play();
  pipeline.pull_all("a");
  fail_unless(caps_at(pipeline, "audio").find("channel-mask=(bitmask)0x0000000000000003") !=
              std::string::npos);
}
GST_END_TEST

GST_START_TEST(test_same_seed_same_bytes) {
  const Clip one = play("seed=5 num-buffers=30 threads=1"),
             same = play("seed=5 num-buffers=30 threads=3"), other = play("seed=6 num-buffers=30");
  fail_unless(bytes_of(one.video) == bytes_of(same.video));
  fail_unless(bytes_of(one.audio) == bytes_of(same.audio));
  fail_unless(bytes_of(one.video) != bytes_of(other.video));
  fail_unless(bytes_of(one.audio) != bytes_of(other.audio));
}
GST_END_TEST

GST_START_TEST(test_voice_properties_change_audio) {
  const auto sound = [](const std::string &properties) {
    return bytes_of(play("text=\"Good morning\" language=en voice=m3 pitch=50 speed=160 "
                         "num-buffers=40 " +
                         properties)
                        .audio);
  };
  const auto plain = sound("");
  fail_unless(plain == sound(""));
  for (const char *change :
       {"text=\"Good evening\"", "language=de", "voice=f2", "pitch=80", "speed=260"}) {
    fail_unless(plain != sound(change), "%s has no effect", change);
  }
}
GST_END_TEST

GST_START_TEST(test_num_buffers_ends_both_pads) {
  for (const char *rate : {"25/1", "30/1", "30000/1001", "7/1", "240/1"}) {
    for (int count : {1, 7, 50}) {
      const Clip clip = play("num-buffers=" + std::to_string(count),
                             std::string("format=BGR, width=16, height=16, framerate=") + rate,
                             "format=S16LE, rate=48000, channels=1");
      fail_unless_equals_int(clip.video.size(), count);
      assert_continuous(clip.video);
      assert_continuous(clip.audio);
      const GstClockTime video = end_of(clip.video.items.back()),
                         audio = end_of(clip.audio.items.back());
      // Within one sample.
      fail_unless(std::max(video, audio) - std::min(video, audio) <= GST_SECOND / 48000,
                  "%s, %d frames: video ends at %" G_GUINT64_FORMAT ", audio at %" G_GUINT64_FORMAT,
                  rate, count, video, audio);
    }
  }
}
GST_END_TEST

GST_START_TEST(test_text_end_is_eos) {
  synth::Performance performance({.text = "Hello"});
  const double said = performance.duration().value();
  const Clip clip = play("text=Hello");
  const auto frames = std::size_t(std::ceil(said * 25 - 1e-6));
  fail_unless_equals_int(clip.video.size(), frames);
  fail_unless_equals_uint64(end_of(clip.audio.items.back()), frames * 40 * GST_MSECOND);
  // num-buffers only shortens it.
  fail_unless_equals_int(play("text=Hello num-buffers=100000").video.size(), frames);
  fail_unless_equals_int(play("text=Hello num-buffers=3").video.size(), 3);
}
GST_END_TEST

GST_START_TEST(test_repeat_is_periodic) {
  synth::Performance performance({.text = "Hello"});
  // Repeats begin on a multiple of 40 ms, a frame here.
  const auto period = std::size_t(std::ceil(performance.duration().value() * 25 - 1e-6));
  const Clip clip = play("text=Hello repeat=true camera-effects=false num-buffers=" +
                         std::to_string(2 * period + 5));
  fail_unless_equals_int(clip.video.size(), 2 * period + 5);
  assert_continuous(clip.audio);
  for (std::size_t i = 0; i + period < clip.video.size(); ++i) {
    fail_unless(bytes_of(clip.video[i]) == bytes_of(clip.video[i + period]), "frame %zu", i);
  }
  const auto sound = samples_of<gint16>(clip.audio);
  for (std::size_t i = 0; i + period * 640 < sound.size(); ++i) {
    fail_unless_equals_int(sound[i], sound[i + period * 640]);
  }
}
GST_END_TEST

GST_START_TEST(test_no_text_is_endless) {
  Pipeline pipeline(source("", "format=BGR, width=16, height=16, framerate=1/1", kSpoken,
                           "sync=false max-buffers=2"));
  pipeline.play();
  gint64 duration;
  for (int i = 0; i < 60; ++i) {
    for (const char *sink : {"v", "a"}) {
      GstBuffer *buffer = pipeline.pull(sink);
      fail_unless(buffer != nullptr);
      gst_buffer_unref(buffer);
    }
  }
  fail_unless(!gst_element_query_duration(pipeline["s"], GST_FORMAT_TIME, &duration));
}
GST_END_TEST

GST_START_TEST(test_timestamp_offset) {
  const Clip plain = play("num-buffers=5"),
             later = play("num-buffers=5 timestamp-offset=2000000000");
  assert_continuous(later.video, 2 * GST_SECOND);
  assert_continuous(later.audio, 2 * GST_SECOND);
  fail_unless(bytes_of(plain.video) == bytes_of(later.video));
  fail_unless(bytes_of(plain.audio) == bytes_of(later.audio));
}
GST_END_TEST

GST_START_TEST(test_ground_truth) {
  synth::Performance performance({.seed = 4, .text = "Papa"});
  synth::TalkingHead head({.seed = 4, .frame = {96, 80}});
  const std::string properties = "seed=4 text=Papa num-buffers=15 ";
  const Clip clip = play(properties + "ground-truth=true"), plain = play(properties);
  fail_unless(bytes_of(clip.video) == bytes_of(plain.video));
  for (std::size_t i = 0; i < clip.video.size(); ++i) {
    fail_unless(faces_of(plain.video[i]).empty());
    fail_unless(gst_buffer_get_hyperlips_speech_meta(plain.video[i]) == nullptr);
    const double from = double(i) / 25, to = double(i + 1) / 25;
    const auto pose = performance.pose(from);
    synth::HeadTruth truth;
    cv::Mat picture;
    head.draw(pose, i, picture, &truth);

    const auto faces = faces_of(clip.video[i]);
    fail_unless_equals_int(faces.size(), 1);
    fail_unless(faces[0].face.landmarks == truth.landmarks);
    fail_unless(faces[0].face.box == bounding_box(truth.landmarks));
    fail_unless(faces[0].face.confidence == 1);
    fail_unless(faces[0].crop.empty());

    const auto *speech = gst_buffer_get_hyperlips_speech_meta(clip.video[i]);
    fail_unless(speech != nullptr);
    fail_unless(speech->data.pose.mouth.opening == pose.mouth.opening);
    fail_unless(same_picture(speech->data.mouth_mask, truth.mouth_mask));
    const auto phonemes = performance.phonemes(from, to);
    fail_unless_equals_int(
        speech->data.phonemes.size(),
        std::ranges::count_if(phonemes, [&](auto &p) { return p.start < to && p.end > from; }));
  }
}
GST_END_TEST

GST_START_TEST(test_ground_truth_is_scaled_with_video) {
  Pipeline pipeline(
      std::string("hyperlipstestsrc num-buffers=1 ground-truth=true ! video/x-raw, ") + kSmall +
      " ! tee name=t ! queue ! appsink name=v sync=false t. ! queue ! "
      "videoscale ! video/x-raw, width=192, height=40 ! appsink name=w "
      "sync=false");
  pipeline.play();
  const auto plain = pipeline.pull_all("v"), scaled = pipeline.pull_all("w");
  const auto a = faces_of(plain[0]).at(0), b = faces_of(scaled[0]).at(0);
  fail_unless(std::abs(b.face.box.width() - 2 * a.face.box.width()) < 1e-3f);
  // The stored pixels are four times as high as wide.
  fail_unless(std::abs(b.face.box.height() - 2 * a.face.box.height()) < 1e-3f);
  const auto *speech = gst_buffer_get_hyperlips_speech_meta(scaled[0]);
  fail_unless(speech != nullptr);
  fail_unless(speech->data.mouth_mask.size() == cv::Size(192, 40));
}
GST_END_TEST

GST_START_TEST(test_invalid_settings_and_caps_are_errors) {
  const auto settings = [](const char *properties, const char *word) {
    Pipeline pipeline(source(properties));
    const Message error = error_of(pipeline);
    fail_unless(error.is(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS), "%s: %s", properties,
                error.text.c_str());
    fail_unless(error.text.find(word) != std::string::npos, "%s", error.text.c_str());
  };
  settings("speed=20", "speed");
  settings("language=xx-nowhere", "xx-nowhere");
  settings("voice=nobody", "nobody");
  // gst_parse_launch() would refuse these caps in the launch line.
  Pipeline pipeline("hyperlipstestsrc ! identity ! capsfilter name=c ! fakesink");
  GstCaps *caps = gst_caps_from_string("video/x-raw, format=GRAY8");
  g_object_set(pipeline["c"], "caps", caps, nullptr);
  gst_caps_unref(caps);
  const Message error = error_of(pipeline);
  fail_unless(error.is(GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION), "%s", error.text.c_str());
  fail_unless(error.text.find("video") != std::string::npos, "%s", error.text.c_str());
}
GST_END_TEST

static Suite *testsrc_suite() {
  Suite *suite = suite_create("hyperlipstestsrc");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_defaults);
  tcase_add_test(tests, test_video_matches_library);
  tcase_add_test(tests, test_rgb_formats_match_bgr);
  tcase_add_test(tests, test_yuv_formats_use_colorimetry);
  tcase_add_test(tests, test_audio_matches_library);
  tcase_add_test(tests, test_stereo_channel_mask);
  tcase_add_test(tests, test_same_seed_same_bytes);
  tcase_add_test(tests, test_voice_properties_change_audio);
  tcase_add_test(tests, test_num_buffers_ends_both_pads);
  tcase_add_test(tests, test_text_end_is_eos);
  tcase_add_test(tests, test_repeat_is_periodic);
  tcase_add_test(tests, test_no_text_is_endless);
  tcase_add_test(tests, test_timestamp_offset);
  tcase_add_test(tests, test_ground_truth);
  tcase_add_test(tests, test_ground_truth_is_scaled_with_video);
  tcase_add_test(tests, test_invalid_settings_and_caps_are_errors);
  return suite;
}

GST_CHECK_MAIN(testsrc)
