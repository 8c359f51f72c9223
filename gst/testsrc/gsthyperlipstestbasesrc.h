// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/base/gstpushsrc.h>

#include <exception>
#include <memory>

#include "gst/lib/media/gst_ptr.hpp"
#include "gsthyperlipstestsrcshared.h"
#include "gsthyperlipstestsrcspeaker.h"

#define GST_TYPE_HYPERLIPS_TEST_BASE_SRC (gst_hyperlips_test_base_src_get_type())
G_DECLARE_DERIVABLE_TYPE(GstHyperlipsTestBaseSrc, gst_hyperlips_test_base_src, GST,
                         HYPERLIPS_TEST_BASE_SRC, GstPushSrc)

/// Base class of the video and the audio source inside hyperlipstestsrc. GstBaseSrc does what any
/// source does; this class adds what the two streams share: one segment, one end, one clock offset.
/// A stream whose pad is not linked waits while the other one runs.
///
/// Times are nanoseconds of the performance, which begins at 0; buffers are stamped with these
/// times plus timestamp-offset.
struct _GstHyperlipsTestBaseSrcClass {
  GstPushSrcClass parent_class;

  /// Frees and forgets everything, before the start and after the stop. Called with the stream
  /// lock.
  void (*reset)(GstHyperlipsTestBaseSrc *src);
  /// Uses new caps. May throw.
  gboolean (*set_format)(GstHyperlipsTestBaseSrc *src, GstCaps *caps);
  /// Seeks to a time, which need not be the beginning of a frame or sample. Called with the stream
  /// lock.
  void (*seek)(GstHyperlipsTestBaseSrc *src, GstClockTime time);
  /// Makes the next buffer; GST_FLOW_EOS at the end of the segment or of the performance. May
  /// throw.
  GstFlowReturn (*make)(GstHyperlipsTestBaseSrc *src, GstBuffer **buffer);
  /// Duration of a buffer, the minimum latency of a live source. `caps` are the current ones, or
  /// null.
  GstClockTime (*buffer_duration)(const TestSrcState &state, GstCaps *caps);
  /// Converts between time, units (frames or samples) and bytes.
  gboolean (*convert)(GstCaps *caps, GstFormat from, gint64 value, GstFormat to, gint64 *result);
};

struct GstHyperlipsTestBaseSrcPrivate {
  // Set once, by the element.
  std::shared_ptr<TestSrcShared> shared;
  TestSrcIndex index = kVideoStream;
  GstElement *element = nullptr;  ///< that contains the source; not owned
  GstPad *pad = nullptr;          ///< its ghost pad; not owned

  // For the streaming thread, or a thread that has the stream lock of the source pad.
  TestSrcSettings settings;
  std::optional<TestSrcSpeaker> speaker;
  GstSegment segment;
  bool discont = false;  ///< the next buffer does not follow the last one

  bool backwards() const { return segment.rate < 0; }
  /// The part of the performance that the segment plays, up to `end` at most.
  GstClockTime first_time() const;
  GstClockTime last_time(GstClockTime end) const;

  // For make(), in this order. Return any other value than GST_FLOW_OK.
  /// Determines the common end, which the frame rate of video decides.
  GstFlowReturn await_video(GstClockTime *end);
  /// A live source waits for PLAYING.
  GstFlowReturn await_start(GstClockTime time);
  /// Waits for a running time while PLAYING.
  GstFlowReturn wait_until(GstClockTime running_time);
  /// Stamps a buffer that holds this part of the performance.
  void finish_buffer(GstBuffer *buffer, GstClockTime from, GstClockTime to);

  /// Running time of a time, as a live source keeps to it.
  GstClockTime running_time(GstClockTime time) const;
  /// Current running time; GST_CLOCK_TIME_NONE without a clock.
  GstClockTime now() const;

  /// Posts the first error of the element and ends both streams.
  void fail(const std::exception &error);
  void fail(GstFlowReturn flow);

  /// GST_FLOW_OK, or why the stream must not continue.
  GstFlowReturn interrupted(const TestSrcState &state) const;

 private:
  bool set_failed();
};

GstHyperlipsTestBaseSrcPrivate &gst_hyperlips_test_base_src_get(GstHyperlipsTestBaseSrc *src);

/// Makes `src`, a new child of `element`, the stream behind the ghost pad `pad`.
void gst_hyperlips_test_base_src_connect(GstHyperlipsTestBaseSrc *src, GstElement *element,
                                         GstPad *pad, std::shared_ptr<TestSrcShared> shared,
                                         TestSrcIndex index);
/// READY to PAUSED. Throws what Performance throws.
void gst_hyperlips_test_base_src_prepare(GstHyperlipsTestBaseSrc *src,
                                         const TestSrcSettings &settings);
/// PAUSED to READY, or where prepare() failed.
void gst_hyperlips_test_base_src_release(GstHyperlipsTestBaseSrc *src);
/// Converts by the current caps.
gboolean gst_hyperlips_test_base_src_convert(GstHyperlipsTestBaseSrc *src, GstFormat from,
                                             gint64 value, GstFormat to, gint64 *result);
/// The answer to a query, the GstBaseSrcClass::query of this class.
gboolean gst_hyperlips_test_base_src_query(GstBaseSrc *src, GstQuery *query);

/// Gives a subclass the caps of the element's pad.
void gst_hyperlips_test_base_src_class_add_template(GstElementClass *klass,
                                                    GstStaticPadTemplate *element_template);

GType gst_hyperlips_test_video_src_get_type();
GType gst_hyperlips_test_audio_src_get_type();

extern GstStaticPadTemplate gst_hyperlips_test_src_video_template;
extern GstStaticPadTemplate gst_hyperlips_test_src_audio_template;

GST_DEBUG_CATEGORY_EXTERN(hyperlipstestsrc_debug);
