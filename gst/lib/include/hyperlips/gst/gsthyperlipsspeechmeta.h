// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/face/pose.hpp"

/// A phoneme that is heard while a frame shows. Times are stream times of the frame's own stream.
struct HyperlipsPhoneme {
  std::string name;  ///< IPA; empty in a pause
  hyperlips::Viseme viseme = hyperlips::Viseme::Silence;
  GstClockTime start = 0, end = 0;
  GstClockTime release = 0;  ///< where lips or tongue let go; `start` where nothing is closed
};

/// What the head of a frame really does and says: the ground truth that hyperlipstestsrc attaches
/// beside the GstHyperlipsFaceMeta of its face.
struct HyperlipsSpeechData {
  hyperlips::FacePose pose;                ///< at the frame's timestamp, the mouth included
  std::vector<HyperlipsPhoneme> phonemes;  ///< in order; the first is the one at the timestamp
  cv::Mat mouth_mask;  ///< CV_8UC1 of the frame's size, 255 inside the outer lips; never written to
};

struct GstHyperlipsSpeechMeta {
  GstMeta meta;
  HyperlipsSpeechData data;
};

GType gst_hyperlips_speech_meta_api_get_type();
#define GST_HYPERLIPS_SPEECH_META_API_TYPE (gst_hyperlips_speech_meta_api_get_type())
const GstMetaInfo *gst_hyperlips_speech_meta_get_info();

/// Adds the truth to a writable buffer; the meta takes `data` over. Copies of the buffer and scaled
/// versions keep it.
GstHyperlipsSpeechMeta *gst_buffer_add_hyperlips_speech_meta(GstBuffer *buffer,
                                                             HyperlipsSpeechData data);

/// The truth of a frame, or nullptr.
GstHyperlipsSpeechMeta *gst_buffer_get_hyperlips_speech_meta(GstBuffer *buffer);
