// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/audio/audio.h>

#include <algorithm>
#include <cmath>
#include <new>

#include "gsthyperlipstestsrcprivate.h"

#define GST_CAT_DEFAULT hyperlipstestsrc_debug

#define AUDIO_FIELDS \
  "format = (string) { " GST_AUDIO_NE(S16) ", " GST_AUDIO_NE(F32) " }, rate = (int) [ 8000, " \
  "192000 ], layout = (string) interleaved, channels = (int) "

GstStaticPadTemplate gst_hyperlips_test_src_audio_template = GST_STATIC_PAD_TEMPLATE(
    "audio", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, " AUDIO_FIELDS "1; audio/x-raw, " AUDIO_FIELDS
                    "2, channel-mask = (bitmask) 0x3"));

namespace {

constexpr gint kRate = 48000;

class AudioStream final : public TestSrcStream {
 public:
  using TestSrcStream::TestSrcStream;
  ~AudioStream() override { AudioStream::release(); }

  void prepare(const TestSrcSettings &settings) override;
  void release() override;
  GstClockTime buffer_duration() override;
  bool convert(GstFormat from, gint64 value, GstFormat to, gint64 *result) override;

 protected:
  GstCaps *fixate(GstCaps *caps) override;
  bool set_caps(GstCaps *caps) override;
  bool decide_allocation(GstQuery *query, GstCaps *caps) override;
  void seek(GstClockTime place) override;
  GstFlowReturn create(GstBuffer **buffer) override;

 private:
  void write(gint64 first, std::span<guint8> bytes);

  int rate() const { return GST_AUDIO_INFO_RATE(&info_); }
  /// Of the beginning of a sample.
  GstClockTime time_of(gint64 sample) const {
    return gst_util_uint64_scale(guint64(sample), GST_SECOND, guint64(rate()));
  }
  /// The first sample that begins at `time` or later.
  gint64 sample_from(GstClockTime time) const {
    return gint64(gst_util_uint64_scale_ceil(time, guint64(rate()), GST_SECOND));
  }

  GstAudioInfo info_;  ///< written under the element's lock
  GstAllocator *allocator_ = nullptr;
  GstAllocationParams params_;
  std::vector<float> mono_;
  GstClockTime place_ = 0;
  gint64 next_ = 0;  ///< first sample of the next buffer; played backwards, the one after its last
};

// ---------------------------------------------------------------------------------------------
// Start, stop and negotiation

void AudioStream::prepare(const TestSrcSettings &settings) {
  TestSrcStream::prepare(settings);
  gst_audio_info_init(&info_);
  gst_allocation_params_init(&params_);
}

void AudioStream::release() {
  gst_clear_object(&allocator_);
  mono_ = {};
  TestSrcStream::release();
}

GstClockTime AudioStream::buffer_duration() {
  std::lock_guard guard(element_private().lock);
  const int rate = GST_AUDIO_INFO_IS_VALID(&info_) ? GST_AUDIO_INFO_RATE(&info_) : kRate;
  return gst_util_uint64_scale_ceil(element_private().settings.samples_per_buffer, GST_SECOND,
                                    guint64(rate));
}

bool AudioStream::convert(GstFormat from, gint64 value, GstFormat to, gint64 *result) {
  std::lock_guard guard(element_private().lock);
  return GST_AUDIO_INFO_IS_VALID(&info_) && gst_audio_info_convert(&info_, from, value, to, result);
}

GstCaps *AudioStream::fixate(GstCaps *caps) {
  caps = gst_caps_make_writable(caps);
  gst_structure_fixate_field_nearest_int(gst_caps_get_structure(caps, 0), "rate", kRate);
  return gst_caps_fixate(caps);
}

bool AudioStream::set_caps(GstCaps *caps) {
  GstAudioInfo info;
  if (!gst_audio_info_from_caps(&info, caps)) return false;
  const bool latency_changed = settings().live && rate() != GST_AUDIO_INFO_RATE(&info);
  {
    std::lock_guard guard(element_private().lock);
    info_ = info;
  }
  seek(place_);
  if (latency_changed) {
    gst_element_post_message(GST_ELEMENT(element()),
                             gst_message_new_latency(GST_OBJECT(element())));
  }
  return true;
}

bool AudioStream::decide_allocation(GstQuery *query, GstCaps *) {
  gst_clear_object(&allocator_);
  gst_allocation_params_init(&params_);
  if (gst_query_get_n_allocation_params(query) > 0) {
    gst_query_parse_nth_allocation_param(query, 0, &allocator_, &params_);
  }
  return true;
}

// ---------------------------------------------------------------------------------------------
// Sound

void AudioStream::seek(GstClockTime place) {
  place_ = place;
  if (rate() > 0) next_ = sample_from(place);
}

void AudioStream::write(gint64 first, std::span<guint8> bytes) {
  const auto channels = std::size_t(GST_AUDIO_INFO_CHANNELS(&info_));
  const std::size_t count = bytes.size() / std::size_t(GST_AUDIO_INFO_BPF(&info_));
  mono_.resize(count);
  speaker().sound(first, rate(), mono_);
  if (GST_AUDIO_INFO_FORMAT(&info_) == GST_AUDIO_FORMAT_S16) {
    auto *out = reinterpret_cast<gint16 *>(bytes.data());
    for (float sample : mono_) {
      const auto value = gint16(std::lrint(std::clamp(sample, -1.0f, 1.0f) * 32767));
      out = std::fill_n(out, channels, value);
    }
  } else {
    auto *out = reinterpret_cast<float *>(bytes.data());
    for (float sample : mono_) out = std::fill_n(out, channels, sample);
  }
}

GstFlowReturn AudioStream::create(GstBuffer **out) {
  GstClockTime end;
  GstFlowReturn flow = await_video(&end);
  if (flow != GST_FLOW_OK) return flow;
  const GstClockTime stop = last_place(end);
  const gint64 block = settings().samples_per_buffer;
  const gint64 last = GST_CLOCK_TIME_IS_VALID(stop) ? sample_from(stop) : G_MAXINT64;
  gint64 first = next_, after;
  if (backwards()) {
    after = std::min(next_, last);
    first = std::max(after - block, sample_from(first_place()));
  } else {
    after = std::min(next_ + block, last);
  }
  if (first >= after) return kEnd;
  flow = await_start(time_of(first));
  // As a microphone gives its sound: when it is complete.
  if (flow == GST_FLOW_OK && settings().live) flow = wait_until(running_time(time_of(after)));
  if (flow != GST_FLOW_OK) return flow;

  GstBuffer *buffer = gst_buffer_new_allocate(
      allocator_, gsize(after - first) * gsize(GST_AUDIO_INFO_BPF(&info_)), &params_);
  if (!buffer) throw std::bad_alloc();
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_WRITE)) {
    gst_buffer_unref(buffer);
    throw std::bad_alloc();
  }
  try {
    write(first, {map.data, map.size});
  } catch (...) {
    gst_buffer_unmap(buffer, &map);
    gst_buffer_unref(buffer);
    throw;
  }
  gst_buffer_unmap(buffer, &map);
  stamp(buffer, time_of(first), time_of(after));
  GST_BUFFER_OFFSET(buffer) = guint64(first);
  GST_BUFFER_OFFSET_END(buffer) = guint64(after);
  next_ = backwards() ? first : after;
  place_ = time_of(next_);
  *out = buffer;
  return GST_FLOW_OK;
}

}  // namespace

std::unique_ptr<TestSrcStream> gst_hyperlips_test_src_audio(GstHyperlipsTestSrc *self,
                                                            GstPad *pad) {
  return std::make_unique<AudioStream>(self, pad);
}
