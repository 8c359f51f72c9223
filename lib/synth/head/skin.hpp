// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

namespace hyperlips::synth {

/// Properties of a person that skin, hair, shape and voice share.
struct Person {
  float age = 35;                       ///< years, 18 ... 80
  float femininity = 0;                 ///< 0 ... 1
  float melanin = 0.3f;                 ///< 0 palest ... 1 darkest
  cv::Vec3f hair{0.05f, 0.08f, 0.12f};  ///< linear B, G, R of hair and brows
  float grayness = 0;                   ///< 0 ... 1 of the hair
};

/// A random person. Distributions are chosen.
Person make_person(std::uint64_t seed);

/// Textures of the skin of a face, in the texture coordinates of face_uv().
struct SkinTextures {
  cv::Mat albedo;  ///< CV_32FC3, linear B, G, R, 0 ... 1
  cv::Mat height;  ///< CV_32FC1 in widths of the face: pores, wrinkles, hairs of brows and beard
  cv::Mat gloss;   ///< CV_32FC1, 0 matte ... 1 wet
};

/// Skin, lips, brows, beard, make-up, wrinkles, freckles and pores of `seed`: textures of `size` x
/// `size` texels. Throws Error{Settings} if `size` is not 16 ... 8192.
SkinTextures make_skin(std::uint64_t seed, const Person &person, int size);

}  // namespace hyperlips::synth
