// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/sound_reader.hpp"

#include <algorithm>

#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

/// Smaller deviations of timestamps are rounding: the tolerance of GStreamer's audio sinks.
constexpr int kToleranceMs = 40;

}  // namespace

std::string sound_caps(int rate, int channels) {
  std::string caps = "audio/x-raw,format=" GST_AUDIO_NE(F32) ",layout=interleaved";
  if (rate > 0) caps += ",rate=" + std::to_string(rate);
  if (channels > 0) caps += ",channels=" + std::to_string(channels);
  return caps;
}

SoundReader::SoundReader(const std::string &path, int rate, int channels,
                         const std::atomic<bool> &cancel)
    : reader_(path, MediaReader::Kind::Audio, cancel, sound_caps(rate, channels)),
      rate_(rate),
      channels_(channels) {}

GstClockTime SoundReader::start() {
  if (!pull()) {
    throw Error(ErrorKind::NotFound,
                quote_path(reader_.name()) + " has no sound that can be decoded.");
  }
  start_ = GST_CLOCK_TIME_IS_VALID(time_) ? time_ : 0;
  return start_;
}

std::int64_t SoundReader::first() const { return std::max<std::int64_t>(0, index_of(start_)); }

std::int64_t SoundReader::index_of(GstClockTime time) const {
  const bool early = time < origin_;
  const auto index = std::int64_t(gst_util_uint64_scale_round(
      early ? origin_ - time : time - origin_, guint64(rate_), GST_SECOND));
  return early ? -index : index;
}

/// Decodes a buffer into buffer_; false at the end.
bool SoundReader::pull() {
  while (const SamplePtr sample = reader_.pull()) {
    const GstSegment *segment = gst_sample_get_segment(sample.get());
    if (rate_ == 0 || channels_ == 0) {
      GstAudioInfo info;
      gst_audio_info_from_caps(&info, gst_sample_get_caps(sample.get()));
      rate_ = GST_AUDIO_INFO_RATE(&info);
      channels_ = GST_AUDIO_INFO_CHANNELS(&info);
    }
    // Removes samples outside the segment, such as an encoder's delay.
    buffer_.reset(gst_audio_buffer_clip(gst_buffer_ref(gst_sample_get_buffer(sample.get())),
                                        segment, rate_, int(sizeof(float)) * channels_));
    if (!buffer_) continue;
    time_ = MediaReader::stream_time(segment, GST_BUFFER_PTS(buffer_.get()));
    return true;
  }
  return false;
}

void SoundReader::take() {
  const BufferPtr buffer = std::move(buffer_);
  const gsize sample_bytes = sizeof(float) * std::size_t(channels_);
  std::int64_t index = next_;
  if (GST_CLOCK_TIME_IS_VALID(time_)) {
    index = index_of(time_);
    const std::int64_t tolerance = std::int64_t(rate_) * kToleranceMs / 1000;
    if (placed_ && std::abs(index - next_) <= tolerance) index = next_;
  }
  placed_ = true;
  GstMapInfo map;
  if (!gst_buffer_map(buffer.get(), &map, GST_MAP_READ)) return;
  const auto samples = std::int64_t(map.size / sample_bytes);
  const std::int64_t skip = std::clamp<std::int64_t>(next_ - index, 0, samples);
  gap_ = std::max<std::int64_t>(0, index - next_);
  next_ += gap_ + samples - skip;
  pending_.resize(std::size_t((samples - skip) * channels_));
  used_ = 0;
  std::copy_n(map.data + std::size_t(skip) * sample_bytes, pending_.size() * sizeof(float),
              reinterpret_cast<guint8 *>(pending_.data()));
  gst_buffer_unmap(buffer.get(), &map);
}

/// Refills gap_ and pending_; false at the end.
bool SoundReader::fill() {
  while (gap_ == 0 && used_ == pending_.size()) {
    if (!buffer_ && !pull()) return false;
    take();
  }
  return true;
}

std::size_t SoundReader::read(std::span<float> samples) {
  const std::size_t wanted = samples.size() / std::size_t(channels_);
  std::size_t done = 0;
  while (done < wanted && fill()) {
    const auto out = samples.subspan(done * std::size_t(channels_));
    if (gap_ > 0) {
      const auto count = std::min<std::size_t>(std::size_t(gap_), wanted - done);
      std::fill_n(out.begin(), count * std::size_t(channels_), 0.0f);
      gap_ -= std::int64_t(count);
      done += count;
    } else {
      const auto count = std::min(pending_.size() - used_, out.size());
      std::copy_n(pending_.begin() + std::ptrdiff_t(used_), count, out.begin());
      used_ += count;
      done += count / std::size_t(channels_);
    }
  }
  return done;
}

}  // namespace hyperlips
