// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#define GST_TYPE_HYPERLIPS_BIN (gst_hyperlips_bin_get_type())
G_DECLARE_FINAL_TYPE(GstHyperlipsBin, gst_hyperlips_bin, GST, HYPERLIPS_BIN, GstBin)

GST_ELEMENT_REGISTER_DECLARE(hyperlips)
