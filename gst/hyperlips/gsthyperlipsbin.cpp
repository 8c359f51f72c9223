// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlips
 * @title: hyperlips
 * @short_description: lip-syncs a video to speech
 * @see_also: hyperlipsfacecrop, hyperlipsmel, hyperlipsbase, hyperlipshr, hyperlipscomposite
 *
 * A bin that contains the complete lip-sync chain: hyperlipsfacecrop, hyperlipsmel, hyperlipsbase,
 * hyperlipshr and hyperlipscomposite. Pad video_src outputs the video with the lips synchronized to
 * the speech on pad audio_sink, and pad audio_src outputs that speech; it may stay unlinked.
 * hyperlipshr is only used if the property hr-model is set.
 *
 * The inner elements are named facecrop, mel, base, hr and composite. All their properties can be
 * set as child properties, such as facecrop::max-faces.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 hyperlipstestsrc name=person num-buffers=150 hyperlipstestsrc name=speech seed=2 num-buffers=150 hyperlips name=h model=hyperlips-base.safetensors person.video ! h.video_sink speech.audio ! h.audio_sink h.video_src ! videoconvert ! autovideosink h.audio_src ! audioconvert ! audioresample ! autoaudiosink
 * ]|
 *
 * Since: 0.1
 */

#include "gsthyperlipsbin.h"

#include "gsthyperlipsaudioqueue.h"
#include "gsthyperlipsbase.h"
#include "gsthyperlipscaps.h"
#include "gsthyperlipscomposite.h"
#include "gsthyperlipsenums.h"
#include "gsthyperlipsfacecrop.h"
#include "gsthyperlipshr.h"
#include "gsthyperlipsmel.h"

GST_DEBUG_CATEGORY_STATIC(hyperlips_debug);
#define GST_CAT_DEFAULT hyperlips_debug

struct _GstHyperlipsBin {
  GstBin parent;
  GstElement *facecrop, *mel, *base, *hr, *composite;
  gboolean with_hr;  ///< hr is linked
};

