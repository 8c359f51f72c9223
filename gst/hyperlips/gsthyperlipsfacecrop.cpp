// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlipsfacecrop
 * @title: hyperlipsfacecrop
 * @short_description: detects and tracks faces and attaches face crops for lip-sync
 * @see_also: hyperlipsbase, hyperlipscomposite
 *
 * Detects and tracks faces, and attaches to each frame one #GstHyperlipsFaceMeta per selected face
 * (box, 478 landmarks, track id, 128x128 crop) and a #GstVideoRegionOfInterestMeta of type "face".
 * Pixels are not modified. In frames that already have regions of interest of type "face" from
 * another detector, those boxes are used instead of detecting faces again.
 *
 * A covered mouth, a face in profile or one that is too small keeps its meta with opacity 0, as
 * does a face that was just lost, so that hyperlipscomposite can fade the new mouth out and in.
 * Late frames (QoS) get the last faces at their expected places.
 *
 * The orientation tag of the stream is applied, so faces in a portrait phone video are detected
 * upright. Interlaced video passes unmodified, with one warning.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 hyperlipstestsrc name=s num-buffers=50 s.video ! video/x-raw,width=640,height=360 ! hyperlipsfacecrop face-select=all ! fakesink
 * ]|
 *
 * Since: 0.1
 */

#include "gsthyperlipsfacecrop.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <new>
#include <optional>

#include "facefinder.hpp"
#include "gst/lib/gsthyperlipserror.h"
#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/gst_ptr.hpp"
#include "gsthyperlipscaps.h"
#include "gsthyperlipsfacecropproperties.h"
#include "gsthyperlipsutils.h"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/framing.hpp"

GST_DEBUG_CATEGORY_STATIC(hyperlipsfacecrop_debug);
#define GST_CAT_DEFAULT hyperlipsfacecrop_debug

namespace {

/// Frames whose boxes the published smoothing averages, the current one included.
constexpr auto kLookahead = guint(hyperlips::kLookaheadBoxes);
/// Time for detection and mesh of one face, with headroom for a busy machine.
constexpr GstClockTime kProcessingTime = 40 * GST_MSECOND;

struct Settings {
  GstHyperlipsFaceSelect select = DEFAULT_FACE_SELECT;
  guint index = DEFAULT_FACE_INDEX;
  guint max_faces = DEFAULT_MAX_FACES;
  double min_confidence = DEFAULT_MIN_CONFIDENCE;
  guint interval = DEFAULT_INFERENCE_INTERVAL;
  GstHyperlipsSmoothing smoothing = DEFAULT_SMOOTHING;
  GstHyperlipsPolicy no_face = DEFAULT_NO_FACE_POLICY;
  hyperlips::Padding padding;
  GstHyperlipsCrop crop = DEFAULT_CROP;
  guint min_face_size = DEFAULT_MIN_FACE_SIZE;
  double max_yaw = DEFAULT_MAX_YAW;
};

/// HyperlipsFrame::analysis of a frame: the selected faces.
struct Analysis {
  std::vector<hyperlips::FoundFace> faces;
  std::vector<hyperlips::Box> boxes;  ///< of the crops, before smoothing

  /// Index of the face with this track id; faces.size() if there is none.
  std::size_t find(std::int64_t track) const {
    std::size_t i = 0;
    while (i < faces.size() && faces[i].face.track_id != track) ++i;
    return i;
  }
};

}  // namespace

struct GstHyperlipsFaceCropPrivate {
  std::mutex lock;
  Settings settings;

  // Accessed by the streaming task, and by state changes while that is stopped.
  std::optional<hyperlips::FaceFinder> finder;
  hyperlips::FaceFraming framing;
  std::atomic<bool> framing_known = false;  ///< `framing` is what the settings or downstream want
  std::map<std::int64_t, hyperlips::CausalBoxFilter> filters;
  std::map<std::int64_t, const char *> shown;  ///< FoundFace::hidden of each face, for the log
  bool warned_interlaced = false;              ///< since the start
  bool warned_unsupported = false;             ///< the same
  bool told_faces = false;  ///< GST_HYPERLIPS_FACES_EVENT was sent, since the start
  GstVideoInfo info;
  hyperlips::Orientation orientation = hyperlips::Orientation::Identity;

