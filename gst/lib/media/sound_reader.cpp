// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/sound_reader.hpp"

#include <gst/audio/audio.h>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cstdlib>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
/// Smaller deviations of timestamps are rounding: the tolerance of GStreamer's audio sinks.
constexpr std::int64_t kTolerance = 40'000'000;

/// By the number of channels; their order is the same in FFmpeg and GStreamer.
constexpr std::uint64_t kLayouts[kMaxChannels + 1] = {0,
                                                      AV_CH_LAYOUT_MONO,
                                                      AV_CH_LAYOUT_STEREO,
                                                      AV_CH_LAYOUT_SURROUND,
                                                      AV_CH_LAYOUT_QUAD,
                                                      AV_CH_LAYOUT_5POINT0_BACK,
                                                      AV_CH_LAYOUT_5POINT1_BACK,
                                                      AV_CH_LAYOUT_6POINT1,
                                                      AV_CH_LAYOUT_7POINT1};

/// GStreamer's mask for one of kLayouts: its bits are those of FFmpeg but for the sides.
std::uint64_t gst_mask(std::uint64_t av) {
  std::uint64_t mask = av & ~std::uint64_t(AV_CH_SIDE_LEFT | AV_CH_SIDE_RIGHT);
  if (av & AV_CH_SIDE_LEFT) mask |= GST_AUDIO_CHANNEL_POSITION_MASK(SIDE_LEFT);
  if (av & AV_CH_SIDE_RIGHT) mask |= GST_AUDIO_CHANNEL_POSITION_MASK(SIDE_RIGHT);
  return mask;
}

}  // namespace

AVChannelLayout sound_layout(int channels) {
  AVChannelLayout layout{};
  av_channel_layout_from_mask(&layout, kLayouts[channels]);
  return layout;
}

std::string sound_caps(int rate, int channels) {
  const CapsPtr caps(gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, GST_AUDIO_NE(F32),
                                         "layout", G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT,
                                         rate, "channels", G_TYPE_INT, channels, nullptr));
  if (channels > 2)
    gst_caps_set_simple(caps.get(), "channel-mask", GST_TYPE_BITMASK, gst_mask(kLayouts[channels]),
                        nullptr);
  return take_string(gst_caps_to_string(caps.get()));
}

int kept_channels(int channels) { return channels > kMaxChannels ? 2 : channels; }

bool lacks_places_of(const AVChannelLayout &layout) {
  if (layout.order != AV_CHANNEL_ORDER_NATIVE || layout.nb_channels > kMaxChannels) return false;
  // The side and the back are the same where there is only one of them.
  const auto places = [](std::uint64_t mask) {
    const std::uint64_t sides = AV_CH_SIDE_LEFT | AV_CH_SIDE_RIGHT;
    const std::uint64_t backs = AV_CH_BACK_LEFT | AV_CH_BACK_RIGHT;
    return (mask & sides) && !(mask & backs) ? (mask & ~sides) | backs : mask;
  };
  return places(layout.u.mask) & ~places(kLayouts[layout.nb_channels]);
}

int sound_depth(const AVCodecParameters &sound) {
  const AVCodecDescriptor *codec = avcodec_descriptor_get(sound.codec_id);
  if (!codec || codec->props & AV_CODEC_PROP_LOSSY) return 16;
  return std::max(sound.bits_per_raw_sample, av_get_exact_bits_per_sample(sound.codec_id));
}

SoundReader::SoundReader(const MediaSource &source, int rate, int channels, const Cancel &cancel)
    : decoder_(source, TrackKind::Audio, cancel), rate_(rate), channels_(channels) {}

GstClockTime SoundReader::start() {
  frame_ = decoder_.next();
  if (!frame_) {
    throw Error(ErrorKind::NotFound,
                quote_path(file().source().name) + " has no sound that can be decoded.");
  }
  if (rate_ == 0) rate_ = frame_->sample_rate;
  if (channels_ == 0) channels_ = kept_channels(frame_->ch_layout.nb_channels);
  start_ = std::max<std::int64_t>(0, decoder_.time_of(*frame_));
  return GstClockTime(start_);
}

