// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "hyperlips/audio/mel_window.hpp"
#include "hyperlips/error.hpp"

using namespace hyperlips;
using Lookup = MelTimeline::Lookup;

namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMs;

/// Columns with values that identify them.
std::vector<MelColumn> numbered(int first, int count) {
  std::vector<MelColumn> columns(count);
  for (int i = 0; i < count; ++i)
    for (int band = 0; band < kMelBands; ++band)
      columns[i][band] = static_cast<float>(first + i) + static_cast<float>(band) / 128.0f;
  return columns;
}

struct Window {
  std::vector<float> values = std::vector<float>(kMelBands * kMelWindow, 99.0f);
  Lookup result;

  Window(const MelTimeline &timeline, std::int64_t time) : result(timeline.find(time, values)) {}
  Window(const MelTimeline &timeline, std::int64_t time, const MelSpan &span)
      : values(span.values(), 99.0f), result(timeline.find(time, span, values)) {}
  int column(int i) const { return static_cast<int>(values[i]); }
};

/// The window is `first`, first + 1, ...; columns from `silent_from` on are silence.
::testing::AssertionResult holds(const Window &window, int first, int silent_from = kMelWindow) {
  if (window.result != Lookup::Ready) return ::testing::AssertionFailure() << "not ready";
  for (int i = 0; i < kMelWindow; ++i)
    for (int band = 0; band < kMelBands; ++band) {
      const float expected = i < silent_from
                                 ? static_cast<float>(first + i) + static_cast<float>(band) / 128.0f
                                 : -4.0f;
      if (window.values[band * kMelWindow + i] != expected)
        return ::testing::AssertionFailure()
               << "column " << i << " band " << band << " is "
               << window.values[band * kMelWindow + i] << ", expected " << expected;
    }
  return ::testing::AssertionSuccess();
}

constexpr int kSilent = -1;

/// The window consists of runs of columns: the number of the first one, or kSilent, and how many.
::testing::AssertionResult is(const Window &window, const std::vector<std::pair<int, int>> &runs) {
  if (window.result != Lookup::Ready) return ::testing::AssertionFailure() << "not ready";
  const auto columns = window.values.size() / kMelBands;
  std::size_t at = 0;
  for (const auto &[first, count] : runs)
    for (int i = 0; i < count; ++i, ++at)
      for (std::size_t band = 0; band < kMelBands; ++band) {
        const float expected = first == kSilent ? -4.0f : float(first + i) + float(band) / 128.0f;
        if (window.values[band * columns + at] != expected)
          return ::testing::AssertionFailure()
                 << "column " << at << " band " << band << " is "
                 << window.values[band * columns + at] << ", expected " << expected;
      }
  if (at != columns) return ::testing::AssertionFailure() << "expected " << at << " columns";
  return ::testing::AssertionSuccess();
}

struct Rate {
  std::int64_t numerator, denominator;
};

TEST(MelTimeline, ConstantFrameRates) {
  constexpr int kColumns = 80 * 60;
  for (const std::int64_t start : {std::int64_t{0}, 3 * kSecond + 7}) {
    MelTimeline timeline;
    timeline.append(start, numbered(0, kColumns));
    for (const Rate rate : {Rate{25, 1},
                            {24, 1},
                            {24000, 1001},
                            {30, 1},
                            {30000, 1001},
                            {50, 1},
                            {60, 1},
                            {60000, 1001},
                            {120, 1},
                            {305, 12}}) {
      for (std::int64_t frame = 0;; ++frame) {
        // floor(80 i / f) in integers, as published, for a time truncated to nanoseconds.
        const std::int64_t column = frame * kMelRate * rate.denominator / rate.numerator;
        if (column + kMelWindow > kColumns) break;
        const std::int64_t time = start + frame * kSecond * rate.denominator / rate.numerator;
        ASSERT_TRUE(holds(Window(timeline, time), static_cast<int>(column)))
            << rate.numerator << "/" << rate.denominator << " frame " << frame;
      }
    }
  }
}

