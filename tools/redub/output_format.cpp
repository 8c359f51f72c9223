// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output_format.hpp"

#include <gst/video/video.h>

#include <algorithm>

#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

/// Codecs that the muxers of GStreamer 1.22 support, the default first.
struct Container {
  const char *extension;
  const char *muxer;
  std::vector<std::string> video;
  std::vector<std::string> lossless_video;
  std::vector<std::string> audio;
  std::vector<std::string> lossless_audio;
};

const std::vector<Container> &containers() {
  static const std::vector<Container> table{
      {"mp4", "mp4mux", {"h264", "h265", "vp9"}, {"h264", "h265"}, {"aac"}, {}},
      {"m4v", "mp4mux", {"h264", "h265"}, {"h264", "h265"}, {"aac"}, {}},
      {"mov", "qtmux", {"h264", "h265"}, {"h264", "h265"}, {"aac", "pcm"}, {"pcm"}},
      {"mkv",
       "matroskamux",
       {"h264", "h265", "vp9", "ffv1"},
       {"ffv1", "h264", "h265"},
       {"flac", "opus", "aac", "pcm"},
       {"flac", "pcm"}},
      {"webm", "webmmux", {"vp9"}, {}, {"opus"}, {}},
      {"avi", "avimux", {"h264"}, {"h264"}, {"pcm"}, {"pcm"}},
  };
  return table;
}

std::string joined(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string chosen(const std::vector<std::string> &offered, const std::string &wanted,
                   const std::string &option, const std::string &container, bool lossless) {
  if (wanted.empty()) return offered.front();
  if (std::ranges::find(offered, wanted) != offered.end()) return wanted;
  throw Error(ErrorKind::Settings, option + " " + wanted + " is not supported in ." + container +
                                       " files" + (lossless ? " with --lossless" : "") +
                                       ". Choose from: " + joined(offered) + ".");
}

const Container &container_of(const Options &options) {
  std::string extension = options.output.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return std::tolower(c); });
  std::vector<std::string> known;
  for (const Container &container : containers()) {
    known.push_back("." + std::string(container.extension));
    if (extension == known.back()) return container;
  }
  throw Error(
      ErrorKind::Settings,
      "OUT " + quote_path(options.output.string()) + " has " +
          (extension.empty() ? "no extension" : "the unknown extension " + quote(extension)) +
          "; the extension determines the container. Choose from: " + joined(known) + ".");
}

bool is_rotation(const std::string &orientation) { return orientation.rfind("rotate-", 0) == 0; }

}  // namespace

OutputFormat choose_format(const Options &options, std::vector<std::string> &warnings) {
  const Container &container = container_of(options);
  OutputFormat format;
  format.container = container.extension;
  format.muxer = container.muxer;
  format.lossless = options.lossless || options.video_codec == "ffv1";
  if (options.lossless && container.lossless_video.empty()) {
    throw Error(ErrorKind::Settings,
                "--lossless is not supported in ." + format.container + " files. Choose .mkv.");
  }
  format.video_codec =
      chosen(options.lossless ? container.lossless_video : container.video, options.video_codec,
             "--video-codec", format.container, options.lossless);
  const bool lossless_audio = options.lossless && !container.lossless_audio.empty();
  format.audio_codec = chosen(
      lossless_audio && options.audio_codec.empty() ? container.lossless_audio : container.audio,
      options.audio_codec, "--audio-codec", format.container, false);
  if (options.lossless && (format.audio_codec == "aac" || format.audio_codec == "opus")) {
    warnings.push_back("The audio codec " + format.audio_codec + " is lossy. " +
                       (lossless_audio ? "Omit --audio-codec" : "Write .mkv or .mov") +
                       " for lossless sound.");
  }
  return format;
}

bool keeps_orientation(const OutputFormat &format, const std::string &orientation) {
  return orientation == "rotate-0" || (format.is_mp4() && is_rotation(orientation));
}

