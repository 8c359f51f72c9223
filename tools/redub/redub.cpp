// SPDX-License-Identifier: LGPL-2.1-or-later
#include "redub.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "feeder.hpp"
#include "gst/lib/media/messages.hpp"
#include "mkv_finish.hpp"
#include "mp4_finish.hpp"
#include "output_file.hpp"
#include "pipeline.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

using Clock = std::chrono::steady_clock;

constexpr GstClockTime kTick = 100 * GST_MSECOND;
/// Counted in ticks, so that a stopped process (Ctrl-Z) does not count.
constexpr unsigned kTicksWithoutProgress = 600;
// What avenc_aac takes.
constexpr int kAacRates[] = {8000,  11025, 12000, 16000, 22050, 24000,
                             32000, 44100, 48000, 64000, 88200, 96000};

bool same_file(const std::filesystem::path &a, const std::filesystem::path &b) {
  std::error_code missing;
  return std::filesystem::equivalent(a, b, missing);
}

void check_options(const Options &options) {
  if (options.model.empty()) {
    throw UsageError(
        "No model was given. Name a HyperLipsBase checkpoint (.safetensors or .pth) by --model or "
        "HYPERLIPS_MODEL. This project ships none: docs/weights.md says where the published "
        "weights are and how to train your own.");
  }
  for (const std::string &model : {options.model, options.hr_model}) {
    if (!model.empty() && !std::filesystem::exists(model)) {
      throw Error(ErrorKind::NotFound, "The model " + quote_path(model) + " does not exist.");
    }
  }
  if (!options.reference.empty() && !std::filesystem::exists(options.reference)) {
    throw Error(ErrorKind::NotFound,
                "The reference picture " + quote_path(options.reference) + " does not exist.");
  }
  if (options.hr_model.empty() && options.size > 128) {
    throw UsageError("--size " + std::to_string(options.size) +
                     " needs an HRDecoder checkpoint: HyperLipsBase alone gives 128 pixels. Give "
                     "--hr-model too, or leave --size out.");
  }
  for (const std::string &input : {options.video.string(), options.speech}) {
    if (same_file(input, options.output)) {
      throw UsageError("OUT " + quote_path(options.output.string()) +
                       " is one of the inputs. Give it another name.");
    }
  }
  if (!options.overwrite && std::filesystem::exists(options.output)) {
    throw Error(ErrorKind::Settings,
                quote_path(options.output.string()) + " exists already. --overwrite replaces it.");
  }
}

MediaInfo discover_speech(const std::string &path) {
  if (path != kStdin) {
    MediaInfo info = discover(path);
    require_audio(info, "SPEECH is what the person shall say");
    return info;
  }
  MediaInfo info;
  info.path = "standard input";
  info.has_audio = true;
  info.depth = 16;
  info.audio_codec = "WAV";
  return info;
}

int sound_rate(const OutputFormat &format, int rate) {
  if (rate == 0 || format.audio_codec != "aac" ||
      std::ranges::find(kAacRates, rate) != std::end(kAacRates)) {
    return rate;
  }
  return rate > 48000 ? 96000 : 48000;
}

/// By what the containers say, for the time left.
std::uint64_t expected_frames(const Options &options, const MediaInfo &video,
                              const MediaInfo &speech) {
  const double fps = video.still ? options.fps : video.fps();
  const auto known = [](const MediaInfo &info) { return GST_CLOCK_TIME_IS_VALID(info.duration); };
  const double video_time = !video.still && known(video) ? seconds(video.duration) : 0;
  const double speech_time = known(speech) ? seconds(speech.duration) : 0;
  if (options.length == Length::Video && !video.still) {
    return std::uint64_t(std::llround(video_time * fps));
  }
  if (!known(speech)) return 0;
  const bool longest = options.length == Length::Longest;
  return std::uint64_t(
      std::llround((longest ? std::max(video_time, speech_time) : speech_time) * fps));
}

/// Lets it run to its end. Throws Error.
void run(Pipeline &pipeline, Feeder &feeder, Progress &progress, std::atomic<bool> &cancelled) {
  std::uint64_t activity = 0;
  unsigned still = 0;
  bool told = false;
  feeder.start();
  while (!pipeline.poll(kTick)) {
    feeder.rethrow();
    progress.show(pipeline.frames());
    if (cancelled && !told) {
      told = true;
      progress.say("ending the file; once more to remove it");
      feeder.wake();
    }
    const std::uint64_t now = pipeline.activity() + feeder.activity();
    still = now == activity && !feeder.waits_for_input() ? still + 1 : 0;
    activity = now;
    if (still >= kTicksWithoutProgress) {
      throw Error(ErrorKind::Failed,
                  "Nothing has moved for a minute: " + std::to_string(pipeline.frames()) +
                      " frames are done, the video is read up to " +
                      clock_text(feeder.video_position()) +
                      ". GST_DEBUG=3 in the environment shows more.");
    }
  }
  feeder.rethrow();
}

/// Frees the feeder's threads before they are joined, whatever happens.
class StopAtEnd {
 public:
  StopAtEnd(Pipeline &pipeline, std::atomic<bool> &aborted)
      : pipeline_(pipeline), aborted_(aborted) {}
  ~StopAtEnd() {
    aborted_ = true;
    pipeline_.stop();
  }
  StopAtEnd(const StopAtEnd &) = delete;
  StopAtEnd &operator=(const StopAtEnd &) = delete;

 private:
  Pipeline &pipeline_;
  std::atomic<bool> &aborted_;
};

