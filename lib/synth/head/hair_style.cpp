// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/hair_style.hpp"

#include <algorithm>

#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

void cut_long(HairStyle &style, Random &random) {
  const bool bob = random.chance(0.4f);
  style.length = bob ? random.uniform(0.42f, 0.85f) : random.uniform(0.95f, 1.75f);
  style.to_front = bob ? 0.4f : random.chance(0.5f) ? random.uniform(0.6f, 1) : 0;
  style.curtain = random.uniform(0.92f, 1.12f);
  style.top_length = style.side_length = 1.4f;
  style.top_volume = random.uniform(0.05f, 0.10f);
  style.side_volume = random.uniform(0.04f, 0.09f);
  style.sideburns = 1.9f;
  style.combed = Combed::Parted;
  style.parting = random.chance(0.4f)
                      ? random.uniform(-0.04f, 0.04f)
                      : random.uniform(0.12f, 0.36f) * (random.chance(0.5f) ? 1 : -1);
  if (random.chance(0.3f)) {
    style.combed = Combed::Forward;
    style.fringe = random.uniform(0.16f, 0.30f);
    style.sweep = random.chance(0.5f) ? random.uniform(-0.8f, 0.8f) : 0;
  } else if (random.chance(0.15f)) {
    style.combed = Combed::Back;
  }
}

void cut_tied(HairStyle &style, Random &random) {
  style.combed = Combed::Tied;
  style.bun = random.chance(0.5f);
  style.top_length = style.side_length = 1.4f;
  style.top_volume = random.uniform(0.025f, 0.05f);
  style.side_volume = random.uniform(0.015f, 0.03f);
  style.mess = random.uniform(0.05f, 0.25f);
}

void cut_stubble(HairStyle &style, Random &random) {
  style.top_length = random.uniform(0.02f, 0.05f);
  style.side_length = style.top_length * random.uniform(0.6f, 1);
  style.top_volume = style.top_length * 0.35f;
  style.side_volume = style.side_length * 0.3f;
  style.density = random.uniform(0.55f, 0.85f);
  style.sides = random.uniform(0.5f, 1);
}

void cut_short(HairStyle &style, Random &random, bool woman) {
  style.top_length = random.uniform(0.16f, 0.45f);
  style.side_length = woman ? random.uniform(0.2f, 0.35f) : random.uniform(0.05f, 0.2f);
  style.top_volume = random.uniform(0.04f, 0.085f);
  style.side_volume = std::min(style.top_volume, 0.012f + 0.12f * style.side_length);
  style.sides = style.side_length < 0.1f ? random.uniform(0.55f, 0.95f) : 1;
  style.mess = random.uniform(0.15f, 0.7f);
  const float kind = random.uniform();
  if (kind < 0.3f) {
    style.combed = Combed::Parted;
    style.parting = random.uniform(0.28f, 0.5f) * (random.chance(0.5f) ? 1 : -1);
    style.top_length = random.uniform(0.4f, 0.7f);
    style.mess *= 0.5f;
  } else if (kind < 0.5f) {
    style.combed = Combed::Back;
    style.top_length = random.uniform(0.5f, 0.9f);
  } else if (kind < 0.72f) {
    style.combed = Combed::Up;
    style.top_volume = random.uniform(0.08f, 0.15f);
    style.top_length = random.uniform(0.3f, 0.5f);
  } else {
    style.fringe = random.chance(0.5f) ? random.uniform(0.05f, 0.22f) : 0.03f;
    style.sweep = random.uniform(-0.9f, 0.9f);
  }
}

void curl_tightly(HairStyle &style, Random &random) {
  style.curl = random.uniform(0.85f, 1);
  style.top_volume = random.uniform(0.03f, 0.3f);
  style.side_volume = style.top_volume * random.uniform(0.45f, 0.95f);
  style.combed = Combed::Forward;
  style.fringe = style.length = 0;
  style.top_length = style.side_length = 0.12f;
}

void curl(HairStyle &style, Random &random) {
  style.curl = random.uniform(0.35f, 0.75f);
  style.mess = std::max(style.mess, 0.5f);
  style.top_volume = style.top_volume * 1.3f + 0.02f;
  style.side_volume = style.side_volume * 1.3f + 0.015f;
}

}  // namespace

HairStyle make_hair_style(std::uint64_t seed, const Person &person) {
  Random random(seed, kStreamHair);
  HairStyle style;
  const bool woman = random.uniform() < person.femininity;
  const float old = smooth_step(28, 75, person.age);
  style.bald = !woman && random.chance(0.03f + 0.09f * old);
  style.forehead = random.uniform(0.09f, 0.23f);
  style.sideburns = woman ? random.uniform(1.80f, 1.88f) : random.uniform(1.84f, 2.06f);
  style.recession = woman ? random.uniform(0, 0.06f)
                          : random.uniform(0.02f, 0.12f) + 0.25f * old * random.uniform();
  const bool coily = random.chance(smooth_step(0.45f, 0.95f, person.melanin) * 0.75f);
  const bool curly = !coily && random.chance(woman ? 0.4f : 0.25f);
  const float kind = random.uniform();
  if (woman ? kind < 0.58f : kind < 0.05f) {
    cut_long(style, random);
  } else if (woman ? kind < 0.78f : kind < 0.06f) {
    cut_tied(style, random);
  } else if (!woman && kind < 0.24f + 0.1f * old) {
    cut_stubble(style, random);
  } else {
    cut_short(style, random, woman);
  }
  const bool stubble = style.density < 0.9f;
  const bool loose = !stubble && style.combed != Combed::Tied;
  if (loose && coily && (style.length == 0 || random.chance(0.6f)))
    curl_tightly(style, random);
  else if (loose && (coily || curly))
    curl(style, random);
  if (!woman && style.length == 0 && random.chance(0.22f * old)) {
    style.crown = random.uniform(0.72f, 1);
    style.recession += 0.1f;
    style.fringe = 0;
    if (style.combed == Combed::Up) style.combed = Combed::Back;
    style.top_volume = std::min(style.top_volume, 0.02f);
    style.side_volume = std::min(style.side_volume, 0.04f);
  }
  style.recession = std::min(style.recession, 0.45f);
  return style;
}

}  // namespace hyperlips::synth
