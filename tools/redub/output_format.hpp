// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "gst/lib/media/gst_ptr.hpp"
#include "media.hpp"
#include "options.hpp"

namespace hyperlips::redub {

/// How OUT is written.
struct OutputFormat {
  std::string container;  ///< its extension, without the dot
  std::string muxer;
  std::string video_codec;
  std::string audio_codec;
  bool lossless = false;

  /// mp4 and mov: what qtmux leaves out is entered at the end, see mp4_finish.hpp.
  bool is_mp4() const { return container == "mp4" || container == "m4v" || container == "mov"; }
};

/// By OUT's extension and the options. Throws Error that says what there is to choose from; appends
/// to `warnings`.
OutputFormat choose_format(const Options &options, std::vector<std::string> &warnings);

/// Whether a rotation tag can be written, so that the pixels may stay as they are stored. Else the
/// picture is turned upright.
bool keeps_orientation(const OutputFormat &format, const std::string &orientation);

/// Samples by which the encoder's output lags behind and that the muxer does not account for.
int encoder_delay(const OutputFormat &format);

/// Raw formats to encode frames of `caps` from; "video/x-raw" where the encoder's own choice is the
/// best one.
CapsPtr encoded_from(const OutputFormat &format, GstCaps *caps, bool still);

/// Raw sound to encode from. depth: of the source's samples, in bits.
CapsPtr sound_encoded_from(const OutputFormat &format, int depth);

/// Encoder and parser, in order.
std::vector<GstElement *> make_video_encoder(const OutputFormat &format, int quality);
std::vector<GstElement *> make_audio_encoder(const OutputFormat &format, int channels);

}  // namespace hyperlips::redub
