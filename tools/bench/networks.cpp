// SPDX-License-Identifier: LGPL-2.1-or-later
// Section networks: time of each network by backend, precision, batch, threads and rows.
#include <algorithm>
#include <cmath>
#include <set>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/mask.hpp"
#include "reference.hpp"
#include "sections.hpp"
#include "util/random.hpp"

namespace hyperlips::bench {
namespace {

constexpr const char *kNetworks[] = {"HyperLipsBase", "HRDecoder x1", "HRDecoder x2",
                                     "HRDecoder x4"};
constexpr const char *kBackends[] = {"openvino", "torch"};
constexpr double kSecondsPerRound = 0.25;

/// What a row of the table is about.
struct Setting {
  std::string architecture, backend;
  Precision precision = Precision::Fp32;
  int threads = 0, batch = 1, first_row = 0;

  std::string name() const {
    return architecture + " " + backend + " " + to_string(precision) + " threads " +
           std::to_string(threads) + " batch " + std::to_string(batch) +
           (first_row == 0 ? " whole" : " from row " + std::to_string(first_row));
  }
};

std::string reference_name(const std::string &architecture, int batch) {
  return architecture + " published batch " + std::to_string(batch);
}

NetworkSamples random_samples(const NetworkInfo &info, int batch) {
  constexpr float kMelRange = 4;
  NetworkSamples samples;
  samples.batch = batch;
  for (const TensorInfo &input : info.inputs) {
    samples.names.push_back(input.name);
    samples.shapes.push_back(input.shape);
    samples.shapes.back().insert(samples.shapes.back().begin(), batch);
    std::vector<float> &values = samples.values.emplace_back(std::size_t(batch) * input.values());
    Random random(1, input.name, 0);
    const bool mel = input.name == "mel";
    for (float &value : values) value = random.uniform(mel ? -kMelRange : 0, mel ? kMelRange : 1);
  }
  return samples;
}

/// Runs a network on the first samples, and keeps the output.
class Runner {
 public:
  Runner(std::shared_ptr<Network> network, const NetworkSamples &samples, int batch)
      : network_(std::move(network)), batch_(batch) {
    for (const std::vector<float> &values : samples.values) {
      const std::size_t one = values.size() / std::size_t(samples.batch);
      inputs_.emplace_back(values.data(), one * std::size_t(batch));
    }
    for (const TensorInfo &info : network_->info().outputs)
      outputs_.emplace_back(std::size_t(batch) * info.values());
    spans_.assign(outputs_.begin(), outputs_.end());
    network_->warm_up(batch);
  }

  void run() { network_->run(batch_, inputs_, spans_); }
  const NetworkInfo &info() const { return network_->info(); }
  int batch() const { return batch_; }
  const std::vector<float> &picture() const { return outputs_[0]; }

 private:
  std::shared_ptr<Network> network_;
  int batch_;
  std::vector<std::span<const float>> inputs_;
  std::vector<std::vector<float>> outputs_;
  std::vector<std::span<float>> spans_;
};

/// Mean and largest difference to the whole pictures of the reference, of 255.
std::pair<double, double> difference(const Runner &runner, const std::vector<float> &whole) {
  const std::vector<std::int64_t> &shape = runner.info().outputs[0].shape;
  const auto height = std::size_t(shape[1]), width = std::size_t(shape[2]);
  const std::size_t above = (width - height) * width;  // whole pictures are square
  const std::size_t planes = std::size_t(runner.batch()) * std::size_t(shape[0]);
  double sum = 0, most = 0;
  for (std::size_t plane = 0; plane < planes; ++plane) {
    const float *found = runner.picture().data() + plane * height * width;
    const float *expected = whole.data() + plane * width * width + above;
    for (std::size_t i = 0; i < height * width; ++i) {
      const double error = std::abs(double(found[i]) - double(expected[i]));
      sum += error;
      most = std::max(most, error);
    }
  }
  return {sum / double(planes * height * width) * 255, most * 255};
}

/// The variants of one network.
class NetworkBench {
 public:
  NetworkBench(const Context &context, std::string architecture, Reference *reference,
               Result &result)
      : context_(context),
        architecture_(std::move(architecture)),
        reference_(reference),
        result_(result) {
    add_variants();
  }

  void measure() {
    if (variants_.empty()) return;
    if (reference_) add_reference();
    run_rounds(variants_, context_.options.repeat, "networks");
    if (reference_) compare();
    for (std::size_t i = 0; i < variants_.size(); ++i) add_row(i);
    note_failures(variants_, result_);
  }

 private:
  void add_variants() {
    const Options &options = context_.options;
    std::vector<int> threads = options.threads;
    if (options.all && std::ranges::find(threads, 1) == threads.end()) threads.push_back(1);
    for (const char *backend : kBackends) {
      for (const Precision precision : {Precision::Fp32, Precision::Bf16, Precision::Fp16}) {
        // Only GPUs compute in fp16.
        if (precision == Precision::Fp16 && options.device == "cpu") continue;
        for (const int count : threads) {
          for (const int batch : options.batches) {
            for (const int row : {0, kFirstShownRow})
              add({architecture_, backend, precision, count, batch, row});
          }
        }
      }
    }
  }

