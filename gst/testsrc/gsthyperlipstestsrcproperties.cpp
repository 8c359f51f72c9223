// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string>

#include "gsthyperlipstestsrcprivate.h"

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

static constexpr auto kReady =
    GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);

static std::string text_of(const GValue *value) {
  const gchar *text = g_value_get_string(value);
  return text ? text : "";
}

static void gst_hyperlips_test_src_set_property(GObject *object, guint id, const GValue *value,
                                                GParamSpec *spec) {
  auto state = GST_HYPERLIPS_TEST_SRC(object)->priv->shared->lock();
  TestSrcSettings &s = state->settings;
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

static GstStructure *stats(const TestSrcState &state) {
  return gst_structure_new("hyperlips/stats", "frames", G_TYPE_UINT64, state.frames, "skipped",
                           G_TYPE_UINT64, state.skipped, nullptr);
}

static void gst_hyperlips_test_src_get_property(GObject *object, guint id, GValue *value,
                                                GParamSpec *spec) {
  auto state = GST_HYPERLIPS_TEST_SRC(object)->priv->shared->lock();
  const TestSrcSettings &s = state->settings;
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
      g_value_take_boxed(value, stats(*state));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void install_speech_properties(GObjectClass *klass) {
  /**
   * GstHyperlipsTestSrc:seed:
   *
   * Selects the person and everything that no other property sets. The same properties give the
   * same video and audio, byte by byte.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_SEED,
      g_param_spec_uint64("seed", "Seed",
                          "Selects the person and everything that no other property sets", 0,
                          G_MAXUINT64, 0, kReady));

  /**
   * GstHyperlipsTestSrc:text:
   *
   * The text to speak, in UTF-8. Both pads end when it is spoken and the mouth is at rest, see
   * #GstHyperlipsTestSrc:repeat. An empty text stands for sentences that the seed selects, without
   * end.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_TEXT,
      g_param_spec_string("text", "Text",
                          "Text to speak, in UTF-8, after which the stream ends. Empty: sentences "
                          "selected by the seed, without end",
                          "", kReady));

  /**
   * GstHyperlipsTestSrc:language:
   *
   * The language of the speech, by its name in espeak-ng. Empty: selected by the seed, or `en` if
   * #GstHyperlipsTestSrc:text is set.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_LANGUAGE,
      g_param_spec_string("language", "Language",
                          "Language of espeak-ng, for example en, de or fr. Empty: selected by the "
                          "seed, or en with a text",
                          "", kReady));

  /**
   * GstHyperlipsTestSrc:voice:
   *
   * The voice variant of espeak-ng. Empty: selected by the seed.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_VOICE,
      g_param_spec_string(
          "voice", "Voice",
          "Voice variant of espeak-ng, for example m3 or f2. Empty: selected by the seed", "",
          kReady));

  /**
   * GstHyperlipsTestSrc:pitch:
   *
   * The pitch of the voice, 0 to 99, or -1: selected by the seed.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_PITCH,
      g_param_spec_int("pitch", "Pitch", "Pitch of the voice (-1 = selected by the seed)", -1, 99,
                       -1, kReady));

  /**
   * GstHyperlipsTestSrc:speed:
   *
   * The speed of the speech in words per minute, 80 to 450, or -1: selected by the seed. Other
   * values are an error on the way to PAUSED.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_SPEED,
      g_param_spec_int("speed", "Speed", "Words per minute, 80 to 450 (-1 = selected by the seed)",
                       -1, 450, -1, kReady));

  /**
   * GstHyperlipsTestSrc:repeat:
   *
   * Repeats the text without end. A repetition begins at the next multiple of 40 ms.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_REPEAT,
      g_param_spec_boolean("repeat", "Repeat", "Repeat the text without end", FALSE, kReady));
}

static void install_video_properties(GObjectClass *klass) {
  /**
   * GstHyperlipsTestSrc:camera-effects:
   *
   * Simulates the blur, noise and compression of a camera.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_CAMERA_EFFECTS,
      g_param_spec_boolean("camera-effects", "Camera Effects",
                           "Simulate blur, noise and compression of a camera", TRUE, kReady));

  /**
   * GstHyperlipsTestSrc:threads:
   *
   * The number of threads that draw a frame, or 0: the number of processor cores. It does not
   * change the picture.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_THREADS,
      g_param_spec_uint("threads", "Threads",
                        "Number of threads that draw a frame (0 = number of processor cores)", 0,
                        256, 0, kReady));

  /**
   * GstHyperlipsTestSrc:ground-truth:
   *
   * Attaches a #GstHyperlipsFaceMeta and a #GstHyperlipsSpeechMeta with the ground truth to each
   * frame.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_GROUND_TRUTH,
      g_param_spec_boolean(
          "ground-truth", "Ground Truth",
          "Attach true landmarks, phonemes, mouth pose and mouth mask to each frame", FALSE,
          kReady));

  /**
   * GstHyperlipsTestSrc:num-buffers:
   *
   * The number of video frames after which both pads end, unless the text ends earlier, or -1:
   * unlimited. The audio ends with the last frame; if the video pad is not linked, a frame lasts
   * 1/30 s.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_NUM_BUFFERS,
      g_param_spec_int("num-buffers", "Number of Buffers",
                       "Number of video frames after which both pads end, unless the text ends "
                       "earlier (-1 = unlimited)",
                       -1, G_MAXINT, -1, kReady));
}

static void install_time_properties(GObjectClass *klass) {
  /**
   * GstHyperlipsTestSrc:samplesperbuffer:
   *
   * The number of samples in each audio buffer.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_SAMPLES_PER_BUFFER,
      g_param_spec_uint("samplesperbuffer", "Samples per Buffer",
                        "Number of samples in each audio buffer", 1, 1 << 20,
                        TestSrcSettings().samples_per_buffer, kReady));

  /**
   * GstHyperlipsTestSrc:is-live:
   *
   * Produces buffers by the clock of the pipeline, like a camera and a microphone. Frames that
   * cannot be drawn in time are skipped; audio is not.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_IS_LIVE,
      g_param_spec_boolean("is-live", "Is Live", "Act as a live source, like a camera", FALSE,
                           kReady));

  /**
   * GstHyperlipsTestSrc:do-timestamp:
   *
   * Lets timestamps begin at the running time of the first buffer, as they always do with
   * #GstHyperlipsTestSrc:is-live.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_DO_TIMESTAMP,
      g_param_spec_boolean(
          "do-timestamp", "Do Timestamp",
          "Let timestamps begin at the current running time, as a live source always does", FALSE,
          kReady));

  /**
   * GstHyperlipsTestSrc:timestamp-offset:
   *
   * An offset in nanoseconds that is added to all timestamps.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_TIMESTAMP_OFFSET,
      g_param_spec_int64("timestamp-offset", "Timestamp Offset",
                         "Offset added to all timestamps, in nanoseconds", 0, G_MAXINT64 / 2, 0,
                         kReady));

  /**
   * GstHyperlipsTestSrc:stats:
   *
   * A structure `hyperlips/stats` with the number of `frames` since the start and of the frames
   * that a live source `skipped`, both of type guint64.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      klass, PROP_STATS,
      g_param_spec_boxed(
          "stats", "Statistics",
          "Number of frames since the start, and of frames that a live source skipped",
          GST_TYPE_STRUCTURE, GParamFlags(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
}

void gst_hyperlips_test_src_install_properties(GObjectClass *klass) {
  klass->set_property = gst_hyperlips_test_src_set_property;
  klass->get_property = gst_hyperlips_test_src_get_property;
  install_speech_properties(klass);
  install_video_properties(klass);
  install_time_properties(klass);
}
