// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <string>
#include <vector>

#include "gst/lib/media/av_ptr.hpp"
#include "options.hpp"

namespace hyperlips::redub {

/// Container and codecs of OUT.
struct OutputFormat {
  std::string container;  ///< its extension, without the dot
  std::string muxer;      ///< its name in libavformat
  std::string video_codec;
  std::string audio_codec;
  bool lossless = false;
  bool keep_pixels = false;  ///< the pixel format of VIDEO instead of 8 bit 4:2:0

  bool is_mp4() const { return muxer == "mp4" || muxer == "mov"; }
};

/// Chooses by the extension of OUT and the options. Throws Error{Settings} with the supported
/// values; appends to `warnings`.
OutputFormat choose_format(const Options &options, std::vector<std::string> &warnings);

/// Whether the orientation (a value of GST_TAG_IMAGE_ORIENTATION) can be stored as metadata. If
/// not, the frames are rotated.
bool keeps_orientation(const OutputFormat &format, const std::string &orientation);

/// Pixels of the encoded frames.
struct EncodedPixels {
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  AVPixelFormat av_format = AV_PIX_FMT_NONE;
  int width = 0, height = 0;
  std::vector<std::string> lost;  ///< what of the source's format they cannot hold
};

/// Chooses the pixels that a source of this format and size is encoded with: 8 bit 4:2:0, which
/// every player shows, or, with `keep_pixels`, what of the encoder's formats loses least. Where
/// 4:2:0 of H.264 and H.265 needs even sizes, the last column or row is cut. `transparent`: whether
/// the source's alpha channel is used.
EncodedPixels choose_pixels(const OutputFormat &format, const GstVideoInfo &source,
                            bool transparent);

/// The encoder of a codec. Throws Error{NotFound} if libavcodec was built without it.
const AVCodec *encoder_of(const std::string &codec);

}  // namespace hyperlips::redub
