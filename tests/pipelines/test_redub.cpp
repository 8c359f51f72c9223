// SPDX-License-Identifier: LGPL-2.1-or-later
// The output of hyperlips-redub: frames, timestamps, sound, lengths, tags and the report. The model
// has formula weights: the mouths are meaningless, everything else is as with a trained model.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "gst/lib/media/sound_reader.hpp"
#include "redub_testing.hpp"

using namespace hyperlips::test;

namespace {

constexpr double kTolerance = 0.005;  // offset between picture and sound in seconds

/// The length of the sound of a file, as FFmpeg plays it.
double sound_seconds(const std::string &path) {
  const std::atomic<bool> never = false;
  hyperlips::SoundReader reader(path, 0, 1, never);
  reader.start();
  std::vector<float> samples(4096);
  std::size_t total = 0;
  while (const std::size_t count = reader.read(samples)) total += count;
  return double(total) / reader.rate();
}

class RedubTest : public testing::Test {
 protected:
  /// 25 frames with a 440 Hz tone from 0.3 s to 0.6 s.
  std::string video(ClipSpec spec = {}) {
    const std::string wav = folder_ / "own.wav", path = folder_ / "video.mp4";
    write_wav(wav, double(spec.frames) / 25, {{440, 0.4, 0.3, 0.6}});
    spec.wav = wav;
    write_clip(path, spec);
    return path;
  }

  /// A 1000 Hz tone that starts at 0.5 s.
  std::string speech(double seconds = 1) {
    const std::string path = folder_ / "speech.wav";
    write_wav(path, seconds, {{1000, 0.3, 0.5}});
    return path;
  }

  /// Re-dubs to the file `name` and reads it and the report.
  Contents make(std::vector<std::string> arguments, const std::string &name,
                const std::string &stdin_file = {}) {
    arguments.insert(arguments.begin() + 2, folder_ / name);
    arguments.insert(arguments.end(), {"--json", folder_ / "report.json"});
    const RunOutcome run = redub(arguments, stdin_file);
    EXPECT_EQ(run.status, 0) << run.error;
    EXPECT_EQ(folder_.names(name), std::vector{name}) << "a temporary file was left";
    std::ifstream file(folder_ / "report.json");
    report_ = nlohmann::json::parse(file);
    return read_contents(folder_ / name);
  }

  TestFolder folder_;
  nlohmann::json report_;
};

std::vector<int> counted(int from, int to) {
  std::vector<int> numbers(std::size_t(to - from));
  std::iota(numbers.begin(), numbers.end(), from);
  return numbers;
}

void expect_constant_rate(const Contents &contents, double fps, GstClockTime tolerance) {
  for (std::size_t i = 0; i < contents.pts.size(); ++i) {
    EXPECT_NEAR(double(contents.pts[i]), double(i) * GST_SECOND / fps, double(tolerance))
        << "frame " << i;
  }
}

/// Picture and sound start together, and the tone of speech() has its original time.
void expect_sync(const Contents &contents) {
  ASSERT_FALSE(contents.pts.empty());
  EXPECT_EQ(contents.pts.front(), 0u);
  EXPECT_NEAR(contents.sound_start, 0, kTolerance);
  EXPECT_NEAR(contents.onset(0.1f), 0.5, kTolerance);
}

}  // namespace

TEST_F(RedubTest, KeepsFramesTimesAndSize) {
  const Contents contents = make({video(), speech(), "--lossless"}, "out.mkv");
  EXPECT_EQ(contents.indices, counted(0, 25));
  EXPECT_EQ(contents.width, 240);
  EXPECT_EQ(contents.height, 180);
  EXPECT_EQ(contents.format, "I420");
  EXPECT_EQ(contents.fps_n, 25 * contents.fps_d);
  expect_constant_rate(contents, 25, GST_MSECOND);
  EXPECT_NEAR(contents.video_end, 1, 0.002);
  EXPECT_NEAR(contents.sound_end, 1, 0.001);
  expect_sync(contents);
  EXPECT_NEAR(contents.amplitude(1000, 0.6, 0.9), 0.3, 0.001);
  EXPECT_LT(contents.amplitude(440, 0.6, 0.9), 0.001) << "the sound of VIDEO was not replaced";

  const auto &frames = report_["frames"];
  EXPECT_EQ(frames["total"], 25);
  EXPECT_EQ(frames["with_face"], 25);
  EXPECT_EQ(frames["generated"], 25);
  EXPECT_EQ(frames["untouched"], 0);
  EXPECT_EQ(frames["looped"], 0);
  EXPECT_EQ(report_["output"]["video_codec"], "ffv1");
  EXPECT_EQ(report_["output"]["audio_codec"], "flac");
  EXPECT_NEAR(report_["output"]["duration_s"], 1, 0.002);
  EXPECT_EQ(report_["model"]["architecture"], "HyperLipsBase");
  EXPECT_EQ(report_["device"], "cpu");
  EXPECT_TRUE(report_["backend"] == "openvino" || report_["backend"] == "torch")
      << report_["backend"];
  EXPECT_GT(report_["threads"], 0);
  EXPECT_EQ(report_["video"]["width"], 240);
  EXPECT_EQ(report_["video"]["frame_rate"], "25/1");
  EXPECT_EQ(report_["speech"]["rate"], 44100);
  EXPECT_GT(report_["fps"], 0);
  EXPECT_GT(report_["wall_s"], 0);
  EXPECT_FALSE(report_["cancelled"]);
  EXPECT_TRUE(report_["warnings"].empty()) << report_["warnings"];
}

