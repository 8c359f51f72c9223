// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "common/fixtures.hpp"
#include "mel_harness.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

std::vector<GstAudioFormat> all_formats() {
  std::vector<GstAudioFormat> formats;
  for (int f = GST_AUDIO_FORMAT_S8; f <= GST_AUDIO_FORMAT_F64BE; ++f)
    formats.push_back(static_cast<GstAudioFormat>(f));
  return formats;
}

/// Packs values in a format, and the values after rounding to it.
struct Packed {
  std::vector<std::byte> bytes;
  std::vector<float> kept;
};

Packed pack(GstAudioFormat format, std::span<const float> values) {
  const GstAudioFormatInfo *info = gst_audio_format_get_info(format);
  const int count = static_cast<int>(values.size());
  Packed result;
  result.bytes.resize(values.size() * GST_AUDIO_FORMAT_INFO_WIDTH(info) / 8);
  if (info->unpack_format == GST_AUDIO_FORMAT_S32) {
    const int unused = 32 - GST_AUDIO_FORMAT_INFO_DEPTH(info);
    std::vector<gint32> whole;
    for (const float value : values) {
      const gint32 kept = static_cast<gint32>(value * 2147483648.0) >> unused << unused;
      whole.push_back(kept);
      result.kept.push_back(static_cast<float>(kept / 2147483648.0));
    }
    info->pack_func(info, GST_AUDIO_PACK_FLAG_TRUNCATE_RANGE, whole.data(), result.bytes.data(),
                    count);
  } else {
    std::vector<gdouble> whole(values.begin(), values.end());
    info->pack_func(info, GST_AUDIO_PACK_FLAG_NONE, whole.data(), result.bytes.data(), count);
    result.kept.assign(values.begin(), values.end());
  }
  return result;
}

std::vector<MelColumn> as_f32(std::span<const float> samples, int rate) {
  MelHarness mel(audio_caps("F32LE", rate));
  mel.push_all(samples, rate, 4096);
  return values_of(mel.finish());
}

/// A non-interleaved buffer with its GstAudioMeta.
GstBuffer *planar_buffer(const GstAudioInfo &info, const std::vector<Packed> &channels) {
  GstBuffer *buffer = gst_buffer_new();
  for (const Packed &channel : channels)
    gst_buffer_append_memory(
        buffer, gst_memory_new_wrapped(
                    GST_MEMORY_FLAG_READONLY, const_cast<std::byte *>(channel.bytes.data()),
                    channel.bytes.size(), 0, channel.bytes.size(), nullptr, nullptr));
  gst_buffer_add_audio_meta(buffer, &info, channels[0].kept.size(), nullptr);
  GST_BUFFER_PTS(buffer) = 0;
  return buffer;
}

}  // namespace

GST_START_TEST(test_columns_equal_the_library) {
  const std::vector<float> samples = read_wav(data_file("mel/video1_4s.wav"));
  const std::vector<float> reference = read_npy(data_file("mel/video1_mel.npy"));
  const Packed packed = pack(GST_AUDIO_FORMAT_S16LE, samples);
  MelHarness mel(audio_caps("S16LE", 16000));
  const gsize chunk = 2 * 1231;
  for (gsize at = 0; at < packed.bytes.size(); at += chunk) {
    const auto part =
        std::span(packed.bytes).subspan(at, std::min(chunk, packed.bytes.size() - at));
    gst_harness_push(mel.harness, MelHarness::buffer(part, at / 2 * GST_SECOND / 16000));
  }
  const std::vector<TimedColumn> columns = mel.finish();
  assert_one_segment(columns, 0);
  fail_unless(values_of(columns) == mel_spectrogram(samples));
  fail_unless_equals_int(columns.size(), 321);
  for (int band = 0; band < kMelBands; ++band)
    for (int c = 0; c < 321; ++c)
      fail_unless(std::abs(columns[c].values[band] - reference[band * 321 + c]) < 1e-4);
}
GST_END_TEST

