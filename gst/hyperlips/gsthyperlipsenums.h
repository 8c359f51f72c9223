// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib-object.h>

/**
 * GstHyperlipsFaceSelect:
 * @GST_HYPERLIPS_FACE_SELECT_LARGEST: the largest face
 * @GST_HYPERLIPS_FACE_SELECT_CENTER: the face nearest to the center of the frame
 * @GST_HYPERLIPS_FACE_SELECT_FIRST: the face that has been tracked for the longest time
 * @GST_HYPERLIPS_FACE_SELECT_INDEX: the face at #GstHyperlipsFaceCrop:face-index, from the left
 * @GST_HYPERLIPS_FACE_SELECT_ALL: all faces, up to #GstHyperlipsFaceCrop:max-faces
 *
 * Which of several faces to lip-sync.
 *
 * Since: 0.1
 */
enum GstHyperlipsFaceSelect {
  GST_HYPERLIPS_FACE_SELECT_LARGEST,
  GST_HYPERLIPS_FACE_SELECT_CENTER,
  GST_HYPERLIPS_FACE_SELECT_FIRST,
  GST_HYPERLIPS_FACE_SELECT_INDEX,
  GST_HYPERLIPS_FACE_SELECT_ALL,
};
#define GST_TYPE_HYPERLIPS_FACE_SELECT (gst_hyperlips_face_select_get_type())
GType gst_hyperlips_face_select_get_type();

/**
 * GstHyperlipsCrop:
 * @GST_HYPERLIPS_CROP_AUTO: as the model downstream was trained
 * @GST_HYPERLIPS_CROP_STEADY: follows the head, not the mouth
 * @GST_HYPERLIPS_CROP_PUBLISHED: bounding box of all landmarks, as published
 *
 * Which box of a face is cropped.
 *
 * Since: 0.1
 */
enum GstHyperlipsCrop {
  GST_HYPERLIPS_CROP_AUTO,
  GST_HYPERLIPS_CROP_STEADY,
  GST_HYPERLIPS_CROP_PUBLISHED,
};
#define GST_TYPE_HYPERLIPS_CROP (gst_hyperlips_crop_get_type())
GType gst_hyperlips_crop_get_type();

/**
 * GstHyperlipsSmoothing:
 * @GST_HYPERLIPS_SMOOTHING_AUTO: causal if live, else lookahead
 * @GST_HYPERLIPS_SMOOTHING_LOOKAHEAD: mean of the boxes of this frame and the next four frames
 * @GST_HYPERLIPS_SMOOTHING_CAUSAL: low-pass filter over the previous frames, without delay
 * @GST_HYPERLIPS_SMOOTHING_NONE: the box of each frame
 *
 * How the position of the crop is smoothed over time.
 *
 * Since: 0.1
 */
enum GstHyperlipsSmoothing {
  GST_HYPERLIPS_SMOOTHING_AUTO,
  GST_HYPERLIPS_SMOOTHING_LOOKAHEAD,
  GST_HYPERLIPS_SMOOTHING_CAUSAL,
  GST_HYPERLIPS_SMOOTHING_NONE,
};
#define GST_TYPE_HYPERLIPS_SMOOTHING (gst_hyperlips_smoothing_get_type())
GType gst_hyperlips_smoothing_get_type();

/**
 * GstHyperlipsPolicy:
 * @GST_HYPERLIPS_POLICY_PASSTHROUGH: pass the frame unmodified
 * @GST_HYPERLIPS_POLICY_LAST: use the last result
 *
 * What to do with a frame without a face or without speech.
 *
 * Since: 0.1
 */
enum GstHyperlipsPolicy {
  GST_HYPERLIPS_POLICY_PASSTHROUGH,
  GST_HYPERLIPS_POLICY_LAST,
};
#define GST_TYPE_HYPERLIPS_POLICY (gst_hyperlips_policy_get_type())
GType gst_hyperlips_policy_get_type();

/**
 * GstHyperlipsSilence:
 * @GST_HYPERLIPS_SILENCE_MODEL: the mouth that the model generates for silence
 * @GST_HYPERLIPS_SILENCE_ORIGINAL: the original mouth, with a fade
 *
 * What to show while the speech is silent.
 *
 * Since: 0.1
 */
enum GstHyperlipsSilence {
  GST_HYPERLIPS_SILENCE_MODEL,
  GST_HYPERLIPS_SILENCE_ORIGINAL,
};
#define GST_TYPE_HYPERLIPS_SILENCE (gst_hyperlips_silence_get_type())
GType gst_hyperlips_silence_get_type();

/**
 * GstHyperlipsPrecision:
 *
 * Number format in which a network computes. The values are those of hyperlips::Precision:
 *
 * * auto: the fastest format without visible differences: bf16 where the CPU supports it
 * * fp32: 32-bit floating point
 * * bf16: 16-bit brain floating point
 * * fp16: 16-bit floating point, GPU only
 *
 * Since: 0.1
 */
#define GST_TYPE_HYPERLIPS_PRECISION (gst_hyperlips_precision_get_type())
GType gst_hyperlips_precision_get_type();
