// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/gstvideofilter.h>

#define GST_TYPE_HYPERLIPS_COMPOSITE (gst_hyperlips_composite_get_type())
G_DECLARE_FINAL_TYPE(GstHyperlipsComposite, gst_hyperlips_composite, GST, HYPERLIPS_COMPOSITE,
                     GstVideoFilter)

GST_ELEMENT_REGISTER_DECLARE(hyperlipscomposite)
