// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "mel_harness.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

/// The columns of each speech segment: the first one has the DISCONT flag.
std::vector<std::vector<TimedColumn>> speech_segments(const std::vector<TimedColumn> &columns) {
  std::vector<std::vector<TimedColumn>> result;
  for (const TimedColumn &column : columns) {
    if (column.discont) result.emplace_back();
    fail_unless(!result.empty());
    result.back().push_back(column);
  }
  return result;
}

/// Types of the buffers and events on a source pad, in order.
class Recorder {
 public:
  explicit Recorder(GstHarness *harness)
      : pad_(gst_element_get_static_pad(harness->element, "src")) {
    gst_pad_add_probe(
        pad_,
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                     GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                     GST_PAD_PROBE_TYPE_EVENT_FLUSH),
        [](GstPad *, GstPadProbeInfo *info, gpointer data) {
          auto &seen = static_cast<Recorder *>(data)->seen;
          if (GST_IS_BUFFER(info->data)) {
            seen.push_back("buffer");
          } else {
            seen.push_back(GST_EVENT_TYPE_NAME(GST_EVENT(info->data)));
          }
          return GST_PAD_PROBE_OK;
        },
        this, nullptr);
  }
  ~Recorder() { gst_object_unref(pad_); }

  std::vector<std::string> seen;

 private:
  GstPad *pad_;
};

}  // namespace

GST_START_TEST(test_caps_and_order) {
  MelHarness mel(audio_caps("F32LE", kRate));
  Recorder recorder(mel.harness);
  mel.push_all(noise(8000), kRate, 1600, 5 * GST_SECOND);
  mel.finish();
  GstCaps *caps = gst_pad_get_current_caps(mel.harness->sinkpad);
  GstCaps *expected = gst_caps_from_string(
      "application/x-hyperlips-mel, rate=(fraction)80/1, bands=(int)80, format=(string)F32LE");
  fail_unless(gst_caps_is_equal(caps, expected));
  gst_caps_unref(caps);
  gst_caps_unref(expected);
  fail_unless_equals_string(recorder.seen.front().c_str(), "buffer");
  fail_unless_equals_string(recorder.seen.back().c_str(), "eos");
}
GST_END_TEST

GST_START_TEST(test_discont_without_a_jump_continues_the_segment) {
  const std::vector<float> samples = noise(9321);
  for (const GstClockTimeDiff deviation : {0, 6, -6}) {
    MelHarness mel(audio_caps("F32LE", kRate));
    mel.push(std::span(samples).first(5000), 0, true);
    mel.push(std::span(samples).subspan(5000),
             time_of(5000) + GstClockTime(deviation * GstClockTimeDiff(kMs)), true);
    assert_segment(mel.finish(), 0, samples);
  }
  // Without a timestamp it goes on, too.
  MelHarness mel(audio_caps("F32LE", kRate));
  mel.push(std::span(samples).first(5000), 0, true);
  mel.push(std::span(samples).subspan(5000), GST_CLOCK_TIME_NONE, true);
  assert_segment(mel.finish(), 0, samples);
}
GST_END_TEST

GST_START_TEST(test_discont_with_a_jump_starts_a_segment) {
  const std::vector<float> first = noise(5000, 1), second = noise(4321, 2);
  for (const GstClockTimeDiff jump : {7, -7, 30, -30}) {
    const GstClockTime later = time_of(first.size()) + GstClockTime(jump * GstClockTimeDiff(kMs));
    MelHarness mel(audio_caps("F32LE", kRate));
    mel.push(first, 0, true);
    mel.push(second, later, true);
    const auto found = speech_segments(mel.finish());
    fail_unless_equals_int(found.size(), 2);
    assert_segment(found[0], 0, first);
    assert_segment(found[1], later, second);
  }
}
GST_END_TEST

