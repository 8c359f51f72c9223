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

/// Base class of the video elements, which delay frames for look-ahead, for a batch, or until
/// speech has arrived. Frames, events and queries pass in order through a bounded queue that a task
/// of the source pad empties, so the element is also a thread boundary. Flushes, EOS, caps changes
/// and QoS are handled here, with the rules of GstQueue; a QoS message is posted for each late
/// frame. Each input frame gives exactly one output frame.
///
/// `ready` is called with the lock of gst_hyperlips_filter_lock() held; `capacity`,
/// `lookahead_time` and `processing_time` with or without it, so they must not take it; the others
/// without it. Exceptions thrown by the functions below become element errors. A minimal subclass
/// has pad templates "sink" and "src" and implements `ready`, `process` and `capacity`:
///
///     static guint ready(GstHyperlipsFilter *, HyperlipsFrames, gboolean, gboolean) { return 1; }
///     static guint capacity(GstHyperlipsFilter *) { return 2; }
///     static GstFlowReturn process(GstHyperlipsFilter *, HyperlipsFrames frames, guint count) {
///       for (HyperlipsFrame *frame : frames.first(count)) { ... frame->buffer ... }
///       return GST_FLOW_OK;
///     }
struct _GstHyperlipsFilterClass {
  GstElementClass parent_class;

  /// The caps of the following frames. FALSE: frames with these caps pass unprocessed.
  gboolean (*set_info)(GstHyperlipsFilter *filter, const GstVideoInfo *info);

  /// Returns how many of `frames`, those queued before the next serialized event, can be processed
  /// now; 0 to wait for more. `drain`: no further frame will be added to them. `deadline_passed`:
  /// the first frame has waited as long as the latency of a live pipeline allows.
  guint (*ready)(GstHyperlipsFilter *filter, HyperlipsFrames frames, gboolean drain,
                 gboolean deadline_passed);

  /// Processes the first `count` of `frames`; the others are for look-ahead only. Late frames must
  /// not wait in `ready` and must be quick here; frames to skip pass unchanged. May replace a
  /// frame's buffer. Returns anything but GST_FLOW_OK only after posting an error message.
  GstFlowReturn (*process)(GstHyperlipsFilter *filter, HyperlipsFrames frames, guint count);

  /// Drops all state of the stream: after a flush, EOS or a stop.
  void (*reset)(GstHyperlipsFilter *filter);

  /// Adds to downstream's answer of an allocation query, for elements before this one. Returns TRUE
  /// if it did. Called by the streaming task.
  gboolean (*allocation)(GstHyperlipsFilter *filter, GstQuery *query);

  /// Answers a query of upstream that is not serialized. FALSE: it is forwarded.
  gboolean (*sink_query)(GstHyperlipsFilter *filter, GstPad *pad, GstQuery *query);

  /// EOS was pushed; another stream may follow.
  void (*on_eos)(GstHyperlipsFilter *filter);

  /// Time by which look-ahead and batching delay a frame.
  GstClockTime (*lookahead_time)(GstHyperlipsFilter *filter);

  /// Estimated processing time of a frame, used while the property latency is automatic.
  GstClockTime (*processing_time)(GstHyperlipsFilter *filter);

  /// Merges the latency of further sink pads into that of the video.
  void (*input_latency)(GstHyperlipsFilter *filter, gboolean *live, GstClockTime *min,
                        GstClockTime *max);

  /// Frames that the queue holds at most, not counting those that a live pipeline's latency covers.
  guint (*capacity)(GstHyperlipsFilter *filter);

  /// Optional, for queues that are not bounded by a number of frames: whether another frame must
  /// wait. Called with the lock held.
  gboolean (*is_full)(GstHyperlipsFilter *filter, const std::deque<HyperlipsItem> &items);

  /// Orientation of the stream from its image-orientation tag.
  void (*set_orientation)(GstHyperlipsFilter *filter, hyperlips::Orientation orientation);

  /// Called with each upstream event before the video sink pad forwards it, for elements with
  /// further sink pads.
  void (*upstream_event)(GstHyperlipsFilter *filter, GstEvent *event);
};

/// Duration of a frame at the frame rate of the caps, between 1 ms and a minute; 40 ms if the rate
/// is variable or outside this range.
GstClockTime gst_hyperlips_filter_frame_duration(GstHyperlipsFilter *filter);

/// Whether upstream is live, according to the last latency query.
bool gst_hyperlips_filter_is_live(GstHyperlipsFilter *filter);

/// Latency of a frame until it is processed, according to the last latency query; 0 before.
GstClockTime gst_hyperlips_filter_min_latency(GstHyperlipsFilter *filter);

/// Whether a flushing seek is being forwarded through this element.
bool gst_hyperlips_filter_is_seeking(GstHyperlipsFilter *filter);

/// Whether this frame is interlaced according to caps and flags. Such frames pass unmodified.
bool gst_hyperlips_filter_is_interlaced(GstHyperlipsFilter *filter, GstBuffer *buffer);

/// The lock of the queue; `wake` makes the task call `ready` again.
void gst_hyperlips_filter_lock(GstHyperlipsFilter *filter);
void gst_hyperlips_filter_unlock(GstHyperlipsFilter *filter);
void gst_hyperlips_filter_wake(GstHyperlipsFilter *filter);

/// Holds that lock within a scope.
class HyperlipsFilterLock {
 public:
  explicit HyperlipsFilterLock(GstHyperlipsFilter *filter) : filter_(filter) {
    gst_hyperlips_filter_lock(filter_);
  }
  ~HyperlipsFilterLock() { gst_hyperlips_filter_unlock(filter_); }
  HyperlipsFilterLock(const HyperlipsFilterLock &) = delete;
  HyperlipsFilterLock &operator=(const HyperlipsFilterLock &) = delete;

 private:
  GstHyperlipsFilter *filter_;
};

/// With the lock held: waits until the queue changes, or starts or stops flushing.
void gst_hyperlips_filter_wait(GstHyperlipsFilter *filter);
/// The same, or until the element's clock reaches a running time.
void gst_hyperlips_filter_wait_until(GstHyperlipsFilter *filter, GstClock *clock,
                                     GstClockTime running_time);
/// With the lock held: whether the queue holds frames.
bool gst_hyperlips_filter_has_frames(GstHyperlipsFilter *filter);
/// With the lock held: whether no further frame will be processed, because the video has ended or
/// downstream refuses buffers.
bool gst_hyperlips_filter_is_over(GstHyperlipsFilter *filter);

/// In the streaming task: asks downstream with an allocation query, for the caps of the frames, as
/// upstream elements do. NULL if nothing answers.
GstQuery *gst_hyperlips_filter_ask_allocation(GstHyperlipsFilter *filter);

/// In `process`: pushes an event before the frames that are being processed.
void gst_hyperlips_filter_push_event(GstHyperlipsFilter *filter, GstEvent *event);

/// Posts a latency message.
void gst_hyperlips_filter_latency_changed(GstHyperlipsFilter *filter);
