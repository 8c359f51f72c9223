// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// Raw video formats that the library can read and write.
#define GST_HYPERLIPS_VIDEO_FORMATS                                                            \
  "{ I420, YV12, NV12, NV21, Y42B, Y444, YUY2, UYVY, RGB, BGR, RGBx, BGRx, xRGB, xBGR, RGBA, " \
  "BGRA, ARGB, ABGR, GRAY8, I420_10LE, P010_10LE, v210 }"
#define GST_HYPERLIPS_VIDEO_CAPS                                \
  "video/x-raw, format = (string) " GST_HYPERLIPS_VIDEO_FORMATS \
  ", width = (int) [ 64, 7680 ], height = (int) [ 64, 7680 ], framerate = (fraction) [ 0, max ]"

/// What travels between hyperlipsmel and hyperlipsbase: 80 little-endian floats each 12.5 ms, any
/// whole number of columns a buffer. The PTS is the centre of the first column.
#define GST_HYPERLIPS_MEL_CAPS \
  "application/x-hyperlips-mel, rate = (fraction) 80/1, bands = (int) 80, format = (string) F32LE"
