// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace hyperlips::redub {

/// Registers the elements of HyperLips: those of the build tree that this program runs from, else
/// those in GST_PLUGIN_PATH and the system, else those installed beside this program. Call it after
/// gst_init(). Throws Error{NotFound} if there are none.
void load_plugin();

}  // namespace hyperlips::redub
