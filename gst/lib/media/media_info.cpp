// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/media_info.hpp"

#include <algorithm>

#include "gst/lib/media/frame_reader.hpp"
#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/messages.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

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
  info.fps_n = reader.rate().num;
  info.fps_d = reader.rate().den;
  if (!reader.next()) {
    info.video_error = no_frame(info.path).what();
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

std::string layout_name(const AVChannelLayout &layout) {
  char name[64] = "";
  av_channel_layout_describe(&layout, name, sizeof name);
  return name;
}

void read_audio(const MediaFile &file, const Track &track, MediaInfo &info) {
  const AVCodecParameters &parameters = *file.stream(track.stream)->codecpar;
  info.has_audio = true;
  info.audio_stream = track.stream;
  info.audio_codec = track.codec;
  info.language = track.language;
  info.rate = parameters.sample_rate;
  info.channels = parameters.ch_layout.nb_channels;
  if (lacks_places_of(parameters.ch_layout))
    info.layout_change =
        layout_name(parameters.ch_layout) + " to " + layout_name(sound_layout(info.channels));
  info.depth = sound_depth(parameters);
}

}  // namespace

MediaInfo examine(const MediaSource &source, const TrackChoice &choice, const Cancel &cancel) {
  MediaInfo info;
  info.path = source.name;
  MediaSource video = source;
  video.track = choice.video;
  const MediaFile file(video, cancel);
  if (const std::int64_t duration = file.duration(); duration != AV_NOPTS_VALUE)
    info.duration = GstClockTime(duration);
  info.start = GstClockTime(std::max<std::int64_t>(0, file.start()));
  info.tracks = file.tracks();
  read_chapters(*file.context(), info);
  if (const Track *track = file.choose(TrackKind::Audio, choice.audio))
    read_audio(file, *track, info);
  if (file.choose(TrackKind::Video, choice.video)) {
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
