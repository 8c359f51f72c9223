// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlipstestsrc
 * @title: hyperlipstestsrc
 * @short_description: a talking head that nobody owns, as test video and audio
 * @see_also: videotestsrc, audiotestsrc, hyperlips
 *
 * Draws and speaks a person who never lived: the counterpart of videotestsrc and audiotestsrc for
 * everything that deals with talking faces. The property seed decides who it is and, without a
 * text, what is said. The same properties give the same bytes, at any place that is seeked to.
 *
 * With ground-truth set, each frame carries what is true of it: a #GstHyperlipsFaceMeta with box
 * and landmarks and a #GstHyperlipsSpeechMeta with phonemes, mouth pose and mouth mask. They do not
 * change what the hyperlips elements do.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 hyperlipstestsrc name=s text="Hello" s.video ! videoconvert ! autovideosink s.audio ! audioconvert ! autoaudiosink
 * ]|
 *
 * Since: 0.1
 */

#include "gsthyperlipstestsrc.h"

#include <cmath>

#include "gst/lib/gsthyperlipserror.h"
#include "gsthyperlipstestsrcprivate.h"
#include "hyperlips/error.hpp"

GST_DEBUG_CATEGORY(hyperlipstestsrc_debug);
#define GST_CAT_DEFAULT hyperlipstestsrc_debug

#define DEFAULT_SAMPLES_PER_BUFFER 1024

enum {
  PROP_0,
  PROP_SEED,
  PROP_TEXT,
  PROP_LANGUAGE,
  PROP_VOICE,
  PROP_PITCH,
  PROP_SPEED,
  PROP_REPEAT,
  PROP_CAMERA_EFFECTS,
  PROP_THREADS,
  PROP_GROUND_TRUTH,
  PROP_NUM_BUFFERS,
  PROP_SAMPLES_PER_BUFFER,
  PROP_IS_LIVE,
  PROP_DO_TIMESTAMP,
  PROP_TIMESTAMP_OFFSET,
  PROP_STATS,
};

G_DEFINE_TYPE(GstHyperlipsTestSrc, gst_hyperlips_test_src, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(hyperlipstestsrc, "hyperlipstestsrc", GST_RANK_NONE,
                            GST_TYPE_HYPERLIPS_TEST_SRC)

// ---------------------------------------------------------------------------------------------
// What both pads share

std::optional<guint64> gst_hyperlips_test_src_last_frame(const TestSrcPrivate &p,
                                                         const TestSrcRate &rate, guint64 first,
                                                         guint64 before) {
  std::optional<guint64> last;
  if (p.said) {
    const auto said = GstClockTime(std::ceil(std::max(0.0, *p.said) * GST_SECOND));
    last = std::max<guint64>(1, rate.frame_from(said));
  }
  if (p.settings.num_buffers >= 0) {
    const auto wanted = guint64(p.settings.num_buffers);
    const guint64 counted = first + (wanted > before ? wanted - before : 0);
    last = std::min(last.value_or(counted), counted);
  }
  return last;
}

GstClockTime TestSrcPrivate::end_or_estimate() const {
  if (rate) return end;
  const auto last = gst_hyperlips_test_src_last_frame(*this, TestSrcRate(), 0, 0);
  return last ? TestSrcRate().time_of(*last) : GST_CLOCK_TIME_NONE;
}

TestSrcStream &gst_hyperlips_test_src_stream(GstPad *pad) {
  return *static_cast<TestSrcStream *>(gst_pad_get_element_private(pad));
}

// ---------------------------------------------------------------------------------------------
// States

static void check(const TestSrcSettings &settings) {
  using hyperlips::Error;
  using hyperlips::ErrorKind;
  const auto &performance = settings.performance;
  if (!g_utf8_validate(performance.text.c_str(), -1, nullptr)) {
    throw Error(ErrorKind::Settings, "The property text is not valid UTF-8.");
  }
  if (performance.speed >= 0 && performance.speed < 80) {
    throw Error(ErrorKind::Settings, "The property speed is " + std::to_string(performance.speed) +
                                         "; it takes 80 ... 450 words a minute, or -1.");
  }
}

/// READY to PAUSED.
static void prepare(GstHyperlipsTestSrc *self) {
  auto &p = *self->priv;
  TestSrcSettings settings;
  {
    std::lock_guard guard(p.lock);
    settings = p.settings;
    p.live = settings.live;
    p.playing = !settings.live;
    p.clock_offset.reset();
    p.rate.reset();
    p.frames = p.skipped = 0;
    p.group_id = gst_util_group_id_next();
  }
  check(settings);
  std::lock_guard place(p.place_lock);
  // A performance of its own for each, because they may be far apart.
  for (const auto &stream : p.streams) stream->prepare(settings);
  {
    const auto said = p.streams[0]->duration();
    std::lock_guard guard(p.lock);
    p.said = said;
  }
  gst_hyperlips_test_src_first_segment(self);
}

static void release(GstHyperlipsTestSrc *self) {
  auto &p = *self->priv;
  {
    std::lock_guard guard(p.lock);
    p.streaming = false;
    p.rate.reset();
    p.said.reset();
  }
  std::lock_guard place(p.place_lock);
  for (const auto &stream : p.streams) stream->release();
}

static void set_playing(GstHyperlipsTestSrc *self, bool playing) {
  auto &p = *self->priv;
  std::lock_guard guard(p.lock);
  if (!p.live) return;
  p.playing = playing;
  for (const auto &stream : p.streams) stream->wake();
}

static GstStateChangeReturn change_state(GstElement *element, GstStateChange transition) {
  auto *self = GST_HYPERLIPS_TEST_SRC(element);
  auto &p = *self->priv;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    try {
      prepare(self);
    } catch (const std::exception &error) {
      gst_hyperlips_post_error(element, error);
      release(self);
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) set_playing(self, true);
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) set_playing(self, false);
  const auto result =
      GST_ELEMENT_CLASS(gst_hyperlips_test_src_parent_class)->change_state(element, transition);
  const bool stopped =
      transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE);
  if (stopped) release(self);
  if (result == GST_STATE_CHANGE_SUCCESS && (transition == GST_STATE_CHANGE_READY_TO_PAUSED ||
                                             transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)) {
    std::lock_guard guard(p.lock);
    if (p.live) return GST_STATE_CHANGE_NO_PREROLL;
  }
  return result;
}