GST_START_TEST(test_timestamp_jump_starts_a_segment) {
  const std::vector<float> first = noise(16000, 1), second = noise(16000, 2);
  for (const GstClockTimeDiff jump : {41, 500, -41, -700}) {
    const GstClockTime start = GST_SECOND, later = 2 * GST_SECOND + jump * (GstClockTimeDiff)kMs;
    MelHarness mel(audio_caps("F32LE", kRate));
    mel.push_all(first, kRate, 160, start);
    mel.push_all(second, kRate, 160, later);
    const auto found = speech_segments(mel.finish());
    fail_unless_equals_int(found.size(), 2);
    assert_segment(found[0], start, first);
    assert_segment(found[1], later, second);
  }
}
GST_END_TEST

GST_START_TEST(test_jitter_is_tolerated) {
  const std::vector<float> samples = noise(10 * kRate);
  std::mt19937 random(7);
  MelHarness mel(audio_caps("F32LE", kRate));
  for (std::size_t at = 0; at < samples.size(); at += 320) {
    const GstClockTime jitter = at == 0 ? 0 : random() % 39 * kMs;
    mel.push(std::span(samples).subspan(at, 320),
             10 * kMs + time_of(at) - (at ? 19 * kMs : 0) + jitter);
  }
  const auto found = speech_segments(mel.finish());
  fail_unless_equals_int(found.size(), 1);
  assert_segment(found[0], 10 * kMs, samples);
}
GST_END_TEST

GST_START_TEST(test_lasting_deviation_starts_a_segment) {
  const std::vector<float> samples = noise(6 * kRate);
  for (const int deviation : {20, -20, 6, -6}) {
    MelHarness mel(audio_caps("F32LE", kRate));
    for (std::size_t at = 0; at < samples.size(); at += 320)
      mel.push(std::span(samples).subspan(at, 320),
               GST_SECOND + time_of(at) + (at >= 32000 ? deviation * (GstClockTimeDiff)kMs : 0));
    const auto found = speech_segments(mel.finish());
    const bool realigns = std::abs(deviation) > 6;
    fail_unless_equals_int(found.size(), realigns ? 2 : 1);
    if (!realigns) continue;
    assert_segment(found[0], GST_SECOND, std::span(samples).first(48000));
    assert_segment(found[1], GST_SECOND + 3 * GST_SECOND + deviation * (GstClockTimeDiff)kMs,
                   std::span(samples).subspan(48000));
  }
}
GST_END_TEST

GST_START_TEST(test_rounded_timestamps_do_not_drift) {
  const std::vector<float> samples = noise(44100 * 20);
  MelHarness exact(audio_caps("F32LE", 44100)), rounded(audio_caps("F32LE", 44100));
  for (std::size_t at = 0; at < samples.size(); at += 1024) {
    const auto part =
        std::span(samples).subspan(at, std::min<std::size_t>(1024, samples.size() - at));
    exact.push(part, time_of(at, 44100));
    rounded.push(part, time_of(at, 44100) / kMs * kMs);
  }
  const auto expected = exact.finish(), got = rounded.finish();
  assert_one_segment(got, 0);
  fail_unless(values_of(got) == values_of(expected));
}
GST_END_TEST

GST_START_TEST(test_buffers_without_timestamps_continue) {
  const std::vector<float> samples = noise(16000);
  MelHarness mel(audio_caps("F32LE", kRate));
  mel.push(std::span(samples).first(1000), 2 * GST_SECOND);
  for (std::size_t at = 1000; at < samples.size(); at += 1000)
    mel.push(std::span(samples).subspan(at, 1000), GST_CLOCK_TIME_NONE);
  const auto columns = mel.finish();
  assert_segment(columns, 2 * GST_SECOND, samples);

  MelHarness none(audio_caps("F32LE", kRate));
  push_segment(none, 1.0, 3 * GST_SECOND, GST_CLOCK_TIME_NONE);
  none.push(samples, GST_CLOCK_TIME_NONE);
  assert_segment(none.finish(), 3 * GST_SECOND, samples);
}
GST_END_TEST

