// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlipsbase
 * @title: hyperlipsbase
 * @short_description: generates the face that says the speech
 * @see_also: hyperlipsmel, hyperlipsfacecrop, hyperlipshr
 *
 * Joins video from hyperlipsfacecrop and speech from hyperlipsmel by timestamps alone and runs
 * HyperLipsBase on each face: the mel window of the frame at running time t starts at column
 * floor(80 t). The generated face travels on with the frame; pixels are not touched. Frames without
 * a face or without speech pass unchanged.
 *
 * In live pipelines the element adds 187.5 ms to the latency of the speech: the rest of the mel
 * window. A frame whose speech has not arrived by then passes unchanged and on time.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 hyperlipstestsrc name=s num-buffers=150 s.video ! hyperlipsfacecrop ! b.sink s.audio ! hyperlipsmel ! b.mel hyperlipsbase name=b model=hyperlips-base.safetensors ! hyperlipscomposite ! videoconvert ! autovideosink
 * ]|
 *
 * Since: 0.1
 */

#include "gsthyperlipsbase.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "gst/lib/gsthyperlipserror.h"
#include "gsthyperlipscaps.h"
#include "gsthyperlipsenums.h"
#include "gsthyperlipslinks.h"
#include "hyperlips/audio/mel_window.hpp"
#include "hyperlips/face/reference.hpp"
#include "hyperlips/face/tensor.hpp"

GST_DEBUG_CATEGORY_STATIC(hyperlipsbase_debug);
#define GST_CAT_DEFAULT hyperlipsbase_debug

#define DEFAULT_SILENCE GST_HYPERLIPS_SILENCE_MODEL
#define DEFAULT_NO_SPEECH_POLICY GST_HYPERLIPS_POLICY_PASSTHROUGH
#define DEFAULT_MIN_CONFIDENCE 0.5

namespace {

using hyperlips::kMelBands;
using hyperlips::kMelWindow;
using hyperlips::MelTimeline;

constexpr std::size_t kWindowFloats = std::size_t(kMelBands) * kMelWindow;
constexpr int kFaceSide = 128;
constexpr std::size_t kOutputFloats = std::size_t(3) * kFaceSide * kFaceSide;
/// Columns of the window behind the first one; the first one's own look-ahead is hyperlipsmel's.
constexpr GstClockTime kLookahead = (kMelWindow - 1) * GST_SECOND / hyperlips::kMelRate;
/// Speech may run ahead of the video that waits for it by this much, and by the larger limit of
/// video that has not come at all; it is 26 kB a second.
constexpr gint64 kMelAhead = 10 * GST_SECOND;
constexpr gint64 kMelAheadOfNothing = 300 * GST_SECOND;
/// Faces whose last picture is kept.
constexpr std::size_t kTracks = 64;
/// Change of opacity a frame where silence fades to the original mouth and back.
constexpr float kFadeStep = 1.0f / 3;

/// The speech of a frame, once it is known.
struct Speech {
  bool present = false;
  std::vector<float> window = std::vector<float>(kWindowFloats);
};

/// What was last generated for a face.
struct LastFace {
  cv::Mat picture;
  float opacity = 1;
};

struct Settings {
  std::string reference_image;
  GstHyperlipsSilence silence = DEFAULT_SILENCE;
  GstHyperlipsPolicy no_speech = DEFAULT_NO_SPEECH_POLICY;
};

}  // namespace

struct BasePrivate {
  GstPad *melpad = nullptr;
  std::mutex lock;
  Settings settings;

  // Under the filter's lock.
  MelTimeline timeline;
  bool mel_flushing = false;
  bool fed = false;  ///< something is linked that speech can come from

  // Streaming thread of the mel pad.
  GstSegment mel_segment;

  // Streaming task.
  hyperlips::ReferenceFaces references;
  std::map<std::int64_t, LastFace> last;
  cv::Size stored_size;
  hyperlips::Orientation orientation = hyperlips::Orientation::Identity;

  Settings current() {
    std::lock_guard guard(lock);
    return settings;
  }
};

struct _GstHyperlipsBase {
  GstHyperlipsNetworkFilter parent;
  BasePrivate *priv;
};

enum { PROP_0, PROP_REFERENCE_IMAGE, PROP_SILENCE, PROP_NO_SPEECH_POLICY };

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY)"));
static GstStaticPadTemplate mel_template = GST_STATIC_PAD_TEMPLATE(
    "mel", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_MEL_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY)"));

