// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/media_file.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <tuple>

#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr int kIoBytes = 1 << 16;
/// Less than this is not missed: containers round durations, and encoders drop a last frame.
constexpr std::int64_t kMinMissing = 250'000'000;
constexpr std::size_t kHeadBytes = 32;
constexpr std::int64_t kMaxCorrection = 200'000'000;

/// Containers whose times count from a zero of their own: a track that starts later is heard later.
constexpr std::string_view kTimelines[] = {
    "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "flv", "asf", "nut"};

/// FFmpeg's messages become GStreamer's debug output, where GST_DEBUG selects them.
void log_to_gstreamer(void *object, int level, const char *format, va_list arguments) {
  static GstDebugCategory *const category =
      _gst_debug_category_new("hyperlips-ffmpeg", 0, "messages of FFmpeg's libraries");
  const GstDebugLevel to = level <= AV_LOG_ERROR     ? GST_LEVEL_WARNING
                           : level <= AV_LOG_WARNING ? GST_LEVEL_INFO
                                                     : GST_LEVEL_LOG;
  if (to > gst_debug_category_get_threshold(category)) return;
  char text[512];
  int prefix = 1;
  av_log_format_line2(object, level, format, arguments, text, sizeof text, &prefix);
  text[std::strcspn(text, "\n")] = 0;
  gst_debug_log(category, to, "ffmpeg", "", 0, nullptr, "%s", text);
}

int refuse_other_file(AVFormatContext *, AVIOContext **, const char *, int, AVDictionary **) {
  return AVERROR(EACCES);
}

TrackKind kind_of(AVMediaType type) {
  switch (type) {
    case AVMEDIA_TYPE_VIDEO:
      return TrackKind::Video;
    case AVMEDIA_TYPE_AUDIO:
      return TrackKind::Audio;
    case AVMEDIA_TYPE_SUBTITLE:
      return TrackKind::Subtitle;
    default:
      return TrackKind::Other;
  }
}

const char *name_of(TrackKind kind) {
  return kind == TrackKind::Video ? "video" : kind == TrackKind::Audio ? "audio" : "subtitle";
}

/// Pictures in formats that FFmpeg 5.1 does not read, and other usual mistakes, by the first bytes.
std::string mistaken(std::string_view head) {
  const std::string_view brand = head.size() >= 12 ? head.substr(8, 4) : "";
  const bool boxes = head.size() >= 12 && head.substr(4, 4) == "ftyp";
  for (const std::string_view heic :
       {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"})
    if (boxes && brand == heic)
      return "is a HEIC picture, which FFmpeg 5.1 cannot read. Convert it to JPEG or PNG first, "
             "for example with: heif-convert IN.heic OUT.jpg";
  if (boxes && (brand == "avif" || brand == "avis"))
    return "is an AVIF picture that FFmpeg 5.1 cannot read. Convert it to JPEG or PNG first, for "
           "example with: avifdec IN.avif OUT.png";
  if (head.substr(0, 4) == "RIFF" && head.substr(8, 4) == "WEBP")
    return "is a WebP picture that FFmpeg cannot read. Convert it to PNG or a video first.";
  if (head.starts_with("#EXTM3U") || head.starts_with("ffconcat"))
    return "is a playlist. Pass the media file itself.";
  if (head.starts_with("<") || head.starts_with("version https://git-lfs"))
    return "is text, not media: probably the page of a failed download. Download it again.";
  if (head.empty()) return "is empty. Pass a complete media file.";
  return {};
}

/// Whether the bytes are the start of a media file.
bool starts_a_file(std::string_view bytes) {
  return bytes.starts_with("RIFF") || bytes.starts_with("fLaC") || bytes.starts_with("OggS") ||
         bytes.starts_with("ID3") || (bytes.size() > 8 && bytes.substr(4, 4) == "ftyp");
}

}  // namespace

MediaFile::MediaFile(const MediaSource &source, const Cancel &cancel)
    : source_(source), cancel_(cancel), bytes_(source, cancel) {
  if (source.path != kStdin && !bytes_.seekable()) {
    throw Error(ErrorKind::Format, quote_path(source.name) +
                                       " can be read only once, but several passes are needed. "
                                       "Save it to a file first.");
  }
  open();
  add_tracks();
}

void MediaFile::open() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(log_to_gstreamer); });
  const auto read = [](void *self, std::uint8_t *bytes, int size) {
    const int count = static_cast<MediaFile *>(self)->bytes_.read(bytes, size);
    return count == 0 ? AVERROR_EOF : count == -EINTR ? AVERROR_EXIT : count;
  };
  const auto seek = [](void *self, std::int64_t position, int whence) -> std::int64_t {
    ByteReader &bytes = static_cast<MediaFile *>(self)->bytes_;
    if (whence == AVSEEK_SIZE) return bytes.size().value_or(AVERROR(ENOSYS));
    return bytes.seek(position, whence & ~AVSEEK_FORCE);
  };
  io_.reset(avio_alloc_context(static_cast<unsigned char *>(av_malloc(kIoBytes)), kIoBytes, 0, this,
                               read, nullptr, bytes_.seekable() ? +seek : nullptr));
  // The extension helps to recognize a few formats. image2 would open files by their names.
  const std::string name = "file" + std::filesystem::path(source_.name).extension().string();
  const AVInputFormat *type = nullptr;
  int error = av_probe_input_buffer2(io_.get(), &type, name.c_str(), nullptr, 0, 0);
  if (error >= 0 && type && std::strcmp(type->name, "image2") == 0)
    error = av_probe_input_buffer2(io_.get(), &(type = nullptr), "", nullptr, 0, 0);
  FormatPtr plain;
  if (error >= 0 && bytes_.seekable() && std::string_view(type->name).starts_with("mov")) {
    plain = open_context(*type, false, error);
    avio_seek(io_.get(), 0, SEEK_SET);
  }
  if (error >= 0) format_ = open_context(*type, true, error);
  if (error >= 0) error = avformat_find_stream_info(format_.get(), nullptr);
  if (error >= 0 && format_->nb_streams == 0) error = AVERROR_INVALIDDATA;
  if (error < 0) throw Error(ErrorKind::Format, unreadable(error));
  if (plain) correct_edits(*plain);
  const AVFormatContext *format = format_.get();
  own_zero_ = std::ranges::find(kTimelines, std::string_view(format->iformat->name)) !=
              std::end(kTimelines);
  if (!own_zero_ && format->start_time != AV_NOPTS_VALUE)
    origin_ = av_rescale_q(format->start_time, AV_TIME_BASE_Q, kNanoseconds);
}

