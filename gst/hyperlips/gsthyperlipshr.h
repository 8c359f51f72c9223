// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gsthyperlipsnetworkfilter.h"

#define GST_TYPE_HYPERLIPS_HR (gst_hyperlips_hr_get_type())
G_DECLARE_FINAL_TYPE(GstHyperlipsHr, gst_hyperlips_hr, GST, HYPERLIPS_HR, GstHyperlipsNetworkFilter)

GST_ELEMENT_REGISTER_DECLARE(hyperlipshr)
