// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlipscomposite
 * @title: hyperlipscomposite
 * @short_description: blends the generated face into the frame
 * @see_also: hyperlipsbase, hyperlipshr
 *
 * Blends the faces that hyperlipsbase or hyperlipshr generated into the frame, using a feathered
 * mask of mouth and jaw, in the frame's own pixel format, and removes the metas. Pixels outside the
 * mask are bit-exact, and frames without a generated face pass unmodified. Each frame in gives one
 * frame out, late or not.
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
#include <optional>
#include <vector>

#include "gst/lib/gsthyperlipserror.h"
#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/gst_ptr.hpp"
#include "gsthyperlipscaps.h"
#include "gsthyperlipsrows.h"
#include "hyperlips/face/composite.hpp"
#include "hyperlips/face/crop_check.hpp"
#include "hyperlips/face/mask.hpp"
#include "hyperlips/face/track_opacity.hpp"
#include "hyperlips/gst/gsthyperlipsfacemeta.h"

GST_DEBUG_CATEGORY_STATIC(hyperlipscomposite_debug);
#define GST_CAT_DEFAULT hyperlipscomposite_debug

#define DEFAULT_STRENGTH 1.0
#define DEFAULT_FEATHER 0.1
#define DEFAULT_COLOR_MATCH TRUE

namespace {

/// Elements such as videorate may drop the first frame with a face.
constexpr guint kFramesToFaces = 25;

struct Settings {
  double strength = DEFAULT_STRENGTH;
  double feather = DEFAULT_FEATHER;
  bool color_match = DEFAULT_COLOR_MATCH;
};

}  // namespace

struct GstHyperlipsCompositePrivate {
  std::mutex lock;
  Settings settings;

  // Accessed with the stream lock of the sink pad, and by state changes while no data flows.
  hyperlips::Orientation orientation = hyperlips::Orientation::Identity;
  hyperlips::TrackOpacity opacity;
  hyperlips::Compositor compositor;
  bool warned_misplaced = false;  ///< since the start
  guint frames_to_faces = 0;      ///< a face must come within these frames; 0: none is missed
  std::optional<double> time;     ///< running time of the present frame in seconds
  std::vector<HyperlipsFaceData> faces;  ///< to be drawn into it

  void forget_tracks() {
    opacity.reset();
    compositor.reset();
  }

  Settings current() {
    std::lock_guard guard(lock);
    return settings;
  }
};

struct _GstHyperlipsComposite {
  GstVideoFilter parent;
  GstHyperlipsCompositePrivate *priv;
};

enum { PROP_0, PROP_STRENGTH, PROP_FEATHER, PROP_COLOR_MATCH };

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_VIDEO_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_VIDEO_CAPS));

G_DEFINE_TYPE_WITH_PRIVATE(GstHyperlipsComposite, gst_hyperlips_composite, GST_TYPE_VIDEO_FILTER)
GST_ELEMENT_REGISTER_DEFINE(hyperlipscomposite, "hyperlipscomposite", GST_RANK_NONE,
                            GST_TYPE_HYPERLIPS_COMPOSITE)

// ---------------------------------------------------------------------------------------------

static void blend_face(GstHyperlipsComposite *self, const hyperlips::FrameView &view,
                       const HyperlipsFaceData &face, const Settings &settings) {
  auto &p = *self->priv;
  // A network shows the original above the middle of its crop, other pictures are new as a whole.
  const bool crop = face.generated_box == hyperlips::Box();
  const auto &drawn = face.generated_landmarks;
  const hyperlips::NewFace made{face.generated, crop ? face.crop_box : face.generated_box, crop,
                                drawn ? &*drawn : nullptr};
  const hyperlips::CompositeOptions options{float(settings.feather), settings.color_match,
                                            float(settings.strength) * face.opacity};
  if (p.time) {
    p.compositor.composite(view, face.face.track_id, *p.time, face.crop_box, face.face.landmarks,
                           made, options);
  } else {
    hyperlips::composite(view, face.face.landmarks, made, options);
  }
}

