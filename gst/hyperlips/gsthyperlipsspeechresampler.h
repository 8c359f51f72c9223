// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/audio/audio.h>

#include <memory>
#include <vector>

/// Converts raw audio of any format, rate, layout and number of channels to the 16 kHz mono samples
/// of the mel spectrogram. Channels are averaged, as by librosa.load; non-finite samples count as
/// 0. Output sample k is exactly k / 16000 s after the first input frame: the resampler's delay is
/// compensated. The result does not depend on how the input is split into buffers. Not thread-safe.
///
///     SpeechResampler resampler;
///     std::vector<float> samples;
///     resampler.configure(info, samples);
///     resampler.push(planes, frames, samples);  // in pieces of at most block() frames
///     resampler.drain(samples);                 // at the end of a segment
class SpeechResampler {
 public:
  /// Sets the format of the following frames. A new rate first appends the pending samples, so
  /// nothing is lost; a change of the rest of the format is seamless.
  void configure(const GstAudioInfo &info, std::vector<float> &out);

  /// Converts `frames` frames and appends to `out`. Interleaved: planes[0] holds all channels; else
  /// planes[c] holds channel c.
  void push(const gpointer *planes, gsize frames, std::vector<float> &out);

  void push_silence(gsize frames, std::vector<float> &out);

  /// The end of a segment: appends the rest, so that n frames give ceil(16000 n / rate) samples in
  /// total, and resets.
  void drain(std::vector<float> &out);

  /// Drops pending samples and keeps the format.
  void reset();

  /// Maximum delay between the end of a sample and its output; 0 at 16 kHz.
  GstClockTime latency() const;

  /// Maximum number of frames per push() that keeps memory use small; at least 1.
  gsize block() const;

 private:
  struct Free {
    void operator()(GstAudioResampler *resampler) const { gst_audio_resampler_free(resampler); }
  };

  void start();
  void resample(const float *mono, gsize frames, std::vector<float> &out);
  void complete(gint64 total, std::vector<float> &out);
  double position() const;

  GstAudioInfo info_{};
  std::unique_ptr<GstAudioResampler, Free> resampler_;  // nullptr at 16 kHz
  gint64 frames_in_ = 0;                                // since the resampler started
  gint64 samples_out_ = 0;                              // since the resampler started
  double offset_ = 0.0;  // time error of the resampler's first sample, in samples, by rate changes
  std::vector<double> unpacked_;
  std::vector<float> mono_;
};
