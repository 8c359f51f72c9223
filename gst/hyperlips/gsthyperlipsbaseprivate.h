// SPDX-License-Identifier: LGPL-2.1-or-later
// Private data of GstHyperlipsBase, shared by its two inputs (gsthyperlipsbasespeech.cpp) and what
// it does with them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gsthyperlipsbase.h"
#include "gsthyperlipsenums.h"
#include "lastfaces.hpp"
#include "stallwatch.hpp"
#include "hyperlips/talk/talker.hpp"

GST_DEBUG_CATEGORY_EXTERN(hyperlipsbase_debug);

#define DEFAULT_SILENCE GST_HYPERLIPS_SILENCE_MODEL
#define DEFAULT_NO_SPEECH_POLICY GST_HYPERLIPS_POLICY_PASSTHROUGH

/// HyperlipsFrame::analysis of a frame: its speech.
struct HyperlipsBaseSpeech {
  bool present = false;
  std::vector<float> window;
  hyperlips::MelTimes times;
};

struct HyperlipsBaseSettings {
  std::string reference_image;
  GstHyperlipsSilence silence = DEFAULT_SILENCE;
  GstHyperlipsPolicy no_speech = DEFAULT_NO_SPEECH_POLICY;
};

struct GstHyperlipsBasePrivate {
  GstPad *melpad = nullptr;

  std::mutex lock;
  HyperlipsBaseSettings settings;
  std::atomic<int> live_after = hyperlips::kMelWindow;  ///< columns of live speech after a frame

  // Protected by the filter's lock.
  hyperlips::MelTimeline timeline;
  bool mel_flushing = false;
  bool mel_unlinked = false;       ///< pad mel was unlinked and not linked again
  bool has_speech_source = false;  ///< pad mel is linked to a source
  bool live_asked = false;         ///< since the speech began
  bool mel_live = false;           ///< the source of the speech is live
  bool video_live = false;         ///< the source of the video is live
  bool mel_waits = false;          ///< the speech waits for the video or the clock
  /// Running time of the newest frame on pad sink, or of the end of the newest gap; -1 if there is
  /// none.
  gint64 video_reached = -1;
  hyperlips::StallWatch mel_watch, video_watch;

  // Accessed by the streaming thread of the mel pad.
  GstSegment mel_segment;

  // Accessed by the streaming thread of the sink pad.
  GstSegment video_segment;

  // Accessed by the streaming task, and by state changes while that is stopped.
  std::unique_ptr<hyperlips::Talker> talker;
  hyperlips::LastFaces last;
  hyperlips::FrameView frame_shape;  ///< size and orientation only

  HyperlipsBaseSettings current() {
    std::lock_guard guard(lock);
    return settings;
  }
};

struct _GstHyperlipsBase {
  GstHyperlipsNetworkFilter parent;
  GstHyperlipsBasePrivate *priv;
};

/// Adds pad mel, and watches the video pad.
void gst_hyperlips_base_add_inputs(GstHyperlipsBase *self, GstStaticPadTemplate *mel_template);

/// The columns of speech that a frame needs.
hyperlips::MelSpan gst_hyperlips_base_speech_span(GstHyperlipsBase *self);

/// With the filter's lock: looks up the frame's speech. False if it may still arrive; with
/// `deadline_passed` such a frame is late instead.
bool gst_hyperlips_base_find_speech(GstHyperlipsBase *self, HyperlipsFrame &frame,
                                    bool deadline_passed);

/// With the filter's lock: whether the first frame waits for speech, of which there is a warning
/// after a while.
void gst_hyperlips_base_wait_for_speech(GstHyperlipsBase *self, bool waits);

/// Drops the speech that no frame after running time `done` needs.
void gst_hyperlips_base_forget_speech(GstHyperlipsBase *self, GstClockTime done);

/// What GstHyperlipsFilter asks about the speech.
void gst_hyperlips_base_input_latency(GstHyperlipsFilter *filter, gboolean *live, GstClockTime *min,
                                      GstClockTime *max);
void gst_hyperlips_base_upstream_event(GstHyperlipsFilter *filter, GstEvent *event);
void gst_hyperlips_base_on_eos(GstHyperlipsFilter *filter);
