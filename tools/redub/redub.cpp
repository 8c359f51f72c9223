// SPDX-License-Identifier: LGPL-2.1-or-later
#include "redub.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "feeder.hpp"
#include "gst/lib/media/frame_reader.hpp"
#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/messages.hpp"
#include "hyperlips/face/detector.hpp"
#include "inputs.hpp"
#include "output_check.hpp"
#include "output_file.hpp"
#include "output_writer.hpp"
#include "own_bank.hpp"
#include "pipeline.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "util/quote.hpp"
#include "watchdog.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace hyperlips::redub {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxRate = 1001000;  // of the fraction that a frame rate becomes
constexpr int kFramesToCount = 25;
constexpr int kBaseSize = 128;  // pixels that HyperLipsBase generates
constexpr GstClockTime kTick = GST_SECOND / Watchdog::kTicksPerSecond;

void check_model(const Options &options) {
  for (const std::string &model : {options.model, options.hr_model}) {
    if (!model.empty() && !std::filesystem::exists(model)) {
      throw Error(ErrorKind::NotFound, "Model " + quote_path(model) +
                                           " not found. Pass an existing file with --model or "
                                           "--hr-model, or correct HYPERLIPS_MODEL or "
                                           "HYPERLIPS_HR_MODEL in the environment.");
    }
  }
  if (!options.hr_model.empty() && options.model.empty()) {
    throw UsageError(
        "--hr-model refines the faces of a network. Add --model with a HyperLipsBase checkpoint, "
        "or omit --hr-model and unset HYPERLIPS_HR_MODEL.");
  }
  if (!options.model.empty() && (!options.footage.empty() || options.offset != "auto")) {
    throw UsageError(
        "--footage and --offset are for own mouths, which a model replaces. Omit them, or omit "
        "--model and unset HYPERLIPS_MODEL.");
  }
  if (options.hr_model.empty() && options.size > kBaseSize) {
    throw UsageError("--size " + std::to_string(options.size) +
                     " requires an HRDecoder checkpoint, because HyperLipsBase alone generates 128 "
                     "pixels. Add --hr-model, or omit --size.");
  }
}

void check_options(const Options &options) {
  check_model(options);
  if (!options.reference.empty() && !std::filesystem::exists(options.reference)) {
    throw Error(ErrorKind::NotFound, "Reference picture " + quote_path(options.reference) +
                                         " not found. Pass an existing file with --reference.");
  }
}

