// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/audio/audio.h>

#include <memory>
#include <vector>

/// Raw audio of any format, rate, layout and number of channels to the 16 kHz mono samples that the
/// mel spectrogram takes. Channels are averaged (as librosa does when it loads a file); what is not
/// finite counts as 0. Sample k of the output lies exactly k / 16000 s after the first frame of the
/// input: the resampler's delay shows only as waiting, and the result does not depend on how the
/// frames are cut into buffers. Not thread-safe.
class SpeechResampler {
 public:
  /// Takes frames of this format from now on. At a new rate the samples still waiting come out
  /// first, so nothing is lost; the rest of the format may change without a seam.
  void configure(const GstAudioInfo &info, std::vector<float> &out);

  /// Converts `frames` frames; planes[0] holds all channels where the layout is interleaved, else
  /// planes[c] holds channel c. Appends to `out`.
  void push(const gpointer *planes, gsize frames, std::vector<float> &out);

  void push_silence(gsize frames, std::vector<float> &out);

  /// The end of a stretch: appends the rest, so that n frames have given ceil(16000 n / rate)
  /// samples, and starts afresh.
  void drain(std::vector<float> &out);

  /// Forgets the samples and keeps the format.
  void reset();

  /// How long after its own end a sample comes out, at most: 0 where the rate is 16 kHz.
  GstClockTime latency() const;

  /// The most frames to push at once so that memory stays small, at least 1.
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
  std::unique_ptr<GstAudioResampler, Free> resampler_;  // none where the rate is 16 kHz
  gint64 frames_in_ = 0;                                // since the resampler started
  gint64 samples_out_ = 0;                              // the same
  double offset_ = 0.0;  // of the resampler's first sample against its place, from rate changes
  std::vector<double> unpacked_;
  std::vector<float> mono_;
};
