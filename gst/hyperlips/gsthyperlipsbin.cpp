// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlips
 * @title: hyperlips
 * @short_description: lip-syncs a video to speech, as one element
 * @see_also: hyperlipsfacecrop, hyperlipsmel, hyperlipsbase, hyperlipshr, hyperlipscomposite
 *
 * A bin of the five elements. Video and speech go in, the same video with the mouth saying that
 * speech comes out, and the speech beside it. audio_src may stay unlinked. With hr-model set, the
 * generated face is sharpened. The inner elements are facecrop, mel, base, hr and composite: all
 * their properties can be set as child properties, such as facecrop::face-select.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 hyperlipstestsrc name=person num-buffers=150 hyperlipstestsrc name=speech seed=2 num-buffers=150 hyperlips name=h model=hyperlips-base.safetensors person.video ! h.video_sink speech.audio ! h.audio_sink h.video_src ! videoconvert ! autovideosink h.audio_src ! audioconvert ! audioresample ! autoaudiosink
 * ]|
 *
 * Since: 0.1
 */

#include "gsthyperlipsbin.h"

#include "gsthyperlipsbase.h"
#include "gsthyperlipscaps.h"
#include "gsthyperlipscomposite.h"
#include "gsthyperlipsenums.h"
#include "gsthyperlipsfacecrop.h"
#include "gsthyperlipshr.h"
#include "gsthyperlipsmel.h"

GST_DEBUG_CATEGORY_STATIC(hyperlips_debug);
#define GST_CAT_DEFAULT hyperlips_debug

/// The sound waits for video that is held for look-ahead and batches, also at few frames a second.
static constexpr guint64 kAudioQueue = 30 * GST_SECOND;

struct _GstHyperlipsBin {
  GstBin parent;
  GstElement *facecrop, *mel, *base, *hr, *composite;
  gboolean with_hr;  ///< hr is in the chain
};

enum {
  PROP_0,
  PROP_MODEL,
  PROP_HR_MODEL,
  PROP_DEVICE,
  PROP_PRECISION,
  PROP_BATCH_SIZE,
  PROP_MODEL_INSTANCE_ID,
  PROP_FACE_SELECT,
  PROP_REFERENCE_IMAGE,
  PROP_SILENCE,
  PROP_STRENGTH,
  PROP_FEATHER,
};

