// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "feeder.hpp"
#include "gst/lib/media/media_info.hpp"
#include "options.hpp"
#include "output_format.hpp"

namespace hyperlips::redub {

/// Statistics of a network, from the property stats of its element.
struct NetworkUse {
  std::string architecture;
  std::string device;
  std::string precision;
  std::uint64_t frames = 0;
  std::uint64_t untouched = 0;  ///< frames that were not modified
  double average_ms = 0;        ///< of a batch
};

/// appsrc (video, speech, sound), hyperlips, encoders, muxer, filesink.
class Pipeline {
 public:
  struct Input {
    const MediaInfo &video;
    const MediaInfo &speech;
    GstCaps *video_caps;  ///< of the frames that will be pushed
    int rate, channels;   ///< of speech and sound
    int depth;            ///< bits per sample of SPEECH
  };

  /// Builds the pipeline. Throws Error if an element is not installed or streams cannot be linked.
  Pipeline(const Options &options, const OutputFormat &format, const Input &input,
           const std::filesystem::path &file);
  ~Pipeline();
  Pipeline(const Pipeline &) = delete;
  Pipeline &operator=(const Pipeline &) = delete;

  /// Loads the networks. Throws Error.
  void open();
  /// Starts the data flow. Throws Error.
  void play();

  FeederSinks sinks() const;

  /// Handles messages for up to `timeout`. True once the file is written. Throws Error.
  bool poll(GstClockTime timeout);

  /// Stops the data flow and unblocks threads that push data.
  void stop();

  std::uint64_t frames() const { return frames_; }
  std::uint64_t frames_with_face() const { return frames_with_face_; }
  /// Changes as long as data flows.
  std::uint64_t activity() const { return activity_; }
  NetworkUse base() const { return use_of("base"); }
  NetworkUse hr() const { return use_of("hr"); }  ///< empty without an HR model
  const std::vector<std::string> &warnings() const { return warnings_; }

 private:
  GstElement *add(GstElement *element);
  GstElement *add(const char *factory, const char *name = nullptr);
  void link(const std::vector<GstElement *> &chain);
  /// Links the chain to the encoder, a queue of this name and the muxer. Returns the queue.
  GstElement *encode(std::vector<GstElement *> chain, const std::vector<GstElement *> &encoder,
                     const char *queue_name);
  void configure_lips(const Options &options);
  void build_video(const Options &options, const Input &input);
  void build_sound(const Input &input);
  GstPadProbeReturn correct_times(GstPadProbeInfo *info);
  void set_tags(const Options &options, const Input &input);
  void watch(const char *element, const char *pad, GstPadProbeCallback callback);
  void take_warning(GstMessage *message);
  void check_size(const Options &options) const;
  NetworkUse use_of(const char *name) const;

  const Options &options_;
  OutputFormat format_;
  std::string subject_;  // OUT
  ObjectPtr<GstElement> pipeline_;
  GstElement *lips_ = nullptr, *muxer_ = nullptr;
  GstElement *video_ = nullptr, *speech_ = nullptr, *sound_ = nullptr;
  std::atomic<std::uint64_t> frames_ = 0, frames_with_face_ = 0, activity_ = 0;
  GstClockTime encoder_delay_ = 0;
  std::atomic<GstClockTime> sound_end_ = 0;  // of the sound that was encoded
  std::vector<std::string> warnings_;
};

}  // namespace hyperlips::redub
