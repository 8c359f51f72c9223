// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsaudioqueue.h"

#include <algorithm>

/// More than look-ahead and batches delay the video, even at low frame rates.
static constexpr GstClockTime kMostTime = 30 * GST_SECOND;
/// Of a buffer without a duration, so that such buffers fill the queue too.
static constexpr GstClockTime kUnknownDuration = 10 * GST_MSECOND;

struct _GstHyperlipsAudioQueue {
  GstHyperlipsFilter parent;
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("audio/x-raw"));
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("audio/x-raw"));

G_DEFINE_FINAL_TYPE(GstHyperlipsAudioQueue, gst_hyperlips_audio_queue, GST_TYPE_HYPERLIPS_FILTER)

static guint gst_hyperlips_audio_queue_ready(GstHyperlipsFilter *, HyperlipsFrames buffers,
                                             gboolean, gboolean) {
  return guint(buffers.size());
}

static GstFlowReturn gst_hyperlips_audio_queue_process(GstHyperlipsFilter *, HyperlipsFrames,
                                                       guint) {
  return GST_FLOW_OK;
}

static guint gst_hyperlips_audio_queue_capacity(GstHyperlipsFilter *) { return 1; }

static gboolean gst_hyperlips_audio_queue_is_full(GstHyperlipsFilter *,
                                                  const std::deque<HyperlipsItem> &items) {
  GstClockTime held = 0;
  for (const HyperlipsItem &item : items) {
    if (!item.is_frame()) continue;
    const GstClockTime duration = GST_BUFFER_DURATION(item.frame.buffer);
    held += GST_CLOCK_TIME_IS_VALID(duration) ? std::min(duration, kMostTime) : kUnknownDuration;
  }
  return held >= kMostTime;
}

static void gst_hyperlips_audio_queue_input_latency(GstHyperlipsFilter *, gboolean *,
                                                    GstClockTime *, GstClockTime *max) {
  if (GST_CLOCK_TIME_IS_VALID(*max)) *max += kMostTime;
}

static void gst_hyperlips_audio_queue_class_init(GstHyperlipsAudioQueueClass *klass) {
  auto *filter_class = GST_HYPERLIPS_FILTER_CLASS(klass);
  filter_class->ready = gst_hyperlips_audio_queue_ready;
  filter_class->process = gst_hyperlips_audio_queue_process;
  filter_class->capacity = gst_hyperlips_audio_queue_capacity;
  filter_class->is_full = gst_hyperlips_audio_queue_is_full;
  filter_class->input_latency = gst_hyperlips_audio_queue_input_latency;

  auto *element_class = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "HyperLips audio queue", "Generic",
                                        "Holds audio while the video is delayed",
                                        "HyperLips for GStreamer");
}

static void gst_hyperlips_audio_queue_init(GstHyperlipsAudioQueue *self) {
  // Nothing here takes time that skipping a buffer would save.
  g_object_set(self, "qos", FALSE, nullptr);
}
