// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/gst/gsthyperlipsspeechmeta.h"

#include <new>
#include <utility>

#include <opencv2/imgproc.hpp>

namespace {

gboolean speech_meta_init(GstMeta *meta, gpointer, GstBuffer *) {
  new (&reinterpret_cast<GstHyperlipsSpeechMeta *>(meta)->data) HyperlipsSpeechData();
  return TRUE;
}

void speech_meta_free(GstMeta *meta, GstBuffer *) {
  reinterpret_cast<GstHyperlipsSpeechMeta *>(meta)->data.~HyperlipsSpeechData();
}

gboolean speech_meta_transform(GstBuffer *dest, GstMeta *meta, GstBuffer *, GQuark type,
                               gpointer data) {
  HyperlipsSpeechData copy = reinterpret_cast<GstHyperlipsSpeechMeta *>(meta)->data;
  if (GST_VIDEO_META_TRANSFORM_IS_SCALE(type)) {
    auto *transform = static_cast<GstVideoMetaTransform *>(data);
    const cv::Size size(GST_VIDEO_INFO_WIDTH(transform->out_info),
                        GST_VIDEO_INFO_HEIGHT(transform->out_info));
    if (!copy.mouth_mask.empty() && copy.mouth_mask.size() != size) {
      cv::Mat scaled;
      cv::resize(copy.mouth_mask, scaled, size, 0, 0, cv::INTER_NEAREST);
      copy.mouth_mask = scaled;
    }
  } else if (!GST_META_TRANSFORM_IS_COPY(type)) {
    return FALSE;
  }
  gst_buffer_add_hyperlips_speech_meta(dest, std::move(copy));
  return TRUE;
}

}  // namespace

GType gst_hyperlips_speech_meta_api_get_type() {
  static const GType type = [] {
    static const gchar *tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR, nullptr};
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
