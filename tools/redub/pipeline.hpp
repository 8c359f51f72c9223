// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/app/gstappsink.h>

#include <atomic>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "feeder.hpp"
#include "frame_encoding.hpp"
#include "options.hpp"

namespace hyperlips::redub {

/// Statistics of a network, from the property stats of its element.
struct NetworkUse {
  std::string architecture;
  std::string backend;
  std::string device;
  std::string precision;
  unsigned threads = 0;  ///< 0 on other devices than the CPU
  std::uint64_t frames = 0;
  std::uint64_t untouched = 0;  ///< frames that were not modified
  double average_ms = 0;        ///< of a batch
};

/// appsrc (video, speech), hyperlips, appsink.
class Pipeline {
 public:
  struct Input {
    GstCaps *video;           ///< of the frames that will be pushed
    std::string orientation;  ///< a value of GST_TAG_IMAGE_ORIENTATION
    bool turned;              ///< the frames are turned upright
    int rate, channels;       ///< of the speech
  };

  /// Gets each frame, from a thread of the pipeline: its pixels as `encoded`, which has the size
  /// of the frames. What it throws ends the run.
  using Write = std::function<void(GstBuffer *frame)>;

  /// Builds the pipeline. Throws Error if an element is not installed or streams cannot be linked.
  Pipeline(const Options &options, const Input &input, const GstVideoInfo &encoded, Write write);
  ~Pipeline();
  Pipeline(const Pipeline &) = delete;
  Pipeline &operator=(const Pipeline &) = delete;

  /// Loads the networks. Throws Error.
  void open();
  /// Starts the data flow. Throws Error.
  void play();

  GstAppSrc *video() const { return GST_APP_SRC(video_); }
  GstAppSrc *speech() const { return GST_APP_SRC(speech_); }

  /// Handles messages for up to `timeout`. True once all frames are written. Throws Error.
  bool poll(GstClockTime timeout);

  /// Stops the data flow and unblocks threads that push data.
  void stop();

  std::uint64_t frames_in() const { return frames_in_; }  ///< pushed
  std::uint64_t frames() const { return frames_; }        ///< passed on
  std::uint64_t frames_with_face() const { return frames_with_face_; }
  /// Changes as long as data flows.
  std::uint64_t activity() const { return activity_; }
  NetworkUse base() const { return use_of("base"); }
  NetworkUse hr() const { return use_of("hr"); }  ///< empty without an HR model
  const std::vector<std::string> &warnings() const { return warnings_; }

 private:
  /// A frame on its way through the elements, where they need another format than VIDEO's.
  struct Converted {
    BufferPtr decoded, before;
  };

  GstElement *add(const char *factory, const char *name = nullptr);
  GstElement *add_converter(const char *name);
  void link(const std::vector<GstElement *> &chain);
  void configure_lips(const Options &options);
  void build_video(const Input &input);
  void build_speech(const Input &input);
  void watch(GstElement *element, const char *pad, GstPadProbeCallback callback);
  void keep_decoded(GstBuffer *frame);
  void keep_converted(GstBuffer *frame);
  GstFlowReturn take_frame(GstSample *sample) noexcept;
  void take_warning(GstMessage *message);
  void check_size(const Options &options) const;
  NetworkUse use_of(const char *name) const;

  const Options &options_;
  GstVideoInfo encoded_;
  Write write_;
  ObjectPtr<GstElement> pipeline_;
  GstElement *lips_ = nullptr, *convert_ = nullptr, *video_ = nullptr, *speech_ = nullptr;
  std::atomic<std::uint64_t> frames_in_ = 0, frames_ = 0, frames_with_face_ = 0, activity_ = 0;
  std::vector<std::string> warnings_;

  std::mutex lock_;
  std::deque<Converted> on_the_way_;
  std::exception_ptr failure_;
  std::unique_ptr<FrameEncoding> encoding_;  // made at the first frame
};

}  // namespace hyperlips::redub
