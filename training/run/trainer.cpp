// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "hyperlips/error.hpp"
#include "hyperlips/nn/batch_norm.hpp"
#include "training/data/prefetcher.hpp"
#include "training/distributed/gradient_reducer.hpp"
#include "training/evaluate/contact_sheet.hpp"
#include "training/run/checkpoint_folder.hpp"
#include "training/run/fused_adam.hpp"
#include "training/run/gradients.hpp"
#include "training/run/moving_average.hpp"
#include "training/run/network_state.hpp"
#include "training/run/signals.hpp"
#include "training/run/tensorboard_writer.hpp"
#include "training/run/training_progress.hpp"

namespace hyperlips::training {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double loss_named(const Losses &losses, const std::string &name) {
  const auto found = std::ranges::find(losses, name, &Losses::value_type::first);
  if (found == losses.end()) {
    throw Error(ErrorKind::Settings, "The best checkpoint goes by the loss \"" + name +
                                         "\", which this stage does not have.");
  }
  return found->second;
}

/// Adds `losses` times `weight` to `sum`.
void add(Losses &sum, const Losses &losses, double weight) {
  if (sum.empty()) {
    for (const auto &[name, value] : losses) sum.emplace_back(name, 0);
  }
  for (std::size_t i = 0; i < losses.size(); ++i) sum.at(i).second += weight * losses[i].second;
}

/// ", l1 0.0123, total 0.0145"
std::string text_of(const Losses &losses) {
  std::string text;
  for (const auto &[name, value] : losses) {
    char number[32];
    std::snprintf(number, sizeof number, " %.4g", value);
    text += ", " + name + number;
  }
  return text;
}

void check(const TrainerOptions &options) {
  const auto refuse = [](const std::string &what) { throw Error(ErrorKind::Settings, what); };
  if (options.folder.empty()) refuse("A run needs a folder for its checkpoints.");
  if (options.batch < 1 || options.accumulate < 1)
    refuse("The batch size and the number of batches of a step must be at least 1.");
  if (options.steps < 0 || options.time.count() < 0) refuse("Steps and time must not be negative.");
  if (!(options.final_rate >= 0 && options.final_rate <= 1))
    refuse("What is left of the learning rate at the end lies between 0 and 1.");
  if (options.final_rate < 1 && options.steps == 0 && options.time.count() == 0)
    refuse("A learning rate that falls needs to know the end: give the steps or the time.");
  if (options.checkpoint_interval < 1 || options.keep < 1)
    refuse("The checkpoint interval and the number of checkpoints to keep must be at least 1.");
}

/// Batch norms take the statistics of all processes while it lives.
class SynchronizedNorms {
 public:
  explicit SynchronizedNorms(ProcessGroup &group) {
    if (group.size() > 1)
      set_batch_norm_sum([&group](torch::Tensor &sums) { group.all_reduce(sums); });
  }
  ~SynchronizedNorms() { set_batch_norm_sum({}); }
  SynchronizedNorms(const SynchronizedNorms &) = delete;
  SynchronizedNorms &operator=(const SynchronizedNorms &) = delete;
};

struct Network {
  Trained trained;
  std::unique_ptr<FusedAdam> adam;
};

}  // namespace

struct Trainer::Impl {
  Impl(Stage &stage, std::shared_ptr<const Dataset> training,
       std::shared_ptr<const Dataset> validation, TrainerOptions options, ProcessGroup &group)
      : stage(stage),
        training(std::move(training)),
        validation(std::move(validation)),
        options(std::move(options)),
        group(group),
        folder(this->options.folder, this->options.keep,
               [this](const std::string &text) { say(text); }) {
    check(this->options);
    for (Trained &trained : stage.trained()) {
      torch::optim::AdamOptions adam(trained.learning_rate);
      adam.betas({trained.betas.first, trained.betas.second});
      networks.push_back(
          {trained, std::make_unique<FusedAdam>(trained.network->parameters(), adam)});
    }
    if (this->options.average > 0)
      average.emplace(*networks.front().trained.network, this->options.average);
  }

