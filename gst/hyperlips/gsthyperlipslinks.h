// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

/// Whether the links upstream of this sink pad lead to a source. They do not when a chain of
/// elements, or a bin's ghost pad, was left open: nothing will ever come, not even an end.
bool gst_hyperlips_pad_has_source(GstPad *sink);
