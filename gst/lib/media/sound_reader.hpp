// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gst/lib/media/decoder.hpp"

namespace hyperlips {

/// More channels are mixed down to two.
inline constexpr int kMaxChannels = 8;

/// Caps of interleaved 32-bit float samples. The channels are those that WAV, FLAC and Opus expect
/// for their number: mono, stereo, 3.0, quad, 5.0, 5.1, 6.1, 7.1.
std::string sound_caps(int rate, int channels);

/// The same channels for FFmpeg.
AVChannelLayout sound_layout(int channels);

/// The channels that SoundReader makes of those of a file.
int kept_channels(int channels);

/// Whether sound_layout() lacks places of this layout of as many channels, as 2.1 does.
bool lacks_places_of(const AVChannelLayout &layout);

/// Bits per sample. Lossy sound has none; 16 are enough for what it was made of.
int sound_depth(const AVCodecParameters &sound);

/// The sound of a file as one continuous sequence of samples; gaps are filled with silence. A
/// sample is one value per channel.
///
///     SoundReader reader("speech.wav", 16000, 1, cancel);
///     reader.set_origin(reader.start());
///     std::vector<float> samples(16000);
///     while (const std::size_t count = reader.read(samples)) use(std::span(samples).first(count));
class SoundReader {
 public:
  /// rate (Hz) and channels (at most kMaxChannels) to convert to; 0 to keep those of the file.
  /// Throws Error that names the file.
  SoundReader(const MediaSource &source, int rate, int channels, const Cancel &cancel);

  /// Decodes the first samples and returns their time on the timeline of the file
  /// (MediaFile::time_of()). Throws Error{NotFound} if the file has no sound.
  GstClockTime start();

  /// Valid after start().
  int rate() const { return rate_; }
  int channels() const { return channels_; }
  int depth() const { return sound_depth(*decoder_.stream()->codecpar); }

  /// Sets the time of sample 0; earlier samples are dropped. Call it after start().
  void set_origin(GstClockTime origin) { origin_ = std::int64_t(origin); }

  /// Index of the first sample that is not filled in: 0 unless the sound starts after the origin.
  std::int64_t first() const;

  /// Reads the next samples, interleaved, and returns how many; fewer than fit only at the end.
  std::size_t read(std::span<float> samples);

  bool waits_for_input() const { return decoder_.file().waits_for_input(); }
  const MediaFile &file() const { return decoder_.file(); }
  const Track *track() const { return decoder_.track(); }
  /// Decoder::warnings().
  const std::vector<std::string> &warnings() const { return decoder_.warnings(); }

 private:
  void begin(const AVFrame &frame);
  void convert(const AVFrame *frame);
  bool fill();
  std::int64_t index_of(std::int64_t time) const;

  Decoder decoder_;
  int rate_, channels_;
  AVFrame *frame_ = nullptr;  // decoded by start(), not yet converted
  ResamplerPtr converter_;
  int in_rate_ = 0, in_format_ = -1;  // of converter_
  ChannelLayout in_layout_;
  bool ended_ = false;
  std::int64_t start_ = 0, origin_ = 0;     // nanoseconds
  std::int64_t expected_ = AV_NOPTS_VALUE;  // time of the next samples, nanoseconds
  std::int64_t next_ = 0;                   // index behind gap_ and pending_
  std::int64_t gap_ = 0;                    // silent samples before pending_
  std::int64_t skip_ = 0;                   // samples to drop, of what is converted next
  std::vector<float> pending_;
  std::size_t used_ = 0;  // values of pending_ already returned
};

}  // namespace hyperlips
