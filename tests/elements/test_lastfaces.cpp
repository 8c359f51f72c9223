// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "gst/hyperlips/lastfaces.hpp"

using namespace hyperlips;
using Wanted = LastFaces::Wanted;

namespace {

HyperlipsFaceData face_at(std::int64_t track, const Box &crop_box, float opacity = 1) {
  HyperlipsFaceData face;
  face.face.track_id = track;
  face.crop_box = crop_box;
  face.opacity = opacity;
  return face;
}

cv::Mat picture(int value) { return {8, 8, CV_8UC3, cv::Scalar::all(value)}; }

constexpr Box kBox{10, 20, 30, 60};

TEST(LastFaces, RepeatMovesThePictureWithTheCrop) {
  LastFaces last;
  HyperlipsFaceData first = face_at(3, kBox);
  Landmarks landmarks;
  landmarks.fill({20, 40, 2});
  last.set(first, {picture(7), {15, 40, 25, 60}, landmarks, 1});
  EXPECT_EQ(first.generated_box, (Box{15, 40, 25, 60}));
  HyperlipsFaceData next = face_at(3, {110, 20, 150, 100});
  last.repeat(next, Wanted::Unchanged);
  EXPECT_EQ(next.generated.data, first.generated.data);
  EXPECT_EQ(next.generated_box, (Box{120, 60, 140, 100}));
  EXPECT_EQ(next.generated_landmarks->front(), cv::Point3f(130, 60, 4));
  EXPECT_EQ(next.opacity, 1);
  // A picture of the whole crop stays that.
  last.set(first, {picture(8), kBox, {}, 1});
  EXPECT_EQ(first.generated_box, Box());
  last.repeat(next, Wanted::Unchanged);
  EXPECT_EQ(next.generated_box, Box());
}

TEST(LastFaces, WantedOpacity) {
  LastFaces last;
  const auto repeated = [&](Wanted wanted, float opacity = 1) {
    HyperlipsFaceData face = face_at(1, kBox, opacity);
    last.repeat(face, wanted);
    return face.opacity;
  };
  const auto spoken = [&](float opacity) {
    HyperlipsFaceData face = face_at(1, kBox);
    last.set(face, {picture(1), kBox, {}, opacity});
    EXPECT_EQ(face.opacity, opacity);
  };
  // Nothing to show yet.
  EXPECT_EQ(repeated(Wanted::Spoken), 0);
  spoken(1);
  EXPECT_EQ(repeated(Wanted::Unchanged), 1);
  EXPECT_EQ(repeated(Wanted::Unchanged, 0.25f), 0.25f);
  EXPECT_EQ(repeated(Wanted::Hidden), 0);
  EXPECT_EQ(repeated(Wanted::Unchanged), 0);
  EXPECT_EQ(repeated(Wanted::Spoken), 1);
  EXPECT_EQ(repeated(Wanted::Silent), 0);
  // The last frame with speech was silent.
  EXPECT_EQ(repeated(Wanted::Spoken), 0);
  spoken(0.5f);
  EXPECT_EQ(repeated(Wanted::Unchanged), 0.5f);
}

TEST(LastFaces, TracksAreBounded) {
  LastFaces last;
  for (std::int64_t track = 0; track < 1000; ++track) {
    HyperlipsFaceData silent = face_at(10'000 + track, kBox);
    last.repeat(silent, Wanted::Silent);
    HyperlipsFaceData face = face_at(track, kBox);
    last.set(face, {picture(1), kBox, {}, 1});
    EXPECT_LE(last.size(), 64u);
  }
  HyperlipsFaceData newest = face_at(999, kBox);
  last.repeat(newest, Wanted::Unchanged);
  EXPECT_EQ(newest.opacity, 1);
}

}  // namespace
