// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <optional>
#include <vector>

#include <opencv2/core.hpp>

#include "gst/lib/media/gst_ptr.hpp"
#include "hyperlips/face/types.hpp"
#include "hyperlips/model/conventions.hpp"
#include "hyperlips/video/frame.hpp"

/// The pads that are linked internally to this pad.
std::vector<hyperlips::ObjectPtr<GstPad>> gst_hyperlips_internal_links(GstPad *pad);

/// Whether the links upstream of this sink pad lead to a source element. If an element or a bin's
/// ghost pad upstream is not linked, the pad never receives data, not even EOS.
bool gst_hyperlips_pad_has_source(GstPad *sink);

/// The boxes of the buffer's regions of interest of type "face" that another detector attached, not
/// hyperlipsfacecrop, in pixels of the upright frame.
std::vector<hyperlips::Box> gst_hyperlips_attached_faces(GstBuffer *buffer,
                                                         const hyperlips::FrameView &view);

/// The part of the stored picture that a box of the upright frame covers.
cv::Rect gst_hyperlips_stored_rect(const hyperlips::Box &box, const hyperlips::FrameView &view);

/// Which crops an element wants of hyperlipsfacecrop, in an allocation query: as the parameters of
/// GST_HYPERLIPS_FACE_META_API_TYPE. That of the nearest element counts.
void gst_hyperlips_query_add_crop(GstQuery *query, hyperlips::Framing framing);
/// Nothing if no element said it.
std::optional<hyperlips::Framing> gst_hyperlips_query_crop(GstQuery *query);
/// Removes all of them.
void gst_hyperlips_query_remove_crop(GstQuery *query);
