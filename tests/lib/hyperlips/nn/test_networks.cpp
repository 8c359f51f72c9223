// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "common/formula_weights.hpp"
#include "common/model_testing.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/nn/discriminators.hpp"
#include "hyperlips/nn/hr_decoder.hpp"
#include "hyperlips/nn/hyperlips_base.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "hyperlips/nn/sync_net.hpp"

namespace hyperlips {
namespace {

constexpr double kTolerance = 1e-4;

class Parity {
 public:
  explicit Parity(const std::string &name) : Parity(test::data_folder() / "parity", name) {}
  Parity(const std::filesystem::path &folder, const std::string &name)
      : file_(read_safetensors(folder / (name + ".safetensors"))) {}
  torch::Tensor operator[](const std::string &name) const {
    return to_torch(file_.tensors.at(name));
  }

 private:
  TensorFile file_;
};

double max_difference(const torch::Tensor &a, const torch::Tensor &b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a - b).abs().max().item<double>();
}

template <typename Holder>
Holder with_formula_weights(Holder network, const std::string &architecture) {
  load_state_dict(*network, test::formula_checkpoint(architecture));
  network->eval();
  return network;
}

void expect_published_state_dict(const torch::nn::Module &network,
                                 const std::string &architecture) {
  std::ifstream stream(test::data_folder() / "state_dicts.json");
  std::map<std::string, std::vector<std::int64_t>> expected, found;
  nlohmann::json::parse(stream).at(architecture).get_to(expected);
  for (const auto &[name, tensor] : state_dict(network)) found[name] = tensor.sizes().vec();
  EXPECT_EQ(found, expected);
}

TEST(Networks, PublishedNamesAndShapes) {
  expect_published_state_dict(*HyperLipsBase(), "HyperLipsBase");
  expect_published_state_dict(*HrDecoder(1), "HRDecoder x1");
  expect_published_state_dict(*HrDecoder(2), "HRDecoder x2");
  expect_published_state_dict(*HrDecoder(4), "HRDecoder x4");
  expect_published_state_dict(*SyncNet(), "SyncNet_color");
  expect_published_state_dict(*SyncNet(96), "SyncNet_color 96");
  expect_published_state_dict(*BaseDiscriminator(), "HyperCtrolDiscriminator");
  expect_published_state_dict(*HrDiscriminator(), "HRDecoder_disc_qual");
}

TEST(Networks, HyperLipsBaseMatchesPublishedOutput) {
  const torch::NoGradGuard no_grad;
  const Parity parity("base");
  HyperLipsBase network = with_formula_weights(HyperLipsBase(), "HyperLipsBase");
  const auto features = network->encode_face(parity["face"]);
  EXPECT_LT(max_difference(features[0].mean({2, 3}), parity["face_encoder.0.mean"]), kTolerance);
  EXPECT_LT(max_difference(features[3].mean({2, 3}), parity["face_encoder.3.mean"]), kTolerance);
  EXPECT_LT(max_difference(network->forward(parity["mel"], parity["face"]), parity["output"]),
            kTolerance);
}

TEST(Networks, HyperLipsBaseWithTimeAxis) {
  const torch::NoGradGuard no_grad;
  const Parity parity("base");
  HyperLipsBase network = with_formula_weights(HyperLipsBase(), "HyperLipsBase");
  // Two samples as one clip of two frames.
  const torch::Tensor out =
      network->forward(parity["mel"].unsqueeze(0), parity["face"].transpose(0, 1).unsqueeze(0));
  EXPECT_LT(max_difference(out, parity["output"].transpose(0, 1).unsqueeze(0)), kTolerance);
}

TEST(Networks, TrainedWeightsMatchPublishedOutput) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "reference data (HYPERLIPS_SHARED) not found";
  const torch::NoGradGuard no_grad;
  const Parity parity(*shared / "parity", "base_clips");
  HyperLipsBase network;
  load_state_dict(*network, read_checkpoint(*shared / "weights/hyperlips-clips.pth"));
  network->eval();
  EXPECT_LT(max_difference(network->forward(parity["mel"], parity["face"]), parity["output"]),
            kTolerance);
}