FormatPtr MediaFile::open_context(const AVInputFormat &type, bool edits, int &error) {
  AVFormatContext *format = avformat_alloc_context();
  format->pb = io_.get();
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->io_open = refuse_other_file;
  format->interrupt_callback = {
      [](void *self) { return int(static_cast<MediaFile *>(self)->canceled()); }, this};
  AVDictionary *options = nullptr;
  if (!edits) av_dict_set(&options, "advanced_editlist", "0", 0);
  error = avformat_open_input(&format, "", &type, &options);  // frees it if it fails
  av_dict_free(&options);
  return FormatPtr(error < 0 ? nullptr : format);
}

/// Where an edit begins between two frames, FFmpeg (5.1 to 7) moves the next frame to the begin,
/// which is up to a frame early. Without its own handling of edits the times are right.
void MediaFile::correct_edits(AVFormatContext &plain) {
  late_.assign(format_->nb_streams, 0);
  for (unsigned i = 0; i < std::min(format_->nb_streams, plain.nb_streams); ++i) {
    AVStream *stream = format_->streams[i];
    const AVIndexEntry *first = avformat_index_get_entry(stream, 0);
    if (!first || stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    for (int at = 0; const AVIndexEntry *same = avformat_index_get_entry(plain.streams[i], at);
         ++at) {
      if (same->pos != first->pos) continue;
      const std::int64_t late = same->timestamp - first->timestamp;
      if (late > 0 && av_rescale_q(late, stream->time_base, kNanoseconds) < kMaxCorrection)
        late_[i] = late;
      break;
    }
  }
}

std::string MediaFile::unreadable(int error) const {
  const std::string what = bytes_.seekable() ? mistaken(bytes_.peek(0, kHeadBytes)) : std::string();
  if (!what.empty()) return quote_path(source_.name) + " " + what;
  return "Cannot read " + quote_path(source_.name) + ": " + av_error_text(error) +
         ". Pass a complete media file.";
}

void MediaFile::add_tracks() {
  ends_.resize(format_->nb_streams);
  while (tracks_.size() < format_->nb_streams) {
    const AVStream *stream = format_->streams[tracks_.size()];
    Track track;
    track.stream = int(tracks_.size());
    track.kind = kind_of(stream->codecpar->codec_type);
    track.number = 1 + int(std::ranges::count(tracks_, track.kind, &Track::kind));
    track.codec = avcodec_get_name(stream->codecpar->codec_id);
    track.language = value_of(stream->metadata, "language");
    if (track.language == "und") track.language.clear();
    track.title = value_of(stream->metadata, "title");
    track.is_default = stream->disposition & AV_DISPOSITION_DEFAULT;
    track.is_cover =
        stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS);
    tracks_.push_back(std::move(track));
  }
}

