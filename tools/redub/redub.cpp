// SPDX-License-Identifier: LGPL-2.1-or-later
#include "redub.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "feeder.hpp"
#include "gst/lib/media/messages.hpp"
#include "inputs.hpp"
#include "mkv_finish.hpp"
#include "mp4_finish.hpp"
#include "output_file.hpp"
#include "own_bank.hpp"
#include "pipeline.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBaseSize = 128;  // pixels that HyperLipsBase generates
constexpr GstClockTime kTick = 100 * GST_MSECOND;
/// A minute, counted in ticks, so that the time of a stopped process (Ctrl-Z) does not count.
constexpr unsigned kTicksWithoutProgress = 600;

void check_model(const Options &options) {
  for (const std::string &model : {options.model, options.hr_model}) {
    if (!model.empty() && !std::filesystem::exists(model)) {
      throw Error(ErrorKind::NotFound, "Model " + quote_path(model) + " not found.");
    }
  }
  if (!options.hr_model.empty() && options.model.empty()) {
    throw UsageError(
        "--hr-model refines the faces of a network. Add --model with a HyperLipsBase checkpoint, "
        "or "
        "omit --hr-model.");
  }
  if (options.hr_model.empty() && options.size > kBaseSize) {
    throw UsageError("--size " + std::to_string(options.size) +
                     " requires an HRDecoder checkpoint, because HyperLipsBase alone generates 128 "
                     "pixels. Add --hr-model, or omit --size.");
  }
}

void check_output(const Options &options) {
  for (const std::string &input : {options.video.string(), options.speech}) {
    if (same_file(input, options.output)) {
      throw UsageError("OUT " + quote_path(options.output) +
                       " is also an input. Choose another file name.");
    }
  }
  if (!options.overwrite && std::filesystem::exists(options.output)) {
    throw Error(ErrorKind::Settings,
                quote_path(options.output) + " already exists. Pass --overwrite to replace it.");
  }
}

void check_options(const Options &options) {
  check_model(options);
  if (!options.reference.empty() && !std::filesystem::exists(options.reference)) {
    throw Error(ErrorKind::NotFound,
                "Reference picture " + quote_path(options.reference) + " not found.");
  }
  check_output(options);
}

/// Waits for the end of the pipeline. Throws Error.
void wait_for_end(Pipeline &pipeline, Feeder &feeder, Progress &progress,
                  const std::atomic<bool> &cancelled) {
  std::uint64_t activity = 0;
  unsigned idle_ticks = 0;
  bool announced = false;
  while (!pipeline.poll(kTick)) {
    feeder.rethrow();
    progress.show(pipeline.frames());
    if (cancelled && !announced) {
      announced = true;
      progress.say("finalizing the file; press Ctrl-C again to discard it");
      feeder.wake();
    }
    const std::uint64_t now = pipeline.activity() + feeder.activity();
    idle_ticks = now == activity && !feeder.waits_for_input() ? idle_ticks + 1 : 0;
    activity = now;
    if (idle_ticks >= kTicksWithoutProgress) {
      throw Error(ErrorKind::Failed,
                  "No progress for a minute, after " + std::to_string(pipeline.frames()) +
                      " frames; VIDEO was read up to " + clock_text(feeder.video_position()) +
                      ". Run again with GST_DEBUG=3 in the environment for details.");
    }
  }
  feeder.rethrow();
}

/// Releases the threads of the feeder before they are joined, also when an exception is thrown.
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

