// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <opencv2/core.hpp>

#include "hyperlips/face/types.hpp"

/// One face of a frame, from the crop to the generated picture. Travels on the video buffer from
/// hyperlipsfacecrop to hyperlipscomposite, which takes it off; hyperlipstestsrc describes with it,
/// without a crop, the face that it drew. Coordinates are upright frame pixels. Pictures are
/// CV_8UC3 BGR and never written to after they were set, so copies of the meta share them.
struct HyperlipsFaceData {
  hyperlips::Face face;
  hyperlips::Box crop_box;  ///< smoothed box whose pixels are `crop`
  cv::Mat crop;             ///< 128x128; empty: the face is known but not to be lip-synced
  cv::Mat generated;        ///< empty, or 128, 256 or 512 pixels square: the new crop
  bool sideways = false;    ///< upright x runs along the stored picture's columns
  float opacity = 1;        ///< how much of `generated` to show, 0 ... 1
};

struct GstHyperlipsFaceMeta {
  GstMeta meta;
  HyperlipsFaceData data;
};

GType gst_hyperlips_face_meta_api_get_type();
#define GST_HYPERLIPS_FACE_META_API_TYPE (gst_hyperlips_face_meta_api_get_type())
const GstMetaInfo *gst_hyperlips_face_meta_get_info();

/// Adds a face to a writable buffer; the meta takes `data` over.
GstHyperlipsFaceMeta *gst_buffer_add_hyperlips_face_meta(GstBuffer *buffer, HyperlipsFaceData data);

/// The next face meta of a buffer, in the order they were added; `state` starts as nullptr.
GstHyperlipsFaceMeta *gst_buffer_iterate_hyperlips_face_meta(GstBuffer *buffer, gpointer *state);

/// The same for the faces that are to be lip-synced, those with a crop.
GstHyperlipsFaceMeta *gst_buffer_iterate_hyperlips_crop(GstBuffer *buffer, gpointer *state);

/// Whether the buffer carries any face.
bool gst_buffer_has_hyperlips_face_meta(GstBuffer *buffer);

/// Takes all face metas off a writable buffer, and the "face" regions of interest that
/// hyperlipsfacecrop added with them.
void gst_buffer_remove_hyperlips_face_metas(GstBuffer *buffer);

/// Adds the standard region of interest "face" that stands for `data` to generic elements. `frame`
/// is the box in stored pixels.
void gst_buffer_add_hyperlips_face_roi(GstBuffer *buffer, const HyperlipsFaceData &data,
                                       const cv::Rect &stored);

/// Name of the structure by which our own regions of interest are known.
inline constexpr const char *kHyperlipsRoiParams = "hyperlips/face";