const Track *MediaFile::choose(TrackKind kind, int number) const {
  const Track *best = nullptr;
  using Rank = std::tuple<bool, bool, bool, bool>;
  Rank best_rank;
  int count = 0;
  for (const Track &track : tracks_) {
    if (track.kind != kind) continue;
    ++count;
    if (track.number == number) return &track;
    const AVStream *stream = this->stream(track.stream);
    constexpr int kForFew = AV_DISPOSITION_HEARING_IMPAIRED | AV_DISPOSITION_VISUAL_IMPAIRED |
                            AV_DISPOSITION_COMMENT | AV_DISPOSITION_STILL_IMAGE;
    const Rank rank{!track.is_cover, avcodec_find_decoder(stream->codecpar->codec_id) != nullptr,
                    track.is_default, !(stream->disposition & kForFew)};
    if (best && rank <= best_rank) continue;
    best = &track;
    best_rank = rank;
  }
  if (number > 0) {
    throw Error(ErrorKind::Settings,
                quote_path(source_.name) + " has " + std::to_string(count) + " " + name_of(kind) +
                    (count == 1 ? " track" : " tracks") + ", but track " + std::to_string(number) +
                    " was chosen. Choose one from 1 to " + std::to_string(count) + ".");
  }
  return best;
}

bool MediaFile::read(AVPacket &packet) {
  av_packet_unref(&packet);
  const int error = av_read_frame(format_.get(), &packet);
  if (error == AVERROR_EOF || error == AVERROR_EXIT || error == AVERROR_INVALIDDATA) return false;
  if (error < 0)
    throw Error(ErrorKind::Format, "Cannot read " + quote_path(source_.name) + ": " +
                                       av_error_text(error) + ". Pass a complete media file.");
  add_tracks();  // MPEG may start a track anywhere
  if (packet.pos >= 0) packets_end_ = std::max(packets_end_, packet.pos + packet.size);
  const auto at = std::size_t(packet.stream_index);
  const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (time != AV_NOPTS_VALUE)
    ends_[at] = std::max(ends_[at], time_of(packet.stream_index, time + packet.duration));
  return true;
}

bool MediaFile::seek(int stream, GstClockTime time) {
  if (!bytes_.seekable()) return false;
  return av_seek_frame(format_.get(), stream, timestamp_of(stream, time), AVSEEK_FLAG_BACKWARD) >=
         0;
}

std::int64_t MediaFile::timestamp_of(int stream, GstClockTime time) const {
  return av_rescale_q(std::int64_t(time) + origin_, kNanoseconds, this->stream(stream)->time_base);
}

std::int64_t MediaFile::time_of(int stream, std::int64_t timestamp) const {
  if (timestamp == AV_NOPTS_VALUE) return AV_NOPTS_VALUE;
  const auto at = std::size_t(stream);
  if (at < late_.size()) timestamp += late_[at];
  return av_rescale_q(timestamp, this->stream(stream)->time_base, kNanoseconds) - origin_;
}

std::int64_t MediaFile::start() const {
  if (format_->start_time == AV_NOPTS_VALUE) return 0;
  return av_rescale_q(format_->start_time, AV_TIME_BASE_Q, kNanoseconds) - origin_;
}

std::int64_t MediaFile::duration() const {
  if (format_->duration <= 0 || format_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
    return AV_NOPTS_VALUE;
  return av_rescale_q(format_->duration, AV_TIME_BASE_Q, kNanoseconds);
}

std::vector<std::string> MediaFile::missing(int stream) const {
  std::vector<std::string> texts;
  if (canceled()) return texts;
  const AVStream *of = this->stream(stream);
  const std::int64_t whole = duration();
  const std::int64_t whole_end = whole + (own_zero_ ? 0 : std::max<std::int64_t>(0, start()));
  const bool stated = of->duration > 0 && of->start_time != AV_NOPTS_VALUE;
  const std::int64_t own_end = stated ? time_of(stream, of->start_time + of->duration) : 0;
  // FFmpeg gives streams of which it knows no duration that of the file, which may be that of a
  // subtitle.
  const bool own =
      stated && (whole == AV_NOPTS_VALUE || std::abs(own_end - whole_end) > kMinMissing);
  const std::int64_t end = own ? own_end : whole_end;
  const std::int64_t reached = own ? ends_[std::size_t(stream)] : std::ranges::max(ends_);
  if (whole != AV_NOPTS_VALUE && end - reached > std::max(kMinMissing, end / 50)) {
    texts.push_back(quote_path(source_.name) + " ends early: its header says " +
                    clock_text(GstClockTime(end)) + ", but its " +
                    name_of(tracks_[std::size_t(stream)].kind) + " ends at " +
                    clock_text(GstClockTime(reached)) + ". The part that is there was used.");
  }
  // The end of a chunk of odd length is padded.
  const std::int64_t left = bytes_.size().value_or(0) - packets_end_;
  if (packets_end_ > 0 && left > 0 &&
      starts_a_file(bytes_.peek(packets_end_ + packets_end_ % 2, kHeadBytes))) {
    texts.push_back("Another file follows in " + quote_path(source_.name) + ": its last " +
                    std::to_string(left) + " of " + std::to_string(*bytes_.size()) +
                    " bytes were not read. Join files with a program that knows their format, "
                    "such as ffmpeg.");
  }
  return texts;
}

}  // namespace hyperlips
