// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "synth/head/skin_surface.hpp"

namespace hyperlips::synth {

// The layers of a face's skin in the order in which they are painted. Each draws what it is like
// from a stream of its own.

/// What a face wears; 0 is without, 1 as thick as it gets.
struct MakeUp {
  float foundation = 0;  ///< evens the skin
  float powder = 0;      ///< takes the gloss
  float blush = 0;
  float shadow = 0, liner = 0, mascara = 0;
  float lipstick = 0, lip_gloss = 0;
  cv::Vec3f shadow_color, lipstick_color;  ///< linear B, G, R
};
MakeUp make_up_of(std::uint64_t seed, const Person &person);

/// Melanin and blood of bare skin, redder and darker where skin is, mottled at several scales.
void paint_tone(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                const MakeUp &make_up);
/// Freckles, moles, acne and age spots, to melanin, blood and height.
void paint_marks(SkinCanvas &canvas, std::uint64_t seed, const Person &person);
/// Albedo from melanin and blood.
void paint_albedo(SkinCanvas &canvas, std::uint64_t seed, const Person &person);
/// Pores and the furrows between them to height, oiliness to gloss.
void paint_grain(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                 const MakeUp &make_up);
/// Lines and bags of age and expression, to height and albedo; nostrils too.
void paint_wrinkles(SkinCanvas &canvas, std::uint64_t seed, const Person &person);
/// The red of the lips to melanin and blood, their creases to height.
void paint_lips(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                const MakeUp &make_up);
/// Lipstick, and the dark wet line where the lips meet, to albedo.
void paint_lipstick(SkinCanvas &canvas, const MakeUp &make_up);
/// Blush, eye shadow and eyeliner.
void paint_make_up(SkinCanvas &canvas, const MakeUp &make_up);
/// Eyebrows, and the lashes at the lids' edges.
void paint_brows(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                 const MakeUp &make_up);
/// Beard, stubble or the shadow of a shaved one, of those who have one.
void paint_beard(SkinCanvas &canvas, std::uint64_t seed, const Person &person);

/// The outlines of the lips, of one eye's opening.
std::vector<cv::Point2f> outer_lips();
std::vector<cv::Point2f> inner_lips();
std::vector<cv::Point2f> eye_outline(float side);

/// One hair lying on the skin: a curve from its root over `bend` to its tip, thinning out.
struct HairStroke {
  cv::Point2f root, bend, tip;
  float width = 0.001f;  ///< in widths of the face
  float opacity = 1;
  cv::Vec3f color;  ///< linear B, G, R
};
void draw_hair(SkinCanvas &canvas, const HairStroke &hair);

/// A hair's color: `color` lighter or darker by chance, or gray with the chance `grayness`.
cv::Vec3f hair_color(Random &random, const cv::Vec3f &color, float grayness);

}  // namespace hyperlips::synth
