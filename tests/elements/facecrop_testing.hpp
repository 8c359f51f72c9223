// SPDX-License-Identifier: LGPL-2.1-or-later
// Shared by the tests of hyperlipsfacecrop: pictures with a face, and what the library makes of it.
#pragma once

#include <cmath>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/framing.hpp"
#include "hyperlips/face/selector.hpp"
#include "hyperlips/face/tracker.hpp"
#include "pipeline_testing.hpp"

namespace hyperlips::test {

inline const cv::Size kSize(320, 240);
inline constexpr GstClockTime kFrame = 40 * GST_MSECOND;

inline std::vector<cv::Mat> moving_face(int count, cv::Size size = kSize) {
  std::vector<cv::Mat> frames;
  for (int i = 0; i < count; ++i) {
    frames.push_back(draw_face(size, {.center = {0.45f + 0.008f * float(i), 0.5f},
                                      .width = 0.3f,
                                      .rotation = float(i) - 5,
                                      .mouth = 0.5f + 0.5f * std::sin(float(i))}));
  }
  return frames;
}

struct FoundFace : Face {
  Box crop;  ///< before smoothing
};

/// The faces that the library finds with the element's default options.
inline std::vector<std::vector<FoundFace>> library_faces(const std::vector<cv::Mat> &frames,
                                                         Framing kind = Framing::Steady) {
  Tracker tracker({.min_confidence = 0.5f, .max_faces = 4, .detect_interval = 10});
  FaceSelector selector(FaceChoice::Largest, 0);
  FaceFraming framing(kind);
  std::vector<std::vector<FoundFace>> found;
  for (const cv::Mat &frame : frames) {
    const double time = double(found.size() * kFrame) / GST_SECOND;
    const auto faces = tracker.track(view_of(frame), time);
    found.emplace_back();
    for (const Face &face : selector.select(faces, frame.size()))
      found.back().push_back({face, framing.box(face.track_id, face.landmarks, time)});
  }
  return found;
}

/// Runs pictures through the element and returns the output.
inline Pipeline::Buffers run(const std::vector<cv::Mat> &frames, const std::string &properties = "",
                             const std::string &source = "", const std::string &behind = "") {
  Pipeline pipeline("appsrc name=video format=time " + source + " ! hyperlipsfacecrop name=crop " +
                    properties + behind + " ! appsink name=out sync=false");
  pipeline.set_caps("video", video_caps("BGR", frames[0].cols, frames[0].rows));
  pipeline.play();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    pipeline.push("video", bgr_buffer(frames[i], i * kFrame));
  }
  pipeline.end("video");
  auto buffers = pipeline.pull_all("out");
  fail_unless_equals_int(buffers.size(), frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    fail_unless_equals_uint64(GST_BUFFER_PTS(buffers[i]), i * kFrame);
  }
  return buffers;
}

inline void assert_face(const HyperlipsFaceData &got, const Face &face, const Box &crop_box,
                        const cv::Mat &frame) {
  fail_unless(got.face.box == face.box);
  fail_unless(got.face.landmarks == face.landmarks);
  fail_unless(got.face.confidence == face.confidence);
  fail_unless(got.crop_box == crop_box);
  fail_unless(same_picture(got.crop, crop_face(view_of(frame), crop_box)));
  fail_unless(got.generated.empty());
}

/// The published smoothing.
inline Box looked_ahead(const std::vector<std::vector<FoundFace>> &found, std::size_t from) {
  std::vector<Box> boxes;
  for (std::size_t i = from; i < std::min(found.size(), from + 5); ++i) {
    if (found[i].size() != 1) break;
    boxes.push_back(found[i][0].crop);
  }
  return mean_box(boxes);
}

}  // namespace hyperlips::test
