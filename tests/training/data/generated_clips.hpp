// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "tests/common/temporary_folder.hpp"

namespace hyperlips::test {

/// A picture as a file. Lossless despite a name .jpg, which readers do not look at, or a real JPEG
/// file as published preprocessing writes them.
void write_picture(const std::filesystem::path &path, const cv::Mat &picture, bool jpeg = false);

/// A picture that tells which it is: blue is 20 times the clip's number, green 4 times the frame's
/// (below 64), red 10, 60, 110 or 160 in the quarters left and right above, left and right below.
cv::Mat numbered_picture(int clip, int frame, int size);

/// FOLDER/N.jpg of numbered_picture() for N from `first` on.
void write_numbered_pictures(const std::filesystem::path &folder, int clip, int first, int count,
                             int size = 128);

/// Noise whose mel columns all differ; seconds of it at 16 kHz as audio.wav in the folder.
void write_noise(const std::filesystem::path &folder, double seconds, std::uint64_t seed = 1);

/// Pictures with gradients and noise, of which a JPEG file has about as many bytes as of a face.
cv::Mat textured_picture(int number, int size);

}  // namespace hyperlips::test