void finish_file(const OutputFormat &format, const MediaInfo &video, const OutputFile &file,
                 double video_seconds, double sound_seconds) {
  if (format.container == "mkv" || format.container == "webm") finish_mkv(file.temporary());
  if (!format.is_mp4()) return;
  Mp4Finish finish;
  finish.audio_delay = encoder_delay(format);
  finish.video_seconds = video_seconds;
  finish.audio_seconds = sound_seconds;
  finish.width = int(video.width);
  finish.height = int(video.height);
  if (keeps_orientation(format, video.orientation)) {
    finish.rotation = std::stoi(video.orientation.substr(sizeof "rotate-" - 1));
  }
  finish_mp4(file.temporary(), finish);
}

void add_warnings(RunResult &result, const OutputFormat &format, const MediaInfo &video) {
  if (result.frames_with_face == 0 && !result.cancelled) {
    result.warnings.push_back("No face was found in " + quote_path(video.path) +
                              ", so its picture is unchanged. --min-confidence 0.3 finds more.");
  }
  if (format.container == "avi" && video.fps_n == 0 && !video.still) {
    result.warnings.push_back("AVI has one frame rate only, and that of " + quote_path(video.path) +
                              " varies. Write .mkv or .mp4 to keep it.");
  }
}

int end_unwritten(const Options &options) {
  const std::string text = "ended before the first frame, nothing was written";
  Progress(0, options.quiet).say(text);
  write_failure(options, text);
  return kEndedEarly;
}

}  // namespace

int redub(const Options &options, std::atomic<bool> &cancelled) {
  check_options(options);
  RunResult result;
  result.format = choose_format(options, result.warnings);
  const OutputFormat &format = result.format;

  const MediaInfo video = discover(options.video.string());
  require_video(video);
  if (options.keep_audio) require_audio(video, "--keep-audio mixes the video's own sound");
  const MediaInfo speech = discover_speech(options.speech);
  const bool own_sound =
      options.speech != kStdin && !video.still && same_file(options.video, options.speech);

  std::atomic<bool> aborted = false;
  VideoClip clip(options.video.string(), cancelled);
  int rate = sound_rate(format, speech.rate), channels = speech.channels;
  if (options.keep_audio && options.speech != kStdin) {
    rate = sound_rate(format, std::max(speech.rate, video.rate));
    channels = std::max(channels, video.channels);
  }
  // A file's sound is read to the end of the output; standard input may never come.
  SoundReader voice(options.speech, rate, channels, options.speech == kStdin ? cancelled : aborted);
  GstClockTime video_start, voice_start;
  try {
    video_start = clip.start();
    voice_start = voice.start();
  } catch (const Error &) {
    if (cancelled) return end_unwritten(options);
    throw;
  }

  FeederPlan plan;
  plan.rate = voice.rate();
  plan.channels = voice.channels();
  plan.length = video.still ? Length::Speech : options.length;
  // A file's own sound that is a little longer than its picture is no reason to repeat any.
  plan.loops = plan.length == Length::Speech || (plan.length == Length::Longest && !own_sound);
  if (video.still) plan.still_duration = GstClockTime(std::llround(GST_SECOND / options.fps));
  plan.origin = own_sound ? std::min(video_start, voice_start) : video_start;
  voice.set_origin(own_sound ? plan.origin : voice_start);
  std::unique_ptr<SoundReader> original;
  if (options.keep_audio) {
    plan.original_gain = *options.keep_audio;
    original = std::make_unique<SoundReader>(video.path, plan.rate, plan.channels, aborted);
    original->start();
    original->set_origin(plan.origin);
  }

  OutputFile file(options.output);
  Pipeline pipeline(options, format,
                    {video, speech, clip.caps(), plan.rate, plan.channels, speech.depth},
                    file.temporary());
  pipeline.open();
  if (cancelled) return end_unwritten(options);
  result.base = pipeline.base();
  Progress progress(expected_frames(options, video, speech), options.quiet);
  progress.say("model " + options.model + " on " + result.base.device + " in " +
               result.base.precision +
               (options.hr_model.empty() ? "" : ", HR model " + options.hr_model));

  const auto start = Clock::now();
  GstClockTime video_end = 0;
  {
    Feeder feeder(clip, voice, original.get(), pipeline.sinks(), plan, cancelled, aborted);
    const StopAtEnd stop(pipeline, aborted);
    pipeline.play();
    run(pipeline, feeder, progress, cancelled);
    result.base = pipeline.base();
    result.hr = pipeline.hr();
    result.frames_looped = feeder.looped_frames();
    result.seconds = feeder.sound_seconds();
    video_end = feeder.video_position();
  }
  result.wall_seconds = std::chrono::duration<double>(Clock::now() - start).count();
  result.frames = pipeline.frames();
  result.frames_with_face = pipeline.frames_with_face();
  result.cancelled = cancelled;
  if (result.frames == 0) return end_unwritten(options);
  finish_file(format, video, file, seconds(video_end - (video_start - plan.origin)),
              result.seconds);
  file.commit();
  result.seconds = std::max(result.seconds, seconds(video_end));

  result.warnings.insert(result.warnings.end(), pipeline.warnings().begin(),
                         pipeline.warnings().end());
  add_warnings(result, format, video);
  for (const std::string &warning : result.warnings) progress.say("warning: " + warning);
  write_report(options, video, speech, result);
  progress.say(summary(options, result));
  return result.cancelled ? kEndedEarly : kDone;
}

}  // namespace hyperlips::redub
