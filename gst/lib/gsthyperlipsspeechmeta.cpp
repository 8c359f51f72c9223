// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/gst/gsthyperlipsspeechmeta.h"

#include <new>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "gsthyperlipsmetatransform.h"

namespace {

gboolean speech_meta_init(GstMeta *meta, gpointer, GstBuffer *) {
  new (&reinterpret_cast<GstHyperlipsSpeechMeta *>(meta)->data) HyperlipsSpeechData();
  return TRUE;
}

void speech_meta_free(GstMeta *meta, GstBuffer *) {
  reinterpret_cast<GstHyperlipsSpeechMeta *>(meta)->data.~HyperlipsSpeechData();
}

/// Gives the mask the geometry of the picture.
void follow(cv::Mat &mask, const HyperlipsMetaTransform &transform) {
  const cv::Size size(GST_VIDEO_INFO_WIDTH(transform.out_info),
                      GST_VIDEO_INFO_HEIGHT(transform.out_info));
  const auto &m = transform.map.m;
  if (mask.empty() || (mask.size() == size && transform.map == hyperlips::Affine())) return;
  // warpAffine() counts from the center of the upper left pixel.
  const cv::Matx23d map(m[0], m[1], m[2] + (m[0] + m[1] - 1) / 2,  //
                        m[3], m[4], m[5] + (m[3] + m[4] - 1) / 2);
  cv::Mat moved;
  cv::warpAffine(mask, moved, map, size, cv::INTER_NEAREST);
  mask = moved;
}

gboolean speech_meta_transform(GstBuffer *dest, GstMeta *meta, GstBuffer *, GQuark type,
                               gpointer data) {
  HyperlipsSpeechData copy = reinterpret_cast<GstHyperlipsSpeechMeta *>(meta)->data;
  if (!GST_META_TRANSFORM_IS_COPY(type)) {
    const auto transform = gst_hyperlips_meta_transform(type, data);
    if (!transform) return FALSE;
    follow(copy.mouth_mask, *transform);
  }
  gst_buffer_add_hyperlips_speech_meta(dest, std::move(copy));
  return TRUE;
}

}  // namespace

GType gst_hyperlips_speech_meta_api_get_type() {
  static const GType type = [] {
    static const gchar *tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR,
                                  GST_META_TAG_VIDEO_ORIENTATION_STR, nullptr};
    return gst_meta_api_type_register("GstHyperlipsSpeechMetaAPI", tags);
  }();
  return type;
}

const GstMetaInfo *gst_hyperlips_speech_meta_get_info() {
  static const GstMetaInfo *info = gst_meta_register(
      GST_HYPERLIPS_SPEECH_META_API_TYPE, "GstHyperlipsSpeechMeta", sizeof(GstHyperlipsSpeechMeta),
      speech_meta_init, speech_meta_free, speech_meta_transform);
  return info;
}

GstHyperlipsSpeechMeta *gst_buffer_add_hyperlips_speech_meta(GstBuffer *buffer,
                                                             HyperlipsSpeechData data) {
  auto *meta = reinterpret_cast<GstHyperlipsSpeechMeta *>(
      gst_buffer_add_meta(buffer, gst_hyperlips_speech_meta_get_info(), nullptr));
  meta->data = std::move(data);
  return meta;
}

GstHyperlipsSpeechMeta *gst_buffer_get_hyperlips_speech_meta(GstBuffer *buffer) {
  return reinterpret_cast<GstHyperlipsSpeechMeta *>(
      gst_buffer_get_meta(buffer, GST_HYPERLIPS_SPEECH_META_API_TYPE));
}
