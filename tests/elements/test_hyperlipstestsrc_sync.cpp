// SPDX-License-Identifier: LGPL-2.1-or-later
// Audio and video of hyperlipstestsrc are synchronous: plosive bursts and opening lips.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "testsrc_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr int kRate = 48000;
constexpr double kTolerance = 0.010;

struct Moment {
  double time = 0;
  float opening = 0;
};

/// Opening of the lips frame by frame, and their closures by time of release.
struct Seen {
  std::vector<Moment> lips;
  std::map<GstClockTime, HyperlipsPhoneme> closures;
};

Seen seen_in(const Pipeline::Buffers &video) {
  Seen seen;
  for (GstBuffer *buffer : video) {
    const auto *meta = gst_buffer_get_hyperlips_speech_meta(buffer);
    fail_unless(meta != nullptr);
    seen.lips.push_back(
        {double(GST_BUFFER_PTS(buffer)) / GST_SECOND, meta->data.pose.mouth.opening});
    for (const HyperlipsPhoneme &phoneme : meta->data.phonemes) {
      if (phoneme.viseme == Viseme::PBM) seen.closures.emplace(phoneme.release, phoneme);
    }
  }
  return seen;
}

/// The time of the first frame in `from` ... `to` with open lips after closed ones.
std::optional<double> parting(const Seen &seen, double from, double to) {
  bool closed = false;
  for (const Moment &moment : seen.lips) {
    if (moment.time < from || moment.time > to) continue;
    if (moment.opening < 0.004f) {
      closed = true;
    } else if (closed) {
      return moment.time;
    }
  }
  return std::nullopt;
}

/// Energy of the millisecond at `time`.
double energy(const std::vector<gint16> &sound, double time) {
  const auto first = std::ptrdiff_t(std::lround(time * kRate));
  double sum = 0;
  for (std::ptrdiff_t i = first; i < first + kRate / 1000; ++i) {
    if (i < 1 || i >= std::ptrdiff_t(sound.size())) continue;
    // Differences of samples: high in a burst, low in a hum.
    const double change = double(sound[std::size_t(i)]) - sound[std::size_t(i - 1)];
    sum += change * change;
  }
  return sum;
}

/// The time in `from` ... `to` of the steepest rise of energy.
double onset(const std::vector<gint16> &sound, double from, double to) {
  double best = from, steepest = 0;
  for (double time = from; time <= to; time += 0.001) {
    double before = 1, after = 1;
    for (int i = 1; i <= 8; ++i) before += energy(sound, time - 0.001 * i);
    for (int i = 0; i < 4; ++i) after += 2 * energy(sound, time + 0.001 * i);
    if (after / before > steepest) {
      steepest = after / before;
      best = time;
    }
  }
  return best;
}

}  // namespace

GST_START_TEST(test_lips_open_at_plosive_burst) {
  const Clip clip = play(
      "text=\"Papa. Peppa. Popo. Apa. Tape. Upper. Happy. Puppet. Pepper.\" language=en "
      "voice=m3 speed=120 ground-truth=true camera-effects=false",
      "format=BGR, width=16, height=16, framerate=200/1", "format=S16LE, rate=48000, channels=1");
  const Seen seen = seen_in(clip.video);
  const auto bytes = bytes_of(clip.audio);
  std::vector<gint16> sound(bytes.size() / 2);
  std::memcpy(sound.data(), bytes.data(), bytes.size());
  int bursts = 0, in_step = 0;
  for (const auto &[release, phoneme] : seen.closures) {
    // Voiceless: its closure is silent, so that the burst is the first sound.
    if (phoneme.name.find('p') == std::string::npos) continue;
    const double start = double(phoneme.start) / GST_SECOND, time = double(release) / GST_SECOND;
    const auto lips = parting(seen, start - 0.02, time + 0.06);
    const double heard = onset(sound, time - 0.03, time + 0.03);
    ++bursts;
    const bool ok =
        lips && std::abs(*lips - heard) <= kTolerance && std::abs(*lips - time) <= kTolerance;
    in_step += ok;
    if (!ok) {
      GST_WARNING("%s released at %.4f s: lips open at %.4f, sound at %.4f", phoneme.name.c_str(),
                  time, lips.value_or(-1), heard);
    }
  }
  fail_unless(bursts >= 12, "only %d bursts", bursts);
  fail_unless_equals_int(in_step, bursts);
}
GST_END_TEST

GST_START_TEST(test_pauses_are_silent_with_closed_mouth) {
  // Between the sentences and after the last one.
  const Clip clip = play("text=\"One. Two. Three.\" language=en ground-truth=true",
                         "format=BGR, width=16, height=16, framerate=100/1",
                         "format=S16LE, rate=48000, channels=1");
  const auto bytes = bytes_of(clip.audio);
  std::vector<gint16> sound(bytes.size() / 2);
  std::memcpy(sound.data(), bytes.data(), bytes.size());
  int pauses = 0;
  for (GstBuffer *buffer : clip.video) {
    const auto *meta = gst_buffer_get_hyperlips_speech_meta(buffer);
    const auto &phonemes = meta->data.phonemes;
    if (phonemes.size() != 1 || phonemes[0].viseme != Viseme::Silence) continue;
    const GstClockTime pts = GST_BUFFER_PTS(buffer);
    // At the edges of a pause sound decays, and lips close and, earlier than the sound, open.
    if (pts < phonemes[0].start + 200 * GST_MSECOND) continue;
    if (end_of(buffer) + 420 * GST_MSECOND > phonemes[0].end) continue;
    ++pauses;
    const std::size_t first = gst_util_uint64_scale(pts, kRate, GST_SECOND);
    for (std::size_t i = first; i < first + kRate / 100 && i < sound.size(); ++i) {
      fail_unless(std::abs(sound[i]) < 330, "sound at %f s", double(i) / kRate);
    }
    fail_unless(meta->data.pose.mouth.opening < 0.005f);
  }
  fail_unless(pauses > 0);
}
GST_END_TEST

static Suite *testsrc_sync_suite() {
  Suite *suite = suite_create("hyperlipstestsrc_sync");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_lips_open_at_plosive_burst);
  tcase_add_test(tests, test_pauses_are_silent_with_closed_mouth);
  return suite;
}

GST_CHECK_MAIN(testsrc_sync)