G_DEFINE_TYPE(GstHyperlipsBase, gst_hyperlips_base, GST_TYPE_HYPERLIPS_NETWORK_FILTER)
GST_ELEMENT_REGISTER_DEFINE(hyperlipsbase, "hyperlipsbase", GST_RANK_NONE, GST_TYPE_HYPERLIPS_BASE)

namespace {

/// Holds the lock of the filter's queue.
class FilterLock {
 public:
  explicit FilterLock(GstHyperlipsFilter *filter) : filter_(filter) {
    gst_hyperlips_filter_lock(filter_);
  }
  ~FilterLock() { gst_hyperlips_filter_unlock(filter_); }
  FilterLock(const FilterLock &) = delete;
  FilterLock &operator=(const FilterLock &) = delete;

 private:
  GstHyperlipsFilter *filter_;
};

}  // namespace

// ---------------------------------------------------------------------------------------------
// Mel pad

/// Time in speech of a mel PTS; -1 outside the segment.
static gint64 media_time(const GstSegment &segment, GstClockTime pts) {
  if (segment.format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID(pts)) return -1;
  HyperlipsFrame frame;
  frame.running_time = gst_segment_to_running_time(&segment, GST_FORMAT_TIME, pts);
  frame.media_time_scale = segment.rate;
  return frame.media_time();
}

/// With the filter's lock: whether speech has run far enough ahead of the video.
static bool too_far_ahead(GstHyperlipsBase *self) {
  auto *filter = GST_HYPERLIPS_FILTER(self);
  auto &p = *self->priv;
  const gint64 newest = gst_hyperlips_filter_newest(filter);
  const gint64 end = p.timeline.end();
  if (newest >= 0) return end > newest + kMelAhead;
  return p.timeline.start() >= 0 && end > p.timeline.start() + kMelAheadOfNothing;
}

static GstFlowReturn take_mel(GstHyperlipsBase *self, gint64 time,
                              std::span<const hyperlips::MelColumn> columns) {
  auto *filter = GST_HYPERLIPS_FILTER(self);
  auto &p = *self->priv;
  FilterLock lock(filter);
  p.fed = true;
  // The bound holds while the video is flushed, too, or stopped a moment before the speech.
  while (!p.mel_flushing && !gst_hyperlips_filter_is_over(filter) && too_far_ahead(self))
    gst_hyperlips_filter_wait(filter);
  if (p.mel_flushing) return GST_FLOW_FLUSHING;
  // When no frame is left that could say it, it is dropped and not refused: the same speech may
  // still be played.
  if (gst_hyperlips_filter_is_over(filter)) return GST_FLOW_OK;
  p.timeline.append(time, columns);
  gst_hyperlips_filter_wake(filter);
  return GST_FLOW_OK;
}

static GstFlowReturn mel_chain(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  GstMapInfo map;
  const gint64 time = media_time(self->priv->mel_segment, GST_BUFFER_PTS(buffer));
  GstFlowReturn flow = GST_FLOW_OK;
  if (time < 0) {
    GST_WARNING_OBJECT(pad, "mel without a time is dropped: %" GST_PTR_FORMAT, buffer);
  } else if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR(self, RESOURCE, READ, ("Cannot read a buffer on pad mel."), (nullptr));
    flow = GST_FLOW_ERROR;
  } else {
    try {
      flow = take_mel(self, time,
                      std::span(reinterpret_cast<const hyperlips::MelColumn *>(map.data),
                                map.size / sizeof(hyperlips::MelColumn)));
    } catch (const std::exception &error) {
      gst_hyperlips_post_error(GST_ELEMENT(self), error);
      flow = GST_FLOW_ERROR;
    }
    gst_buffer_unmap(buffer, &map);
  }
  gst_buffer_unref(buffer);
  return flow;
}

static gboolean mel_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  auto *filter = GST_HYPERLIPS_FILTER(parent);
  auto &p = *self->priv;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START: {
      FilterLock lock(filter);
      p.mel_flushing = true;
      gst_hyperlips_filter_wake(filter);
      break;
    }
    case GST_EVENT_FLUSH_STOP: {
      FilterLock lock(filter);
      p.mel_flushing = false;
      p.timeline.clear();
      gst_segment_init(&p.mel_segment, GST_FORMAT_UNDEFINED);
      gst_hyperlips_filter_wake(filter);
      break;
    }
    case GST_EVENT_STREAM_START: {
      FilterLock lock(filter);
      p.fed = true;
      p.timeline.resume();
      break;
    }
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event, &p.mel_segment);
      break;
    case GST_EVENT_GAP: {
      GstClockTime start, duration;
      gst_event_parse_gap(event, &start, &duration);
      const gint64 time = media_time(p.mel_segment, start);
      if (time >= 0) {
        FilterLock lock(filter);
        p.timeline.gap_until(time + (GST_CLOCK_TIME_IS_VALID(duration) ? gint64(duration) : 0));
        gst_hyperlips_filter_wake(filter);
      }
      break;
    }
    case GST_EVENT_EOS: {
      FilterLock lock(filter);
      p.timeline.finish();
      gst_hyperlips_filter_wake(filter);
      break;
    }
    case GST_EVENT_CAPS:
      return gst_pad_event_default(pad, parent, event);
    default:
      break;
  }
  // The video pad's events alone make the output stream.
  gst_event_unref(event);
  return TRUE;
}

