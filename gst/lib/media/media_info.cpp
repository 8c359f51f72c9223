// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/media_info.hpp"

#include <strings.h>

#include <algorithm>

#include "gst/lib/media/frame_reader.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

/// FFmpeg's keys of metadata, of which QuickTime has more names.
constexpr struct {
  const char *key;
  const char *tag;
} kTags[] = {
    {"title", GST_TAG_TITLE},
    {"artist", GST_TAG_ARTIST},
    {"album", GST_TAG_ALBUM},
    {"composer", GST_TAG_COMPOSER},
    {"performer", GST_TAG_PERFORMER},
    {"comment", GST_TAG_COMMENT},
    {"description", GST_TAG_DESCRIPTION},
    {"copyright", GST_TAG_COPYRIGHT},
    {"license", GST_TAG_LICENSE},
    {"keywords", GST_TAG_KEYWORDS},
    {"genre", GST_TAG_GENRE},
    {"show", GST_TAG_SHOW_NAME},
    {"make", GST_TAG_DEVICE_MANUFACTURER},
    {"com.apple.quicktime.make", GST_TAG_DEVICE_MANUFACTURER},
    {"model", GST_TAG_DEVICE_MODEL},
    {"com.apple.quicktime.model", GST_TAG_DEVICE_MODEL},
};

/// "+48.1371+011.5754+519.000/" (ISO 6709): latitude, longitude and, if known, elevation.
void add_location(const char *text, GstTagList *tags) {
  const char *names[] = {GST_TAG_GEO_LOCATION_LATITUDE, GST_TAG_GEO_LOCATION_LONGITUDE,
                         GST_TAG_GEO_LOCATION_ELEVATION};
  for (const char *name : names) {
    if (*text != '+' && *text != '-') return;
    gchar *end = nullptr;
    const double value = g_ascii_strtod(text, &end);
    gst_tag_list_add(tags, GST_TAG_MERGE_REPLACE, name, value, nullptr);
    text = end;
  }
}

void add_date(const char *text, GstTagList *tags) {
  GstDateTime *date = gst_date_time_new_from_iso8601_string(text);
  if (!date) return;
  gst_tag_list_add(tags, GST_TAG_MERGE_REPLACE, GST_TAG_DATE_TIME, date, nullptr);
  gst_date_time_unref(date);
}

void read_metadata(const AVDictionary *metadata, MediaInfo &info) {
  const AVDictionaryEntry *entry = nullptr;
  while ((entry = av_dict_get(metadata, "", entry, AV_DICT_IGNORE_SUFFIX))) {
    info.metadata.emplace_back(entry->key, entry->value);
    if (!g_utf8_validate(entry->value, -1, nullptr)) continue;
    for (const auto &[key, tag] : kTags)
      if (strcasecmp(entry->key, key) == 0)
        gst_tag_list_add(info.tags.get(), GST_TAG_MERGE_APPEND, tag, entry->value, nullptr);
    for (const char *key : {"location", "com.apple.quicktime.location.ISO6709"})
      if (strcasecmp(entry->key, key) == 0) add_location(entry->value, info.tags.get());
    for (const char *key : {"date", "creation_time", "com.apple.quicktime.creationdate"})
      if (strcasecmp(entry->key, key) == 0) add_date(entry->value, info.tags.get());
  }
}

/// A text as GStreamer serializes it: with spaces, in quotes and with escapes.
std::string unescaped(const char *text) {
  GValue value = G_VALUE_INIT;
  g_value_init(&value, G_TYPE_STRING);
  const bool quoted = *text == '"' && gst_value_deserialize(&value, text);
  const std::string plain = quoted ? g_value_get_string(&value) : text;
  g_value_unset(&value);
  return plain;
}

/// GStreamer's matroskamux (1.22) writes the tags of a file into its tracks, serialized. FFmpeg's
/// key "title" is the name of the track, "TITLE" such a tag.
void read_tags_of_track(const AVDictionary *metadata, MediaInfo &info) {
  for (const auto &[key, from] : {std::pair("title", "TITLE"), std::pair("comment", "COMMENTS")}) {
    const AVDictionaryEntry *entry = av_dict_get(metadata, from, nullptr, AV_DICT_MATCH_CASE);
    const auto known = [key](const auto &pair) { return strcasecmp(pair.first.c_str(), key) == 0; };
    if (!entry || std::ranges::any_of(info.metadata, known)) continue;
    AVDictionary *one = nullptr;
    av_dict_set(&one, key, unescaped(entry->value).c_str(), 0);
    read_metadata(one, info);
    av_dict_free(&one);
  }
}

