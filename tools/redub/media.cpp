// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media.hpp"

#include <gst/pbutils/pbutils.h>

#include <filesystem>
#include <vector>

#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

constexpr GstClockTime kTimeout = 60 * GST_SECOND;
// The sizes that the elements accept.
constexpr unsigned kMinSide = 64, kMaxSide = 7680;

struct FreeStreams {
  void operator()(GList *streams) const { gst_discoverer_stream_info_list_free(streams); }
};
using StreamsPtr = std::unique_ptr<GList, FreeStreams>;

std::string codec_of(GstDiscovererStreamInfo *stream) {
  const CapsPtr caps(gst_discoverer_stream_info_get_caps(stream));
  return caps ? take_string(gst_pb_utils_get_codec_description(caps.get())) : "";
}

/// Keeps only the title of the file: GStreamer reports the names of tracks as titles, too, and its
/// own muxers name them "Video" and "Audio".
void drop_track_names(GstDiscovererInfo *info, GstTagList *tags) {
  std::vector<std::string> titles;
  const auto read = [&titles](const GstTagList *list) {
    gchar *title = nullptr;
    for (guint i = 0; list && gst_tag_list_get_string_index(list, GST_TAG_TITLE, i, &title); ++i) {
      titles.push_back(take_string(title));
    }
  };
  const ObjectPtr<GstDiscovererStreamInfo> root(gst_discoverer_info_get_stream_info(info));
  if (root && GST_IS_DISCOVERER_CONTAINER_INFO(root.get())) {
    read(gst_discoverer_container_info_get_tags(GST_DISCOVERER_CONTAINER_INFO(root.get())));
  }
  if (titles.empty()) {
    read(tags);
    std::erase(titles, "Video");
    std::erase(titles, "Audio");
  }
  gst_tag_list_remove_tag(tags, GST_TAG_TITLE);
  for (const std::string &title : titles) {
    gst_tag_list_add(tags, GST_TAG_MERGE_APPEND, GST_TAG_TITLE, title.c_str(), nullptr);
  }
}

void read_video(GstDiscovererInfo *info, MediaInfo &media) {
  const StreamsPtr streams(gst_discoverer_info_get_video_streams(info));
  if (!streams) return;
  auto *stream = GST_DISCOVERER_STREAM_INFO(streams->data);
  auto *video = GST_DISCOVERER_VIDEO_INFO(stream);
  media.has_video = true;
  media.still = gst_discoverer_video_info_is_image(video);
  media.width = gst_discoverer_video_info_get_width(video);
  media.height = gst_discoverer_video_info_get_height(video);
  media.fps_n = int(gst_discoverer_video_info_get_framerate_num(video));
  media.fps_d = std::max(1, int(gst_discoverer_video_info_get_framerate_denom(video)));
  media.video_codec = codec_of(stream);
  gchar *orientation = nullptr;
  const GstTagList *own = gst_discoverer_stream_info_get_tags(stream);
  if ((own && gst_tag_list_get_string(own, GST_TAG_IMAGE_ORIENTATION, &orientation)) ||
      (media.tags &&
       gst_tag_list_get_string(media.tags.get(), GST_TAG_IMAGE_ORIENTATION, &orientation))) {
    media.orientation = take_string(orientation);
  }
}

void read_audio(GstDiscovererInfo *info, MediaInfo &media) {
  const StreamsPtr streams(gst_discoverer_info_get_audio_streams(info));
  if (!streams) return;
  auto *audio = GST_DISCOVERER_AUDIO_INFO(streams->data);
  media.has_audio = true;
  media.rate = int(gst_discoverer_audio_info_get_sample_rate(audio));
  media.channels = int(gst_discoverer_audio_info_get_channels(audio));
  media.depth = int(gst_discoverer_audio_info_get_depth(audio));
  media.audio_codec = codec_of(GST_DISCOVERER_STREAM_INFO(streams->data));
  const gchar *language = gst_discoverer_audio_info_get_language(audio);
  media.language = language ? language : "";
}

