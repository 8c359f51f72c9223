// SPDX-License-Identifier: LGPL-2.1-or-later
#include "options.hpp"

#include <CLI/CLI.hpp>

namespace hyperlips::redub {
namespace {

constexpr unsigned kMaxFaceIndex = 63;

/// "index:N" or one of the names of face-select.
std::string take_face(const std::string &text, Options &options) {
  if (text.rfind("index:", 0) == 0) {
    const std::string number = text.substr(6);
    unsigned index = 0;
    if (!CLI::detail::lexical_cast(number, index) || index > kMaxFaceIndex) {
      return "index:N takes a number from 0 to 63, counted from the left";
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
  return "'" + text + "' is none of largest, center, first, index:N, all";
}

void add_inputs(CLI::App &app, Options &options) {
  app.add_option("VIDEO", options.video, "video of a person, or a still picture");
  app.add_option("SPEECH", options.speech,
                 "what the person shall say: any file with sound, or - for WAV on standard input");
  app.add_option("OUT", options.output, "file to write: .mp4, .mov, .mkv, .webm or .avi");
  // All of them or none.
  app.callback([&app, &options] {
    for (const char *name : {"VIDEO", "SPEECH", "OUT"}) {
      if (app.count(name) > 0) continue;
      if (!options.video.empty()) throw CLI::RequiredError(name);
      options.demo = true;
    }
  });
}

void add_model(CLI::App &app, Options &options) {
  const char *group = "Networks";
  app.add_option("--model", options.model, "HyperLipsBase checkpoint (.safetensors or .pth)")
      ->envname("HYPERLIPS_MODEL")
      ->group(group);
  app.add_option("--starter-steps", options.starter_steps,
                 "how long the network of the demonstration is trained, where none is named and "
                 "none is left from before")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--hr-model", options.hr_model, "HRDecoder checkpoint, sharpens the face")
      ->envname("HYPERLIPS_HR_MODEL")
      ->group(group);
  app.add_option("--size", options.size,
                 "pixels of the generated face; must be the HR model's, 128 without one")
      ->check(CLI::IsMember({128, 256, 512}))
      ->group(group);
  app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str()
      ->group(group);
  app.add_option("--precision", options.precision, "number format of the networks")
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "fp16"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--batch", options.batch, "frames that are computed together; 0: 8")
      ->check(CLI::Range(0, 64))
      ->group(group);
}

void add_face(CLI::App &app, Options &options) {
  const char *group = "Face";
  app.add_option_function<std::string>(
         "--face",
         [&options](const std::string &text) {
           const std::string error = take_face(text, options);
           if (!error.empty()) throw CLI::ValidationError("--face", error);
         },
         "which face speaks: largest, center, first, index:N (from the left, from 0) or all")
      ->default_str(options.face)
      ->group(group);
  app.add_option("--min-confidence", options.min_confidence, "below this it is no face")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--smoothing", options.smoothing, "how the face's box is steadied")
      ->check(CLI::IsMember({"auto", "lookahead", "causal", "none"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--reference", options.reference,
                 "picture of the person that the looks are taken from; by default the first good "
                 "view in VIDEO")
      ->group(group);
  app.add_option("--silence", options.silence,
                 "a silent stretch shows the model's or the "
                 "original mouth")
      ->check(CLI::IsMember({"model", "original"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--strength", options.strength, "how much of the generated mouth to show")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--feather", options.feather,
                 "width of the soft edge as a fraction of the face's width")
      ->check(CLI::Range(0.0, 0.5))
      ->group(group);
  app.add_flag("!--no-color-match", options.color_match,
               "leave the colors of the generated mouth as they are")
      ->group(group);
}

void add_output(CLI::App &app, Options &options) {
  const char *group = "Output";
  const std::map<std::string, Length> lengths{
      {"speech", Length::Speech}, {"video", Length::Video}, {"longest", Length::Longest}};
  app.add_option("--length", options.length,
                 "longest (default): nothing is cut, the video runs forth and back under longer "
                 "speech and its tail passes untouched behind shorter; speech or video: exactly as "
                 "long as that")
      ->transform(CLI::CheckedTransformer(lengths).description("{speech,video,longest}"))
      ->group(group);
  app.add_option("--keep-audio", options.keep_audio,
                 "mix VIDEO's own sound under the speech, times this gain")
      ->check(CLI::Range(0.0, 10.0))
      ->group(group);
  app.add_option("--fps", options.fps, "frames per second of a still picture")
      ->check(CLI::Range(1.0, 240.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--video-codec", options.video_codec, "by default what fits OUT best")
      ->check(CLI::IsMember({"h264", "h265", "vp9", "ffv1"}))
      ->group(group);
  app.add_option("--audio-codec", options.audio_codec, "by default what fits OUT best")
      ->check(CLI::IsMember({"aac", "opus", "flac", "pcm"}))
      ->group(group);
  app.add_option("--quality", options.quality, "of lossy video, 0 to 100")
      ->check(CLI::Range(0, 100))
      ->capture_default_str()
      ->group(group);
  app.add_flag("--lossless", options.lossless, "keep every pixel and sample")->group(group);
  app.add_flag("--overwrite", options.overwrite, "replace OUT where it exists")->group(group);
  app.add_flag("!--no-label", options.label,
               "leave out the metadata that says the lips were synthesized")
      ->group(group);
}

void add_messages(CLI::App &app, Options &options) {
  const char *group = "Messages";
  app.add_option("--json", options.json, "write a report to this file, - for standard output")
      ->group(group);
  app.add_flag("-q,--quiet", options.quiet, "print errors only")->group(group);
  app.add_flag("-v,--verbose", options.verbose, "say more; twice: GStreamer's warnings too")
      ->group(group);
}

}  // namespace

ParsedOptions parse_options(int argc, char **argv) {
  ParsedOptions parsed;
  CLI::App app{
      "Makes the person in VIDEO say SPEECH. All but mouth and jaw stays as it is: frames without "
      "a face or without speech pass untouched. Without VIDEO, SPEECH and OUT it makes a clip of a "
      "synthetic talking head in the folder hyperlips-demo and re-dubs that."};
  app.name("hyperlips-redub");
  app.set_version_flag("--version", "hyperlips-redub " HYPERLIPS_VERSION);
  app.footer(
      "Ctrl-C ends the file early but well, a second one removes it. Exit status: 0 done, 1 "
      "failed, "
      "2 wrong usage, 130 ended early.");
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
