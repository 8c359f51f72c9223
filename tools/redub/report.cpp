// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

using nlohmann::json;

json duration_of(const MediaInfo &info) {
  if (!GST_CLOCK_TIME_IS_VALID(info.duration)) return nullptr;
  return seconds(info.duration);
}

/// The track of a file that was used.
json describe_track(const MediaInfo &info, int stream) {
  const auto used = std::ranges::find(info.tracks, stream, &Track::stream);
  if (used == info.tracks.end()) return nullptr;
  const auto text = [](const std::string &value) {
    return value.empty() ? json(nullptr) : json(value);
  };
  return {{"number", used->number},
          {"of", std::ranges::count(info.tracks, used->kind, &Track::kind)},
          {"language", text(used->language)},
          {"title", text(used->title)}};
}

json describe_video(const MediaInfo &info) {
  return {{"file", info.path},
          {"track", describe_track(info, info.video_stream)},
          {"codec", info.video_codec},
          {"width", info.width},
          {"height", info.height},
          {"frame_rate", std::to_string(info.fps_n) + "/" + std::to_string(info.fps_d)},
          {"orientation", info.orientation},
          {"still", info.still},
          {"duration_s", info.still ? json(nullptr) : duration_of(info)}};
}

json describe_speech(const MediaInfo &info) {
  return {{"file", info.path},
          {"track", describe_track(info, info.audio_stream)},
          {"codec", info.audio_codec.empty() ? json(nullptr) : json(info.audio_codec)},
          {"rate", info.rate > 0 ? json(info.rate) : json(nullptr)},
          {"channels", info.channels > 0 ? json(info.channels) : json(nullptr)},
          {"duration_s", duration_of(info)}};
}

json describe_network(const std::string &file, const NetworkUse &use) {
  if (file.empty()) return nullptr;
  return {{"file", file}, {"architecture", use.architecture}, {"batch_ms", use.average_ms}};
}

const char *name_of(Length length) {
  switch (length) {
    case Length::Speech:
      return "speech";
    case Length::Video:
      return "video";
    case Length::Longest:
      break;
  }
  return "longest";
}

std::string write(const std::string &target, const json &report) {
  // File names need not be UTF-8.
  const std::string text = report.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  errno = 0;
  std::ofstream file;
  if (target != "-") file.open(target);
  std::ostream &stream = target == "-" ? std::cout : file;
  stream << text << std::flush;
  if (stream) return {};
  const std::string reason = errno ? std::string(": ") + std::strerror(errno) : "";
  return "Cannot write the report " + quote_path(target) + reason +
         ". Pass --json a file in an existing folder with free space.";
}

json versions() {
  return {{"hyperlips", HYPERLIPS_VERSION}, {"gstreamer", take_string(gst_version_string())}};
}

std::uint64_t generated(const RunResult &result) {
  return result.base.frames - std::min(result.base.frames, result.base.untouched);
}

}  // namespace

std::string write_report(const Options &options, const MediaInfo &video, const MediaInfo &speech,
                         const RunResult &result) {
  if (options.json.empty()) return {};
  const double wall = result.wall_seconds;
  const std::uint64_t made = generated(result);
  return write(options.json, {{"versions", versions()},
                              {"video", describe_video(video)},
                              {"speech", describe_speech(speech)},
                              {"output",
                               {{"file", options.output.string()},
                                {"container", result.format.container},
                                {"video_codec", result.format.video_codec},
                                {"audio_codec", result.format.audio_codec},
                                {"pixel_format", result.pixels},
                                {"lossless", result.format.lossless},
                                {"labelled", options.label},
                                {"duration_s", result.seconds}}},
                              {"length", name_of(options.length)},
                              {"frames",
                               {{"total", result.frames},
                                {"with_face", result.frames_with_face},
                                {"generated", made},
                                {"untouched", result.frames - std::min(result.frames, made)},
                                {"looped", result.frames_looped}}},
                              {"model", describe_network(options.model, result.base)},
                              {"hr_model", describe_network(options.hr_model, result.hr)},
                              {"backend", result.base.backend},
                              {"device", result.base.device},
                              {"precision", result.base.precision},
                              {"threads", result.base.threads},
                              {"wall_s", wall},
                              {"fps", wall > 0 ? double(result.frames) / wall : 0},
                              {"speed", wall > 0 ? result.seconds / wall : 0},
                              {"cancelled", result.cancelled},
                              {"not_kept", result.not_kept},
                              {"warning_count", result.warnings.size()},
                              {"warnings", result.warnings}});
}

void write_failure(const Options &options, const std::string &message) {
  if (options.json.empty()) return;
  write(options.json, {{"versions", versions()},
                       {"output", {{"file", options.output.string()}}},
                       {"error", message}});
}

std::string not_kept_text(const RunResult &result) {
  std::string text;
  for (const std::string &what : result.not_kept)
    text += (text.empty() ? "not kept: " : ", ") + what;
  return text;
}

std::string summary(const Options &options, const RunResult &result) {
  char text[160];
  const double wall = std::max(result.wall_seconds, 1e-3);
  std::snprintf(text, sizeof text,
                "%llu frames, %llu with a generated mouth, %.2f s of video in %.1f s (%.1f "
                "frames/s, %.2f times real time)",
                (unsigned long long)result.frames, (unsigned long long)generated(result),
                result.seconds, result.wall_seconds, double(result.frames) / wall,
                result.seconds / wall);
  return quote_path(options.output) + (result.cancelled ? " (interrupted): " : ": ") + text;
}

}  // namespace hyperlips::redub
