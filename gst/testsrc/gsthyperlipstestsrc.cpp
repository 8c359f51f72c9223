// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlipstestsrc
 * @title: hyperlipstestsrc
 * @short_description: a synthetic talking head as test video and audio
 * @see_also: videotestsrc, audiotestsrc, hyperlips
 *
 * Generates video and speech of a synthetic person: videotestsrc and audiotestsrc for everything
 * that processes talking faces. The property seed selects the person and, without a text, what is
 * said. The same properties give the same bytes, also after a seek.
 *
 * With ground-truth set, each frame carries its ground truth: a #GstHyperlipsFaceMeta with box and
 * landmarks and a #GstHyperlipsSpeechMeta with phonemes, mouth pose and mouth mask. They do not
 * change what the hyperlips elements do.
 *
 * The element is a bin of a video source and an audio source that share a segment, a clock offset
 * and the end of the performance.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 hyperlipstestsrc name=s text="Hello" s.video ! videoconvert ! autovideosink s.audio ! audioconvert ! autoaudiosink
 * ]|
 *
 * Since: 0.1
 */

#include "gsthyperlipstestsrc.h"

#include <new>
#include <string>

#include "gst/lib/gsthyperlipserror.h"
#include "gsthyperlipstestsrcprivate.h"
#include "hyperlips/error.hpp"

GST_DEBUG_CATEGORY(hyperlipstestsrc_debug);
#define GST_CAT_DEFAULT hyperlipstestsrc_debug

G_DEFINE_TYPE_WITH_PRIVATE(GstHyperlipsTestSrc, gst_hyperlips_test_src, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE(hyperlipstestsrc, "hyperlipstestsrc", GST_RANK_NONE,
                            GST_TYPE_HYPERLIPS_TEST_SRC)

// ---------------------------------------------------------------------------------------------
// States

static void check(const TestSrcSettings &settings) {
  using hyperlips::Error;
  using hyperlips::ErrorKind;
  const auto &performance = settings.performance;
  if (!g_utf8_validate(performance.text.c_str(), -1, nullptr)) {
    throw Error(ErrorKind::Settings, "The property 'text' is not valid UTF-8.");
  }
  if (performance.speed >= 0 && performance.speed < 80) {
    throw Error(ErrorKind::Settings, "Invalid value " + std::to_string(performance.speed) +
                                         " of the property 'speed': expected 80 to 450 words per "
                                         "minute, or -1.");
  }
}

/// READY to PAUSED.
static void prepare(GstHyperlipsTestSrc *self) {
  auto &p = *self->priv;
  TestSrcSettings settings;
  {
    auto state = p.shared->lock();
    settings = state->settings;
    state->live = settings.live;
    state->playing = !settings.live;
    state->failed = false;
    state->clock_offset.reset();
    state->rate.reset();
    state->frames = state->skipped = 0;
    state->group_id = gst_util_group_id_next();
  }
  check(settings);
  // Each stream has a performance of its own, because their positions may be far apart.
  for (GstElement *stream : p.streams) {
    gst_hyperlips_test_base_src_prepare(GST_HYPERLIPS_TEST_BASE_SRC(stream), settings);
  }
  auto &video = gst_hyperlips_test_base_src_get(GST_HYPERLIPS_TEST_BASE_SRC(p.streams[0]));
  const auto duration = video.speaker->duration();
  p.shared->lock()->said = duration;
  gst_hyperlips_test_src_start_segment(self);
}

static void release(GstHyperlipsTestSrc *self) {
  auto &p = *self->priv;
  {
    auto state = p.shared->lock();
    state->streaming = false;
    state->rate.reset();
    state->said.reset();
  }
  for (GstElement *stream : p.streams) {
    gst_hyperlips_test_base_src_release(GST_HYPERLIPS_TEST_BASE_SRC(stream));
  }
}

static void set_playing(GstHyperlipsTestSrc *self, bool playing) {
  auto state = self->priv->shared->lock();
  if (!state->live) return;
  state->playing = playing;
  state.interrupt_all();
}

static GstStateChangeReturn gst_hyperlips_test_src_change_state(GstElement *element,
                                                                GstStateChange transition) {
  auto *self = GST_HYPERLIPS_TEST_SRC(element);
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
  const bool paused = transition == GST_STATE_CHANGE_READY_TO_PAUSED ||
                      transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED;
  return paused && result == GST_STATE_CHANGE_SUCCESS && self->priv->shared->lock()->live
             ? GST_STATE_CHANGE_NO_PREROLL
             : result;
}

// ---------------------------------------------------------------------------------------------
// Events and queries

/// Takes ownership of the event.
static gboolean gst_hyperlips_test_src_send_event(GstElement *element, GstEvent *event) {
  auto *self = GST_HYPERLIPS_TEST_SRC(element);
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEEK) {
    return gst_hyperlips_test_src_seek(self, nullptr, event);
  }
  if (GST_EVENT_IS_UPSTREAM(event) && !GST_EVENT_IS_DOWNSTREAM(event)) {
    return gst_pad_send_event(self->priv->pads[kVideoStream], event);
  }
  return GST_ELEMENT_CLASS(gst_hyperlips_test_src_parent_class)->send_event(element, event);
}

