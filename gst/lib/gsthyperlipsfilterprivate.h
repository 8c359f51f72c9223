// SPDX-License-Identifier: LGPL-2.1-or-later
// Private data of GstHyperlipsFilter, shared by its pads and its streaming task.
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

  // From the last latency query.
  std::atomic<bool> live = false;
  std::atomic<GstClockTime> min_latency = 0;  ///< until a frame can be processed
  std::atomic<GstClockTime> wait_time = 0;    ///< the part of it added by this element

  // Streaming task.
  GstVideoInfo info;
  std::atomic<GstClockTime> frame_duration = GST_CLOCK_TIME_NONE;
  bool bypass = false;               ///< unsupported format
  std::atomic<bool> failed = false;  ///< an error message was posted

  std::atomic<bool> seeking = false;
  std::atomic<bool> qos = kDefaultQos;
  std::atomic<guint64> latency = kAutoLatency;
  std::atomic<GstClockTime> earliest = GST_CLOCK_TIME_NONE;
};

/// The private data of an instance.
GstHyperlipsFilterPrivate &gst_hyperlips_filter_private(GstHyperlipsFilter *filter);

/// With the lock held: frames that the queue holds at most.
guint gst_hyperlips_filter_capacity(GstHyperlipsFilter *filter);

/// Applies a caps, tag or stream-start event to the frames that follow it.
void gst_hyperlips_filter_use_event(GstHyperlipsFilter *filter, GstEvent *event);

/// The function of the source pad's task.
void gst_hyperlips_filter_loop(gpointer filter);