/// Waits for the end of the pipeline. Throws Error.
void wait_for_end(Pipeline &pipeline, Feeder &feeder, Progress &progress,
                  const std::atomic<bool> &cancelled) {
  Watchdog watchdog;
  bool announced = false, ended = false;
  while (!ended || !feeder.finished()) {
    ended = pipeline.poll(kTick) || ended;
    feeder.rethrow();
    progress.show(pipeline.frames());
    if (cancelled && !announced) {
      announced = true;
      progress.say("finalizing the file; press Ctrl-C again to discard it");
      feeder.wake();
    }
    if (watchdog.is_over(pipeline.activity() + feeder.activity(), feeder.waits_for_input())) {
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

/// Feeds all of the sources through the pipeline.
void process(Pipeline &pipeline, OutputWriter &writer, Sources &sources, Progress &progress,
             const std::atomic<bool> &cancelled, std::atomic<bool> &aborted, RunResult &result) {
  const auto start = Clock::now();
  {
    Feeder feeder(sources.clip(), sources.speech(), sources.original(),
                  {pipeline.video(), pipeline.speech(),
                   [&writer](std::span<const float> samples) { writer.write_sound(samples); }},
                  sources.plan(), cancelled, aborted);
    const StopAtEnd stop(pipeline, aborted);
    pipeline.play();
    feeder.start();
    wait_for_end(pipeline, feeder, progress, cancelled);
    // The statistics of the elements go with the pipeline's running state.
    result.base = pipeline.base();
    result.hr = pipeline.hr();
    result.frames_looped = feeder.looped_frames();
  }
  result.frames = pipeline.frames();
  result.frames_with_face = pipeline.frames_with_face();
  result.cancelled = cancelled;
  if (result.frames > 0) writer.finish();
  result.wall_seconds = std::chrono::duration<double>(Clock::now() - start).count();
}

/// The end of OUT, none if unknown.
GstClockTime expected_end(const Options &options, const Inputs &inputs) {
  const double end = expected_seconds(options, inputs);
  return end > 0 ? GstClockTime(end * GST_SECOND) : GST_CLOCK_TIME_NONE;
}

/// How OUT is encoded.
struct OutputPlan {
  bool turned = false;  ///< the frames are turned upright
  OutputWriter::Streams streams;
};

OutputPlan plan_output(const Options &options, const OutputFormat &format, const Inputs &inputs,
                       const GstCaps *caps, const FeederPlan &feeder, int speech_depth,
                       const Color &color) {
  OutputPlan plan;
  GstVideoInfo source;
  gst_video_info_from_caps(&source, caps);
  const std::string &orientation = inputs.video.orientation;
  plan.turned = !keeps_orientation(format, orientation);
  if (plan.turned && (orientation.ends_with("90") || orientation.ends_with("270"))) {
    std::swap(source.width, source.height);
    std::swap(source.par_n, source.par_d);
  }
  VideoSpec &video = plan.streams.video;
  GstVideoInfo &frames = plan.streams.frames;
  video.pixels = choose_pixels(format, source, inputs.video.alpha);
  gst_video_info_set_format(&frames, video.pixels.format, guint(source.width),
                            guint(source.height));
  const bool same_model = GST_VIDEO_INFO_IS_RGB(&source) == GST_VIDEO_INFO_IS_RGB(&frames);
  if (same_model) {
    frames.colorimetry = source.colorimetry;
    frames.chroma_site = source.chroma_site;
  }
  video.color = same_model ? color : color_of(frames);
  video.frame_rate = inputs.video.still ? av_d2q(options.fps, kMaxRate)
                                        : AVRational{inputs.video.fps_n, inputs.video.fps_d};
  video.pixel_aspect = {source.par_n, source.par_d};
  video.quality = options.quality;
  plan.streams.sound = {feeder.rate, feeder.channels, speech_depth};
  plan.streams.language = inputs.speech.language;
  plan.streams.orientation = plan.turned ? "rotate-0" : orientation;
  plan.streams.caps = caps;
  return plan;
}

/// What is lost of the sound.
std::vector<std::string> sound_losses(const SoundSpec &from, const OutputWriter &writer) {
  std::vector<std::string> lost;
  if (writer.sound_channels() < from.channels)
    lost.push_back(std::to_string(from.channels) +
                   " channels of sound (OUT: " + std::to_string(writer.sound_channels()) + ")");
  if (writer.sound_bits() < std::min(from.depth, 24))
    lost.push_back(std::to_string(from.depth) +
                   " bits of sound (OUT: " + std::to_string(writer.sound_bits()) + ")");
  if (writer.sound_rate() < from.rate)
    lost.push_back(std::to_string(from.rate) +
                   " Hz of sound (OUT: " + std::to_string(writer.sound_rate()) + ")");
  return lost;
}

ExpectedOutput expected_output(const OutputPlan &plan, const OutputFormat &format,
                               const OutputWriter &writer, const KeptTracks &kept) {
  const VideoSpec &video = plan.streams.video;
  const bool matroska = format.container == "mkv" || format.container == "webm";
  return {.frames = writer.frames(),
          .video_end = seconds(writer.video_end()),
          .sound_end = writer.sound_seconds(),
          .last_frame = seconds(writer.last_frame()),
          .has_durations = !matroska || video.frame_rate.num > 0,
          .width = video.pixels.width,
          .height = video.pixels.height,
          .channels = writer.sound_channels(),
          .subtitles = kept.subtitles(),
          .chapters = kept.chapters(),
          .color = video.color};
}

/// The most faces in one of the first frames.
std::size_t count_faces(const MediaSource &video) {
  const std::atomic<bool> never = false;
  FrameReader reader(video, never, FrameFormats::Library);
  Detector detector;
  std::size_t most = 0;
  for (int i = 0; i < kFramesToCount; ++i) {
    const std::optional<Frame> frame = reader.next();
    GstVideoInfo info;
    if (!frame || !gst_video_info_from_caps(&info, reader.caps())) break;
    const MappedFrame mapped(info, frame->buffer.get(), GST_MAP_READ, reader.orientation());
    if (mapped) most = std::max(most, detector.detect(mapped.view()).size());
  }
  return most;
}

void add_warnings(const std::vector<std::string> &of_pipeline, const Options &options,
                  const Inputs &inputs, RunResult &result) {
  const MediaInfo &video = inputs.video;
  result.warnings.insert(result.warnings.end(), of_pipeline.begin(), of_pipeline.end());
  const bool none = result.frames_with_face == 0 && !result.cancelled;
  const std::size_t faces = none && options.face == "index" ? count_faces(inputs.video_source) : 0;
  if (faces > 0) {
    result.warnings.push_back(quote_path(video.path) + " shows " + std::to_string(faces) +
                              (faces == 1 ? " face" : " faces") +
                              ", so --face index:" + std::to_string(options.face_index) +
                              " selects none and the picture is unchanged. Pass index:0" +
                              (faces > 1 ? " to index:" + std::to_string(faces - 1) : "") + ".");
  } else if (none) {
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
  std::string text = "model " + quote_path(options.model) + " on " + base.backend + ", " +
                     base.device + ", in " + base.precision;
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
  const auto collect = [&] {
    for (std::string &note : use_own_mouths(options, inputs, cancelled))
      result.warnings.push_back(std::move(note));
  };
  if (options.model.empty() && interrupted(collect)) return end_unwritten(options);
  std::atomic<bool> aborted = false;
  Sources sources(options, inputs, cancelled, aborted);
  if (interrupted([&] { sources.start(); })) return end_unwritten(options);

  OutputFile file(options.output);
  // Completing and checking OUT is no longer interrupted, but by a second signal.
  const std::atomic<bool> never = false;
  const FeederPlan &feeder = sources.plan();
  KeptTracks kept(options, result.format, inputs.video, inputs.video_source, feeder.origin,
                  expected_end(options, inputs), never);
  const OutputPlan plan = plan_output(options, result.format, inputs, sources.clip().caps(), feeder,
                                      sources.speech().depth(), kept.video_color());
  OutputWriter writer(result.format, plan.streams, kept, file.temporary(), options.output.string());
  Pipeline pipeline(
      options,
      {sources.clip().caps(), inputs.video.orientation, plan.turned, feeder.rate, feeder.channels},
      plan.streams.frames, [&writer](GstBuffer *frame) { writer.write_frame(frame); });
  pipeline.open();
  if (cancelled) return end_unwritten(options);

  const EncodedPixels &pixels = plan.streams.video.pixels;
  result.pixels = av_get_pix_fmt_name(pixels.av_format);
  for (const auto &lost : {pixels.lost, kept.lost(), sound_losses(plan.streams.sound, writer)})
    result.not_kept.insert(result.not_kept.end(), lost.begin(), lost.end());
  Progress progress(expected_frames(options, inputs), options.quiet);
  progress.say(model_text(options, pipeline.base()));
  if (!result.not_kept.empty()) progress.say(not_kept_text(result));
  process(pipeline, writer, sources, progress, cancelled, aborted, result);
  if (result.frames == 0) return end_unwritten(options);
  MediaSource written(file.temporary());
  written.name = options.output.string();
  std::vector<std::string> differences =
      check_output(written, expected_output(plan, result.format, writer, kept), never);
  if (pipeline.frames() != pipeline.frames_in())
    differences.push_back("OUT was checked: " + std::to_string(pipeline.frames_in()) +
                          " frames were read, and " + std::to_string(pipeline.frames()) +
                          " written.");
  if (!file.commit())
    differences.push_back("The file system of " + quote_path(options.output) +
                          " does not support syncing; OUT may be lost if power fails now.");

  result.seconds = std::max(writer.sound_seconds(), seconds(writer.video_end()));
  for (const auto &more : {sources.warnings(), differences})
    result.warnings.insert(result.warnings.end(), more.begin(), more.end());
  add_warnings(pipeline.warnings(), options, inputs, result);
  for (const std::string &warning : result.warnings) progress.say("warning: " + warning);
  // OUT is complete, so a report that cannot be written is no failure.
  const std::string unreported = write_report(options, inputs.video, inputs.speech, result);
  if (!unreported.empty()) progress.say("warning: " + unreported);
  progress.say(summary(options, result));
  return result.cancelled ? kInterrupted : kDone;
}

}  // namespace hyperlips::redub
