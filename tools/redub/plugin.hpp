// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace hyperlips::redub {

/// Makes the hyperlips elements known: those of the build tree that this program runs from, else
/// those of GST_PLUGIN_PATH and the system, else those installed beside it. Call it after
/// gst_init(). Throws Error when there are none.
void load_plugin();

}  // namespace hyperlips::redub