  Settings current() {
    std::lock_guard guard(lock);
    return settings;
  }
};

struct _GstHyperlipsFaceCrop {
  GstHyperlipsFilter parent;
  GstHyperlipsFaceCropPrivate *priv;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_VIDEO_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_VIDEO_CAPS));

G_DEFINE_TYPE_WITH_PRIVATE(GstHyperlipsFaceCrop, gst_hyperlips_face_crop, GST_TYPE_HYPERLIPS_FILTER)
GST_ELEMENT_REGISTER_DEFINE(hyperlipsfacecrop, "hyperlipsfacecrop", GST_RANK_NONE,
                            GST_TYPE_HYPERLIPS_FACE_CROP)

// ---------------------------------------------------------------------------------------------
// Settings

static hyperlips::FaceChoice choice_of(GstHyperlipsFaceSelect select) {
  using hyperlips::FaceChoice;
  switch (select) {
    case GST_HYPERLIPS_FACE_SELECT_CENTER:
      return FaceChoice::Center;
    case GST_HYPERLIPS_FACE_SELECT_FIRST:
      return FaceChoice::First;
    case GST_HYPERLIPS_FACE_SELECT_INDEX:
      return FaceChoice::Index;
    case GST_HYPERLIPS_FACE_SELECT_ALL:
      return FaceChoice::All;
    case GST_HYPERLIPS_FACE_SELECT_LARGEST:
      break;
  }
  return FaceChoice::Largest;
}

static hyperlips::FaceFinderSettings finder_settings(const Settings &settings) {
  hyperlips::FaceFinderSettings result;
  result.tracking.min_confidence = float(settings.min_confidence);
  result.tracking.max_faces = int(settings.max_faces);
  result.tracking.detect_interval = int(settings.interval);
  result.choice = choice_of(settings.select);
  result.index = int(settings.index);
  result.limits.max_yaw = float(settings.max_yaw);
  result.limits.min_size = float(settings.min_face_size);
  result.hold = settings.no_face == GST_HYPERLIPS_POLICY_LAST;
  return result;
}

// ---------------------------------------------------------------------------------------------
// Faces of a frame

/// Chooses the box of the crops by property crop or, with auto, by what downstream wants.
static void choose_framing(GstHyperlipsFaceCrop *self, const Settings &settings) {
  using hyperlips::Framing;
  auto &p = *self->priv;
  if (p.framing_known) return;
  p.framing_known = true;
  Framing framing =
      settings.crop == GST_HYPERLIPS_CROP_PUBLISHED ? Framing::Published : Framing::Steady;
  if (settings.crop == GST_HYPERLIPS_CROP_AUTO) {
    GstQuery *query = gst_hyperlips_filter_ask_allocation(GST_HYPERLIPS_FILTER(self));
    if (query) framing = gst_hyperlips_query_crop(query).value_or(framing);
    if (query) gst_query_unref(query);
  }
  GST_DEBUG_OBJECT(self, "crop is %s", hyperlips::to_string(framing));
  if (framing == p.framing.framing()) return;
  p.framing = hyperlips::FaceFraming(framing);
  p.filters.clear();
}

/// Logs which faces come, go, and are not lip-synced.
static void log_faces(GstHyperlipsFaceCrop *self, const HyperlipsFrame &frame,
                      const Analysis &found) {
  auto &shown = self->priv->shown;
  const GstClockTime pts = GST_BUFFER_PTS(frame.buffer);
  for (const hyperlips::FoundFace &face : found.faces) {
    const auto [last, is_new] = shown.try_emplace(face.face.track_id, face.hidden);
    if (!is_new && last->second == face.hidden) continue;
    last->second = face.hidden;
    const auto &box = face.face.box;
    GST_DEBUG_OBJECT(
        self, "%" GST_TIME_FORMAT ": face %" G_GINT64_FORMAT " at %.0f,%.0f %.0fx%.0f %s%s",
        GST_TIME_ARGS(pts), face.face.track_id, double(box.x0), double(box.y0), double(box.width()),
        double(box.height()), *face.hidden ? "is not lip-synced: " : "is lip-synced", face.hidden);
  }
  std::erase_if(shown, [&](const auto &face) {
    const bool gone = found.find(face.first) == found.faces.size();
    if (gone)
      GST_DEBUG_OBJECT(self, "%" GST_TIME_FORMAT ": face %" G_GINT64_FORMAT " is gone",
                       GST_TIME_ARGS(pts), face.first);
    return gone;
  });
}

