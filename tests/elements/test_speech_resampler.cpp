// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <random>

#include "gst/hyperlips/gsthyperlipsspeechresampler.h"

namespace {

class Input {
 public:
  explicit Input(int rate, int channels = 1) { set(rate, channels); }

  void set(int rate, int channels = 1) {
    gst_audio_info_set_format(&info_, GST_AUDIO_FORMAT_F32, rate, channels, nullptr);
    resampler.configure(info_, out);
  }

  void push(const std::vector<float> &samples, std::size_t chunk = 997) {
    const std::size_t channels = GST_AUDIO_INFO_CHANNELS(&info_);
    for (std::size_t at = 0; at < samples.size(); at += chunk * channels) {
      const std::size_t count = std::min(chunk * channels, samples.size() - at);
      const gpointer planes[] = {const_cast<float *>(samples.data() + at)};
      resampler.push(planes, count / channels, out);
    }
  }

  SpeechResampler resampler;
  std::vector<float> out;

 private:
  GstAudioInfo info_;
};

/// Distance of the impulse in `samples` from sample `at`, from the phase of its spectrum.
double lateness(const std::vector<float> &samples, double at, double hz) {
  std::complex<double> sum = 0;
  for (std::size_t i = 0; i < samples.size(); ++i)
    sum += static_cast<double>(samples[i]) *
           std::polar(1.0, -2 * M_PI * hz * (static_cast<double>(i) - at) / 16000);
  return -std::arg(sum) / (2 * M_PI * hz / 16000);
}

std::vector<float> noise(std::size_t count) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  std::vector<float> samples(count);
  for (float &value : samples) value = uniform(random);
  return samples;
}

constexpr int kRates[] = {8000,  11025, 12000, 16000, 22050, 24000,  32000,
                          44100, 47999, 48000, 88200, 96000, 192000, 384000};

TEST(SpeechResampler, ImpulsePosition) {
  for (const int rate : kRates) {
    for (const int at : {rate / 2, rate / 2 + 1, rate / 2 + 7}) {
      std::vector<float> impulse(rate);
      impulse[at] = 1.0f;
      Input input(rate);
      input.push(impulse);
      input.resampler.drain(input.out);
      for (const double hz : {100.0, 1000.0, 3000.0})
        EXPECT_NEAR(lateness(input.out, at * 16000.0 / rate, hz), 0.0, 1e-3) << rate;
    }
  }
}

TEST(SpeechResampler, OutputLength) {
  for (const int rate : kRates) {
    for (const int frames : {1, 2, 100, 441, 1001, 48000}) {
      Input input(rate);
      input.push(noise(frames));
      input.resampler.drain(input.out);
      EXPECT_EQ(static_cast<std::int64_t>(input.out.size()),
                (frames * INT64_C(16000) + rate - 1) / rate)
          << rate << " " << frames;
    }
  }
}

TEST(SpeechResampler, BufferSizeDoesNotChangeOutput) {
  for (const int rate : kRates) {
    const std::vector<float> samples = noise(10007);
    Input whole(rate);
    whole.push(samples, samples.size());
    whole.resampler.drain(whole.out);
    for (const std::size_t chunk : {1, 7, 160, 997}) {
      Input cut(rate);
      cut.push(samples, chunk);
      cut.resampler.drain(cut.out);
      EXPECT_EQ(cut.out, whole.out) << rate << " " << chunk;
    }
  }
}

TEST(SpeechResampler, FlatInMelBands) {
  for (const int rate : kRates) {
    const double highest = rate > 16000 ? 7600.0 : rate * 0.44;
    for (const double hz : {60.0, 300.0, 1000.0, 3000.0, 7000.0, 7590.0}) {
      if (hz > highest) continue;
      std::vector<float> sine(rate);
      for (int i = 0; i < rate; ++i)
        sine[i] = static_cast<float>(std::sin(2 * M_PI * hz * i / rate));
      Input input(rate);
      input.push(sine);
      double worst = 0;
      for (std::size_t i = 1000; i < 13000; ++i)
        worst = std::max<double>(
            worst,
            std::abs(input.out[i] - std::sin(2 * M_PI * hz * static_cast<double>(i) / 16000)));
      EXPECT_LT(worst, 1e-3) << rate << " " << hz;
    }
  }
}

TEST(SpeechResampler, RateChangesKeepTime) {
  Input input(48000);
  double seconds = 0;
  for (const int rate : {48000, 44100, 8000, 16000, 22050, 96000, 16000, 44100}) {
    input.set(rate);
    const int frames = 1237;
    input.push(noise(frames));
    seconds += static_cast<double>(frames) / rate;
  }
  std::vector<float> impulse(44100);
  impulse[22050] = 1.0f;
  input.push(impulse);
  input.resampler.drain(input.out);
  EXPECT_NEAR(static_cast<double>(input.out.size()), (seconds + 1.0) * 16000, 1.0);
  const double at = (seconds + 0.5) * 16000;
  const auto from = static_cast<std::size_t>(at) - 2000;
  const std::vector<float> late(input.out.begin() + from, input.out.begin() + from + 4000);
  EXPECT_NEAR(lateness(late, at - static_cast<double>(from), 100.0), 0.0, 0.51);
}

TEST(SpeechResampler, DrainResets) {
  const std::vector<float> samples = noise(5003);
  Input input(44100);
  input.push(samples);
  input.resampler.drain(input.out);
  const std::vector<float> first = input.out;
  input.out.clear();
  input.push(noise(77));
  input.resampler.reset();
  input.out.clear();
  input.push(samples);
  input.resampler.drain(input.out);
  EXPECT_EQ(input.out, first);
}

TEST(SpeechResampler, NonFiniteSamplesAreZero) {
  for (const int rate : {16000, 44100}) {
    Input broken(rate), zeroed(rate);
    std::vector<float> samples = noise(3000);
    samples[1000] = 0.0f;
    zeroed.push(samples);
    samples[1000] = NAN;
    broken.push(samples);
    EXPECT_EQ(broken.out, zeroed.out);
  }
}

TEST(SpeechResampler, ExtremeRates) {
  Input slow(1);
  slow.push({0.5f, 0.5f, 0.5f, 0.5f}, 1);
  slow.resampler.drain(slow.out);
  EXPECT_EQ(slow.out.size(), 4u * 16000);
  for (const float value : slow.out) ASSERT_TRUE(std::abs(value) < 1.0f);

  Input fast(768000);
  fast.push(std::vector<float>(768000, 0.25f));
  fast.resampler.drain(fast.out);
  ASSERT_EQ(fast.out.size(), 16000u);
  EXPECT_NEAR(fast.out[8000], 0.25f, 1e-4);
}

}  // namespace
