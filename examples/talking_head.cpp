// SPDX-License-Identifier: LGPL-2.1-or-later
// Draws a synthetic talking head into an array of pictures and writes some of them as PNG.
//
// usage: talking_head FOLDER [TEXT [SEED]]
// c++ -std=c++20 talking_head.cpp -lopencv_imgcodecs
//     $(pkg-config --cflags --libs hyperlips-synth-1.0)
#include <hyperlips/synth/performance.hpp>
#include <hyperlips/synth/talking_head.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

using namespace hyperlips::synth;

constexpr int kFps = 25, kWrittenEvery = 5;

/// The whole performance, one CV_8UC3 picture (BGR) per frame.
std::vector<cv::Mat> draw_frames(Performance &performance, TalkingHead &head) {
  const double seconds = performance.duration().value();  // only a performance of a text ends
  std::vector<cv::Mat> frames(std::size_t(seconds * kFps));
  HeadTruth truth;  // of the frame drawn last: 478 landmarks and a mask of the mouth
  for (std::size_t i = 0; i < frames.size(); ++i)
    head.draw(performance.pose(double(i) / kFps), i, frames[i], &truth);
  std::printf("%zu frames, %.2f s; chin of the last at (%.1f, %.1f)\n", frames.size(), seconds,
              truth.landmarks[152].x, truth.landmarks[152].y);
  return frames;
}

int main(int argc, char **argv) try {
  if (argc < 2) {
    std::fputs("usage: talking_head FOLDER [TEXT [SEED]]\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const std::string text = argc > 2 ? argv[2] : "Hello! How are you today?";
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  // The performance is speech and the pose of the face at any time; sound() gives its samples.
  Performance performance({.seed = seed, .text = text});
  // The head is what is seen; the seed determines face, hair, clothes and background.
  TalkingHead head({.seed = seed, .frame = {320, 240}});
  const std::vector<cv::Mat> frames = draw_frames(performance, head);

  std::filesystem::create_directories(folder);
  for (std::size_t i = 0; i < frames.size(); i += kWrittenEvery) {
    const std::string file = folder / ("frame-" + std::to_string(i) + ".png");
    if (!cv::imwrite(file, frames[i])) throw std::runtime_error("Cannot write " + file + ".");
  }
  return 0;
} catch (const std::exception &error) {  // hyperlips::Error: full sentences for users
  std::fprintf(stderr, "talking_head: %s\n", error.what());
  return 1;
}
