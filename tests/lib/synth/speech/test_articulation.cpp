// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "synth/speech/articulation.hpp"
#include "synth/speech/behavior.hpp"

using namespace hyperlips;
using namespace hyperlips::synth;

namespace {

struct Said {
  const char *ipa;  // empty: a pause
  double seconds;
};

/// Sounds in a row; stops let go in the middle, nasals at their end.
std::vector<HeardSound> sounds(std::initializer_list<Said> said) {
  std::vector<HeardSound> all;
  double at = 0;
  for (const Said &each : said) {
    HeardSound sound{{}, at, at + each.seconds, at, 1};
    if (*each.ipa) sound.articulations = articulations_of(each.ipa);
    if (*each.ipa && sound.articulations[0].manner == Manner::Stop)
      sound.release = at + each.seconds / 2;
    if (*each.ipa && sound.articulations[0].manner == Manner::Nasal) sound.release = sound.end;
    at = sound.end;
    all.push_back(sound);
  }
  return all;
}

MouthPose middle_of(const char *before, const char *ipa, const char *after) {
  const MouthMotion motion(
      sounds({{"", 0.5}, {before, 0.1}, {ipa, 0.15}, {after, 0.1}, {"", 0.5}}));
  return motion.pose(0.675);
}

TEST(Phonemes, Visemes) {
  const std::pair<const char *, Viseme> expected[] = {
      {"p", Viseme::PBM},   {"b", Viseme::PBM},   {"mʲ", Viseme::PBM}, {"f", Viseme::FV},
      {"θ", Viseme::TH},    {"ð", Viseme::TH},    {"t", Viseme::TD},   {"ɡ", Viseme::KG},
      {"tʃ", Viseme::CHSH}, {"dʒ", Viseme::CHSH}, {"ts", Viseme::SZ},  {"z", Viseme::SZ},
      {"n", Viseme::NL},    {"ɫ", Viseme::NL},    {"ɹ", Viseme::R},    {"ɑː", Viseme::A},
      {"aɪ", Viseme::A},    {"ɛ", Viseme::E},     {"iː", Viseme::I},   {"ɔɪ", Viseme::O},
      {"uː", Viseme::U},    {"w", Viseme::U},     {"øː", Viseme::U},   {"ɑ̃", Viseme::A},
      {"ä", Viseme::A}};
  for (const auto &[ipa, viseme] : expected)
    EXPECT_EQ(viseme_of(articulations_of(ipa)), viseme) << ipa;
  EXPECT_EQ(articulations_of("aɪ").size(), 2u);
  EXPECT_EQ(articulations_of("aː").size(), 1u);
  EXPECT_EQ(articulations_of("\xff??").size(), 1u);
}

TEST(Phonemes, VisemeNames) {
  EXPECT_EQ(name_of(Viseme::Silence), "sil");
  EXPECT_EQ(name_of(Viseme::PBM), "pbm");
  EXPECT_EQ(name_of(Viseme::CHSH), "chsh");
  EXPECT_EQ(name_of(Viseme::U), "u");
}

TEST(MouthMotion, VowelTargets) {
  const MouthPose a = middle_of("t", "a", "t"), i = middle_of("t", "i", "t"),
                  u = middle_of("t", "u", "t");
  EXPECT_GT(a.opening, 0.1f);
  EXPECT_LT(a.opening, 0.18f);
  EXPECT_GT(a.jaw, 0.4f);
  EXPECT_LT(a.jaw, 0.7f);
  EXPECT_NEAR(i.opening, 0.05f, 0.01f);
  EXPECT_GT(i.width, 0.5f);
  EXPECT_NEAR(u.opening, 0.03f, 0.01f);
  EXPECT_LT(u.width, -0.6f);
  EXPECT_GT(u.rounding, 0.7f);
}

TEST(MouthMotion, ConsonantTargets) {
  EXPECT_GT(middle_of("a", "f", "a").lip_to_teeth, 0.8f);
  EXPECT_LT(middle_of("a", "f", "a").opening, 0.03f);
  EXPECT_GT(middle_of("a", "θ", "a").tongue_out, 0.8f);
  EXPECT_GT(middle_of("a", "l", "a").tongue, 0.7f);
  EXPECT_GT(middle_of("a", "s", "a").upper_raise, 0.25f);
  EXPECT_GT(middle_of("a", "ʃ", "a").rounding, 0.35f);
}

TEST(MouthMotion, Coarticulation) {
  EXPECT_GT(middle_of("u", "k", "u").rounding, middle_of("i", "k", "i").rounding + 0.4f);
  EXPECT_GT(middle_of("a", "n", "a").opening, middle_of("i", "n", "i").opening + 0.01f);
}

TEST(MouthMotion, LipsClosedUntilRelease) {
  for (const char *ipa : {"p", "b", "m"}) {
    const auto said = sounds({{"", 0.5}, {"ɑ", 0.12}, {ipa, 0.08}, {"ɑ", 0.12}, {"", 0.5}});
    const MouthMotion motion(said);
    const double release = said[2].release;
    for (double t = release - 0.03; t < release - 1e-4; t += 0.001) {
      EXPECT_EQ(motion.pose(t).opening, 0) << ipa << " " << t - release;
      EXPECT_GT(motion.pose(t).press, 0.3f) << ipa << " " << t - release;
    }
    EXPECT_GT(motion.pose(release + 0.005).opening, 0.005f) << ipa;
    EXPECT_EQ(motion.pose(release + 0.03).press, 0) << ipa;
    EXPECT_GT(motion.pose(release + 0.08).opening, 0.1f) << ipa;
  }
}

TEST(MouthMotion, LipsClosedBetweenTwoClosures) {
  const auto said =
      sounds({{"", 0.5}, {"a", 0.1}, {"m", 0.08}, {"p", 0.08}, {"a", 0.1}, {"", 0.5}});
  const MouthMotion motion(said);
  for (double t = said[2].start; t < said[3].release - 1e-4; t += 0.001)
    EXPECT_EQ(motion.pose(t).opening, 0) << t;
  EXPECT_GT(motion.pose(said[3].release + 0.005).opening, 0);
}

TEST(MouthMotion, MouthAtRestInPauses) {
  const auto said = sounds({{"", 0.5}, {"a", 0.2}, {"", 1}, {"ʃ", 0.1}, {"u", 0.3}, {"", 0.5}});
  const MouthMotion motion(said);
  for (const double t : {-1.0, 0.0, 0.08, 0.81, 1.0, 1.28, 2.21, 2.59, 100.0}) {
    const MouthPose pose = motion.pose(t);
    EXPECT_EQ(pose.opening, 0) << t;
    EXPECT_EQ(pose.jaw, 0) << t;
    EXPECT_EQ(pose.width, 0) << t;
    EXPECT_EQ(pose.rounding, 0) << t;
  }
  EXPECT_EQ(MouthMotion().pose(1).opening, 0);
  EXPECT_EQ(MouthMotion(sounds({})).pose(0).jaw, 0);
}

TEST(MouthMotion, Continuous) {
  const MouthMotion motion(sounds({{"", 0.5},
                                   {"m", 0.07},
                                   {"aɪ", 0.2},
                                   {"tʃ", 0.1},
                                   {"u", 0.6},
                                   {"p", 0.09},
                                   {"", 0.7},
                                   {"f", 0.08},
                                   {"ə", 0.03},
                                   {"b", 0.04},
                                   {"i", 0.04},
                                   {"", 0.6}}));
  MouthPose last = motion.pose(0);
  for (double t = 0.0002; t < 3; t += 0.0002) {
    const MouthPose pose = motion.pose(t);
    ASSERT_LT(std::abs(pose.opening - last.opening), 0.003f) << t;
    for (float MouthPose::*part :
         {&MouthPose::jaw, &MouthPose::width, &MouthPose::rounding, &MouthPose::press,
          &MouthPose::lip_to_teeth, &MouthPose::upper_raise, &MouthPose::tongue,
          &MouthPose::tongue_out})
      ASSERT_LT(std::abs(pose.*part - last.*part), 0.02f) << t;
    last = pose;
  }
}

TEST(Behavior, BlinkRateAndDuration) {
  int blinks = 0;
  double closed = 0;
  constexpr int kSeeds = 40, kSeconds = 120;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Behavior behavior(seed);
    bool shut = false;
    for (int i = 0; i < kSeconds * 100; ++i) {
      const float blink = behavior.pose(i / 100.0, {}).blink[0];
      ASSERT_GE(blink, 0);
      ASSERT_LE(blink, 1);
      if (blink > 0.5f && !shut) ++blinks;
      shut = blink > 0.5f;
      closed += shut ? 0.01 : 0;
    }
  }
  const double a_minute = blinks * 60.0 / (kSeeds * kSeconds);
  EXPECT_GT(a_minute, 10);
  EXPECT_LT(a_minute, 30);
  EXPECT_NEAR(closed / blinks, 0.15, 0.05);
}