TEST_F(RedubTest, SyncInEveryContainer) {
  const std::string clip = video(), voice = speech();
  const struct {
    const char *name;
    std::vector<std::string> options;
    GstClockTime tolerance;
  } cases[] = {
      {"out.mp4", {}, 20000},
      {"out.mov", {}, 20000},
      {"pcm.mov", {"--audio-codec", "pcm"}, 20000},
      {"out.mkv", {}, GST_MSECOND},
      {"aac.mkv", {"--audio-codec", "aac"}, GST_MSECOND},
      {"opus.mkv", {"--audio-codec", "opus"}, GST_MSECOND},
      {"out.webm", {}, GST_MSECOND},
      {"out.avi", {}, 20000},
      {"h265.mp4", {"--video-codec", "h265", "--quality", "40"}, 20000},
  };
  for (const auto &test : cases) {
    SCOPED_TRACE(test.name);
    std::vector<std::string> arguments{clip, voice};
    arguments.insert(arguments.end(), test.options.begin(), test.options.end());
    const Contents contents = make(arguments, test.name);
    EXPECT_EQ(contents.indices, counted(0, 25));
    expect_constant_rate(contents, 25, test.tolerance);
    expect_sync(contents);
    // Only MP4 can end within a block of AAC.
    EXPECT_NEAR(contents.sound_end, 1, test.name == std::string("aac.mkv") ? 0.024 : 0.002);
  }
}

TEST_F(RedubTest, NtscFrameRate) {
  ClipSpec spec;
  spec.fps_n = 30000;
  spec.fps_d = 1001;
  const Contents contents = make({video(spec), speech(), "--length", "video"}, "out.mp4");
  EXPECT_EQ(contents.indices, counted(0, 25));
  EXPECT_EQ(contents.fps_n, 30000);
  EXPECT_EQ(contents.fps_d, 1001);
  expect_constant_rate(contents, 30000.0 / 1001, 20000);
}

TEST_F(RedubTest, VariableFrameRate) {
  ClipSpec spec;
  spec.fps_n = 0;
  spec.frames = 20;
  spec.muxer = "matroskamux";
  GstClockTime time = 0;
  for (int i = 0; i < spec.frames; ++i) {
    spec.pts.push_back(time);
    time += (i % 4 == 3 ? 120 : 20) * GST_MSECOND;
  }
  const std::string clip = video(spec), voice = speech();
  for (const char *name : {"out.mkv", "out.mp4"}) {
    SCOPED_TRACE(name);
    const Contents contents = make({clip, voice, "--length", "video"}, name);
    ASSERT_EQ(contents.pts.size(), spec.pts.size());
    for (std::size_t i = 0; i < spec.pts.size(); ++i) {
      EXPECT_NEAR(double(contents.pts[i]), double(spec.pts[i]), double(GST_MSECOND));
    }
  }
}

TEST_F(RedubTest, ShortFramesAfterLongOnes) {
  // The encoder shifts decoding times by the duration of the first frames.
  ClipSpec spec;
  spec.fps_n = 0;
  spec.frames = 16;
  spec.muxer = "matroskamux";
  for (int i = 0; i < spec.frames; ++i) {
    spec.pts.push_back(GstClockTime(i < 6 ? 150 * i : 900 + 20 * (i - 6)) * GST_MSECOND);
  }
  const Contents contents = make({video(spec), speech(), "--length", "video"}, "out.mp4");
  EXPECT_EQ(contents.indices, counted(0, 16));
  for (std::size_t i = 0; i < contents.pts.size(); ++i) {
    EXPECT_NEAR(double(contents.pts[i]), double(spec.pts[i]), double(GST_MSECOND));
  }
}

