// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlipsbase
 * @title: hyperlipsbase
 * @short_description: generates lip-synced faces from face crops and speech
 * @see_also: hyperlipsmel, hyperlipsfacecrop, hyperlipshr
 *
 * Matches video from hyperlipsfacecrop and speech from hyperlipsmel by running time and draws a
 * new lower face for each face, with the model that #GstHyperlipsNetworkFilter:model names: the
 * network HyperLipsBase, or a bank of the person's own mouths (made by `hyperlips-train enrol`).
 * The new face is added to the frame's #GstHyperlipsFaceMeta; pixels are not modified. Frames
 * without a face or without speech pass unmodified.
 *
 * The mel window of the frame at running time t starts at column floor(80 t), and for a bank
 * 100 ms before it. In live pipelines the element adds the rest of the window to the latency of the
 * speech: 187.5 ms for a network, 375 ms for a bank. A frame whose speech has not arrived by then
 * passes unmodified and on time.
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
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <new>

#include "gst/lib/gsthyperlipserror.h"
#include "gsthyperlipscaps.h"
#include "gsthyperlipsenums.h"
#include "gsthyperlipsutils.h"
#include "lastfaces.hpp"
#include "hyperlips/face/reference.hpp"
#include "hyperlips/talk/talker.hpp"

GST_DEBUG_CATEGORY_STATIC(hyperlipsbase_debug);
#define GST_CAT_DEFAULT hyperlipsbase_debug

#define DEFAULT_SILENCE GST_HYPERLIPS_SILENCE_MODEL
#define DEFAULT_NO_SPEECH_POLICY GST_HYPERLIPS_POLICY_PASSTHROUGH

namespace {

using hyperlips::MelSpan;
using hyperlips::MelTimeline;

/// Maximum time by which queued speech is ahead of the queued video, and maximum duration of queued
/// speech before any video has arrived. A second of speech takes 26 kB.
constexpr gint64 kMaxMelAhead = 10 * GST_SECOND;
constexpr gint64 kMaxMelWithoutVideo = 300 * GST_SECOND;

/// HyperlipsFrame::analysis of a frame: its speech.
struct Speech {
  bool present = false;
  std::vector<float> window;
  std::int64_t start = 0;  ///< time of the first column of the window
};

struct Settings {
  std::string reference_image;
  GstHyperlipsSilence silence = DEFAULT_SILENCE;
  GstHyperlipsPolicy no_speech = DEFAULT_NO_SPEECH_POLICY;
};

}  // namespace

struct GstHyperlipsBasePrivate {
  GstPad *melpad = nullptr;

  std::mutex lock;
  Settings settings;
  std::atomic<int> live_after = hyperlips::kMelWindow;  ///< columns of live speech after a frame

  // Protected by the filter's lock.
  MelTimeline timeline;
  bool mel_flushing = false;
  bool has_speech_source = false;  ///< pad mel is linked to a source

  // Accessed by the streaming thread of the mel pad.
  GstSegment mel_segment;

  // Accessed by the streaming task, and by state changes while that is stopped.
  std::unique_ptr<hyperlips::Talker> talker;
  hyperlips::LastFaces last;
  hyperlips::FrameView frame_shape;  ///< size and orientation only

  Settings current() {
    std::lock_guard guard(lock);
    return settings;
  }
};

struct _GstHyperlipsBase {
  GstHyperlipsNetworkFilter parent;
  GstHyperlipsBasePrivate *priv;
};

enum { PROP_0, PROP_REFERENCE_IMAGE, PROP_SILENCE, PROP_NO_SPEECH_POLICY };

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY)"));
static GstStaticPadTemplate mel_template = GST_STATIC_PAD_TEMPLATE(
    "mel", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_MEL_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY)"));

G_DEFINE_TYPE_WITH_PRIVATE(GstHyperlipsBase, gst_hyperlips_base, GST_TYPE_HYPERLIPS_NETWORK_FILTER)
GST_ELEMENT_REGISTER_DEFINE(hyperlipsbase, "hyperlipsbase", GST_RANK_NONE, GST_TYPE_HYPERLIPS_BASE)

// ---------------------------------------------------------------------------------------------
// Mel pad

/// With the filter's lock: whether the queued speech is too far ahead of the video.
static bool mel_queue_is_full(GstHyperlipsBase *self) {
  auto *filter = GST_HYPERLIPS_FILTER(self);
  auto &p = *self->priv;
  const gint64 newest = gst_hyperlips_filter_newest(filter);
  const gint64 end = p.timeline.end();
  if (newest >= 0) return end > newest + kMaxMelAhead;
  return p.timeline.start() >= 0 && end > p.timeline.start() + kMaxMelWithoutVideo;
}

