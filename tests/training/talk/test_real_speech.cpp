// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "common/fixtures.hpp"
#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "gst/lib/media/video_clip.hpp"
#include "hyperlips/face/tracker.hpp"
#include "hyperlips/talk/speech_to_mouth.hpp"
#include "training/evaluate/landmark_measures.hpp"
#include "training/data/frame_rate.hpp"

namespace hyperlips::training {
namespace {

const std::atomic<bool> kGoOn = false;
constexpr int kMostFrames = 8;  // by which a clip's sound may be late or early
constexpr float kSilence = -4;

struct Speaker {
  struct Look {
    double seconds;
    double opening;  ///< in heights of the face
  };
  std::vector<Look> looks;  ///< of the frames with a face
  std::vector<MelColumn> columns;
};

void watch(const std::filesystem::path &path, Speaker &speaker) {
  FrameReader video(path, kGoOn);
  GstClockTime start = 0;
  Tracker tracker({});
  for (int n = 0; const std::optional<Frame> frame = video.next(); ++n) {
    if (n == 0) start = frame->pts;
    GstVideoInfo info;
    ASSERT_TRUE(gst_video_info_from_caps(&info, video.caps()));
    const MappedFrame mapped(info, frame->buffer.get(), GST_MAP_READ, video.orientation());
    ASSERT_TRUE(mapped);
    const auto faces = tracker.track(mapped.view(), static_cast<double>(n) / kFrameRate);
    if (faces.empty()) continue;
    const MouthPoints mouth = mouth_points(faces.front().landmarks);
    const double seconds = static_cast<double>(frame->pts - start) / GST_SECOND;
    speaker.looks.push_back({seconds, mouth.opening / mouth.face_height});
  }
  MelStream mel;
  SoundReader sound(path, kMelSampleRate, 1, kGoOn);
  sound.start();
  sound.set_origin(start);
  std::vector<float> samples(kMelSampleRate);
  while (const std::size_t count = sound.read(samples))
    mel.push(std::span(samples).first(count), speaker.columns);
  mel.finish(speaker.columns);
}

float opening_at(const SpeechToMouth &network, const std::vector<MelColumn> &columns,
                 double seconds) {
  const int count = network.columns_before() + network.columns_after();
  const auto first =
      static_cast<std::int64_t>(std::floor(seconds * kMelRate + 1e-6)) - network.columns_before();
  std::vector<float> window(static_cast<std::size_t>(kMelBands * count), kSilence);
  for (int i = 0; i < count; ++i)
    if (first + i >= 0 && first + i < std::ssize(columns))
      for (int band = 0; band < kMelBands; ++band)
        window[band * count + i] = columns[first + i][band];
  return network.predict(window).mouth.opening;
}

/// Correlation with the sound `late` frames late.
double correlation_at(const SpeechToMouth &network, const Speaker &speaker, int late) {
  std::vector<std::array<double, 2>> pairs;
  for (const Speaker::Look &look : speaker.looks) {
    const double seconds = look.seconds + static_cast<double>(late) / kFrameRate;
    if (seconds >= 0 && seconds * kMelRate < static_cast<double>(speaker.columns.size()))
      pairs.push_back({look.opening, opening_at(network, speaker.columns, seconds)});
  }
  return correlation(pairs).value_or(0);
}

/// People, rooms and microphones that nothing was trained on.
TEST(RealSpeech, OpeningFollowsTheSound) {
  const auto shared = test::shared_data();
  if (!shared || !std::filesystem::exists(*shared / "media/real"))
    GTEST_SKIP() << "no clips of real people beside the checkout (HYPERLIPS_SHARED)";
  gst_init(nullptr, nullptr);
  std::vector<std::filesystem::path> paths;
  for (const auto &folder : {*shared / "media/real", *shared / "media"})
    for (const auto &entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".mpg" || entry.path().extension() == ".mp4")
        if (entry.path().filename() != "129.mp4") paths.push_back(entry.path());  // no sound
  std::ranges::sort(paths);
  const SpeechToMouth network;
  double studio = 0, corrected = 0;
  int studio_clips = 0;
  for (const auto &path : paths) {
    Speaker speaker;
    watch(path, speaker);
    std::array<double, 2 * kMostFrames + 1> all{};
    for (int late = -kMostFrames; late <= kMostFrames; ++late)
      all[static_cast<std::size_t>(late + kMostFrames)] = correlation_at(network, speaker, late);
    const auto best = std::ranges::max_element(all);
    std::printf("%-20s %.3f, best %.3f with the sound %+d frames late\n", path.filename().c_str(),
                all[kMostFrames], *best, static_cast<int>(best - all.begin()) - kMostFrames);
    corrected += *best;
    if (!path.filename().string().starts_with("grid_")) continue;
    studio += all[kMostFrames];
    ++studio_clips;
    EXPECT_NEAR(static_cast<double>(best - all.begin()), kMostFrames, 1) << path;
  }
  ASSERT_GT(studio_clips, 3);
  std::printf("studio clips as they are %.3f, all %zu clips corrected %.3f\n",
              studio / studio_clips, paths.size(), corrected / static_cast<double>(paths.size()));
  EXPECT_GT(studio / studio_clips, 0.7);
  EXPECT_GT(corrected / static_cast<double>(paths.size()), 0.55);
}

}  // namespace
}  // namespace hyperlips::training