TEST_F(RedubTest, OwnSoundKeepsOffset) {
  // The picture starts 0.2 s after the sound.
  ClipSpec spec;
  spec.muxer = "matroskamux";
  spec.audio_encoder = "flacenc";
  for (int i = 0; i < spec.frames; ++i) spec.pts.push_back((200 + 40 * i) * GST_MSECOND);
  const std::string clip = video(spec);
  for (const char *name : {"out.mkv", "out.mp4"}) {
    SCOPED_TRACE(name);
    const Contents contents = make({clip, clip}, name);
    EXPECT_EQ(contents.indices, counted(0, 25));
    EXPECT_NEAR(double(contents.pts.front()), 0.2 * GST_SECOND, double(GST_MSECOND));
    EXPECT_NEAR(contents.sound_start, 0, kTolerance);
    EXPECT_NEAR(contents.onset(0.1f), 0.3, kTolerance);
  }
}

TEST_F(RedubTest, LongerSpeechPingPongsVideo) {
  const Contents contents = make({video(), speech(2.5)}, "out.mkv");
  std::vector<int> expected = counted(0, 25);
  for (int i = 23; i >= 1; --i) expected.push_back(i);
  for (int i = 0; expected.size() < 63; ++i) expected.push_back(i);
  // 62.5 frames: the half one may be shown or not.
  expected.resize(contents.indices.size() == 63 ? 63 : 62);
  EXPECT_EQ(contents.indices, expected);
  expect_constant_rate(contents, 25, GST_MSECOND);
  EXPECT_NEAR(contents.sound_end, 2.5, 0.001);
  EXPECT_EQ(report_["frames"]["looped"], int(expected.size()) - 25);
}

TEST_F(RedubTest, LongerVideoEndsUnmodified) {
  const Contents contents = make({video(), speech(0.6)}, "out.mkv");
  EXPECT_EQ(contents.indices, counted(0, 25));
  EXPECT_NEAR(contents.sound_end, 1, 0.001);
  EXPECT_LT(contents.amplitude(1000, 0.65, 0.95), 0.001);
  EXPECT_GT(report_["frames"]["untouched"], 5);
  EXPECT_GT(report_["frames"]["generated"], 5);
}

TEST_F(RedubTest, LengthVideo) {
  const Contents contents = make({video(), speech(3), "--length", "video"}, "out.mp4");
  EXPECT_EQ(contents.indices, counted(0, 25));
  EXPECT_NEAR(contents.sound_end, 1, 0.002);
}

TEST_F(RedubTest, LengthSpeech) {
  const Contents shorter = make({video(), speech(0.72), "--length", "speech"}, "short.mkv");
  EXPECT_EQ(shorter.indices, counted(0, 18));
  EXPECT_NEAR(shorter.sound_end, 0.72, 0.001);
  const Contents longer = make({video(), speech(1.4), "--length", "speech"}, "long.mkv");
  EXPECT_EQ(longer.indices.size(), 35u);
  EXPECT_NEAR(longer.sound_end, 1.4, 0.001);
}

TEST_F(RedubTest, KeepAudioMixesOriginalSound) {
  ClipSpec spec;
  spec.muxer = "matroskamux";
  spec.audio_encoder = "flacenc";
  const Contents contents =
      make({video(spec), speech(), "--keep-audio", "0.5", "--audio-codec", "pcm"}, "out.mkv");
  EXPECT_NEAR(contents.amplitude(440, 0.35, 0.45), 0.2, 0.02);
  EXPECT_NEAR(contents.amplitude(1000, 0.65, 0.95), 0.3, 0.005);
  EXPECT_NEAR(contents.onset(0.05f), 0.3, kTolerance);
}

TEST_F(RedubTest, SoundBehindThePictureIsNotCut) {
  // The sound of VIDEO is SPEECH, and much longer than the picture.
  ClipSpec spec;
  spec.frames = 10;
  write_wav(folder_ / "own.wav", 6, {{1000, 0.3, 5.5}});
  spec.wav = folder_ / "own.wav";
  spec.muxer = "matroskamux";
  spec.audio_encoder = "flacenc";
  const std::string video = folder_ / "video.mkv";
  write_clip(video, spec);
  const Contents contents = make({video, video}, "out.mkv");
  EXPECT_NEAR(contents.sound_end, 6, 0.05);
  EXPECT_NEAR(contents.onset(0.05f), 5.5, kTolerance);
}

TEST_F(RedubTest, StillPicture) {
  const std::string still = folder_ / "still.png";
  write_still(still);
  const Contents contents = make({still, speech(0.8), "--fps", "30"}, "out.mp4");
  EXPECT_EQ(contents.pts.size(), 24u);
  expect_constant_rate(contents, 30, 20000);
  EXPECT_EQ(contents.fps_n, 30 * contents.fps_d);
  EXPECT_EQ(contents.format, "I420");
  EXPECT_NEAR(sound_seconds(folder_ / "out.mp4"), 0.8, 0.002);
  // GStreamer 1.22's qtdemux loses the last block of AAC, whose decoding time is the end of the
  // track.
  EXPECT_NEAR(contents.sound_end, 0.8, 0.024);
  EXPECT_EQ(report_["frames"]["with_face"], 24);
}

