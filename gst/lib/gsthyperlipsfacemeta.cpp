// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/gst/gsthyperlipsfacemeta.h"

#include <new>
#include <utility>

namespace {

gboolean face_meta_init(GstMeta *meta, gpointer, GstBuffer *) {
  new (&reinterpret_cast<GstHyperlipsFaceMeta *>(meta)->data) HyperlipsFaceData();
  return TRUE;
}

void face_meta_free(GstMeta *meta, GstBuffer *) {
  reinterpret_cast<GstHyperlipsFaceMeta *>(meta)->data.~HyperlipsFaceData();
}

void scale(hyperlips::Box &box, float sx, float sy) {
  box = {box.x0 * sx, box.y0 * sy, box.x1 * sx, box.y1 * sy};
}

void scale(hyperlips::Landmarks &landmarks, float sx, float sy) {
  for (auto &p : landmarks) p = {p.x * sx, p.y * sy, p.z * sx};
}

gboolean face_meta_transform(GstBuffer *dest, GstMeta *meta, GstBuffer *, GQuark type,
                             gpointer data) {
  HyperlipsFaceData copy = reinterpret_cast<GstHyperlipsFaceMeta *>(meta)->data;
  if (GST_VIDEO_META_TRANSFORM_IS_SCALE(type)) {
    auto *transform = static_cast<GstVideoMetaTransform *>(data);
    float sx = float(GST_VIDEO_INFO_WIDTH(transform->out_info)) /
               float(GST_VIDEO_INFO_WIDTH(transform->in_info));
    float sy = float(GST_VIDEO_INFO_HEIGHT(transform->out_info)) /
               float(GST_VIDEO_INFO_HEIGHT(transform->in_info));
    if (copy.sideways) std::swap(sx, sy);
    scale(copy.crop_box, sx, sy);
    scale(copy.face.box, sx, sy);
    scale(copy.generated_box, sx, sy);
    scale(copy.face.landmarks, sx, sy);
    if (copy.generated_landmarks) scale(*copy.generated_landmarks, sx, sy);
  } else if (!GST_META_TRANSFORM_IS_COPY(type)) {
    return FALSE;
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
    static const gchar *tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR, nullptr};
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
