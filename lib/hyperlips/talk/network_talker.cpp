// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/talk/network_talker.hpp"

#include <algorithm>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tensor.hpp"
#include "hyperlips/talk/face_batch.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr const char *kArchitecture = "HyperLipsBase";
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

/// One picture of the network.
struct NetworkTalker::Job {
  const FaceTask &task;
  cv::Mat reference;
  float weight;  ///< in the new face, which may be mixed from two
  SpokenFace &result;
};

/// A part of the tasks needs the network twice, while their reference changes.
std::vector<NetworkTalker::Job> NetworkTalker::jobs(std::span<const FaceTask> tasks,
                                                    std::span<SpokenFace> results) {
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const FaceTask &task = tasks[i];
    const ReferenceFace found = references_.find(task.face, task.crop, task.frame, task.time);
    jobs.push_back({task, found.picture, found.weight, results[i]});
    if (!found.before.empty()) jobs.push_back({task, found.before, 1 - found.weight, results[i]});
  }
  return jobs;
}

std::vector<SpokenFace> NetworkTalker::speak(std::span<const FaceTask> tasks, int batch) {
  std::vector<SpokenFace> spoken(tasks.size());
  const std::vector<Job> all = jobs(tasks, spoken);
  FaceBatch faces(*network_, std::min(batch, static_cast<int>(all.size())));
  for (const Job &job : all)
    faces.add(job.task.due, [&](FaceBatch::Inputs inputs) {
      std::ranges::copy(std::as_bytes(job.task.speech), inputs[0].begin());
      base_pixels(job.task.crop, job.reference, inputs[1]);
    });
  faces.finish();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const FaceTask &task = all[i].task;
    const cv::Mat made =
        picture_from_rows(faces.output(i), network_->info().first_row, task.crop, kCropSize);
    SpokenFace &result = all[i].result;
    result.box = task.crop_box;
    if (result.picture.empty()) {
      result.picture = made;
    } else {
      const float weight = all[i].weight;
      cv::addWeighted(result.picture, 1 - weight, made, weight, 0, result.picture);
    }
  }
  return spoken;
}

}  // namespace hyperlips
