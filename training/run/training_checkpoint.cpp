// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/training_checkpoint.hpp"

#include <cstdlib>
#include <span>
#include <utility>
#include <vector>

#include <ATen/Tensor.h>
#include <zlib.h>

#include "hyperlips/error.hpp"
#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/checkpoint/pth_training.hpp"
#include "util/pending_file.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

constexpr const char *kKind = "training checkpoint";
constexpr const char *kInfoKey = "hyperlips_training";
constexpr const char *kChecksumKey = "hyperlips_training_crc32";
constexpr int kVersion = 1;

/// Tensors on the CPU in row-major order, alive while their bytes are used.
class FileTensors {
 public:
  FileTensor add(const torch::Tensor &tensor) {
    kept_.push_back(tensor.detach().cpu().contiguous());
    const auto &kept = kept_.back();
    return {file_type(kept.scalar_type()),
            kept.sizes().vec(),
            {static_cast<const std::byte *>(kept.const_data_ptr()), kept.nbytes()}};
  }

 private:
  std::vector<torch::Tensor> kept_;
};

std::uint32_t checksum(std::uint32_t sum, std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(sum, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

CheckpointState safetensors_state(const TensorFile &file) {
  const auto fail = [&](const std::string &problem) { return damaged(file.path, kKind, problem); };
  const auto text = file.metadata.find(kInfoKey);
  if (text == file.metadata.end()) {
    throw fail(
        "it holds exported weights without the state of a training run; to train from them, start "
        "from the file (--from) instead of resuming it.");
  }
  CheckpointState state;
  try {
    const auto object = nlohmann::json::parse(text->second);
    if (object.at("version") != kVersion) {
      throw fail("it has another version of the format: " + object.at("version").dump() +
                 "; expected " + std::to_string(kVersion) + ".");
    }
    state.stage = object.at("stage");
    state.step = object.at("step");
    state.epoch = object.at("epoch");
    state.info = object.at("info");
  } catch (const nlohmann::json::exception &error) {
    throw fail(std::string("its metadata are damaged: ") + error.what() + ".");
  }
  for (const auto &[name, value] : file.metadata)
    if (name != kInfoKey && name != kChecksumKey) state.metadata.emplace(name, value);
  std::uint32_t sum = 0;
  for (const auto &[name, tensor] : file.tensors) sum = checksum(sum, tensor.bytes);
  const auto expected = file.metadata.find(kChecksumKey);
  if (expected == file.metadata.end() || expected->second != std::to_string(sum)) {
    throw fail("its tensors do not match their checksum.");
  }
  return state;
}

TrainingCheckpoint from_safetensors(const TensorFile &file) {
  TrainingCheckpoint checkpoint{safetensors_state(file), {}};
  for (const auto &[name, tensor] : file.tensors) {
    checkpoint.tensors.emplace(name, to_torch(tensor));
  }
  return checkpoint;
}

TrainingCheckpoint from_published(const PthTraining &published) {
  TrainingCheckpoint checkpoint;
  checkpoint.step = published.global_step;
  checkpoint.epoch = published.global_epoch;
  for (const auto &[name, tensor] : published.network.tensors) {
    checkpoint.tensors.emplace("model." + name, to_torch(tensor));
  }
  for (const auto &[name, moments] : published.moments) {
    const auto prefix = "optimizer.model." + name;
    checkpoint.tensors.emplace(prefix + ".exp_avg", to_torch(moments.exp_avg));
    checkpoint.tensors.emplace(prefix + ".exp_avg_sq", to_torch(moments.exp_avg_sq));
    checkpoint.tensors.emplace(prefix + ".step", torch::scalar_tensor(moments.step, torch::kInt64));
  }
  checkpoint.info["state_dict_order"]["model"] = published.order;
  if (const auto &adam = published.adam) {
    checkpoint.info["optimizer"]["model"] = {{"learning_rate", adam->learning_rate},
                                             {"betas", {adam->beta1, adam->beta2}},
                                             {"epsilon", adam->epsilon},
                                             {"weight_decay", adam->weight_decay}};
  }
  return checkpoint;
}

AdamOptions adam_options(const nlohmann::json &options) {
  return {.learning_rate = options.at("learning_rate"),
          .beta1 = options.at("betas").at(0),
          .beta2 = options.at("betas").at(1),
          .epsilon = options.at("epsilon"),
          .weight_decay = options.at("weight_decay")};
}

}  // namespace

void write_training_checkpoint(const std::filesystem::path &path,
                               const TrainingCheckpoint &checkpoint) {
  FileTensors files;
  std::vector<NewTensor> tensors;
  std::uint32_t sum = 0;
  for (const auto &[name, tensor] : checkpoint.tensors) {
    auto file = files.add(tensor);
    sum = checksum(sum, file.bytes);
    tensors.push_back({name, file.dtype, std::move(file.shape), file.bytes});
  }
  const nlohmann::json object = {{"version", kVersion},
                                 {"stage", checkpoint.stage},
                                 {"step", checkpoint.step},
                                 {"epoch", checkpoint.epoch},
                                 {"info", checkpoint.info}};
  // A path that is not valid UTF-8 must not prevent the checkpoint.
  const auto text = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::map<std::string, std::string> metadata{{kInfoKey, text},
                                              {kChecksumKey, std::to_string(sum)}};
  metadata.insert(checkpoint.metadata.begin(), checkpoint.metadata.end());
  write_safetensors(path, tensors, metadata);
}

TrainingCheckpoint read_training_checkpoint(const std::filesystem::path &path) {
  // By content, not by name: published files are often renamed.
  const auto file = read_checkpoint(path);
  if (file.format == "safetensors") return from_safetensors(file);
  return from_published(read_pth_training(path));
}

CheckpointState read_checkpoint_state(const TensorFile &file) {
  if (file.format == "safetensors") return safetensors_state(file);
  const auto number = [&](const char *name) -> std::int64_t {
    const auto found = file.metadata.find(name);
    return found == file.metadata.end() ? 0 : std::atoll(found->second.c_str());
  };
  return {.step = number("global_step"), .epoch = number("global_epoch")};
}

void write_published_checkpoint(const std::filesystem::path &path,
                                const TrainingCheckpoint &checkpoint, const std::string &network) {
  PthTraining published;
  published.global_step = checkpoint.step;
  published.global_epoch = checkpoint.epoch;
  try {
    published.order = checkpoint.info.at("state_dict_order").at(network);
    const auto optimizers = checkpoint.info.value("optimizer", nlohmann::json::object());
    if (optimizers.contains(network)) published.adam = adam_options(optimizers.at(network));
  } catch (const nlohmann::json::exception &error) {
    throw cannot_write(path, "the training checkpoint does not describe the network " +
                                 quote(network) + ": " + error.what());
  }
  FileTensors files;
  const auto find = [&](const std::string &name) -> const torch::Tensor & {
    const auto found = checkpoint.tensors.find(name);
    if (found == checkpoint.tensors.end()) {
      throw cannot_write(path, "the training checkpoint lacks the tensor " + quote(name));
    }
    return found->second;
  };
  for (const auto &name : published.order) {
    const bool averaged = network == "model" && checkpoint.tensors.contains("ema." + name);
    const auto &weights = find((averaged ? "ema." : network + ".") + name);
    published.network.tensors.emplace(name, files.add(weights));
    const auto prefix = "optimizer." + network + "." + name;
    if (!published.adam || !checkpoint.tensors.contains(prefix + ".exp_avg")) continue;
    published.moments.emplace(name, AdamMoments{find(prefix + ".step").item<std::int64_t>(),
                                                files.add(find(prefix + ".exp_avg")),
                                                files.add(find(prefix + ".exp_avg_sq"))});
  }
  write_pth_training(path, published);
}

}  // namespace hyperlips::training