/// Finds the faces of a frame; those of a late one are only predicted.
static void find_faces(GstHyperlipsFaceCrop *self, HyperlipsFrame &frame) {
  auto &p = *self->priv;
  auto found = std::make_shared<Analysis>();
  frame.analysis = found;
  const hyperlips::MappedFrame mapped(p.info, frame.buffer, GST_MAP_READ, p.orientation);
  if (!mapped) {
    GST_WARNING_OBJECT(self, "cannot map %" GST_PTR_FORMAT ", passing it unmodified", frame.buffer);
    return;
  }
  const auto &view = mapped.view();
  const double now = hyperlips::seconds(frame.running_time);
  found->faces = frame.late
                     ? p.finder->skip(view, now)
                     : p.finder->find(view, now, gst_hyperlips_attached_faces(frame.buffer, view));
  for (const auto &[face, opacity, hidden] : found->faces)
    found->boxes.push_back(p.framing.box(face.track_id, face.landmarks, now));
  log_faces(self, frame, *found);
}

static bool looks_ahead(GstHyperlipsFaceCrop *self, const Settings &settings) {
  const auto smoothing = settings.smoothing;
  return smoothing == GST_HYPERLIPS_SMOOTHING_LOOKAHEAD ||
         (smoothing == GST_HYPERLIPS_SMOOTHING_AUTO &&
          !gst_hyperlips_filter_is_live(GST_HYPERLIPS_FILTER(self)));
}

/// The smoothed box of face `index` in frames[0].
static hyperlips::Box smoothed_box(GstHyperlipsFaceCrop *self, HyperlipsFrames frames,
                                   std::size_t index, const Settings &settings) {
  auto &p = *self->priv;
  const auto &first = *static_cast<const Analysis *>(frames[0]->analysis.get());
  const std::int64_t track = first.faces[index].face.track_id;
  if (looks_ahead(self, settings)) {
    std::vector<hyperlips::Box> boxes;
    for (const HyperlipsFrame *frame :
         frames.first(std::min<std::size_t>(frames.size(), kLookahead))) {
      const auto *found = static_cast<const Analysis *>(frame->analysis.get());
      if (!found) break;
      const std::size_t same = found->find(track);
      if (same == found->faces.size()) break;
      boxes.push_back(found->boxes[same]);
    }
    return hyperlips::mean_box(boxes);
  }
  const hyperlips::Box box = first.boxes[index];
  if (settings.smoothing == GST_HYPERLIPS_SMOOTHING_NONE) return box;
  return p.filters[track].filter(box, hyperlips::seconds(frames[0]->running_time));
}

