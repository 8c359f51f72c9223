// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

#include "gst/lib/media/gst_ptr.hpp"

namespace hyperlips::bench {

/// A pipeline as gst-launch-1.0 makes it. All functions throw Error if it fails.
class LaunchedPipeline {
 public:
  explicit LaunchedPipeline(const std::string &description);
  ~LaunchedPipeline();
  LaunchedPipeline(const LaunchedPipeline &) = delete;
  LaunchedPipeline &operator=(const LaunchedPipeline &) = delete;

  GstElement *get() const { return pipeline_.get(); }
  ObjectPtr<GstElement> element(const char *name) const;
  /// Calls `callback(data)` for each buffer at a pad of an element.
  void watch(const char *element, const char *pad, void (*callback)(GstBuffer *, void *),
             void *data);

  /// Ends the stream after so many buffers at the source pad of an element.
  void end_after(const char *element, int buffers);

  /// Goes to PAUSED, and waits until each sink has a frame.
  void preroll();
  void play();
  void wait_for_end() { wait_for(GST_MESSAGE_EOS); }
  void stop();

 private:
  void wait_for(GstMessageType wanted);

  ObjectPtr<GstElement> pipeline_;
};

/// A property of a launch line: NAME="VALUE", quoted.
std::string property(const char *name, const std::filesystem::path &value);

}  // namespace hyperlips::bench
