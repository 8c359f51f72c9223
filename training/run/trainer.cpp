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
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double loss_named(const Losses &losses, const std::string &name) {
  const auto found = std::ranges::find(losses, name, &Losses::value_type::first);
  if (found == losses.end()) {
    throw Error(ErrorKind::Settings, "The loss " + quote(name) +
                                         ", by which the best checkpoint is chosen, is not one of "
                                         "this stage's.");
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
    refuse("The batch size and the number of batches per step must be at least 1.");
  if (options.steps < 0 || options.time.count() < 0) refuse("Steps and time must not be negative.");
  if (!(options.final_rate >= 0 && options.final_rate <= 1))
    refuse("The final learning rate factor must be from 0 to 1.");
  if (options.final_rate < 1 && options.steps == 0 && options.time.count() == 0)
    refuse("A learning rate that decays needs the end of the run: set the steps or the time.");
  if (options.checkpoint_interval < 1 || options.keep < 1)
    refuse("The checkpoint interval and the number of checkpoints to keep must be at least 1.");
}

/// While it exists, batch norms use the statistics of all ranks.
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

/// Copies of the running statistics of the norms.
class SavedBuffers {
 public:
  void add(const torch::nn::Module &network) {
    for (const torch::Tensor &buffer : network.buffers())
      copies_.emplace_back(buffer, buffer.clone());
  }
  void restore() {
    const torch::NoGradGuard no_grad;
    for (auto &[buffer, copy] : copies_) buffer.copy_(copy);
  }

 private:
  std::vector<std::pair<torch::Tensor, torch::Tensor>> copies_;
};

struct Network {
  Trained trained;
  std::unique_ptr<FusedAdam> adam;
  std::vector<double> factors;  ///< of the learning rates of Adam's parameter groups
};

Network with_adam(const Trained &trained) {
  torch::optim::AdamOptions options(trained.learning_rate);
  options.betas({trained.betas.first, trained.betas.second});
  std::vector<torch::optim::OptimizerParamGroup> groups;
  std::vector<double> factors;
  for (RateGroup &group : rate_groups(*trained.network, trained.rates)) {
    groups.emplace_back(std::move(group.parameters));
    factors.push_back(group.factor);
  }
  return {trained, std::make_unique<FusedAdam>(std::move(groups), options), std::move(factors)};
}

}  // namespace

