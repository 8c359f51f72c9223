// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "gst/lib/media/av_ptr.hpp"

namespace hyperlips::redub {

/// Adds the light levels of HDR (SMPTE ST 2086, MaxCLL and MaxFALL) in the caps of frames to a
/// stream to be written, as far as it does not have them.
void add_light_levels(AVStream &stream, const GstCaps *caps);

}  // namespace hyperlips::redub
