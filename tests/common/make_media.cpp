// SPDX-License-Identifier: LGPL-2.1-or-later
// make-media DIR: writes the files that the documentation's launch lines name: video.mp4 (2 s of a
// drawn face with sound), speech.wav, hyperlips-base.safetensors and hyperlips-hr-256.safetensors
// (weights by formula: the right networks, untrained).
#include <filesystem>
#include <iostream>

#include "common/formula_weights.hpp"
#include "common/test_media.hpp"

int main(int argc, char **argv) {
  using namespace hyperlips::test;
  gst_init(&argc, &argv);
  if (argc != 2) {
    std::cerr << "usage: make-media DIR\n";
    return 2;
  }
  const fs::path folder = argv[1];
  write_wav(folder / "speech.wav", 2, voice());
  write_clip(
      folder / "video.mp4",
      {.width = 320, .height = 240, .frames = 50, .numbered = false, .wav = folder / "speech.wav"});
  write_formula_checkpoint("HyperLipsBase", folder / "hyperlips-base.safetensors");
  write_formula_checkpoint("HRDecoder x2", folder / "hyperlips-hr-256.safetensors");
  return 0;
}
