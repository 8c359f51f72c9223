// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <optional>

#include "hyperlips/video/frame.hpp"

/// A change of a frame's geometry that an element asks a meta to follow.
struct HyperlipsMetaTransform {
  const GstVideoInfo *in_info, *out_info;
  /// Maps points of the stored picture before to that after, where (0, 0) is the upper left corner
  /// of the upper left pixel.
  hyperlips::Affine map;
};

/// Reads the arguments of a GstMetaTransformFunction: scaling ("gst-video-scale") and matrices
/// ("gst-video-matrix", GStreamer 1.28). Nothing for other transformations, and for matrices with
/// perspective.
std::optional<HyperlipsMetaTransform> gst_hyperlips_meta_transform(GQuark type, gpointer data);