GST_START_TEST(test_gap_ends_a_segment) {
  const std::vector<float> first = noise(5000, 1), second = noise(4321, 2);
  MelHarness mel(audio_caps("F32LE", kRate));
  mel.push(first, 0);
  Recorder recorder(mel.harness);
  const GstClockTime gap = time_of(first.size());
  fail_unless(gst_harness_push_event(mel.harness, gst_event_new_gap(gap, GST_SECOND)));
  fail_unless_equals_int(recorder.seen.size(), 2);
  fail_unless_equals_string(recorder.seen[0].c_str(), "buffer");
  fail_unless_equals_string(recorder.seen[1].c_str(), "gap");
  mel.push(second, gap + GST_SECOND);
  const auto found = speech_segments(mel.finish());
  fail_unless_equals_int(found.size(), 2);
  assert_segment(found[0], 0, first);
  assert_segment(found[1], gap + GST_SECOND, second);
}
GST_END_TEST

GST_START_TEST(test_short_gap_is_silence) {
  std::vector<float> samples = noise(16000);
  std::fill(samples.begin() + 8000, samples.begin() + 8480, 0.0f);
  MelHarness mel(audio_caps("F32LE", kRate));
  Recorder recorder(mel.harness);
  mel.push(std::span(samples).first(8000), 0);
  for (int part = 0; part < 2; ++part)
    gst_harness_push_event(mel.harness,
                           gst_event_new_gap(time_of(8000) + part * 15 * kMs, 15 * kMs));
  mel.push(std::span(samples).subspan(8480), time_of(8480));
  assert_segment(mel.finish(), 0, samples);
  fail_unless(std::find(recorder.seen.begin(), recorder.seen.end(), "gap") == recorder.seen.end());
}
GST_END_TEST

GST_START_TEST(test_many_short_gaps_end_a_segment) {
  MelHarness mel(audio_caps("F32LE", kRate));
  Recorder recorder(mel.harness);
  mel.push(noise(8000), 0);
  for (int part = 0; part < 50; ++part)
    gst_harness_push_event(mel.harness,
                           gst_event_new_gap(time_of(8000) + part * 15 * kMs, 15 * kMs));
  fail_unless_equals_int(std::count(recorder.seen.begin(), recorder.seen.end(), "gap"), 48);
  // 500 ms of speech and 30 ms of silence for the first two gaps.
  fail_unless_equals_int(mel.finish().size(), 1 + (8000 + 480) / 200);
}
GST_END_TEST

GST_START_TEST(test_gap_before_speech) {
  MelHarness mel(audio_caps("F32LE", kRate));
  Recorder recorder(mel.harness);
  gst_harness_push_event(mel.harness, gst_event_new_gap(0, 10 * kMs));
  gst_harness_push_event(mel.harness, gst_event_new_gap(10 * kMs, GST_CLOCK_TIME_NONE));
  fail_unless_equals_int(std::count(recorder.seen.begin(), recorder.seen.end(), "gap"), 2);
  const std::vector<float> samples = noise(4000);
  mel.push(samples, GST_SECOND);
  assert_segment(mel.finish(), GST_SECOND, samples);
}
GST_END_TEST

