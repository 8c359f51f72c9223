// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gsthyperlipstestsrcstream.h"

/// A seek event's content, in TIME format once it is accepted.
struct TestSrcSeek {
  gdouble rate;
  GstFormat format;
  GstSeekFlags flags;
  GstSeekType start_type, stop_type;
  gint64 start, stop;
  guint32 seqnum;
};

struct TestSrcPrivate {
  std::mutex lock;
  std::condition_variable changed;  ///< anything that a stream may wait for

  // Under the lock.
  TestSrcSettings settings;
  bool live = false;                         ///< by the settings at the start
  bool playing = false;                      ///< a live source may run
  bool streaming = false;                    ///< PAUSED or higher
  std::optional<GstClockTime> clock_offset;  ///< added to timestamps, once a clock has been seen
  GstClockTime latency = 0;                  ///< that the pipeline distributed
  std::optional<double> said;                ///< seconds of the text
  std::optional<TestSrcRate> rate;           ///< of video, as negotiated
  GstClockTime end = GST_CLOCK_TIME_NONE;    ///< of the performance; meaningful with `rate`
  guint64 frames = 0, skipped = 0;
  bool seeking = false;                     ///< a thread performs seeks
  std::optional<TestSrcSeek> pending_seek;  ///< for that thread, or for when the element starts
  guint32 seek_seqnum = GST_SEQNUM_INVALID;

  GstSegment segment;  ///< written while the streams stand still
  guint group_id = 0;

  /// Start and stop of the element against a seek that is still on its way in another thread.
  /// Taken before `lock`; nothing that waits is done under it.
  std::mutex place_lock;

  std::array<std::unique_ptr<TestSrcStream>, 2> streams;

  /// With the lock: whether the performance ends at all.
  bool finite() const { return said || settings.num_buffers >= 0; }
  /// With the lock: the end, also before video is negotiated.
  GstClockTime end_or_estimate() const;
};

struct _GstHyperlipsTestSrc {
  GstElement parent;
  TestSrcPrivate *priv;
};

/// With the lock: the number of the frame before which all is said or num-buffers are shown; none
/// where nothing ends. `before` frames were shown at other rates before frame `first` of this rate.
std::optional<guint64> gst_hyperlips_test_src_last_frame(const TestSrcPrivate &p,
                                                         const TestSrcRate &rate, guint64 first,
                                                         guint64 before);

/// Performs a seek event or keeps it for when the element starts. Does not take the event over.
gboolean gst_hyperlips_test_src_seek(GstHyperlipsTestSrc *self, TestSrcStream *stream,
                                     GstEvent *event);
/// Sets the first segment, by the seek that was kept or from the beginning.
void gst_hyperlips_test_src_first_segment(GstHyperlipsTestSrc *self);
gboolean gst_hyperlips_test_src_event(GstPad *pad, GstObject *parent, GstEvent *event);
gboolean gst_hyperlips_test_src_query(GstPad *pad, GstObject *parent, GstQuery *query);
TestSrcStream &gst_hyperlips_test_src_stream(GstPad *pad);

std::unique_ptr<TestSrcStream> gst_hyperlips_test_src_video(GstHyperlipsTestSrc *self, GstPad *pad);
std::unique_ptr<TestSrcStream> gst_hyperlips_test_src_audio(GstHyperlipsTestSrc *self, GstPad *pad);

extern GstStaticPadTemplate gst_hyperlips_test_src_video_template;
extern GstStaticPadTemplate gst_hyperlips_test_src_audio_template;

GST_DEBUG_CATEGORY_EXTERN(hyperlipstestsrc_debug);
