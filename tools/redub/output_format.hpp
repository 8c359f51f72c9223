// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "gst/lib/media/gst_ptr.hpp"
#include "gst/lib/media/media_info.hpp"
#include "options.hpp"

namespace hyperlips::redub {

/// Container and codecs of OUT.
struct OutputFormat {
  std::string container;  ///< its extension, without the dot
  std::string muxer;      ///< its GStreamer element
  std::string video_codec;
  std::string audio_codec;
  bool lossless = false;

  /// Written by qtmux or mp4mux and completed by finish_mp4().
  bool is_mp4() const { return container == "mp4" || container == "m4v" || container == "mov"; }
};

/// Chooses by the extension of OUT and the options. Throws Error{Settings} with the supported
/// values; appends to `warnings`.
OutputFormat choose_format(const Options &options, std::vector<std::string> &warnings);

/// Whether the orientation (a value of GST_TAG_IMAGE_ORIENTATION) can be stored as metadata. If
/// not, the frames are rotated.
bool keeps_orientation(const OutputFormat &format, const std::string &orientation);

/// The delay of the audio encoder in samples, as far as the muxer does not compensate it.
int encoder_delay(const OutputFormat &format);

/// Raw caps to convert frames of `caps` to before encoding; "video/x-raw" leaves the format to the
/// encoder.
CapsPtr encoded_from(const OutputFormat &format, GstCaps *caps, bool still);

/// Raw caps to convert sound to before encoding. `depth`: bits per sample of the source.
CapsPtr sound_encoded_from(const OutputFormat &format, int depth);

/// Encoder and parser, in the order of the data flow; `quality` is 0 to 100. Throws Error{NotFound}
/// for an element that is not installed.
std::vector<GstElement *> make_video_encoder(const OutputFormat &format, int quality);
std::vector<GstElement *> make_audio_encoder(const OutputFormat &format, int channels);

}  // namespace hyperlips::redub
