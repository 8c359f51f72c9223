// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "feeder.hpp"
#include "media.hpp"
#include "options.hpp"
#include "output_format.hpp"

namespace hyperlips::redub {

/// What the networks did, as the elements tell.
struct NetworkUse {
  std::string architecture;
  std::string device;
  std::string precision;
  std::uint64_t frames = 0;
  std::uint64_t untouched = 0;
  double average_ms = 0;  ///< a batch
};

/// From appsrc through the hyperlips bin, encoders and muxer to the file.
class Pipeline {
 public:
  struct Input {
    const MediaInfo &video;
    const MediaInfo &speech;
    GstCaps *video_caps;  ///< of the frames that will come
    int rate, channels;   ///< of the sound
    int depth;            ///< of the sound's source, in bits
  };

  /// Builds it. Throws Error when an element is missing or an option does not fit.
  Pipeline(const Options &options, const OutputFormat &format, const Input &input,
           const std::filesystem::path &file);
  ~Pipeline();
  Pipeline(const Pipeline &) = delete;
  Pipeline &operator=(const Pipeline &) = delete;

  /// Loads the networks and lets data flow. Throws Error.
  void open();
  void play();

  FeederSinks sinks() const;

  /// Waits up to `timeout` for news. True at the end of the file. Throws Error.
  bool poll(GstClockTime timeout);

  /// Ends everything; feeders come free.
  void stop();

  std::uint64_t frames() const { return frames_; }
  std::uint64_t frames_with_face() const { return frames_with_face_; }
  GstClockTime position() const { return position_; }  ///< end of the last frame that is done
  std::uint64_t activity() const { return activity_; }
  NetworkUse base() const { return use_of("base"); }
  NetworkUse hr() const { return use_of("hr"); }  ///< empty without HR model
  const std::vector<std::string> &warnings() const { return warnings_; }

 private:
  GstElement *add(GstElement *element);
  GstElement *add(const char *factory, const char *name = nullptr);
  void link(const std::vector<GstElement *> &chain);
  /// Links the chain, the encoder and a queue of this name, which it gives, to the muxer.
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
  std::atomic<std::uint64_t> frames_ = 0, frames_with_face_ = 0, activity_ = 0, position_ = 0;
  GstClockTime encoder_delay_ = 0;
  std::atomic<GstClockTime> sound_end_ = 0;  // of what went into the sound's encoder
  std::vector<std::string> warnings_;
};

}  // namespace hyperlips::redub
