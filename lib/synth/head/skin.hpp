// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

namespace hyperlips::synth {

/// Who the person is, as far as skin, hair and shape share it.
struct Person {
  float age = 35;                       ///< years, 18 ... 80
  float femininity = 0;                 ///< 0 ... 1
  float melanin = 0.3f;                 ///< 0 palest ... 1 darkest
  cv::Vec3f hair{0.05f, 0.08f, 0.12f};  ///< linear B, G, R of hair and brows
  float grayness = 0;                   ///< 0 ... 1 of the hair
};

/// Drawn from the streams of `seed`.
Person make_person(std::uint64_t seed);

/// What a face's surface looks like, in the texture coordinates of face_uv(): linear light.
struct SkinTextures {
  cv::Mat albedo;  ///< CV_32FC3 B, G, R, 0 ... 1
  cv::Mat height;  ///< CV_32FC1 in widths of the face: pores, wrinkles, hairs of brows and beard
  cv::Mat gloss;   ///< CV_32FC1 0 matt ... 1 wet
};

/// Skin, lips, brows, beard, make-up, wrinkles, freckles and grain of `seed`, for a texture of
/// `size` x `size` texels, 16 ... 8192; another size throws Error{Settings}.
SkinTextures make_skin(std::uint64_t seed, const Person &person, int size);

}  // namespace hyperlips::synth
