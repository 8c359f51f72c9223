// SPDX-License-Identifier: LGPL-2.1-or-later
// What FFmpeg 5.1 and later versions name differently.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <cstddef>
#include <cstdint>

namespace hyperlips {

/// In units of the track.
inline std::int64_t duration_of(const AVFrame &frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 58
  return frame.duration;
#else
  return frame.pkt_duration;
#endif
}

inline bool is_interlaced(const AVFrame &frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return frame.flags & AV_FRAME_FLAG_INTERLACED;
#else
  return frame.interlaced_frame;
#endif
}

/// Null if the stream has none of this type.
inline const std::uint8_t *side_data_of(const AVStream &stream, AVPacketSideDataType type,
                                        std::size_t *size = nullptr) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  const AVPacketSideData *data = av_packet_side_data_get(stream.codecpar->coded_side_data,
                                                         stream.codecpar->nb_coded_side_data, type);
  if (data && size) *size = data->size;
  return data ? data->data : nullptr;
#else
  return av_stream_get_side_data(&stream, type, size);
#endif
}

/// Null if there is no memory.
inline std::uint8_t *add_side_data(AVStream &stream, AVPacketSideDataType type, std::size_t size) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  AVPacketSideData *data = av_packet_side_data_new(
      &stream.codecpar->coded_side_data, &stream.codecpar->nb_coded_side_data, type, size, 0);
  return data ? data->data : nullptr;
#else
  return av_stream_new_side_data(&stream, type, size);
#endif
}

/// Later versions compute it from the frame rate.
inline void set_ticks_per_frame([[maybe_unused]] AVCodecContext &encoder,
                                [[maybe_unused]] int ticks) {
#if LIBAVCODEC_VERSION_MAJOR < 61
  encoder.ticks_per_frame = ticks;
#endif
}

// What an encoder takes: up to AV_PIX_FMT_NONE, AV_SAMPLE_FMT_NONE and 0; null: anything.
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
template <typename T>
const T *supported(const AVCodec &encoder, AVCodecConfig kind) {
  const void *list = nullptr;
  avcodec_get_supported_config(nullptr, &encoder, kind, 0, &list, nullptr);
  return static_cast<const T *>(list);
}
inline const AVPixelFormat *pixel_formats(const AVCodec &encoder) {
  return supported<AVPixelFormat>(encoder, AV_CODEC_CONFIG_PIX_FORMAT);
}
inline const AVSampleFormat *sample_formats(const AVCodec &encoder) {
  return supported<AVSampleFormat>(encoder, AV_CODEC_CONFIG_SAMPLE_FORMAT);
}
inline const int *sample_rates(const AVCodec &encoder) {
  return supported<int>(encoder, AV_CODEC_CONFIG_SAMPLE_RATE);
}
#else
inline const AVPixelFormat *pixel_formats(const AVCodec &encoder) { return encoder.pix_fmts; }
inline const AVSampleFormat *sample_formats(const AVCodec &encoder) { return encoder.sample_fmts; }
inline const int *sample_rates(const AVCodec &encoder) { return encoder.supported_samplerates; }
#endif

}  // namespace hyperlips
