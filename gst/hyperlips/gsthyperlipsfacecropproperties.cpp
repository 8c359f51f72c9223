// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsfacecropproperties.h"

#include <gst/gst.h>

// All take effect with the next frame that is examined.
constexpr auto kPlaying =
    GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
constexpr auto kControllable = GParamFlags(kPlaying | GST_PARAM_CONTROLLABLE);

static void install_detection_properties(GObjectClass *object_class) {
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
                        GST_TYPE_HYPERLIPS_FACE_SELECT, DEFAULT_FACE_SELECT, kControllable));
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
                        DEFAULT_FACE_INDEX, kControllable));
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
                        DEFAULT_MAX_FACES, kPlaying));
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
                                                      1, DEFAULT_MIN_CONFIDENCE, kPlaying));
  /**
   * GstHyperlipsFaceCrop:min-face-size:
   *
   * Faces smaller than this are not lip-synced: the larger one of width and height of the face,
   * from forehead to chin, in pixels. 0: none is too small.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_MIN_FACE_SIZE,
      g_param_spec_uint("min-face-size", "Min Face Size",
                        "Smallest face that is lip-synced: the larger one of its width and height, "
                        "in pixels",
                        0, 4096, DEFAULT_MIN_FACE_SIZE, kControllable));
  /**
   * GstHyperlipsFaceCrop:max-yaw:
   *
   * Faces that are turned further to the left or right than this are not lip-synced, in degrees: 0
   * is frontal, 90 a profile. 90: none is turned too far. The same applies to faces that are turned
   * up or down by more than 45 degrees.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_MAX_YAW,
      g_param_spec_double("max-yaw", "Max Yaw",
                          "How far a face that is lip-synced may be turned to the left or right, "
                          "in degrees",
                          0, 90, DEFAULT_MAX_YAW, kControllable));
  /**
   * GstHyperlipsFaceCrop:inference-interval:
   *
   * Number of frames between two runs of the face detector for further faces, while a face is
   * tracked. It is a number and not a time, because it sets the work per frame. Tracked faces are
   * updated in every frame. The detector also runs after a face was lost, and without a tracked
   * face on every frame.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_INFERENCE_INTERVAL,
      g_param_spec_uint("inference-interval", "Inference Interval",
                        "Frames between two searches for further faces while a face is tracked; "
                        "tracked faces are updated in every frame",
                        1, G_MAXINT, DEFAULT_INFERENCE_INTERVAL, kPlaying));
}

static void install_crop_properties(GObjectClass *object_class) {
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
                        GST_TYPE_HYPERLIPS_CROP, DEFAULT_CROP, kPlaying));
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
                        GST_TYPE_HYPERLIPS_SMOOTHING, DEFAULT_SMOOTHING, kPlaying));
  /**
   * GstHyperlipsFaceCrop:no-face-policy:
   *
   * What to do with a face that was lost or whose mouth is covered. With "last", a lost face is
   * lip-synced where it is expected for up to 500 ms, and a covered mouth like any other.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_NO_FACE_POLICY,
      g_param_spec_enum(
          "no-face-policy", "No Face Policy",
          "What to do with a lost face or a covered mouth; last lip-syncs a lost face "
          "for up to 500 ms where it is expected, and covered mouths",
          GST_TYPE_HYPERLIPS_POLICY, DEFAULT_NO_FACE_POLICY, kPlaying));
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
          kPlaying));
}

void gst_hyperlips_face_crop_install_properties(GObjectClass *object_class) {
  install_detection_properties(object_class);
  install_crop_properties(object_class);
}
