// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/frame_view.hpp"

#include <algorithm>

namespace hyperlips {
namespace {

constexpr struct OrientationTag {
  const char *tag;
  Orientation orientation;
} kOrientationTags[] = {{"rotate-0", Orientation::Identity},
                        {"rotate-90", Orientation::Rotate90},
                        {"rotate-180", Orientation::Rotate180},
                        {"rotate-270", Orientation::Rotate270},
                        {"flip-rotate-0", Orientation::FlipHorizontal},
                        {"flip-rotate-90", Orientation::Transverse},
                        {"flip-rotate-180", Orientation::FlipVertical},
                        {"flip-rotate-270", Orientation::Transpose}};

std::optional<PixelFormat> pixel_format(GstVideoFormat format) {
  switch (format) {
#define MAP(name)               \
  case GST_VIDEO_FORMAT_##name: \
    return PixelFormat::name;
    MAP(I420)
    MAP(YV12)
    MAP(NV12)
    MAP(NV21)
    MAP(Y42B)
    MAP(Y444)
    MAP(YUY2)
    MAP(UYVY)
    MAP(RGB)
    MAP(BGR)
    MAP(RGBx)
    MAP(BGRx)
    MAP(xRGB)
    MAP(xBGR)
    MAP(RGBA)
    MAP(BGRA)
    MAP(ARGB)
    MAP(ABGR)
    MAP(GRAY8)
    MAP(I420_10LE)
    MAP(P010_10LE)
    MAP(v210)
#undef MAP
    default:
      return std::nullopt;
  }
}

Colorimetry colorimetry(const GstVideoInfo &info) {
  Colorimetry color;
  // Caps without a matrix mean BT.601, as everywhere in GStreamer.
  if (!gst_video_color_matrix_get_Kr_Kb(info.colorimetry.matrix, &color.kr, &color.kb)) {
    gst_video_color_matrix_get_Kr_Kb(GST_VIDEO_COLOR_MATRIX_BT601, &color.kr, &color.kb);
  }
  color.full_range = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  const bool known = info.chroma_site != GST_VIDEO_CHROMA_SITE_UNKNOWN;
  color.chroma_left = !known || (info.chroma_site & GST_VIDEO_CHROMA_SITE_H_COSITED);
  color.chroma_top = known && (info.chroma_site & GST_VIDEO_CHROMA_SITE_V_COSITED);
  if (info.colorimetry.transfer == GST_VIDEO_TRANSFER_SMPTE2084) color.transfer = Transfer::Pq;
  if (info.colorimetry.transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67) color.transfer = Transfer::Hlg;
  color.wide_gamut = info.colorimetry.primaries == GST_VIDEO_COLOR_PRIMARIES_BT2020;
  return color;
}

}  // namespace

double pixel_aspect(const GstVideoInfo &info) {
  const int n = GST_VIDEO_INFO_PAR_N(&info), d = GST_VIDEO_INFO_PAR_D(&info);
  return n > 0 && d > 0 ? double(n) / d : 1;
}

FrameView shape_of(const GstVideoInfo &info, Orientation orientation) {
  FrameView shape;
  shape.stored_width = GST_VIDEO_INFO_WIDTH(&info);
  shape.stored_height = GST_VIDEO_INFO_HEIGHT(&info);
  shape.orientation = orientation;
  shape.pixel_aspect = pixel_aspect(info);
  return shape;
}

std::optional<FrameView> view_of(const GstVideoFrame &frame, Orientation orientation) {
  const auto format = pixel_format(GST_VIDEO_FRAME_FORMAT(&frame));
  if (!format) return std::nullopt;
  FrameView view = shape_of(frame.info, orientation);
  view.format = *format;
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(&frame) && i < view.planes.size(); ++i) {
    view.planes[i] = {static_cast<std::uint8_t *>(GST_VIDEO_FRAME_PLANE_DATA(&frame, i)),
                      GST_VIDEO_FRAME_PLANE_STRIDE(&frame, i)};
  }
  view.color = colorimetry(frame.info);
  return view;
}

MappedFrame::MappedFrame(const GstVideoInfo &info, GstBuffer *buffer, GstMapFlags flags,
                         Orientation orientation) {
  if (!pixel_format(GST_VIDEO_INFO_FORMAT(&info)) ||
      !gst_video_frame_map(&frame_, &info, buffer,
                           GstMapFlags(flags | GST_VIDEO_FRAME_MAP_FLAG_NO_REF))) {
    return;
  }
  if (const auto view = view_of(frame_, orientation)) {
    view_ = *view;
    mapped_ = true;
  } else {
    gst_video_frame_unmap(&frame_);
  }
}

MappedFrame::~MappedFrame() {
  if (mapped_) gst_video_frame_unmap(&frame_);
}

const char *orientation_tag(Orientation orientation) {
  return std::ranges::find(kOrientationTags, orientation, &OrientationTag::orientation)->tag;
}

std::optional<Orientation> orientation_from_tags(const GstTagList *tags) {
  gchar *text = nullptr;
  if (!gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &text)) return std::nullopt;
  std::optional<Orientation> found;
  for (const OrientationTag &row : kOrientationTags) {
    if (g_str_equal(text, row.tag)) found = row.orientation;
  }
  g_free(text);
  return found;
}

}  // namespace hyperlips
