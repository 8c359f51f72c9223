// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/gst.h>

#include "gsthyperlipstestsrc.h"

static gboolean plugin_init(GstPlugin *plugin) {
  return GST_ELEMENT_REGISTER(hyperlipstestsrc, plugin);
}

// The source is LGPL as everything here; what is linked from it holds espeak-ng.
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, hyperlipstestsrc,
                  "Synthetic talking heads; holds espeak-ng, so it is under GPL-3.0-or-later",
                  plugin_init, HYPERLIPS_VERSION, "GPL", "HyperLips for GStreamer",
                  "https://gstreamer.freedesktop.org/")
