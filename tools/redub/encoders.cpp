// SPDX-License-Identifier: LGPL-2.1-or-later
#include "encoders.hpp"

#include <algorithm>
#include <thread>

#include "gst/lib/media/av_versions.hpp"
#include "gst/lib/media/frame_converter.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "hyperlips/error.hpp"
#include "util/quote.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace hyperlips::redub {
namespace {

/// Ticks per second that represent all common frame rates well.
constexpr int kMinTimescale = 90000;
constexpr AVRational kGuessedRate{25, 1};          // for the rate control of variable frame rates
constexpr int kBitsPerChannel[] = {96000, 72000};  // AAC, Opus
constexpr int kPaidChannels = 6;
constexpr int kOpusRate = 48000;

using Settings = std::vector<std::pair<const char *, std::string>>;

void open(AVCodecContext &codec, const Settings &settings) {
  AVDictionary *options = nullptr;
  for (const auto &[name, value] : settings) av_dict_set(&options, name, value.c_str(), 0);
  const int result = avcodec_open2(&codec, codec.codec, &options);
  av_dict_free(&options);
  if (result < 0) {
    throw Error(ErrorKind::Settings, std::string("The encoder ") + codec.codec->name +
                                         " refuses the stream: " + av_error_text(result) +
                                         ". Choose another --video-codec, --audio-codec or "
                                         "extension of OUT.");
  }
}

std::string fraction(AVRational value) {
  return std::to_string(value.num) + "/" + std::to_string(value.den);
}

/// 100 is visually lossless, 80 hardly distinguishable, 50 visibly lossy.
Settings video_settings(const OutputFormat &format, const VideoSpec &spec, AVRational rate) {
  const int quality = spec.quality;
  const bool constant = spec.frame_rate.num > 0;
  if (format.video_codec == "h264") {
    Settings settings{format.lossless ? std::pair<const char *, std::string>{"qp", "0"}
                                      : std::pair<const char *, std::string>{
                                            "crf", std::to_string(50 - quality * 2 / 5)}};
    if (constant) settings.emplace_back("x264-params", "force-cfr=1");
    return settings;
  }
  if (format.video_codec == "h265") {
    return {
        {"x265-params",
         "log-level=none:fps=" + fraction(rate) +
             (format.lossless ? ":lossless=1" : ":crf=" + std::to_string(51 - quality * 2 / 5))}};
  }
  if (format.video_codec == "vp9") {
    Settings settings{{"crf", std::to_string(60 - quality / 2)},
                      {"b", "0"},
                      {"deadline", "good"},
                      {"cpu-used", "4"},
                      {"row-mt", "1"},
                      {"g", "250"}};
    // The encoder refuses alternate reference frames with an alpha channel.
    if (spec.pixels.av_format == AV_PIX_FMT_YUVA420P) settings.emplace_back("auto-alt-ref", "0");
    return settings;
  }
  if (format.video_codec == "prores") {
    const bool full = av_pix_fmt_desc_get(spec.pixels.av_format)->log2_chroma_w == 0;
    return {{"profile", full ? "4444" : "hq"}, {"vendor", "apl0"}};
  }
  return {{"level", "3"}, {"g", "1"}};
}

/// The rate at which the encoder takes sound, 0 for none: that of the source or the next higher.
int supported_rate(const AVCodec &encoder, int rate) {
  const int *offered = sample_rates(encoder);
  if (!offered) return rate;
  int best = 0, highest = 0;
  for (; *offered; ++offered) {
    if (*offered >= rate && (best == 0 || *offered < best)) best = *offered;
    highest = std::max(highest, *offered);
  }
  return best ? best : highest;
}

CodecPtr try_sound_encoder(const OutputFormat &format, const SoundSpec &spec,
                           AVChannelLayout layout) {
  const AVCodec *encoder = encoder_of(format.audio_codec);
  const bool exact = format.audio_codec == "flac" || format.audio_codec == "pcm";
  const bool deep = exact && spec.depth > 16 && format.container != "avi";
  if (deep && format.audio_codec == "pcm") encoder = avcodec_find_encoder(AV_CODEC_ID_PCM_S24LE);
  CodecPtr codec(avcodec_alloc_context3(encoder));
  codec->sample_rate = supported_rate(*encoder, spec.rate);
  codec->sample_fmt = deep ? AV_SAMPLE_FMT_S32 : sample_formats(*encoder)[0];
  if (format.audio_codec == "opus") {
    codec->sample_fmt = AV_SAMPLE_FMT_FLT;
    codec->sample_rate = kOpusRate;  // other rates get a wrong delay in Matroska
  }
  if (deep) codec->bits_per_raw_sample = 24;
  av_channel_layout_copy(&codec->ch_layout, &layout);
  codec->time_base = {1, codec->sample_rate};
  codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (!exact) {
    codec->bit_rate = std::int64_t(kBitsPerChannel[format.audio_codec == "opus"]) *
                      std::min(layout.nb_channels, kPaidChannels);
  }
  open(*codec, {});
  return codec;
}

}  // namespace

