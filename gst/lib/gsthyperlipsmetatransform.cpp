// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsmetatransform.h"

#include <algorithm>

#include "gst/lib/media/frame_view.hpp"

using hyperlips::Affine;

namespace {

/// GstVideoMetaTransformMatrix of GStreamer 1.28, so that builds with older headers obey newer
/// libraries.
struct MatrixTransform {
  const GstVideoInfo *in_info;
  GstVideoRectangle in_rectangle;
  const GstVideoInfo *out_info;
  GstVideoRectangle out_rectangle;
  gfloat matrix[3][3];
};

std::optional<HyperlipsMetaTransform> from_matrix(const MatrixTransform &transform) {
  const auto &m = transform.matrix;
  if (m[2][0] != 0 || m[2][1] != 0 || m[2][2] == 0) return std::nullopt;
  const double w = m[2][2];
  const Affine to_rectangle{
      {1, 0, -double(transform.in_rectangle.x), 0, 1, -double(transform.in_rectangle.y)}};
  const Affine inside{{m[0][0] / w, m[0][1] / w, m[0][2] / w + transform.out_rectangle.x,
                       m[1][0] / w, m[1][1] / w, m[1][2] / w + transform.out_rectangle.y}};
  return HyperlipsMetaTransform{transform.in_info, transform.out_info, inside.after(to_rectangle)};
}

/// Before GStreamer 1.28, videoscale does not tell that it adds borders, which it does by default
/// where the display aspect ratio changes.
HyperlipsMetaTransform from_scale(const GstVideoMetaTransform &transform) {
  const GstVideoInfo &in = *transform.in_info, &out = *transform.out_info;
  const double width = GST_VIDEO_INFO_WIDTH(&out), height = GST_VIDEO_INFO_HEIGHT(&out);
  double sx = width / GST_VIDEO_INFO_WIDTH(&in), sy = height / GST_VIDEO_INFO_HEIGHT(&in);
  // How much wider the pixels become: 1 if the shape of things stays.
  const double wider = sx * hyperlips::pixel_aspect(out) / (sy * hyperlips::pixel_aspect(in));
  const double whole_pixel = 1 / std::min(width, height);
  if (wider > 1 + whole_pixel) sx /= wider;
  if (wider < 1 - whole_pixel) sy *= wider;
  return {&in,
          &out,
          {{sx, 0, (width - GST_VIDEO_INFO_WIDTH(&in) * sx) / 2,  //
            0, sy, (height - GST_VIDEO_INFO_HEIGHT(&in) * sy) / 2}}};
}

}  // namespace

std::optional<HyperlipsMetaTransform> gst_hyperlips_meta_transform(GQuark type, gpointer data) {
  static const GQuark matrix = g_quark_from_static_string("gst-video-matrix");
  if (type == matrix) return from_matrix(*static_cast<const MatrixTransform *>(data));
  if (GST_VIDEO_META_TRANSFORM_IS_SCALE(type)) {
    return from_scale(*static_cast<const GstVideoMetaTransform *>(data));
  }
  return std::nullopt;
}