GST_START_TEST(test_buffers_are_clipped_to_the_segment) {
  const std::vector<float> samples = noise(3 * kRate);
  MelHarness mel(audio_caps("F32LE", kRate));
  push_segment(mel, 1.0, GST_SECOND, 2 * GST_SECOND);
  mel.push_all(samples, kRate, 1500);
  assert_segment(mel.finish(), GST_SECOND, std::span(samples).subspan(kRate, kRate));
  const GstEvent *event = gst_pad_get_sticky_event(mel.harness->sinkpad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  gst_event_parse_segment(const_cast<GstEvent *>(event), &segment);
  fail_unless_equals_uint64(segment->start, GST_SECOND);
  fail_unless_equals_uint64(segment->stop, 2 * GST_SECOND);
  gst_event_unref(const_cast<GstEvent *>(event));
}
GST_END_TEST

GST_START_TEST(test_segment_event_starts_a_speech_segment) {
  const std::vector<float> first = noise(5000, 1), second = noise(4000, 2);
  MelHarness mel(audio_caps("F32LE", kRate));
  mel.push(first, 0);
  // The same segment again, or only its end, changes nothing.
  push_segment(mel, 1.0, 0, GST_CLOCK_TIME_NONE);
  push_segment(mel, 1.0, 0, 100 * GST_SECOND);
  Recorder recorder(mel.harness);
  push_segment(mel, 1.0, 30 * GST_SECOND, GST_CLOCK_TIME_NONE, time_of(first.size()));
  fail_unless_equals_int(recorder.seen.size(), 2);
  fail_unless_equals_string(recorder.seen[0].c_str(), "buffer");
  fail_unless_equals_string(recorder.seen[1].c_str(), "segment");
  mel.push(second, 30 * GST_SECOND);
  const auto found = speech_segments(mel.finish());
  fail_unless_equals_int(found.size(), 2);
  assert_segment(found[0], 0, first);
  assert_segment(found[1], 30 * GST_SECOND, second);
}
GST_END_TEST

GST_START_TEST(test_reverse_playback_sends_gaps) {
  MelHarness mel(audio_caps("F32LE", kRate));
  GstBus *bus = watch(mel);
  push_segment(mel, -1.0, 0, 10 * GST_SECOND);
  Recorder recorder(mel.harness);
  mel.push(noise(1600), 9 * GST_SECOND, true);
  mel.push(noise(1600), 8900 * kMs, true);
  GQuark domain = 0;
  int code = 0;
  const std::string warning = take_message(bus, GST_MESSAGE_WARNING, &domain, &code);
  fail_unless(domain == GST_STREAM_ERROR && code == GST_STREAM_ERROR_NOT_IMPLEMENTED);
  fail_unless(warning.find("reverse") != std::string::npos);
  fail_unless_equals_int(std::count(recorder.seen.begin(), recorder.seen.end(), "gap"), 2);
  fail_unless_equals_int(std::count(recorder.seen.begin(), recorder.seen.end(), "buffer"), 0);
  const std::vector<float> samples = noise(4000);
  push_segment(mel, 1.0, 0, GST_CLOCK_TIME_NONE);
  mel.push(samples, GST_SECOND);
  assert_segment(mel.finish(), GST_SECOND, samples);
  unwatch(mel, bus);
}
GST_END_TEST

GST_START_TEST(test_flush_drops_pending_samples) {
  const std::vector<float> samples = noise(5000, 3);
  for (const int rate : {kRate, 48000}) {
    MelHarness fresh(audio_caps("F32LE", rate));
    fresh.push(samples, 9 * GST_SECOND);
    const auto expected = fresh.finish();
    MelHarness mel(audio_caps("F32LE", rate));
    mel.push(noise(4321, 1), 0);
    mel.columns();
    gst_harness_push_event(mel.harness, gst_event_new_flush_start());
    fail_unless_equals_int(mel.push(samples, 0), GST_FLOW_FLUSHING);
    gst_harness_push_event(mel.harness, gst_event_new_flush_stop(TRUE));
    push_segment(mel, 1.0, 0, GST_CLOCK_TIME_NONE);
    mel.push(samples, 9 * GST_SECOND);
    const auto columns = mel.finish();
    assert_one_segment(columns, 9 * GST_SECOND);
    fail_unless(values_of(columns) == values_of(expected));
  }
}
GST_END_TEST

GST_START_TEST(test_eos_and_new_stream) {
  const std::vector<float> first = noise(5000, 1), second = noise(4321, 2);
  MelHarness mel(audio_caps("F32LE", kRate));
  mel.push(first, 0);
  assert_segment(mel.finish(), 0, first);
  gst_harness_push_event(mel.harness, gst_event_new_stream_start("next"));
  push_segment(mel, 1.0, 0, GST_CLOCK_TIME_NONE);
  mel.push(second, 0);
  assert_segment(mel.finish(), 0, second);

  MelHarness silent(audio_caps("F32LE", kRate));
  fail_unless(silent.finish().empty());
  fail_unless_equals_int(gst_harness_events_received(silent.harness) > 0, TRUE);
}
GST_END_TEST

GST_START_TEST(test_format_change_is_seamless) {
  const std::vector<float> samples = noise(48000);
  for (const int rate : {kRate, 44100}) {
    MelHarness plain(audio_caps("F32LE", rate));
    plain.push_all(samples, rate, 1000);
    const auto expected = plain.finish();
    MelHarness mel(audio_caps("F32LE", rate));
    for (std::size_t at = 0, part = 0; at < samples.size(); at += 1000, ++part) {
      const auto frames = std::span(samples).subspan(at, 1000);
      if (part % 2 == 0) {
        mel.set_caps(audio_caps("F32LE", rate));
        mel.push(frames, time_of(at, rate));
      } else {
        const std::vector<double> wide(frames.begin(), frames.end());
        std::vector<double> stereo;
        for (const double value : wide) stereo.insert(stereo.end(), {value, value});
        mel.set_caps(audio_caps("F64LE", rate, 2));
        gst_harness_push(mel.harness,
                         MelHarness::buffer(std::as_bytes(std::span(stereo)), time_of(at, rate)));
      }
    }
    const auto columns = mel.finish();
    assert_one_segment(columns, 0);
    fail_unless(values_of(columns) == values_of(expected));
  }
}
GST_END_TEST

GST_START_TEST(test_rate_change_keeps_all_samples) {
  const Signal signal = harmonics(3300.0);
  MelHarness mel(audio_caps("F32LE", kRate));
  double from = 0;
  for (const int rate : {16000, 48000, 8000, 44100, 22050, 16000}) {
    mel.set_caps(audio_caps("F32LE", rate));
    const std::vector<float> part = sample([&](double t) { return signal(from + t); }, rate, 1.0);
    for (std::size_t at = 0; at < part.size(); at += 441)
      mel.push(std::span(part).subspan(at, std::min<std::size_t>(441, part.size() - at)),
               static_cast<GstClockTime>(from) * GST_SECOND + time_of(at, rate));
    from += 1.0;
  }
  const auto columns = mel.finish();
  assert_one_segment(columns, 0);
  const auto expected = mel_spectrogram(sample(signal, kRate, 6.0));
  fail_unless_equals_int(columns.size(), expected.size());
  double worst = 0;
  for (std::size_t c = 3; c + 3 < columns.size(); ++c) {
    if (c % 80 < 3 || c % 80 > 77) continue;  // the filters' ends at the seams
    for (int band = 0; band < kMelBands; ++band)
      if (expected[c][band] > -2.0f)
        worst = std::max<double>(worst, std::abs(columns[c].values[band] - expected[c][band]));
  }
  fail_unless(worst < 0.01, "differs by %g", worst);
}
GST_END_TEST

static Suite *hyperlipsmel_suite() {
  Suite *suite = suite_create("hyperlipsmel");
  TCase *chain = tcase_create("general");
  suite_add_tcase(suite, chain);
  tcase_add_test(chain, test_caps_and_order);
  tcase_add_test(chain, test_discont_without_a_jump_continues_the_segment);
  tcase_add_test(chain, test_discont_with_a_jump_starts_a_segment);
  tcase_add_test(chain, test_timestamp_jump_starts_a_segment);
  tcase_add_test(chain, test_jitter_is_tolerated);
  tcase_add_test(chain, test_lasting_deviation_starts_a_segment);
  tcase_add_test(chain, test_rounded_timestamps_do_not_drift);
  tcase_add_test(chain, test_buffers_without_timestamps_continue);
  tcase_add_test(chain, test_gap_ends_a_segment);
  tcase_add_test(chain, test_short_gap_is_silence);
  tcase_add_test(chain, test_many_short_gaps_end_a_segment);
  tcase_add_test(chain, test_gap_before_speech);
  tcase_add_test(chain, test_buffers_are_clipped_to_the_segment);
  tcase_add_test(chain, test_segment_event_starts_a_speech_segment);
  tcase_add_test(chain, test_reverse_playback_sends_gaps);
  tcase_add_test(chain, test_flush_drops_pending_samples);
  tcase_add_test(chain, test_eos_and_new_stream);
  tcase_add_test(chain, test_format_change_is_seamless);
  tcase_add_test(chain, test_rate_change_keeps_all_samples);
  return suite;
}

GST_CHECK_MAIN(hyperlipsmel)