static void attach_faces(GstHyperlipsFaceCrop *self, HyperlipsFrames frames,
                         const Settings &settings) {
  auto &p = *self->priv;
  HyperlipsFrame &frame = *frames[0];
  const auto *found = static_cast<const Analysis *>(frame.analysis.get());
  if (!found || found->faces.empty()) return;
  std::erase_if(p.filters, [&](const auto &filter) {
    return found->find(filter.first) == found->faces.size();
  });
  std::vector<std::pair<HyperlipsFaceData, cv::Rect>> made;
  {
    const hyperlips::MappedFrame mapped(p.info, frame.buffer, GST_MAP_READ, p.orientation);
    if (!mapped) return;
    for (std::size_t i = 0; i < found->faces.size(); ++i) {
      const auto &[face, opacity, hidden] = found->faces[i];
      HyperlipsFaceData data;
      data.face = face;
      data.opacity = opacity;
      data.orientation = p.orientation;
      data.crop_box = hyperlips::padded(smoothed_box(self, frames, i, settings), settings.padding);
      if (data.crop_box.width() < 2 || data.crop_box.height() < 2) continue;
      data.crop = hyperlips::crop_face(mapped.view(), data.crop_box, p.framing.framing());
      const cv::Rect rect = gst_hyperlips_stored_rect(face.box, mapped.view());
      made.emplace_back(std::move(data), rect);
    }
  }
  if (!made.empty() && !p.told_faces) {
    p.told_faces = true;
    gst_hyperlips_filter_push_event(
        GST_HYPERLIPS_FILTER(self),
        gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                             gst_structure_new_empty(GST_HYPERLIPS_FACES_EVENT)));
  }
  frame.buffer = gst_buffer_make_writable(frame.buffer);
  for (auto &[data, rect] : made) {
    if (!rect.empty()) gst_buffer_add_hyperlips_face_roi(frame.buffer, data, rect);
    gst_buffer_add_hyperlips_face_meta(frame.buffer, std::move(data));
  }
}

// ---------------------------------------------------------------------------------------------
// GstHyperlipsFilter

static guint gst_hyperlips_face_crop_ready(GstHyperlipsFilter *filter, HyperlipsFrames frames,
                                           gboolean drain, gboolean deadline_passed) {
  auto *self = GST_HYPERLIPS_FACE_CROP(filter);
  const bool complete = !looks_ahead(self, self->priv->current()) || frames.size() >= kLookahead ||
                        frames[0]->skip || frames[0]->late;
  return complete || drain || deadline_passed ? 1 : 0;
}

static void warn_interlaced(GstHyperlipsFaceCrop *self) {
  auto &p = *self->priv;
  if (p.warned_interlaced) return;
  p.warned_interlaced = true;
  GST_ELEMENT_WARNING(self, STREAM, FORMAT,
                      ("Interlaced video is not supported and passes unmodified. Add deinterlace "
                       "before %s.",
                       GST_OBJECT_NAME(self)),
                      (nullptr));
}

static GstFlowReturn gst_hyperlips_face_crop_process(GstHyperlipsFilter *filter,
                                                     HyperlipsFrames frames, guint count) {
  auto *self = GST_HYPERLIPS_FACE_CROP(filter);
  if (GST_CLOCK_TIME_IS_VALID(frames[0]->stream_time)) {
    gst_object_sync_values(GST_OBJECT(self), frames[0]->stream_time);
  }
  const Settings settings = self->priv->current();
  self->priv->finder->set(finder_settings(settings));
  const std::size_t visible = looks_ahead(self, settings) ? count - 1 + kLookahead : count;
  for (HyperlipsFrame *frame : frames.first(std::min(visible, frames.size()))) {
    if (frame->analysis || frame->skip) continue;
    choose_framing(self, settings);
    find_faces(self, *frame);
  }
  for (guint i = 0; i < count; ++i) {
    if (!frames[i]->skip) {
      attach_faces(self, frames.subspan(i), settings);
    } else if (gst_hyperlips_filter_is_interlaced(filter, frames[i]->buffer)) {
      warn_interlaced(self);
    }
  }
  return GST_FLOW_OK;
}

static void gst_hyperlips_face_crop_reset(GstHyperlipsFilter *filter) {
  auto &p = *GST_HYPERLIPS_FACE_CROP(filter)->priv;
  if (p.finder) p.finder->reset();
  p.framing.reset();
  p.framing_known = false;
  p.filters.clear();
  p.shown.clear();
}

/// What elements behind want of the crops concerns this element, not one before it.
static gboolean gst_hyperlips_face_crop_allocation(GstHyperlipsFilter *, GstQuery *query) {
  gst_hyperlips_query_remove_crop(query);
  return FALSE;
}

/// Downstream may have changed.
static void gst_hyperlips_face_crop_upstream_event(GstHyperlipsFilter *filter, GstEvent *event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_RECONFIGURE) {
    GST_HYPERLIPS_FACE_CROP(filter)->priv->framing_known = false;
  }
}

