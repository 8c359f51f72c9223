// SPDX-License-Identifier: LGPL-2.1-or-later
// Private data of GstHyperlipsFilter, shared by its pads and its streaming task.
#pragma once

#include <atomic>

#include "gsthyperlipsfilter.h"

GST_DEBUG_CATEGORY_EXTERN(hyperlips_filter_debug);

inline constexpr gboolean kDefaultQos = TRUE;
inline constexpr guint64 kAutoLatency = G_MAXUINT64;
inline constexpr GstClockTime kLongestLatency = 3600 * GST_SECOND;
/// Frame rates of streams are believed from one frame per minute up to 1000 frames per second.
inline constexpr GstClockTime kShortestFrame = GST_MSECOND;
inline constexpr GstClockTime kLongestFrame = 60 * GST_SECOND;

struct GstHyperlipsFilterPrivate {
  GstPad *sinkpad = nullptr;
  GstPad *srcpad = nullptr;

  HyperlipsQueue queue;

  // Protected by the queue's lock.
  bool playing = false;   ///< the clock limits how long a frame may wait
  bool relinked = false;  ///< RECONFIGURE arrived since the last frame was taken
  GstClockTime earliest = GST_CLOCK_TIME_NONE;  ///< frames up to here are late
  gdouble proportion = 1;                       ///< of the last QoS event

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
  bool bypass = false;                  ///< unsupported format
  std::atomic<bool> failed = false;     ///< an error message was posted
  guint64 processed = 0, degraded = 0;  ///< frames since the start

  std::atomic<bool> seeking = false;
  std::atomic<bool> qos = kDefaultQos;
  std::atomic<guint64> latency = kAutoLatency;
};

/// The private data of an instance.
GstHyperlipsFilterPrivate &gst_hyperlips_filter_private(GstHyperlipsFilter *filter);

/// Number of frames that are usually held here at most.
guint gst_hyperlips_filter_held_frames(GstHyperlipsFilter *filter);

/// Applies a caps, tag or stream-start event to the frames that follow it.
void gst_hyperlips_filter_use_event(GstHyperlipsFilter *filter, GstEvent *event);

/// With the lock held: starts the task.
bool gst_hyperlips_filter_start_task(GstHyperlipsFilter *filter);
