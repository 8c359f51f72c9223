// SPDX-License-Identifier: LGPL-2.1-or-later
#include "talking_bank.hpp"

#include <cmath>

#include "common/temporary_folder.hpp"
#include "hyperlips/own_mouths/bank_builder.hpp"

namespace hyperlips::test {
namespace {

constexpr int kDistinct = 100;
constexpr double kFrameSeconds = 0.04;

synth::TalkingHeadOptions options(int face, std::uint64_t seed) {
  synth::TalkingHeadOptions options;
  options.seed = seed;
  options.frame = {face * 2, face * 2};
  return options;
}

}  // namespace

PosedHead::PosedHead(int face, std::uint64_t seed) : head_(options(face, seed)) {}

PosedFrame PosedHead::draw(const FacePose &pose, std::uint64_t number) {
  PosedFrame frame;
  synth::HeadTruth truth;
  head_.draw(pose, number, frame.picture, &truth);
  frame.face.landmarks = truth.landmarks;
  frame.face.box = bounding_box(truth.landmarks);
  frame.face.confidence = 1;
  return frame;
}

FacePose scripted_pose(int number) {
  const auto wave = [number](double frames) { return std::sin(2 * M_PI * number / frames); };
  FacePose pose;
  pose.mouth.opening = float(std::max(0.0, 0.12 * wave(9)));
  pose.mouth.jaw = 3 * pose.mouth.opening;
  pose.mouth.width = float(0.5 * wave(23));
  pose.yaw = float(0.15 * wave(61));
  pose.pitch = float(0.06 * wave(47));
  return pose;
}

Bank talking_bank(int frames, int face) {
  PosedHead head(face);
  std::vector<PosedFrame> drawn;
  for (int n = 0; n < std::min(frames, kDistinct); ++n)
    drawn.push_back(head.draw(scripted_pose(n), std::uint64_t(n)));
  BankBuilder builder({.max_frames = std::size_t(std::max(frames, 1))});
  for (int n = 0; n < frames; ++n) {
    const PosedFrame &frame = drawn[std::size_t(n) % drawn.size()];
    builder.add(view_of(frame.picture), frame.face, n * kFrameSeconds);
  }
  Bank bank = builder.finish();
  bank.fit = fit_speech({}, bank.mean, bank.deviation);
  return bank;
}

std::string talking_bank_file(int frames, int face) {
  static const TemporaryFolder folder;
  const std::string name = std::to_string(frames) + "-" + std::to_string(face) + ".bank";
  const std::filesystem::path file = folder / name;
  if (!std::filesystem::exists(file)) write_bank(file, talking_bank(frames, face), "test");
  return file;
}

}  // namespace hyperlips::test
