// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlipscomposite
 * @title: hyperlipscomposite
 * @short_description: blends the generated face into the frame
 * @see_also: hyperlipsbase, hyperlipshr
 *
 * Blends the faces that hyperlipsbase or hyperlipshr generated into the frame, using a feathered
 * mask of mouth and jaw, in the frame's own pixel format, and removes the metas. Pixels outside the
 * mask are bit-exact, and frames without a generated face pass unmodified.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 hyperlipstestsrc name=s num-buffers=150 s.video ! hyperlipsfacecrop ! b.sink s.audio ! hyperlipsmel ! b.mel hyperlipsbase name=b model=hyperlips-base.safetensors ! hyperlipscomposite strength=0.8 ! videoconvert ! autovideosink
 * ]|
 *
 * Since: 0.1
 */

#include "gsthyperlipscomposite.h"

#include <mutex>
#include <new>

#include "gst/lib/gsthyperlipserror.h"
#include "gst/lib/media/frame_view.hpp"
#include "gsthyperlipscaps.h"
#include "hyperlips/face/composite.hpp"

GST_DEBUG_CATEGORY_STATIC(hyperlipscomposite_debug);
#define GST_CAT_DEFAULT hyperlipscomposite_debug

#define DEFAULT_STRENGTH 1.0
#define DEFAULT_FEATHER 0.1
#define DEFAULT_COLOR_MATCH TRUE

namespace {

constexpr GstClockTime kProcessingTime = 10 * GST_MSECOND;
constexpr guint kCapacity = 2;

struct Settings {
  double strength = DEFAULT_STRENGTH;
  double feather = DEFAULT_FEATHER;
  bool color_match = DEFAULT_COLOR_MATCH;
};

}  // namespace

struct GstHyperlipsCompositePrivate {
  std::mutex lock;
  Settings settings;

  // Accessed by the streaming task only.
  GstVideoInfo info;
  hyperlips::Orientation orientation = hyperlips::Orientation::Identity;

  Settings current() {
    std::lock_guard guard(lock);
    return settings;
  }
};

struct _GstHyperlipsComposite {
  GstHyperlipsFilter parent;
  GstHyperlipsCompositePrivate *priv;
};

enum { PROP_0, PROP_STRENGTH, PROP_FEATHER, PROP_COLOR_MATCH };

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_VIDEO_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_VIDEO_CAPS));

G_DEFINE_TYPE_WITH_PRIVATE(GstHyperlipsComposite, gst_hyperlips_composite,
                           GST_TYPE_HYPERLIPS_FILTER)
GST_ELEMENT_REGISTER_DEFINE(hyperlipscomposite, "hyperlipscomposite", GST_RANK_NONE,
                            GST_TYPE_HYPERLIPS_COMPOSITE)

// ---------------------------------------------------------------------------------------------

static void blend_face(const hyperlips::FrameView &view, const HyperlipsFaceData &face,
                       const Settings &settings) {
  // A network shows the original above the middle of its crop, other pictures are new as a whole.
  const bool crop = face.generated_box == hyperlips::Box();
  const auto &drawn = face.generated_landmarks;
  hyperlips::composite(
      view, face.face.landmarks,
      {face.generated, crop ? face.crop_box : face.generated_box, crop, drawn ? &*drawn : nullptr},
      {float(settings.feather), settings.color_match, float(settings.strength) * face.opacity});
}

/// The faces of a frame that have a visible generated picture.
static std::vector<HyperlipsFaceData> generated_faces(GstBuffer *buffer) {
  std::vector<HyperlipsFaceData> faces;
  gpointer state = nullptr;
  while (auto *meta = gst_buffer_iterate_hyperlips_face_meta(buffer, &state)) {
    if (!meta->data.generated.empty() && meta->data.opacity > 0) faces.push_back(meta->data);
  }
  return faces;
}

static void composite_frame(GstHyperlipsComposite *self, HyperlipsFrame &frame,
                            const Settings &settings) {
  auto &p = *self->priv;
  if (!gst_buffer_has_hyperlips_face_meta(frame.buffer)) return;
  const auto faces = frame.skip || frame.late || settings.strength <= 0
                         ? std::vector<HyperlipsFaceData>()
                         : generated_faces(frame.buffer);
  frame.buffer = gst_buffer_make_writable(frame.buffer);
  gst_buffer_remove_hyperlips_face_metas(frame.buffer);
  if (faces.empty()) return;
  const hyperlips::MappedFrame mapped(p.info, frame.buffer, GST_MAP_READWRITE, p.orientation);
  if (!mapped) {
    GST_WARNING_OBJECT(self, "cannot map %" GST_PTR_FORMAT " for writing, passing it unmodified",
                       frame.buffer);
    return;
  }
  for (const HyperlipsFaceData &face : faces) blend_face(mapped.view(), face, settings);
}