  void add(const Setting &setting) {
    throw_if_interrupted();
    if (!context_.wanted(setting.name()) || missing_.contains(setting.backend)) return;
    NetworkOptions wanted;
    wanted.model = context_.models.path(setting.architecture);
    wanted.backend = setting.backend;
    wanted.device = context_.options.device;
    wanted.precision = setting.precision;
    wanted.threads = setting.threads;
    wanted.first_row = setting.first_row;
    try {
      std::shared_ptr<Network> network = open_network(wanted);
      if (samples_.batch == 0) {
        samples_ =
            random_samples(network->info(), *std::ranges::max_element(context_.options.batches));
      }
      const auto runner = std::make_shared<Runner>(std::move(network), samples_, setting.batch);
      runners_.push_back(runner);
      settings_.push_back(setting);
      variants_.push_back({setting.name(), [runner] {
                             const double ms = time_of([&] { runner->run(); }, kSecondsPerRound);
                             return Values{{"ms", ms / runner->batch()}};
                           }});
    } catch (const Error &error) {
      // The first line: the others list the folders that were searched.
      const std::string message = error.what();
      const std::string note = setting.backend + " in " + to_string(setting.precision) +
                               " is not measured: " + message.substr(0, message.find('\n'));
      if (std::ranges::find(result_.notes, note) == result_.notes.end())
        result_.notes.push_back(note);
      if (error.kind() == ErrorKind::Device) missing_.insert(setting.backend);
    }
  }

  void add_reference() {
    reference_->load(architecture_, samples_);
    for (const int batch : context_.options.batches) {
      reference_->run(architecture_, batch, 0);  // warms up
      variants_.push_back(
          {reference_name(architecture_, batch), [this, batch] {
             return Values{{"ms", reference_->run(architecture_, batch, kSecondsPerRound) / batch}};
           }});
    }
  }

  void compare() {
    const std::vector<float> whole = reference_->output(architecture_);
    for (const auto &runner : runners_) differences_.push_back(difference(*runner, whole));
  }

  const std::vector<double> *reference_times(int batch) const {
    for (const Variant &variant : variants_) {
      if (variant.name == reference_name(architecture_, batch) && !variant.rounds.empty())
        return &variant.rounds.at("ms");
    }
    return nullptr;
  }

  void add_row(std::size_t index) {
    const Variant &variant = variants_[index];
    if (variant.rounds.empty()) return;
    const std::vector<double> &times = variant.rounds.at("ms");
    json row{{"network", architecture_},
             {"ms_min", rounded(minimum(times), 2)},
             {"ms_median", rounded(median(times), 2)},
             {"rounds", times.size()}};
    if (index < settings_.size()) {
      const Setting &setting = settings_[index];
      const NetworkInfo &info = runners_[index]->info();
      row["backend"] = info.backend;
      row["device"] = info.device;
      row["precision"] = to_string(info.precision);
      row["threads"] = info.threads;
      row["batch"] = setting.batch;
      row["first_row"] = setting.first_row;
      if (const std::vector<double> *published = reference_times(setting.batch)) {
        row["ratio_min"] = rounded(minimum(*published) / minimum(times), 2);
        row["ratio_median"] = rounded(median(*published) / median(times), 2);
      }
      if (!differences_.empty()) {
        row["difference_mean"] = rounded(differences_[index].first, 5);
        row["difference_max"] = rounded(differences_[index].second, 5);
      }
    } else {
      row["backend"] = "published";
      row["device"] = "cpu";
      row["precision"] = "fp32";
      row["threads"] = reference_->about().at("threads");
      row["batch"] = context_.options.batches[index - settings_.size()];
      row["first_row"] = 0;
    }
    row["weights"] = context_.models.origin(architecture_);
    result_.rows.push_back(std::move(row));
  }

  const Context &context_;
  std::string architecture_;
  Reference *reference_;
  Result &result_;
  NetworkSamples samples_;
  std::set<std::string> missing_;  // backends
  std::vector<Setting> settings_;
  std::vector<std::shared_ptr<Runner>> runners_;
  std::vector<std::pair<double, double>> differences_;
  std::vector<Variant> variants_;  // those of settings_, then the reference's
};

}  // namespace

void measure_networks(const Context &context, Result &result) {
  result.columns = {{"network", "network"},     {"backend", "backend"},
                    {"precision", "precision"}, {"threads", "threads"},
                    {"batch", "batch"},         {"first_row", "first row"},
                    {"ms_min", "ms/face min"},  {"ms_median", "ms/face median"}};
  std::unique_ptr<Reference> reference;
  if (!context.options.reference.empty()) {
    reference = std::make_unique<Reference>(context.options, context.models);
    result.columns.insert(result.columns.end(), {{"ratio_min", "ratio of min"},
                                                 {"ratio_median", "ratio of median"},
                                                 {"difference_mean", "diff./255 mean"},
                                                 {"difference_max", "diff./255 max"}});
    result.notes.push_back("ratio: time of the published code in eager fp32, PyTorch " +
                           reference->about().at("torch").get<std::string>() +
                           ", over this time, at the same batch size");
  }
  for (const char *architecture : kNetworks)
    NetworkBench(context, architecture, reference.get(), result).measure();
}

}  // namespace hyperlips::bench