static gboolean gst_hyperlips_face_crop_set_info(GstHyperlipsFilter *filter,
                                                 const GstVideoInfo *info) {
  auto *self = GST_HYPERLIPS_FACE_CROP(filter);
  self->priv->info = *info;
  gst_hyperlips_face_crop_reset(filter);
  const std::string unsupported = gst_hyperlips_unsupported(*info);
  if (!unsupported.empty() && !self->priv->warned_unsupported) {
    self->priv->warned_unsupported = true;
    GST_ELEMENT_WARNING(self, STREAM, FORMAT, ("%s", unsupported.c_str()), (nullptr));
  }
  return unsupported.empty();
}

static void gst_hyperlips_face_crop_set_orientation(GstHyperlipsFilter *filter,
                                                    hyperlips::Orientation orientation) {
  auto &p = *GST_HYPERLIPS_FACE_CROP(filter)->priv;
  if (p.orientation == orientation) return;
  p.orientation = orientation;
  gst_hyperlips_face_crop_reset(filter);
}

static GstClockTime gst_hyperlips_face_crop_lookahead_time(GstHyperlipsFilter *filter) {
  auto *self = GST_HYPERLIPS_FACE_CROP(filter);
  return looks_ahead(self, self->priv->current())
             ? (kLookahead - 1) * gst_hyperlips_filter_frame_duration(filter)
             : 0;
}

static GstClockTime gst_hyperlips_face_crop_processing_time(GstHyperlipsFilter *) {
  return kProcessingTime;
}

static guint gst_hyperlips_face_crop_capacity(GstHyperlipsFilter *) { return kLookahead + 1; }

// ---------------------------------------------------------------------------------------------
// GObject, GstElement

static GstStateChangeReturn gst_hyperlips_face_crop_change_state(GstElement *element,
                                                                 GstStateChange transition) {
  auto &p = *GST_HYPERLIPS_FACE_CROP(element)->priv;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    p.warned_interlaced = p.warned_unsupported = p.told_faces = false;
  }
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    try {
      if (!p.finder) p.finder.emplace(finder_settings(p.current()));
    } catch (const std::exception &error) {
      gst_hyperlips_post_error(element, error);
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  const auto result =
      GST_ELEMENT_CLASS(gst_hyperlips_face_crop_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    p.finder.reset();
  }
  return result;
}

