// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output_format.hpp"

#include <algorithm>
#include <map>

#include "gst/lib/media/av_versions.hpp"
#include "gst/lib/media/frame_converter.hpp"
#include "hyperlips/error.hpp"
#include "redub.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

/// A container with its codecs, the default first.
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
      {"mp4", "mp4", {"h264", "h265", "vp9"}, {"h264", "h265"}, {"aac"}, {}},
      {"m4v", "mp4", {"h264", "h265"}, {"h264", "h265"}, {"aac"}, {}},
      {"mov", "mov", {"h264", "h265", "prores"}, {"h264", "h265"}, {"aac", "pcm"}, {"pcm"}},
      {"mkv",
       "matroska",
       {"h264", "h265", "vp9", "ffv1", "prores"},
       {"ffv1", "h264", "h265"},
       {"flac", "opus", "aac", "pcm"},
       {"flac", "pcm"}},
      {"webm", "webm", {"vp9"}, {}, {"opus"}, {}},
      {"avi", "avi", {"h264"}, {"h264"}, {"pcm"}, {"pcm"}},
  };
  return table;
}

bool is_subsampled(const GstVideoFormatInfo *format) {
  return GST_VIDEO_FORMAT_INFO_IS_YUV(format) &&
         (GST_VIDEO_FORMAT_INFO_W_SUB(format, 1) > 0 || GST_VIDEO_FORMAT_INFO_H_SUB(format, 1) > 0);
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
  throw UsageError(option + " " + wanted + " is not supported in ." + container + " files" +
                   (lossless ? " with --lossless" : "") + ". Choose from: " + joined(offered) +
                   ".");
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
  throw UsageError(
      "OUT " + quote_path(options.output.string()) + " has " +
      (extension.empty() ? "no extension" : "the unknown extension " + quote(extension)) +
      "; the extension determines the container. Choose from: " + joined(known) + ".");
}

/// "4:2:0" and so on; "RGB" and "gray" for others.
std::string sampling(const GstVideoFormatInfo *format) {
  if (GST_VIDEO_FORMAT_INFO_IS_RGB(format)) return "RGB";
  if (GST_VIDEO_FORMAT_INFO_IS_GRAY(format)) return "gray";
  const guint w = GST_VIDEO_FORMAT_INFO_W_SUB(format, 1),
              h = GST_VIDEO_FORMAT_INFO_H_SUB(format, 1);
  return h == 0 ? (w == 0 ? "4:4:4" : w == 1 ? "4:2:2" : "4:1:1") : w == 1 ? "4:2:0" : "4:1:0";
}

/// What is lost from `source` to `target`.
std::vector<std::string> losses(const GstVideoFormatInfo *source, const GstVideoFormatInfo *target,
                                bool transparent) {
  std::vector<std::string> lost;
  const auto detail = [](const GstVideoFormatInfo *format) {
    if (GST_VIDEO_FORMAT_INFO_IS_GRAY(format)) return 0.0;  // samples of color for each pixel
    return 1.0 /
           (1 << (GST_VIDEO_FORMAT_INFO_W_SUB(format, 1) + GST_VIDEO_FORMAT_INFO_H_SUB(format, 1)));
  };
  if (detail(target) < detail(source)) {
    lost.push_back(sampling(source) + " (OUT: " + sampling(target) + ")");
  }
  const guint from = GST_VIDEO_FORMAT_INFO_DEPTH(source, 0),
              to = GST_VIDEO_FORMAT_INFO_DEPTH(target, 0);
  if (to < from) lost.push_back(std::to_string(from) + " bits (OUT: " + std::to_string(to) + ")");
  if (transparent && !GST_VIDEO_FORMAT_INFO_HAS_ALPHA(target)) {
    lost.push_back("transparency (.webm keeps it, as do vp9, ffv1 and prores in .mkv)");
  }
  return lost;
}

/// What of the encoder's formats loses least; `full`: of those with color for each pixel.
AVPixelFormat closest(const AVCodec *encoder, AVPixelFormat source, bool transparent, bool full) {
  std::vector<AVPixelFormat> formats;
  for (const AVPixelFormat *offered = pixel_formats(*encoder); *offered != AV_PIX_FMT_NONE;
       ++offered) {
    const GstVideoFormat format = same_layout(*offered);
    if (format == GST_VIDEO_FORMAT_UNKNOWN) continue;
    if (full && is_subsampled(gst_video_format_get_info(format))) continue;
    formats.push_back(*offered);
  }
  formats.push_back(AV_PIX_FMT_NONE);
  return avcodec_find_best_pix_fmt_of_list(formats.data(), source, transparent, nullptr);
}

}  // namespace

