// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/reference.hpp"
#include "hyperlips/talk/talker.hpp"

namespace hyperlips {

/// HyperLipsBase as a talker.
class NetworkTalker : public Talker {
 public:
  /// network: opened with pixels; conventions: those of its file. Throws Error{Format} for another
  /// network.
  NetworkTalker(std::shared_ptr<Network> network, const Conventions &conventions,
                cv::Mat reference);

  const NetworkInfo &info() const override { return network_->info(); }
  Framing framing() const override { return conventions_.crop; }
  MelSpan speech(bool live) const override;
  std::vector<SpokenFace> speak(std::span<const FaceTask> tasks, int batch) override;
  void warm_up(int batch) override { network_->warm_up(batch); }
  void reset() override { references_.reset(); }

 private:
  struct Job;

  std::vector<Job> jobs(std::span<const FaceTask> tasks, std::span<SpokenFace> results);

  std::shared_ptr<Network> network_;
  Conventions conventions_;
  ReferenceFaces references_;
};

}  // namespace hyperlips