  bool leads() const { return group.rank() == 0; }
  bool due(int interval) const { return interval > 0 && step % interval == 0; }
  void resume();
  void save(bool best_one);
  TrainingCheckpoint checkpoint() const;
  Losses train_step(Prefetcher &examples, GradientReducer &reducer);
  bool apply_gradients();
  Losses validate();
  void sample();
  void log(const Losses &losses, double norm);
  bool agree(bool value);
  double leaders(double value);
  double rate() const;
  void say(const std::string &line) {
    if (!leads() || options.quiet) return;
    if (progress)
      progress->say(line);
    else
      std::fprintf(stderr, "hyperlips-train: %s\n", line.c_str());
  }
  double epoch() const {
    const double seen = double(step) * options.accumulate * options.batch * group.size();
    return seen / double(std::max<std::int64_t>(1, training->epoch()));
  }

  Stage &stage;
  std::shared_ptr<const Dataset> training, validation;
  TrainerOptions options;
  ProcessGroup &group;
  CheckpointFolder folder;
  std::vector<Network> networks;
  std::optional<MovingAverage> average;
  std::optional<TensorBoardWriter> events;
  std::function<void(std::int64_t, const Losses &)> on_step;
  std::int64_t step = 0, skipped = 0, skipped_in_a_row = 0;
  std::optional<double> best;
  double norm = 0;
  double seconds = 0;  ///< since the start of this process' first step, the same in all
  std::optional<TrainingProgress> progress;
};

void Trainer::Impl::resume() {
  if (const auto found = options.resume ? folder.read_newest() : std::nullopt) {
    if (found->second.stage != options.stage && !found->second.stage.empty()) {
      throw Error(ErrorKind::Settings, found->first.path.string() + " is of a run of \"" +
                                           found->second.stage +
                                           "\". Choose another folder for this run.");
    }
    step = found->second.step;
    for (const Network &network : networks) {
      // A published .pth holds one network; the discriminator then starts anew.
      const std::string prefix = network.trained.name + ".";
      const auto first = found->second.tensors.lower_bound(prefix);
      if (first == found->second.tensors.end() || !first->first.starts_with(prefix)) continue;
      restore_network(found->second, found->first.path, network.trained.name,
                      *network.trained.network, network.adam.get());
    }
    if (average) average->restore(found->second, found->first.path);
    const auto &info = found->second.info;
    skipped = info.value("skipped", std::int64_t{0});
    if (info.contains("best")) best = info["best"].get<double>();
    say("going on from " + found->first.path.string() + ", step " + std::to_string(step));
  }
  for (const Network &network : networks) broadcast_state(group, *network.trained.network);
}

TrainingCheckpoint Trainer::Impl::checkpoint() const {
  TrainingCheckpoint checkpoint;
  checkpoint.stage = options.stage;
  checkpoint.step = step;
  checkpoint.epoch = std::int64_t(epoch());
  for (const Network &network : networks) {
    store_network(checkpoint, network.trained.name, *network.trained.network, network.adam.get());
  }
  if (average) average->store(checkpoint);
  checkpoint.info["config"] = options.config;
  checkpoint.info["skipped"] = skipped;
  if (best) checkpoint.info["best"] = *best;
  if (!options.started_from.empty()) checkpoint.info["started_from"] = options.started_from;
  return checkpoint;
}

void Trainer::Impl::save(bool best_one) {
  if (!leads()) return;
  folder.write(checkpoint());
  if (best_one) folder.mark_best(step, options.best_by, *best);
}

/// True where it is for any process, so that all do the same.
bool Trainer::Impl::agree(bool value) {
  if (group.size() == 1) return value;
  at::Tensor any = torch::full({1}, value ? 1.0F : 0.0F);
  group.all_reduce(any);
  return any.item<float>() > 0;
}

/// The first process' value, in all of them.
double Trainer::Impl::leaders(double value) {
  if (group.size() == 1) return value;
  at::Tensor sum = torch::full({1}, leads() ? value : 0, torch::kFloat64);
  group.all_reduce(sum);
  return sum.item<double>();
}

/// The part of the learning rate that the next step takes.
double Trainer::Impl::rate() const {
  const double warm = options.warm_up > 0 ? std::min(1.0, double(step + 1) / options.warm_up) : 1;
  double done = options.steps > 0 ? double(step) / double(options.steps) : 0;
  if (options.time.count() > 0) done = std::max(done, seconds / double(options.time.count()));
  const double left = 0.5 + 0.5 * std::cos(std::numbers::pi * std::min(done, 1.0));
  return warm * (options.final_rate + (1 - options.final_rate) * left);
}

