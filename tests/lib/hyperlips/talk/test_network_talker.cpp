// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/synth/talking_head.hpp"
#include "hyperlips/talk/network_talker.hpp"

namespace hyperlips {
namespace {

/// Counts the pictures that it makes, all of them gray.
class CountingNetwork : public Network {
 public:
  CountingNetwork() { info_.architecture = "HyperLipsBase"; }
  const NetworkInfo &info() const override { return info_; }
  void run(int batch, std::span<const std::span<const float>>,
           std::span<const std::span<float>> outputs, DueTime) override {
    made += batch;
    std::ranges::fill(outputs[0], 0.5f);
  }
  void warm_up(int) override {}

  int made = 0;

 private:
  NetworkInfo info_;
};

TEST(NetworkTalker, FadesReferencesByTheTimeOfTheFrame) {
  // The speech stands still, as that of the last window does.
  constexpr double kFrame = 0.04;
  auto network = std::make_shared<CountingNetwork>();
  NetworkTalker talker(network, {}, {});
  const std::vector<float> speech(talker.speech(false).values());
  const cv::Size frame(320, 320);
  synth::TalkingHead head({.seed = 4, .frame = frame});
  cv::Mat picture;
  synth::HeadTruth truth;
  head.draw({}, 0, picture, &truth);
  Face face;
  face.landmarks = truth.landmarks;
  face.box = bounding_box(truth.landmarks);
  face.confidence = 1;
  const cv::Mat sharp_crop = crop_face(view_of(picture), face.box);
  cv::Mat blurred_crop;
  cv::blur(sharp_crop, blurred_crop, {9, 9});
  const auto pictures_of_frame = [&](int i, bool sharp) {
    const FaceTask task{.face = face,
                        .crop = sharp ? sharp_crop : blurred_crop,
                        .crop_box = face.box,
                        .frame = frame,
                        .speech = speech,
                        .times = {.start = -1},
                        .time = i * kFrame};
    const int before = network->made;
    EXPECT_FALSE(talker.speak({&task, 1}, 1).at(0).picture.empty());
    return network->made - before;
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(pictures_of_frame(i, false), 1);
  // The sharp view fades in within 0.2 s, which takes two pictures a frame.
  for (int i = 5; i < 10; ++i) EXPECT_EQ(pictures_of_frame(i, true), 2);
  for (int i = 10; i < 20; ++i) EXPECT_EQ(pictures_of_frame(i, true), 1);
}

}  // namespace
}  // namespace hyperlips
