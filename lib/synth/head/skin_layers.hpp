// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "synth/head/skin_surface.hpp"

namespace hyperlips::synth {

// The layers of the skin of a face in the order in which they are painted. Each has its own stream
// of random numbers. Strengths and frequencies are fitted by eye unless a source is given.

/// Make-up, 0 none ... 1 heavy.
struct MakeUp {
  float foundation = 0;  ///< reduces variations of color
  float powder = 0;      ///< reduces gloss
  float blush = 0;
  float shadow = 0, liner = 0, mascara = 0;
  float lipstick = 0, lip_gloss = 0;
  cv::Vec3f shadow_color, lipstick_color;  ///< linear B, G, R
};
MakeUp make_up_of(std::uint64_t seed, const Person &person);

/// Melanin and blood of bare skin: regional differences and mottling at several scales.
void paint_tone(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                const MakeUp &make_up);
/// Freckles, moles, acne and age spots, to melanin, blood and height.
void paint_marks(SkinCanvas &canvas, std::uint64_t seed, const Person &person);
/// Albedo from melanin and blood.
void paint_albedo(SkinCanvas &canvas, std::uint64_t seed, const Person &person);
/// Pores and the furrows between them to height, oiliness to gloss.
void paint_grain(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                 const MakeUp &make_up);
/// Wrinkles and folds of age and expression, and nostrils, to height and albedo.
void paint_wrinkles(SkinCanvas &canvas, std::uint64_t seed, const Person &person);
/// The vermilion of the lips to melanin and blood, their creases to height.
void paint_lips(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                const MakeUp &make_up);
/// Lipstick, and the dark line between the lips, to albedo.
void paint_lipstick(SkinCanvas &canvas, const MakeUp &make_up);
/// Blush, eye shadow and eyeliner.
void paint_make_up(SkinCanvas &canvas, const MakeUp &make_up);
/// Eyebrows and eyelashes.
void paint_brows(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                 const MakeUp &make_up);
/// Beard, stubble or the shade of a shaved beard; nothing for women.
void paint_beard(SkinCanvas &canvas, std::uint64_t seed, const Person &person);

/// Closed outlines of the lips and of the opening of one eye.
std::vector<cv::Point2f> outer_lips();
std::vector<cv::Point2f> inner_lips();
std::vector<cv::Point2f> eye_outline(float side);

/// A single hair painted on the skin: a quadratic Bezier curve from the root to the tip with
/// control point `bend`, thinning towards the tip.
struct HairStroke {
  cv::Point2f root, bend, tip;
  float width = 0.001f;  ///< in widths of the face
  float opacity = 1;
  cv::Vec3f color;  ///< linear B, G, R
};
void draw_hair(SkinCanvas &canvas, const HairStroke &hair);

/// A random color of a single hair: a variation of `color`, or gray with probability `grayness`.
cv::Vec3f hair_color(Random &random, const cv::Vec3f &color, float grayness);

}  // namespace hyperlips::synth