TEST(MelTimeline, TruncatedTimes) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 100));
  EXPECT_TRUE(holds(Window(timeline, 99'999'999), 8));
  EXPECT_TRUE(holds(Window(timeline, 100 * kMs), 8));
  EXPECT_TRUE(holds(Window(timeline, 100 * kMs - kMelTimeToleranceNs), 8));
  EXPECT_TRUE(holds(Window(timeline, 100 * kMs - kMelTimeToleranceNs - 1), 7));
  EXPECT_TRUE(holds(Window(timeline, -1), 0));
  EXPECT_EQ(Window(timeline, -kMelTimeToleranceNs - 1).result, Lookup::None);
}

TEST(MelTimeline, VariableFrameRate) {
  MelTimeline timeline;
  timeline.append(kSecond, numbered(0, 8000));
  std::mt19937_64 random(3);
  std::int64_t time = kSecond;
  for (;;) {
    time += 1 + static_cast<std::int64_t>(random() % (100 * kMs));
    const std::int64_t column = (time - kSecond + kMelTimeToleranceNs) / kMelColumnNs;
    if (column + kMelWindow > 8000) break;
    ASSERT_TRUE(holds(Window(timeline, time), static_cast<int>(column))) << time;
  }
}

TEST(MelTimeline, ChunksAndJitterContinueSegment) {
  MelTimeline timeline;
  std::mt19937 random(4);
  int at = 0;
  while (at < 4000) {
    const int count = 1 + static_cast<int>(random() % 37);
    const std::int64_t jitter =
        static_cast<std::int64_t>(random() % (kMelColumnNs / 2)) * (at == 0        ? 0
                                                                    : random() % 2 ? 1
                                                                                   : -1);
    timeline.append(at * kMelColumnNs + jitter, numbered(at, count));
    at += count;
    ASSERT_EQ(timeline.end(), at * kMelColumnNs);
  }
  for (int column = 0; column + kMelWindow <= at; ++column)
    ASSERT_TRUE(holds(Window(timeline, column * kMelColumnNs), column));
}

TEST(MelTimeline, PendingUntilWindowComplete) {
  MelTimeline timeline;
  EXPECT_EQ(timeline.end(), -1);
  EXPECT_EQ(Window(timeline, 0).result, Lookup::Pending);
  for (int count = 1; count <= 40; ++count) {
    timeline.append((count - 1) * kMelColumnNs, numbered(count - 1, 1));
    for (int column = 0; column < 60; ++column)
      ASSERT_EQ(Window(timeline, column * kMelColumnNs).result,
                column + kMelWindow <= count ? Lookup::Ready : Lookup::Pending);
  }
}

TEST(MelTimeline, LastWindowUntilEnd) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 40));
  timeline.finish();
  for (int missing = 0; missing <= 15; ++missing) {
    const int column = 40 - kMelWindow + missing;
    EXPECT_TRUE(holds(Window(timeline, column * kMelColumnNs), 24)) << missing;
    EXPECT_TRUE(holds(Window(timeline, (column + 1) * kMelColumnNs - 2000), 24)) << missing;
  }
  EXPECT_EQ(Window(timeline, 40 * kMelColumnNs).result, Lookup::None);
  EXPECT_EQ(Window(timeline, 40 * kMelColumnNs - kMelTimeToleranceNs).result, Lookup::None);
  EXPECT_EQ(Window(timeline, 50 * kSecond).result, Lookup::None);
}

TEST(MelTimeline, ShortSegmentPaddedWithSilence) {
  for (int count = 1; count < kMelWindow; ++count) {
    MelTimeline timeline;
    timeline.append(kSecond, numbered(0, count));
    timeline.finish();
    for (int column = 0; column < count; ++column)
      ASSERT_TRUE(holds(Window(timeline, kSecond + column * kMelColumnNs), 0, count));
    EXPECT_EQ(Window(timeline, kSecond + count * kMelColumnNs).result, Lookup::None);
    EXPECT_EQ(Window(timeline, kSecond - kMs).result, Lookup::None);
  }
}

