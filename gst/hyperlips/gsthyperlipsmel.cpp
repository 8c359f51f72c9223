// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-hyperlipsmel
 * @title: hyperlipsmel
 * @short_description: computes the mel spectrogram of speech
 * @see_also: hyperlipsbase
 *
 * Converts raw audio of any format, rate, layout and number of channels to the mel spectrogram that
 * hyperlipsbase takes: one column of 80 floats per 12.5 ms, lowest band first, in the range -4 to
 * 4, as computed by the published HyperLips. The PTS of a buffer is the center of its first column.
 * Column n of a speech segment is centered at the segment's first timestamp + n * 12.5 ms, and the
 * buffer offset is the number of the first column.
 *
 * A new speech segment, marked with the DISCONT flag, starts if a timestamp deviates by more than
 * 40 ms, by more than 6.25 ms for one second, or by more than 6.25 ms in a buffer with the DISCONT
 * flag. GAP events longer than 40 ms also end a segment and are forwarded; shorter ones count as
 * silence. In reverse playback GAP events are sent instead of columns.
 *
 * The latency is 25 ms (half the analysis window) plus, at rates other than 16 kHz, half the length
 * of the resampling filter: 4 ms at 44.1 and 48 kHz.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 hyperlipstestsrc name=s num-buffers=200 s.audio ! hyperlipsmel ! filesink location=mel.f32
 * ]|
 *
 * Since: 0.1
 */

#include "gsthyperlipsmel.h"

#include <gst/audio/audio.h>

#include <atomic>
#include <new>
#include <vector>

#include "gst/lib/gsthyperlipserror.h"
#include "gsthyperlipscaps.h"
#include "gsthyperlipsspeechresampler.h"
#include "hyperlips/audio/mel.hpp"

GST_DEBUG_CATEGORY_STATIC(hyperlipsmel_debug);
#define GST_CAT_DEFAULT hyperlipsmel_debug

namespace {

using hyperlips::MelColumn;

constexpr GstClockTime kColumn = GST_SECOND / hyperlips::kMelRate;
constexpr GstClockTime kHalfWindow =
    GST_SECOND * hyperlips::kMelFft / 2 / hyperlips::kMelSampleRate;

/// Tolerance of GStreamer's audio base classes: the jitter of sources that timestamp on arrival.
constexpr GstClockTimeDiff kJump = 40 * GST_MSECOND;
/// A smaller deviation that lasts for kDriftWait is drift; more than half a column would shift the
/// lips.
constexpr GstClockTimeDiff kDrift = kColumn / 2;
constexpr GstClockTimeDiff kDriftWait = GST_SECOND;

/// Whether both segments map a timestamp to the same running time.
bool same_mapping(const GstSegment &a, const GstSegment &b) {
  return a.format == b.format && a.rate == b.rate && a.applied_rate == b.applied_rate &&
         a.base == b.base && a.offset == b.offset && a.start == b.start && a.time == b.time;
}

}  // namespace

/// Accessed by the streaming thread, and by state changes while that is stopped. Queries read
/// `latency`.
struct GstHyperlipsMelPrivate {
  GstSegment segment;
  GstAudioInfo info;
  SpeechResampler resampler;
  hyperlips::MelStream mel;
  std::vector<float> samples;
  std::vector<MelColumn> columns;
  std::atomic<GstClockTime> latency{kHalfWindow};

  // The current speech segment.
  bool open = false;
  GstClockTime start = 0;   // PTS of column 0
  guint64 pushed = 0;       // columns
  GstClockTime anchor = 0;  // PTS from which `frames` are counted
  guint64 frames = 0;
  GstClockTime drifting_since = GST_CLOCK_TIME_NONE;
  bool drifts_late = false;
  GstClockTime filled_gap = 0;  // silence inserted since the last buffer

  GstHyperlipsMelPrivate() { reset(); }

