// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kept_tracks.hpp"

#include <algorithm>
#include <string_view>

#include "gst/lib/media/av_versions.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

constexpr AVRational kMilliseconds{1, 1000};
constexpr int kSubtitleBytes = 1 << 16;

/// Tags of VIDEO that are valid for its re-dub, and the names by which Apple's files have them.
constexpr std::pair<const char *, const char *> kTags[] = {
    {"title", nullptr},
    {"artist", nullptr},
    {"album", nullptr},
    {"album_artist", nullptr},
    {"composer", nullptr},
    {"performer", nullptr},
    {"publisher", nullptr},
    {"date", nullptr},
    {"creation_time", "com.apple.quicktime.creationdate"},
    {"description", "com.apple.quicktime.description"},
    {"synopsis", nullptr},
    {"copyright", nullptr},
    {"license", nullptr},
    {"keywords", "com.apple.quicktime.keywords"},
    {"genre", nullptr},
    {"show", nullptr},
    {"location", "com.apple.quicktime.location.ISO6709"},
    {"make", "com.apple.quicktime.make"},
    {"model", "com.apple.quicktime.model"},
};

constexpr AVPacketSideDataType kLightLevels[] = {AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
                                                 AV_PKT_DATA_CONTENT_LIGHT_LEVEL};

/// The text codec of a container.
AVCodecID text_codec(const OutputFormat &format) {
  if (format.is_mp4()) return AV_CODEC_ID_MOV_TEXT;
  return format.container == "webm" ? AV_CODEC_ID_WEBVTT : AV_CODEC_ID_ASS;
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

/// A tag of a file that GStreamer's matroskamux (1.22) wrote into a track, serialized. FFmpeg's key
/// "title" is the name of the track, "TITLE" such a tag.
std::string tag_in_track(const AVDictionary *metadata, const char *key) {
  const AVDictionaryEntry *entry = av_dict_get(metadata, key, nullptr, AV_DICT_MATCH_CASE);
  return entry ? unescaped(entry->value) : "";
}

bool holds_cover(const OutputFormat &format, AVCodecID codec) {
  return format.is_mp4() &&
         (codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_PNG || codec == AV_CODEC_ID_BMP);
}

}  // namespace

KeptTracks::KeptTracks(const Options &options, const OutputFormat &format, const MediaInfo &video,
                       const MediaSource &source, GstClockTime origin, GstClockTime end,
                       const Cancel &cancel)
    : options_(options),
      format_(format),
      video_(video),
      origin_(std::int64_t(origin)),
      end_(end),
      file_(source, cancel),
      packet_(av_packet_alloc()) {}

Color KeptTracks::video_color() const {
  return color_of(*file_.stream(video_.video_stream)->codecpar);
}

