// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst/lib/gsthyperlipsfilter.h"

/// Holds up to 30 s of raw audio while the video of the bin is delayed. Used instead of `queue`,
/// which in GStreamer 1.22 stops for ever if a stream follows EOS at once or a flush meets a stop,
/// and which a jump of the running time fills. Only for the bin: not registered.
#define GST_TYPE_HYPERLIPS_AUDIO_QUEUE (gst_hyperlips_audio_queue_get_type())
G_DECLARE_FINAL_TYPE(GstHyperlipsAudioQueue, gst_hyperlips_audio_queue, GST, HYPERLIPS_AUDIO_QUEUE,
                     GstHyperlipsFilter)
