// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "gst/lib/media/frame_view.hpp"

/// Caps of the elements that read or write pixels. Frames that gst_hyperlips_unsupported() refuses
/// pass unprocessed. Alpha is left as it is.
#define GST_HYPERLIPS_VIDEO_CAPS                            \
  "video/x-raw, format = (string) " HYPERLIPS_VIDEO_FORMATS \
  ", width = (int) [ 1, max ], height = (int) [ 1, max ], framerate = (fraction) [ 0, max ]"

/// Why faces in frames with these caps are not processed, for a warning; empty if they are.
inline std::string gst_hyperlips_unsupported(const GstVideoInfo &info) {
  constexpr int kLeast = 64, kMost = 7680;
  const int width = GST_VIDEO_INFO_WIDTH(&info), height = GST_VIDEO_INFO_HEIGHT(&info);
  if (width < kLeast || height < kLeast || width > kMost || height > kMost) {
    return "Video of " + std::to_string(width) + "x" + std::to_string(height) +
           " passes unmodified: faces are processed in frames of 64x64 to 7680x7680 pixels. Add "
           "videoscale before the element.";
  }
  switch (GST_VIDEO_INFO_MULTIVIEW_MODE(&info)) {
    case GST_VIDEO_MULTIVIEW_MODE_NONE:
    case GST_VIDEO_MULTIVIEW_MODE_MONO:
    case GST_VIDEO_MULTIVIEW_MODE_LEFT:
    case GST_VIDEO_MULTIVIEW_MODE_RIGHT:
      return {};
    default:
      // The two views would get different mouths.
      return "Stereoscopic video with both views in a frame passes unmodified. Separate the views "
             "before the element.";
  }
}

/// Mel spectrogram, from hyperlipsmel to hyperlipsbase: one column of 80 little-endian floats per
/// 12.5 ms, any number of columns per buffer. The PTS is the center of the first column.
#define GST_HYPERLIPS_MEL_CAPS \
  "application/x-hyperlips-mel, rate = (fraction) 80/1, bands = (int) 80, format = (string) F32LE"

/// Name of the custom event that hyperlipsfacecrop sends before the first frame with a face, so
/// that hyperlipscomposite notices elements between that drop the metas.
#define GST_HYPERLIPS_FACES_EVENT "hyperlips-faces"