static guint gst_hyperlips_composite_ready(GstHyperlipsFilter *, HyperlipsFrames, gboolean,
                                           gboolean) {
  return 1;
}

static GstFlowReturn gst_hyperlips_composite_process(GstHyperlipsFilter *filter,
                                                     HyperlipsFrames frames, guint count) {
  auto *self = GST_HYPERLIPS_COMPOSITE(filter);
  const Settings settings = self->priv->current();
  for (HyperlipsFrame *frame : frames.first(count)) composite_frame(self, *frame, settings);
  return GST_FLOW_OK;
}

static gboolean gst_hyperlips_composite_set_info(GstHyperlipsFilter *filter,
                                                 const GstVideoInfo *info) {
  GST_HYPERLIPS_COMPOSITE(filter)->priv->info = *info;
  return TRUE;
}

static void gst_hyperlips_composite_set_orientation(GstHyperlipsFilter *filter,
                                                    hyperlips::Orientation orientation) {
  GST_HYPERLIPS_COMPOSITE(filter)->priv->orientation = orientation;
}

static GstClockTime gst_hyperlips_composite_processing_time(GstHyperlipsFilter *) {
  return kProcessingTime;
}
static guint gst_hyperlips_composite_capacity(GstHyperlipsFilter *) { return kCapacity; }

// ---------------------------------------------------------------------------------------------
// GObject

static void gst_hyperlips_composite_set_property(GObject *object, guint id, const GValue *value,
                                                 GParamSpec *spec) {
  auto &p = *GST_HYPERLIPS_COMPOSITE(object)->priv;
  std::lock_guard guard(p.lock);
  switch (id) {
    case PROP_STRENGTH:
      p.settings.strength = g_value_get_double(value);
      break;
    case PROP_FEATHER:
      p.settings.feather = g_value_get_double(value);
      break;
    case PROP_COLOR_MATCH:
      p.settings.color_match = g_value_get_boolean(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_hyperlips_composite_get_property(GObject *object, guint id, GValue *value,
                                                 GParamSpec *spec) {
  const Settings settings = GST_HYPERLIPS_COMPOSITE(object)->priv->current();
  switch (id) {
    case PROP_STRENGTH:
      g_value_set_double(value, settings.strength);
      break;
    case PROP_FEATHER:
      g_value_set_double(value, settings.feather);
      break;
    case PROP_COLOR_MATCH:
      g_value_set_boolean(value, settings.color_match);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_hyperlips_composite_finalize(GObject *object) {
  GST_HYPERLIPS_COMPOSITE(object)->priv->~GstHyperlipsCompositePrivate();
  G_OBJECT_CLASS(gst_hyperlips_composite_parent_class)->finalize(object);
}

static void install_properties(GObjectClass *object_class) {
  const auto playing =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstHyperlipsComposite:strength:
   *
   * Opacity of the generated face: 0 shows the original, 1 the generated face.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_STRENGTH,
      g_param_spec_double("strength", "Strength", "Opacity of the generated face", 0, 1,
                          DEFAULT_STRENGTH, playing));
  /**
   * GstHyperlipsComposite:feather:
   *
   * Width of the mask's soft edge as a fraction of the face width.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_FEATHER,
      g_param_spec_double("feather", "Feather",
                          "Width of the mask's soft edge as a fraction of the face width", 0, 0.5,
                          DEFAULT_FEATHER, playing));
  /**
   * GstHyperlipsComposite:color-match:
   *
   * Match the colors of the generated face to the skin around the mask.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_COLOR_MATCH,
      g_param_spec_boolean("color-match", "Color Match",
                           "Match the colors of the generated face to the skin around the mask",
                           DEFAULT_COLOR_MATCH, playing));
}

static void gst_hyperlips_composite_class_init(GstHyperlipsCompositeClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlipscomposite_debug, "hyperlipscomposite", 0,
                          "HyperLips compositor");
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_hyperlips_composite_set_property;
  object_class->get_property = gst_hyperlips_composite_get_property;
  object_class->finalize = gst_hyperlips_composite_finalize;
  install_properties(object_class);

  auto *element_class = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "HyperLips compositor", "Filter/Effect/Video",
      "Blends the generated face into the video frame", "HyperLips for GStreamer");

  auto *filter_class = GST_HYPERLIPS_FILTER_CLASS(klass);
  filter_class->set_info = gst_hyperlips_composite_set_info;
  filter_class->ready = gst_hyperlips_composite_ready;
  filter_class->process = gst_hyperlips_composite_process;
  filter_class->processing_time = gst_hyperlips_composite_processing_time;
  filter_class->capacity = gst_hyperlips_composite_capacity;
  filter_class->set_orientation = gst_hyperlips_composite_set_orientation;
}

static void gst_hyperlips_composite_init(GstHyperlipsComposite *self) {
  self->priv =
      new (gst_hyperlips_composite_get_instance_private(self)) GstHyperlipsCompositePrivate;
  gst_video_info_init(&self->priv->info);
}