  void reset() {
    gst_segment_init(&segment, GST_FORMAT_UNDEFINED);
    gst_audio_info_init(&info);
    resampler = {};
    mel.reset();
    samples.clear();
    columns.clear();
    latency = kHalfWindow;
    open = false;
  }

  bool configured() const { return GST_AUDIO_INFO_IS_VALID(&info); }

  GstClockTime expected() const {
    return anchor + gst_util_uint64_scale_round(frames, GST_SECOND, GST_AUDIO_INFO_RATE(&info));
  }

  void begin(GstClockTime time) {
    open = true;
    start = anchor = time;
    pushed = frames = 0;
    drifting_since = GST_CLOCK_TIME_NONE;
    filled_gap = 0;
  }

  /// Whether a buffer at `time` starts a new speech segment. `flagged`: it has the DISCONT flag, so
  /// a deviation is not jitter. Parsers and sources also set the flag where nothing is missing.
  bool is_discontinuity(GstClockTime time, bool flagged) {
    const GstClockTimeDiff late = GST_CLOCK_DIFF(expected(), time);
    if (ABS(late) > (flagged ? kDrift : kJump)) {
      return true;
    }
    if (ABS(late) <= kDrift) {
      drifting_since = GST_CLOCK_TIME_NONE;
    } else if (!GST_CLOCK_TIME_IS_VALID(drifting_since) || drifts_late != (late > 0)) {
      drifting_since = expected();
      drifts_late = late > 0;
    }
    return GST_CLOCK_TIME_IS_VALID(drifting_since) &&
           GST_CLOCK_DIFF(drifting_since, expected()) >= kDriftWait;
  }
};

struct _GstHyperlipsMel {
  GstElement parent;
  GstPad *sinkpad;
  GstPad *srcpad;
  GstHyperlipsMelPrivate *priv;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) " GST_AUDIO_FORMATS_ALL
                    ", rate = (int) [ 1, 768000 ], channels = (int) [ 1, max ], "
                    "layout = (string) { interleaved, non-interleaved }"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_HYPERLIPS_MEL_CAPS));

