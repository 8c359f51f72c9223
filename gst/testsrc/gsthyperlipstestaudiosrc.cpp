// SPDX-License-Identifier: LGPL-2.1-or-later
// The audio stream of hyperlipstestsrc.
#include <gst/audio/audio.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <new>
#include <span>
#include <vector>

#include "gsthyperlipstestbasesrc.h"

using hyperlips::BufferPtr;

#define AUDIO_FIELDS \
  "format = (string) { " GST_AUDIO_NE(S16) ", " GST_AUDIO_NE(F32) " }, rate = (int) [ 8000, " \
  "192000 ], layout = (string) interleaved, channels = (int) "

GstStaticPadTemplate gst_hyperlips_test_src_audio_template = GST_STATIC_PAD_TEMPLATE(
    "audio", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, " AUDIO_FIELDS "1; audio/x-raw, " AUDIO_FIELDS
                    "2, channel-mask = (bitmask) 0x3"));

static constexpr gint kDefaultRate = 48000;

/// Of the streaming thread.
struct GstHyperlipsTestAudioSrcPrivate {
  GstAudioInfo info;
  std::vector<float> mono;
  GstClockTime time = 0;
  gint64 next = 0;  ///< first sample of the next buffer; in reverse, the one after its last

  GstHyperlipsTestAudioSrcPrivate() { gst_audio_info_init(&info); }
  int rate() const { return GST_AUDIO_INFO_RATE(&info); }
  /// The time at which a sample begins.
  GstClockTime time_of(gint64 sample) const {
    return gst_util_uint64_scale(guint64(sample), GST_SECOND, guint64(rate()));
  }
  /// The first sample that begins at `from` or later.
  gint64 sample_from(GstClockTime from) const {
    return gint64(gst_util_uint64_scale_ceil(from, guint64(rate()), GST_SECOND));
  }
};

struct GstHyperlipsTestAudioSrc {
  GstHyperlipsTestBaseSrc parent;
  GstHyperlipsTestAudioSrcPrivate *priv;
};

struct GstHyperlipsTestAudioSrcClass {
  GstHyperlipsTestBaseSrcClass parent_class;
};

G_DEFINE_TYPE_WITH_PRIVATE(GstHyperlipsTestAudioSrc, gst_hyperlips_test_audio_src,
                           GST_TYPE_HYPERLIPS_TEST_BASE_SRC)

static GstHyperlipsTestAudioSrcPrivate &get(gpointer self) {
  return *static_cast<GstHyperlipsTestAudioSrc *>(self)->priv;
}

// ---------------------------------------------------------------------------------------------
// Start, stop and negotiation

static void gst_hyperlips_test_audio_src_reset(GstHyperlipsTestBaseSrc *src) { get(src) = {}; }

static GstClockTime gst_hyperlips_test_audio_src_buffer_duration(const TestSrcState &state,
                                                                 GstCaps *caps) {
  gint rate = kDefaultRate;
  if (caps) gst_structure_get_int(gst_caps_get_structure(caps, 0), "rate", &rate);
  return gst_util_uint64_scale_ceil(state.settings.samples_per_buffer, GST_SECOND, guint64(rate));
}

static gboolean gst_hyperlips_test_audio_src_convert(GstCaps *caps, GstFormat from, gint64 value,
                                                     GstFormat to, gint64 *result) {
  GstAudioInfo info;
  return gst_audio_info_from_caps(&info, caps) &&
         gst_audio_info_convert(&info, from, value, to, result);
}

static GstCaps *gst_hyperlips_test_audio_src_fixate(GstBaseSrc *, GstCaps *caps) {
  caps = gst_caps_make_writable(gst_caps_truncate(caps));
  gst_structure_fixate_field_nearest_int(gst_caps_get_structure(caps, 0), "rate", kDefaultRate);
  return gst_caps_fixate(caps);
}

static void gst_hyperlips_test_audio_src_seek(GstHyperlipsTestBaseSrc *src, GstClockTime time) {
  auto &p = get(src);
  p.time = time;
  if (p.rate() > 0) p.next = p.sample_from(time);
}

static gboolean gst_hyperlips_test_audio_src_set_format(GstHyperlipsTestBaseSrc *src,
                                                        GstCaps *caps) {
  auto &p = get(src);
  const int old_rate = p.rate();
  if (!gst_audio_info_from_caps(&p.info, caps)) return FALSE;
  gst_hyperlips_test_audio_src_seek(src, p.time);
  if (gst_hyperlips_test_base_src_get(src).settings.live && p.rate() != old_rate) {
    gst_element_post_message(GST_ELEMENT(src), gst_message_new_latency(GST_OBJECT(src)));
  }
  return TRUE;
}

/// No pool: the last buffer is shorter than the others.
static gboolean gst_hyperlips_test_audio_src_decide_allocation(GstBaseSrc *, GstQuery *query) {
  while (gst_query_get_n_allocation_pools(query) > 0) {
    gst_query_remove_nth_allocation_pool(query, 0);
  }
  return TRUE;
}

// ---------------------------------------------------------------------------------------------
// Samples