Losses Trainer::Impl::train_step(Prefetcher &examples, GradientReducer &reducer) {
  for (const Network &network : networks) network.adam->zero_grad();
  Losses losses;
  for (int i = 0; i < options.accumulate; ++i) {
    if (i + 1 == options.accumulate) reducer.begin();
    add(losses, stage.accumulate(examples.next(), 1.0 / options.accumulate),
        1.0 / options.accumulate);
  }
  reducer.finish();
  if (group.size() > 1) {
    at::Tensor values = torch::empty({std::int64_t(losses.size())}, torch::kFloat64);
    for (std::size_t i = 0; i < losses.size(); ++i)
      values[std::int64_t(i)] = losses[i].second / group.size();
    group.all_reduce(values);
    for (std::size_t i = 0; i < losses.size(); ++i)
      losses[i].second = values[std::int64_t(i)].item<double>();
  }
  return losses;
}

/// Adam's step, unless a gradient is not finite. The gradients are the same in all processes, so
/// all decide alike.
bool Trainer::Impl::apply_gradients() {
  std::vector<double> norms;
  for (const Network &network : networks)
    norms.push_back(gradient_norm(network.trained.network->parameters()));
  norm = norms.front();
  if (!std::ranges::all_of(norms, [](double value) { return std::isfinite(value); })) return false;
  const double part = rate();
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const Network &network = networks[i];
    if (options.clip_norm > 0)
      clip_gradients(network.trained.network->parameters(), norms[i], options.clip_norm);
    for (auto &parameters : network.adam->param_groups()) {
      parameters.options().set_lr(network.trained.learning_rate * part);
    }
    network.adam->step();
  }
  if (average) average->update(*networks.front().trained.network);
  return true;
}

Losses Trainer::Impl::validate() {
  std::optional<AveragedWeights> averaged;
  if (average) averaged.emplace(*average, *networks.front().trained.network);
  // The same examples each time; every process measures all of them.
  const std::int64_t whole = std::max<std::int64_t>(1, validation->epoch() / options.batch);
  const auto batches = int(std::min<std::int64_t>(options.validate_batches, whole));
  Losses losses;
  for (int i = 0; i < batches; ++i) {
    const Batch batch =
        load_batch(*validation, options.seed, std::int64_t(i) * options.batch, options.batch);
    add(losses, stage.validate(batch), 1.0 / batches);
  }
  return losses;
}

void Trainer::Impl::sample() {
  std::optional<AveragedWeights> averaged;
  if (average) averaged.emplace(*average, *networks.front().trained.network);
  const Dataset &from = validation ? *validation : *training;
  const int rows = std::max(1, options.sample_rows);
  const cv::Mat picture = stage.collage(load_batch(from, options.seed, 0, rows), rows);
  char name[40];
  std::snprintf(name, sizeof name, "samples_step%09lld.png", (long long)step);
  write_png(options.folder / "samples" / name, picture);
  events->image("samples", picture, step);
}

void Trainer::Impl::log(const Losses &losses, double gradient) {
  for (const auto &[name, value] : losses) events->scalar("train/" + name, value, step);
  events->scalar("train/gradient_norm", gradient, step);
  events->scalar("train/epoch", epoch(), step);
  for (const Network &network : networks) {
    events->scalar("learning_rate/" + network.trained.name,
                   network.adam->param_groups().front().options().get_lr(), step);
  }
}

Trainer::Trainer(Stage &stage, std::shared_ptr<const Dataset> training,
                 std::shared_ptr<const Dataset> validation, TrainerOptions options,
                 ProcessGroup &group)
    : impl_(std::make_unique<Impl>(stage, std::move(training), std::move(validation),
                                   std::move(options), group)) {}
Trainer::~Trainer() = default;

void Trainer::on_step(std::function<void(std::int64_t, const Losses &)> callback) {
  impl_->on_step = std::move(callback);
}

