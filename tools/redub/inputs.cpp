// SPDX-License-Identifier: LGPL-2.1-or-later
#include "inputs.hpp"

#include <algorithm>
#include <cmath>

#include "gst/lib/media/messages.hpp"
#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

/// The sizes that the elements accept.
constexpr unsigned kMinSide = 64, kMaxSide = 7680;
/// Speech that begins later than this, and later than VIDEO is long, is in a file whose times count
/// from elsewhere.
constexpr GstClockTime kMaxLate = 60 * GST_SECOND;

bool mixes(const Options &options) { return options.keep_audio && options.speech != kStdin; }

/// Rate and channels of the output's sound; 0: those of standard input, once known.
int sound_rate(const Options &options, const Inputs &inputs) {
  return mixes(options) ? std::max(inputs.speech.rate, inputs.video.rate) : inputs.speech.rate;
}
int sound_channels(const Options &options, const Inputs &inputs) {
  const int speech = kept_channels(inputs.speech.channels);
  return mixes(options) ? std::max(speech, kept_channels(inputs.video.channels)) : speech;
}

/// What is known of standard input before it arrives.
MediaInfo stdin_info() {
  MediaInfo info;
  info.path = "standard input";
  info.has_audio = true;
  return info;
}

void require_video(const MediaInfo &info) {
  if (!info.has_video)
    throw Error(
        ErrorKind::Format,
        quote_path(info.path) + " has no picture. Pass a video or a still picture as VIDEO.");
  if (!info.video_error.empty()) throw Error(ErrorKind::Format, info.video_error);
  const auto fits = [](unsigned side) { return side >= kMinSide && side <= kMaxSide; };
  if (!fits(info.width) || !fits(info.height))
    throw Error(ErrorKind::Format, quote_path(info.path) + " has " + std::to_string(info.width) +
                                       "x" + std::to_string(info.height) +
                                       " pixels; supported are 64x64 to 7680x7680. Scale it "
                                       "first.");
}

void require_audio(const MediaInfo &info, const std::string &advice) {
  if (!info.has_audio)
    throw Error(ErrorKind::Format, quote_path(info.path) + " has no sound. " + advice);
}

/// A source for the file, or for a copy of what a pipe gives.
MediaSource readable(const std::string &path, int track, Inputs &inputs,
                     const std::atomic<bool> &cancelled) {
  MediaSource source(path, track);
  if (is_pipe(path)) source.path = inputs.spools.emplace_back(source, cancelled).path();
  return source;
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

/// Recorders may count the time from midnight.
void find_speech_begin(Inputs &inputs) {
  const auto length = [](const MediaInfo &info) {
    const bool counts_from_zero =
        GST_CLOCK_TIME_IS_VALID(info.duration) && info.duration > info.start;
    return counts_from_zero ? info.duration - info.start : info.duration;
  };
  MediaInfo &speech = inputs.speech;
  const GstClockTime video = length(inputs.video);
  const bool before_end = GST_CLOCK_TIME_IS_VALID(video) && speech.start < video;
  if (inputs.own_sound || before_end || speech.start < kMaxLate) return;
  inputs.speech_begin = speech.start;
  speech.duration = length(speech);
}

}  // namespace

bool same_file(const std::filesystem::path &a, const std::filesystem::path &b) {
  std::error_code missing;
  return std::filesystem::equivalent(a, b, missing);
}

Inputs find_inputs(const Options &options, const std::atomic<bool> &cancelled) {
  Inputs inputs{{options.video}, {options.speech, options.audio_track}, {}, {}};
  inputs.video_source = readable(options.video, options.video_track, inputs, cancelled);
  const bool same = same_file(options.video, options.speech);
  inputs.video = examine(inputs.video_source, {options.video_track, same ? options.audio_track : 0},
                         cancelled);
  require_video(inputs.video);
  if (options.keep_audio)
    require_audio(inputs.video, "Omit --keep-audio, or pass a VIDEO with sound.");
  if (options.speech == kStdin) {
    inputs.speech = stdin_info();
    return inputs;
  }
  if (same) {
    inputs.speech_source.path = inputs.video_source.path;
  } else {
    inputs.speech_source = readable(options.speech, options.audio_track, inputs, cancelled);
  }
  inputs.speech = examine(inputs.speech_source, {0, options.audio_track}, cancelled);
  require_audio(inputs.speech, "Pass a file with sound as SPEECH.");
  inputs.own_sound = same && !inputs.video.still;
  find_speech_begin(inputs);
  return inputs;
}

