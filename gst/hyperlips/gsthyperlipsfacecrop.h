// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst/lib/gsthyperlipsfilter.h"

#define GST_TYPE_HYPERLIPS_FACE_CROP (gst_hyperlips_face_crop_get_type())
G_DECLARE_FINAL_TYPE(GstHyperlipsFaceCrop, gst_hyperlips_face_crop, GST, HYPERLIPS_FACE_CROP,
                     GstHyperlipsFilter)

GST_ELEMENT_REGISTER_DECLARE(hyperlipsfacecrop)