TEST(MelTimeline, GapSeparatesSegments) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 80));
  timeline.gap_until(3 * kSecond);
  EXPECT_TRUE(holds(Window(timeline, 900 * kMs), 72, 8));
  EXPECT_EQ(Window(timeline, kSecond).result, Lookup::None);
  EXPECT_EQ(Window(timeline, 2'999 * kMs).result, Lookup::None);
  EXPECT_EQ(Window(timeline, 3 * kSecond).result, Lookup::Pending);
  timeline.append(3 * kSecond, numbered(100, 80));
  EXPECT_TRUE(holds(Window(timeline, 900 * kMs), 72, 8));
  EXPECT_EQ(Window(timeline, 2'999 * kMs).result, Lookup::None);
  EXPECT_TRUE(holds(Window(timeline, 3 * kSecond), 100));
  EXPECT_EQ(Window(timeline, 4 * kSecond).result, Lookup::Pending);
  timeline.finish();
  EXPECT_EQ(Window(timeline, 4 * kSecond).result, Lookup::None);
}

TEST(MelTimeline, GapBeforeAnySpeech) {
  MelTimeline timeline;
  timeline.gap_until(kSecond);
  EXPECT_EQ(Window(timeline, 0).result, Lookup::None);
  EXPECT_EQ(Window(timeline, kSecond).result, Lookup::Pending);
  timeline.gap_until(2 * kSecond);
  EXPECT_EQ(Window(timeline, kSecond).result, Lookup::None);
  timeline.finish();
  EXPECT_EQ(Window(timeline, 5 * kSecond).result, Lookup::None);
}

TEST(MelTimeline, GapOfZeroLengthEndsSegment) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 20));
  timeline.gap_until(20 * kMelColumnNs);
  timeline.append(20 * kMelColumnNs, numbered(100, 20));
  EXPECT_TRUE(holds(Window(timeline, 4 * kMelColumnNs), 4));
  EXPECT_TRUE(is(Window(timeline, 19 * kMelColumnNs), {{19, 1}, {100, 15}}));
  EXPECT_TRUE(holds(Window(timeline, 20 * kMelColumnNs), 100));
}

TEST(MelTimeline, JumpStartsNewSegment) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 40));
  timeline.append(40 * kMelColumnNs + kMelColumnNs / 2 + 1, numbered(100, 40));
  EXPECT_TRUE(is(Window(timeline, 39 * kMelColumnNs), {{39, 1}, {100, 15}}));
  EXPECT_TRUE(holds(Window(timeline, 40 * kMelColumnNs), 100));
  EXPECT_TRUE(holds(Window(timeline, 41 * kMelColumnNs), 100));
  EXPECT_TRUE(holds(Window(timeline, 42 * kMelColumnNs), 101));
}

TEST(MelTimeline, WindowsContinueInTheNextSegment) {
  // Sound that is cut at 1 s gives one column more than there is room for: the last one is replaced
  // by the first of the next segment.
  for (const std::int64_t shift : {std::int64_t{0}, 3 * kMs, -5 * kMs}) {
    MelTimeline timeline;
    timeline.append(0, numbered(0, 81));
    EXPECT_EQ(Window(timeline, 900 * kMs).result, Lookup::Pending);
    timeline.append(kSecond + shift, numbered(100, 40));
    for (int column = 65; column < 80; ++column)
      EXPECT_TRUE(is(Window(timeline, column * kMelColumnNs),
                     {{column, 80 - column}, {100, kMelWindow - 80 + column}}))
          << column;
    EXPECT_TRUE(holds(Window(timeline, kSecond + 4 * kMs), 100));
  }
}

TEST(MelTimeline, WindowsReachOverShortSegments) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 41));
  for (int part = 0; part < 4; ++part)
    timeline.append((40 + 4 * part) * kMelColumnNs, numbered(100 * (part + 1), 5));
  timeline.append(56 * kMelColumnNs, numbered(500, 20));
  EXPECT_TRUE(
      is(Window(timeline, 38 * kMelColumnNs), {{38, 2}, {100, 4}, {200, 4}, {300, 4}, {400, 2}}));
  MelSpan span{.before = 16, .after = 4, .end = MelSpan::End::Silence};
  EXPECT_TRUE(is(Window(timeline, 56 * kMelColumnNs, span),
                 {{100, 4}, {200, 4}, {300, 4}, {400, 4}, {500, 4}}));
  timeline.forget_before(56 * kMelColumnNs, span);
  EXPECT_EQ(timeline.start(), 40 * kMelColumnNs);
  EXPECT_TRUE(is(Window(timeline, 56 * kMelColumnNs, span),
                 {{100, 4}, {200, 4}, {300, 4}, {400, 4}, {500, 4}}));
}