static void write_samples(GstHyperlipsTestBaseSrc *src, gint64 first, std::span<guint8> bytes) {
  auto &p = get(src);
  const auto channels = std::size_t(GST_AUDIO_INFO_CHANNELS(&p.info));
  p.mono.resize(bytes.size() / std::size_t(GST_AUDIO_INFO_BPF(&p.info)));
  gst_hyperlips_test_base_src_get(src).speaker->sound(first, p.rate(), p.mono);
  if (GST_AUDIO_INFO_FORMAT(&p.info) == GST_AUDIO_FORMAT_S16) {
    auto *out = reinterpret_cast<gint16 *>(bytes.data());
    for (float sample : p.mono) {
      const auto value = gint16(std::lrint(std::clamp(sample, -1.0f, 1.0f) * 32767));
      out = std::fill_n(out, channels, value);
    }
  } else {
    auto *out = reinterpret_cast<float *>(bytes.data());
    for (float sample : p.mono) out = std::fill_n(out, channels, sample);
  }
}

static BufferPtr allocate(GstHyperlipsTestBaseSrc *src, gint64 samples) {
  GstAllocator *allocator;
  GstAllocationParams params;
  gst_base_src_get_allocator(GST_BASE_SRC(src), &allocator, &params);
  BufferPtr buffer(gst_buffer_new_allocate(
      allocator, gsize(samples) * gsize(GST_AUDIO_INFO_BPF(&get(src).info)), &params));
  gst_clear_object(&allocator);
  if (!buffer) throw std::bad_alloc();
  return buffer;
}

static void fill(GstHyperlipsTestBaseSrc *src, gint64 first, GstBuffer *buffer) {
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_WRITE)) throw std::bad_alloc();
  const std::unique_ptr<GstMapInfo, std::function<void(GstMapInfo *)>> mapped(
      &map, [buffer](GstMapInfo *info) { gst_buffer_unmap(buffer, info); });
  write_samples(src, first, {map.data, map.size});
}

static GstFlowReturn gst_hyperlips_test_audio_src_make(GstHyperlipsTestBaseSrc *src,
                                                       GstBuffer **out) {
  auto &p = get(src);
  auto &base = gst_hyperlips_test_base_src_get(src);
  GstClockTime end;
  GstFlowReturn flow = base.await_video(&end);
  if (flow != GST_FLOW_OK) return flow;
  const GstClockTime stop = base.last_time(end);
  const gint64 count = base.settings.samples_per_buffer;
  const gint64 last = GST_CLOCK_TIME_IS_VALID(stop) ? p.sample_from(stop) : G_MAXINT64;
  gint64 first = p.next, after = std::min(p.next + count, last);
  if (base.backwards()) {
    after = std::min(p.next, last);
    first = std::max(after - count, p.sample_from(base.first_time()));
  }
  if (first >= after) return GST_FLOW_EOS;
  flow = base.await_start(p.time_of(first));
  // Like a microphone: a buffer is pushed when it is complete.
  if (flow == GST_FLOW_OK && base.settings.live) {
    flow = base.wait_until(base.running_time(p.time_of(after)));
  }
  if (flow != GST_FLOW_OK) return flow;

  BufferPtr buffer = allocate(src, after - first);
  fill(src, first, buffer.get());
  GST_BUFFER_OFFSET(buffer.get()) = guint64(first);
  GST_BUFFER_OFFSET_END(buffer.get()) = guint64(after);
  base.finish_buffer(buffer.get(), p.time_of(first), p.time_of(after));
  p.next = base.backwards() ? first : after;
  p.time = p.time_of(p.next);
  *out = buffer.release();
  return GST_FLOW_OK;
}

// ---------------------------------------------------------------------------------------------

static void gst_hyperlips_test_audio_src_finalize(GObject *object) {
  get(object).~GstHyperlipsTestAudioSrcPrivate();
  G_OBJECT_CLASS(gst_hyperlips_test_audio_src_parent_class)->finalize(object);
}

static void gst_hyperlips_test_audio_src_class_init(GstHyperlipsTestAudioSrcClass *klass) {
  G_OBJECT_CLASS(klass)->finalize = gst_hyperlips_test_audio_src_finalize;
  gst_hyperlips_test_base_src_class_add_template(GST_ELEMENT_CLASS(klass),
                                                 &gst_hyperlips_test_src_audio_template);
  auto *base_src_class = GST_BASE_SRC_CLASS(klass);
  base_src_class->fixate = gst_hyperlips_test_audio_src_fixate;
  base_src_class->decide_allocation = gst_hyperlips_test_audio_src_decide_allocation;
  auto *test_class = GST_HYPERLIPS_TEST_BASE_SRC_CLASS(klass);
  test_class->reset = gst_hyperlips_test_audio_src_reset;
  test_class->set_format = gst_hyperlips_test_audio_src_set_format;
  test_class->seek = gst_hyperlips_test_audio_src_seek;
  test_class->make = gst_hyperlips_test_audio_src_make;
  test_class->buffer_duration = gst_hyperlips_test_audio_src_buffer_duration;
  test_class->convert = gst_hyperlips_test_audio_src_convert;
}

static void gst_hyperlips_test_audio_src_init(GstHyperlipsTestAudioSrc *self) {
  self->priv = new (gst_hyperlips_test_audio_src_get_instance_private(self))
      GstHyperlipsTestAudioSrcPrivate();
}