TEST(Behavior, ContinuousFunctionOfSeedAndTime) {
  const Behavior one(1), same(1), other(2);
  const std::vector<Accent> accents = {{3.0, 1.0f}, {4.1, 0.5f}};
  EXPECT_EQ(one.pose(1e6, {}).yaw, same.pose(1e6, {}).yaw);
  EXPECT_NE(one.pose(5, {}).yaw, other.pose(5, {}).yaw);
  FacePose last = one.pose(0, accents);
  for (double t = 0.0002; t < 20; t += 0.0002) {
    const FacePose pose = one.pose(t, accents);
    for (float FacePose::*part : {&FacePose::yaw, &FacePose::pitch, &FacePose::roll,
                                  &FacePose::brow_raise, &FacePose::brow_furrow, &FacePose::smile,
                                  &FacePose::head_x, &FacePose::head_y, &FacePose::breath}) {
      ASSERT_LT(std::abs(pose.*part - last.*part), 0.002f) << t;
      ASSERT_LE(std::abs(pose.*part), 1.0f) << t;
    }
    ASSERT_LT(std::abs(pose.gaze_x - last.gaze_x), 0.01f) << t;
    ASSERT_LT(std::abs(pose.blink[0] - last.blink[0]), 0.01f) << t;
    last = pose;
  }
}

TEST(Behavior, AccentsRaiseBrows) {
  const Behavior behavior(3);
  const std::vector<Accent> accents = {{10, 1}};
  EXPECT_GT(behavior.pose(10, accents).brow_raise, behavior.pose(10, {}).brow_raise + 0.2f);
  EXPECT_EQ(behavior.pose(10 + Behavior::kAccentReach, accents).brow_raise,
            behavior.pose(10 + Behavior::kAccentReach, {}).brow_raise);
}

}  // namespace