Color color_of(const AVCodecParameters &stream) {
  const bool full = without_range(stream.format) != stream.format;
  return {full ? AVCOL_RANGE_JPEG : stream.color_range, stream.color_space, stream.color_primaries,
          stream.color_trc, stream.chroma_location};
}

Color color_of(const GstVideoInfo &info) {
  const GstVideoColorimetry &color = info.colorimetry;
  return {color.range == GST_VIDEO_COLOR_RANGE_0_255 ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG,
          AVColorSpace(gst_video_color_matrix_to_iso(color.matrix)),
          AVColorPrimaries(gst_video_color_primaries_to_iso(color.primaries)),
          AVColorTransferCharacteristic(gst_video_transfer_function_to_iso(color.transfer)),
          AVCHROMA_LOC_UNSPECIFIED};
}

CodecPtr open_video_encoder(const OutputFormat &format, const VideoSpec &spec) {
  const AVCodec *encoder = encoder_of(format.video_codec);
  CodecPtr codec(avcodec_alloc_context3(encoder));
  const bool constant = spec.frame_rate.num > 0;
  const AVRational rate = constant ? spec.frame_rate : kGuessedRate;
  // AVI counts frames.
  const int scale = format.container == "avi" || rate.num > kMinTimescale
                        ? 1
                        : (kMinTimescale + rate.num - 1) / rate.num;
  codec->time_base = {1, rate.num * scale};
  set_ticks_per_frame(*codec, rate.den * scale);
  if (format.container == "avi") {
    codec->time_base.num = rate.den;
    set_ticks_per_frame(*codec, 1);
  }
  if (constant) codec->framerate = rate;
  codec->width = spec.pixels.width;
  codec->height = spec.pixels.height;
  codec->pix_fmt = spec.pixels.av_format;
  codec->sample_aspect_ratio = spec.pixel_aspect;
  codec->color_range = spec.color.range;
  codec->colorspace = spec.color.matrix;
  codec->color_primaries = spec.color.primaries;
  codec->color_trc = spec.color.transfer;
  codec->chroma_sample_location = spec.color.chroma;
  codec->thread_count = int(std::thread::hardware_concurrency());
  if (format.container != "avi") codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  // AVI has no decoding times. With variable frame durations those of reordered frames can reach
  // the end of the track, where qtdemux (still in 1.28.6) stops before the last frames.
  if (format.container == "avi" || (!constant && format.is_mp4())) codec->max_b_frames = 0;
  // The tag with which Apple's players accept H.265.
  if (format.video_codec == "h265" && format.is_mp4()) codec->codec_tag = MKTAG('h', 'v', 'c', '1');
  open(*codec, video_settings(format, spec, rate));
  return codec;
}

CodecPtr open_sound_encoder(const OutputFormat &format, const SoundSpec &spec) {
  const AVChannelLayout layout = sound_layout(spec.channels);
  try {
    return try_sound_encoder(format, spec, layout);
  } catch (const Error &) {
    if (spec.channels <= 2) throw;
    return try_sound_encoder(format, spec, AV_CHANNEL_LAYOUT_STEREO);
  }
}

ResamplerPtr open_resampler(const SoundSpec &spec, const AVCodecContext &encoder) {
  SwrContext *converter = nullptr;
  AVChannelLayout layout = sound_layout(spec.channels);
  AVChannelLayout to = encoder.ch_layout;
  int result = swr_alloc_set_opts2(&converter, &to, encoder.sample_fmt, encoder.sample_rate,
                                   &layout, AV_SAMPLE_FMT_FLT, spec.rate, 0, nullptr);
  ResamplerPtr resampler(converter);
  if (result >= 0) result = swr_init(converter);
  if (result < 0) {
    throw Error(ErrorKind::Settings, "Cannot convert sound of " + std::to_string(spec.channels) +
                                         " channels and " + std::to_string(spec.rate) +
                                         " Hz for the encoder: " + av_error_text(result) +
                                         ". Convert SPEECH to stereo first.");
  }
  return resampler;
}

}  // namespace hyperlips::redub