void KeptTracks::add_to(AVFormatContext &output, AVStream &video) {
  add_tags(output);
  add_chapters(output);
  for (const AVPacketSideDataType type : kLightLevels) {
    std::size_t size = 0;
    const std::uint8_t *levels = side_data_of(*file_.stream(video_.video_stream), type, &size);
    if (!levels) continue;
    std::uint8_t *copy = add_side_data(video, type, size);
    require_memory(copy != nullptr);
    std::copy_n(levels, size, copy);
  }
  copies_.reserve(video_.tracks.size());  // covers_ points into it
  for (const Track &track : video_.tracks) {
    const bool shown = track.stream == video_.video_stream || track.kind == TrackKind::Audio;
    if (!shown) add_track(output, track);
  }
  ended_ = subtitles_ == 0;
  for (unsigned i = 0; i < file_.context()->nb_streams; ++i) {
    const bool subtitle = file_.stream(int(i))->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
    file_.stream(int(i))->discard = subtitle ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

void KeptTracks::add_tags(AVFormatContext &output) const {
  const AVDictionary *tags = file_.context()->metadata,
                     *of_track = file_.stream(video_.video_stream)->metadata;
  for (const auto &[name, other] : kTags) {
    std::string value = value_of(tags, name);
    if (value.empty() && name == std::string_view("title")) value = tag_in_track(of_track, "TITLE");
    if (value.empty() && other) value = value_of(tags, other);
    if (!value.empty()) av_dict_set(&output.metadata, name, value.c_str(), 0);
  }
  std::string comment = value_of(tags, "comment");
  if (comment.empty()) comment = tag_in_track(of_track, "COMMENTS");
  if (options_.label) {
    const std::string label =
        "Lips synthesized by HyperLips for GStreamer " HYPERLIPS_VERSION " (AI-generated)";
    if (comment.find(label) == std::string::npos) {
      comment = comment.empty() ? label : label + ". " + comment;
    }
  }
  if (!comment.empty()) av_dict_set(&output.metadata, "comment", comment.c_str(), 0);
}

void KeptTracks::add_chapters(AVFormatContext &output) {
  if (!video_.chapters.empty() && format_.container == "avi") lost_.push_back("chapters");
  if (format_.container == "avi") return;
  for (const Chapter &chapter : video_.chapters) {
    const auto time_in_out = [this](GstClockTime time) {
      const auto end = std::int64_t(GST_CLOCK_TIME_IS_VALID(end_) ? end_ : G_MAXINT64);
      const std::int64_t at = std::clamp<std::int64_t>(std::int64_t(time) - origin_, 0, end);
      return av_rescale_q(at, kNanoseconds, kMilliseconds);
    };
    const std::int64_t start = time_in_out(chapter.start), end = time_in_out(chapter.end);
    if (end <= start) continue;
    // The first chapter of MP4 starts with the file: FFmpeg would move a later one there.
    if (format_.is_mp4() && chapters_ == 0 && start > 0) add_chapter(output, 0, start, "");
    add_chapter(output, start, end, chapter.title);
  }
}

/// Times are in milliseconds.
void KeptTracks::add_chapter(AVFormatContext &output, std::int64_t start, std::int64_t end,
                             const std::string &title) {
  auto *copy = static_cast<AVChapter *>(av_mallocz(sizeof(AVChapter)));
  require_memory(copy != nullptr);
  copy->id = std::int64_t(++chapters_);
  copy->time_base = kMilliseconds;
  copy->start = start;
  copy->end = end;
  // In MP4, FFmpeg leaves chapters without a title out of the track of chapters.
  if (!title.empty() || format_.is_mp4()) av_dict_set(&copy->metadata, "title", title.c_str(), 0);
  int count = int(output.nb_chapters);
  av_dynarray_add(&output.chapters, &count, copy);
  output.nb_chapters = unsigned(count);
}

void KeptTracks::add_track(AVFormatContext &output, const Track &track) {
  Copy copy;
  copy.from = file_.stream(track.stream);
  const AVCodecParameters &from = *copy.from->codecpar;
  const bool held = avformat_query_codec(output.oformat, from.codec_id, FF_COMPLIANCE_NORMAL) == 1;
  if (track.kind == TrackKind::Subtitle) {
    if (!held && !open_conversion(copy, text_codec(format_))) {
      lost_.push_back("subtitles (" + track.codec + ")");
      return;
    }
    ++subtitles_;
  } else if (track.is_cover && !holds_cover(format_, from.codec_id)) {
    lost_.push_back("cover picture (" + track.codec + ")");
    return;
  } else if (!track.is_cover &&
             (from.codec_type != AVMEDIA_TYPE_ATTACHMENT || format_.container != "mkv")) {
    // The chapters of MP4 stand in a track of their own as well.
    const bool of_chapters = from.codec_id == AV_CODEC_ID_BIN_DATA && !video_.chapters.empty();
    if (!of_chapters) {
      lost_.push_back(track.kind == TrackKind::Video ? "another video track"
                      : from.codec_type == AVMEDIA_TYPE_ATTACHMENT
                          ? "attachment"
                          : "data track" + (track.codec == "none" ? "" : " (" + track.codec + ")"));
    }
    return;
  }
  copy.to = avformat_new_stream(&output, nullptr);
  require_memory(copy.to != nullptr);
  if (copy.encoder) {
    require_memory(avcodec_parameters_from_context(copy.to->codecpar, copy.encoder.get()) >= 0);
  } else {
    require_memory(avcodec_parameters_copy(copy.to->codecpar, &from) >= 0);
    copy.to->codecpar->codec_tag = 0;
  }
  copy.to->time_base = copy.encoder ? kMilliseconds : copy.from->time_base;
  copy.to->disposition = track.is_cover ? AV_DISPOSITION_ATTACHED_PIC : copy.from->disposition;
  for (const char *name : {"language", "title", "filename", "mimetype", "handler_name"}) {
    const std::string value = value_of(copy.from->metadata, name);
    if (!value.empty()) av_dict_set(&copy.to->metadata, name, value.c_str(), 0);
  }
  copies_.push_back(std::move(copy));
  if (track.is_cover) covers_.push_back(&copies_.back());
}

/// False for subtitles that are pictures.
bool KeptTracks::open_conversion(Copy &copy, AVCodecID target) const {
  const AVCodecDescriptor *source = avcodec_descriptor_get(copy.from->codecpar->codec_id);
  const AVCodec *decoder = avcodec_find_decoder(copy.from->codecpar->codec_id);
  const AVCodec *encoder = avcodec_find_encoder(target);
  if (!source || !(source->props & AV_CODEC_PROP_TEXT_SUB) || !decoder || !encoder ||
      format_.container == "avi") {
    return false;
  }
  copy.decoder.reset(avcodec_alloc_context3(decoder));
  avcodec_parameters_to_context(copy.decoder.get(), copy.from->codecpar);
  copy.decoder->pkt_timebase = copy.from->time_base;
  if (avcodec_open2(copy.decoder.get(), decoder, nullptr) < 0) return false;
  copy.encoder.reset(avcodec_alloc_context3(encoder));
  copy.encoder->time_base = kMilliseconds;
  if (const int size = copy.decoder->subtitle_header_size) {
    copy.encoder->subtitle_header = static_cast<std::uint8_t *>(av_mallocz(std::size_t(size) + 1));
    require_memory(copy.encoder->subtitle_header != nullptr);
    std::copy_n(copy.decoder->subtitle_header, size, copy.encoder->subtitle_header);
    copy.encoder->subtitle_header_size = size;
  }
  return avcodec_open2(copy.encoder.get(), encoder, nullptr) >= 0;
}

/// Replaces the content of a packet; false if it shows nothing.
bool KeptTracks::convert(const Copy &copy, AVPacket &packet) const {
  AVSubtitle subtitle = {};
  int complete = 0;
  const int decoded = avcodec_decode_subtitle2(copy.decoder.get(), &subtitle, &complete, &packet);
  int size = -1;
  std::vector<std::uint8_t> text(kSubtitleBytes);
  if (decoded >= 0 && complete && subtitle.num_rects > 0) {
    size = avcodec_encode_subtitle(copy.encoder.get(), text.data(), kSubtitleBytes, &subtitle);
  }
  avsubtitle_free(&subtitle);
  if (size <= 0) return false;
  const std::int64_t pts = packet.pts, duration = packet.duration;
  av_packet_unref(&packet);
  require_memory(av_new_packet(&packet, size) >= 0);
  std::copy_n(text.begin(), size, packet.data);
  packet.pts = packet.dts = pts;
  packet.duration = duration;
  packet.flags = AV_PKT_FLAG_KEY;
  return true;
}

/// Reads the next packet of a track that is copied to packet_.
bool KeptTracks::read() {
  while (file_.read(*packet_)) {
    copy_ = std::ranges::find(copies_, packet_->stream_index,
                              [](const Copy &item) { return item.from->index; });
    if (copy_ != copies_.end() && packet_->pts != AV_NOPTS_VALUE) {
      time_ = file_.time_of(packet_->stream_index, packet_->pts) - origin_;
      return true;
    }
    av_packet_unref(packet_.get());
  }
  return false;
}

void KeptTracks::write_until(std::int64_t end, const Write &write) {
  for (const Copy *cover : covers_) {
    const PacketPtr packet(av_packet_clone(&cover->from->attached_pic));
    require_memory(packet != nullptr);
    packet->pts = packet->dts = 0;
    write(*packet, *cover->to);
  }
  covers_.clear();
  while (!ended_) {
    if (!waiting_ && !read()) ended_ = true;
    if (ended_) return;
    waiting_ = time_ >= end;
    if (waiting_) return;
    const Copy &copy = *copy_;
    const std::int64_t length = av_rescale_q(packet_->duration, copy.from->time_base, kNanoseconds);
    // Subtitles from before the start of OUT show for the rest of their time.
    const std::int64_t start = std::max<std::int64_t>(0, time_);
    std::int64_t stop = length > 0 ? time_ + length : start;
    if (GST_CLOCK_TIME_IS_VALID(end_)) stop = std::max(start, std::min(stop, std::int64_t(end_)));
    if ((stop > start || length == 0) && (!copy.encoder || convert(copy, *packet_))) {
      packet_->pts = packet_->dts = av_rescale_q(start, kNanoseconds, copy.to->time_base);
      packet_->duration = av_rescale_q(stop - start, kNanoseconds, copy.to->time_base);
      packet_->pos = -1;
      write(*packet_, *copy.to);
    }
    av_packet_unref(packet_.get());
  }
}

}  // namespace hyperlips::redub
