// SPDX-License-Identifier: LGPL-2.1-or-later
#include "options.hpp"

#include <CLI/CLI.hpp>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/talk/sound_offset.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

constexpr unsigned kMaxFaceIndex = 63;

/// Parses "index:N" or a name of the property face-select. Returns an error, empty for none.
std::string parse_face(const std::string &text, Options &options) {
  if (text.rfind("index:", 0) == 0) {
    const std::string number = text.substr(6);
    unsigned index = 0;
    if (!CLI::detail::lexical_cast(number, index) || index > kMaxFaceIndex) {
      return "invalid index " + quote(number) + "; expected 0 to 63, counted from the left";
    }
    options.face = "index";
    options.face_index = index;
    return {};
  }
  for (const char *name : {"largest", "center", "first", "all"}) {
    if (text == name) {
      options.face = text;
      return {};
    }
  }
  return "invalid face " + quote(text) + "; expected largest, center, first, index:N or all";
}

void add_inputs(CLI::App &app, Options &options) {
  app.add_option("VIDEO", options.video, "video of a person, or a still picture");
  app.add_option("SPEECH", options.speech,
                 "speech for the output: any file with sound, or - for standard input");
  const char *group = "Input";
  app.add_option("--video-track", options.video_track,
                 "number of the video track of VIDEO, from 1; default: the one that players choose")
      ->check(CLI::Range(1, 1000))
      ->group(group);
  app.add_option(
         "--audio-track", options.audio_track,
         "number of the audio track of SPEECH, from 1; default: the one that players choose")
      ->check(CLI::Range(1, 1000))
      ->group(group);
  app.add_option("OUT", options.output, "output file: .mp4, .m4v, .mov, .mkv, .webm or .avi");
  // All three or none.
  app.callback([&app, &options] {
    for (const char *name : {"VIDEO", "SPEECH", "OUT"}) {
      if (app.count(name) > 0) continue;
      if (!options.video.empty() || !options.footage.empty()) throw CLI::RequiredError(name);
      options.demo = true;
    }
  });
}

void add_model(CLI::App &app, Options &options) {
  const char *group = "Model";
  app.add_option("--model", options.model,
                 "HyperLipsBase checkpoint (.safetensors or .pth), or a bank (.bank); default: the "
                 "person's own mouths in VIDEO")
      ->envname("HYPERLIPS_MODEL")
      ->group(group);
  app.add_option("--footage", options.footage,
                 "without a model: take the mouths from this video of the same person instead of "
                 "VIDEO; may be repeated")
      ->allow_extra_args(false)
      ->check(CLI::ExistingFile)
      ->group(group);
  app.add_option(
         "--offset", options.offset,
         "without a model: frames by which the sound of VIDEO or of the footage is late, or "
         "auto to measure it")
      ->check(CLI::IsMember({"auto"}) | CLI::Range(-kMaxSoundOffset, kMaxSoundOffset))
      ->capture_default_str()
      ->group(group);
  app.add_option("--hr-model", options.hr_model,
                 "HRDecoder checkpoint, which refines the generated face")
      ->envname("HYPERLIPS_HR_MODEL")
      ->group(group);
  app.add_option("--size", options.size,
                 "width and height of the generated face in pixels; must match the HR model, 128 "
                 "without one")
      ->check(CLI::IsMember({128, 256, 512}))
      ->group(group);
  app.add_option("--backend", options.backend,
                 "library that computes the networks: auto, openvino or torch")
      ->capture_default_str()
      ->group(group);
  app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--precision", options.precision, "number format of the networks")
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "fp16"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--threads", options.threads,
                 "CPU threads that compute the networks; 0 selects one per core")
      ->check(CLI::Range(0, kMostThreads))
      ->group(group);
  app.add_option("--batch", options.batch, "frames per batch; 0 selects 8")
      ->check(CLI::Range(0, 64))
      ->group(group);
}