int encoder_delay(const OutputFormat &format) {
  // Of avenc_aac. matroskamux stores that of Opus.
  return format.audio_codec == "aac" ? 1024 : 0;
}

CapsPtr encoded_from(const OutputFormat &format, GstCaps *caps, bool still) {
  GstVideoInfo info;
  gst_video_info_from_caps(&info, caps);
  const bool h26x = format.video_codec == "h264" || format.video_codec == "h265";
  const char *only = nullptr;
  const bool odd = GST_VIDEO_INFO_WIDTH(&info) % 2 || GST_VIDEO_INFO_HEIGHT(&info) % 2;
  if (h26x && odd) {
    only = "Y444";  // the subsampled formats require even sizes
  } else if (!format.lossless && (still || !GST_VIDEO_INFO_IS_YUV(&info))) {
    only = "I420";  // which every player supports
  }
  if (!only) return CapsPtr(gst_caps_new_empty_simple("video/x-raw"));
  return CapsPtr(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, only, nullptr));
}

CapsPtr sound_encoded_from(const OutputFormat &format, int depth) {
  const bool exact = format.audio_codec == "flac" || format.audio_codec == "pcm";
  if (!exact) return CapsPtr(gst_caps_new_empty_simple("audio/x-raw"));
  const bool deep = depth > 16 && format.container != "avi";
  return CapsPtr(gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING,
                                     deep ? "S24LE" : "S16LE", "layout", G_TYPE_STRING,
                                     "interleaved", nullptr));
}

std::vector<GstElement *> make_video_encoder(const OutputFormat &format, int quality) {
  const auto set = [](GstElement *element, const char *name, const std::string &value) {
    gst_util_set_object_arg(G_OBJECT(element), name, value.c_str());
  };
  // 100 is visually lossless, 80 hardly distinguishable, 50 visibly lossy.
  if (format.video_codec == "h264") {
    GstElement *encoder = make_element("x264enc");
    set(encoder, "pass", format.lossless ? "quant" : "qual");
    set(encoder, "quantizer", format.lossless ? "0" : std::to_string(50 - quality * 2 / 5));
    // AVI has no decoding timestamps.
    if (format.container == "avi") set(encoder, "bframes", "0");
    return {encoder, make_element("h264parse")};
  }
  if (format.video_codec == "h265") {
    GstElement *encoder = make_element("x265enc");
    set(encoder, "option-string",
        format.lossless ? "lossless=1" : "crf=" + std::to_string(51 - quality * 2 / 5));
    return {encoder, make_element("h265parse")};
  }
  if (format.video_codec == "vp9") {
    GstElement *encoder = make_element("vp9enc");
    set(encoder, "end-usage", "cq");
    set(encoder, "cq-level", std::to_string(60 - quality / 2));
    set(encoder, "target-bitrate", "200000000");
    set(encoder, "deadline", "1000000");
    set(encoder, "cpu-used", "4");
    set(encoder, "row-mt", "true");
    set(encoder, "threads", std::to_string(g_get_num_processors()));
    set(encoder, "keyframe-max-dist", "250");
    return {encoder};
  }
  GstElement *encoder = make_element("avenc_ffv1");
  set(encoder, "gop-size", "1");
  return {encoder};
}

std::vector<GstElement *> make_audio_encoder(const OutputFormat &format, int channels) {
  if (format.audio_codec == "aac") {
    GstElement *encoder = make_element("avenc_aac");
    g_object_set(encoder, "bitrate", 96000 * std::min(channels, 6), nullptr);
    return {encoder, make_element("aacparse")};
  }
  if (format.audio_codec == "opus") {
    GstElement *encoder = make_element("opusenc");
    g_object_set(encoder, "bitrate", 72000 * std::min(channels, 6), nullptr);
    return {encoder};
  }
  if (format.audio_codec == "flac") return {make_element("flacenc"), make_element("flacparse")};
  return {};
}

}  // namespace hyperlips::redub