std::string differing_inputs(const RunInputs &wanted, const nlohmann::json &stored) {
  std::string names;
  for (const auto &[name, value] : wanted) {
    const auto found = stored.find(name);
    if (found == stored.end() || *found == value) continue;
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

class Trainer::Impl {
 public:
  Impl(Stage &stage, std::shared_ptr<const Dataset> training,
       std::shared_ptr<const Dataset> validation, TrainerOptions options, ProcessGroup &group);

  TrainResult run();
  void on_step(StepCallback callback) { on_step_ = std::move(callback); }

 private:
  bool is_rank0() const { return group_.rank() == 0; }
  bool any_rank(bool value);
  double broadcast_from_rank0(double value);

  void resume();
  bool belongs_to_run(const CheckpointFile &file, const TrainingCheckpoint &checkpoint);
  void restore(const CheckpointFile &file, const TrainingCheckpoint &checkpoint);
  double elapsed() const;
  void open_outputs();
  std::vector<torch::Tensor> parameters() const;
  PrefetchOptions example_order() const;
  bool finished();

  void run_step(Prefetcher &examples, GradientReducer &reducer);
  Losses compute_gradients(Prefetcher &examples, GradientReducer &reducer);
  bool apply_gradients();
  void skip_step(SavedBuffers &buffers);
  double learning_rate_factor() const;

  bool validates() const { return validation_ && options_.validate_interval > 0; }
  bool run_validation();
  Losses validation_losses();
  void write_samples();
  void log(const Losses &losses);
  void say(const std::string &line);

  TrainingCheckpoint checkpoint() const;
  void save(bool is_best);

  bool due(int interval) const { return interval > 0 && step_ % interval == 0; }
  /// Examples that all ranks take in one batch.
  std::int64_t global_batch() const { return std::int64_t(options_.batch) * group_.size(); }
  double epoch() const;

  Stage &stage_;
  std::shared_ptr<const Dataset> training_, validation_;
  TrainerOptions options_;
  ProcessGroup &group_;
  CheckpointFolder folder_;
  std::vector<Network> networks_;
  std::optional<MovingAverage> average_;
  std::optional<TensorBoardWriter> events_;
  std::optional<TrainingProgress> progress_;
  StepCallback on_step_;

  std::int64_t step_ = 0, skipped_ = 0, skipped_in_a_row_ = 0;
  std::optional<double> best_;  ///< least validation loss
  double gradient_norm_ = 0;    ///< of the first network, in the last step
  Clock::time_point start_;
  double earlier_ = 0;  ///< seconds that the run took before it was resumed
  double elapsed_ = 0;  ///< elapsed(), the same on all ranks; only with a time limit
  TrainResult result_;
};

Trainer::Impl::Impl(Stage &stage, std::shared_ptr<const Dataset> training,
                    std::shared_ptr<const Dataset> validation, TrainerOptions options,
                    ProcessGroup &group)
    : stage_(stage),
      training_(std::move(training)),
      validation_(std::move(validation)),
      options_(std::move(options)),
      group_(group),
      folder_(options_.folder, options_.keep, [this](const std::string &text) { say(text); }) {
  check(options_);
  for (const Trained &trained : stage_.trained()) networks_.push_back(with_adam(trained));
  if (options_.average > 0) average_.emplace(*networks_.front().trained.network, options_.average);
}

TrainResult Trainer::Impl::run() {
  StopSignals signals;
  const SynchronizedNorms norms(group_);
  start_ = options_.clock();
  resume();
  if (is_rank0()) open_outputs();
  GradientReducer reducer(group_, parameters());
  Prefetcher examples(training_, example_order());
  progress_.emplace(options_.steps, group_.rank(),
                    StatusLine::Settings{.program = "hyperlips-train", .quiet = options_.quiet});
  if (validates()) {
    const bool is_best = run_validation();
    result_.first_validation = result_.validation;
    if (is_best) save(is_best);
  }

  bool saved = true;
  while (!result_.interrupted && !finished()) {
    run_step(examples, reducer);
    const bool is_best = validates() && due(options_.validate_interval) && run_validation();
    result_.interrupted = any_rank(signals.stop() != 0);
    const bool save_requested = any_rank(signals.take_save_request());
    saved = is_best || due(options_.checkpoint_interval) || result_.interrupted || save_requested;
    if (saved) save(is_best);
  }
  if (!saved) save(validates() && !due(options_.validate_interval) && run_validation());

  result_.step = step_;
  result_.skipped = skipped_;
  result_.best = best_.value_or(0);
  result_.seconds = elapsed() - earlier_;
  result_.data_seconds = examples.waited();
  group_.barrier();
  return result_;
}

/// True on all ranks if true on any rank.
bool Trainer::Impl::any_rank(bool value) {
  if (group_.size() == 1) return value;
  at::Tensor any = torch::full({1}, value ? 1.0F : 0.0F);
  group_.all_reduce(any);
  return any.item<float>() > 0;
}

double Trainer::Impl::broadcast_from_rank0(double value) {
  if (group_.size() == 1) return value;
  at::Tensor sum = torch::full({1}, is_rank0() ? value : 0, torch::kFloat64);
  group_.all_reduce(sum);
  return sum.item<double>();
}

/// Loads the newest checkpoint of this run, if any; then all ranks have the weights of rank 0.
void Trainer::Impl::resume() {
  const auto found = options_.resume ? folder_.read_newest() : std::nullopt;
  if (found && belongs_to_run(found->first, found->second)) {
    restore(found->first, found->second);
  } else {
    group_.barrier();  // all ranks have read what rank 0 deletes
    if (is_rank0()) folder_.clear();
  }
  for (const Network &network : networks_) broadcast_state(group_, *network.trained.network);
}

/// Whether the run of a checkpoint is to be resumed. Throws Error{Settings} for another stage, and
/// for other inputs unless they may replace the run.
bool Trainer::Impl::belongs_to_run(const CheckpointFile &file,
                                   const TrainingCheckpoint &checkpoint) {
  const std::string name = "Checkpoint " + quote_path(file.path);
  if (checkpoint.stage != options_.stage && !checkpoint.stage.empty())
    throw Error(ErrorKind::Settings, name + " is of the stage " + quote(checkpoint.stage) +
                                         ", not " + quote(options_.stage) +
                                         "; choose another folder.");
  const nlohmann::json stored = checkpoint.info.value("inputs", nlohmann::json::object());
  std::string other = differing_inputs(options_.inputs, stored);
  if (other.empty() && options_.replace_other_run && stored.empty() && !options_.inputs.empty())
    other = "unknown inputs";
  if (other.empty()) return true;
  if (!options_.replace_other_run)
    throw Error(ErrorKind::Settings, name + " is of a run with other inputs (" + other +
                                         "). Resume with those, choose another folder, or add "
                                         "--restart, which deletes the run's checkpoints.");
  say(name + " is of a run with other inputs (" + other +
      "): it is deleted, and training starts from scratch");
  return false;
}

void Trainer::Impl::restore(const CheckpointFile &file, const TrainingCheckpoint &checkpoint) {
  step_ = checkpoint.step;
  for (const Network &network : networks_) {
    // A published .pth holds one network; the discriminator then starts from scratch.
    const std::string prefix = network.trained.name + ".";
    const auto first = checkpoint.tensors.lower_bound(prefix);
    if (first == checkpoint.tensors.end() || !first->first.starts_with(prefix)) continue;
    restore_network(checkpoint, file.path, network.trained.name, *network.trained.network,
                    network.adam.get());
  }
  if (average_) average_->restore(checkpoint, file.path);
  const nlohmann::json &info = checkpoint.info;
  skipped_ = info.value("skipped", std::int64_t{0});
  earlier_ = elapsed_ = info.value("seconds", 0.0);
  // Values of different measures cannot be compared. Before "best_by" was recorded it was "total".
  if (info.contains("best") && info.value("best_by", "total") == options_.best_by)
    best_ = info["best"].get<double>();
  // What this command does not name stays recorded.
  if (info.contains("inputs")) options_.inputs.merge(info["inputs"].get<RunInputs>());
  if (info.contains("stage_state")) stage_.restore(info["stage_state"]);
  say("resuming from " + quote_path(file.path) + ", step " + std::to_string(step_));
}

/// Seconds that the run has taken, resumed parts included.
double Trainer::Impl::elapsed() const {
  return earlier_ + std::chrono::duration<double>(options_.clock() - start_).count();
}

void Trainer::Impl::open_outputs() {
  folder_.prepare();
  std::filesystem::create_directories(options_.folder / "samples");
  events_.emplace(options_.folder, step_);
  events_->text("configuration", "    " + options_.config.dump(2), step_);
}

std::vector<torch::Tensor> Trainer::Impl::parameters() const {
  std::vector<torch::Tensor> all;
  for (const Network &network : networks_) {
    for (const auto &parameter : network.trained.network->parameters()) all.push_back(parameter);
  }
  return all;
}

/// This rank's share of the examples that are left: of each global batch, those after the shares of
/// the ranks before it.
PrefetchOptions Trainer::Impl::example_order() const {
  return {.seed = options_.seed,
          .first = step_ * options_.accumulate * global_batch() +
                   std::int64_t(group_.rank()) * options_.batch,
          .batch = options_.batch,
          .stride = global_batch(),
          .threads = options_.loader_threads};
}

/// Whether the steps or the time are used up, the same on all ranks.
bool Trainer::Impl::finished() {
  if (options_.steps > 0 && step_ >= options_.steps) return true;
  if (options_.time.count() == 0) return false;
  elapsed_ = broadcast_from_rank0(elapsed());
  return elapsed_ >= double(options_.time.count());
}

void Trainer::Impl::run_step(Prefetcher &examples, GradientReducer &reducer) {
  const auto step_start = Clock::now();
  const double waited = examples.waited();
  SavedBuffers buffers;
  for (const Network &network : networks_) buffers.add(*network.trained.network);
  const Losses losses = compute_gradients(examples, reducer);
  if (apply_gradients()) {
    skipped_in_a_row_ = 0;
  } else {
    skip_step(buffers);
  }
  ++step_;
  result_.training = losses;
  if (on_step_) on_step_(step_, losses);
  progress_->show({.step = step_,
                   .losses = losses,
                   .samples = double(options_.accumulate * global_batch()),
                   .seconds = seconds_since(step_start),
                   .data_seconds = examples.waited() - waited});
  if (events_ && due(options_.log_interval)) log(losses);
  if (is_rank0() && due(options_.sample_interval)) write_samples();
}

/// The gradients and losses of a step, averaged over its batches and all ranks.
Losses Trainer::Impl::compute_gradients(Prefetcher &examples, GradientReducer &reducer) {
  for (const Network &network : networks_) network.adam->zero_grad();
  Losses losses;
  for (int i = 0; i < options_.accumulate; ++i) {
    if (i + 1 == options_.accumulate) reducer.begin();
    add(losses, stage_.accumulate(examples.next(), 1.0 / options_.accumulate),
        1.0 / options_.accumulate);
  }
  reducer.finish();
  if (group_.size() > 1) {
    at::Tensor values = torch::empty({std::int64_t(losses.size())}, torch::kFloat64);
    for (std::size_t i = 0; i < losses.size(); ++i)
      values[std::int64_t(i)] = losses[i].second / group_.size();
    group_.all_reduce(values);
    for (std::size_t i = 0; i < losses.size(); ++i)
      losses[i].second = values[std::int64_t(i)].item<double>();
  }
  return losses;
}

/// One step of each Adam; false, changing nothing, if a gradient is not finite. All ranks have the
/// same gradients, so all return the same.
bool Trainer::Impl::apply_gradients() {
  std::vector<double> norms;
  for (const Network &network : networks_)
    norms.push_back(gradient_norm(network.trained.network->parameters()));
  gradient_norm_ = norms.front();
  if (!std::ranges::all_of(norms, [](double value) { return std::isfinite(value); })) return false;
  const double factor = learning_rate_factor();
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    const Network &network = networks_[i];
    if (options_.clip_norm > 0)
      clip_gradients(network.trained.network->parameters(), norms[i], options_.clip_norm);
    for (std::size_t group = 0; group < network.factors.size(); ++group)
      network.adam->param_groups()[group].options().set_lr(network.trained.learning_rate * factor *
                                                           network.factors[group]);
    network.adam->step();
  }
  if (average_) average_->update(*networks_.front().trained.network);
  return true;
}

/// Counts the step as skipped. The forward pass has already updated the running statistics of the
/// norms, with values that may not be finite: they are restored.
void Trainer::Impl::skip_step(SavedBuffers &buffers) {
  buffers.restore();
  ++skipped_;
  if (++skipped_in_a_row_ < options_.max_skipped_steps) return;
  throw Error(ErrorKind::Failed,
              "The gradients were not finite in " + std::to_string(skipped_in_a_row_) +
                  " steps in a row, up to step " + std::to_string(step_ + 1) +
                  ". Resume from an earlier checkpoint in " + quote_path(options_.folder) +
                  " with a smaller learning rate, --clip-norm 1 or --precision fp32.");
}

/// Linear warm-up times cosine decay to final_rate, for the next step.
double Trainer::Impl::learning_rate_factor() const {
  const double warm =
      options_.warm_up > 0 ? std::min(1.0, double(step_ + 1) / options_.warm_up) : 1;
  double done = options_.steps > 0 ? double(step_) / double(options_.steps) : 0;
  if (options_.time.count() > 0) done = std::max(done, elapsed_ / double(options_.time.count()));
  const double cosine = 0.5 + 0.5 * std::cos(std::numbers::pi * std::min(done, 1.0));
  return warm * (options_.final_rate + (1 - options_.final_rate) * cosine);
}

/// Logs the validation losses; true if they are the best so far.
bool Trainer::Impl::run_validation() {
  result_.validation = validation_losses();
  stage_.validated(result_.validation);
  const double value = loss_named(result_.validation, options_.best_by);
  const bool is_best = !best_ || value < *best_;
  if (is_best) best_ = value;
  if (events_) {
    for (const auto &[name, loss] : result_.validation)
      events_->scalar("validation/" + name, loss, step_);
  }
  say("step " + std::to_string(step_) + ", validation" + (is_best ? " (best)" : "") +
      text_of(result_.validation));
  return is_best;
}

/// Of the same examples each time. Every rank computes all of them.
Losses Trainer::Impl::validation_losses() {
  std::optional<AveragedWeights> averaged;
  if (average_) averaged.emplace(*average_, *networks_.front().trained.network);
  const std::int64_t whole = std::max<std::int64_t>(1, validation_->epoch() / options_.batch);
  const auto batches = int(std::min<std::int64_t>(options_.validate_batches, whole));
  Losses losses;
  for (int i = 0; i < batches; ++i) {
    const Batch batch =
        load_batch(*validation_, options_.seed, std::int64_t(i) * options_.batch, options_.batch);
    add(losses, stage_.validate(batch), 1.0 / batches);
  }
  return losses;
}

void Trainer::Impl::write_samples() {
  std::optional<AveragedWeights> averaged;
  if (average_) averaged.emplace(*average_, *networks_.front().trained.network);
  const Dataset &source = validation_ ? *validation_ : *training_;
  const int rows = std::max(1, options_.sample_rows);
  const cv::Mat picture = stage_.sample_grid(load_batch(source, options_.seed, 0, rows), rows);
  char name[40];
  std::snprintf(name, sizeof name, "samples_step%09lld.png", (long long)step_);
  write_png(options_.folder / "samples" / name, picture);
  events_->image("samples", picture, step_);
}

void Trainer::Impl::log(const Losses &losses) {
  for (const auto &[name, value] : losses) events_->scalar("train/" + name, value, step_);
  events_->scalar("train/gradient_norm", gradient_norm_, step_);
  events_->scalar("train/epoch", epoch(), step_);
  for (const Network &network : networks_) {
    events_->scalar("learning_rate/" + network.trained.name,
                    network.adam->param_groups().front().options().get_lr(), step_);
  }
}

void Trainer::Impl::say(const std::string &line) {
  if (!is_rank0() || options_.quiet) return;
  if (progress_)
    progress_->say(line);
  else
    std::fprintf(stderr, "hyperlips-train: %s\n", line.c_str());
}

TrainingCheckpoint Trainer::Impl::checkpoint() const {
  TrainingCheckpoint checkpoint;
  checkpoint.stage = options_.stage;
  checkpoint.step = step_;
  checkpoint.epoch = std::int64_t(epoch());
  for (const Network &network : networks_) {
    store_network(checkpoint, network.trained.name, *network.trained.network, network.adam.get());
  }
  if (average_) average_->store(checkpoint);
  checkpoint.metadata = options_.metadata;
  checkpoint.info["config"] = options_.config;
  checkpoint.info["skipped"] = skipped_;
  if (best_) checkpoint.info["best"] = *best_;
  checkpoint.info["best_by"] = options_.best_by;
  checkpoint.info["seconds"] = elapsed();
  checkpoint.info["inputs"] = options_.inputs;
  checkpoint.info["stage_state"] = stage_.state();
  if (!options_.started_from.empty()) checkpoint.info["started_from"] = options_.started_from;
  return checkpoint;
}

void Trainer::Impl::save(bool is_best) {
  if (!is_rank0()) return;
  folder_.write(checkpoint());
  if (is_best) folder_.mark_best(step_, options_.best_by, *best_);
}

double Trainer::Impl::epoch() const {
  const double seen = double(step_) * options_.accumulate * double(global_batch());
  return seen / double(std::max<std::int64_t>(1, training_->epoch()));
}

Trainer::Trainer(Stage &stage, std::shared_ptr<const Dataset> training,
                 std::shared_ptr<const Dataset> validation, TrainerOptions options,
                 ProcessGroup &group)
    : impl_(std::make_unique<Impl>(stage, std::move(training), std::move(validation),
                                   std::move(options), group)) {}
Trainer::~Trainer() = default;

TrainResult Trainer::run() { return impl_->run(); }

void Trainer::on_step(StepCallback callback) { impl_->on_step(std::move(callback)); }

}  // namespace hyperlips::training
