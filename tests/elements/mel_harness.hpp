// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/audio/audio.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
// Check defines a macro of this name, which breaks the standard streams.
#undef fail

#include <cmath>
#include <cstring>
#include <functional>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "hyperlips/audio/mel.hpp"

namespace hyperlips::test {

inline constexpr GstClockTime kColumn = GST_SECOND / kMelRate;
inline constexpr int kRate = kMelSampleRate;
inline constexpr GstClockTime kMs = GST_MSECOND;

struct TimedColumn {
  GstClockTime pts;
  guint64 index;
  bool discont;
  MelColumn values;
};

inline std::vector<MelColumn> values_of(const std::vector<TimedColumn> &columns) {
  std::vector<MelColumn> values;
  for (const TimedColumn &column : columns) values.push_back(column.values);
  return values;
}

/// The columns of a buffer; checks its size, times and offsets.
inline void append_columns(GstBuffer *buffer, std::vector<TimedColumn> &columns) {
  GstMapInfo map;
  fail_unless(gst_buffer_map(buffer, &map, GST_MAP_READ));
  const gsize count = map.size / sizeof(MelColumn);
  fail_unless(count > 0);
  fail_unless_equals_int(map.size, count * sizeof(MelColumn));
  fail_unless_equals_uint64(GST_BUFFER_DURATION(buffer), count * kColumn);
  fail_unless_equals_uint64(GST_BUFFER_OFFSET_END(buffer), GST_BUFFER_OFFSET(buffer) + count);
  for (gsize i = 0; i < count; ++i) {
    TimedColumn column{GST_BUFFER_PTS(buffer) + i * kColumn,
                       GST_BUFFER_OFFSET(buffer) + i,
                       i == 0 && GST_BUFFER_IS_DISCONT(buffer),
                       {}};
    std::memcpy(column.values.data(), map.data + i * sizeof(MelColumn), sizeof(MelColumn));
    columns.push_back(column);
  }
  gst_buffer_unmap(buffer, &map);
}

inline std::string audio_caps(const char *format, int rate, int channels = 1,
                              const char *layout = "interleaved") {
  std::string caps = std::string("audio/x-raw, format=") + format +
                     ", rate=" + std::to_string(rate) + ", channels=" + std::to_string(channels) +
                     ", layout=" + layout;
  if (channels > 2) caps += ", channel-mask=(bitmask)0";
  return caps;
}

/// A hyperlipsmel in a GstHarness.
class MelHarness {
 public:
  explicit MelHarness(const std::string &caps) : harness(gst_harness_new("hyperlipsmel")) {
    set_caps(caps);
  }
  ~MelHarness() { gst_harness_teardown(harness); }
  MelHarness(const MelHarness &) = delete;
  MelHarness &operator=(const MelHarness &) = delete;

  void set_caps(const std::string &caps) { gst_harness_set_src_caps_str(harness, caps.c_str()); }

  static GstBuffer *buffer(std::span<const std::byte> bytes, GstClockTime pts) {
    GstBuffer *result = gst_buffer_new_memdup(bytes.data(), bytes.size());
    GST_BUFFER_PTS(result) = pts;
    return result;
  }

  GstFlowReturn push(std::span<const float> samples, GstClockTime pts, bool discont = false) {
    GstBuffer *audio = buffer(std::as_bytes(samples), pts);
    if (discont) GST_BUFFER_FLAG_SET(audio, GST_BUFFER_FLAG_DISCONT);
    return gst_harness_push(harness, audio);
  }

  /// Interleaved F32 in buffers of `chunk` frames with exact timestamps.
  void push_all(std::span<const float> samples, int rate, std::size_t chunk, GstClockTime start = 0,
                int channels = 1) {
    for (std::size_t at = 0; at < samples.size() / channels; at += chunk) {
      const std::size_t frames = std::min(chunk, samples.size() / channels - at);
      const GstClockTime pts = start + gst_util_uint64_scale(at, GST_SECOND, rate);
      fail_unless_equals_int(push(samples.subspan(at * channels, frames * channels), pts),
                             GST_FLOW_OK);
    }
  }