/// A bin would ask its sinks.
static gboolean gst_hyperlips_test_src_query(GstElement *element, GstQuery *query) {
  return gst_pad_query(GST_HYPERLIPS_TEST_SRC(element)->priv->pads[kVideoStream], query);
}

static gboolean pad_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEEK) return gst_pad_event_default(pad, parent, event);
  auto *self = GST_HYPERLIPS_TEST_SRC(parent);
  auto &p = *self->priv;
  const TestSrcIndex index = pad == p.pads[kVideoStream] ? kVideoStream : kAudioStream;
  return gst_hyperlips_test_src_seek(self, GST_HYPERLIPS_TEST_BASE_SRC(p.streams[index]), event);
}

// ---------------------------------------------------------------------------------------------

static void gst_hyperlips_test_src_finalize(GObject *object) {
  GST_HYPERLIPS_TEST_SRC(object)->priv->~GstHyperlipsTestSrcPrivate();
  G_OBJECT_CLASS(gst_hyperlips_test_src_parent_class)->finalize(object);
}

static void gst_hyperlips_test_src_class_init(GstHyperlipsTestSrcClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlipstestsrc_debug, "hyperlipstestsrc", 0, "HyperLips test source");
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->finalize = gst_hyperlips_test_src_finalize;
  gst_hyperlips_test_src_install_properties(object_class);

  auto *element_class = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element_class, &gst_hyperlips_test_src_video_template);
  gst_element_class_add_static_pad_template(element_class, &gst_hyperlips_test_src_audio_template);
  gst_element_class_set_static_metadata(
      element_class, "HyperLips test source", "Source/Audio/Video",
      "Generates video and speech of a synthetic person", "HyperLips for GStreamer");
  element_class->change_state = gst_hyperlips_test_src_change_state;
  element_class->send_event = gst_hyperlips_test_src_send_event;
  element_class->query = gst_hyperlips_test_src_query;
}

static void add_stream(GstHyperlipsTestSrc *self, TestSrcIndex index, GType type,
                       const char *pad_name, const char *name) {
  auto &p = *self->priv;
  p.streams[index] = GST_ELEMENT(g_object_new(type, "name", name, nullptr));
  gst_bin_add(GST_BIN(self), p.streams[index]);
  p.pads[index] = gst_ghost_pad_new_from_template(
      pad_name, GST_BASE_SRC_PAD(p.streams[index]),
      gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(self), pad_name));
  gst_pad_set_event_function(p.pads[index], pad_event);
  gst_element_add_pad(GST_ELEMENT(self), p.pads[index]);
  gst_hyperlips_test_base_src_connect(GST_HYPERLIPS_TEST_BASE_SRC(p.streams[index]),
                                      GST_ELEMENT(self), p.pads[index], p.shared, index);
}

static void gst_hyperlips_test_src_init(GstHyperlipsTestSrc *self) {
  self->priv = new (gst_hyperlips_test_src_get_instance_private(self)) GstHyperlipsTestSrcPrivate();
  add_stream(self, kVideoStream, gst_hyperlips_test_video_src_get_type(), "video", "videosrc");
  add_stream(self, kAudioStream, gst_hyperlips_test_audio_src_get_type(), "audio", "audiosrc");
}
