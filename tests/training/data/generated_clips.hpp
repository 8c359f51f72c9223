// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>

#include <opencv2/core.hpp>

#include "tests/common/temporary_folder.hpp"

namespace hyperlips::test {

/// Writes a picture as PNG (even if the name is .jpg, which readers ignore), or as JPEG as
/// published preprocessing does.
void write_picture(const std::filesystem::path &path, const cv::Mat &picture, bool jpeg = false);

/// A picture with its numbers as color: blue is 20 * clip, green 4 * frame (frame below 64), red
/// 10, 60, 110 and 160 in the upper left, upper right, lower left and lower right quarter.
cv::Mat numbered_picture(int clip, int frame, int size);

/// Writes numbered_picture() as FOLDER/N.jpg, for N from `first` on.
void write_numbered_pictures(const std::filesystem::path &folder, int clip, int first, int count,
                             int size = 128);

/// Writes noise at 16 kHz, whose mel columns all differ, as audio.wav in the folder.
void write_noise(const std::filesystem::path &folder, double seconds, std::uint64_t seed = 1);

/// A picture with gradients and noise whose JPEG file is about as large as that of a face.
cv::Mat textured_picture(int number, int size);

}  // namespace hyperlips::test
