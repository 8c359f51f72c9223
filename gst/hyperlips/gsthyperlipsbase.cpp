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
 * leaves on time, with the last generated face.
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
#include <chrono>
#include <new>

#include "gst/lib/media/gst_ptr.hpp"
#include "gsthyperlipsbaseprivate.h"
#include "gsthyperlipscaps.h"
#include "gsthyperlipsutils.h"
#include "hyperlips/face/reference.hpp"

GST_DEBUG_CATEGORY(hyperlipsbase_debug);
#define GST_CAT_DEFAULT hyperlipsbase_debug

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
// Batches

static const HyperlipsBaseSpeech *speech_of(const HyperlipsFrame &frame) {
  if (frame.skip || frame.late) return nullptr;
  const auto *speech = static_cast<const HyperlipsBaseSpeech *>(frame.analysis.get());
  return speech && speech->present ? speech : nullptr;
}

static bool has_speech(const HyperlipsFrame &frame) { return speech_of(frame) != nullptr; }

static guint gst_hyperlips_base_ready(GstHyperlipsFilter *filter, HyperlipsFrames frames,
                                      gboolean drain, gboolean deadline_passed) {
  auto *self = GST_HYPERLIPS_BASE(filter);
  auto *network_filter = GST_HYPERLIPS_NETWORK_FILTER(self);
  const std::size_t most =
      std::min<std::size_t>(frames.size(), gst_hyperlips_network_filter_batch(network_filter));
  std::size_t known = 0;
  while (known < most &&
         gst_hyperlips_base_find_speech(self, *frames[known], deadline_passed && known == 0))
    ++known;
  gst_hyperlips_base_wait_for_speech(self, known == 0);
  // While speech waits for the video, one thread may read both, and no more frames come.
  const bool complete = known == most && (drain || self->priv->mel_waits);
  return gst_hyperlips_network_filter_fill_batch(network_filter, frames.first(known),
                                                 complete || deadline_passed, has_speech);
}

// ---------------------------------------------------------------------------------------------
// Faces

namespace {

using hyperlips::LastFaces;

/// A face of a frame.
struct Job {
  HyperlipsFaceData *face;
  bool speaks;                ///< gets a new picture
  LastFaces::Wanted instead;  ///< opacity of the last picture otherwise
};

}  // namespace

/// Duration of a frame in seconds of its speech.
static double speech_seconds(GstHyperlipsBase *self, const HyperlipsFrame &frame,
                             const hyperlips::MelTimes &times) {
  const GstClockTime duration = gst_hyperlips_filter_frame_duration(GST_HYPERLIPS_FILTER(self));
  const double shown = double(duration) / GST_SECOND / frame.rate;
  return shown * double(hyperlips::kMelColumnNs) / times.step;
}

static hyperlips::LastFaces::Wanted wanted_without_speech(const HyperlipsFrame &frame,
                                                          const HyperlipsBaseSettings &settings) {
  if (frame.late) return LastFaces::Wanted::Unchanged;
  return settings.no_speech == GST_HYPERLIPS_POLICY_LAST ? LastFaces::Wanted::Spoken
                                                         : LastFaces::Wanted::Hidden;
}

/// Adds the faces of a frame to the jobs, and those that speak to the tasks.
static void add_faces(GstHyperlipsBase *self, HyperlipsFrame &frame,
                      const HyperlipsBaseSettings &settings, std::vector<Job> &jobs,
                      std::vector<hyperlips::FaceTask> &tasks) {
  auto &p = *self->priv;
  gpointer state = nullptr;
  if (frame.skip || !gst_buffer_iterate_hyperlips_crop(frame.buffer, &state)) return;
  const HyperlipsBaseSpeech *speech = speech_of(frame);
  const bool silent =
      speech && settings.silence == GST_HYPERLIPS_SILENCE_ORIGINAL &&
      hyperlips::is_silent(speech->window, gst_hyperlips_base_speech_span(self).before);
  const auto instead = silent ? LastFaces::Wanted::Silent : wanted_without_speech(frame, settings);
  const hyperlips::DueTime due =
      gst_hyperlips_network_filter_due(GST_HYPERLIPS_NETWORK_FILTER(self));
  frame.buffer = gst_buffer_make_writable(frame.buffer);
  state = nullptr;
  while (auto *meta = gst_buffer_iterate_hyperlips_crop(frame.buffer, &state)) {
    HyperlipsFaceData &face = meta->data;
    // A face that is not to be seen, such as one with a hidden mouth, keeps its last picture, which
    // fades out.
    const bool speaks = speech && !silent && face.opacity > 0;
    jobs.push_back({&face, speaks, speech && !silent ? LastFaces::Wanted::Spoken : instead});
    if (speaks)
      tasks.push_back({face.face, face.crop, face.crop_box, p.frame_shape.size(), speech->window,
                       speech->times, hyperlips::seconds(frame.running_time),
                       speech_seconds(self, frame, speech->times), due});
  }
}