static void gst_hyperlips_face_crop_set_property(GObject *object, guint id, const GValue *value,
                                                 GParamSpec *spec) {
  auto &p = *GST_HYPERLIPS_FACE_CROP(object)->priv;
  std::unique_lock guard(p.lock);
  Settings &s = p.settings;
  switch (id) {
    case PROP_FACE_SELECT:
      s.select = GstHyperlipsFaceSelect(g_value_get_enum(value));
      break;
    case PROP_FACE_INDEX:
      s.index = g_value_get_uint(value);
      break;
    case PROP_MAX_FACES:
      s.max_faces = g_value_get_uint(value);
      break;
    case PROP_MIN_CONFIDENCE:
      s.min_confidence = g_value_get_double(value);
      break;
    case PROP_INFERENCE_INTERVAL:
      s.interval = g_value_get_uint(value);
      break;
    case PROP_SMOOTHING:
      s.smoothing = GstHyperlipsSmoothing(g_value_get_enum(value));
      guard.unlock();
      gst_hyperlips_filter_latency_changed(GST_HYPERLIPS_FILTER(object));
      break;
    case PROP_CROP:
      s.crop = GstHyperlipsCrop(g_value_get_enum(value));
      p.framing_known = false;
      break;
    case PROP_NO_FACE_POLICY:
      s.no_face = GstHyperlipsPolicy(g_value_get_enum(value));
      break;
    case PROP_MIN_FACE_SIZE:
      s.min_face_size = g_value_get_uint(value);
      break;
    case PROP_MAX_YAW:
      s.max_yaw = g_value_get_double(value);
      break;
    case PROP_PADDING: {
      float *const sides[] = {&s.padding.top, &s.padding.bottom, &s.padding.left, &s.padding.right};
      if (gst_value_array_get_size(value) != G_N_ELEMENTS(sides)) {
        g_warning("Property padding of %s needs four numbers: top, bottom, left, right",
                  GST_OBJECT_NAME(object));
        break;
      }
      for (guint i = 0; i < G_N_ELEMENTS(sides); ++i) {
        *sides[i] = float(g_value_get_double(gst_value_array_get_value(value, i)));
      }
      break;
    }
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_hyperlips_face_crop_get_property(GObject *object, guint id, GValue *value,
                                                 GParamSpec *spec) {
  const Settings s = GST_HYPERLIPS_FACE_CROP(object)->priv->current();
  switch (id) {
    case PROP_FACE_SELECT:
      g_value_set_enum(value, s.select);
      break;
    case PROP_FACE_INDEX:
      g_value_set_uint(value, s.index);
      break;
    case PROP_MAX_FACES:
      g_value_set_uint(value, s.max_faces);
      break;
    case PROP_MIN_CONFIDENCE:
      g_value_set_double(value, s.min_confidence);
      break;
    case PROP_INFERENCE_INTERVAL:
      g_value_set_uint(value, s.interval);
      break;
    case PROP_SMOOTHING:
      g_value_set_enum(value, s.smoothing);
      break;
    case PROP_CROP:
      g_value_set_enum(value, s.crop);
      break;
    case PROP_NO_FACE_POLICY:
      g_value_set_enum(value, s.no_face);
      break;
    case PROP_MIN_FACE_SIZE:
      g_value_set_uint(value, s.min_face_size);
      break;
    case PROP_MAX_YAW:
      g_value_set_double(value, s.max_yaw);
      break;
    case PROP_PADDING:
      for (float side : {s.padding.top, s.padding.bottom, s.padding.left, s.padding.right}) {
        GValue item = G_VALUE_INIT;
        g_value_init(&item, G_TYPE_DOUBLE);
        g_value_set_double(&item, side);
        gst_value_array_append_and_take_value(value, &item);
      }
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_hyperlips_face_crop_finalize(GObject *object) {
  GST_HYPERLIPS_FACE_CROP(object)->priv->~GstHyperlipsFaceCropPrivate();
  G_OBJECT_CLASS(gst_hyperlips_face_crop_parent_class)->finalize(object);
}

static void gst_hyperlips_face_crop_class_init(GstHyperlipsFaceCropClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlipsfacecrop_debug, "hyperlipsfacecrop", 0, "HyperLips face crop");
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_hyperlips_face_crop_set_property;
  object_class->get_property = gst_hyperlips_face_crop_get_property;
  object_class->finalize = gst_hyperlips_face_crop_finalize;
  gst_hyperlips_face_crop_install_properties(object_class);

  auto *element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_hyperlips_face_crop_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "HyperLips face crop", "Filter/Analyzer/Video",
      "Detects and tracks faces and attaches face crops for lip-sync", "HyperLips for GStreamer");

  auto *filter_class = GST_HYPERLIPS_FILTER_CLASS(klass);
  filter_class->set_info = gst_hyperlips_face_crop_set_info;
  filter_class->ready = gst_hyperlips_face_crop_ready;
  filter_class->process = gst_hyperlips_face_crop_process;
  filter_class->reset = gst_hyperlips_face_crop_reset;
  filter_class->lookahead_time = gst_hyperlips_face_crop_lookahead_time;
  filter_class->processing_time = gst_hyperlips_face_crop_processing_time;
  filter_class->capacity = gst_hyperlips_face_crop_capacity;
  filter_class->set_orientation = gst_hyperlips_face_crop_set_orientation;
  filter_class->allocation = gst_hyperlips_face_crop_allocation;
  filter_class->upstream_event = gst_hyperlips_face_crop_upstream_event;
}

static void gst_hyperlips_face_crop_init(GstHyperlipsFaceCrop *self) {
  self->priv = new (gst_hyperlips_face_crop_get_instance_private(self)) GstHyperlipsFaceCropPrivate;
  gst_video_info_init(&self->priv->info);
}
