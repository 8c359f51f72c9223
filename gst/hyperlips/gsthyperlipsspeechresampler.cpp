// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsspeechresampler.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>

#include "hyperlips/audio/mel.hpp"

namespace {

constexpr gsize kBlockFrames = 4096;
constexpr gsize kBlockValues = 65536;

// The mel bands end at 7600 Hz, so aliases between 7600 Hz and 8 kHz have no effect: when
// downsampling, the filter may pass all frequencies below 8 kHz and reach its stop band above.
// When upsampling it must suppress images.
constexpr double kStopAttenuation = 96.0;
constexpr double kTransitionBandwidth = 0.05;
constexpr double kCutoffDown = 1.0;
constexpr double kCutoffUp = 0.95;
constexpr int kOversample = 32;

// Each phase has its own filter, except at odd rates where this would need more memory than this
// limit. There filters are interpolated linearly: with GstAudioResampler's default, cubic
// interpolation, the output is late by one oversampling step.
constexpr gint64 kMaxFilterBytes = 16 << 20;

constexpr double kRoundingSlack = 1e-6;  // samples

GstAudioResampler *new_resampler(int rate) {
  const double cutoff = rate > hyperlips::kMelSampleRate ? kCutoffDown : kCutoffUp;
  const gint64 phases = hyperlips::kMelSampleRate / std::gcd(rate, hyperlips::kMelSampleRate);
  const double taps = kStopAttenuation / (2.285 * 2.0 * std::numbers::pi * kTransitionBandwidth) *
                      std::max(1.0, static_cast<double>(rate) / hyperlips::kMelSampleRate);
  const bool exact = phases * taps * sizeof(float) <= kMaxFilterBytes;
  GstStructure *options = gst_structure_new(
      "options", GST_AUDIO_RESAMPLER_OPT_CUTOFF, G_TYPE_DOUBLE, cutoff,
      GST_AUDIO_RESAMPLER_OPT_STOP_ATTENUATION, G_TYPE_DOUBLE, kStopAttenuation,
      GST_AUDIO_RESAMPLER_OPT_TRANSITION_BANDWIDTH, G_TYPE_DOUBLE, kTransitionBandwidth,
      GST_AUDIO_RESAMPLER_OPT_FILTER_OVERSAMPLE, G_TYPE_INT, kOversample,
      GST_AUDIO_RESAMPLER_OPT_FILTER_MODE, GST_TYPE_AUDIO_RESAMPLER_FILTER_MODE,
      exact ? GST_AUDIO_RESAMPLER_FILTER_MODE_FULL : GST_AUDIO_RESAMPLER_FILTER_MODE_INTERPOLATED,
      GST_AUDIO_RESAMPLER_OPT_FILTER_INTERPOLATION, GST_TYPE_AUDIO_RESAMPLER_FILTER_INTERPOLATION,
      exact ? GST_AUDIO_RESAMPLER_FILTER_INTERPOLATION_NONE
            : GST_AUDIO_RESAMPLER_FILTER_INTERPOLATION_LINEAR,
      nullptr);
  GstAudioResampler *resampler =
      gst_audio_resampler_new(GST_AUDIO_RESAMPLER_METHOD_KAISER, GST_AUDIO_RESAMPLER_FLAG_NONE,
                              GST_AUDIO_FORMAT_F32, 1, rate, hyperlips::kMelSampleRate, options);
  gst_structure_free(options);
  return resampler;
}

/// Adds the channels of each frame. Value is the unpack format: std::int32_t or double.
template <typename Value>
void add_values(const double *unpacked, gsize frames, int channels, double scale, double *sums) {
  const Value *values = reinterpret_cast<const Value *>(unpacked);
  for (gsize frame = 0; frame < frames; ++frame) {
    for (int channel = 0; channel < channels; ++channel) {
      const double value = static_cast<double>(*values++) * scale;
      if (std::isfinite(value)) {
        sums[frame] += value;
      }
    }
  }
}

}  // namespace

void SpeechResampler::configure(const GstAudioInfo &info, std::vector<float> &out) {
  const bool same_rate = GST_AUDIO_INFO_RATE(&info) == GST_AUDIO_INFO_RATE(&info_);
  if (!same_rate && frames_in_ > 0) {
    complete(std::llround(position()), out);
    offset_ = position() - static_cast<double>(samples_out_);
  }
  info_ = info;
  if (!same_rate) {
    start();
  }
}