static gboolean activate_mel(GstPad *, GstObject *parent, GstPadMode mode, gboolean active) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  auto *filter = GST_HYPERLIPS_FILTER(parent);
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  FilterLock lock(filter);
  self->priv->mel_flushing = !active;
  self->priv->fed = false;
  self->priv->timeline.clear();
  // On the way down the pad's thread may still use it.
  if (active) gst_segment_init(&self->priv->mel_segment, GST_FORMAT_UNDEFINED);
  gst_hyperlips_filter_wake(filter);
  return TRUE;
}

// ---------------------------------------------------------------------------------------------
// Waiting for speech

/// With the filter's lock: looks the frame's speech up. FALSE while it may still come.
static bool find_speech(GstHyperlipsBase *self, HyperlipsFrame &frame, bool give_up) {
  auto &p = *self->priv;
  if (frame.work || frame.skip) return true;
  auto speech = std::make_shared<Speech>();
  gpointer state = nullptr;
  if (gst_buffer_iterate_hyperlips_crop(frame.buffer, &state) && p.fed &&
      gst_pad_is_linked(p.melpad)) {
    const auto found = p.timeline.find(frame.media_time(), speech->window);
    if (found == MelTimeline::Lookup::Pending && !give_up) return false;
    speech->present = found == MelTimeline::Lookup::Ready;
  }
  frame.work = speech;
  return true;
}

static bool needs_network(const HyperlipsFrame &frame) {
  const auto *speech = static_cast<const Speech *>(frame.work.get());
  return speech && speech->present;
}

static guint base_ready(GstHyperlipsFilter *filter, HyperlipsFrames frames, gboolean drain,
                        gboolean overdue) {
  auto *self = GST_HYPERLIPS_BASE(filter);
  auto *network_filter = GST_HYPERLIPS_NETWORK_FILTER(self);
  const std::size_t most =
      std::min<std::size_t>(frames.size(), gst_hyperlips_network_filter_batch(network_filter));
  std::size_t known = 0;
  while (known < most && find_speech(self, *frames[known], overdue && known == 0)) ++known;
  const bool complete = known == most && drain;
  return gst_hyperlips_network_filter_fill_batch(network_filter, frames.first(known),
                                                 complete || overdue, needs_network);
}

// ---------------------------------------------------------------------------------------------
// Generating

/// Fades between the generated and the original mouth where speech is silent.
static float next_opacity(GstHyperlipsBase *self, std::int64_t track, bool silent) {
  auto &last = self->priv->last[track];
  last.opacity = std::clamp(last.opacity + (silent ? -kFadeStep : kFadeStep), 0.0f, 1.0f);
  return last.opacity;
}

static void generate(GstHyperlipsBase *self, HyperlipsFrames frames, const Settings &settings) {
  auto &p = *self->priv;
  hyperlips::FrameView frame_shape;
  frame_shape.stored_width = p.stored_size.width;
  frame_shape.stored_height = p.stored_size.height;
  frame_shape.orientation = p.orientation;
  std::vector<HyperlipsFaceData *> faces;
  std::vector<float> mel, pictures;
  for (HyperlipsFrame *frame : frames) {
    const auto *speech = static_cast<const Speech *>(frame->work.get());
    if (frame->skip || !speech || !speech->present) continue;
    frame->buffer = gst_buffer_make_writable(frame->buffer);
    const bool silent =
        settings.silence == GST_HYPERLIPS_SILENCE_ORIGINAL && hyperlips::is_silent(speech->window);
    gpointer state = nullptr;
    while (auto *meta = gst_buffer_iterate_hyperlips_crop(frame->buffer, &state)) {
      HyperlipsFaceData &face = meta->data;
      face.opacity = settings.silence == GST_HYPERLIPS_SILENCE_ORIGINAL
                         ? next_opacity(self, face.face.track_id, silent)
                         : 1;
      if (face.opacity <= 0) continue;
      const cv::Mat reference =
          p.references.find(face.face, face.crop, DEFAULT_MIN_CONFIDENCE, frame_shape.size());
      mel.insert(mel.end(), speech->window.begin(), speech->window.end());
      pictures.resize(pictures.size() + hyperlips::kFaceTensor);
      hyperlips::base_input(face.crop, reference, std::span(pictures).last(hyperlips::kFaceTensor));
      faces.push_back(&face);
    }
  }
  if (faces.empty()) return;
  std::vector<float> output(faces.size() * kOutputFloats);
  const std::span<const float> inputs[] = {mel, pictures};
  gst_hyperlips_network_filter_run(GST_HYPERLIPS_NETWORK_FILTER(self), guint(faces.size()), inputs,
                                   output);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const auto tensor = std::span<const float>(output).subspan(i * kOutputFloats, kOutputFloats);
    faces[i]->generated = hyperlips::picture_from_tensor(tensor, kFaceSide);
    p.last[faces[i]->face.track_id].picture = faces[i]->generated;
  }
  while (p.last.size() > kTracks) p.last.erase(p.last.begin());
}

