// SPDX-License-Identifier: LGPL-2.1-or-later
// The properties of hyperlipsfacecrop.
#pragma once

#include <glib-object.h>

#include "gsthyperlipsenums.h"

#define DEFAULT_FACE_SELECT GST_HYPERLIPS_FACE_SELECT_LARGEST
#define DEFAULT_FACE_INDEX 0
#define DEFAULT_MAX_FACES 4
#define DEFAULT_MIN_CONFIDENCE 0.5
#define DEFAULT_INFERENCE_INTERVAL 10
#define DEFAULT_SMOOTHING GST_HYPERLIPS_SMOOTHING_AUTO
#define DEFAULT_NO_FACE_POLICY GST_HYPERLIPS_POLICY_PASSTHROUGH
#define DEFAULT_CROP GST_HYPERLIPS_CROP_AUTO

enum {
  PROP_0,
  PROP_FACE_SELECT,
  PROP_FACE_INDEX,
  PROP_MAX_FACES,
  PROP_MIN_CONFIDENCE,
  PROP_INFERENCE_INTERVAL,
  PROP_SMOOTHING,
  PROP_NO_FACE_POLICY,
  PROP_PADDING,
  PROP_CROP,
};

void gst_hyperlips_face_crop_install_properties(GObjectClass *object_class);