[[noreturn]] void fail(const std::string &path, GstDiscovererInfo *info, const GError *error) {
  const GstDiscovererResult result =
      info ? gst_discoverer_info_get_result(info) : GST_DISCOVERER_ERROR;
  std::string message = "Cannot open " + quote_path(path) + ": ";
  if (result == GST_DISCOVERER_MISSING_PLUGINS) {
    std::string missing;
    const gchar **details = gst_discoverer_info_get_missing_elements_installer_details(info);
    for (; details && *details; ++details) missing += *details;
    message = quote_path(path) +
              " requires a GStreamer plugin that is not installed. Install it with: " +
              package_hint(missing);
  } else if (result == GST_DISCOVERER_TIMEOUT) {
    message += "reading it timed out after 60 s.";
  } else {
    message += error ? error->message : "not an audio or video file.";
    message += " Pass a complete media file.";
  }
  throw Error(ErrorKind::Format, message);
}

}  // namespace

MediaInfo discover(const std::string &path) {
  std::error_code status;
  if (!std::filesystem::exists(path, status)) {
    throw Error(ErrorKind::NotFound, quote_path(path) + " not found.");
  }
  if (std::filesystem::is_directory(path, status)) {
    throw Error(ErrorKind::NotFound,
                quote_path(path) + " is a folder. Pass an audio or video file.");
  }
  GError *raw = nullptr;
  const ObjectPtr<GstDiscoverer> discoverer(gst_discoverer_new(kTimeout, &raw));
  if (!discoverer) {
    const ErrorPtr error(raw);
    throw Error(ErrorKind::Failed, std::string("GStreamer cannot examine files: ") +
                                       error->message +
                                       ". Run: apt install gstreamer1.0-plugins-base");
  }
  const std::string uri = take_string(gst_filename_to_uri(path.c_str(), nullptr));
  const ObjectPtr<GstDiscovererInfo> info(
      gst_discoverer_discover_uri(discoverer.get(), uri.c_str(), &raw));
  const ErrorPtr error(raw);
  MediaInfo media;
  media.path = path;
  if (info) {
    media.duration = gst_discoverer_info_get_duration(info.get());
    if (media.duration == 0) media.duration = GST_CLOCK_TIME_NONE;
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
    const GstTagList *tags = gst_discoverer_info_get_tags(info.get());
    G_GNUC_END_IGNORE_DEPRECATIONS
    if (tags) {
      media.tags.reset(gst_tag_list_copy(tags));
      drop_track_names(info.get(), media.tags.get());
    }
    read_video(info.get(), media);
    read_audio(info.get(), media);
  }
  // A missing decoder for a stream that is not used does not matter.
  if (!media.has_video && !media.has_audio &&
      (error || !info || gst_discoverer_info_get_result(info.get()) != GST_DISCOVERER_OK)) {
    fail(path, info.get(), error.get());
  }
  return media;
}

void require_video(const MediaInfo &info) {
  if (!info.has_video) {
    throw Error(
        ErrorKind::Format,
        quote_path(info.path) + " has no picture. Pass a video or a still picture as VIDEO.");
  }
  const auto side_fits = [](unsigned side) { return side >= kMinSide && side <= kMaxSide; };
  if (!side_fits(info.width) || !side_fits(info.height)) {
    throw Error(ErrorKind::Format, quote_path(info.path) + " has " + std::to_string(info.width) +
                                       "x" + std::to_string(info.height) +
                                       " pixels; supported are 64x64 to 7680x7680. Scale it "
                                       "first.");
  }
}

void require_audio(const MediaInfo &info, const std::string &purpose) {
  if (info.has_audio) return;
  throw Error(ErrorKind::Format, quote_path(info.path) + " has no sound, but " + purpose + ".");
}

}  // namespace hyperlips::redub