/// Shows the last mouth again on a frame without speech.
static void repeat_last(GstHyperlipsBase *self, HyperlipsFrame &frame) {
  auto &p = *self->priv;
  frame.buffer = gst_buffer_make_writable(frame.buffer);
  gpointer state = nullptr;
  while (auto *meta = gst_buffer_iterate_hyperlips_crop(frame.buffer, &state)) {
    const auto last = p.last.find(meta->data.face.track_id);
    if (last == p.last.end()) continue;
    meta->data.generated = last->second.picture;
    meta->data.opacity = last->second.opacity;
  }
}

static GstFlowReturn base_process(GstHyperlipsFilter *filter, HyperlipsFrames frames, guint count) {
  auto *self = GST_HYPERLIPS_BASE(filter);
  auto &p = *self->priv;
  const Settings settings = p.current();
  generate(self, frames.first(count), settings);
  guint untouched = 0, late = 0;
  for (HyperlipsFrame *frame : frames.first(count)) {
    if (frame->skip) ++late;
    if (!frame->skip && needs_network(*frame)) continue;
    ++untouched;
    gpointer state = nullptr;
    if (!frame->skip && settings.no_speech == GST_HYPERLIPS_POLICY_LAST &&
        gst_buffer_iterate_hyperlips_crop(frame->buffer, &state)) {
      repeat_last(self, *frame);
    }
  }
  gst_hyperlips_network_filter_count(GST_HYPERLIPS_NETWORK_FILTER(self), count, untouched, late);
  const gint64 done = frames[count - 1]->media_time();
  // During a seek the timeline may already hold the new position's speech.
  if (done >= 0 && !gst_hyperlips_filter_is_seeking(filter)) {
    FilterLock lock(filter);
    p.timeline.forget_before(done);
  }
  return GST_FLOW_OK;
}

// ---------------------------------------------------------------------------------------------
// GstHyperlipsFilter

static void base_reset(GstHyperlipsFilter *filter) {
  auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  p.references.reset();
  p.last.clear();
}

static gboolean base_set_info(GstHyperlipsFilter *filter, const GstVideoInfo *info) {
  auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  p.stored_size = cv::Size(GST_VIDEO_INFO_WIDTH(info), GST_VIDEO_INFO_HEIGHT(info));
  return TRUE;
}

static void base_set_orientation(GstHyperlipsFilter *filter, hyperlips::Orientation orientation) {
  GST_HYPERLIPS_BASE(filter)->priv->orientation = orientation;
}

/// What has been said belongs to the video that is over now.
static void base_ended(GstHyperlipsFilter *filter) {
  auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  FilterLock lock(filter);
  const bool finished = p.timeline.finished();
  p.timeline.clear();
  if (finished) p.timeline.finish();
}

/// The video waits for the end of its mel window, however late speech is.
static void base_input_latency(GstHyperlipsFilter *filter, gboolean *live, GstClockTime *min,
                               GstClockTime *) {
  auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  if (!gst_hyperlips_pad_has_source(p.melpad)) return;
  {
    FilterLock lock(filter);
    p.fed = true;
  }
  GstQuery *query = gst_query_new_latency();
  if (gst_pad_peer_query(p.melpad, query)) {
    gboolean mel_live;
    GstClockTime mel_min;
    gst_query_parse_latency(query, &mel_live, &mel_min, nullptr);
    *live = *live || mel_live;
    *min = std::max(*min, kLookahead + (mel_live ? mel_min : 0));
  }
  gst_query_unref(query);
}

