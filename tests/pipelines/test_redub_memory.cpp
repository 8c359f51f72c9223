// SPDX-License-Identifier: LGPL-2.1-or-later
// The peak memory of a re-dub does not depend on its length.
#include <gtest/gtest.h>

#include "redub_testing.hpp"

using namespace hyperlips::test;

TEST(RedubMemory, IndependentOfLength) {
  const TestFolder folder;
  ClipSpec spec;
  spec.frames = 50;
  write_clip(folder / "video.mp4", spec);
  const auto peak = [&folder](double seconds) {
    write_wav(folder / "speech.wav", seconds, {{500, 0.3}});
    const RunOutcome run =
        redub({folder / "video.mp4", folder / "speech.wav", folder / "out.mp4", "--overwrite"});
    EXPECT_EQ(run.status, 0) << run.error;
    EXPECT_NEAR(double(read_contents(folder / "out.mp4").pts.size()), seconds * 25, 1);
    return double(run.peak_kib);
  };
  const double shorter = peak(10), longer = peak(60);
  RecordProperty("short_kib", int(shorter));
  RecordProperty("long_kib", int(longer));
  EXPECT_LT(longer, shorter * 1.1);
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  gst_init(nullptr, nullptr);
  return RUN_ALL_TESTS();
}