enum {
  PROP_0,
  PROP_MODEL,
  PROP_HR_MODEL,
  PROP_BACKEND,
  PROP_DEVICE,
  PROP_PRECISION,
  PROP_THREADS,
  PROP_BATCH_SIZE,
  PROP_MODEL_INSTANCE_ID,
  PROP_FACE_SELECT,
  PROP_CROP,
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

/// Links hr if its property model is set, else bypasses it.
static void update_hr(GstHyperlipsBin *self) {
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
  // While bypassed, it stays in the bin in state NULL, so that its properties can be set.
  gst_element_set_locked_state(self->hr, !wanted);
  if (!wanted) gst_element_set_state(self->hr, GST_STATE_NULL);
  self->with_hr = wanted;
  GST_DEBUG_OBJECT(self, "hyperlipshr is %s", wanted ? "linked" : "bypassed");
}

static GstStateChangeReturn gst_hyperlips_bin_change_state(GstElement *element,
                                                           GstStateChange transition) {
  if (transition == GST_STATE_CHANGE_NULL_TO_READY ||
      transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    update_hr(GST_HYPERLIPS_BIN(element));
  }
  return GST_ELEMENT_CLASS(gst_hyperlips_bin_parent_class)->change_state(element, transition);
}

/// The inner element that has the property, and in `second` another one that shares it, or nullptr.
static GstElement *owner_of(GstHyperlipsBin *self, guint id, GstElement **second) {
  *second = nullptr;
  switch (id) {
    case PROP_BACKEND:
    case PROP_DEVICE:
    case PROP_PRECISION:
    case PROP_THREADS:
    case PROP_BATCH_SIZE:
    case PROP_MODEL_INSTANCE_ID:
      *second = self->hr;
      return self->base;
    case PROP_HR_MODEL:
      return self->hr;
    case PROP_FACE_SELECT:
    case PROP_CROP:
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

static void gst_hyperlips_bin_set_property(GObject *object, guint id, const GValue *value,
                                           GParamSpec *spec) {
  auto *self = GST_HYPERLIPS_BIN(object);
  GstElement *second;
  GstElement *owner = owner_of(self, id, &second);
  // hyperlipshr, if it is bypassed in state NULL, would take what the others refuse.
  const bool hr_takes = self->with_hr || GST_STATE(self) <= GST_STATE_READY;
  if (id == PROP_HR_MODEL && !hr_takes) {
    GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS,
                        ("Property %s of %s can only be set in states NULL and READY.", spec->name,
                         GST_OBJECT_NAME(self)),
                        (nullptr));
    return;
  }
  g_object_set_property(G_OBJECT(owner), inner_name(id, spec), value);
  if (second && hr_takes) g_object_set_property(G_OBJECT(second), inner_name(id, spec), value);
}

static void gst_hyperlips_bin_get_property(GObject *object, guint id, GValue *value,
                                           GParamSpec *spec) {
  GstElement *second;
  GstElement *owner = owner_of(GST_HYPERLIPS_BIN(object), id, &second);
  g_object_get_property(G_OBJECT(owner), inner_name(id, spec), value);
}

/// Installs a property with the type, limits, default and flags of an inner element's property.
/// `blurb` may be nullptr to copy that, too.
static void install_proxy(GObjectClass *klass, guint id, GType inner, const char *inner_name,
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

static void install_model_properties(GObjectClass *object_class) {
  const GType base = GST_TYPE_HYPERLIPS_BASE;
  /**
   * GstHyperlipsBin:model:
   *
   * Path of the checkpoint of HyperLipsBase (.safetensors, or .pth as published), or of a bank of
   * own mouths (.bank).
   *
   * Since: 0.1
   */
  install_proxy(
      object_class, PROP_MODEL, base, "model", "model",
      "Path of the checkpoint of HyperLipsBase (.safetensors or .pth), or of a bank (.bank)");
  /**
   * GstHyperlipsBin:hr-model:
   *
   * Path of the checkpoint of HRDecoder. If it is not set, hyperlipshr is not used and the
   * generated faces have 128x128 pixels.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_HR_MODEL, GST_TYPE_HYPERLIPS_HR, "model", "hr-model",
                "Path of the checkpoint of HRDecoder (.safetensors or .pth); if not set, generated "
                "faces have 128x128 pixels");
  /**
   * GstHyperlipsBin:backend:
   *
   * #GstHyperlipsNetworkFilter:backend of both networks.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_BACKEND, base, "backend", "backend", nullptr);
  /**
   * GstHyperlipsBin:device:
   *
   * #GstHyperlipsNetworkFilter:device of both networks.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_DEVICE, base, "device", "device", nullptr);
  /**
   * GstHyperlipsBin:precision:
   *
   * #GstHyperlipsNetworkFilter:precision of both networks.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_PRECISION, base, "precision", "precision", nullptr);
  /**
   * GstHyperlipsBin:threads:
   *
   * #GstHyperlipsNetworkFilter:threads of both networks.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_THREADS, base, "threads", "threads", nullptr);
  /**
   * GstHyperlipsBin:batch-size:
   *
   * #GstHyperlipsNetworkFilter:batch-size of both networks.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_BATCH_SIZE, base, "batch-size", "batch-size", nullptr);
  /**
   * GstHyperlipsBin:model-instance-id:
   *
   * #GstHyperlipsNetworkFilter:model-instance-id of both networks.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_MODEL_INSTANCE_ID, base, "model-instance-id",
                "model-instance-id", nullptr);
}

static void install_picture_properties(GObjectClass *object_class) {
  const GType base = GST_TYPE_HYPERLIPS_BASE;
  const GType composite = GST_TYPE_HYPERLIPS_COMPOSITE;
  /**
   * GstHyperlipsBin:face-select:
   *
   * See #GstHyperlipsFaceCrop:face-select.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_FACE_SELECT, GST_TYPE_HYPERLIPS_FACE_CROP, "face-select",
                "face-select", nullptr);
  /**
   * GstHyperlipsBin:crop:
   *
   * See #GstHyperlipsFaceCrop:crop.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_CROP, GST_TYPE_HYPERLIPS_FACE_CROP, "crop", "crop", nullptr);
  /**
   * GstHyperlipsBin:reference-image:
   *
   * See #GstHyperlipsBase:reference-image.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_REFERENCE_IMAGE, base, "reference-image", "reference-image",
                nullptr);
  /**
   * GstHyperlipsBin:silence:
   *
   * See #GstHyperlipsBase:silence.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_SILENCE, base, "silence", "silence", nullptr);
  /**
   * GstHyperlipsBin:strength:
   *
   * See #GstHyperlipsComposite:strength.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_STRENGTH, composite, "strength", "strength", nullptr);
  /**
   * GstHyperlipsBin:feather:
   *
   * See #GstHyperlipsComposite:feather.
   *
   * Since: 0.1
   */
  install_proxy(object_class, PROP_FEATHER, composite, "feather", "feather", nullptr);
}

static void gst_hyperlips_bin_class_init(GstHyperlipsBinClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlips_debug, "hyperlips", 0, "HyperLips bin");
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_hyperlips_bin_set_property;
  object_class->get_property = gst_hyperlips_bin_get_property;
  install_model_properties(object_class);
  install_picture_properties(object_class);

  auto *element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_hyperlips_bin_change_state;
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
  GstElement *audio_queue = make(GST_TYPE_HYPERLIPS_AUDIO_QUEUE, "audio-queue");
  // Without a tee, not-linked would stop the pipeline if audio_src is not linked.
  GstElement *outlet = gst_element_factory_make("tee", "outlet");
  g_object_set(outlet, "allow-not-linked", TRUE, nullptr);
  gst_bin_add_many(GST_BIN(self), self->facecrop, self->mel, self->base, self->hr, self->composite,
                   tee, audio_queue, outlet, nullptr);
  gst_element_set_locked_state(self->hr, TRUE);
  gst_element_link_many(self->facecrop, self->base, self->composite, nullptr);
  // Needs no queue: hyperlipsbase takes live speech at once, and that of files until it is 300 s
  // ahead.
  gst_element_link(tee, self->mel);
  gst_element_link_pads(self->mel, "src", self->base, "mel");
  gst_element_link_many(tee, audio_queue, outlet, nullptr);
  gst_object_unref(gst_element_request_pad_simple(outlet, "src_0"));
  add_ghost(self, &video_sink_template, "video_sink", self->facecrop, "sink");
  add_ghost(self, &audio_sink_template, "audio_sink", tee, "sink");
  add_ghost(self, &video_src_template, "video_src", self->composite, "src");
  add_ghost(self, &audio_src_template, "audio_src", outlet, "src_0");
}
