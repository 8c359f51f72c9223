// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsenums.h"

#include <gst/gst.h>

#include "hyperlips/engine/network.hpp"

static GType register_enum(const char *name, const GEnumValue *values) {
  const GType type = g_enum_register_static(name, values);
  gst_type_mark_as_plugin_api(type, GstPluginAPIFlags(0));
  return type;
}

GType gst_hyperlips_face_select_get_type() {
  static const GEnumValue values[] = {
      {GST_HYPERLIPS_FACE_SELECT_LARGEST, "The largest face", "largest"},
      {GST_HYPERLIPS_FACE_SELECT_CENTER, "The face nearest to the center of the frame", "center"},
      {GST_HYPERLIPS_FACE_SELECT_FIRST, "The face that has been tracked for the longest time",
       "first"},
      {GST_HYPERLIPS_FACE_SELECT_INDEX, "The face at face-index, counted from the left", "index"},
      {GST_HYPERLIPS_FACE_SELECT_ALL, "All faces, up to max-faces", "all"},
      {0, nullptr, nullptr}};
  static const GType type = register_enum("GstHyperlipsFaceSelect", values);
  return type;
}

GType gst_hyperlips_smoothing_get_type() {
  static const GEnumValue values[] = {
      {GST_HYPERLIPS_SMOOTHING_AUTO, "Causal if live, else lookahead", "auto"},
      {GST_HYPERLIPS_SMOOTHING_LOOKAHEAD,
       "Mean of the boxes of this frame and the next four frames", "lookahead"},
      {GST_HYPERLIPS_SMOOTHING_CAUSAL, "Low-pass filter over the previous frames, without delay",
       "causal"},
      {GST_HYPERLIPS_SMOOTHING_NONE, "The box of each frame", "none"},
      {0, nullptr, nullptr}};
  static const GType type = register_enum("GstHyperlipsSmoothing", values);
  return type;
}

GType gst_hyperlips_crop_get_type() {
  static const GEnumValue values[] = {
      {GST_HYPERLIPS_CROP_AUTO, "As the model downstream was trained", "auto"},
      {GST_HYPERLIPS_CROP_STEADY, "Follows the head, not the mouth", "steady"},
      {GST_HYPERLIPS_CROP_PUBLISHED, "Bounding box of all landmarks, as published", "published"},
      {0, nullptr, nullptr}};
  static const GType type = register_enum("GstHyperlipsCrop", values);
  return type;
}

GType gst_hyperlips_policy_get_type() {
  static const GEnumValue values[] = {
      {GST_HYPERLIPS_POLICY_PASSTHROUGH, "Pass the frame unmodified", "passthrough"},
      {GST_HYPERLIPS_POLICY_LAST, "Use the last result", "last"},
      {0, nullptr, nullptr}};
  static const GType type = register_enum("GstHyperlipsPolicy", values);
  return type;
}

GType gst_hyperlips_silence_get_type() {
  static const GEnumValue values[] = {
      {GST_HYPERLIPS_SILENCE_MODEL, "The mouth that the model generates for silence", "model"},
      {GST_HYPERLIPS_SILENCE_ORIGINAL, "The original mouth, with a fade", "original"},
      {0, nullptr, nullptr}};
  static const GType type = register_enum("GstHyperlipsSilence", values);
  return type;
}

GType gst_hyperlips_precision_get_type() {
  using hyperlips::Precision;
  static const GEnumValue values[] = {
      {gint(Precision::Auto),
       "The fastest without visible differences (bf16 where the CPU supports it)", "auto"},
      {gint(Precision::Fp32), "32-bit floating point", "fp32"},
      {gint(Precision::Bf16), "16-bit brain floating point", "bf16"},
      {gint(Precision::Fp16), "16-bit floating point (GPU only)", "fp16"},
      {0, nullptr, nullptr}};
  static const GType type = register_enum("GstHyperlipsPrecision", values);
  return type;
}
