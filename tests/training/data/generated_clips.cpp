// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/training/data/generated_clips.hpp"

#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "training/data/wav_file.hpp"
#include "util/random.hpp"

namespace hyperlips::test {
namespace fs = std::filesystem;

void write_picture(const fs::path &path, const cv::Mat &picture, bool jpeg) {
  std::vector<std::uint8_t> bytes;
  cv::imencode(jpeg ? ".jpg" : ".png", picture, bytes);
  write_bytes(path, {bytes.begin(), bytes.end()});
}

cv::Mat numbered_picture(int clip, int frame, int size) {
  cv::Mat picture(size, size, CV_8UC3);
  const int half = size / 2;
  for (int quarter = 0; quarter < 4; ++quarter)
    picture({quarter % 2 * half, quarter / 2 * half, half, half}) =
        cv::Scalar(20 * clip, 4 * frame, 10 + 50 * quarter);
  return picture;
}

void write_numbered_pictures(const fs::path &folder, int clip, int first, int count, int size) {
  for (int frame = first; frame < first + count; ++frame)
    write_picture(folder / (std::to_string(frame) + ".jpg"), numbered_picture(clip, frame, size));
}

void write_noise(const fs::path &folder, double seconds, std::uint64_t seed) {
  Random random(seed, "test noise", 0);
  std::vector<float> samples(static_cast<std::size_t>(16000 * seconds));
  for (float &sample : samples) sample = static_cast<float>(random.uniform_double() - 0.5);
  fs::create_directories(folder);
  training::write_wav(folder / "audio.wav", samples, 16000);
}

cv::Mat textured_picture(int number, int size) {
  cv::Mat small(size / 8, size / 8, CV_8UC3), picture, noise(size, size, CV_8UC3);
  cv::RNG random(static_cast<std::uint64_t>(number) + 1);
  random.fill(small, cv::RNG::UNIFORM, 30, 220);
  cv::resize(small, picture, {size, size}, 0, 0, cv::INTER_CUBIC);
  random.fill(noise, cv::RNG::UNIFORM, 0, 12);
  return picture + noise;
}

}  // namespace hyperlips::test