static GstFlowReturn queue_mel(GstHyperlipsBase *self, gint64 time,
                               std::span<const hyperlips::MelColumn> columns) {
  auto *filter = GST_HYPERLIPS_FILTER(self);
  auto &p = *self->priv;
  HyperlipsFilterLock lock(filter);
  p.has_speech_source = true;
  // The limit also applies while the video is flushed, or stopped before the speech is.
  while (!p.mel_flushing && !gst_hyperlips_filter_is_over(filter) && mel_queue_is_full(self))
    gst_hyperlips_filter_wait(filter);
  if (p.mel_flushing) return GST_FLOW_FLUSHING;
  // If no frame is left to lip-sync, the speech is dropped but not refused: upstream may also play
  // it to the end.
  if (gst_hyperlips_filter_is_over(filter)) return GST_FLOW_OK;
  p.timeline.append(time, columns);
  gst_hyperlips_filter_wake(filter);
  return GST_FLOW_OK;
}

static GstFlowReturn gst_hyperlips_base_mel_chain(GstPad *pad, GstObject *parent,
                                                  GstBuffer *buffer) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  GstMapInfo map;
  const gint64 time = HyperlipsFrame::media_time(self->priv->mel_segment, GST_BUFFER_PTS(buffer));
  GstFlowReturn flow = GST_FLOW_OK;
  if (time < 0) {
    GST_WARNING_OBJECT(pad, "dropping mel buffer without timestamp: %" GST_PTR_FORMAT, buffer);
  } else if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR(self, RESOURCE, READ, ("Cannot map a buffer on pad mel."), (nullptr));
    flow = GST_FLOW_ERROR;
  } else {
    try {
      flow = queue_mel(self, time,
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

static gboolean gst_hyperlips_base_mel_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  auto *filter = GST_HYPERLIPS_FILTER(parent);
  auto &p = *self->priv;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START: {
      HyperlipsFilterLock lock(filter);
      p.mel_flushing = true;
      gst_hyperlips_filter_wake(filter);
      break;
    }
    case GST_EVENT_FLUSH_STOP: {
      HyperlipsFilterLock lock(filter);
      p.mel_flushing = false;
      p.timeline.clear();
      gst_segment_init(&p.mel_segment, GST_FORMAT_UNDEFINED);
      gst_hyperlips_filter_wake(filter);
      break;
    }
    case GST_EVENT_STREAM_START: {
      HyperlipsFilterLock lock(filter);
      p.has_speech_source = true;
      p.timeline.resume();
      break;
    }
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event, &p.mel_segment);
      break;
    case GST_EVENT_GAP: {
      GstClockTime start, duration;
      gst_event_parse_gap(event, &start, &duration);
      const gint64 time = HyperlipsFrame::media_time(p.mel_segment, start);
      if (time >= 0) {
        HyperlipsFilterLock lock(filter);
        p.timeline.gap_until(time + (GST_CLOCK_TIME_IS_VALID(duration) ? gint64(duration) : 0));
        gst_hyperlips_filter_wake(filter);
      }
      break;
    }
    case GST_EVENT_EOS: {
      HyperlipsFilterLock lock(filter);
      p.timeline.finish();
      gst_hyperlips_filter_wake(filter);
      break;
    }
    case GST_EVENT_CAPS:
      return gst_pad_event_default(pad, parent, event);
    default:
      break;
  }
  // Only events of the video pad are forwarded.
  gst_event_unref(event);
  return TRUE;
}

static gboolean gst_hyperlips_base_mel_activate_mode(GstPad *, GstObject *parent, GstPadMode mode,
                                                     gboolean active) {
  auto *self = GST_HYPERLIPS_BASE(parent);
  auto *filter = GST_HYPERLIPS_FILTER(parent);
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  HyperlipsFilterLock lock(filter);
  self->priv->mel_flushing = !active;
  self->priv->has_speech_source = false;
  self->priv->timeline.clear();
  // While deactivating, the pad's thread may still use it.
  if (active) gst_segment_init(&self->priv->mel_segment, GST_FORMAT_UNDEFINED);
  gst_hyperlips_filter_wake(filter);
  return TRUE;
}

// ---------------------------------------------------------------------------------------------
// Waiting for speech

static MelSpan speech_span(GstHyperlipsBase *self) {
  return self->priv->talker->speech(gst_hyperlips_filter_is_live(GST_HYPERLIPS_FILTER(self)));
}