TEST(MelTimeline, GapsInAWindowAreSilence) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 40));
  timeline.gap_until(43 * kMelColumnNs);
  // 8 columns of speech, 3 of silence, the others are unknown.
  EXPECT_EQ(Window(timeline, 32 * kMelColumnNs).result, Lookup::Pending);
  timeline.append(43 * kMelColumnNs + 2 * kMs, numbered(100, 40));
  EXPECT_TRUE(is(Window(timeline, 32 * kMelColumnNs), {{32, 8}, {kSilent, 3}, {100, 5}}));
  EXPECT_EQ(Window(timeline, 41 * kMelColumnNs).result, Lookup::None);
  const MelSpan span{.before = 5, .after = 2, .end = MelSpan::End::Silence};
  EXPECT_TRUE(is(Window(timeline, 44 * kMelColumnNs, span), {{38, 2}, {kSilent, 3}, {100, 2}}));
  timeline.gap_until(200 * kMelColumnNs);
  EXPECT_TRUE(is(Window(timeline, 75 * kMelColumnNs), {{131, 9}, {kSilent, 7}}));
}

TEST(MelTimeline, LastWindowReachesIntoAdjacentSpeech) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 40));
  timeline.append(40 * kMelColumnNs + kMs * 7, numbered(100, 6));
  timeline.finish();
  EXPECT_TRUE(is(Window(timeline, 45 * kMelColumnNs), {{30, 10}, {100, 6}}));
  EXPECT_TRUE(is(Window(timeline, 39 * kMelColumnNs), {{30, 10}, {100, 6}}));
}

TEST(MelTimeline, RateSpacesColumns) {
  for (const double rate : {2.0, 1.5, 0.5, 3.7}) {
    MelTimeline timeline;
    std::vector<float> window(kMelBands * kMelWindow);
    timeline.append(kSecond, numbered(0, 100), rate);
    timeline.append(timeline.end(), numbered(100, 100), rate);
    EXPECT_NEAR(double(timeline.end()), 1e9 + 200 * 12.5e6 / rate, 1);
    for (int column = 0; column + kMelWindow <= 200; ++column) {
      const auto time = kSecond + std::int64_t(column * 12.5e6 / rate);
      ASSERT_TRUE(holds(Window(timeline, time), column)) << rate;
      MelTimes times;
      timeline.find(time, {}, window, &times);
      EXPECT_NEAR(double(times.start), double(time), 1);
      EXPECT_EQ(times.step, 12.5e6 / rate);
    }
  }
}

TEST(MelTimeline, RateChangesAreNotMixed) {
  // 1 s of running time at twice the rate, then at the normal one.
  MelTimeline timeline;
  timeline.append(0, numbered(0, 160), 2);
  timeline.append(kSecond, numbered(160, 80), 1);
  EXPECT_TRUE(holds(Window(timeline, 500 * kMs), 80));
  EXPECT_TRUE(holds(Window(timeline, kSecond - 50 * kMs), 152));
  EXPECT_TRUE(holds(Window(timeline, kSecond + 500 * kMs), 200));
  // The lead is time of the speech.
  const MelSpan span{.lead = 40 * kMs};
  EXPECT_TRUE(is(Window(timeline, 500 * kMs, span), {{76, 16}}));
  EXPECT_TRUE(is(Window(timeline, kSecond + 500 * kMs, span), {{196, 16}}));
}

TEST(MelTimeline, NewerColumnsReplaceOlder) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 800));
  timeline.append(5 * kSecond, numbered(1000, 40));
  EXPECT_TRUE(is(Window(timeline, 5 * kSecond - kMs), {{399, 1}, {1000, 15}}));
  EXPECT_TRUE(holds(Window(timeline, 5 * kSecond), 1000));
  EXPECT_EQ(Window(timeline, 7 * kSecond).result, Lookup::Pending);
  timeline.append(0, numbered(2000, 20));
  EXPECT_TRUE(holds(Window(timeline, 0), 2000));
  EXPECT_EQ(Window(timeline, 5 * kSecond).result, Lookup::Pending);
  EXPECT_EQ(timeline.end(), 20 * kMelColumnNs);
}

