// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/gst.h>

#include "gsthyperlipsbase.h"
#include "gsthyperlipsbin.h"
#include "gsthyperlipscomposite.h"
#include "gsthyperlipsfacecrop.h"
#include "gsthyperlipshr.h"
#include "gsthyperlipsmel.h"

static gboolean plugin_init(GstPlugin *plugin) {
  gboolean any = FALSE;
  any |= GST_ELEMENT_REGISTER(hyperlips, plugin);
  any |= GST_ELEMENT_REGISTER(hyperlipsfacecrop, plugin);
  any |= GST_ELEMENT_REGISTER(hyperlipsmel, plugin);
  any |= GST_ELEMENT_REGISTER(hyperlipsbase, plugin);
  any |= GST_ELEMENT_REGISTER(hyperlipshr, plugin);
  any |= GST_ELEMENT_REGISTER(hyperlipscomposite, plugin);
  return any;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, hyperlips,
                  "Lip-syncs the faces in a video to speech", plugin_init, HYPERLIPS_VERSION,
                  "LGPL", HYPERLIPS_PACKAGE, HYPERLIPS_ORIGIN)