void read_chapters(const AVFormatContext &context, MediaInfo &info) {
  for (unsigned i = 0; i < context.nb_chapters; ++i) {
    const AVChapter &chapter = *context.chapters[i];
    const auto time = [&](std::int64_t at) {
      return GstClockTime(
          std::max<std::int64_t>(0, av_rescale_q(at, chapter.time_base, {1, int(GST_SECOND)})));
    };
    const AVDictionaryEntry *title = av_dict_get(chapter.metadata, "title", nullptr, 0);
    info.chapters.push_back({time(chapter.start), time(chapter.end), title ? title->value : ""});
  }
}

void read_video(FrameReader &reader, MediaInfo &info) {
  const Track &track = *reader.track();
  info.has_video = true;
  info.video_stream = track.stream;
  info.video_codec = track.codec;
  const AVStream &stream = *reader.file().stream(track.stream);
  info.width = unsigned(std::max(0, stream.codecpar->width));
  info.height = unsigned(std::max(0, stream.codecpar->height));
  const AVRational rate = frame_rate(stream);
  info.fps_n = rate.num;
  info.fps_d = rate.den;
  if (!reader.next()) {
    info.video_error = quote_path(info.path) + " has no frame that can be decoded.";
    return;
  }
  info.video_caps.reset(gst_caps_ref(reader.caps()));
  const GstStructure *caps = gst_caps_get_structure(reader.caps(), 0);
  int width = 0, height = 0;
  gst_structure_get(caps, "width", G_TYPE_INT, &width, "height", G_TYPE_INT, &height, nullptr);
  info.width = unsigned(width);
  info.height = unsigned(height);
  info.still = reader.still();
  info.orientation = orientation_tag(reader.orientation());
  info.interlaced = reader.interlaced();
  info.alpha = reader.transparent();
}

void read_audio(const MediaFile &file, const Track &track, MediaInfo &info) {
  const AVCodecParameters &parameters = *file.stream(track.stream)->codecpar;
  info.has_audio = true;
  info.audio_stream = track.stream;
  info.audio_codec = track.codec;
  info.language = track.language;
  info.rate = parameters.sample_rate;
  info.channels = parameters.ch_layout.nb_channels;
  const AVCodecDescriptor *codec = avcodec_descriptor_get(parameters.codec_id);
  // Lossy sound has no bits per sample; 16 are enough for what it was made of.
  info.depth = codec && !(codec->props & AV_CODEC_PROP_LOSSY)
                   ? std::max(parameters.bits_per_raw_sample,
                              av_get_exact_bits_per_sample(parameters.codec_id))
                   : 16;
}

}  // namespace

MediaInfo examine(const MediaSource &source, const TrackChoice &choice, const Cancel &cancel) {
  MediaInfo info;
  info.path = source.name;
  MediaSource video = source;
  video.track = choice.video;
  const MediaFile file(video, cancel);
  info.container = file.context()->iformat->name;
  if (const std::int64_t duration = file.duration(); duration != AV_NOPTS_VALUE)
    info.duration = GstClockTime(duration);
  info.tracks = file.tracks();
  info.tags.reset(gst_tag_list_new_empty());
  read_metadata(file.context()->metadata, info);
  read_chapters(*file.context(), info);
  if (const Track *track = file.choose(TrackKind::Audio, choice.audio))
    read_audio(file, *track, info);
  if (const Track *track = file.choose(TrackKind::Video, choice.video)) {
    read_tags_of_track(file.stream(track->stream)->metadata, info);
    try {
      FrameReader reader(video, cancel);
      read_video(reader, info);
    } catch (const Error &error) {
      info.has_video = true;
      info.video_error = error.what();
    }
  }
  return info;
}

}  // namespace hyperlips