TrainResult Trainer::run() {
  Impl &self = *impl_;
  const TrainerOptions &options = self.options;
  StopSignals signals;
  const SynchronizedNorms norms(self.group);
  self.resume();
  const std::int64_t first_step = self.step;
  if (self.leads()) {
    self.folder.prepare();
    std::filesystem::create_directories(options.folder / "samples");
    self.events.emplace(options.folder, first_step);
    self.events->text("configuration", "    " + options.config.dump(2), first_step);
  }
  std::vector<torch::Tensor> parameters;
  for (const Network &network : self.networks) {
    for (const auto &parameter : network.trained.network->parameters())
      parameters.push_back(parameter);
  }
  GradientReducer reducer(self.group, parameters);

  const std::int64_t together = std::int64_t(options.batch) * self.group.size();
  Prefetcher examples(self.training, {.seed = options.seed,
                                      .first = self.step * options.accumulate * together +
                                               std::int64_t(self.group.rank()) * options.batch,
                                      .batch = options.batch,
                                      .stride = together,
                                      .threads = options.loader_threads});
  TrainResult result;
  const auto start = Clock::now();
  self.progress.emplace(options.steps, self.group.rank(),
                        StatusLine::Settings{.program = "hyperlips-train", .quiet = options.quiet});
  const auto judge = [&] {
    const Losses losses = self.validate();
    const double value = loss_named(losses, options.best_by);
    const bool better = !self.best || value < *self.best;
    if (better) self.best = value;
    if (self.events) {
      for (const auto &[name, loss] : losses)
        self.events->scalar("validation/" + name, loss, self.step);
    }
    self.say("step " + std::to_string(self.step) + ", validation" + (better ? " (best)" : "") +
             text_of(losses));
    result.validation = losses;
    return better;
  };
  const bool validates = self.validation && options.validate_interval > 0;
  if (validates) {
    const bool better = judge();
    result.first_validation = result.validation;
    if (better && first_step == 0) self.save(true);
  }

  bool saved = true;
  while ((options.steps == 0 || self.step < options.steps) &&
         (options.time.count() == 0 ||
          (self.seconds = self.leaders(seconds_since(start))) < double(options.time.count()))) {
    const auto step_start = Clock::now();
    const double waited = examples.waited();
    // Norms keep running statistics, which a step that is skipped must not spoil.
    std::vector<std::pair<torch::Tensor, torch::Tensor>> statistics;
    for (const Network &network : self.networks) {
      for (const torch::Tensor &buffer : network.trained.network->buffers())
        statistics.emplace_back(buffer, buffer.clone());
    }
    const Losses losses = self.train_step(examples, reducer);
    if (self.apply_gradients()) {
      self.skipped_in_a_row = 0;
    } else {
      const torch::NoGradGuard no_grad;
      for (auto &[buffer, before] : statistics) buffer.copy_(before);
      ++self.skipped;
      if (++self.skipped_in_a_row >= options.give_up_after) {
        throw Error(ErrorKind::Failed,
                    "The gradients were not finite in " + std::to_string(self.skipped_in_a_row) +
                        " steps in a row, the last of them step " + std::to_string(self.step + 1) +
                        ". The checkpoints from before are in " + options.folder.string() +
                        "; go on from there with a smaller learning rate, --clip-norm 1 or "
                        "--precision fp32.");
      }
    }
    ++self.step;
    saved = false;
    result.training = losses;
    if (self.on_step) self.on_step(self.step, losses);
    self.progress->show({.step = self.step,
                         .losses = losses,
                         .samples = double(options.accumulate * together),
                         .seconds = seconds_since(step_start),
                         .data_seconds = examples.waited() - waited});
    if (self.events && self.due(options.log_interval)) self.log(losses, self.norm);
    if (self.leads() && self.due(options.sample_interval)) self.sample();
    bool better = false;
    if (validates && self.due(options.validate_interval)) better = judge();
    const bool stop = self.agree(signals.stop() != 0);
    const bool asked = self.agree(signals.take_save_request());
    if (better || self.due(options.checkpoint_interval) || stop || asked) {
      self.save(better);
      saved = true;
    }
    if (stop) {
      result.interrupted = true;
      break;
    }
  }
  if (!saved) {
    const bool better = validates && !self.due(options.validate_interval) ? judge() : false;
    self.save(better);
  }
  result.step = self.step;
  result.skipped = self.skipped;
  result.best = self.best.value_or(0);
  result.seconds = seconds_since(start);
  result.data_seconds = examples.waited();
  self.group.barrier();
  return result;
}

}  // namespace hyperlips::training