std::int64_t SoundReader::index_of(std::int64_t time) const {
  return av_rescale(time - origin_, rate_, kSecond);
}

std::int64_t SoundReader::first() const { return std::max<std::int64_t>(0, index_of(start_)); }

/// Sets converter_ for frames like this one.
void SoundReader::begin(const AVFrame &frame) {
  in_rate_ = frame.sample_rate;
  in_format_ = frame.format;
  av_channel_layout_copy(&in_layout_.value, &frame.ch_layout);
  const int count = frame.ch_layout.nb_channels;
  AVChannelLayout out = sound_layout(channels_);
  AVChannelLayout in = frame.ch_layout;
  if (in.order != AV_CHANNEL_ORDER_NATIVE && count <= kMaxChannels) in = sound_layout(count);
  SwrContext *converter = nullptr;
  const int set = swr_alloc_set_opts2(&converter, &out, AV_SAMPLE_FMT_FLT, rate_, &in,
                                      AVSampleFormat(frame.format), frame.sample_rate, 0, nullptr);
  converter_.reset(converter);
  // Sums of channels never exceed 1, as in GStreamer.
  av_opt_set_double(converter, "rematrix_maxval", 1, 0);
  std::vector<double> mean(std::size_t(channels_ * count), 1.0 / count);
  // FFmpeg has no matrix for channels whose places are unknown.
  if (count > kMaxChannels) swr_set_matrix(converter, mean.data(), count);
  if (set < 0 || swr_init(converter) < 0) {
    throw Error(ErrorKind::Format, "The sound of " + quote_path(file().source().name) + " has " +
                                       std::to_string(count) +
                                       " channels that cannot be converted. Mix it down to "
                                       "stereo first.");
  }
}

/// Appends the samples of a frame to pending_; null: those that are left in the converter.
void SoundReader::convert(const AVFrame *frame) {
  if (!converter_) return;
  const int most = swr_get_out_samples(converter_.get(), frame ? frame->nb_samples : 0);
  const std::size_t before = pending_.size();
  pending_.resize(before + std::size_t(std::max(0, most) * channels_));
  auto *out = reinterpret_cast<std::uint8_t *>(pending_.data() + before);
  const int count =
      swr_convert(converter_.get(), &out, most,
                  frame ? const_cast<const std::uint8_t **>(frame->extended_data) : nullptr,
                  frame ? frame->nb_samples : 0);
  const std::int64_t made = std::max(0, count);
  const std::int64_t skip = std::min(skip_, made);
  skip_ -= skip;
  next_ += made - skip;
  pending_.resize(before + std::size_t(made * channels_));
  pending_.erase(pending_.begin() + std::ptrdiff_t(before),
                 pending_.begin() + std::ptrdiff_t(before) + skip * channels_);
}

/// Refills gap_ and pending_; false at the end.
bool SoundReader::fill() {
  while (gap_ == 0 && used_ == pending_.size()) {
    pending_.clear();
    used_ = 0;
    AVFrame *frame = frame_ ? frame_ : ended_ ? nullptr : decoder_.next();
    if (!frame) {
      if (ended_) return false;
      ended_ = true;
      if (!file().canceled()) convert(nullptr);
      continue;
    }
    const bool changed = frame->sample_rate != in_rate_ || frame->format != in_format_ ||
                         av_channel_layout_compare(&frame->ch_layout, &in_layout_.value) != 0;
    const std::int64_t time = decoder_.time_of(*frame);
    const bool moved = expected_ == AV_NOPTS_VALUE || std::abs(time - expected_) > kTolerance;
    // What is left of the samples before comes first; this frame stays for the next turn.
    if (converter_ && (changed || moved)) {
      frame_ = frame;
      convert(nullptr);
      converter_.reset();
      continue;
    }
    frame_ = nullptr;
    if (!converter_) begin(*frame);
    if (moved) {
      const std::int64_t index = index_of(time);
      gap_ = std::max<std::int64_t>(0, index - next_);
      skip_ = std::max<std::int64_t>(0, next_ - index);
      next_ += gap_;
    }
    if (moved) expected_ = time;
    expected_ += av_rescale(frame->nb_samples, kSecond, frame->sample_rate);
    convert(frame);
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
