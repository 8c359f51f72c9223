// SPDX-License-Identifier: LGPL-2.1-or-later
// The demonstration as a new user runs it: the synthetic person says another sentence with the
// mouths of the first one.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/video_clip.hpp"
#include "hyperlips/face/tracker.hpp"
#include "hyperlips/synth/performance.hpp"
#include "redub_testing.hpp"
#include "tools/redub/demo.hpp"
#include "training/evaluate/landmark_measures.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

/// The mouth opening of each frame, relative to the height of the face.
std::vector<double> openings(const std::string &path) {
  const std::atomic<bool> cancel = false;
  FrameReader reader(path, cancel);
  Tracker tracker({});
  std::vector<double> found;
  while (const std::optional<Frame> frame = reader.next()) {
    GstVideoInfo info;
    EXPECT_TRUE(gst_video_info_from_caps(&info, reader.caps()));
    const MappedFrame mapped(info, frame->buffer.get(), GST_MAP_READ, reader.orientation());
    const auto faces = tracker.track(mapped.view(), double(found.size()) / 25);
    EXPECT_EQ(faces.size(), 1u) << "frame " << found.size();
    if (faces.empty()) break;
    const training::MouthPoints mouth = training::mouth_points(faces[0].landmarks);
    found.push_back(mouth.opening / mouth.face_height);
  }
  return found;
}

synth::Performance performance(const char *text) {
  synth::PerformanceOptions options;
  options.seed = redub::kDemoSeed;
  options.language = redub::kDemoLanguage;
  options.text = text;
  return synth::Performance(options);
}

/// The opening that the performance of `text` has.
std::vector<double> true_openings(const char *text, std::size_t frames) {
  synth::Performance person = performance(text);
  std::vector<double> truth;
  for (std::size_t i = 0; i < frames; ++i)
    truth.push_back(person.pose(static_cast<double>(i) / 25).mouth.opening);
  return truth;
}

}  // namespace

TEST(RedubOwnMouths, LipsFollowOtherSentence) {
  const TestFolder folder;
  fs::current_path(folder / ".");
  setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  const RunOutcome run = Redub(std::vector<std::string>{}).wait();
  ASSERT_EQ(run.status, 0) << run.error;
  const std::vector<double> shown = openings(folder / "hyperlips-demo/out.mp4");
  const std::vector<double> wanted = true_openings(redub::kDemoSpeechText, shown.size()),
                            before = true_openings(redub::kDemoVideoText, shown.size());
  const double seconds = performance(redub::kDemoSpeechText).duration().value();
  const std::size_t spoken = std::min(shown.size(), static_cast<std::size_t>(25 * seconds));
  const auto correlated = [&](const std::vector<double> &truth) {
    std::vector<std::array<double, 2>> pairs;
    for (std::size_t i = 0; i < spoken; ++i) pairs.push_back({shown[i], truth[i]});
    return training::correlation(pairs).value();
  };
  const double follows = correlated(wanted), stayed = correlated(before);
  RecordProperty("follows", std::to_string(follows));
  RecordProperty("stayed", std::to_string(stayed));
  EXPECT_GT(follows, 0.7);
  EXPECT_LT(stayed, 0.4);
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  gst_init(nullptr, nullptr);
  return RUN_ALL_TESTS();
}
