// SPDX-License-Identifier: LGPL-2.1-or-later
// What the two halves of GstHyperlipsFilter share: its pads and its streaming task.
#pragma once

#include <atomic>

#include "gsthyperlipsfilter.h"

GST_DEBUG_CATEGORY_EXTERN(hyperlips_filter_debug);

inline constexpr gboolean kDefaultQos = TRUE;
inline constexpr guint64 kAutoLatency = G_MAXUINT64;

struct GstHyperlipsFilterPrivate {
  GstPad *sinkpad = nullptr;
  GstPad *srcpad = nullptr;

  HyperlipsQueue queue;

  // Streaming thread of the sink pad.
  GstSegment segment;
  bool live_asked = false;

  // By the last latency query.
  std::atomic<bool> live = false;
  std::atomic<GstClockTime> min_latency = 0;  ///< until a frame can be processed
  std::atomic<GstClockTime> wait_time = 0;    ///< the part of it that is spent here

  // Streaming task.
  GstVideoInfo info;
  std::atomic<GstClockTime> frame_duration = GST_CLOCK_TIME_NONE;
  bool bypass = false;               ///< a format that the element cannot handle
  std::atomic<bool> failed = false;  ///< an error message was posted

  std::atomic<bool> seeking = false;
  std::atomic<bool> qos = kDefaultQos;
  std::atomic<guint64> latency = kAutoLatency;
  std::atomic<GstClockTime> earliest = GST_CLOCK_TIME_NONE;
};

/// Within the instance.
GstHyperlipsFilterPrivate &gst_hyperlips_filter_private(GstHyperlipsFilter *filter);

/// With the lock held: frames that may wait in the queue.
guint gst_hyperlips_filter_capacity(GstHyperlipsFilter *filter);

/// Takes up what an event says about the frames behind it.
void gst_hyperlips_filter_use_event(GstHyperlipsFilter *filter, GstEvent *event);

/// The function of the source pad's task.
void gst_hyperlips_filter_loop(gpointer filter);
