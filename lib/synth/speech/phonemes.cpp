// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/phonemes.hpp"

#include <iterator>
#include <optional>

#include "util/utf8.hpp"

namespace hyperlips::synth {
namespace {

constexpr Articulation vowel(Viseme viseme, float opening, float jaw, float width, float rounding) {
  return {.viseme = viseme,
          .manner = Manner::Vowel,
          .mouth = {.opening = opening,
                    .jaw = jaw,
                    .width = width,
                    .rounding = rounding,
                    .upper_raise = width > 0.4f ? 0.2f : 0},
          .dominance = {.inside = 0.6f}};
}

struct Symbols {
  std::u32string_view letters;
  Articulation articulation;
};

using enum Viseme;
using enum Manner;

// How strongly sounds of the tip of the tongue, of its back, and sibilants dominate.
constexpr Dominance kTip = {.opening = 0.5f, .width = 0.15f}, kBack = {0.25f, 0.1f, 0.4f},
                    kHiss = {.opening = 0.8f, .width = 0.4f};
// p b m at their release; MouthMotion closes the lips before it.
constexpr MouthPose kShut = {.opening = 0.03f, .jaw = 0.06f};
constexpr MouthPose kTipShut = {.opening = 0.035f, .jaw = 0.13f, .tongue = 0.9f};
constexpr MouthPose kBackShut = {.opening = 0.045f, .jaw = 0.17f};
// The mouth of each sound, in the units of MouthPose: openings by what people do (docs/models/
// speech-to-mouth.md), the rest fitted by eye.
constexpr Symbols kSymbols[] = {
    {U"aɑäã", vowel(A, 0.13f, 0.5f, 0, 0)},
    {U"æ", vowel(A, 0.14f, 0.55f, 0.35f, 0)},
    {U"ʌɐ", vowel(A, 0.125f, 0.48f, 0.05f, 0)},
    {U"ɒ", vowel(O, 0.13f, 0.5f, -0.25f, 0.4f)},
    {U"əɘɵ", vowel(E, 0.08f, 0.32f, 0.05f, 0)},
    {U"ɜɞɚɝ", vowel(E, 0.095f, 0.37f, 0, 0.1f)},
    {U"ɛ", vowel(E, 0.12f, 0.47f, 0.35f, 0)},
    {U"eɤẽ", vowel(E, 0.1f, 0.38f, 0.45f, 0)},
    {U"ɪ", vowel(I, 0.08f, 0.3f, 0.45f, 0)},
    {U"iĩ", vowel(I, 0.055f, 0.17f, 0.65f, 0)},
    {U"ɨɯ", vowel(I, 0.065f, 0.24f, 0.3f, 0)},
    {U"ɔ", vowel(O, 0.085f, 0.35f, -0.4f, 0.55f)},
    {U"oõ", vowel(O, 0.057f, 0.26f, -0.55f, 0.7f)},
    {U"uũ", vowel(U, 0.03f, 0.15f, -0.75f, 0.85f)},
    {U"ʊ", vowel(U, 0.042f, 0.2f, -0.55f, 0.65f)},
    {U"yʏʉ", vowel(U, 0.032f, 0.14f, -0.7f, 0.85f)},
    {U"ø", vowel(U, 0.055f, 0.27f, -0.55f, 0.7f)},
    {U"œ", vowel(U, 0.08f, 0.35f, -0.4f, 0.55f)},
    {U"p", {PBM, Stop, true, false, kShut, {0.5f, 0.1f, 0.8f}}},
    {U"bɓ", {PBM, Stop, true, true, kShut, {0.5f, 0.1f, 0.8f}}},
    {U"mɱ", {PBM, Nasal, true, true, kShut, {0.5f, 0.1f, 0.8f}}},
    {U"fvʋ",
     {FV,
      Other,
      false,
      true,
      {.opening = 0.005f, .jaw = 0.1f, .lip_to_teeth = 1, .upper_raise = 0.35f},
      {2, 0.2f, 1}}},
    {U"ɸβ", {PBM, Other, false, true, {.opening = 0.015f, .jaw = 0.1f}, {0.9f, 0.2f, 0.8f}}},
    {U"θð",
     {TH,
      Other,
      false,
      true,
      {.opening = 0.045f, .jaw = 0.16f, .upper_raise = 0.2f, .tongue = 0.4f, .tongue_out = 1},
      {0.7f, 0.15f, 1}}},
    {U"tʈ", {TD, Stop, false, false, kTipShut, kTip}},
    {U"dɖɗ", {TD, Stop, false, true, kTipShut, kTip}},
    {U"n", {NL, Nasal, false, true, {.opening = 0.04f, .jaw = 0.15f, .tongue = 0.9f}, kTip}},
    {U"lɫɭɬɮʎ", {NL, Other, false, true, {.opening = 0.055f, .jaw = 0.2f, .tongue = 1}, kTip}},
    {U"ɲɳ", {NL, Nasal, false, true, {.opening = 0.04f, .jaw = 0.14f, .tongue = 0.7f}, kTip}},
    {U"kcq", {KG, Stop, false, false, kBackShut, kBack}},
    {U"ɡgɟɢ", {KG, Stop, false, true, kBackShut, kBack}},
    {U"ŋɴ", {KG, Nasal, false, true, kBackShut, kBack}},
    {U"hɦxɣχʁʀħʕʔʡɰ", {KG, Other, false, true, {.opening = 0.065f, .jaw = 0.24f}, kBack}},
    {U"szʂʐ",
     {SZ,
      Other,
      false,
      true,
      {.opening = 0.055f, .jaw = 0.09f, .width = 0.4f, .upper_raise = 0.4f, .tongue = 0.5f},
      kHiss}},
    {U"ʃʒɕʑ",
     {CHSH,
      Other,
      false,
      true,
      {.opening = 0.042f, .jaw = 0.08f, .width = -0.4f, .rounding = 0.6f, .upper_raise = 0.35f},
      {0.8f, 0.8f, 1}}},
    {U"ç",
     {SZ,
      Other,
      false,
      true,
      {.opening = 0.04f, .jaw = 0.1f, .width = 0.5f, .upper_raise = 0.25f},
      {0.7f, 0.4f, 0.6f}}},
    {U"ɹɻ",
     {R,
      Other,
      false,
      true,
      {.opening = 0.038f, .jaw = 0.15f, .width = -0.35f, .rounding = 0.4f, .tongue = 0.3f},
      {0.5f, 0.5f, 0.6f}}},
    {U"rɾɽɺ", {R, Other, false, true, {.opening = 0.045f, .jaw = 0.17f, .tongue = 0.8f}, kTip}},
    {U"jʝ",
     {I,
      Other,
      false,
      true,
      {.opening = 0.042f, .jaw = 0.12f, .width = 0.55f, .upper_raise = 0.15f},
      {0.7f, 0.6f, 0.5f}}},
    {U"wʍɥ",
     {U,
      Other,
      false,
      true,
      {.opening = 0.02f, .jaw = 0.1f, .width = -0.8f, .rounding = 0.9f},
      {}}},
};

static_assert(std::size(kSymbols) == kSounds);

std::optional<Articulation> find(char32_t letter) {
  for (int sound = 0; sound < kSounds; ++sound) {
    if (kSymbols[sound].letters.find(letter) == kSymbols[sound].letters.npos) continue;
    Articulation articulation = kSymbols[sound].articulation;
    articulation.sound = sound;
    return articulation;
  }
  return {};
}

}  // namespace

std::vector<Articulation> articulations_of(std::string_view ipa) {
  constexpr std::size_t kMost = 3;
  std::vector<Articulation> found;
  for (std::size_t at = 0; at < ipa.size();) {
    const auto articulation = find(next_code_point(ipa, at));
    if (articulation && found.size() < kMost) found.push_back(*articulation);
  }
  // A palatalization mark on its own, as in Russian, is a glide.
  if (found.empty()) found.push_back(*find(ipa == "ʲ" ? U'j' : U'h'));
  return found;
}

Viseme viseme_of(const std::vector<Articulation> &articulations) {
  const bool affricate = articulations.size() > 1 && articulations[0].manner == Manner::Stop &&
                         articulations[1].manner == Manner::Other;
  return articulations[affricate ? 1 : 0].viseme;
}

}  // namespace hyperlips::synth
