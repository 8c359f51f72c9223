// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/audio/audio.h>

#include <cstdint>
#include <span>
#include <vector>

#include "gst/lib/media/media_reader.hpp"

namespace hyperlips {

/// Caps of interleaved 32-bit float samples; 0 for any rate or number of channels.
std::string sound_caps(int rate, int channels);

/// The sound of a file as one continuous sequence of samples; gaps are filled with silence. A
/// sample is one value per channel.
///
///     SoundReader reader("speech.wav", 16000, 1, cancel);
///     reader.set_origin(reader.start());
///     std::vector<float> samples(16000);
///     while (const std::size_t count = reader.read(samples)) use(std::span(samples).first(count));
class SoundReader {
 public:
  /// rate (Hz) and channels to convert to; 0 to keep those of the file.
  SoundReader(const std::string &path, int rate, int channels, const std::atomic<bool> &cancel);

  /// Decodes the first buffer and returns its stream time. Throws Error if the file has no sound.
  GstClockTime start();

  /// Valid after start().
  int rate() const { return rate_; }
  int channels() const { return channels_; }

  /// Sets the stream time of sample 0; earlier samples are dropped. Call it after start().
  void set_origin(GstClockTime origin) { origin_ = origin; }

  /// Index of the first sample that is not filled in: 0 unless the sound starts after the origin.
  std::int64_t first() const;

  /// Reads the next samples, interleaved, and returns how many; fewer than fit only at the end.
  std::size_t read(std::span<float> samples);

  bool waits_for_input() const { return reader_.waits_for_input(); }

 private:
  bool pull();
  bool fill();
  void take();
  std::int64_t index_of(GstClockTime time) const;

  MediaReader reader_;
  int rate_, channels_;
  BufferPtr buffer_;       // pulled, not yet copied to pending_
  GstClockTime time_ = 0;  // its stream time
  GstClockTime start_ = 0, origin_ = 0;
  std::int64_t next_ = 0;  // index behind gap_ and pending_
  bool placed_ = false;    // a buffer has been copied
  std::int64_t gap_ = 0;   // silent samples before pending_
  std::vector<float> pending_;
  std::size_t used_ = 0;  // values of pending_ already returned
};

}  // namespace hyperlips