void SpeechResampler::start() {
  const int rate = GST_AUDIO_INFO_RATE(&info_);
  // A resampler that is reset keeps its phase; a new one starts at phase 0.
  resampler_.reset(rate == hyperlips::kMelSampleRate || rate == 0 ? nullptr : new_resampler(rate));
  frames_in_ = 0;
  samples_out_ = 0;
}

void SpeechResampler::push(const gpointer *planes, gsize frames, std::vector<float> &out) {
  const GstAudioFormatInfo *format = info_.finfo;
  const bool interleaved = GST_AUDIO_INFO_LAYOUT(&info_) == GST_AUDIO_LAYOUT_INTERLEAVED;
  const int channels = GST_AUDIO_INFO_CHANNELS(&info_);
  const int planes_count = interleaved ? 1 : channels;
  const int plane_channels = interleaved ? channels : 1;

  unpacked_.resize(frames + frames * plane_channels);
  double *sums = unpacked_.data();
  std::fill_n(sums, frames, 0.0);
  double *values = sums + frames;
  for (int plane = 0; plane < planes_count; ++plane) {
    // Without this flag the high bits are repeated in the low bits, and 1 / 32768 becomes larger.
    format->unpack_func(format, GST_AUDIO_PACK_FLAG_TRUNCATE_RANGE, values, planes[plane],
                        static_cast<gint>(frames * plane_channels));
    if (format->unpack_format == GST_AUDIO_FORMAT_S32) {
      add_values<std::int32_t>(values, frames, plane_channels, 1.0 / 2147483648.0, sums);
    } else {
      add_values<double>(values, frames, plane_channels, 1.0, sums);
    }
  }
  mono_.resize(frames);
  for (gsize frame = 0; frame < frames; ++frame) {
    const float mean = static_cast<float>(sums[frame] / channels);
    mono_[frame] = std::isfinite(mean) ? mean : 0.0f;
  }
  resample(mono_.data(), frames, out);
}

void SpeechResampler::push_silence(gsize frames, std::vector<float> &out) {
  mono_.assign(frames, 0.0f);
  resample(mono_.data(), frames, out);
}

void SpeechResampler::resample(const float *mono, gsize frames, std::vector<float> &out) {
  frames_in_ += frames;
  if (!resampler_) {
    out.insert(out.end(), mono, mono + frames);
    samples_out_ += frames;
    return;
  }
  const gsize samples = gst_audio_resampler_get_out_frames(resampler_.get(), frames);
  const gsize before = out.size();
  out.resize(before + samples);
  gpointer in[] = {const_cast<float *>(mono)};
  gpointer to[] = {out.data() + before};
  gst_audio_resampler_resample(resampler_.get(), in, frames, to, samples);
  samples_out_ += samples;
}

double SpeechResampler::position() const {
  return offset_ + static_cast<double>(frames_in_) * hyperlips::kMelSampleRate /
                       std::max(GST_AUDIO_INFO_RATE(&info_), 1);
}

/// Appends or removes samples until `total` were output since the resampler's start.
void SpeechResampler::complete(gint64 total, std::vector<float> &out) {
  const gint64 frames = frames_in_;
  while (resampler_ && samples_out_ < total) {
    push_silence(block(), out);
  }
  frames_in_ = frames;
  if (samples_out_ > total) {
    const gint64 excess = std::min<gint64>(samples_out_ - total, out.size());
    out.resize(out.size() - excess);
    samples_out_ -= excess;
  }
}

void SpeechResampler::drain(std::vector<float> &out) {
  if (frames_in_ > 0) {
    complete(static_cast<gint64>(std::ceil(position() - kRoundingSlack)), out);
  }
  reset();
}

void SpeechResampler::reset() {
  offset_ = 0.0;
  start();
}

GstClockTime SpeechResampler::latency() const {
  if (!resampler_) {
    return 0;
  }
  // A sample between two frames needs one frame more than the filter's length; the 16 kHz sample
  // itself has ended by then.
  const guint64 frames = gst_audio_resampler_get_max_latency(resampler_.get()) + 1;
  return gst_util_uint64_scale_ceil(frames, GST_SECOND, GST_AUDIO_INFO_RATE(&info_)) -
         GST_SECOND / hyperlips::kMelSampleRate;
}

gsize SpeechResampler::block() const {
  const gsize by_rate = GST_AUDIO_INFO_RATE(&info_);
  const gsize by_channels = kBlockValues / std::max<gsize>(GST_AUDIO_INFO_CHANNELS(&info_), 1);
  return std::clamp<gsize>(std::min(by_rate, by_channels), 1, kBlockFrames);
}
