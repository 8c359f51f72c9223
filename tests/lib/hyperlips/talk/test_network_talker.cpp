// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <vector>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/synth/talking_head.hpp"
#include "hyperlips/talk/network_talker.hpp"

namespace hyperlips {
namespace {

/// Counts the pictures that it makes, all of them gray, the first of a batch darkest.
class CountingNetwork : public Network {
 public:
  explicit CountingNetwork(int first_row = 0) {
    info_.architecture = "HyperLipsBase";
    info_.first_row = first_row;
    info_.inputs = {{"mel", {1, 80, 16}}, {"face", {128, 128, 6}, true}};
    info_.outputs = {{"output", {128 - first_row, 128, 3}, true}};
  }
  const NetworkInfo &info() const override { return info_; }
  std::future<void> submit(int batch, NetworkInputs inputs, NetworkOutputs outputs,
                           DueTime) override {
    EXPECT_EQ(inputs[0].size(), std::size_t(batch) * 80 * 16 * sizeof(float));
    EXPECT_EQ(inputs[1].size(), std::size_t(batch) * 128 * 128 * 6);
    batches.push_back(batch);
    made += batch;
    const std::size_t each = outputs[0].size() / std::size_t(batch);
    for (int i = 0; i < batch; ++i)
      std::ranges::fill(outputs[0].subspan(std::size_t(i) * each, each), std::byte(100 + i));
    std::promise<void> done;
    done.set_value();
    return done.get_future();
  }
  void warm_up(int) override {}

  int made = 0;
  std::vector<int> batches;

 private:
  NetworkInfo info_;
};

TEST(NetworkTalker, PicturesAreInOrderAndTheirUpperRowsOfTheCrop) {
  const auto network = std::make_shared<CountingNetwork>(62);
  NetworkTalker talker(network, {}, cv::Mat(128, 128, CV_8UC3, cv::Scalar(1, 2, 3)));
  const std::vector<float> speech(talker.speech(false).values());
  const Face face{};
  std::vector<FaceTask> tasks;
  for (int i = 0; i < 5; ++i)
    tasks.push_back({.face = face,
                     .crop = cv::Mat(128, 128, CV_8UC3, cv::Scalar::all(i)),
                     .crop_box = {},
                     .frame = {320, 320},
                     .speech = speech,
                     .times = {.start = -1}});
  const auto spoken = talker.speak(tasks, 2);
  EXPECT_EQ(network->batches, (std::vector{2, 2, 1}));
  for (int i = 0; i < 5; ++i) {
    const cv::Mat &picture = spoken[std::size_t(i)].picture;
    EXPECT_EQ(picture.at<cv::Vec3b>(61, 5), cv::Vec3b::all(std::uint8_t(i)));
    EXPECT_EQ(picture.at<cv::Vec3b>(62, 5), cv::Vec3b::all(std::uint8_t(100 + i % 2)));
  }
  EXPECT_TRUE(talker.speak({}, 2).empty());
}

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