GST_START_TEST(test_formats_interleaved) {
  for (const int rate : {8000, 16000, 44100}) {
    const std::vector<float> samples = noise(rate / 2);
    for (const GstAudioFormat format : all_formats()) {
      const Packed packed = pack(format, samples);
      MelHarness mel(audio_caps(gst_audio_format_to_string(format), rate));
      gst_harness_push(mel.harness, MelHarness::buffer(packed.bytes, 0));
      const std::vector<MelColumn> expected =
          rate == 16000 ? mel_spectrogram(packed.kept) : as_f32(packed.kept, rate);
      const double difference = largest_difference(values_of(mel.finish()), expected);
      fail_unless(difference < 1e-5, "%s at %d Hz differs by %g",
                  gst_audio_format_to_string(format), rate, difference);
    }
  }
}
GST_END_TEST

GST_START_TEST(test_formats_non_interleaved) {
  for (const GstAudioFormat format : all_formats()) {
    for (const int channels : {1, 2, 10}) {
      std::vector<Packed> packed;
      std::vector<float> mean(8000);
      for (int c = 0; c < channels; ++c) {
        packed.push_back(pack(format, noise(8000, c)));
        for (int i = 0; i < 8000; ++i) mean[i] += packed[c].kept[i] / static_cast<float>(channels);
      }
      const std::string caps =
          audio_caps(gst_audio_format_to_string(format), 16000, channels, "non-interleaved");
      GstAudioInfo info;
      GstCaps *parsed = gst_caps_from_string(caps.c_str());
      fail_unless(gst_audio_info_from_caps(&info, parsed));
      gst_caps_unref(parsed);
      MelHarness mel(caps);
      fail_unless_equals_int(gst_harness_push(mel.harness, planar_buffer(info, packed)),
                             GST_FLOW_OK);
      const double difference = largest_difference(values_of(mel.finish()), mel_spectrogram(mean));
      fail_unless(difference < 1e-3, "%s x %d differs by %g", gst_audio_format_to_string(format),
                  channels, difference);
    }
  }
}
GST_END_TEST

GST_START_TEST(test_channels_are_averaged) {
  const std::vector<float> voice = noise(16000);
  for (const int channels : {1, 2, 3, 6, 8, 24, 64, 70}) {
    // Speech in any single channel is kept; in all channels it does not clip.
    for (const int speaking : {0, channels - 1, -1}) {
      std::vector<float> frames(voice.size() * channels);
      std::vector<float> mean(voice.size());
      for (std::size_t i = 0; i < voice.size(); ++i) {
        for (int c = 0; c < channels; ++c)
          frames[i * channels + c] = speaking < 0 || speaking == c ? 2 * voice[i] : 0.0f;
        mean[i] = 2 * voice[i] / static_cast<float>(speaking < 0 ? 1 : channels);
      }
      MelHarness mel(audio_caps("F32LE", 16000, channels));
      mel.push_all(frames, 16000, 1000, 0, channels);
      const double difference = largest_difference(values_of(mel.finish()), mel_spectrogram(mean));
      fail_unless(difference < 1e-4, "%d channels, %d: %g", channels, speaking, difference);
    }
  }
}
GST_END_TEST

GST_START_TEST(test_sample_rates) {
  for (const int rate : {8000, 11025, 22050, 32000, 44100, 48000, 96000, 192000, 384000}) {
    const double highest = rate > 16000 ? 7500.0 : 0.43 * rate;
    const Signal signal = harmonics(highest);
    MelHarness mel(audio_caps("F32LE", rate));
    mel.push_all(sample(signal, rate, 2.0), rate, rate / 50, 3 * GST_SECOND);
    const std::vector<TimedColumn> columns = mel.finish();
    const std::vector<MelColumn> expected = mel_spectrogram(sample(signal, 16000, 2.0));
    fail_unless_equals_int(columns.size(), 161);
    assert_one_segment(columns, 3 * GST_SECOND);
    double worst = 0;
    for (int c = 3; c < 158; ++c)
      for (int band = 0; band < kMelBands; ++band)
        if (expected[c][band] > -2.0f)
          worst = std::max<double>(worst, std::abs(columns[c].values[band] - expected[c][band]));
    fail_unless(worst < 0.005, "%d Hz differs by %g", rate, worst);
  }
}
GST_END_TEST

