// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst/lib/media/frame_view.hpp"

/// Caps of the elements that read or write pixels.
#define GST_HYPERLIPS_VIDEO_CAPS                            \
  "video/x-raw, format = (string) " HYPERLIPS_VIDEO_FORMATS \
  ", width = (int) [ 64, 7680 ], height = (int) [ 64, 7680 ], framerate = (fraction) [ 0, max ]"

/// Mel spectrogram, from hyperlipsmel to hyperlipsbase: one column of 80 little-endian floats per
/// 12.5 ms, any number of columns per buffer. The PTS is the center of the first column.
#define GST_HYPERLIPS_MEL_CAPS \
  "application/x-hyperlips-mel, rate = (fraction) 80/1, bands = (int) 80, format = (string) F32LE"