/// Feeds all of the sources through the pipeline. Returns the end of the picture in the output.
GstClockTime process(Pipeline &pipeline, Sources &sources, Progress &progress,
                     const std::atomic<bool> &cancelled, std::atomic<bool> &aborted,
                     RunResult &result) {
  const auto start = Clock::now();
  GstClockTime video_end = 0;
  {
    Feeder feeder(sources.clip(), sources.speech(), sources.original(), pipeline.sinks(),
                  sources.plan(), cancelled, aborted);
    const StopAtEnd stop(pipeline, aborted);
    pipeline.play();
    feeder.start();
    wait_for_end(pipeline, feeder, progress, cancelled);
    // The statistics of the elements go with the pipeline's running state.
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
  return video_end;
}

/// Completes the header of the file, see mp4_finish.hpp and mkv_finish.hpp.
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

void add_warnings(const std::vector<std::string> &of_pipeline, const MediaInfo &video,
                  RunResult &result) {
  result.warnings.insert(result.warnings.end(), of_pipeline.begin(), of_pipeline.end());
  if (result.frames_with_face == 0 && !result.cancelled) {
    result.warnings.push_back("No face was detected in " + quote_path(video.path) +
                              "; its picture is unchanged. A lower --min-confidence, such as 0.3, "
                              "detects more faces.");
  }
  if (result.format.container == "avi" && video.fps_n == 0 && !video.still) {
    result.warnings.push_back("AVI requires a constant frame rate, but that of " +
                              quote_path(video.path) +
                              " varies. Write .mkv or .mp4 to keep its timestamps.");
  }
}

int end_unwritten(const Options &options) {
  const std::string text = "interrupted before the first frame; no file was written";
  Progress(0, options.quiet).say(text);
  write_failure(options, text);
  return kInterrupted;
}

std::string model_text(const Options &options, const NetworkUse &base) {
  if (base.architecture == "OwnMouths") return "own mouths of the person";
  std::string text =
      "model " + quote_path(options.model) + " on " + base.device + " in " + base.precision;
  if (!options.hr_model.empty()) text += ", HR model " + quote_path(options.hr_model);
  return text;
}

}  // namespace

int redub(const Options &given, std::atomic<bool> &cancelled) {
  Options options = given;
  check_options(options);
  RunResult result;
  result.format = choose_format(options, result.warnings);
  // Reading that is interrupted fails for lack of data.
  const auto interrupted = [&cancelled](const auto &reading) {
    try {
      reading();
    } catch (const Error &) {
      if (!cancelled) throw;
    }
    return bool(cancelled);
  };
  std::optional<Inputs> found;
  if (interrupted([&] { found.emplace(find_inputs(options, cancelled)); }))
    return end_unwritten(options);
  const Inputs &inputs = *found;
  if (options.model.empty()) {
    for (std::string &note : use_own_mouths(options, inputs, cancelled))
      result.warnings.push_back(std::move(note));
    if (cancelled) return end_unwritten(options);
  }
  std::atomic<bool> aborted = false;
  Sources sources(options, result.format, inputs, cancelled, aborted);
  if (interrupted([&] { sources.start(); })) return end_unwritten(options);

  OutputFile file(options.output);
  const FeederPlan &plan = sources.plan();
  Pipeline pipeline(options, result.format,
                    {inputs.video, inputs.speech, sources.clip().caps(), plan.rate, plan.channels,
                     inputs.speech.depth},
                    file.temporary());
  pipeline.open();
  if (cancelled) return end_unwritten(options);

  Progress progress(expected_frames(options, inputs), options.quiet);
  progress.say(model_text(options, pipeline.base()));
  const GstClockTime video_end = process(pipeline, sources, progress, cancelled, aborted, result);
  if (result.frames == 0) return end_unwritten(options);
  finish_file(result.format, inputs.video, file, sources.video_seconds(video_end), result.seconds);
  file.commit();

  result.seconds = std::max(result.seconds, seconds(video_end));
  for (std::string &warning : sources.warnings()) result.warnings.push_back(std::move(warning));
  add_warnings(pipeline.warnings(), inputs.video, result);
  for (const std::string &warning : result.warnings) progress.say("warning: " + warning);
  write_report(options, inputs.video, inputs.speech, result);
  progress.say(summary(options, result));
  return result.cancelled ? kInterrupted : kDone;
}

}  // namespace hyperlips::redub