/// Speech seeks before the video does, so that no frame of the new position meets old speech.
static void base_upstream_event(GstHyperlipsFilter *filter, GstEvent *event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_QOS) return;
  gst_pad_push_event(GST_HYPERLIPS_BASE(filter)->priv->melpad, gst_event_ref(event));
}

// ---------------------------------------------------------------------------------------------
// GObject, GstElement

static GstStateChangeReturn base_change_state(GstElement *element, GstStateChange transition) {
  auto &p = *GST_HYPERLIPS_BASE(element)->priv;
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    try {
      const std::string file = p.current().reference_image;
      p.references.use_picture(file.empty() ? cv::Mat() : hyperlips::load_reference(file));
    } catch (const std::exception &error) {
      gst_hyperlips_post_error(element, error);
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  return GST_ELEMENT_CLASS(gst_hyperlips_base_parent_class)->change_state(element, transition);
}

static void base_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) {
  auto &p = *GST_HYPERLIPS_BASE(object)->priv;
  std::lock_guard guard(p.lock);
  switch (id) {
    case PROP_REFERENCE_IMAGE: {
      const gchar *file = g_value_get_string(value);
      p.settings.reference_image = file ? file : "";
      break;
    }
    case PROP_SILENCE:
      p.settings.silence = GstHyperlipsSilence(g_value_get_enum(value));
      break;
    case PROP_NO_SPEECH_POLICY:
      p.settings.no_speech = GstHyperlipsPolicy(g_value_get_enum(value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void base_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
  const Settings settings = GST_HYPERLIPS_BASE(object)->priv->current();
  switch (id) {
    case PROP_REFERENCE_IMAGE:
      g_value_set_string(
          value, settings.reference_image.empty() ? nullptr : settings.reference_image.c_str());
      break;
    case PROP_SILENCE:
      g_value_set_enum(value, settings.silence);
      break;
    case PROP_NO_SPEECH_POLICY:
      g_value_set_enum(value, settings.no_speech);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void base_finalize(GObject *object) {
  delete GST_HYPERLIPS_BASE(object)->priv;
  G_OBJECT_CLASS(gst_hyperlips_base_parent_class)->finalize(object);
}

static void gst_hyperlips_base_class_init(GstHyperlipsBaseClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlipsbase_debug, "hyperlipsbase", 0, "HyperLips base network");
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = base_set_property;
  object_class->get_property = base_get_property;
  object_class->finalize = base_finalize;
  const auto before = GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  const auto playing =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  g_object_class_install_property(
      object_class, PROP_REFERENCE_IMAGE,
      g_param_spec_string("reference-image", "Reference Image",
                          "Picture file of the person that the network takes the looks from; by "
                          "default the first good view of each face",
                          nullptr, before));
  g_object_class_install_property(
      object_class, PROP_SILENCE,
      g_param_spec_enum("silence", "Silence", "What a silent stretch of speech shows",
                        GST_TYPE_HYPERLIPS_SILENCE, DEFAULT_SILENCE, playing));
  g_object_class_install_property(
      object_class, PROP_NO_SPEECH_POLICY,
      g_param_spec_enum("no-speech-policy", "No Speech Policy",
                        "What happens to a face before speech, after its end or in a gap",
                        GST_TYPE_HYPERLIPS_POLICY, DEFAULT_NO_SPEECH_POLICY, playing));

  auto *element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = base_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &mel_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "HyperLips base network", "Filter/Effect/Video",
      "Generates the face that says the speech on pad mel", "HyperLips for GStreamer");

  GST_HYPERLIPS_NETWORK_FILTER_CLASS(klass)->architecture = "HyperLipsBase";
  auto *filter_class = GST_HYPERLIPS_FILTER_CLASS(klass);
  filter_class->set_info = base_set_info;
  filter_class->ready = base_ready;
  filter_class->process = base_process;
  filter_class->reset = base_reset;
  filter_class->ended = base_ended;
  filter_class->set_orientation = base_set_orientation;
  filter_class->input_latency = base_input_latency;
  filter_class->upstream_event = base_upstream_event;
}

static void gst_hyperlips_base_init(GstHyperlipsBase *self) {
  self->priv = new BasePrivate();
  gst_segment_init(&self->priv->mel_segment, GST_FORMAT_UNDEFINED);
  self->priv->melpad = gst_pad_new_from_static_template(&mel_template, "mel");
  gst_pad_set_chain_function(self->priv->melpad, mel_chain);
  gst_pad_set_event_function(self->priv->melpad, mel_event);
  gst_pad_set_activatemode_function(self->priv->melpad, activate_mel);
  gst_element_add_pad(GST_ELEMENT(self), self->priv->melpad);
}