void add_face(CLI::App &app, Options &options) {
  const char *group = "Face";
  app.add_option_function<std::string>(
         "--face",
         [&options](const std::string &text) {
           const std::string error = parse_face(text, options);
           if (!error.empty()) throw CLI::ValidationError("--face", error);
         },
         "face to lip-sync: largest, center, first, index:N (from the left, starting at 0) or "
         "all")
      ->default_str(options.face)
      ->group(group);
  app.add_option("--min-confidence", options.min_confidence, "minimum detection confidence")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--smoothing", options.smoothing, "temporal smoothing of the face box")
      ->check(CLI::IsMember({"auto", "lookahead", "causal", "none"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--reference", options.reference,
                 "picture of the person that shows the model their appearance; default: the first "
                 "good view of the face in VIDEO")
      ->group(group);
  app.add_option("--silence", options.silence,
                 "mouth during silence: generated by the model, or the original one")
      ->check(CLI::IsMember({"model", "original"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--strength", options.strength, "opacity of the generated mouth")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--feather", options.feather,
                 "width of the soft edge, as a fraction of the face width")
      ->check(CLI::Range(0.0, 0.5))
      ->group(group);
  app.add_flag_callback(
         "--no-color-match", [&options] { options.color_match = false; },
         "do not match the colors of the generated mouth to the frame")
      ->group(group);
}

void add_output(CLI::App &app, Options &options) {
  const char *group = "Output";
  const std::map<std::string, Length> lengths{
      {"speech", Length::Speech}, {"video", Length::Video}, {"longest", Length::Longest}};
  app.add_option(
         "--length", options.length,
         "longest (default): nothing is cut; if the speech is longer, the video ping-pongs, "
         "if it is shorter, the remaining frames are not modified. speech, video: the "
         "length of that input")
      ->transform(CLI::CheckedTransformer(lengths).description("{speech,video,longest}"))
      ->group(group);
  app.add_option("--keep-audio", options.keep_audio,
                 "mix VIDEO's own sound under the speech with this linear gain")
      ->check(CLI::Range(0.0, 10.0))
      ->group(group);
  app.add_option("--fps", options.fps, "frame rate for a still picture")
      ->check(CLI::Range(1.0, 240.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--video-codec", options.video_codec, "default: depends on OUT")
      ->check(CLI::IsMember({"h264", "h265", "vp9", "ffv1", "prores"}))
      ->group(group);
  app.add_option("--audio-codec", options.audio_codec, "default: depends on OUT")
      ->check(CLI::IsMember({"aac", "opus", "flac", "pcm"}))
      ->group(group);
  app.add_option("--quality", options.quality, "quality of lossy video, 0 to 100")
      ->check(CLI::Range(0, 100))
      ->capture_default_str()
      ->group(group);
  app.add_flag("--lossless", options.lossless,
               "encode video and, where OUT allows it, sound losslessly")
      ->group(group);
  app.add_flag("--keep-format", options.keep_format,
               "encode in the pixel format of VIDEO, as far as the codec can, instead of 8 bit "
               "4:2:0, which every player shows")
      ->group(group);
  app.add_flag("--overwrite", options.overwrite, "replace OUT if it exists")->group(group);
  app.add_flag_callback(
         "--no-label", [&options] { options.label = false; },
         "omit the metadata that labels the lips as synthesized")
      ->group(group);
}

void add_messages(CLI::App &app, Options &options) {
  const char *group = "Messages";
  app.add_option("--json", options.json, "write a JSON report to this file, - for standard output")
      ->group(group);
  app.add_flag("-q,--quiet", options.quiet, "print errors only")->group(group);
  app.add_flag("-v,--verbose", options.verbose, "print the warnings of GStreamer")->group(group);
}

}  // namespace

ParsedOptions parse_options(int argc, char **argv) {
  ParsedOptions parsed;
  CLI::App app{
      "Lip-syncs the person in VIDEO to SPEECH. Only mouth and jaw change; frames without a face "
      "or "
      "without speech are not modified. Without VIDEO, SPEECH and OUT it makes a clip of a "
      "synthetic person in the folder hyperlips-demo and re-dubs that."};
  app.name("hyperlips-redub");
  app.set_version_flag("--version", "hyperlips-redub " HYPERLIPS_VERSION);
  app.footer(
      "Ctrl-C finalizes the file; press it twice to discard the file. Exit status: 0 done, 1 "
      "failed, 2 wrong usage, 130 interrupted.");
  add_inputs(app, parsed.options);
  add_model(app, parsed.options);
  add_face(app, parsed.options);
  add_output(app, parsed.options);
  add_messages(app, parsed.options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    parsed.exit_status = app.exit(error) == 0 ? 0 : 2;
  }
  return parsed;
}

}  // namespace hyperlips::redub