TEST(Networks, HrDecodersMatchPublishedOutput) {
  const torch::NoGradGuard no_grad;
  for (const int scale : {1, 2, 4}) {
    const std::string size = std::to_string(scale);
    const Parity parity("hr" + size);
    HrDecoder network = with_formula_weights(HrDecoder(scale), "HRDecoder x" + size);
    EXPECT_LT(max_difference(network->forward(parity["input"]), parity["output"]), kTolerance)
        << "scale " << scale;
  }
}

TEST(Networks, HrDecoderRejectsOtherScales) { EXPECT_THROW(HrDecoder(3), Error); }

TEST(Networks, SyncNetMatchesPublishedEmbeddings) {
  const torch::NoGradGuard no_grad;
  const Parity parity("syncnet");
  SyncNet network = with_formula_weights(SyncNet(), "SyncNet_color");
  const auto [audio, face] = network->forward(parity["mel"], parity["faces"]);
  EXPECT_LT(max_difference(audio, parity["audio_embedding"]), kTolerance);
  EXPECT_LT(max_difference(face, parity["face_embedding"]), kTolerance);
}

TEST(Networks, Wav2LipSyncNet) {
  const torch::NoGradGuard no_grad;
  SyncNet network = with_formula_weights(SyncNet(96), "SyncNet_color 96");
  // The audio encoder is the same, so its embedding must be the published one.
  const Parity parity("syncnet");
  const torch::Tensor mel = parity["mel"];
  const auto [audio, face] = network->forward(mel, torch::full({mel.size(0), 15, 48, 96}, 0.5));
  EXPECT_LT(max_difference(audio, parity["audio_embedding"]), kTolerance);
  EXPECT_EQ(face.sizes(), audio.sizes());
  EXPECT_LT(max_difference(face.norm(2, 1), torch::ones({face.size(0)})), kTolerance);
  EXPECT_THROW(SyncNet(112), Error);
}

TEST(Networks, DiscriminatorsMatchPublishedOutput) {
  const torch::NoGradGuard no_grad;
  const Parity parity("discriminators");
  const torch::Tensor faces = parity["faces"];
  BaseDiscriminator base = with_formula_weights(BaseDiscriminator(), "HyperCtrolDiscriminator");
  EXPECT_LT(max_difference(base->forward(faces), parity["output"]), kTolerance);
  EXPECT_LT(max_difference(base->perceptual_loss(faces).reshape(1), parity["perceptual_loss"]),
            kTolerance);
  HrDiscriminator hr = with_formula_weights(HrDiscriminator(), "HRDecoder_disc_qual");
  EXPECT_LT(max_difference(hr->forward(faces.select(2, 0)), parity["hr_output"]), kTolerance);
}

TEST(Networks, AllParametersHaveGradients) {
  HyperLipsBase network = with_formula_weights(HyperLipsBase(), "HyperLipsBase");
  network->train();
  const Parity parity("base");
  network->forward(parity["mel"], parity["face"]).mean().backward();
  for (const auto &item : network->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
  }
  for (const auto &item : network->named_buffers()) {
    if (item.key().ends_with("num_batches_tracked")) {
      EXPECT_EQ(item.value().item<std::int64_t>(), 101) << item.key();
    }
  }
}

TEST(StateDict, ErrorsNameTensor) {
  const auto message_of = [](auto damage) {
    TensorFile file = test::formula_checkpoint("HRDecoder x1");
    damage(file);
    try {
      load_state_dict(*HrDecoder(1), file);
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Format);
      return std::string(error.what());
    }
    ADD_FAILURE() << "no error";
    return std::string();
  };
  const std::string bias = "output_block.1.bias";
  EXPECT_NE(message_of([&](TensorFile &file) { file.tensors.erase(bias); }).find(bias),
            std::string::npos);
  EXPECT_NE(message_of([&](TensorFile &file) {
              file.tensors["extra"] = file.tensors[bias];
            }).find("extra"),
            std::string::npos);
  EXPECT_NE(message_of([&](TensorFile &file) {
              file.tensors[bias].shape = {1, 3};
            }).find("[1, 3]"),
            std::string::npos);
}

}  // namespace
}  // namespace hyperlips
