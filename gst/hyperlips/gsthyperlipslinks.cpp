// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipslinks.h"

/// The pads inside an element, or a ghost pad, that feed this source pad.
static bool is_fed(GstPad *source) {
  GstIterator *links = gst_pad_iterate_internal_links(source);
  if (!links) return true;
  bool any = false, fed = false;
  GValue value = G_VALUE_INIT;
  while (true) {
    const auto result = gst_iterator_next(links, &value);
    if (result == GST_ITERATOR_RESYNC) {
      gst_iterator_resync(links);
      any = fed = false;
      continue;
    }
    if (result != GST_ITERATOR_OK) break;
    any = true;
    fed = fed || gst_hyperlips_pad_has_source(GST_PAD(g_value_get_object(&value)));
    g_value_reset(&value);
  }
  g_value_unset(&value);
  gst_iterator_free(links);
  return fed || !any;
}

bool gst_hyperlips_pad_has_source(GstPad *sink) {
  GstPad *peer = gst_pad_get_peer(sink);
  if (!peer) return false;
  const bool fed = is_fed(peer);
  gst_object_unref(peer);
  return fed;
}