OutputFormat choose_format(const Options &options, std::vector<std::string> &warnings) {
  const Container &container = container_of(options);
  OutputFormat format;
  format.container = container.extension;
  format.muxer = container.muxer;
  if (options.lossless && container.lossless_video.empty()) {
    throw UsageError("--lossless is not supported in ." + format.container +
                     " files. Choose .mkv.");
  }
  format.video_codec =
      chosen(options.lossless ? container.lossless_video : container.video, options.video_codec,
             "--video-codec", format.container, options.lossless);
  format.lossless = options.lossless || format.video_codec == "ffv1";
  format.keep_pixels = options.keep_format || format.lossless || format.video_codec == "prores";
  const bool lossless_audio = options.lossless && !container.lossless_audio.empty();
  format.audio_codec = chosen(
      lossless_audio && options.audio_codec.empty() ? container.lossless_audio : container.audio,
      options.audio_codec, "--audio-codec", format.container, false);
  if (options.lossless && (format.audio_codec == "aac" || format.audio_codec == "opus")) {
    warnings.push_back("The audio codec " + format.audio_codec + " is lossy. " +
                       (lossless_audio ? "Omit --audio-codec" : "Write .mkv or .mov") +
                       " for lossless sound.");
  }
  encoder_of(format.video_codec);
  encoder_of(format.audio_codec);
  return format;
}

bool keeps_orientation(const OutputFormat &format, const std::string &orientation) {
  return orientation == "rotate-0" || format.is_mp4();
}

EncodedPixels choose_pixels(const OutputFormat &format, const GstVideoInfo &source,
                            bool transparent) {
  EncodedPixels pixels;
  pixels.width = GST_VIDEO_INFO_WIDTH(&source);
  pixels.height = GST_VIDEO_INFO_HEIGHT(&source);
  const bool h26x = format.video_codec == "h264" || format.video_codec == "h265";
  const bool odd = pixels.width % 2 || pixels.height % 2;
  const AVPixelFormat known = same_layout(GST_VIDEO_INFO_FORMAT(&source));
  // MP4 has no place for the transparency of VP9.
  const bool keeps_alpha = transparent && !(format.is_mp4() && format.video_codec == "vp9");
  if (format.keep_pixels && known != AV_PIX_FMT_NONE) {
    pixels.av_format = closest(encoder_of(format.video_codec), known, keeps_alpha, h26x && odd);
  } else {
    const bool alpha = keeps_alpha && format.video_codec == "vp9";
    pixels.av_format = alpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P;
  }
  pixels.format = same_layout(pixels.av_format);
  const GstVideoFormatInfo *target = gst_video_format_get_info(pixels.format);
  pixels.lost = losses(source.finfo, target, transparent);
  if (format.lossless && GST_VIDEO_INFO_IS_RGB(&source) && GST_VIDEO_FORMAT_INFO_IS_YUV(target)) {
    pixels.lost.push_back("RGB (OUT: YUV)");
  }
  if (!h26x || !is_subsampled(target)) return pixels;
  // H.264 and H.265 cut whole samples of color only.
  const auto cut = [&pixels](int &size, guint subsampling, const char *what) {
    if (subsampling == 0 || size % 2 == 0) return;
    --size;
    pixels.lost.push_back(std::string("the last ") + what);
  };
  cut(pixels.width, GST_VIDEO_FORMAT_INFO_W_SUB(target, 1), "column");
  cut(pixels.height, GST_VIDEO_FORMAT_INFO_H_SUB(target, 1), "row");
  return pixels;
}

const AVCodec *encoder_of(const std::string &codec) {
  static const std::map<std::string, const char *> names{
      {"h264", "libx264"}, {"h265", "libx265"},     {"vp9", "libvpx-vp9"},
      {"ffv1", "ffv1"},    {"prores", "prores_ks"}, {"aac", "aac"},
      {"opus", "libopus"}, {"flac", "flac"},        {"pcm", "pcm_s16le"}};
  const char *name = names.at(codec);
  const AVCodec *encoder = avcodec_find_encoder_by_name(name);
  if (!encoder) {
    throw Error(ErrorKind::NotFound, "The installed libavcodec has no encoder " + quote(name) +
                                         ". Choose another codec or install Debian's libavcodec.");
  }
  return encoder;
}

}  // namespace hyperlips::redub
