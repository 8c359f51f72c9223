// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/gst.h>

#include "gsthyperlipstestsrc.h"

static gboolean plugin_init(GstPlugin *plugin) {
  return GST_ELEMENT_REGISTER(hyperlipstestsrc, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, hyperlipstestsrc,
                  "Test source of synthetic talking heads with speech", plugin_init,
                  HYPERLIPS_VERSION, "LGPL", HYPERLIPS_PACKAGE, HYPERLIPS_ORIGIN)
