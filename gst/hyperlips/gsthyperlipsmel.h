// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#define GST_TYPE_HYPERLIPS_MEL (gst_hyperlips_mel_get_type())
G_DECLARE_FINAL_TYPE(GstHyperlipsMel, gst_hyperlips_mel, GST, HYPERLIPS_MEL, GstElement)

GST_ELEMENT_REGISTER_DECLARE(hyperlipsmel)
