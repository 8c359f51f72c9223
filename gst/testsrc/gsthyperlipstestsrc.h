// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#define GST_TYPE_HYPERLIPS_TEST_SRC (gst_hyperlips_test_src_get_type())
G_DECLARE_FINAL_TYPE(GstHyperlipsTestSrc, gst_hyperlips_test_src, GST, HYPERLIPS_TEST_SRC, GstBin)

GST_ELEMENT_REGISTER_DECLARE(hyperlipstestsrc)
