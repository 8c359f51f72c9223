// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/audio/audio.h>

#include <cstdint>
#include <span>
#include <vector>

#include "gst/lib/media/media_reader.hpp"

namespace hyperlips {

/// Caps of interleaved 32-bit float sound, as it runs through the tool; 0 leaves a number open.
std::string sound_caps(int rate, int channels);

/// The sound of a file as one unbroken row of samples: gaps are silence. A sample is one value for
/// each channel.
class SoundReader {
 public:
  /// rate and channels to convert to; 0 for the sound's own.
  SoundReader(const std::string &path, int rate, int channels, const std::atomic<bool> &cancel);

  /// Stream time of the first sample; decodes it. Throws Error if there is none.
  GstClockTime start();

  /// Known after start().
  int rate() const { return rate_; }
  int channels() const { return channels_; }

  /// The stream time that is sample 0; what lies before it is left out. Call it after start().
  void set_origin(GstClockTime origin) { origin_ = origin; }

  /// The first sample that is not filled in: 0 unless the sound starts behind the origin.
  std::int64_t first() const;

  /// The next samples, interleaved. Gives how many there were: fewer than asked for only at the
  /// end.
  std::size_t read(std::span<float> samples);

  bool waits_for_input() const { return reader_.waits_for_input(); }

 private:
  bool pull();
  bool fill();
  void take();
  std::int64_t index_of(GstClockTime time) const;

  MediaReader reader_;
  int rate_, channels_;
  BufferPtr buffer_;       // pulled, not yet taken
  GstClockTime time_ = 0;  // its stream time
  GstClockTime start_ = 0, origin_ = 0;
  std::int64_t next_ = 0;  // index behind gap_ and pending_
  bool placed_ = false;    // a buffer has been taken
  std::int64_t gap_ = 0;   // silent samples before pending_
  std::vector<float> pending_;
  std::size_t used_ = 0;  // values of pending_ that were handed out
};

}  // namespace hyperlips