static GstStaticPadTemplate video_sink_template = GST_STATIC_PAD_TEMPLATE(
    "video_sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_VIDEO_CAPS));
static GstStaticPadTemplate audio_sink_template = GST_STATIC_PAD_TEMPLATE(
    "audio_sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("audio/x-raw"));
static GstStaticPadTemplate video_src_template = GST_STATIC_PAD_TEMPLATE(
    "video_src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_VIDEO_CAPS));
static GstStaticPadTemplate audio_src_template = GST_STATIC_PAD_TEMPLATE(
    "audio_src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("audio/x-raw"));

G_DEFINE_TYPE(GstHyperlipsBin, gst_hyperlips_bin, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE(hyperlips, "hyperlips", GST_RANK_NONE, GST_TYPE_HYPERLIPS_BIN)

/// Takes hr into the chain or out of it, as its model says.
static void arrange_hr(GstHyperlipsBin *self) {
  gchar *model = nullptr;
  g_object_get(self->hr, "model", &model, nullptr);
  const gboolean wanted = model != nullptr;
  g_free(model);
  if (wanted == self->with_hr) return;
  if (wanted) {
    gst_element_unlink(self->base, self->composite);
    gst_element_link_many(self->base, self->hr, self->composite, nullptr);
  } else {
    gst_element_unlink_many(self->base, self->hr, self->composite, nullptr);
    gst_element_link(self->base, self->composite);
  }
  // Out of the chain it stays in the bin, for its properties, and in state NULL.
  gst_element_set_locked_state(self->hr, !wanted);
  self->with_hr = wanted;
}

static GstStateChangeReturn bin_change_state(GstElement *element, GstStateChange transition) {
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) arrange_hr(GST_HYPERLIPS_BIN(element));
  return GST_ELEMENT_CLASS(gst_hyperlips_bin_parent_class)->change_state(element, transition);
}

/// The inner element that has the property, and the second one that shares it, if any.
static GstElement *owner_of(GstHyperlipsBin *self, guint id, GstElement **second) {
  *second = nullptr;
  switch (id) {
    case PROP_DEVICE:
    case PROP_PRECISION:
    case PROP_BATCH_SIZE:
    case PROP_MODEL_INSTANCE_ID:
      *second = self->hr;
      return self->base;
    case PROP_HR_MODEL:
      return self->hr;
    case PROP_FACE_SELECT:
      return self->facecrop;
    case PROP_STRENGTH:
    case PROP_FEATHER:
      return self->composite;
    default:
      return self->base;
  }
}

static const char *inner_name(guint id, GParamSpec *spec) {
  return id == PROP_HR_MODEL ? "model" : spec->name;
}

static void bin_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) {
  auto *self = GST_HYPERLIPS_BIN(object);
  GstElement *second;
  GstElement *owner = owner_of(self, id, &second);
  if (id == PROP_HR_MODEL && !self->with_hr && GST_STATE(self) != GST_STATE_NULL) {
    GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS,
                        ("Property %s can only be set in state NULL.", spec->name), (nullptr));
    return;
  }
  g_object_set_property(G_OBJECT(owner), inner_name(id, spec), value);
  if (second) g_object_set_property(G_OBJECT(second), inner_name(id, spec), value);
}

static void bin_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
  GstElement *second;
  GstElement *owner = owner_of(GST_HYPERLIPS_BIN(object), id, &second);
  g_object_get_property(G_OBJECT(owner), inner_name(id, spec), value);
}

/// Gives the bin a property with the name, limits and default that it has on the inner element.
static void install_like(GObjectClass *klass, guint id, GType inner, const char *inner_name,
                         const char *name, const char *blurb) {
  auto *inner_class = G_OBJECT_CLASS(g_type_class_ref(inner));
  GParamSpec *spec = g_object_class_find_property(inner_class, inner_name);
  const char *nick = g_param_spec_get_nick(spec);
  if (!blurb) blurb = g_param_spec_get_blurb(spec);
  GParamSpec *copy = nullptr;
  if (G_IS_PARAM_SPEC_STRING(spec)) {
    copy = g_param_spec_string(name, nick, blurb, G_PARAM_SPEC_STRING(spec)->default_value,
                               spec->flags);
  } else if (G_IS_PARAM_SPEC_ENUM(spec)) {
    copy = g_param_spec_enum(name, nick, blurb, spec->value_type,
                             G_PARAM_SPEC_ENUM(spec)->default_value, spec->flags);
  } else if (G_IS_PARAM_SPEC_UINT(spec)) {
    const auto *number = G_PARAM_SPEC_UINT(spec);
    copy = g_param_spec_uint(name, nick, blurb, number->minimum, number->maximum,
                             number->default_value, spec->flags);
  } else {
    const auto *number = G_PARAM_SPEC_DOUBLE(spec);
    copy = g_param_spec_double(name, nick, blurb, number->minimum, number->maximum,
                               number->default_value, spec->flags);
  }
  g_object_class_install_property(klass, id, copy);
  g_type_class_unref(inner_class);
}

static void gst_hyperlips_bin_class_init(GstHyperlipsBinClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlips_debug, "hyperlips", 0, "HyperLips bin");
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = bin_set_property;
  object_class->get_property = bin_get_property;

  const GType base = GST_TYPE_HYPERLIPS_BASE;
  install_like(object_class, PROP_MODEL, base, "model", "model",
               "Checkpoint of HyperLipsBase (.safetensors or .pth)");
  install_like(
      object_class, PROP_HR_MODEL, GST_TYPE_HYPERLIPS_HR, "model", "hr-model",
      "Checkpoint of HRDecoder (.safetensors or .pth); without it faces stay at 128 pixels");
  install_like(object_class, PROP_DEVICE, base, "device", "device", nullptr);
  install_like(object_class, PROP_PRECISION, base, "precision", "precision", nullptr);
  install_like(object_class, PROP_BATCH_SIZE, base, "batch-size", "batch-size", nullptr);
  install_like(object_class, PROP_MODEL_INSTANCE_ID, base, "model-instance-id", "model-instance-id",
               nullptr);
  install_like(object_class, PROP_FACE_SELECT, GST_TYPE_HYPERLIPS_FACE_CROP, "face-select",
               "face-select", nullptr);
  install_like(object_class, PROP_REFERENCE_IMAGE, base, "reference-image", "reference-image",
               nullptr);
  install_like(object_class, PROP_SILENCE, base, "silence", "silence", nullptr);
  install_like(object_class, PROP_STRENGTH, GST_TYPE_HYPERLIPS_COMPOSITE, "strength", "strength",
               nullptr);
  install_like(object_class, PROP_FEATHER, GST_TYPE_HYPERLIPS_COMPOSITE, "feather", "feather",
               nullptr);

  auto *element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = bin_change_state;
  gst_element_class_add_static_pad_template(element_class, &video_sink_template);
  gst_element_class_add_static_pad_template(element_class, &audio_sink_template);
  gst_element_class_add_static_pad_template(element_class, &video_src_template);
  gst_element_class_add_static_pad_template(element_class, &audio_src_template);
  gst_element_class_set_static_metadata(element_class, "HyperLips", "Generic/Bin/Effect/Video",
                                        "Lip-syncs a video to speech", "HyperLips for GStreamer");
}

