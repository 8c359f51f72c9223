// SPDX-License-Identifier: LGPL-2.1-or-later
// make-media DIR: writes the files that the documentation's launch lines name: video.mp4 (2 s of a
// synthetic talking head with its speech), speech.wav (another's), hyperlips-base.safetensors and
// hyperlips-hr-256.safetensors (weights by formula: the right networks, untrained).
#include <filesystem>
#include <iostream>

#include "common/formula_weights.hpp"
#include "common/test_media.hpp"
#include "hyperlips/synth/performance.hpp"
#include "hyperlips/synth/talking_head.hpp"

int main(int argc, char **argv) {
  using namespace hyperlips::test;
  gst_init(&argc, &argv);
  if (argc != 2) {
    std::cerr << "usage: make-media DIR\n";
    return 2;
  }
  const fs::path folder = argv[1];
  constexpr int kRate = 48000, kSeconds = 2, kFps = 25;
  using namespace hyperlips::synth;
  Performance person({.seed = 1, .text = "Popcorn, please, and a bottle of water."});
  Performance other({.seed = 2, .text = "I believe that my mother found five pounds."});
  const auto speak = [](Performance &performance, const std::string &file) {
    std::vector<float> samples(kSeconds * kRate);
    performance.sound(0, kRate, samples);
    write_wav(file, samples, kRate);
  };
  speak(other, folder / "speech.wav");
  const std::string own = folder / "own.wav";
  speak(person, own);
  TalkingHead head({.seed = 1, .frame = {320, 240}});
  write_clip(folder / "video.mp4", {.fps_n = kFps,
                                    .frames = kSeconds * kFps,
                                    .numbered = false,
                                    .draw =
                                        [&](int index) {
                                          cv::Mat frame;
                                          head.draw(person.pose(double(index) / kFps),
                                                    std::uint64_t(index), frame);
                                          return frame;
                                        },
                                    .wav = own});
  fs::remove(own);
  write_formula_checkpoint("HyperLipsBase", folder / "hyperlips-base.safetensors");
  write_formula_checkpoint("HRDecoder x2", folder / "hyperlips-hr-256.safetensors");
  return 0;
}