  /// The columns pushed since the last call.
  std::vector<TimedColumn> columns() {
    std::vector<TimedColumn> result;
    while (GstBuffer *out = gst_harness_try_pull(harness)) {
      append_columns(out, result);
      gst_buffer_unref(out);
    }
    return result;
  }

  std::vector<TimedColumn> finish() {
    fail_unless(gst_harness_push_event(harness, gst_event_new_eos()));
    return columns();
  }

  GstHarness *harness;
};

using Signal = std::function<double(double seconds)>;

inline std::vector<float> sample(const Signal &signal, int rate, double seconds) {
  std::vector<float> samples(static_cast<std::size_t>(std::llround(rate * seconds)));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>(signal(static_cast<double>(i) / rate));
  return samples;
}

/// A voice-like sum of harmonics of 90 Hz below `highest` Hz, with a varying level.
inline Signal harmonics(double highest) {
  return [highest](double t) {
    double sum = 0;
    int count = 0;
    for (double hz = 90; hz < highest; hz += 90, ++count)
      sum += std::cos(2 * std::numbers::pi * hz * t + 0.7 * count * count);
    return 0.5 * sum / count * (1.0 + 0.5 * std::sin(7.0 * t));
  };
}

inline std::vector<float> noise(std::size_t count, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-0.5f, 0.5f);
  std::vector<float> samples(count);
  for (float &value : samples) value = uniform(random);
  return samples;
}

inline double largest_difference(std::span<const MelColumn> a, std::span<const MelColumn> b) {
  double worst = a.size() == b.size() ? 0.0 : HUGE_VAL;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    for (int band = 0; band < kMelBands; ++band)
      worst = std::max<double>(worst, std::abs(a[i][band] - b[i][band]));
  return worst;
}

/// Checks that the columns are one speech segment: contiguous from `start` on, with the DISCONT
/// flag only on the first.
inline void assert_one_segment(const std::vector<TimedColumn> &columns, GstClockTime start) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    fail_unless_equals_uint64(columns[i].pts, start + i * kColumn);
    fail_unless_equals_uint64(columns[i].index, i);
    fail_unless_equals_int(columns[i].discont, i == 0);
  }
}

inline GstClockTime time_of(std::size_t frames, int rate = kRate) {
  return gst_util_uint64_scale_round(frames, GST_SECOND, rate);
}

/// Checks that the columns are one speech segment, equal to the library's spectrogram of `samples`.
inline void assert_segment(const std::vector<TimedColumn> &columns, GstClockTime start,
                           std::span<const float> samples) {
  assert_one_segment(columns, start);
  fail_unless(values_of(columns) == mel_spectrogram(samples));
}

inline void push_segment(MelHarness &mel, double rate, GstClockTime start, GstClockTime stop,
                         GstClockTime base = 0) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.rate = rate;
  segment.start = segment.time = start;
  segment.stop = stop;
  segment.base = base;
  fail_unless(gst_harness_push_event(mel.harness, gst_event_new_segment(&segment)));
}

/// The error or warning that the element posted; empty if there is none.
inline std::string take_message(GstBus *bus, GstMessageType type, GQuark *domain, int *code) {
  GstMessage *message = gst_bus_pop_filtered(bus, type);
  if (!message) return {};
  GError *error = nullptr;
  if (type == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message, &error, nullptr);
  } else {
    gst_message_parse_warning(message, &error, nullptr);
  }
  const std::string text = error->message;
  *domain = error->domain;
  *code = error->code;
  g_error_free(error);
  gst_message_unref(message);
  return text;
}

inline GstBus *watch(MelHarness &mel) {
  GstBus *bus = gst_bus_new();
  gst_element_set_bus(mel.harness->element, bus);
  return bus;
}

inline void unwatch(MelHarness &mel, GstBus *bus) {
  gst_element_set_bus(mel.harness->element, nullptr);
  gst_object_unref(bus);
}

}  // namespace hyperlips::test
