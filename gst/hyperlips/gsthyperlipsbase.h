// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gsthyperlipsnetworkfilter.h"

#define GST_TYPE_HYPERLIPS_BASE (gst_hyperlips_base_get_type())
G_DECLARE_FINAL_TYPE(GstHyperlipsBase, gst_hyperlips_base, GST, HYPERLIPS_BASE,
                     GstHyperlipsNetworkFilter)

GST_ELEMENT_REGISTER_DECLARE(hyperlipsbase)
