// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "training/talk/speech_to_mouth_net.hpp"
#include "training/talk/spoken_clip.hpp"

namespace hyperlips::training {

struct SpeechToMouthOptions {
  SpokenClipOptions clips;  ///< its seed is also that of weights, examples and augmentation
  double hours = 3;         ///< of speech, more than 0
  SpeechToMouthShape shape;
  int steps = 1500;             ///< at least 1
  int batch = 16;               ///< examples of a step
  int example_columns = 128;    ///< for which the mouth of an example is predicted
  double learning_rate = 2e-3;  ///< of Adam, with warm-up and cosine decay
  int workers = 0;              ///< threads that make clips; 0: one per core
};

struct SpeechToMouthReport {
  std::string languages;           ///< of the training clips, with the number of clips of each
  double seconds = 0;              ///< of training speech
  double loss = 0;                 ///< mean of the last tenth of the steps
  double opening_correlation = 0;  ///< on clips of other speakers, pooled by the mean
};

/// What is done now ("clips", "steps") and how far.
using SpeechToMouthProgress = std::function<void(const char *what, int done, int of)>;

/// Makes the speech, trains the network and writes it to `path`. The same options give the same
/// file with the same number of LibTorch's threads. Stops without a file once `cancel` is set, and
/// returns false then. Throws Error{Settings} for options out of range, and what SpokenClip and
/// write_safetensors() throw.
bool train_speech_to_mouth(const SpeechToMouthOptions &options, const std::filesystem::path &path,
                           SpeechToMouthReport &report, const SpeechToMouthProgress &progress,
                           const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