/// Running time of a frame in seconds; nothing if it has no timestamp or lies outside the segment.
static std::optional<double> time_of(GstBaseTransform *transform, GstBuffer *buffer) {
  const GstSegment &segment = transform->segment;
  if (segment.format != GST_FORMAT_TIME) return std::nullopt;
  const GstClockTime time =
      gst_segment_to_running_time(&segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  if (!GST_CLOCK_TIME_IS_VALID(time)) return std::nullopt;
  return hyperlips::seconds(time);
}

/// The faces of a frame whose generated picture is visible, with the opacity at which it is shown.
static std::vector<HyperlipsFaceData> visible_faces(GstHyperlipsComposite *self,
                                                    GstBuffer *buffer) {
  auto &p = *self->priv;
  std::vector<HyperlipsFaceData> faces;
  gpointer state = nullptr;
  while (auto *meta = gst_buffer_iterate_hyperlips_face_meta(buffer, &state)) {
    const HyperlipsFaceData &face = meta->data;
    const bool made = !face.generated.empty();
    if (!made && face.crop.empty()) continue;  // a face that is not lip-synced
    float opacity = made ? face.opacity : 0;
    if (p.time) opacity = p.opacity.next(face.face.track_id, opacity, *p.time);
    if (!made || !(opacity > 0)) continue;
    faces.push_back(face);
    faces.back().opacity = opacity;
  }
  return faces;
}

/// Removes the faces that are not where their metas say, because an element before moved the
/// picture without them.
static void drop_misplaced(GstHyperlipsComposite *self, const hyperlips::FrameView &view) {
  auto &p = *self->priv;
  const auto count = std::erase_if(p.faces, [&](const HyperlipsFaceData &face) {
    return !face.crop.empty() && !hyperlips::shows_crop(view, face.crop_box, face.crop);
  });
  if (count == 0 || p.warned_misplaced) return;
  p.warned_misplaced = true;
  GST_ELEMENT_WARNING(self, STREAM, FORMAT,
                      ("The picture has changed since the faces were found: %s does not find them "
                       "where they were. Frames pass unmodified. Put elements that move, turn or "
                       "cover the picture before hyperlipsfacecrop or after %s.",
                       GST_OBJECT_NAME(self), GST_OBJECT_NAME(self)),
                      (nullptr));
}

/// Notices that faces were found, but that their metas do not arrive.
static void miss_faces(GstHyperlipsComposite *self, bool has_faces) {
  auto &p = *self->priv;
  if (has_faces) p.frames_to_faces = 0;
  if (p.frames_to_faces == 0 || --p.frames_to_faces > 0) return;
  GST_ELEMENT_WARNING(self, STREAM, FORMAT,
                      ("Faces were found, but they do not arrive at %s: an element before it drops "
                       "the metas of the frames. Put elements that change the picture, such as "
                       "videoflip, videocrop and videobox, before hyperlipsfacecrop or after %s.",
                       GST_OBJECT_NAME(self), GST_OBJECT_NAME(self)),
                      (nullptr));
}

static GstFlowReturn gst_hyperlips_composite_transform_frame_ip(GstVideoFilter *filter,
                                                                GstVideoFrame *frame) {
  auto *self = GST_HYPERLIPS_COMPOSITE(filter);
  auto &p = *self->priv;
  if (GST_VIDEO_FRAME_IS_INTERLACED(frame)) return GST_FLOW_OK;
  const auto view = hyperlips::view_of(*frame, p.orientation);
  if (!view) return GST_FLOW_OK;
  const Settings settings = p.current();
  return gst_hyperlips_guard(GST_ELEMENT(self), GST_FLOW_ERROR, [&] {
    drop_misplaced(self, *view);
    for (const HyperlipsFaceData &face : p.faces) {
      GST_LOG_OBJECT(self, "face %" G_GINT64_FORMAT ": opacity %.2f", face.face.track_id,
                     double(face.opacity));
      blend_face(self, *view, face, settings);
    }
    return GST_FLOW_OK;
  });
}

// ---------------------------------------------------------------------------------------------
// GstBaseTransform

/// Frames without metas need not be writable.
static GstFlowReturn gst_hyperlips_composite_prepare_output_buffer(GstBaseTransform *transform,
                                                                   GstBuffer *in, GstBuffer **out) {
  if (!gst_buffer_has_hyperlips_face_meta(in)) {
    *out = in;
    return GST_FLOW_OK;
  }
  return GST_BASE_TRANSFORM_CLASS(gst_hyperlips_composite_parent_class)
      ->prepare_output_buffer(transform, in, out);
}

/// Sets the properties that are controlled to their values at the time of the frame.
static void gst_hyperlips_composite_before_transform(GstBaseTransform *transform,
                                                     GstBuffer *buffer) {
  const GstClockTime time =
      gst_segment_to_stream_time(&transform->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  if (GST_CLOCK_TIME_IS_VALID(time)) gst_object_sync_values(GST_OBJECT(transform), time);
}

/// Maps the frame, in the base class, only if there is something to draw.
static GstFlowReturn gst_hyperlips_composite_transform_ip(GstBaseTransform *transform,
                                                          GstBuffer *buffer) {
  auto *self = GST_HYPERLIPS_COMPOSITE(transform);
  auto &p = *self->priv;
  const bool has_faces = gst_buffer_has_hyperlips_face_meta(buffer);
  miss_faces(self, has_faces);
  if (!has_faces) return GST_FLOW_OK;
  p.time = time_of(transform, buffer);
  p.faces = visible_faces(self, buffer);
  if (p.current().strength <= 0) p.faces.clear();
  gst_buffer_remove_hyperlips_face_metas(buffer);
  if (p.faces.empty()) return GST_FLOW_OK;
  const GstFlowReturn flow = GST_BASE_TRANSFORM_CLASS(gst_hyperlips_composite_parent_class)
                                 ->transform_ip(transform, buffer);
  p.faces.clear();
  return flow;
}

/// PAUSED to READY. Not in `start`, which a flush may meet.
static gboolean gst_hyperlips_composite_stop(GstBaseTransform *transform) {
  auto &p = *GST_HYPERLIPS_COMPOSITE(transform)->priv;
  p.forget_tracks();
  p.warned_misplaced = false;
  p.frames_to_faces = 0;
  return TRUE;
}

static gboolean gst_hyperlips_composite_sink_event(GstBaseTransform *transform, GstEvent *event) {
  auto &p = *GST_HYPERLIPS_COMPOSITE(transform)->priv;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
      p.orientation = hyperlips::Orientation::Identity;
      break;
    case GST_EVENT_TAG: {
      GstTagList *tags = nullptr;
      gst_event_parse_tag(event, &tags);
      p.orientation = hyperlips::orientation_from_tags(tags).value_or(p.orientation);
      break;
    }
    case GST_EVENT_FLUSH_STOP:
      p.forget_tracks();
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      if (gst_event_has_name(event, GST_HYPERLIPS_FACES_EVENT)) p.frames_to_faces = kFramesToFaces;
      break;
    default:
      break;
  }
  return GST_BASE_TRANSFORM_CLASS(gst_hyperlips_composite_parent_class)
      ->sink_event(transform, event);
}

/// Tells which rows of the generated pictures are shown.
static gboolean gst_hyperlips_composite_query(GstBaseTransform *transform,
                                              GstPadDirection direction, GstQuery *query) {
  if (direction == GST_PAD_SINK && gst_hyperlips_rows_is_query(query)) {
    gst_hyperlips_rows_answer(query, GST_BASE_TRANSFORM_SINK_PAD(transform),
                              hyperlips::kFirstShownRow);
    return TRUE;
  }
  return GST_BASE_TRANSFORM_CLASS(gst_hyperlips_composite_parent_class)
      ->query(transform, direction, query);
}

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
  const auto controllable = GParamFlags(playing | GST_PARAM_CONTROLLABLE);
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
                          DEFAULT_STRENGTH, controllable));
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
                          DEFAULT_FEATHER, controllable));
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
  gst_hyperlips_face_meta_get_info();  // registers the meta, so that programs find it by name
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

  auto *transform_class = GST_BASE_TRANSFORM_CLASS(klass);
  transform_class->stop = GST_DEBUG_FUNCPTR(gst_hyperlips_composite_stop);
  transform_class->sink_event = GST_DEBUG_FUNCPTR(gst_hyperlips_composite_sink_event);
  transform_class->query = GST_DEBUG_FUNCPTR(gst_hyperlips_composite_query);
  transform_class->prepare_output_buffer =
      GST_DEBUG_FUNCPTR(gst_hyperlips_composite_prepare_output_buffer);
  transform_class->before_transform = GST_DEBUG_FUNCPTR(gst_hyperlips_composite_before_transform);
  transform_class->transform_ip = GST_DEBUG_FUNCPTR(gst_hyperlips_composite_transform_ip);
  GST_VIDEO_FILTER_CLASS(klass)->transform_frame_ip =
      GST_DEBUG_FUNCPTR(gst_hyperlips_composite_transform_frame_ip);
}

static void gst_hyperlips_composite_init(GstHyperlipsComposite *self) {
  self->priv =
      new (gst_hyperlips_composite_get_instance_private(self)) GstHyperlipsCompositePrivate;
  // The base class would drop late frames. The elements before make late frames cheap instead.
  gst_base_transform_set_qos_enabled(GST_BASE_TRANSFORM(self), FALSE);
}
