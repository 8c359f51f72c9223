// SPDX-License-Identifier: LGPL-2.1-or-later
#include "inputs.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/error.hpp"

namespace hyperlips::redub {
namespace {

/// Sampling rates of avenc_aac.
constexpr int kAacRates[] = {8000,  11025, 12000, 16000, 22050, 24000,
                             32000, 44100, 48000, 64000, 88200, 96000};

/// The sampling rate to encode sound of this one at; 0 (unknown) stays.
int encoded_rate(const OutputFormat &format, int rate) {
  if (rate == 0 || format.audio_codec != "aac" ||
      std::ranges::find(kAacRates, rate) != std::end(kAacRates)) {
    return rate;
  }
  return rate > 48000 ? 96000 : 48000;
}

bool mixes(const Options &options) { return options.keep_audio && options.speech != kStdin; }

/// Rate and channels of the output's sound; 0: those of standard input, once known.
int sound_rate(const Options &options, const Inputs &inputs) {
  return mixes(options) ? std::max(inputs.speech.rate, inputs.video.rate) : inputs.speech.rate;
}
int sound_channels(const Options &options, const Inputs &inputs) {
  return mixes(options) ? std::max(inputs.speech.channels, inputs.video.channels)
                        : inputs.speech.channels;
}

/// What is known of WAV on standard input before it arrives.
MediaInfo stdin_info() {
  MediaInfo info;
  info.path = "standard input";
  info.has_audio = true;
  info.depth = 16;
  info.audio_codec = "WAV";
  return info;
}

FeederPlan make_plan(const Options &options, const Inputs &inputs, const SoundReader &speech) {
  FeederPlan plan;
  plan.rate = speech.rate();
  plan.channels = speech.channels();
  plan.length = inputs.video.still ? Length::Speech : options.length;
  // The own sound of a file is often a little longer than its picture; no frame is repeated for it.
  plan.loops =
      plan.length == Length::Speech || (plan.length == Length::Longest && !inputs.own_sound);
  if (inputs.video.still) {
    plan.still_duration = GstClockTime(std::llround(GST_SECOND / options.fps));
  }
  if (options.keep_audio) plan.original_gain = *options.keep_audio;
  return plan;
}

}  // namespace

bool same_file(const std::filesystem::path &a, const std::filesystem::path &b) {
  std::error_code missing;
  return std::filesystem::equivalent(a, b, missing);
}

Inputs discover_inputs(const Options &options) {
  Inputs inputs;
  inputs.video = discover(options.video.string());
  require_video(inputs.video);
  if (options.keep_audio) require_audio(inputs.video, "--keep-audio mixes VIDEO's own sound");
  if (options.speech == kStdin) {
    inputs.speech = stdin_info();
    return inputs;
  }
  inputs.speech = discover(options.speech);
  require_audio(inputs.speech, "SPEECH must have one");
  inputs.own_sound = !inputs.video.still && same_file(options.video, options.speech);
  return inputs;
}

std::uint64_t expected_frames(const Options &options, const Inputs &inputs) {
  const auto known = [](const MediaInfo &info) { return GST_CLOCK_TIME_IS_VALID(info.duration); };
  const bool still = inputs.video.still;
  const double fps = still ? options.fps : inputs.video.fps();
  const double video = !still && known(inputs.video) ? seconds(inputs.video.duration) : 0;
  if (options.length == Length::Video && !still) return std::uint64_t(std::llround(video * fps));
  if (!known(inputs.speech)) return 0;
  const double speech = seconds(inputs.speech.duration);
  const bool longest = options.length == Length::Longest;
  return std::uint64_t(std::llround((longest ? std::max(video, speech) : speech) * fps));
}

Sources::Sources(const Options &options, const OutputFormat &format, const Inputs &inputs,
                 const std::atomic<bool> &cancelled, const std::atomic<bool> &aborted)
    : options_(options),
      inputs_(inputs),
      cancelled_(cancelled),
      aborted_(aborted),
      clip_(options.video.string(), cancelled),
      // Files are read on after an interruption, to the end of the output; standard input may
      // block.
      speech_(options.speech, encoded_rate(format, sound_rate(options, inputs)),
              sound_channels(options, inputs), options.speech == kStdin ? cancelled : aborted) {}

bool Sources::start() {
  GstClockTime speech_start = 0;
  try {
    video_start_ = clip_.start();
    speech_start = speech_.start();
  } catch (const Error &) {
    if (cancelled_) return false;
    throw;
  }
  plan_ = make_plan(options_, inputs_, speech_);
  plan_.origin = inputs_.own_sound ? std::min(video_start_, speech_start) : video_start_;
  speech_.set_origin(inputs_.own_sound ? plan_.origin : speech_start);
  if (options_.keep_audio) {
    original_ =
        std::make_unique<SoundReader>(inputs_.video.path, plan_.rate, plan_.channels, aborted_);
    original_->start();
    original_->set_origin(plan_.origin);
  }
  return true;
}

double Sources::video_seconds(GstClockTime video_end) const {
  return seconds(video_end - (video_start_ - plan_.origin));
}

}  // namespace hyperlips::redub
