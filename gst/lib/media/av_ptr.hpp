// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

#include "hyperlips/error.hpp"

namespace hyperlips {

/// Deleter of what FFmpeg's libraries allocate.
struct AvFree {
  void operator()(AVPacket *packet) const { av_packet_free(&packet); }
  void operator()(AVFrame *frame) const { av_frame_free(&frame); }
  void operator()(AVCodecContext *codec) const { avcodec_free_context(&codec); }
  void operator()(AVFormatContext *format) const { avformat_close_input(&format); }
  /// Also the buffer, which avio_context_free() leaves.
  void operator()(AVIOContext *io) const {
    av_freep(&io->buffer);
    avio_context_free(&io);
  }
  void operator()(SwrContext *converter) const { swr_free(&converter); }
  void operator()(SwsContext *scaler) const { sws_freeContext(scaler); }
};

using PacketPtr = std::unique_ptr<AVPacket, AvFree>;
using AvFramePtr = std::unique_ptr<AVFrame, AvFree>;
using CodecPtr = std::unique_ptr<AVCodecContext, AvFree>;
using FormatPtr = std::unique_ptr<AVFormatContext, AvFree>;
using IoPtr = std::unique_ptr<AVIOContext, AvFree>;
using ResamplerPtr = std::unique_ptr<SwrContext, AvFree>;
using ScalerPtr = std::unique_ptr<SwsContext, AvFree>;

/// Frees the map of custom layouts.
struct ChannelLayout {
  AVChannelLayout value{};

  ChannelLayout() = default;
  ChannelLayout(const ChannelLayout &) = delete;
  ChannelLayout &operator=(const ChannelLayout &) = delete;
  ~ChannelLayout() { av_channel_layout_uninit(&value); }
};

inline constexpr AVRational kNanoseconds{1, 1000000000};

/// Empty if there is no such key.
inline std::string value_of(const AVDictionary *metadata, const char *key) {
  const AVDictionaryEntry *entry = av_dict_get(metadata, key, nullptr, 0);
  return entry ? entry->value : "";
}

/// Throws Error{Memory} unless FFmpeg has allocated what was asked for.
inline void require_memory(bool allocated) {
  if (!allocated)
    throw Error(ErrorKind::Memory, "There is not enough memory. Free memory and run again.");
}

/// FFmpeg's text of an error code.
inline std::string av_error_text(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return text;
}

}  // namespace hyperlips
