// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst/lib/media/av_ptr.hpp"

struct AVFilterContext;
struct AVFilterGraph;

namespace hyperlips {

/// Makes whole frames of interlaced ones, at the same rate and times, with FFmpeg's filter bwdif.
/// Frames that are marked as progressive pass unchanged.
class Deinterlacer {
 public:
  /// For frames of `file` like this one, with times in `unit`. Throws Error that names the file.
  Deinterlacer(const AVFrame &like, AVRational unit, const std::string &file);
  ~Deinterlacer();
  Deinterlacer(const Deinterlacer &) = delete;
  Deinterlacer &operator=(const Deinterlacer &) = delete;

  /// Gives it the next frame; null for the end.
  void push(AVFrame *frame);
  /// The next frame of the result; false if it needs more frames, or at the end.
  bool pull(AVFrame *frame);

 private:
  AVRational unit_;
  AVFilterGraph *graph_;
  AVFilterContext *source_ = nullptr, *sink_ = nullptr;
};

}  // namespace hyperlips
