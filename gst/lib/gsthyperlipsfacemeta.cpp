// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/gst/gsthyperlipsfacemeta.h"

#include <cmath>
#include <new>
#include <utility>

#include "gst/lib/media/frame_view.hpp"
#include "gsthyperlipsmetatransform.h"
#include "hyperlips/face/crop.hpp"

namespace {

gboolean face_meta_init(GstMeta *meta, gpointer, GstBuffer *) {
  new (&reinterpret_cast<GstHyperlipsFaceMeta *>(meta)->data) HyperlipsFaceData();
  return TRUE;
}

void face_meta_free(GstMeta *meta, GstBuffer *) {
  reinterpret_cast<GstHyperlipsFaceMeta *>(meta)->data.~HyperlipsFaceData();
}

using hyperlips::Affine;

/// The same map for coordinates whose origin is half a pixel farther left and up.
Affine from_corner(const Affine &map) {
  const Affine to_center{{1, 0, -0.5, 0, 1, -0.5}};
  return to_center.inverse().after(map).after(to_center);
}

/// The map of upright coordinates for a map of stored ones; nothing if it turns or mirrors the
/// picture.
std::optional<Affine> upright_map(const HyperlipsMetaTransform &transform,
                                  hyperlips::Orientation orientation) {
  const auto before = hyperlips::shape_of(*transform.in_info, orientation);
  const auto after = hyperlips::shape_of(*transform.out_info, orientation);
  const Affine map = from_corner(after.upright_to_stored())
                         .inverse()
                         .after(transform.map)
                         .after(from_corner(before.upright_to_stored()));
  const auto &m = map.m;
  if (std::abs(m[1]) > 1e-6 || std::abs(m[3]) > 1e-6 || !(m[0] > 0) || !(m[4] > 0)) {
    return std::nullopt;
  }
  return map;
}

void move(hyperlips::Box &box, const Affine &map) {
  const cv::Point2f from = map(box.x0, box.y0), to = map(box.x1, box.y1);
  box = {from.x, from.y, to.x, to.y};
}

gboolean face_meta_transform(GstBuffer *dest, GstMeta *meta, GstBuffer *, GQuark type,
                             gpointer data) {
  HyperlipsFaceData copy = reinterpret_cast<GstHyperlipsFaceMeta *>(meta)->data;
  if (!GST_META_TRANSFORM_IS_COPY(type)) {
    const auto transform = gst_hyperlips_meta_transform(type, data);
    const auto map = transform ? upright_map(*transform, copy.orientation) : std::nullopt;
    if (!map) return FALSE;
    for (auto *box : {&copy.crop_box, &copy.face.box, &copy.generated_box}) {
      // An empty box stands for another one.
      if (*box != hyperlips::Box()) move(*box, *map);
    }
    copy.face.landmarks = mapped(copy.face.landmarks, *map);
    if (copy.generated_landmarks)
      copy.generated_landmarks = mapped(*copy.generated_landmarks, *map);
  }
  gst_buffer_add_hyperlips_face_meta(dest, std::move(copy));
  return TRUE;
}

bool is_own_roi(GstMeta *meta) {
  return meta->info->api == GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE &&
         gst_video_region_of_interest_meta_get_param(
             reinterpret_cast<GstVideoRegionOfInterestMeta *>(meta), kHyperlipsRoiParams);
}

}  // namespace

GType gst_hyperlips_face_meta_api_get_type() {
  static const GType type = [] {
    static const gchar *tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR,
                                  GST_META_TAG_VIDEO_ORIENTATION_STR, nullptr};
    return gst_meta_api_type_register("GstHyperlipsFaceMetaAPI", tags);
  }();
  return type;
}

const GstMetaInfo *gst_hyperlips_face_meta_get_info() {
  static const GstMetaInfo *info = gst_meta_register(
      GST_HYPERLIPS_FACE_META_API_TYPE, "GstHyperlipsFaceMeta", sizeof(GstHyperlipsFaceMeta),
      face_meta_init, face_meta_free, face_meta_transform);
  return info;
}

GstHyperlipsFaceMeta *gst_buffer_add_hyperlips_face_meta(GstBuffer *buffer,
                                                         HyperlipsFaceData data) {
  auto *meta = reinterpret_cast<GstHyperlipsFaceMeta *>(
      gst_buffer_add_meta(buffer, gst_hyperlips_face_meta_get_info(), nullptr));
  meta->data = std::move(data);
  return meta;
}

GstHyperlipsFaceMeta *gst_buffer_iterate_hyperlips_face_meta(GstBuffer *buffer, gpointer *state) {
  return reinterpret_cast<GstHyperlipsFaceMeta *>(
      gst_buffer_iterate_meta_filtered(buffer, state, GST_HYPERLIPS_FACE_META_API_TYPE));
}

GstHyperlipsFaceMeta *gst_buffer_iterate_hyperlips_crop(GstBuffer *buffer, gpointer *state) {
  GstHyperlipsFaceMeta *meta;
  do {
    meta = gst_buffer_iterate_hyperlips_face_meta(buffer, state);
  } while (meta && meta->data.crop.empty());
  return meta;
}

bool gst_buffer_has_hyperlips_face_meta(GstBuffer *buffer) {
  return gst_buffer_get_meta(buffer, GST_HYPERLIPS_FACE_META_API_TYPE) != nullptr;
}

void gst_buffer_remove_hyperlips_face_metas(GstBuffer *buffer) {
  gst_buffer_foreach_meta(
      buffer,
      [](GstBuffer *, GstMeta **meta, gpointer) -> gboolean {
        if ((*meta)->info->api == GST_HYPERLIPS_FACE_META_API_TYPE || is_own_roi(*meta)) {
          *meta = nullptr;
        }
        return TRUE;
      },
      nullptr);
}

void gst_buffer_add_hyperlips_face_roi(GstBuffer *buffer, const HyperlipsFaceData &data,
                                       const cv::Rect &stored) {
  auto *roi = gst_buffer_add_video_region_of_interest_meta(
      buffer, "face", guint(stored.x), guint(stored.y), guint(stored.width), guint(stored.height));
  roi->id = gint(data.face.track_id);
  gst_video_region_of_interest_meta_add_param(
      roi, gst_structure_new(kHyperlipsRoiParams, "track-id", G_TYPE_INT64, data.face.track_id,
                             "confidence", G_TYPE_DOUBLE, double(data.face.confidence), nullptr));
}