TEST(MelTimeline, ForgetBeforeKeepsResults) {
  for (const bool ends : {false, true}) {
    MelTimeline all, lean;
    for (int part = 0; part < 3; ++part) {
      const std::int64_t start = part * 2 * kSecond;
      for (int at = 0; at < 100; at += 5) {
        all.append(start + at * kMelColumnNs, numbered(part * 200 + at, 5));
        lean.append(start + at * kMelColumnNs, numbered(part * 200 + at, 5));
      }
    }
    if (ends) {
      all.finish();
      lean.finish();
    }
    for (std::int64_t time = 0; time < 6 * kSecond; time += 7 * kMs) {
      lean.forget_before(time);
      for (std::int64_t ask = time; ask < time + 300 * kMs; ask += 11 * kMs) {
        const Window expected(all, ask), got(lean, ask);
        ASSERT_EQ(got.result, expected.result) << time << " " << ask;
        ASSERT_EQ(got.values, expected.values) << time << " " << ask;
      }
    }
    EXPECT_EQ(lean.end(), all.end());
  }
}

TEST(MelTimeline, LeadIsTheWindowOfAnEarlierTime) {
  MelTimeline timeline;
  timeline.append(kSecond, numbered(0, 60));
  const MelSpan span{.lead = 40 * kMs};
  std::vector<float> early(span.values()), plain(span.values());
  for (std::int64_t time = kSecond + 40 * kMs; time < kSecond + 540 * kMs; time += 7 * kMs) {
    EXPECT_EQ(timeline.find(time, span, early), Lookup::Ready);
    EXPECT_EQ(timeline.find(time - 40 * kMs, plain), Lookup::Ready);
    EXPECT_EQ(early, plain) << time;
  }
  // At the start, the columns before the speech are silence: 0 s is 3.2 columns late.
  MelTimes times;
  EXPECT_EQ(timeline.find(kSecond, span, early, &times), Lookup::Ready);
  EXPECT_EQ(times.start, kSecond - 4 * kMelColumnNs);
  timeline.find(kSecond, plain);
  for (int i = 0; i < kMelWindow; ++i)
    EXPECT_EQ(early[std::size_t(i)], i < 4 ? -4 : plain[std::size_t(i - 4)]) << i;
  // Speech ends where the frames do, not later.
  timeline.finish();
  EXPECT_EQ(timeline.find(kSecond + 60 * kMelColumnNs, span, early), Lookup::None);
  timeline.forget_before(kSecond + 500 * kMs, span);
  EXPECT_EQ(timeline.find(kSecond + 500 * kMs, span, early), Lookup::Ready);
}

TEST(MelTimeline, ForgetBeforeKeepsLastWindow) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 40));
  timeline.forget_before(39 * kMelColumnNs);
  timeline.finish();
  EXPECT_TRUE(holds(Window(timeline, 39 * kMelColumnNs), 24));
  EXPECT_EQ(Window(timeline, 10 * kMelColumnNs).result, Lookup::None);
}

TEST(MelTimeline, Clear) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 40));
  timeline.finish();
  timeline.clear();
  EXPECT_EQ(timeline.end(), -1);
  EXPECT_EQ(Window(timeline, 0).result, Lookup::Pending);
}

TEST(MelTimeline, EndOfAStreamKeepsTheNextOne) {
  MelTimeline timeline;
  timeline.append(0, numbered(0, 40));
  timeline.finish();
  timeline.resume();
  timeline.append(kSecond, numbered(80, 40));
  timeline.forget_ended();
  EXPECT_EQ(Window(timeline, 0).result, Lookup::None);
  EXPECT_TRUE(holds(Window(timeline, kSecond), 80));
  EXPECT_FALSE(timeline.finished());
  // Without another stream everything belongs to the one that has ended.
  timeline.forget_ended();
  EXPECT_EQ(timeline.start(), -1);
  timeline.append(0, numbered(0, 40));
  timeline.finish();
  timeline.forget_ended();
  EXPECT_EQ(timeline.start(), -1);
  EXPECT_TRUE(timeline.finished());
}

TEST(MelTimeline, WindowUnchangedUnlessReady) {
  MelTimeline timeline;
  const Window pending(timeline, 0);
  EXPECT_EQ(pending.values, std::vector<float>(kMelBands * kMelWindow, 99.0f));
  std::vector<float> small(10);
  EXPECT_THROW(timeline.find(0, small), Error);
}

TEST(MelTimeline, AppendOfNoColumns) {
  MelTimeline timeline;
  timeline.append(5 * kSecond, {});
  EXPECT_EQ(timeline.end(), -1);
  EXPECT_EQ(Window(timeline, 0).result, Lookup::Pending);
}

}  // namespace
