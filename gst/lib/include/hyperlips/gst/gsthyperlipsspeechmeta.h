// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/face/pose.hpp"

/// A phoneme that is audible during a frame. Times are stream times of the frame's stream.
struct HyperlipsPhoneme {
  std::string name;  ///< IPA symbol; empty in a pause
  hyperlips::Viseme viseme = hyperlips::Viseme::Silence;
  GstClockTime start = 0, end = 0;
  GstClockTime release = 0;  ///< end of the closure of a stop or nasal; otherwise `start`
};

/// Ground truth of a synthetic frame: pose, phonemes and mouth mask. hyperlipstestsrc attaches it
/// next to the GstHyperlipsFaceMeta of the face.
struct HyperlipsSpeechData {
  hyperlips::FacePose pose;                ///< head, eyes and mouth at the frame's timestamp
  std::vector<HyperlipsPhoneme> phonemes;  ///< in order; the first is at the frame's timestamp
  cv::Mat mouth_mask;  ///< CV_8UC1 of the frame's size, 255 inside the outer lips; read-only
};

struct GstHyperlipsSpeechMeta {
  GstMeta meta;
  HyperlipsSpeechData data;
};

GType gst_hyperlips_speech_meta_api_get_type();
#define GST_HYPERLIPS_SPEECH_META_API_TYPE (gst_hyperlips_speech_meta_api_get_type())
const GstMetaInfo *gst_hyperlips_speech_meta_get_info();

/// Adds the ground truth to a writable buffer. Copies and scaled versions of the buffer keep it.
GstHyperlipsSpeechMeta *gst_buffer_add_hyperlips_speech_meta(GstBuffer *buffer,
                                                             HyperlipsSpeechData data);

/// The ground truth of a frame, or nullptr.
GstHyperlipsSpeechMeta *gst_buffer_get_hyperlips_speech_meta(GstBuffer *buffer);
