// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <span>

#include "gsthyperlipsqueue.h"
#include "hyperlips/gst/gsthyperlipsfacemeta.h"
#include "hyperlips/video/frame.hpp"

using HyperlipsFrames = std::span<HyperlipsFrame *const>;

#define GST_TYPE_HYPERLIPS_FILTER (gst_hyperlips_filter_get_type())
G_DECLARE_DERIVABLE_TYPE(GstHyperlipsFilter, gst_hyperlips_filter, GST, HYPERLIPS_FILTER,
                         GstElement)

/// Base class of the elements that let video pass and hold frames for a moment: for look-ahead, for
/// a batch, or until speech has arrived. Frames, events and queries stay in order in a bounded
/// queue that a task of the source pad empties, so the element is also a thread boundary. Flush,
/// EOS, caps changes and QoS are handled here; frames in equal frames out.
///
/// `ready` and `capacity` are called with the lock of gst_hyperlips_filter_lock() held, the others
/// without it. Exceptions of the functions below become element errors.
struct _GstHyperlipsFilterClass {
  GstElementClass parent_class;

  /// The caps of the next frames. On FALSE frames with these caps pass unprocessed.
  gboolean (*set_info)(GstHyperlipsFilter *filter, const GstVideoInfo *info);

  /// How many of `frames`, the ones queued up to the next barrier, can be processed now. With
  /// `drain` no further frame will join them; `overdue` says that the first frame has waited for as
  /// long as the latency of a live pipeline allows. 0 waits for more.
  guint (*ready)(GstHyperlipsFilter *filter, HyperlipsFrames frames, gboolean drain,
                 gboolean overdue);

  /// Processes the first `count` of `frames`; the others may be looked at. May replace a frame's
  /// buffer. On anything but GST_FLOW_OK an error message has been posted.
  GstFlowReturn (*process)(GstHyperlipsFilter *filter, HyperlipsFrames frames, guint count);

  /// Forgets everything about the stream so far: after a flush, its end or a stop.
  void (*reset)(GstHyperlipsFilter *filter);

  /// The stream has ended; another one may follow.
  void (*ended)(GstHyperlipsFilter *filter);

  /// Time for which frames are held on purpose: look-ahead and batch.
  GstClockTime (*hold_time)(GstHyperlipsFilter *filter);

  /// Time that processing takes, as far as the element knows; used while property latency is
  /// automatic.
  GstClockTime (*processing_time)(GstHyperlipsFilter *filter);

  /// Adds what further sink pads wait for to the video's latency.
  void (*input_latency)(GstHyperlipsFilter *filter, gboolean *live, GstClockTime *min,
                        GstClockTime *max);

  /// Frames that may wait in the queue, apart from those that a live pipeline's latency covers.
  guint (*capacity)(GstHyperlipsFilter *filter);

  /// Orientation of the stream, by its image-orientation tag.
  void (*set_orientation)(GstHyperlipsFilter *filter, hyperlips::Orientation orientation);

  /// An event on its way upstream through the sink pad, for those with further sink pads.
  void (*upstream_event)(GstHyperlipsFilter *filter, GstEvent *event);
};

/// Duration of a frame by the caps; 40 ms where they do not say.
GstClockTime gst_hyperlips_filter_frame_duration(GstHyperlipsFilter *filter);

/// Whether what comes in is live, as far as is known.
bool gst_hyperlips_filter_is_live(GstHyperlipsFilter *filter);

/// Whether a flushing seek is on its way through this element.
bool gst_hyperlips_filter_is_seeking(GstHyperlipsFilter *filter);

/// Whether this frame is interlaced by caps and flags: it passes untouched.
bool gst_hyperlips_filter_is_interlaced(GstHyperlipsFilter *filter, GstBuffer *buffer);

/// The lock of the queue; `wake` makes the task ask `ready` again.
void gst_hyperlips_filter_lock(GstHyperlipsFilter *filter);
void gst_hyperlips_filter_unlock(GstHyperlipsFilter *filter);
void gst_hyperlips_filter_wake(GstHyperlipsFilter *filter);
/// With the lock held: waits until the queue changes, or begins or ends flushing.
void gst_hyperlips_filter_wait(GstHyperlipsFilter *filter);
/// With the lock held: time in speech of the newest frame queued, or -1 when none waits.
gint64 gst_hyperlips_filter_newest(GstHyperlipsFilter *filter);
/// With the lock held: whether no frame will be processed any more, because video has ended or
/// downstream takes none.
bool gst_hyperlips_filter_is_over(GstHyperlipsFilter *filter);

/// Tells the pipeline that the latency has changed.
void gst_hyperlips_filter_latency_changed(GstHyperlipsFilter *filter);
