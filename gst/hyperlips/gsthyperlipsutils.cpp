// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsutils.h"

#include <gst/video/gstvideometa.h>

#include <algorithm>

#include "hyperlips/gst/gsthyperlipsfacemeta.h"

std::vector<hyperlips::ObjectPtr<GstPad>> gst_hyperlips_internal_links(GstPad *pad) {
  std::vector<hyperlips::ObjectPtr<GstPad>> pads;
  GstIterator *links = gst_pad_iterate_internal_links(pad);
  if (!links) return pads;
  GValue value = G_VALUE_INIT;
  while (true) {
    const auto result = gst_iterator_next(links, &value);
    if (result == GST_ITERATOR_RESYNC) {
      gst_iterator_resync(links);
      pads.clear();
      continue;
    }
    if (result != GST_ITERATOR_OK) break;
    pads.emplace_back(GST_PAD(g_value_dup_object(&value)));
    g_value_reset(&value);
  }
  g_value_unset(&value);
  gst_iterator_free(links);
  return pads;
}

/// Whether the sink pads that are linked internally to this source pad lead to a source.
static bool leads_to_source(GstPad *source) {
  const auto links = gst_hyperlips_internal_links(source);
  return links.empty() || std::ranges::any_of(links, [](const auto &link) {
           return gst_hyperlips_pad_has_source(link.get());
         });
}

bool gst_hyperlips_pad_has_source(GstPad *sink) {
  GstPad *peer = gst_pad_get_peer(sink);
  if (!peer) return false;
  const bool found = leads_to_source(peer);
  gst_object_unref(peer);
  return found;
}

std::vector<hyperlips::Box> gst_hyperlips_attached_faces(GstBuffer *buffer,
                                                         const hyperlips::FrameView &view) {
  std::vector<hyperlips::Box> boxes;
  const hyperlips::Affine to_upright = view.upright_to_stored().inverse();
  gpointer state = nullptr;
  while (GstMeta *meta = gst_buffer_iterate_meta_filtered(
             buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) {
    auto *roi = reinterpret_cast<GstVideoRegionOfInterestMeta *>(meta);
    if (roi->roi_type != g_quark_from_static_string("face") || roi->w == 0 || roi->h == 0) continue;
    if (gst_video_region_of_interest_meta_get_param(roi, kHyperlipsRoiParams)) continue;
    const cv::Point2d a = to_upright(roi->x, roi->y);
    const cv::Point2d b = to_upright(double(roi->x) + roi->w - 1, double(roi->y) + roi->h - 1);
    boxes.push_back({float(std::min(a.x, b.x)), float(std::min(a.y, b.y)),
                     float(std::max(a.x, b.x) + 1), float(std::max(a.y, b.y) + 1)});
  }
  return boxes;
}

cv::Rect gst_hyperlips_stored_rect(const hyperlips::Box &box, const hyperlips::FrameView &view) {
  const hyperlips::Affine to_stored = view.upright_to_stored();
  const cv::Point2d a = to_stored(box.x0, box.y0);
  const cv::Point2d b = to_stored(box.x1 - 1, box.y1 - 1);
  const cv::Point top_left(cvRound(std::min(a.x, b.x)), cvRound(std::min(a.y, b.y)));
  const cv::Point bottom_right(cvRound(std::max(a.x, b.x)) + 1, cvRound(std::max(a.y, b.y)) + 1);
  return cv::Rect(top_left, bottom_right) & cv::Rect(0, 0, view.stored_width, view.stored_height);
}

#define CROP_PARAMS "hyperlips/crop"

void gst_hyperlips_query_add_crop(GstQuery *query, hyperlips::Framing framing) {
  GstStructure *params =
      gst_structure_new(CROP_PARAMS, "crop", G_TYPE_STRING, hyperlips::to_string(framing), nullptr);
  gst_query_add_allocation_meta(query, GST_HYPERLIPS_FACE_META_API_TYPE, params);
  gst_structure_free(params);
}

std::optional<hyperlips::Framing> gst_hyperlips_query_crop(GstQuery *query) {
  using hyperlips::Framing;
  // Elements add theirs behind those of the elements after them.
  for (guint i = gst_query_get_n_allocation_metas(query); i-- > 0;) {
    const GstStructure *params = nullptr;
    const GType api = gst_query_parse_nth_allocation_meta(query, i, &params);
    if (api != GST_HYPERLIPS_FACE_META_API_TYPE || !params) continue;
    const gchar *crop = gst_structure_get_string(params, "crop");
    for (const Framing framing : {Framing::Steady, Framing::Published}) {
      if (g_strcmp0(crop, hyperlips::to_string(framing)) == 0) return framing;
    }
  }
  return std::nullopt;
}

void gst_hyperlips_query_remove_crop(GstQuery *query) {
  guint index;
  while (gst_query_find_allocation_meta(query, GST_HYPERLIPS_FACE_META_API_TYPE, &index)) {
    gst_query_remove_nth_allocation_meta(query, index);
  }
}