/// With the filter's lock: looks up the frame's speech. False if it may still arrive, unless
/// `deadline_passed`.
static bool find_speech(GstHyperlipsBase *self, HyperlipsFrame &frame, bool deadline_passed) {
  auto &p = *self->priv;
  if (frame.analysis || frame.skip || frame.late) return true;
  auto speech = std::make_shared<Speech>();
  gpointer state = nullptr;
  if (gst_buffer_iterate_hyperlips_crop(frame.buffer, &state) && p.has_speech_source &&
      gst_pad_is_linked(p.melpad)) {
    const MelSpan span = speech_span(self);
    speech->window.resize(span.values());
    const auto found = p.timeline.find(frame.media_time(), span, speech->window, &speech->start);
    if (found == MelTimeline::Lookup::Pending && !deadline_passed) return false;
    speech->present = found == MelTimeline::Lookup::Ready;
  }
  frame.analysis = speech;
  return true;
}

static bool needs_network(const HyperlipsFrame &frame) {
  const auto *speech = static_cast<const Speech *>(frame.analysis.get());
  return speech && speech->present;
}

static guint gst_hyperlips_base_ready(GstHyperlipsFilter *filter, HyperlipsFrames frames,
                                      gboolean drain, gboolean deadline_passed) {
  auto *self = GST_HYPERLIPS_BASE(filter);
  auto *network_filter = GST_HYPERLIPS_NETWORK_FILTER(self);
  const std::size_t most =
      std::min<std::size_t>(frames.size(), gst_hyperlips_network_filter_batch(network_filter));
  std::size_t known = 0;
  while (known < most && find_speech(self, *frames[known], deadline_passed && known == 0)) ++known;
  const bool complete = known == most && drain;
  return gst_hyperlips_network_filter_fill_batch(network_filter, frames.first(known),
                                                 complete || deadline_passed, needs_network);
}

// ---------------------------------------------------------------------------------------------
// Generating

/// Duration of a frame in seconds.
static double frame_seconds(GstHyperlipsBase *self) {
  const GstClockTime duration = gst_hyperlips_filter_frame_duration(GST_HYPERLIPS_FILTER(self));
  return GST_CLOCK_TIME_IS_VALID(duration) && duration > 0 ? double(duration) / GST_SECOND : 0.04;
}

static void generate(GstHyperlipsBase *self, HyperlipsFrames frames, const Settings &settings) {
  auto &p = *self->priv;
  const cv::Size frame_size = p.frame_shape.size();
  const double seconds = frame_seconds(self);
  std::vector<HyperlipsFaceData *> faces;
  std::vector<hyperlips::FaceTask> tasks;
  for (HyperlipsFrame *frame : frames) {
    const auto *speech = static_cast<const Speech *>(frame->analysis.get());
    if (frame->skip || frame->late || !speech || !speech->present) continue;
    frame->buffer = gst_buffer_make_writable(frame->buffer);
    const bool silent = settings.silence == GST_HYPERLIPS_SILENCE_ORIGINAL &&
                        hyperlips::is_silent(speech->window, speech_span(self).before);
    gpointer state = nullptr;
    while (auto *meta = gst_buffer_iterate_hyperlips_crop(frame->buffer, &state)) {
      HyperlipsFaceData &face = meta->data;
      face.opacity = settings.silence == GST_HYPERLIPS_SILENCE_ORIGINAL
                         ? p.last.next_opacity(face.face.track_id, silent)
                         : 1;
      if (face.opacity <= 0) continue;
      faces.push_back(&face);
      tasks.push_back({face.face, face.crop, face.crop_box, frame_size, speech->window,
                       speech->start, seconds});
    }
  }
  if (faces.empty()) return;
  auto *network_filter = GST_HYPERLIPS_NETWORK_FILTER(self);
  const auto start = std::chrono::steady_clock::now();
  auto spoken = p.talker->speak(tasks, int(gst_hyperlips_network_filter_batch(network_filter)));
  gst_hyperlips_network_filter_count_run(network_filter, guint(faces.size()),
                                         std::chrono::steady_clock::now() - start);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    faces[i]->opacity *= spoken[i].opacity;
    p.last.set(*faces[i], std::move(spoken[i]));
  }
}

/// Uses the last generated face for a frame without speech.
static void repeat_last(GstHyperlipsBase *self, HyperlipsFrame &frame) {
  auto &p = *self->priv;
  frame.buffer = gst_buffer_make_writable(frame.buffer);
  gpointer state = nullptr;
  while (auto *meta = gst_buffer_iterate_hyperlips_crop(frame.buffer, &state))
    p.last.repeat(meta->data);
}

