// SPDX-License-Identifier: LGPL-2.1-or-later
// make-media DIR: writes the files that the launch lines of the documentation and the tests of the
// examples name.
//   video.mp4                    2 s of a synthetic talking head with its speech
//   speech.wav, speech-16k.wav   2 s of the speech of another one, 48 kHz and 16 kHz
//   person.bank                own mouths of a synthetic person
//   hyperlips-base.safetensors,
//   hyperlips-hr-256.safetensors networks of the right shapes with formula weights, untrained
#include <filesystem>
#include <iostream>

#include "common/formula_weights.hpp"
#include "common/talking_bank.hpp"
#include "common/test_media.hpp"
#include "hyperlips/synth/performance.hpp"
#include "hyperlips/synth/talking_head.hpp"

namespace {

using namespace hyperlips::test;
using namespace hyperlips::synth;

constexpr int kSeconds = 2, kFps = 25, kRate = 48000, kMelRate = 16000;

void write_speech(Performance &performance, int rate, const std::string &file) {
  std::vector<float> samples(std::size_t(kSeconds * rate));
  performance.sound(0, rate, samples);
  write_wav(file, samples, rate);
}

void write_video(const fs::path &folder) {
  Performance performance({.seed = 1, .text = "Popcorn, please, and a bottle of water."});
  TalkingHead head({.seed = 1, .frame = {320, 240}});
  const std::string sound = folder / "own.wav";
  write_speech(performance, kRate, sound);
  ClipSpec spec;
  spec.fps_n = kFps;
  spec.frames = kSeconds * kFps;
  spec.numbered = false;
  spec.draw = [&](int index) {
    cv::Mat frame;
    head.draw(performance.pose(double(index) / kFps), std::uint64_t(index), frame);
    return frame;
  };
  spec.wav = sound;
  write_clip(folder / "video.mp4", spec);
  fs::remove(sound);
}

}  // namespace

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  if (argc != 2) {
    std::cerr << "usage: make-media DIR\n";
    return 2;
  }
  const fs::path folder = argv[1];
  write_video(folder);
  Performance speech({.seed = 2, .text = "I believe that my mother found five pounds."});
  write_speech(speech, kRate, folder / "speech.wav");
  write_speech(speech, kMelRate, folder / "speech-16k.wav");
  write_bank(folder / "person.bank", talking_bank(50, 64), "make_media");
  write_formula_checkpoint("HyperLipsBase", folder / "hyperlips-base.safetensors");
  write_formula_checkpoint("HRDecoder x2", folder / "hyperlips-hr-256.safetensors");
  return 0;
}
