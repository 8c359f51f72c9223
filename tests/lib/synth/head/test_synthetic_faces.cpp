// SPDX-License-Identifier: LGPL-2.1-or-later
// Talking heads are detected as faces, and the landmarks of the mesh network agree with the truth.
// HYPERLIPS_TEST_HEADS: number of seeds, from 0.
#include <cmath>
#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

#include "hyperlips/face/mesh.hpp"
#include "hyperlips/synth/talking_head.hpp"
#include "synth/head/landmarks.hpp"
#include "util/random.hpp"

namespace hyperlips::synth {
namespace {

/// Pearson correlation of a series of pairs.
class Correlation {
 public:
  void add(double x, double y) { ++n_, x_ += x, y_ += y, xx_ += x * x, yy_ += y * y, xy_ += x * y; }
  double value() const {
    return (n_ * xy_ - x_ * y_) / std::sqrt((n_ * xx_ - x_ * x_) * (n_ * yy_ - y_ * y_));
  }

 private:
  double n_ = 0, x_ = 0, y_ = 0, xx_ = 0, yy_ = 0, xy_ = 0;
};

double apart(const cv::Point3f &a, const cv::Point3f &b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

TEST(SyntheticFaces, DetectorAndMeshAgreeWithTruth) {
  const char *wanted = std::getenv("HYPERLIPS_TEST_HEADS");
  const int seeds = wanted ? std::atoi(wanted) : 24;
  constexpr int kFramesPerHead = 4;
  Detector detector;
  FaceMesh mesh;
  Correlation opening;
  int found = 0;
  double error = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    const auto number = static_cast<std::uint64_t>(seed);
    TalkingHead head({.seed = number, .frame = {640, 480}});
    // Poses that occur in speech; the sound itself is not needed.
    Random random(number, 1000);
    for (int i = 0; i < kFramesPerHead; ++i) {
      FacePose pose;
      pose.mouth.opening = i == 0 ? 0 : random.uniform(0, 0.22f);
      pose.mouth.jaw = 3 * pose.mouth.opening;
      pose.mouth.width = random.uniform(-0.6f, 0.6f);
      pose.mouth.rounding = random.uniform(0, 0.5f);
      pose.blink[0] = pose.blink[1] = random.chance(0.1f) ? 1.f : 0.f;
      pose.yaw = random.uniform(-0.2f, 0.2f), pose.pitch = random.uniform(-0.12f, 0.12f);
      pose.roll = random.uniform(-0.08f, 0.08f);
      cv::Mat bgr;
      HeadTruth truth;
      head.draw(pose, static_cast<std::uint64_t>(i), bgr, &truth);
      const FrameView frame = view_of(bgr);
      const auto detections = detector.detect(frame);
      if (detections.empty()) {
        std::cout << "seed " << seed << ", frame " << i << ": no face found\n";
        continue;
      }
      const MeshResult result = mesh.run(frame, mesh_region(detections[0]));
      if (result.presence < 0.5f) continue;
      ++found;
      const double width =
          apart(truth.landmarks[landmark::kFaceLeft], truth.landmarks[landmark::kFaceRight]);
      double sum = 0;
      for (std::size_t k = 0; k < kLandmarks; ++k)
        sum += apart(truth.landmarks[k], result.landmarks[k]);
      error += sum / kLandmarks / width;
      opening.add(apart(truth.landmarks[landmark::kUpperLipInner],
                        truth.landmarks[landmark::kLowerLipInner]) /
                      width,
                  apart(result.landmarks[landmark::kUpperLipInner],
                        result.landmarks[landmark::kLowerLipInner]) /
                      width);
    }
  }
  const int frames = seeds * kFramesPerHead;
  std::cout << "found " << found << " of " << frames << ", mesh error " << 100 * error / found
            << " % of the width of the face, correlation of the opening " << opening.value()
            << "\n";
  EXPECT_GE(found, 0.99 * frames);
  EXPECT_LE(error / found, 0.03);
  EXPECT_GE(opening.value(), 0.9);
}

}  // namespace
}  // namespace hyperlips::synth