static GstFlowReturn gst_hyperlips_base_process(GstHyperlipsFilter *filter, HyperlipsFrames frames,
                                                guint count) {
  auto *self = GST_HYPERLIPS_BASE(filter);
  auto &p = *self->priv;
  const Settings settings = p.current();
  generate(self, frames.first(count), settings);
  guint untouched = 0, late = 0;
  for (HyperlipsFrame *frame : frames.first(count)) {
    if (frame->late) ++late;
    const bool passes = frame->skip || frame->late;
    if (!passes && needs_network(*frame)) continue;
    ++untouched;
    gpointer state = nullptr;
    if (!passes && settings.no_speech == GST_HYPERLIPS_POLICY_LAST &&
        gst_buffer_iterate_hyperlips_crop(frame->buffer, &state)) {
      repeat_last(self, *frame);
    }
  }
  gst_hyperlips_network_filter_count(GST_HYPERLIPS_NETWORK_FILTER(self), count, untouched, late);
  const gint64 done = frames[count - 1]->media_time();
  // During a seek the timeline may already contain speech of the new position.
  if (done >= 0 && !gst_hyperlips_filter_is_seeking(filter)) {
    HyperlipsFilterLock lock(filter);
    p.timeline.forget_before(done, speech_span(self));
  }
  return GST_FLOW_OK;
}

// ---------------------------------------------------------------------------------------------
// GstHyperlipsFilter

static void gst_hyperlips_base_reset(GstHyperlipsFilter *filter) {
  auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  if (p.talker) p.talker->reset();
  p.last.clear();
}

static gboolean gst_hyperlips_base_set_info(GstHyperlipsFilter *filter, const GstVideoInfo *info) {
  auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  p.frame_shape = hyperlips::shape_of(*info, p.frame_shape.orientation);
  return TRUE;
}

static void gst_hyperlips_base_set_orientation(GstHyperlipsFilter *filter,
                                               hyperlips::Orientation orientation) {
  GST_HYPERLIPS_BASE(filter)->priv->frame_shape.orientation = orientation;
}

/// Drops the speech of the video that has ended.
static void gst_hyperlips_base_on_eos(GstHyperlipsFilter *filter) {
  auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  HyperlipsFilterLock lock(filter);
  const bool finished = p.timeline.finished();
  p.timeline.clear();
  if (finished) p.timeline.finish();
}

/// Delays the video until the speech of a frame's whole mel window has arrived.
static void gst_hyperlips_base_input_latency(GstHyperlipsFilter *filter, gboolean *live,
                                             GstClockTime *min, GstClockTime *) {
  auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  if (!gst_hyperlips_pad_has_source(p.melpad)) return;
  {
    HyperlipsFilterLock lock(filter);
    p.has_speech_source = true;
  }
  GstQuery *query = gst_query_new_latency();
  if (gst_pad_peer_query(p.melpad, query)) {
    gboolean mel_live;
    GstClockTime mel_min;
    gst_query_parse_latency(query, &mel_live, &mel_min, nullptr);
    *live = *live || mel_live;
    // The look-ahead of the first column itself is part of hyperlipsmel's latency.
    const GstClockTime ahead = GstClockTime(p.live_after - 1) * GST_SECOND / hyperlips::kMelRate;
    *min = std::max(*min, ahead + (mel_live ? mel_min : 0));
  }
  gst_query_unref(query);
}

/// Forwards events to the speech before the video, so that after a seek no frame of the new
/// position is matched with speech of the old one.
static void gst_hyperlips_base_upstream_event(GstHyperlipsFilter *filter, GstEvent *event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_QOS) return;
  gst_pad_push_event(GST_HYPERLIPS_BASE(filter)->priv->melpad, gst_event_ref(event));
}

// ---------------------------------------------------------------------------------------------
// GObject, GstElement

static hyperlips::NetworkInfo gst_hyperlips_base_open(GstHyperlipsNetworkFilter *filter,
                                                      const hyperlips::NetworkOptions &options) {
  auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  p.talker = hyperlips::open_talker({options, p.current().reference_image});
  p.live_after = p.talker->speech(true).after;
  return p.talker->info();
}

static void gst_hyperlips_base_warm_up(GstHyperlipsNetworkFilter *filter, int batch) {
  GST_HYPERLIPS_BASE(filter)->priv->talker->warm_up(batch);
}

/// Tells hyperlipsfacecrop which crops are wanted.
static gboolean gst_hyperlips_base_allocation(GstHyperlipsFilter *filter, GstQuery *query) {
  const auto &p = *GST_HYPERLIPS_BASE(filter)->priv;
  if (!p.talker) return FALSE;
  gst_hyperlips_query_add_crop(query, p.talker->framing());
  return TRUE;
}