G_DEFINE_TYPE_WITH_PRIVATE(GstHyperlipsMel, gst_hyperlips_mel, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(hyperlipsmel, "hyperlipsmel", GST_RANK_NONE, GST_TYPE_HYPERLIPS_MEL)

// ---------------------------------------------------------------------------------------------
// Speech segments

static GstFlowReturn push_columns(GstHyperlipsMel *self) {
  GstHyperlipsMelPrivate *priv = self->priv;
  if (priv->columns.empty()) {
    return GST_FLOW_OK;
  }
  const gsize size = priv->columns.size() * sizeof(MelColumn);
  GstBuffer *buffer = gst_buffer_new_allocate(nullptr, size, nullptr);
  if (!buffer) {
    throw std::bad_alloc();
  }
  gst_buffer_fill(buffer, 0, priv->columns.data(), size);
  GST_BUFFER_PTS(buffer) = priv->start + priv->pushed * kColumn;
  GST_BUFFER_DURATION(buffer) = priv->columns.size() * kColumn;
  GST_BUFFER_OFFSET(buffer) = priv->pushed;
  if (priv->pushed == 0) {
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  }
  priv->pushed += priv->columns.size();
  GST_BUFFER_OFFSET_END(buffer) = priv->pushed;
  priv->columns.clear();
  GST_LOG_OBJECT(self, "pushing %" GST_PTR_FORMAT, buffer);
  return gst_pad_push(self->srcpad, buffer);
}

/// Computes and pushes the columns of the resampled speech.
static GstFlowReturn process_samples(GstHyperlipsMel *self) {
  GstHyperlipsMelPrivate *priv = self->priv;
  priv->mel.push(priv->samples, priv->columns);
  priv->samples.clear();
  return push_columns(self);
}

static GstFlowReturn finish_speech_segment(GstHyperlipsMel *self) {
  GstHyperlipsMelPrivate *priv = self->priv;
  if (!priv->open) {
    return GST_FLOW_OK;
  }
  priv->open = false;
  priv->resampler.drain(priv->samples);
  priv->mel.push(priv->samples, priv->columns);
  priv->samples.clear();
  priv->mel.finish(priv->columns);
  GST_DEBUG_OBJECT(self, "speech segment from %" GST_TIME_FORMAT ": %" G_GUINT64_FORMAT " columns",
                   GST_TIME_ARGS(priv->start), priv->pushed + priv->columns.size());
  return push_columns(self);
}

/// Fills a short gap with silence up to `end`.
static GstFlowReturn fill_gap(GstHyperlipsMel *self, GstClockTime end) {
  GstHyperlipsMelPrivate *priv = self->priv;
  if (end <= priv->expected()) {
    return GST_FLOW_OK;
  }
  const GstClockTime missing = end - priv->expected();
  priv->filled_gap += missing;
  guint64 frames =
      gst_util_uint64_scale_round(missing, GST_AUDIO_INFO_RATE(&priv->info), GST_SECOND);
  GstFlowReturn flow = GST_FLOW_OK;
  while (frames > 0 && flow == GST_FLOW_OK) {
    const guint64 count = MIN(frames, priv->resampler.block());
    priv->resampler.push_silence(count, priv->samples);
    priv->frames += count;
    frames -= count;
    flow = process_samples(self);
  }
  return flow;
}

// ---------------------------------------------------------------------------------------------
// Buffers

/// The planes of a mapped audio buffer of either layout.
class MappedAudio {
 public:
  MappedAudio(const GstAudioInfo &info, GstBuffer *buffer) : interleaved_(is_interleaved(info)) {
    const GstAudioMeta *meta = gst_buffer_get_audio_meta(buffer);
    if (interleaved_) {
      // A GstAudioMeta is not needed for this layout and may be outdated.
      mapped_ = gst_buffer_map(buffer, &whole_, GST_MAP_READ);
      if (mapped_) {
        buffer_ = buffer;
        planes_ = {whole_.data};
        frames_ = whole_.size / GST_AUDIO_INFO_BPF(&info);
      }
    } else if (meta && !is_interleaved(meta->info) &&
               GST_AUDIO_INFO_FORMAT(&meta->info) == GST_AUDIO_INFO_FORMAT(&info) &&
               GST_AUDIO_INFO_CHANNELS(&meta->info) == GST_AUDIO_INFO_CHANNELS(&info) &&
               meta->samples <= gst_buffer_get_size(buffer) / GST_AUDIO_INFO_BPF(&info)) {
      mapped_ = gst_audio_buffer_map(&planar_, &meta->info, buffer, GST_MAP_READ);
      if (mapped_) {
        planes_.assign(planar_.planes, planar_.planes + planar_.n_planes);
        frames_ = planar_.n_samples;
      }
    }
    stride_ = GST_AUDIO_INFO_BPF(&info) / (interleaved_ ? 1 : GST_AUDIO_INFO_CHANNELS(&info));
  }

  ~MappedAudio() {
    if (mapped_ && interleaved_) {
      gst_buffer_unmap(buffer_, &whole_);
    } else if (mapped_) {
      gst_audio_buffer_unmap(&planar_);
    }
  }

  MappedAudio(const MappedAudio &) = delete;
  MappedAudio &operator=(const MappedAudio &) = delete;

  explicit operator bool() const { return mapped_; }
  gsize frames() const { return frames_; }
  const gpointer *planes() const { return planes_.data(); }

  void skip(gsize frames) {
    for (gpointer &plane : planes_) {
      plane = static_cast<guint8 *>(plane) + frames * stride_;
    }
    frames_ -= frames;
  }

 private:
  static bool is_interleaved(const GstAudioInfo &info) {
    return GST_AUDIO_INFO_LAYOUT(&info) == GST_AUDIO_LAYOUT_INTERLEAVED;
  }

  bool interleaved_;
  bool mapped_ = false;
  GstBuffer *buffer_ = nullptr;
  GstMapInfo whole_;
  GstAudioBuffer planar_;
  std::vector<gpointer> planes_;
  gsize frames_ = 0;
  gsize stride_ = 0;
};

static GstFlowReturn convert(GstHyperlipsMel *self, GstBuffer *buffer) {
  GstHyperlipsMelPrivate *priv = self->priv;
  MappedAudio audio(priv->info, buffer);
  if (!audio) {
    GST_ELEMENT_ERROR(self, STREAM, FORMAT, ("The audio buffers do not match their caps."),
                      ("cannot map %" G_GSIZE_FORMAT " bytes as %s", gst_buffer_get_size(buffer),
                       GST_AUDIO_INFO_NAME(&priv->info)));
    return GST_FLOW_ERROR;
  }
  GstFlowReturn flow = GST_FLOW_OK;
  while (audio.frames() > 0 && flow == GST_FLOW_OK) {
    const gsize count = MIN(audio.frames(), priv->resampler.block());
    priv->resampler.push(audio.planes(), count, priv->samples);
    priv->frames += count;
    audio.skip(count);
    flow = process_samples(self);
  }
  return flow;
}

/// Starts a new speech segment where the buffer's timestamp or flags require one.
static GstFlowReturn check_continuity(GstHyperlipsMel *self, GstBuffer *buffer) {
  GstHyperlipsMelPrivate *priv = self->priv;
  GstClockTime time = GST_BUFFER_PTS(buffer);
  if (!GST_CLOCK_TIME_IS_VALID(time)) {
    time = priv->open ? priv->expected() : priv->segment.start;
  }
  priv->filled_gap = 0;
  GstFlowReturn flow = GST_FLOW_OK;
  if (priv->open && priv->is_discontinuity(time, GST_BUFFER_IS_DISCONT(buffer))) {
    GST_DEBUG_OBJECT(self, "new speech segment at %" GST_TIME_FORMAT ", expected %" GST_TIME_FORMAT,
                     GST_TIME_ARGS(time), GST_TIME_ARGS(priv->expected()));
    flow = finish_speech_segment(self);
  }
  if (!priv->open) {
    priv->begin(time);
  }
  return flow;
}

static GstFlowReturn handle_buffer(GstHyperlipsMel *self, GstBuffer *buffer) {
  GstHyperlipsMelPrivate *priv = self->priv;
  if (!priv->configured()) {
    GST_ELEMENT_ERROR(self, CORE, NEGOTIATION, (nullptr), ("buffer received before caps"));
    gst_buffer_unref(buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (priv->segment.format != GST_FORMAT_TIME) {
    GST_ELEMENT_ERROR(
        self, STREAM, FORMAT,
        ("The audio has no timestamps. Add rawaudioparse before hyperlipsmel."),
        ("segment format is %s, expected time", gst_format_get_name(priv->segment.format)));
    gst_buffer_unref(buffer);
    return GST_FLOW_ERROR;
  }
  if (priv->segment.rate < 0.0) {
    const GstClockTime time = GST_BUFFER_PTS(buffer);
    if (GST_CLOCK_TIME_IS_VALID(time)) {
      gst_pad_push_event(self->srcpad, gst_event_new_gap(time, GST_BUFFER_DURATION(buffer)));
    }
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
  }
  buffer = gst_audio_buffer_clip(buffer, &priv->segment, GST_AUDIO_INFO_RATE(&priv->info),
                                 GST_AUDIO_INFO_BPF(&priv->info));
  if (!buffer) {
    return GST_FLOW_OK;
  }
  GstFlowReturn flow = check_continuity(self, buffer);
  if (flow == GST_FLOW_OK) {
    flow = convert(self, buffer);
  }
  gst_buffer_unref(buffer);
  return flow;
}

static GstFlowReturn gst_hyperlips_mel_chain(GstPad *, GstObject *parent, GstBuffer *buffer) {
  GstHyperlipsMel *self = GST_HYPERLIPS_MEL(parent);
  try {
    return handle_buffer(self, buffer);
  } catch (const std::exception &error) {
    gst_hyperlips_post_error(GST_ELEMENT(self), error);
    return GST_FLOW_ERROR;
  }
}

// ---------------------------------------------------------------------------------------------
// Events and queries

static bool send_caps(GstHyperlipsMel *self) {
  if (gst_pad_has_current_caps(self->srcpad)) {
    return true;
  }
  GstCaps *caps = gst_pad_get_pad_template_caps(self->srcpad);
  const bool sent = gst_pad_push_event(self->srcpad, gst_event_new_caps(caps));
  gst_caps_unref(caps);
  return sent;
}

static bool handle_caps(GstHyperlipsMel *self, GstEvent *event) {
  GstHyperlipsMelPrivate *priv = self->priv;
  GstCaps *caps = nullptr;
  gst_event_parse_caps(event, &caps);
  GstAudioInfo info;
  if (!gst_audio_info_from_caps(&info, caps)) {
    GST_ELEMENT_ERROR(self, STREAM, FORMAT, ("The audio caps are invalid."),
                      ("%" GST_PTR_FORMAT, caps));
    return false;
  }
  if (priv->open) {
    priv->anchor = priv->expected();
    priv->frames = 0;
  }
  priv->resampler.configure(info, priv->samples);
  priv->info = info;
  const GstClockTime latency = kHalfWindow + priv->resampler.latency();
  if (priv->latency.exchange(latency) != latency) {
    GST_DEBUG_OBJECT(self, "latency is now %" GST_TIME_FORMAT, GST_TIME_ARGS(latency));
    gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
  }
  process_samples(self);
  return send_caps(self);
}

static bool handle_segment(GstHyperlipsMel *self, GstEvent *event) {
  GstHyperlipsMelPrivate *priv = self->priv;
  GstSegment segment;
  gst_event_copy_segment(event, &segment);
  if (!same_mapping(segment, priv->segment)) {
    finish_speech_segment(self);
  }
  priv->segment = segment;
  if (segment.rate < 0.0) {
    GST_ELEMENT_WARNING(
        self, STREAM, NOT_IMPLEMENTED,
        ("Lip-sync is not supported in reverse playback. The video passes unmodified."), (nullptr));
  }
  send_caps(self);
  return gst_pad_push_event(self->srcpad, gst_event_ref(event));
}

static bool handle_gap(GstHyperlipsMel *self, GstEvent *event) {
  GstHyperlipsMelPrivate *priv = self->priv;
  GstClockTime time, duration;
  gst_event_parse_gap(event, &time, &duration);
  if (priv->open && GST_CLOCK_TIME_IS_VALID(duration)) {
    const GstClockTimeDiff late = GST_CLOCK_DIFF(priv->expected(), time);
    const GstClockTimeDiff missing = late + static_cast<GstClockTimeDiff>(duration);
    if (ABS(late) <= kJump && missing + static_cast<GstClockTimeDiff>(priv->filled_gap) <= kJump) {
      fill_gap(self, time + duration);
      return true;
    }
  }
  finish_speech_segment(self);
  send_caps(self);
  return gst_pad_push_event(self->srcpad, gst_event_ref(event));
}

static bool handle_event(GstHyperlipsMel *self, GstEvent *event) {
  GstHyperlipsMelPrivate *priv = self->priv;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS:
      return handle_caps(self, event);
    case GST_EVENT_SEGMENT:
      return handle_segment(self, event);
    case GST_EVENT_GAP:
      return handle_gap(self, event);
    case GST_EVENT_FLUSH_STOP:
      priv->open = false;
      priv->resampler.reset();
      priv->mel.reset();
      gst_segment_init(&priv->segment, GST_FORMAT_UNDEFINED);
      break;
    case GST_EVENT_STREAM_START:
    case GST_EVENT_EOS:
      finish_speech_segment(self);
      break;
    default:
      break;
  }
  return gst_pad_event_default(self->sinkpad, GST_OBJECT(self), gst_event_ref(event));
}

static gboolean gst_hyperlips_mel_sink_event(GstPad *, GstObject *parent, GstEvent *event) {
  GstHyperlipsMel *self = GST_HYPERLIPS_MEL(parent);
  gboolean handled = FALSE;
  try {
    handled = handle_event(self, event);
  } catch (const std::exception &error) {
    gst_hyperlips_post_error(GST_ELEMENT(self), error);
  }
  gst_event_unref(event);
  return handled;
}

static gboolean gst_hyperlips_mel_sink_query(GstPad *pad, GstObject *parent, GstQuery *query) {
  // Downstream's answer is for spectrograms, not for audio.
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION) {
    return FALSE;
  }
  return gst_pad_query_default(pad, parent, query);
}

static gboolean gst_hyperlips_mel_src_query(GstPad *pad, GstObject *parent, GstQuery *query) {
  GstHyperlipsMel *self = GST_HYPERLIPS_MEL(parent);
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
    return gst_pad_query_default(pad, parent, query);
  }
  if (!gst_pad_peer_query(self->sinkpad, query)) {
    return FALSE;
  }
  gboolean live;
  GstClockTime min, max;
  gst_query_parse_latency(query, &live, &min, &max);
  const GstClockTime latency = self->priv->latency;
  min += latency;
  if (GST_CLOCK_TIME_IS_VALID(max)) {
    max += latency;
  }
  gst_query_set_latency(query, live, min, max);
  return TRUE;
}

