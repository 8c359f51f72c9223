// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/talk/speech_to_mouth_training.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <torch/nn/functional.h>
#include <torch/utils.h>

#include "hyperlips/error.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "hyperlips/talk/speech_to_mouth.hpp"
#include "training/run/fused_adam.hpp"
#include "training/talk/mel_augmentation.hpp"
#include "util/pending_file.hpp"
#include "util/random.hpp"
#include "util/workers.hpp"

namespace hyperlips::training {
namespace {

namespace F = torch::nn::functional;

constexpr float kDegradedShare = 0.4f, kSilentShare = 0.05f;  // of the examples
constexpr double kVisemeWeight = 0.3;
// Opening counts most, what is inside the mouth least.
constexpr std::array<float, kMouthValues> kWeights = {4, 1, 1, 0.5f, 0.3f, 0.3f, 0.3f, 0.3f, 0.3f};
constexpr float kSilence = -4;
constexpr int kWarmUp = 100;

void check(const SpeechToMouthOptions &options) {
  const auto require = [](bool valid, const char *what) {
    if (!valid)
      throw Error(ErrorKind::Settings,
                  std::string("Invalid option of speech-to-mouth: expected ") + what + ".");
  };
  require(options.hours > 0 && options.hours <= 100, "more than 0 and at most 100 hours");
  require(options.clips.seconds >= 5 && options.clips.seconds <= 600, "clips of 5 to 600 seconds");
  require(options.steps >= 1, "at least 1 step");
  require(options.batch >= 1 && options.batch <= 4096, "a batch of 1 to 4096");
  require(options.example_columns >= 1 && options.example_columns <= 4096,
          "1 to 4096 columns in an example");
  require(options.shape.channels >= 1 && options.shape.channels <= 4096, "1 to 4096 channels");
}

class Training {
 public:
  Training(const SpeechToMouthOptions &options, const SpeechToMouthProgress &progress,
           const std::atomic<bool> &cancel)
      : options_(options), progress_(progress), cancel_(cancel) {}

  bool make_clips() {
    const int training =
        std::max(1, static_cast<int>(std::lround(options_.hours * 3600 / options_.clips.seconds)));
    const int held_out = std::max(1, training / 20), all = training + held_out;
    std::vector<SpokenClip> clips(static_cast<std::size_t>(all));
    Workers workers(options_.workers);
    std::atomic<int> done = 0;
    workers.run(all, [&](int number) {
      if (cancel_) return;
      clips[static_cast<std::size_t>(number)] =
          make_spoken_clip(options_.clips, static_cast<std::uint64_t>(number));
      ++done;
      const std::lock_guard lock(mutex_);
      progress_("clips", done, all);
    });
    held_out_.assign(std::move_iterator(clips.begin() + training), std::move_iterator(clips.end()));
    clips.resize(static_cast<std::size_t>(training));
    clips_ = std::move(clips);
    return !cancel_;
  }

  MouthScale scale() const {
    std::vector<float> values;
    for (const SpokenClip &clip : clips_)
      for (const auto &mouth : clip.mouths) values.insert(values.end(), mouth.begin(), mouth.end());
    const torch::Tensor all = torch::from_blob(
        values.data(), {static_cast<std::int64_t>(values.size()) / kMouthValues, kMouthValues});
    return {all.mean(0), all.std(0) + 1e-3};
  }

  struct Examples {
    torch::Tensor mel, mouths, visemes, sounds;
  };

  /// The examples of a step, a pure function of seed and step.
  Examples examples(int step) const {
    const int columns = options_.example_columns;
    const int inputs = columns + options_.shape.columns() - 1;
    Examples batch{torch::empty({options_.batch, kMelBands, inputs}),
                   torch::empty({options_.batch, kMouthValues, columns}),
                   torch::empty({options_.batch, columns}, torch::kInt64),
                   torch::empty({options_.batch, columns}, torch::kInt64)};
    for (int i = 0; i < options_.batch; ++i) fill(batch, step, i);
    return batch;
  }

  bool train(SpeechToMouthNet &network, const MouthScale &scale, SpeechToMouthReport &report) {
    const torch::Tensor weights =
        torch::tensor(std::vector<float>(kWeights.begin(), kWeights.end())).view({1, -1, 1});
    const torch::Tensor mean = scale.mean.view({1, -1, 1}),
                        deviation = scale.deviation.view({1, -1, 1});
    FusedAdam adam(network->parameters(), torch::optim::AdamOptions(options_.learning_rate));
    const int last_tenth = options_.steps - std::max(1, options_.steps / 10);
    double sum = 0;
    for (int step = 0; step < options_.steps; ++step) {
      if (cancel_) return false;
      static_cast<torch::optim::AdamOptions &>(adam.param_groups()[0].options())
          .lr(learning_rate(step));
      const Examples batch = examples(step);
      const torch::Tensor features = network->features(batch.mel);
      const torch::Tensor output = network->mouth(features);
      const torch::Tensor error =
          output.slice(1, 0, kMouthValues) - (batch.mouths - mean) / deviation;
      const torch::Tensor loss =
          (error.square() * weights).mean() +
          kVisemeWeight * F::cross_entropy(output.slice(1, kMouthValues), batch.visemes) +
          F::cross_entropy(network->sounds(features), batch.sounds);
      adam.zero_grad();
      loss.backward();
      adam.step();
      if (step >= last_tenth) sum += loss.item<double>();
      progress_("steps", step + 1, options_.steps);
    }
    report.loss = sum / (options_.steps - last_tenth);
    return true;
  }

