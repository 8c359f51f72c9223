// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlipsfacecrop
 * @title: hyperlipsfacecrop
 * @short_description: finds faces and attaches the crop that the lip-sync networks look at
 * @see_also: hyperlipsbase, hyperlipscomposite
 *
 * Detects and follows faces, and attaches to each frame one #GstHyperlipsFaceMeta per chosen face
 * (box, 478 landmarks, track id, the 128x128 crop) and a #GstVideoRegionOfInterestMeta of type
 * "face". Pixels are not touched. Frames that already carry "face" regions of interest from another
 * detector are not searched again: those boxes are used.
 *
 * Rotation tags of the stream are heeded, so a vertical phone video is searched upright.
 * Interlaced video passes untouched, with one warning.
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
#include <map>
#include <mutex>
#include <optional>

#include "gst/lib/gsthyperlipserror.h"
#include "gst/lib/media/frame_view.hpp"
#include "gsthyperlipscaps.h"
#include "gsthyperlipsenums.h"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/selector.hpp"
#include "hyperlips/face/tracker.hpp"

GST_DEBUG_CATEGORY_STATIC(hyperlipsfacecrop_debug);
#define GST_CAT_DEFAULT hyperlipsfacecrop_debug

#define DEFAULT_FACE_SELECT GST_HYPERLIPS_FACE_SELECT_LARGEST
#define DEFAULT_FACE_INDEX 0
#define DEFAULT_MAX_FACES 4
#define DEFAULT_MIN_CONFIDENCE 0.5
#define DEFAULT_INFERENCE_INTERVAL 10
#define DEFAULT_SMOOTHING GST_HYPERLIPS_SMOOTHING_AUTO
#define DEFAULT_NO_FACE_POLICY GST_HYPERLIPS_POLICY_PASSTHROUGH

namespace {

/// Frames whose boxes the published smoothing averages, the current one included.
constexpr auto kLookahead = guint(hyperlips::kLookaheadBoxes);
/// A face that stays away longer than this is gone, whatever the policy.
constexpr gint64 kHoldTime = 500 * GST_MSECOND;
/// Detection and mesh of one face, with headroom for a busy machine.
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
};

/// What was found in a frame: the chosen faces.
struct Found {
  std::vector<hyperlips::Face> faces;
};

}  // namespace

struct FaceCropPrivate {
  std::mutex lock;
  Settings settings;

  // Streaming task, and state changes while it is stopped.
  std::optional<hyperlips::Tracker> tracker;
  hyperlips::TrackerOptions tracker_options;
  std::optional<hyperlips::FaceSelector> selector;
  std::map<std::int64_t, hyperlips::CausalBoxFilter> filters;
  std::vector<hyperlips::Face> last_faces;
  gint64 last_time = -1;
  bool warned = false;  ///< of interlaced video, since the start
  GstVideoInfo info;
  hyperlips::Orientation orientation = hyperlips::Orientation::Identity;

  Settings current() {
    std::lock_guard guard(lock);
    return settings;
  }
};

struct _GstHyperlipsFaceCrop {
  GstHyperlipsFilter parent;
  FaceCropPrivate *priv;
};

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
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_VIDEO_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_VIDEO_CAPS));

G_DEFINE_TYPE(GstHyperlipsFaceCrop, gst_hyperlips_face_crop, GST_TYPE_HYPERLIPS_FILTER)
GST_ELEMENT_REGISTER_DEFINE(hyperlipsfacecrop, "hyperlipsfacecrop", GST_RANK_NONE,
                            GST_TYPE_HYPERLIPS_FACE_CROP)

// ---------------------------------------------------------------------------------------------
// Faces of a frame