static void add_ghost(GstHyperlipsBin *self, GstStaticPadTemplate *static_template,
                      const char *name, GstElement *inner, const char *inner_pad) {
  GstPad *target = gst_element_get_static_pad(inner, inner_pad);
  GstPadTemplate *pad_template = gst_static_pad_template_get(static_template);
  gst_element_add_pad(GST_ELEMENT(self),
                      gst_ghost_pad_new_from_template(name, target, pad_template));
  gst_object_unref(pad_template);
  gst_object_unref(target);
}

static GstElement *make(GType type, const char *name) {
  return GST_ELEMENT(g_object_new(type, "name", name, nullptr));
}

static void gst_hyperlips_bin_init(GstHyperlipsBin *self) {
  self->facecrop = make(GST_TYPE_HYPERLIPS_FACE_CROP, "facecrop");
  self->mel = make(GST_TYPE_HYPERLIPS_MEL, "mel");
  self->base = make(GST_TYPE_HYPERLIPS_BASE, "base");
  self->hr = make(GST_TYPE_HYPERLIPS_HR, "hr");
  self->composite = make(GST_TYPE_HYPERLIPS_COMPOSITE, "composite");
  GstElement *tee = gst_element_factory_make("tee", "tee");
  GstElement *mel_queue = gst_element_factory_make("queue", "mel-queue");
  GstElement *audio_queue = gst_element_factory_make("queue", "audio-queue");
  // A queue alone would end the run when audio_src stays unlinked.
  GstElement *outlet = gst_element_factory_make("tee", "outlet");
  g_object_set(outlet, "allow-not-linked", TRUE, nullptr);
  for (GstElement *queue : {mel_queue, audio_queue}) {
    g_object_set(queue, "max-size-time", kAudioQueue, "max-size-bytes", 0u, "max-size-buffers", 0u,
                 nullptr);
  }
  gst_bin_add_many(GST_BIN(self), self->facecrop, self->mel, self->base, self->hr, self->composite,
                   tee, mel_queue, audio_queue, outlet, nullptr);
  gst_element_set_locked_state(self->hr, TRUE);
  gst_element_link_many(self->facecrop, self->base, self->composite, nullptr);
  gst_element_link_many(tee, mel_queue, self->mel, nullptr);
  gst_element_link_pads(self->mel, "src", self->base, "mel");
  gst_element_link_many(tee, audio_queue, outlet, nullptr);
  gst_object_unref(gst_element_request_pad_simple(outlet, "src_0"));
  add_ghost(self, &video_sink_template, "video_sink", self->facecrop, "sink");
  add_ghost(self, &audio_sink_template, "audio_sink", tee, "sink");
  add_ghost(self, &video_src_template, "video_src", self->composite, "src");
  add_ghost(self, &audio_src_template, "audio_src", outlet, "src_0");
}