static std::vector<hyperlips::SpokenFace> speak(GstHyperlipsBase *self,
                                                std::span<const hyperlips::FaceTask> tasks) {
  if (tasks.empty()) return {};
  auto *network_filter = GST_HYPERLIPS_NETWORK_FILTER(self);
  const auto start = std::chrono::steady_clock::now();
  auto spoken =
      self->priv->talker->speak(tasks, int(gst_hyperlips_network_filter_batch(network_filter)));
  gst_hyperlips_network_filter_count_run(network_filter, guint(tasks.size()),
                                         std::chrono::steady_clock::now() - start);
  return spoken;
}

static GstFlowReturn gst_hyperlips_base_process(GstHyperlipsFilter *filter, HyperlipsFrames frames,
                                                guint count) {
  auto *self = GST_HYPERLIPS_BASE(filter);
  auto &p = *self->priv;
  const HyperlipsBaseSettings settings = p.current();
  std::vector<Job> jobs;
  std::vector<hyperlips::FaceTask> tasks;
  guint untouched = 0, late = 0;
  for (HyperlipsFrame *frame : frames.first(count)) {
    add_faces(self, *frame, settings, jobs, tasks);
    if (frame->late) ++late;
    if (!has_speech(*frame)) ++untouched;
  }
  auto spoken = speak(self, tasks);
  std::size_t next = 0;
  for (const Job &job : jobs) {
    if (!job.speaks) {
      p.last.repeat(*job.face, job.instead);
    } else if (auto &made = spoken[next++]; made.picture.empty()) {
      p.last.repeat(*job.face, LastFaces::Wanted::Silent);
    } else {
      p.last.set(*job.face, std::move(made));
    }
  }
  gst_hyperlips_network_filter_count(GST_HYPERLIPS_NETWORK_FILTER(self), count, untouched, late);
  gst_hyperlips_base_forget_speech(self, frames[count - 1]->running_time);
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
  if (id == PROP_REFERENCE_IMAGE &&
      !gst_hyperlips_network_filter_may_change(GST_HYPERLIPS_NETWORK_FILTER(object), spec)) {
    return;
  }
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
  const HyperlipsBaseSettings settings = GST_HYPERLIPS_BASE(object)->priv->current();
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
  gst_hyperlips_base_add_inputs(GST_HYPERLIPS_BASE(object), &mel_template);
}

static void gst_hyperlips_base_finalize(GObject *object) {
  GST_HYPERLIPS_BASE(object)->priv->~GstHyperlipsBasePrivate();
  G_OBJECT_CLASS(gst_hyperlips_base_parent_class)->finalize(object);
}

static void install_properties(GObjectClass *object_class) {
  const auto before_paused =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  const auto playing =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstHyperlipsBase:reference-image:
   *
   * Image file of the person, from which the network takes the appearance. By default the best
   * view of the first second of each face is used.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_REFERENCE_IMAGE,
      g_param_spec_string("reference-image", "Reference Image",
                          "Image file of the person, from which the network takes the appearance "
                          "(default: the best view of the first second of each face)",
                          nullptr, before_paused));
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
  gst_segment_init(&self->priv->video_segment, GST_FORMAT_UNDEFINED);
}
