// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/talk/network_talker.hpp"

#include <algorithm>
#include <array>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tensor.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr const char *kArchitecture = "HyperLipsBase";
constexpr std::size_t kOutput = std::size_t(3) * kCropSize * kCropSize;
/// Faces with less are not taken as a reference.
constexpr float kMinConfidence = 0.5f;
/// A frame of the published training, at 25 frames per second.
constexpr std::int64_t kPublishedLead = 40'000'000;  // ns

}  // namespace

NetworkTalker::NetworkTalker(std::shared_ptr<Network> network, const Conventions &conventions,
                             cv::Mat reference)
    : network_(std::move(network)), conventions_(conventions) {
  if (network_->info().architecture != kArchitecture)
    throw Error(ErrorKind::Format, "Wrong network in " + quote_path(network_->info().file) +
                                       ": expected " + kArchitecture + " or a bank, found " +
                                       network_->info().architecture + ".");
  references_.use_picture(std::move(reference));
}

MelSpan NetworkTalker::speech(bool) const {
  const bool published = conventions_.mel_timing == MelTiming::Published;
  return {0, kMelWindow, MelSpan::End::Last, published ? kPublishedLead : 0};
}

std::vector<SpokenFace> NetworkTalker::speak(std::span<const FaceTask> tasks, int batch) {
  std::vector<SpokenFace> spoken(tasks.size());
  std::vector<float> mel, pictures, output;
  for (std::size_t done = 0; done < tasks.size();) {
    const auto part = tasks.subspan(done, std::min(std::size_t(batch), tasks.size() - done));
    mel.clear();
    pictures.clear();
    for (const FaceTask &task : part) {
      const cv::Mat reference = references_.find(task.face, task.crop, kMinConfidence, task.frame);
      mel.insert(mel.end(), task.speech.begin(), task.speech.end());
      pictures.resize(pictures.size() + kFaceTensor);
      base_input(task.crop, reference, std::span(pictures).last(kFaceTensor));
    }
    output.resize(part.size() * kOutput);
    const std::array<std::span<const float>, 2> inputs{mel, pictures};
    const std::array<std::span<float>, 1> outputs{output};
    network_->run(int(part.size()), inputs, outputs);
    for (std::size_t i = 0; i < part.size(); ++i)
      spoken[done + i] = {
          picture_from_tensor(std::span<const float>(output).subspan(i * kOutput, kOutput),
                              kCropSize),
          part[i].crop_box,
          {},
          1};
    done += part.size();
  }
  return spoken;
}

}  // namespace hyperlips
