// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst/lib/media/av_ptr.hpp"
#include "output_format.hpp"

namespace hyperlips::redub {

/// How players show the samples, as ITU-T H.273 numbers them; unspecified where VIDEO does not say.
struct Color {
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVChromaLocation chroma = AVCHROMA_LOC_UNSPECIFIED;
};

/// The color that a stream states; what it does not state is unspecified.
Color color_of(const AVCodecParameters &stream);
/// The color of frames in this format, all of it specified.
Color color_of(const GstVideoInfo &info);

struct VideoSpec {
  EncodedPixels pixels;
  Color color;
  AVRational frame_rate{0, 1};    ///< 0/1: variable
  AVRational pixel_aspect{1, 1};  ///< width : height of a pixel
  int quality = 80;               ///< 0 to 100
};

struct SoundSpec {
  int rate = 0, channels = 0;
  int depth = 16;  ///< bits per sample of the source
};

/// Opens an encoder whose time base represents the frame rate exactly. Throws Error.
CodecPtr open_video_encoder(const OutputFormat &format, const VideoSpec &spec);

/// Opens an encoder for a sampling rate and channels that it supports, if possible those of the
/// source. Throws Error.
CodecPtr open_sound_encoder(const OutputFormat &format, const SoundSpec &spec);

/// Converts interleaved float samples of the source for the encoder.
ResamplerPtr open_resampler(const SoundSpec &spec, const AVCodecContext &encoder);

}  // namespace hyperlips::redub