static gboolean activate_mode(GstPad *pad, GstObject *, GstPadMode mode, gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  gst_hyperlips_test_src_stream(pad).activate(active);
  return TRUE;
}

/// Takes the event over.
static gboolean send_event(GstElement *element, GstEvent *event) {
  auto *self = GST_HYPERLIPS_TEST_SRC(element);
  auto &p = *self->priv;
  gboolean taken = FALSE;
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEEK) {
    taken = gst_hyperlips_test_src_seek(self, nullptr, event);
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
    for (const auto &stream : p.streams) stream->force_eos(gst_event_get_seqnum(event));
    taken = TRUE;
  } else if (GST_EVENT_IS_UPSTREAM(event)) {
    return gst_pad_send_event(p.streams[0]->pad(), event);
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_TAG || GST_EVENT_TYPE(event) == GST_EVENT_TOC ||
             GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM) {
    for (const auto &stream : p.streams) stream->enqueue(gst_event_ref(event));
    taken = TRUE;
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM_OOB) {
    for (const auto &stream : p.streams) {
      taken |= gst_pad_push_event(stream->pad(), gst_event_ref(event));
    }
  }
  gst_event_unref(event);
  return taken;
}

// ---------------------------------------------------------------------------------------------
// Properties

static std::string text_of(const GValue *value) {
  const gchar *text = g_value_get_string(value);
  return text ? text : "";
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) {
  auto &p = *GST_HYPERLIPS_TEST_SRC(object)->priv;
  std::lock_guard guard(p.lock);
  TestSrcSettings &s = p.settings;
  switch (id) {
    case PROP_SEED:
      s.performance.seed = g_value_get_uint64(value);
      break;
    case PROP_TEXT:
      s.performance.text = text_of(value);
      break;
    case PROP_LANGUAGE:
      s.performance.language = text_of(value);
      break;
    case PROP_VOICE:
      s.performance.voice = text_of(value);
      break;
    case PROP_PITCH:
      s.performance.pitch = g_value_get_int(value);
      break;
    case PROP_SPEED:
      s.performance.speed = g_value_get_int(value);
      break;
    case PROP_REPEAT:
      s.repeat = g_value_get_boolean(value);
      break;
    case PROP_CAMERA_EFFECTS:
      s.camera_effects = g_value_get_boolean(value);
      break;
    case PROP_THREADS:
      s.threads = g_value_get_uint(value);
      break;
    case PROP_GROUND_TRUTH:
      s.ground_truth = g_value_get_boolean(value);
      break;
    case PROP_NUM_BUFFERS:
      s.num_buffers = g_value_get_int(value);
      break;
    case PROP_SAMPLES_PER_BUFFER:
      s.samples_per_buffer = g_value_get_uint(value);
      break;
    case PROP_IS_LIVE:
      s.live = g_value_get_boolean(value);
      break;
    case PROP_DO_TIMESTAMP:
      s.do_timestamp = g_value_get_boolean(value);
      break;
    case PROP_TIMESTAMP_OFFSET:
      s.timestamp_offset = GstClockTime(g_value_get_int64(value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
  auto &p = *GST_HYPERLIPS_TEST_SRC(object)->priv;
  std::lock_guard guard(p.lock);
  const TestSrcSettings &s = p.settings;
  switch (id) {
    case PROP_SEED:
      g_value_set_uint64(value, s.performance.seed);
      break;
    case PROP_TEXT:
      g_value_set_string(value, s.performance.text.c_str());
      break;
    case PROP_LANGUAGE:
      g_value_set_string(value, s.performance.language.c_str());
      break;
    case PROP_VOICE:
      g_value_set_string(value, s.performance.voice.c_str());
      break;
    case PROP_PITCH:
      g_value_set_int(value, s.performance.pitch);
      break;
    case PROP_SPEED:
      g_value_set_int(value, s.performance.speed);
      break;
    case PROP_REPEAT:
      g_value_set_boolean(value, s.repeat);
      break;
    case PROP_CAMERA_EFFECTS:
      g_value_set_boolean(value, s.camera_effects);
      break;
    case PROP_THREADS:
      g_value_set_uint(value, s.threads);
      break;
    case PROP_GROUND_TRUTH:
      g_value_set_boolean(value, s.ground_truth);
      break;
    case PROP_NUM_BUFFERS:
      g_value_set_int(value, s.num_buffers);
      break;
    case PROP_SAMPLES_PER_BUFFER:
      g_value_set_uint(value, s.samples_per_buffer);
      break;
    case PROP_IS_LIVE:
      g_value_set_boolean(value, s.live);
      break;
    case PROP_DO_TIMESTAMP:
      g_value_set_boolean(value, s.do_timestamp);
      break;
    case PROP_TIMESTAMP_OFFSET:
      g_value_set_int64(value, gint64(s.timestamp_offset));
      break;
    case PROP_STATS:
      g_value_take_boxed(
          value, gst_structure_new("hyperlips/stats", "frames", G_TYPE_UINT64, p.frames, "skipped",
                                   G_TYPE_UINT64, p.skipped, nullptr));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void install_properties(GObjectClass *klass) {
  const auto ready =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  const auto add = [&](guint id, GParamSpec *spec) {
    g_object_class_install_property(klass, id, spec);
  };
  add(PROP_SEED, g_param_spec_uint64("seed", "Seed",
                                     "Decides who speaks and everything that no other property "
                                     "decides",
                                     0, G_MAXUINT64, 0, ready));
  add(PROP_TEXT, g_param_spec_string("text", "Text",
                                     "What is said, in UTF-8, and then the stream ends. Empty: "
                                     "sentences made up by the seed, without end",
                                     "", ready));
  add(PROP_LANGUAGE, g_param_spec_string("language", "Language",
                                         "Language of espeak-ng, such as en, de or fr. Empty: by "
                                         "the seed, en where there is a text",
                                         "", ready));
  add(PROP_VOICE,
      g_param_spec_string("voice", "Voice",
                          "Variant of espeak-ng, such as m3 or f2. Empty: by the seed", "", ready));
  add(PROP_PITCH, g_param_spec_int("pitch", "Pitch", "Pitch of the voice (-1 = by the seed)", -1,
                                   99, -1, ready));
  add(PROP_SPEED,
      g_param_spec_int("speed", "Speed", "Words a minute, 80 ... 450 (-1 = by the seed)", -1, 450,
                       -1, ready));
  add(PROP_REPEAT, g_param_spec_boolean("repeat", "Repeat",
                                        "Say the text again and again, without end", FALSE, ready));
  add(PROP_CAMERA_EFFECTS,
      g_param_spec_boolean("camera-effects", "Camera Effects",
                           "Blur, noise and compression of a camera", TRUE, ready));
  add(PROP_THREADS, g_param_spec_uint("threads", "Threads",
                                      "Threads that draw a frame (0 = as many as there are cores)",
                                      0, 256, 0, ready));
  add(PROP_GROUND_TRUTH,
      g_param_spec_boolean("ground-truth", "Ground Truth",
                           "Attach true landmarks, phonemes, mouth pose and mouth mask to each "
                           "frame",
                           FALSE, ready));
  add(PROP_NUM_BUFFERS,
      g_param_spec_int("num-buffers", "Number of Buffers",
                       "Video frames after which both pads end, if the text does not end before "
                       "(-1 = no limit)",
                       -1, G_MAXINT, -1, ready));
  add(PROP_SAMPLES_PER_BUFFER,
      g_param_spec_uint("samplesperbuffer", "Samples per Buffer", "Samples of sound in each buffer",
                        1, 1 << 20, DEFAULT_SAMPLES_PER_BUFFER, ready));
  add(PROP_IS_LIVE,
      g_param_spec_boolean("is-live", "Is Live", "Keep to the pipeline's clock as a camera does",
                           FALSE, ready));
  add(PROP_DO_TIMESTAMP,
      g_param_spec_boolean("do-timestamp", "Do Timestamp",
                           "Let timestamps begin at the running time of the start, as they always "
                           "do when live",
                           FALSE, ready));
  add(PROP_TIMESTAMP_OFFSET,
      g_param_spec_int64("timestamp-offset", "Timestamp Offset",
                         "Nanoseconds to add to all timestamps", 0, G_MAXINT64 / 2, 0, ready));
  add(PROP_STATS,
      g_param_spec_boxed(
          "stats", "Stats", "Frames since the start, and those that a live source left out",
          GST_TYPE_STRUCTURE, GParamFlags(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
}

// ---------------------------------------------------------------------------------------------

static void finalize(GObject *object) {
  delete GST_HYPERLIPS_TEST_SRC(object)->priv;
  G_OBJECT_CLASS(gst_hyperlips_test_src_parent_class)->finalize(object);
}

static void gst_hyperlips_test_src_class_init(GstHyperlipsTestSrcClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlipstestsrc_debug, "hyperlipstestsrc", 0, "HyperLips test source");
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties(object_class);

  auto *element_class = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element_class, &gst_hyperlips_test_src_video_template);
  gst_element_class_add_static_pad_template(element_class, &gst_hyperlips_test_src_audio_template);
  gst_element_class_set_static_metadata(
      element_class, "HyperLips test source", "Source/Audio/Video",
      "Draws and speaks a person who never lived", "HyperLips for GStreamer");
  element_class->change_state = change_state;
  element_class->send_event = send_event;
}

static GstPad *add_pad(GstHyperlipsTestSrc *self, GstStaticPadTemplate *pad_template) {
  GstPad *pad = gst_pad_new_from_static_template(pad_template, pad_template->name_template);
  gst_pad_set_activatemode_function(pad, activate_mode);
  gst_pad_set_event_function(pad, gst_hyperlips_test_src_event);
  gst_pad_set_query_function(pad, gst_hyperlips_test_src_query);
  return pad;
}

static void gst_hyperlips_test_src_init(GstHyperlipsTestSrc *self) {
  self->priv = new TestSrcPrivate();
  auto &p = *self->priv;
  gst_segment_init(&p.segment, GST_FORMAT_TIME);
  GstPad *video = add_pad(self, &gst_hyperlips_test_src_video_template);
  GstPad *audio = add_pad(self, &gst_hyperlips_test_src_audio_template);
  p.streams = {gst_hyperlips_test_src_video(self, video),
               gst_hyperlips_test_src_audio(self, audio)};
  for (const auto &stream : p.streams) {
    gst_pad_set_element_private(stream->pad(), stream.get());
    gst_element_add_pad(GST_ELEMENT(self), stream->pad());
  }
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
}
