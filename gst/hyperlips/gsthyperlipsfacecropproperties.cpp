// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsfacecropproperties.h"

#include <gst/gst.h>

static void install_detection_properties(GObjectClass *object_class) {
  const auto ready =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  /**
   * GstHyperlipsFaceCrop:face-select:
   *
   * Which of several faces to lip-sync.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_FACE_SELECT,
      g_param_spec_enum("face-select", "Face Select", "Which of several faces to lip-sync",
                        GST_TYPE_HYPERLIPS_FACE_SELECT, DEFAULT_FACE_SELECT, ready));
  /**
   * GstHyperlipsFaceCrop:face-index:
   *
   * Index of the face for face-select=index, counted from the left, starting at 0.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_FACE_INDEX,
      g_param_spec_uint("face-index", "Face Index",
                        "Index of the face for face-select=index, counted from the left", 0, 63,
                        DEFAULT_FACE_INDEX, ready));
  /**
   * GstHyperlipsFaceCrop:max-faces:
   *
   * Maximum number of faces that are tracked at the same time.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_MAX_FACES,
      g_param_spec_uint("max-faces", "Max Faces", "Maximum number of faces that are tracked", 1, 64,
                        DEFAULT_MAX_FACES, ready));
  /**
   * GstHyperlipsFaceCrop:min-confidence:
   *
   * Minimum confidence of a face detection. Detections with a lower confidence are ignored.
   *
   * Since: 0.1
   */
  g_object_class_install_property(object_class, PROP_MIN_CONFIDENCE,
                                  g_param_spec_double("min-confidence", "Min Confidence",
                                                      "Minimum confidence of a face detection", 0,
                                                      1, DEFAULT_MIN_CONFIDENCE, ready));
  /**
   * GstHyperlipsFaceCrop:inference-interval:
   *
   * Number of frames between two runs of the face detector while a face is tracked. Tracked faces
   * are updated in every frame, and without a tracked face the detector runs on every frame.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_INFERENCE_INTERVAL,
      g_param_spec_uint("inference-interval", "Inference Interval",
                        "Frames between two runs of the face detector while a face is tracked; "
                        "tracked faces are updated in every frame",
                        1, G_MAXINT, DEFAULT_INFERENCE_INTERVAL, ready));
}

static void install_crop_properties(GObjectClass *object_class) {
  const auto ready =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  const auto playing =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstHyperlipsFaceCrop:crop:
   *
   * Which box of the face is cropped. With "auto", the box with which the model of the
   * hyperlipsbase downstream was trained, or "steady" if there is none.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_CROP,
      g_param_spec_enum("crop", "Crop",
                        "Which box of the face is cropped; auto is the one that the model "
                        "downstream was trained with",
                        GST_TYPE_HYPERLIPS_CROP, DEFAULT_CROP, ready));
  /**
   * GstHyperlipsFaceCrop:smoothing:
   *
   * How the position of the crop is smoothed over time.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_SMOOTHING,
      g_param_spec_enum("smoothing", "Smoothing",
                        "How the position of the crop is smoothed over time",
                        GST_TYPE_HYPERLIPS_SMOOTHING, DEFAULT_SMOOTHING, ready));
  /**
   * GstHyperlipsFaceCrop:no-face-policy:
   *
   * What to do with a frame without a face or with a covered mouth. With "last", the last faces are
   * used for up to 500 ms, and a covered mouth is lip-synced.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_NO_FACE_POLICY,
      g_param_spec_enum("no-face-policy", "No Face Policy",
                        "What to do with a frame without a face or with a covered mouth; last "
                        "uses the last face for up to 500 ms and lip-syncs a covered mouth",
                        GST_TYPE_HYPERLIPS_POLICY, DEFAULT_NO_FACE_POLICY, playing));
  /**
   * GstHyperlipsFaceCrop:padding:
   *
   * Padding around the face at the top, bottom, left and right, in percent of the face's height or
   * width. Negative values make the crop smaller.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_PADDING,
      gst_param_spec_array(
          "padding", "Padding",
          "Padding around the face: top, bottom, left and right, in percent of the face's height "
          "or width",
          g_param_spec_double("side", "Side", "Padding at one side, in percent", -40, 200, 0,
                              GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)),
          playing));
}

void gst_hyperlips_face_crop_install_properties(GObjectClass *object_class) {
  install_detection_properties(object_class);
  install_crop_properties(object_class);
}