// ---------------------------------------------------------------------------------------------
// Element

static GstStateChangeReturn gst_hyperlips_mel_change_state(GstElement *element,
                                                           GstStateChange transition) {
  GstHyperlipsMel *self = GST_HYPERLIPS_MEL(element);
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_hyperlips_mel_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    self->priv->reset();
  }
  return result;
}

static void gst_hyperlips_mel_finalize(GObject *object) {
  GST_HYPERLIPS_MEL(object)->priv->~GstHyperlipsMelPrivate();
  G_OBJECT_CLASS(gst_hyperlips_mel_parent_class)->finalize(object);
}

static void gst_hyperlips_mel_class_init(GstHyperlipsMelClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlipsmel_debug, "hyperlipsmel", 0, "HyperLips mel spectrogram");
  GstElementClass *element_class = GST_ELEMENT_CLASS(klass);
  G_OBJECT_CLASS(klass)->finalize = gst_hyperlips_mel_finalize;
  element_class->change_state = gst_hyperlips_mel_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "HyperLips mel spectrogram", "Filter/Analyzer/Audio",
      "Computes the mel spectrogram of speech for lip-sync networks", "HyperLips for GStreamer");
}

static void gst_hyperlips_mel_init(GstHyperlipsMel *self) {
  self->priv = new (gst_hyperlips_mel_get_instance_private(self)) GstHyperlipsMelPrivate;
  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, GST_DEBUG_FUNCPTR(gst_hyperlips_mel_chain));
  gst_pad_set_event_function(self->sinkpad, GST_DEBUG_FUNCPTR(gst_hyperlips_mel_sink_event));
  gst_pad_set_query_function(self->sinkpad, GST_DEBUG_FUNCPTR(gst_hyperlips_mel_sink_query));
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(self->srcpad, GST_DEBUG_FUNCPTR(gst_hyperlips_mel_src_query));
  gst_pad_use_fixed_caps(self->srcpad);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}