/// Boxes that another detector found, as upright pixels.
static std::vector<hyperlips::Box> foreign_boxes(GstBuffer *buffer,
                                                 const hyperlips::FrameView &view) {
  std::vector<hyperlips::Box> boxes;
  const hyperlips::Affine to_upright = view.upright_to_stored().inverse();
  gpointer state = nullptr;
  while (GstMeta *meta = gst_buffer_iterate_meta_filtered(
             buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) {
    auto *roi = reinterpret_cast<GstVideoRegionOfInterestMeta *>(meta);
    if (roi->roi_type != g_quark_from_static_string("face") || roi->w == 0 || roi->h == 0) continue;
    const cv::Point2d a = to_upright(roi->x, roi->y);
    const cv::Point2d b = to_upright(double(roi->x) + roi->w - 1, double(roi->y) + roi->h - 1);
    boxes.push_back({float(std::min(a.x, b.x)), float(std::min(a.y, b.y)),
                     float(std::max(a.x, b.x) + 1), float(std::max(a.y, b.y) + 1)});
  }
  return boxes;
}

static void find_faces(GstHyperlipsFaceCrop *self, HyperlipsFrame &frame,
                       const Settings &settings) {
  auto &p = *self->priv;
  auto found = std::make_shared<Found>();
  frame.work = found;
  const hyperlips::MappedFrame mapped(p.info, frame.buffer, GST_MAP_READ, p.orientation);
  if (!mapped) {
    GST_WARNING_OBJECT(self, "cannot map %" GST_PTR_FORMAT ", it passes untouched", frame.buffer);
    return;
  }
  const auto faces = p.tracker->track(mapped.view(), foreign_boxes(frame.buffer, mapped.view()));
  found->faces = p.selector->select(faces, mapped.view().size());
  const gint64 now = frame.media_time();
  if (!found->faces.empty()) {
    p.last_faces = found->faces;
    p.last_time = now;
  } else if (settings.no_face == GST_HYPERLIPS_POLICY_LAST && p.last_time >= 0 &&
             now - p.last_time <= kHoldTime) {
    found->faces = p.last_faces;
  }
}

static bool looks_ahead(GstHyperlipsFaceCrop *self) {
  const auto smoothing = self->priv->current().smoothing;
  return smoothing == GST_HYPERLIPS_SMOOTHING_LOOKAHEAD ||
         (smoothing == GST_HYPERLIPS_SMOOTHING_AUTO &&
          !gst_hyperlips_filter_is_live(GST_HYPERLIPS_FILTER(self)));
}

/// The steadied box of `face` in frames[0].
static hyperlips::Box steady_box(GstHyperlipsFaceCrop *self, HyperlipsFrames frames,
                                 const hyperlips::Face &face, const Settings &settings) {
  auto &p = *self->priv;
  if (looks_ahead(self)) {
    std::vector<hyperlips::Box> boxes;
    for (const HyperlipsFrame *frame :
         frames.first(std::min<std::size_t>(frames.size(), kLookahead))) {
      const auto *found = static_cast<const Found *>(frame->work.get());
      if (!found) break;
      const auto same = std::ranges::find(found->faces, face.track_id, &hyperlips::Face::track_id);
      if (same == found->faces.end()) break;
      boxes.push_back(same->box);
    }
    return hyperlips::mean_box(boxes);
  }
  if (settings.smoothing == GST_HYPERLIPS_SMOOTHING_NONE) return face.box;
  return p.filters[face.track_id].filter(face.box, double(frames[0]->media_time()) / GST_SECOND);
}

static cv::Rect stored_rect(const hyperlips::Box &box, const hyperlips::FrameView &view) {
  const hyperlips::Affine to_stored = view.upright_to_stored();
  const cv::Point2d a = to_stored(box.x0, box.y0);
  const cv::Point2d b = to_stored(box.x1 - 1, box.y1 - 1);
  const cv::Point top_left(cvRound(std::min(a.x, b.x)), cvRound(std::min(a.y, b.y)));
  const cv::Point bottom_right(cvRound(std::max(a.x, b.x)) + 1, cvRound(std::max(a.y, b.y)) + 1);
  return cv::Rect(top_left, bottom_right) & cv::Rect(0, 0, view.stored_width, view.stored_height);
}

static bool is_sideways(hyperlips::Orientation orientation) {
  using hyperlips::Orientation;
  return orientation == Orientation::Rotate90 || orientation == Orientation::Rotate270 ||
         orientation == Orientation::Transpose || orientation == Orientation::Transverse;
}

static void attach_faces(GstHyperlipsFaceCrop *self, HyperlipsFrames frames,
                         const Settings &settings) {
  auto &p = *self->priv;
  HyperlipsFrame &frame = *frames[0];
  const auto *found = static_cast<const Found *>(frame.work.get());
  if (!found || found->faces.empty()) return;
  std::erase_if(p.filters, [&](const auto &filter) {
    return std::ranges::find(found->faces, filter.first, &hyperlips::Face::track_id) ==
           found->faces.end();
  });
  std::vector<std::pair<HyperlipsFaceData, cv::Rect>> made;
  {
    const hyperlips::MappedFrame mapped(p.info, frame.buffer, GST_MAP_READ, p.orientation);
    if (!mapped) return;
    for (const hyperlips::Face &face : found->faces) {
      if (face.mouth_hidden && settings.no_face == GST_HYPERLIPS_POLICY_PASSTHROUGH) continue;
      HyperlipsFaceData data;
      data.face = face;
      data.sideways = is_sideways(p.orientation);
      data.crop_box = hyperlips::padded(steady_box(self, frames, face, settings), settings.padding);
      if (data.crop_box.width() < 2 || data.crop_box.height() < 2) continue;
      data.crop = hyperlips::crop_face(mapped.view(), data.crop_box);
      const cv::Rect rect = stored_rect(face.box, mapped.view());
      made.emplace_back(std::move(data), rect);
    }
  }
  frame.buffer = gst_buffer_make_writable(frame.buffer);
  for (auto &[data, rect] : made) {
    if (!rect.empty()) gst_buffer_add_hyperlips_face_roi(frame.buffer, data, rect);
    gst_buffer_add_hyperlips_face_meta(frame.buffer, std::move(data));
  }
}

// ---------------------------------------------------------------------------------------------
// GstHyperlipsFilter

static guint face_crop_ready(GstHyperlipsFilter *filter, HyperlipsFrames frames, gboolean drain,
                             gboolean overdue) {
  auto *self = GST_HYPERLIPS_FACE_CROP(filter);
  const bool complete = !looks_ahead(self) || frames.size() >= kLookahead || frames[0]->skip;
  return complete || drain || overdue ? 1 : 0;
}

static void warn_of_interlaced(GstHyperlipsFaceCrop *self) {
  auto &p = *self->priv;
  if (p.warned) return;
  p.warned = true;
  GST_ELEMENT_WARNING(self, STREAM, FORMAT,
                      ("Interlaced video passes %s untouched. Put the element deinterlace before "
                       "it to have the lips synchronized.",
                       GST_OBJECT_NAME(self)),
                      (nullptr));
}

static GstFlowReturn face_crop_process(GstHyperlipsFilter *filter, HyperlipsFrames frames,
                                       guint count) {
  auto *self = GST_HYPERLIPS_FACE_CROP(filter);
  const Settings settings = self->priv->current();
  const std::size_t visible = looks_ahead(self) ? count - 1 + kLookahead : count;
  for (HyperlipsFrame *frame : frames.first(std::min(visible, frames.size()))) {
    if (!frame->work && !frame->skip) find_faces(self, *frame, settings);
  }
  for (guint i = 0; i < count; ++i) {
    if (!frames[i]->skip) {
      attach_faces(self, frames.subspan(i), settings);
    } else if (gst_hyperlips_filter_is_interlaced(filter, frames[i]->buffer)) {
      warn_of_interlaced(self);
    }
  }
  return GST_FLOW_OK;
}

static void face_crop_reset(GstHyperlipsFilter *filter) {
  auto &p = *GST_HYPERLIPS_FACE_CROP(filter)->priv;
  if (p.tracker) p.tracker->reset();
  if (p.selector) p.selector->reset();
  p.filters.clear();
  p.last_faces.clear();
  p.last_time = -1;
}

static gboolean face_crop_set_info(GstHyperlipsFilter *filter, const GstVideoInfo *info) {
  auto *self = GST_HYPERLIPS_FACE_CROP(filter);
  self->priv->info = *info;
  face_crop_reset(filter);
  return TRUE;
}

static void face_crop_set_orientation(GstHyperlipsFilter *filter,
                                      hyperlips::Orientation orientation) {
  auto &p = *GST_HYPERLIPS_FACE_CROP(filter)->priv;
  if (p.orientation == orientation) return;
  p.orientation = orientation;
  face_crop_reset(filter);
}

static GstClockTime face_crop_hold_time(GstHyperlipsFilter *filter) {
  return looks_ahead(GST_HYPERLIPS_FACE_CROP(filter))
             ? (kLookahead - 1) * gst_hyperlips_filter_frame_duration(filter)
             : 0;
}

static GstClockTime face_crop_processing_time(GstHyperlipsFilter *) { return kProcessingTime; }

static guint face_crop_capacity(GstHyperlipsFilter *) { return kLookahead + 1; }

// ---------------------------------------------------------------------------------------------
// GObject, GstElement

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

/// Makes tracker and selector anew where the settings ask for other ones.
static void use_settings(FaceCropPrivate &p) {
  const Settings settings = p.current();
  hyperlips::TrackerOptions options;
  options.min_confidence = float(settings.min_confidence);
  options.max_faces = int(settings.max_faces);
  options.detect_interval = int(settings.interval);
  if (!p.tracker || !(options == p.tracker_options)) {
    p.tracker.emplace(options);
    p.tracker_options = options;
  }
  p.selector.emplace(choice_of(settings.select), int(settings.index));
}

static GstStateChangeReturn face_crop_change_state(GstElement *element, GstStateChange transition) {
  auto &p = *GST_HYPERLIPS_FACE_CROP(element)->priv;
  // Going to READY shows whether the models are there; settings may still change in READY.
  if (transition == GST_STATE_CHANGE_NULL_TO_READY ||
      transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    try {
      use_settings(p);
    } catch (const std::exception &error) {
      gst_hyperlips_post_error(element, error);
      return GST_STATE_CHANGE_FAILURE;
    }
    p.warned = false;
  }
  const auto result =
      GST_ELEMENT_CLASS(gst_hyperlips_face_crop_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    p.tracker.reset();
    p.selector.reset();
  }
  return result;
}

static void face_crop_set_property(GObject *object, guint id, const GValue *value,
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
    case PROP_NO_FACE_POLICY:
      s.no_face = GstHyperlipsPolicy(g_value_get_enum(value));
      break;
    case PROP_PADDING: {
      float *const sides[] = {&s.padding.top, &s.padding.bottom, &s.padding.left, &s.padding.right};
      if (gst_value_array_get_size(value) != G_N_ELEMENTS(sides)) {
        g_warning("Property padding takes four numbers: top, bottom, left, right.");
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

static void face_crop_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
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
    case PROP_NO_FACE_POLICY:
      g_value_set_enum(value, s.no_face);
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

static void face_crop_finalize(GObject *object) {
  delete GST_HYPERLIPS_FACE_CROP(object)->priv;
  G_OBJECT_CLASS(gst_hyperlips_face_crop_parent_class)->finalize(object);
}

static void gst_hyperlips_face_crop_class_init(GstHyperlipsFaceCropClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlipsfacecrop_debug, "hyperlipsfacecrop", 0, "HyperLips face crop");
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = face_crop_set_property;
  object_class->get_property = face_crop_get_property;
  object_class->finalize = face_crop_finalize;
  const auto ready =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  const auto playing =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);

  g_object_class_install_property(
      object_class, PROP_FACE_SELECT,
      g_param_spec_enum("face-select", "Face Select", "Which of several faces to use",
                        GST_TYPE_HYPERLIPS_FACE_SELECT, DEFAULT_FACE_SELECT, ready));
  g_object_class_install_property(
      object_class, PROP_FACE_INDEX,
      g_param_spec_uint("face-index", "Face Index",
                        "The face to use with face-select=index, counted from the left", 0, 63,
                        DEFAULT_FACE_INDEX, ready));
  g_object_class_install_property(
      object_class, PROP_MAX_FACES,
      g_param_spec_uint("max-faces", "Max Faces", "Faces that are followed at once", 1, 64,
                        DEFAULT_MAX_FACES, ready));
  g_object_class_install_property(object_class, PROP_MIN_CONFIDENCE,
                                  g_param_spec_double("min-confidence", "Min Confidence",
                                                      "Confidence below which something is no face",
                                                      0, 1, DEFAULT_MIN_CONFIDENCE, ready));
  g_object_class_install_property(
      object_class, PROP_INFERENCE_INTERVAL,
      g_param_spec_uint("inference-interval", "Inference Interval",
                        "Frames between searches for further faces; a face that was found is "
                        "followed in every frame, and while there is none, every frame is searched",
                        1, G_MAXINT, DEFAULT_INFERENCE_INTERVAL, ready));
  g_object_class_install_property(
      object_class, PROP_SMOOTHING,
      g_param_spec_enum("smoothing", "Smoothing", "How the crop's box is steadied",
                        GST_TYPE_HYPERLIPS_SMOOTHING, DEFAULT_SMOOTHING, ready));
  g_object_class_install_property(
      object_class, PROP_NO_FACE_POLICY,
      g_param_spec_enum("no-face-policy", "No Face Policy",
                        "What happens to a frame without a face or with something in front of the "
                        "mouth; last holds the last face for up to half a second and treats a "
                        "hidden mouth as any other",
                        GST_TYPE_HYPERLIPS_POLICY, DEFAULT_NO_FACE_POLICY, playing));
  g_object_class_install_property(
      object_class, PROP_PADDING,
      gst_param_spec_array(
          "padding", "Padding",
          "Room added around the face: top, bottom, left, right, in percent of "
          "the face's height or width",
          g_param_spec_double("side", "Side", "Percent", -40, 200, 0,
                              GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)),
          playing));

  auto *element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = face_crop_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "HyperLips face crop", "Filter/Analyzer/Video",
      "Finds and follows faces and attaches the crop that the lip-sync networks look at",
      "HyperLips for GStreamer");

  auto *filter_class = GST_HYPERLIPS_FILTER_CLASS(klass);
  filter_class->set_info = face_crop_set_info;
  filter_class->ready = face_crop_ready;
  filter_class->process = face_crop_process;
  filter_class->reset = face_crop_reset;
  filter_class->hold_time = face_crop_hold_time;
  filter_class->processing_time = face_crop_processing_time;
  filter_class->capacity = face_crop_capacity;
  filter_class->set_orientation = face_crop_set_orientation;
}

static void gst_hyperlips_face_crop_init(GstHyperlipsFaceCrop *self) {
  self->priv = new FaceCropPrivate();
  gst_video_info_init(&self->priv->info);
}