  /// Mean correlation of the opening on the clips that were held out.
  double opening_correlation(SpeechToMouthNet &network) const {
    const torch::NoGradGuard no_grad;
    const int window = options_.shape.columns();
    double sum = 0;
    for (const SpokenClip &clip : held_out_) {
      const auto count = static_cast<std::int64_t>(clip.columns());
      torch::Tensor mel = torch::full({1, kMelBands, count + window - 1}, kSilence);
      auto values = mel.accessor<float, 3>()[0];
      torch::Tensor truth = torch::empty({count});
      for (std::int64_t c = 0; c < count; ++c) {
        for (int band = 0; band < kMelBands; ++band)
          values[band][c + options_.shape.columns_before] =
              half_to_float(clip.clean[static_cast<std::size_t>(c)][band]);
        truth[c] = clip.mouths[static_cast<std::size_t>(c)][0];
      }
      const torch::Tensor opening = network->mouth(network->features(mel))[0][0];
      sum += torch::corrcoef(torch::stack({opening, truth}))[0][1].item<double>();
    }
    return sum / static_cast<double>(held_out_.size());
  }

  void describe(SpeechToMouthReport &report) const {
    std::map<std::string, int> languages;
    for (const SpokenClip &clip : clips_) ++languages[clip.language];
    for (const auto &[language, count] : languages)
      report.languages +=
          (report.languages.empty() ? "" : ", ") + language + " " + std::to_string(count);
    report.seconds = static_cast<double>(clips_.size()) * options_.clips.seconds;
  }

 private:
  void fill(Examples &batch, int step, int example) const {
    Random random(options_.clips.seed, "speech-to-mouth",
                  static_cast<std::uint64_t>(step) * options_.batch + example);
    const SpokenClip &clip = clips_[random.below(clips_.size())];
    const int columns = options_.example_columns;
    const int last = static_cast<int>(clip.columns()) - 1;
    const int first = random.below(std::max(1, last + 1 - columns));
    const auto &source = random.chance(kDegradedShare) ? clip.degraded : clip.clean;
    const bool silent = random.chance(kSilentShare);
    std::vector<MelColumn> mel(static_cast<std::size_t>(batch.mel.size(2)));
    for (int c = first - options_.shape.columns_before; MelColumn & column : mel) {
      column.fill(kSilence);
      if (!silent)
        std::ranges::transform(source[static_cast<std::size_t>(std::clamp(c, 0, last))],
                               column.begin(), half_to_float);
      ++c;
    }
    augment_mel(mel, random);
    auto inputs = batch.mel.accessor<float, 3>()[example];
    for (std::size_t c = 0; c < mel.size(); ++c)
      for (int band = 0; band < kMelBands; ++band) inputs[band][c] = mel[c][band];
    auto mouths = batch.mouths.accessor<float, 3>()[example];
    auto visemes = batch.visemes.accessor<std::int64_t, 2>()[example];
    auto sounds = batch.sounds.accessor<std::int64_t, 2>()[example];
    for (int c = 0; c < columns; ++c) {
      const auto at = static_cast<std::size_t>(std::min(first + c, last));
      for (int v = 0; v < kMouthValues; ++v) mouths[v][c] = silent ? 0 : clip.mouths[at][v];
      visemes[c] = silent ? 0 : clip.visemes[at];
      sounds[c] = silent ? SpokenClip::kSilentSound : clip.sounds[at];
    }
  }

  double learning_rate(int step) const {
    const double warm = std::min(1.0, (step + 1) / static_cast<double>(kWarmUp));
    return options_.learning_rate * warm * 0.5 *
           (1 + std::cos(std::numbers::pi * step / options_.steps));
  }

  const SpeechToMouthOptions &options_;
  const SpeechToMouthProgress &progress_;
  const std::atomic<bool> &cancel_;
  std::mutex mutex_;  // of progress_
  std::vector<SpokenClip> clips_, held_out_;
};

std::map<std::string, std::string> metadata_of(const SpeechToMouthOptions &options,
                                               const SpeechToMouthReport &report) {
  const auto number = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return std::string(text);
  };
  return {{"hyperlips", HYPERLIPS_VERSION},
          {"voices", "espeak-ng (GPL-3.0-or-later program; its output is not covered by it)"},
          {"clips", report.languages},
          {"seed", std::to_string(options.clips.seed)},
          {"speech_seconds", number(report.seconds)},
          {"steps", std::to_string(options.steps)},
          {"batch", std::to_string(options.batch)},
          {"example_columns", std::to_string(options.example_columns)},
          {"learning_rate", number(options.learning_rate)},
          {"loss", number(report.loss)},
          {"opening_correlation", number(report.opening_correlation)}};
}

}  // namespace

bool train_speech_to_mouth(const SpeechToMouthOptions &options, const std::filesystem::path &path,
                           SpeechToMouthReport &report, const SpeechToMouthProgress &progress,
                           const std::atomic<bool> &cancel) {
  check(options);
  { const PendingFile writable(path); }  // fails before the work, not after it
  torch::manual_seed(options.clips.seed);
  Training training(options, progress, cancel);
  if (!training.make_clips()) return false;
  training.describe(report);
  const MouthScale scale = training.scale();
  SpeechToMouthNet network(options.shape);
  if (!training.train(network, scale, report)) return false;
  report.opening_correlation = training.opening_correlation(network);
  export_speech_to_mouth(network, scale, path, metadata_of(options, report));
  return true;
}

}  // namespace hyperlips::training
