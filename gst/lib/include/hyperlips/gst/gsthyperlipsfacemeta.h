// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <optional>

#include <opencv2/core.hpp>

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

/// One face of a frame. hyperlipsfacecrop attaches it, hyperlipsbase and hyperlipshr add the
/// generated picture, hyperlipscomposite blends that into the frame and removes the meta.
/// hyperlipstestsrc attaches it without a crop as ground truth. Coordinates are square pixels of
/// the upright frame, after the stream's image-orientation tag and pixel aspect ratio (see
/// hyperlips::FrameView). Elements that scale, crop or extend frames scale and move them; those
/// that turn or mirror frames drop the meta. Pictures are CV_8UC3 BGR and are not
/// modified once set, so copies of the meta share them.
///
///     gpointer state = nullptr;
///     while (auto *meta = gst_buffer_iterate_hyperlips_face_meta(buffer, &state)) {
///       const hyperlips::Box &box = meta->data.face.box;
///       g_print("face %d at %g,%g\n", int(meta->data.face.track_id), box.x0, box.y0);
///     }
struct HyperlipsFaceData {
  hyperlips::Face face;
  hyperlips::Box crop_box;       ///< smoothed box whose pixels are `crop`
  cv::Mat crop;                  ///< 128x128; empty if the face is not to be lip-synced
  cv::Mat generated;             ///< the new lower face; empty if there is none
  hyperlips::Box generated_box;  ///< box whose pixels are `generated`; empty: `crop_box`
  /// Landmarks of the face in `generated`, in the coordinates of the frame, if they are known.
  std::optional<hyperlips::Landmarks> generated_landmarks;
  /// Of the frame, by the stream's image-orientation tag.
  hyperlips::Orientation orientation = hyperlips::Orientation::Identity;
  float opacity = 1;  ///< opacity of `generated`, 0 ... 1
};

struct GstHyperlipsFaceMeta {
  GstMeta meta;
  HyperlipsFaceData data;
};

GType gst_hyperlips_face_meta_api_get_type();
#define GST_HYPERLIPS_FACE_META_API_TYPE (gst_hyperlips_face_meta_api_get_type())
const GstMetaInfo *gst_hyperlips_face_meta_get_info();

/// Adds a face to a writable buffer.
GstHyperlipsFaceMeta *gst_buffer_add_hyperlips_face_meta(GstBuffer *buffer, HyperlipsFaceData data);

/// The next face meta of a buffer, in the order they were added; `state` starts as nullptr.
GstHyperlipsFaceMeta *gst_buffer_iterate_hyperlips_face_meta(GstBuffer *buffer, gpointer *state);

/// The same for the faces that are to be lip-synced: those with a crop.
GstHyperlipsFaceMeta *gst_buffer_iterate_hyperlips_crop(GstBuffer *buffer, gpointer *state);

/// Whether the buffer carries any face.
bool gst_buffer_has_hyperlips_face_meta(GstBuffer *buffer);

/// Removes all face metas from a writable buffer, and the "face" regions of interest that
/// hyperlipsfacecrop added with them.
void gst_buffer_remove_hyperlips_face_metas(GstBuffer *buffer);

/// Adds a GstVideoRegionOfInterestMeta of type "face" for `data`, which elements of other plugins
/// can read. `stored` is the box in pixels of the stored picture.
void gst_buffer_add_hyperlips_face_roi(GstBuffer *buffer, const HyperlipsFaceData &data,
                                       const cv::Rect &stored);

/// Name of the GstStructure parameter that identifies regions of interest added by this project.
inline constexpr const char *kHyperlipsRoiParams = "hyperlips/face";