GST_START_TEST(test_impulse_position) {
  for (const int rate : {8000, 11025, 16000, 22050, 44100, 48000, 96000}) {
    const GstClockTime start = 7 * GST_SECOND + 123456789;
    std::vector<float> impulse(2 * rate);
    impulse[rate] = 0.9f;
    MelHarness mel(audio_caps("F32LE", rate));
    mel.push_all(impulse, rate, 441, start);
    const std::vector<TimedColumn> columns = mel.finish();
    assert_one_segment(columns, start);
    // Amplitudes; a Hann window makes the neighbors of the impulse's column half as strong.
    const auto amplitude = [&](int c) {
      double sum = 0;
      for (int band = 10; band < 50; ++band)
        sum += std::pow(10.0, columns[c].values[band] * 100 / 8 / 20);
      return sum;
    };
    fail_unless_equals_uint64(columns[80].pts, start + GST_SECOND);
    fail_unless(amplitude(80) > 1.9 * amplitude(79) && amplitude(80) > 1.9 * amplitude(81));
    const double before = amplitude(79) / amplitude(80), after = amplitude(81) / amplitude(80);
    // One 16 kHz sample off would move the two by 0.8 % of each other.
    fail_unless(std::abs(before - after) < 0.003, "%d Hz: %g %g", rate, before, after);
    for (const int c : {70, 77, 83, 90})
      for (const float value : columns[c].values) fail_unless(value < -3.0f);
  }
}
GST_END_TEST

GST_START_TEST(test_buffer_size_does_not_change_columns) {
  for (const int rate : {16000, 44100, 48000}) {
    const std::vector<float> samples = noise(rate / 2 + 13);
    MelHarness whole(audio_caps("F32LE", rate));
    whole.push_all(samples, rate, samples.size());
    const std::vector<MelColumn> expected = values_of(whole.finish());
    for (const std::size_t chunk : {1, 7, 160, 997}) {
      MelHarness cut(audio_caps("F32LE", rate));
      cut.push_all(samples, rate, chunk);
      const std::vector<TimedColumn> columns = cut.finish();
      assert_one_segment(columns, 0);
      fail_unless(values_of(columns) == expected, "%d Hz in chunks of %d", rate, (int)chunk);
    }
  }
}
GST_END_TEST

GST_START_TEST(test_silence_and_non_finite_samples) {
  for (const int rate : {16000, 48000}) {
    std::vector<float> samples(rate);
    samples[10] = NAN;
    samples[20] = INFINITY;
    MelHarness mel(audio_caps("F32LE", rate));
    mel.push_all(samples, rate, 1024);
    for (const TimedColumn &column : mel.finish())
      for (const float value : column.values) fail_unless_equals_float(value, -4.0f);
  }
}
GST_END_TEST

GST_START_TEST(test_minimum_and_maximum_rate) {
  MelHarness slow(audio_caps("F32LE", 1));
  slow.push_all(std::vector<float>(5, 0.5f), 1, 1);
  fail_unless_equals_int(slow.finish().size(), 401);
  MelHarness fast(audio_caps("F32LE", 768000));
  fast.push_all(std::vector<float>(768000, 0.5f), 768000, 100000);
  fail_unless_equals_int(fast.finish().size(), 81);
}
GST_END_TEST

static Suite *hyperlipsmel_formats_suite() {
  Suite *suite = suite_create("hyperlipsmel_formats");
  TCase *chain = tcase_create("general");
  suite_add_tcase(suite, chain);
  tcase_add_test(chain, test_columns_equal_the_library);
  tcase_add_test(chain, test_formats_interleaved);
  tcase_add_test(chain, test_formats_non_interleaved);
  tcase_add_test(chain, test_channels_are_averaged);
  tcase_add_test(chain, test_sample_rates);
  tcase_add_test(chain, test_impulse_position);
  tcase_add_test(chain, test_buffer_size_does_not_change_columns);
  tcase_add_test(chain, test_silence_and_non_finite_samples);
  tcase_add_test(chain, test_minimum_and_maximum_rate);
  return suite;
}

GST_CHECK_MAIN(hyperlipsmel_formats)
