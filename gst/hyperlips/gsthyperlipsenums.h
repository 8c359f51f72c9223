// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib-object.h>

/// Which of several faces is lip-synced.
enum GstHyperlipsFaceSelect {
  GST_HYPERLIPS_FACE_SELECT_LARGEST,
  GST_HYPERLIPS_FACE_SELECT_CENTER,
  GST_HYPERLIPS_FACE_SELECT_FIRST,
  GST_HYPERLIPS_FACE_SELECT_INDEX,
  GST_HYPERLIPS_FACE_SELECT_ALL,
};
#define GST_TYPE_HYPERLIPS_FACE_SELECT (gst_hyperlips_face_select_get_type())
GType gst_hyperlips_face_select_get_type();

/// How the crop's box is steadied.
enum GstHyperlipsSmoothing {
  GST_HYPERLIPS_SMOOTHING_AUTO,
  GST_HYPERLIPS_SMOOTHING_LOOKAHEAD,
  GST_HYPERLIPS_SMOOTHING_CAUSAL,
  GST_HYPERLIPS_SMOOTHING_NONE,
};
#define GST_TYPE_HYPERLIPS_SMOOTHING (gst_hyperlips_smoothing_get_type())
GType gst_hyperlips_smoothing_get_type();

/// What stands in for something that is missing.
enum GstHyperlipsPolicy {
  GST_HYPERLIPS_POLICY_PASSTHROUGH,
  GST_HYPERLIPS_POLICY_LAST,
};
#define GST_TYPE_HYPERLIPS_POLICY (gst_hyperlips_policy_get_type())
GType gst_hyperlips_policy_get_type();

/// What a silent stretch of speech shows.
enum GstHyperlipsSilence {
  GST_HYPERLIPS_SILENCE_MODEL,
  GST_HYPERLIPS_SILENCE_ORIGINAL,
};
#define GST_TYPE_HYPERLIPS_SILENCE (gst_hyperlips_silence_get_type())
GType gst_hyperlips_silence_get_type();

#define GST_TYPE_HYPERLIPS_PRECISION (gst_hyperlips_precision_get_type())
/// Values are those of hyperlips::Precision.
GType gst_hyperlips_precision_get_type();
