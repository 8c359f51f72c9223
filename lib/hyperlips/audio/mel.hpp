// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hyperlips {

inline constexpr int kMelBands = 80;
inline constexpr int kMelRate = 80;           ///< columns a second
inline constexpr int kMelSampleRate = 16000;  ///< Hz
inline constexpr int kMelHop = 200;           ///< samples
inline constexpr int kMelFft = 800;           ///< samples
inline constexpr int kMelWindow = 16;         ///< columns the networks look at

/// One column of the spectrogram, low bands first, -4 ... 4.
using MelColumn = std::array<float, kMelBands>;

/// The mel spectrogram of the published system (librosa 0.9.2 as HyperLips calls it), computed as
/// samples arrive. Column n is centered on sample 200 n; the stream is padded with 400 zeros at
/// both ends. The result does not depend on how the samples are cut into chunks. Not thread-safe.
class MelStream {
 public:
  MelStream();
  ~MelStream();
  MelStream(MelStream &&) noexcept;
  MelStream &operator=(MelStream &&) noexcept;

  /// Takes mono samples (-1 ... 1, 16 kHz) and appends every column that is complete by now to
  /// `columns`. Values that are not finite count as 0.
  void push(std::span<const float> samples, std::vector<MelColumn> &columns);

  /// The end of the stream: appends the remaining columns, 1 + samples / 200 in all (none for a
  /// stream without a sample), and resets.
  void finish(std::vector<MelColumn> &columns);

  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The whole spectrogram at once.
std::vector<MelColumn> mel_spectrogram(std::span<const float> samples);

/// The weights of the bands, (80, 401) row-major: Slaney-normalized triangles from 55 to 7600 Hz,
/// as librosa.filters.mel makes them.
std::vector<float> mel_filterbank();

}  // namespace hyperlips