TEST_F(RedubTest, SpeechFromStdin) {
  const Contents contents = make({video(), "-"}, "out.mkv", speech(1.2));
  EXPECT_TRUE(report_["speech"]["codec"].is_null());
  EXPECT_EQ(contents.indices.size(), 30u);
  expect_sync(contents);
  EXPECT_NEAR(contents.sound_end, 1.2, 0.001);
}

TEST_F(RedubTest, NoFaceWarning) {
  ClipSpec spec;
  spec.face = false;
  const Contents contents = make({video(spec), speech()}, "out.mkv");
  EXPECT_EQ(contents.indices, counted(0, 25));
  EXPECT_EQ(report_["frames"]["generated"], 0);
  ASSERT_EQ(report_["warnings"].size(), 1u);
  EXPECT_NE(report_["warnings"][0].get<std::string>().find("No face"), std::string::npos);
}

TEST_F(RedubTest, LabelAndTags) {
  ClipSpec spec;
  spec.tags = "title=\\\"A title\\\",comment=\\\"A comment\\\"";
  const std::string clip = video(spec), voice = speech();
  for (const std::string name : {"out.mp4", "out.mkv", "out.webm", "out.avi"}) {
    SCOPED_TRACE(name);
    const Contents labelled = make({clip, voice}, name);
    EXPECT_EQ(labelled.title.find("A title"), 0u) << labelled.title;
    EXPECT_NE(labelled.comment.find("Lips synthesized by HyperLips"), std::string::npos)
        << labelled.comment;
    EXPECT_NE(labelled.comment.find("A comment"), std::string::npos) << labelled.comment;
    const Contents plain = make({clip, voice, "--no-label"}, "plain-" + name);
    EXPECT_EQ(plain.comment, "A comment");
  }
}

TEST_F(RedubTest, TrackNamesAreNotTitles) {
  ClipSpec spec;
  spec.muxer = "matroskamux";  // names its tracks "Video" and "Audio"
  spec.audio_encoder = "flacenc";
  const std::string voice = speech();
  EXPECT_EQ(make({video(spec), voice}, "untitled.mp4").title, "");
  spec = {};
  spec.tags = "title=\\\"A title\\\"";
  make({video(spec), voice}, "titled.mkv");
  EXPECT_EQ(make({folder_ / "titled.mkv", voice}, "titled.mp4").title, "A title");
}

TEST_F(RedubTest, RotatedVideo) {
  ClipSpec spec;
  spec.width = 320;
  spec.height = 240;
  spec.face_rotation = -90;
  const std::string clip = video(spec), voice = speech();
  turn_clip(clip);
  ASSERT_EQ(read_contents(clip).orientation, "rotate-90");

  const Contents tagged = make({clip, voice}, "out.mp4");
  EXPECT_EQ(tagged.orientation, "rotate-90");
  EXPECT_EQ(tagged.width, 320);
  EXPECT_EQ(tagged.height, 240);
  EXPECT_EQ(tagged.indices, counted(0, 25));
  EXPECT_EQ(report_["frames"]["with_face"], 25);

  const Contents turned = make({clip, voice}, "out.mkv");
  EXPECT_EQ(turned.orientation, "");
  EXPECT_EQ(turned.width, 240);
  EXPECT_EQ(turned.height, 320);
  EXPECT_EQ(report_["frames"]["with_face"], 25);
}

TEST_F(RedubTest, PixelFormats) {
  const struct {
    const char *encoder, *format;
  } cases[] = {
      {"videoconvert ! video/x-raw,format=Y444 ! avenc_ffv1", "Y444"},
      {"videoconvert ! video/x-raw,format=I420_10LE ! avenc_ffv1", "I420_10LE"},
      {"videoconvert ! video/x-raw,format=I422_10LE ! avenc_ffv1", "I422_10LE"},
      {"videoconvert ! video/x-raw,format=GRAY8 ! avenc_ffv1", "GRAY8"},
  };
  for (const auto &test : cases) {
    SCOPED_TRACE(test.format);
    ClipSpec spec;
    spec.encoder = test.encoder;
    spec.muxer = "matroskamux";
    spec.audio_encoder = "flacenc";
    const Contents contents = make({video(spec), speech(), "--lossless"}, "out.mkv");
    EXPECT_EQ(contents.format, test.format);
    EXPECT_EQ(contents.indices, counted(0, 25));
    EXPECT_EQ(report_["frames"]["generated"], 25);
    std::filesystem::remove(folder_ / "out.mkv");
  }
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  gst_init(nullptr, nullptr);
  return RUN_ALL_TESTS();
}
