// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hyperlips {

/// \file
/// Mel spectrograms of speech. Basic usage:
///
///     hyperlips::MelStream stream;
///     std::vector<hyperlips::MelColumn> columns;
///     while (read_samples(samples)) stream.push(samples, columns);  // 16 kHz, mono
///     stream.finish(columns);
///     hyperlips::MelTimeline timeline;  // mel_window.hpp
///     timeline.append(0, columns);
///     timeline.find(time_ns, window);  // the network's input for the frame at this time

inline constexpr int kMelBands = 80;
inline constexpr int kMelRate = 80;           ///< columns per second
inline constexpr int kMelSampleRate = 16000;  ///< Hz
inline constexpr int kMelHop = 200;           ///< samples from one column to the next
inline constexpr int kMelFft = 800;           ///< samples per column
inline constexpr int kMelWindow = 16;         ///< columns per frame, the input of the networks

/// One column of the spectrogram, lowest band first. Values are linear in dB, from -4 (amplitude of
/// -80 dB or less) to 4 (+20 dB or more).
using MelColumn = std::array<float, kMelBands>;

/// The mel spectrogram of the published system (librosa 0.9.2 as used by HyperLips), computed
/// incrementally. Column n is centered on sample 200 n; the stream is padded with 400 zeros at both
/// ends. The result does not depend on how the samples are divided into chunks. Not thread-safe.
class MelStream {
 public:
  MelStream();
  ~MelStream();
  MelStream(MelStream &&) noexcept;
  MelStream &operator=(MelStream &&) noexcept;

  /// Takes mono samples (-1 ... 1, 16 kHz) and appends the columns that they complete to `columns`.
  /// Values that are not finite are replaced by 0.
  void push(std::span<const float> samples, std::vector<MelColumn> &columns);

  /// Ends the stream: appends the remaining columns, for a total of 1 + samples / 200 (0 without
  /// samples), and resets.
  void finish(std::vector<MelColumn> &columns);

  /// Discards all samples, for example after a seek.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The spectrogram of a complete signal: 1 + samples / 200 columns (0 without samples).
std::vector<MelColumn> mel_spectrogram(std::span<const float> samples);

/// The weights of the bands, (80, 401) row-major: Slaney-normalized triangles from 55 to 7600 Hz,
/// equal to those of librosa.filters.mel.
std::vector<float> mel_filterbank();

}  // namespace hyperlips
