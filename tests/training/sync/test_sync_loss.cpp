// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>

#include "common/formula_weights.hpp"
#include "hyperlips/error.hpp"
#include "training/sync/sync_expert.hpp"
#include "training/sync/sync_loss.hpp"

namespace hyperlips::training {
namespace {

TEST(SyncLoss, CrossEntropyOfCosine) {
  const torch::Tensor audio = torch::tensor({{1.0, 2.0}, {3.0, 0.0}});
  const torch::Tensor face = torch::tensor({{2.0, 1.0}, {1.0, 1.0}});
  const torch::Tensor similarity = sync_similarity(audio, face);
  EXPECT_NEAR(similarity[0].item<double>(), 0.8, 1e-6);
  EXPECT_NEAR(similarity[1].item<double>(), std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(sync_loss(similarity, torch::tensor({1.0, 0.0})).item<double>(),
              -(std::log(0.8) + std::log(1 - std::sqrt(0.5))) / 2, 1e-6);
}

TEST(SyncLoss, OrthogonalEmbeddingsHaveFiniteGradient) {
  torch::Tensor audio = torch::tensor({{1.f, 0.f}, {0.f, 1.f}}).requires_grad_();
  const torch::Tensor face = torch::tensor({{0.f, 1.f}, {0.f, 1.f}});
  // The first is as wrong as can be, the second as right, but labelled the other way.
  const torch::Tensor loss = sync_loss(sync_similarity(audio, face), torch::tensor({1.f, 0.f}));
  loss.backward();
  EXPECT_LT(loss.item<double>(), 20);
  EXPECT_LT(audio.grad().abs().max().item<double>(), 1e7);
}

TEST(SyncLoss, LowerHalvesFrameByFrame) {
  const torch::Tensor faces = torch::rand({2, 3, 5, 128, 128});
  const torch::Tensor halves = lower_halves(faces, 128);
  ASSERT_EQ(halves.sizes(), (std::vector<std::int64_t>{2, 15, 64, 128}));
  for (int frame = 0; frame < 5; ++frame) {
    for (int channel = 0; channel < 3; ++channel) {
      EXPECT_TRUE(halves.select(1, 3 * frame + channel)
                      .equal(faces.select(2, frame).select(1, channel).slice(1, 64)));
    }
  }
  const torch::Tensor flat = lower_halves(torch::full({1, 3, 5, 128, 128}, 0.25), 96);
  ASSERT_EQ(flat.sizes(), (std::vector<std::int64_t>{1, 15, 48, 96}));
  EXPECT_LT((flat - 0.25).abs().max().item<double>(), 1e-6);
  EXPECT_THROW(lower_halves(torch::zeros({1, 3, 4, 128, 128}), 128), Error);
}

TEST(SyncExpert, ClipsAreIndependent) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(3);
  const torch::Tensor mel = torch::randn({3, 1, 80, 16}), faces = torch::rand({3, 3, 5, 128, 128});
  const TensorFile file = hyperlips::test::formula_checkpoint("SyncNet_color");
  SyncExpert fixed(file, torch::kCPU, false), published(file, torch::kCPU, true);
  const torch::Tensor all = fixed.similarity(mel, faces, true);
  const torch::Tensor first = fixed.similarity(mel.slice(0, 0, 1), faces.slice(0, 0, 1), true);
  EXPECT_NEAR(all[0].item<double>(), first[0].item<double>(), 1e-5);
  // The published one does not, except when it validates.
  EXPECT_TRUE(published.similarity(mel, faces, false).allclose(all, 1e-5, 1e-6));
  EXPECT_FALSE(published.similarity(mel, faces, true).allclose(all, 1e-3, 1e-4));
}

TEST(SyncExpert, AcceptsWav2Lip) {
  SyncExpert expert(hyperlips::test::formula_checkpoint("SyncNet_color 96"), torch::kCPU, false);
  EXPECT_EQ(expert.face_size(), 96);
  torch::Tensor faces = torch::rand({1, 3, 5, 128, 128}).requires_grad_();
  expert.similarity(torch::randn({1, 1, 80, 16}), faces, true).sum().backward();
  EXPECT_GT(faces.grad().abs().sum().item<double>(), 0);
}

TEST(SyncExpert, RejectsOtherNetworks) {
  try {
    SyncExpert(hyperlips::test::formula_checkpoint("HRDecoder x1"), torch::kCPU, false);
    ADD_FAILURE() << "no error";
  } catch (const Error &error) {
    EXPECT_EQ(error.kind(), ErrorKind::Format);
    EXPECT_NE(std::string(error.what()).find("HRDecoder x1"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace hyperlips::training