static void gst_hyperlips_base_close(GstHyperlipsNetworkFilter *filter) {
  GST_HYPERLIPS_BASE(filter)->priv->talker.reset();
}

static void gst_hyperlips_base_set_property(GObject *object, guint id, const GValue *value,
                                            GParamSpec *spec) {
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

static void gst_hyperlips_base_get_property(GObject *object, guint id, GValue *value,
                                            GParamSpec *spec) {
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

/// Adds the mel pad after the video pads, which the base class adds when it is constructed.
static void gst_hyperlips_base_constructed(GObject *object) {
  G_OBJECT_CLASS(gst_hyperlips_base_parent_class)->constructed(object);
  auto &p = *GST_HYPERLIPS_BASE(object)->priv;
  p.melpad = gst_pad_new_from_static_template(&mel_template, "mel");
  gst_pad_set_chain_function(p.melpad, gst_hyperlips_base_mel_chain);
  gst_pad_set_event_function(p.melpad, gst_hyperlips_base_mel_event);
  gst_pad_set_activatemode_function(p.melpad, gst_hyperlips_base_mel_activate_mode);
  gst_element_add_pad(GST_ELEMENT(object), p.melpad);
}

static void gst_hyperlips_base_finalize(GObject *object) {
  GST_HYPERLIPS_BASE(object)->priv->~GstHyperlipsBasePrivate();
  G_OBJECT_CLASS(gst_hyperlips_base_parent_class)->finalize(object);
}

static void install_properties(GObjectClass *object_class) {
  const auto before_ready = GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  const auto playing =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstHyperlipsBase:reference-image:
   *
   * Image file of the person, from which the network takes the appearance. By default the first
   * good view of each face in the video is used.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_REFERENCE_IMAGE,
      g_param_spec_string("reference-image", "Reference Image",
                          "Image file of the person, from which the network takes the appearance "
                          "(default: the first good view of each face)",
                          nullptr, before_ready));
  /**
   * GstHyperlipsBase:silence:
   *
   * What to show while the speech is silent.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_SILENCE,
      g_param_spec_enum("silence", "Silence", "What to show while the speech is silent",
                        GST_TYPE_HYPERLIPS_SILENCE, DEFAULT_SILENCE, playing));
  /**
   * GstHyperlipsBase:no-speech-policy:
   *
   * What to do with a frame before the speech starts, after it ends, or in a gap.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_NO_SPEECH_POLICY,
      g_param_spec_enum("no-speech-policy", "No Speech Policy",
                        "What to do with a frame before the speech starts, after it ends, or in "
                        "a gap",
                        GST_TYPE_HYPERLIPS_POLICY, DEFAULT_NO_SPEECH_POLICY, playing));
}

static void gst_hyperlips_base_class_init(GstHyperlipsBaseClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlipsbase_debug, "hyperlipsbase", 0, "HyperLips base network");
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_hyperlips_base_set_property;
  object_class->get_property = gst_hyperlips_base_get_property;
  object_class->finalize = gst_hyperlips_base_finalize;
  object_class->constructed = gst_hyperlips_base_constructed;
  install_properties(object_class);

  auto *element_class = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &mel_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "HyperLips base network", "Filter/Effect/Video",
      "Generates lip-synced faces from face crops and speech", "HyperLips for GStreamer");

  auto *network_class = GST_HYPERLIPS_NETWORK_FILTER_CLASS(klass);
  network_class->architecture = "HyperLipsBase";
  network_class->open = gst_hyperlips_base_open;
  network_class->warm_up = gst_hyperlips_base_warm_up;
  network_class->close = gst_hyperlips_base_close;
  auto *filter_class = GST_HYPERLIPS_FILTER_CLASS(klass);
  filter_class->set_info = gst_hyperlips_base_set_info;
  filter_class->ready = gst_hyperlips_base_ready;
  filter_class->process = gst_hyperlips_base_process;
  filter_class->reset = gst_hyperlips_base_reset;
  filter_class->allocation = gst_hyperlips_base_allocation;
  filter_class->on_eos = gst_hyperlips_base_on_eos;
  filter_class->set_orientation = gst_hyperlips_base_set_orientation;
  filter_class->input_latency = gst_hyperlips_base_input_latency;
  filter_class->upstream_event = gst_hyperlips_base_upstream_event;
}

static void gst_hyperlips_base_init(GstHyperlipsBase *self) {
  self->priv = new (gst_hyperlips_base_get_instance_private(self)) GstHyperlipsBasePrivate;
  gst_segment_init(&self->priv->mel_segment, GST_FORMAT_UNDEFINED);
}