double expected_seconds(const Options &options, const Inputs &inputs) {
  const auto known = [](const MediaInfo &info) { return GST_CLOCK_TIME_IS_VALID(info.duration); };
  const bool still = inputs.video.still;
  const double video = !still && known(inputs.video) ? seconds(inputs.video.duration) : 0;
  if (options.length == Length::Video && !still) return video;
  if (!known(inputs.speech)) return 0;
  const double speech = seconds(inputs.speech.duration);
  return options.length == Length::Longest ? std::max(video, speech) : speech;
}

std::uint64_t expected_frames(const Options &options, const Inputs &inputs) {
  const double fps = inputs.video.still ? options.fps : inputs.video.fps();
  return std::uint64_t(std::llround(expected_seconds(options, inputs) * fps));
}

Sources::Sources(const Options &options, const Inputs &inputs, const std::atomic<bool> &cancelled,
                 const std::atomic<bool> &aborted)
    : options_(options), inputs_(inputs), cancelled_(cancelled), aborted_(aborted) {}

void Sources::start() {
  clip_ = std::make_unique<VideoClip>(inputs_.video_source, Cancel(cancelled_, aborted_));
  video_start_ = clip_->start();
  // Files are read on after an interruption, to the end of the output; standard input may block.
  const Cancel cancel = options_.speech == kStdin ? Cancel(cancelled_, aborted_) : Cancel(aborted_);
  speech_ = std::make_unique<SoundReader>(inputs_.speech_source, sound_rate(options_, inputs_),
                                          sound_channels(options_, inputs_), cancel);
  const GstClockTime speech_start = speech_->start();
  plan_ = make_plan(options_, inputs_, *speech_);
  plan_.origin = inputs_.own_sound ? std::min(video_start_, speech_start) : video_start_;
  // Speech that begins later in its file, as a dub track does, is heard later.
  speech_->set_origin(inputs_.own_sound ? plan_.origin : inputs_.speech_begin);
  if (!options_.keep_audio) return;
  MediaSource own = inputs_.video_source;
  own.track = inputs_.own_sound ? options_.audio_track : 0;
  original_ = std::make_unique<SoundReader>(own, plan_.rate, plan_.channels, aborted_);
  original_->start();
  original_->set_origin(plan_.origin);
}

std::vector<std::string> Sources::warnings() const {
  std::vector<std::string> texts;
  const auto add = [&texts](const std::string &text) {
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
  };
  if (inputs_.video.interlaced)
    add(quote_path(inputs_.video.path) + " is interlaced; its frames were deinterlaced.");
  if (inputs_.speech_begin > 0)
    add("The sound of " + quote_path(inputs_.speech.path) + " begins at " +
        clock_text(inputs_.speech_begin) + ", later than " + quote_path(inputs_.video.path) +
        " is long; it was moved to the start.");
  const auto add_channels = [&](const MediaInfo &info) {
    if (kept_channels(info.channels) < info.channels)
      add("The " + std::to_string(info.channels) + " channels of " + quote_path(info.path) +
          " were mixed down to " + std::to_string(kept_channels(info.channels)) + ".");
    // Mixed with sound of more channels, it becomes some of those.
    if (!info.layout_change.empty() && info.channels == speech_->channels())
      add("The sound of " + quote_path(info.path) + " was converted from " + info.layout_change +
          ": WAV, FLAC and Opus have no other layout of " + std::to_string(info.channels) +
          " channels.");
  };
  add_channels(inputs_.speech);
  if (original_) add_channels(inputs_.video);
  for (const std::string &text : clip_->warnings()) add(text);
  for (const std::string &text : speech_->warnings()) add(text);
  if (original_)
    for (const std::string &text : original_->warnings()) add(text);
  return texts;
}

}  // namespace hyperlips::redub
