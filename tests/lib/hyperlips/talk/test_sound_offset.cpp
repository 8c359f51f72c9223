// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/talk/sound_offset.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "hyperlips/error.hpp"
#include "util/random.hpp"

using namespace hyperlips;

namespace {

/// Openings like those of speech: noise below about 4 Hz at 25 frames per second.
std::vector<float> speech(int frames, std::uint64_t seed) {
  Random random(seed, 0);
  std::vector<float> values;
  double fast = 0, slow = 0;
  for (int n = 0; n < frames; ++n) {
    fast += 0.5 * (double(random.normal()) - fast);
    slow += 0.5 * (fast - slow);
    values.push_back(float(slow));
  }
  return values;
}

/// Heard openings of which those seen are `late` frames behind, with as much noise as `noise`.
SoundOffset found(int late, double noise, int frames = 250) {
  const std::vector<float> all = speech(frames + 2 * kMaxSoundOffset, 5);
  const std::vector<float> other = speech(frames, 6);
  std::vector<float> seen;
  for (int n = 0; n < frames; ++n)
    seen.push_back(all[std::size_t(n + kMaxSoundOffset + late)] +
                   float(noise) * other[std::size_t(n)]);
  return find_sound_offset(all, seen, 25);
}

}  // namespace

TEST(SoundOffset, FindsKnownOffsets) {
  for (int late = -kMaxSoundOffset; late <= kMaxSoundOffset; ++late) {
    const SoundOffset offset = found(late, 1);
    EXPECT_TRUE(offset.certain);
    EXPECT_EQ(offset.frames, late);
    EXPECT_GT(offset.correlation, 0.5f);
  }
}

TEST(SoundOffset, SaysWhenItIsNotCertain) {
  const SoundOffset offset = found(5, 20);
  EXPECT_FALSE(offset.certain);
  EXPECT_EQ(offset.frames, 0);
  EXPECT_FALSE(found(3, 0.5, 20).certain);
}

TEST(SoundOffset, IgnoresFramesWithoutAMouth) {
  const std::vector<float> all = speech(250 + 2 * kMaxSoundOffset, 5);
  std::vector<float> seen(all.begin() + kMaxSoundOffset + 3,
                          all.begin() + kMaxSoundOffset + 3 + 250);
  for (std::size_t n = 40; n < 90; ++n) seen[n] = NAN;
  EXPECT_EQ(find_sound_offset(all, seen, 25).frames, 3);
  EXPECT_THROW(find_sound_offset(all, all, 25), Error);
}
