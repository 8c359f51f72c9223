// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "hyperlips/face/track_opacity.hpp"

namespace hyperlips {
namespace {

constexpr float kClose = 1e-4f;

TEST(TrackOpacity, FadesByTimeAtAnyFrameRate) {
  for (const double rate : {25.0, 60.0, 30000 / 1001.0, 12.0}) {
    TrackOpacity opacity;
    ASSERT_EQ(opacity.next(7, 0, 0), 0);
    for (int n = 1; n < rate; ++n) {
      const auto due = static_cast<float>(std::min(1.0, n / rate / 0.2));
      ASSERT_NEAR(opacity.next(7, 1, n / rate), due, kClose) << rate << " fps, frame " << n;
    }
    for (int n = 1; n < rate; ++n) {
      const auto due = static_cast<float>(std::max(0.0, 1 - (n + 1) / rate / 0.2));
      const double time = 1 + n / rate;
      ASSERT_NEAR(opacity.next(7, 0, time), due, 1 / rate / 0.2) << rate << " fps, frame " << n;
    }
    EXPECT_EQ(opacity.next(7, 0, 2), 0);
  }
}

TEST(TrackOpacity, VariableFrameRate) {
  TrackOpacity opacity;
  opacity.next(0, 0, 10);
  EXPECT_NEAR(opacity.next(0, 1, 10.02), 0.1f, kClose);
  EXPECT_NEAR(opacity.next(0, 1, 10.12), 0.6f, kClose);
  EXPECT_NEAR(opacity.next(0, 1, 10.12), 0.6f, kClose) << "the same moment again";
  EXPECT_NEAR(opacity.next(0, 1, 10.9), 1, kClose);
  EXPECT_NEAR(opacity.next(0, 0.5f, 10.95), 0.75f, kClose);
  EXPECT_NEAR(opacity.next(0, 0.5f, 11.3), 0.5f, kClose) << "neither above nor below";
}

TEST(TrackOpacity, NewTrackBeginsWithTheWantedOpacity) {
  TrackOpacity opacity;
  EXPECT_EQ(opacity.next(1, 1, 0), 1);
  EXPECT_NEAR(opacity.next(1, 0, 0.04), 0.8f, kClose);
  // A cut to another scene starts other tracks.
  EXPECT_EQ(opacity.next(2, 0.3f, 0.08), 0.3f);
  EXPECT_EQ(opacity.next(3, 0, 0.12), 0);
}

TEST(TrackOpacity, TracksAreIndependent) {
  TrackOpacity opacity;
  opacity.next(1, 1, 0), opacity.next(2, 0, 0);
  for (int n = 1; n <= 5; ++n) {
    const double time = 0.04 * n;
    EXPECT_NEAR(opacity.next(1, 0, time), 1 - 0.2f * float(n), kClose);
    EXPECT_NEAR(opacity.next(2, 1, time), 0.2f * float(n), kClose);
  }
}

TEST(TrackOpacity, ForgetsAfterASecondAndAtResets) {
  TrackOpacity opacity;
  opacity.next(1, 1, 0);
  EXPECT_EQ(opacity.next(1, 0, 1.001), 0);
  opacity.next(1, 0, 1.5);
  EXPECT_EQ(opacity.next(1, 1, 2.4), 1) << "0.9 s later the fade has ended";
  opacity.reset();
  EXPECT_EQ(opacity.next(1, 0, 2.44), 0);
  EXPECT_EQ(opacity.next(1, 1, 1), 1) << "time went back";
}

TEST(TrackOpacity, WantedIsLimited) {
  TrackOpacity opacity;
  EXPECT_EQ(opacity.next(1, 7, 0), 1);
  EXPECT_EQ(opacity.next(2, -3, 0), 0);
  EXPECT_EQ(opacity.next(3, std::numeric_limits<float>::quiet_NaN(), 0), 0);
}

}  // namespace
}  // namespace hyperlips
