// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/decoder.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <thread>

#include "gst/lib/media/av_versions.hpp"
#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

/// Times that run back by more begin anew, as in recordings that were glued together. Seconds.
constexpr std::int64_t kMaxBack = 1;
/// So do times that leave a larger gap, in streams that may do so (MPEG, OGG). Seconds.
constexpr std::int64_t kMaxGap = 10;
/// Each thread of a decoder holds a frame.
constexpr unsigned kMaxThreads = 8;

const char *noun(TrackKind kind) { return kind == TrackKind::Video ? "picture" : "sound"; }

const AVCodec *find_decoder(const AVStream &stream) {
  const AVCodecID id = stream.codecpar->codec_id;
  // FFmpeg's own decoders of VP8 and VP9 drop the transparency.
  const AVDictionaryEntry *alpha = av_dict_get(stream.metadata, "alpha_mode", nullptr, 0);
  if (alpha && std::string_view(alpha->value) == "1") {
    const AVCodec *codec = avcodec_find_decoder_by_name(id == AV_CODEC_ID_VP8   ? "libvpx"
                                                        : id == AV_CODEC_ID_VP9 ? "libvpx-vp9"
                                                                                : "");
    if (codec) return codec;
  }
  return avcodec_find_decoder(id);
}

bool is_encrypted(const AVPacket &packet) {
  return av_packet_get_side_data(&packet, AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr;
}

/// Tracks bought from iTunes.
bool is_protected(const AVStream &stream) {
  return stream.codecpar->codec_tag == MKTAG('d', 'r', 'm', 's') ||
         stream.codecpar->codec_tag == MKTAG('d', 'r', 'm', 'i') ||
         stream.codecpar->codec_tag == MKTAG('p', '6', '0', '8');
}

Error encrypted(const MediaSource &source, TrackKind kind) {
  return {ErrorKind::Format, "The " + std::string(noun(kind)) + " of " + quote_path(source.name) +
                                 " is encrypted (DRM), so it cannot be read. Pass a file without "
                                 "copy protection."};
}

}  // namespace

Decoder::Decoder(const MediaSource &source, TrackKind kind, const Cancel &cancel)
    : source_(source),
      kind_(kind),
      cancel_(cancel),
      packet_(av_packet_alloc()),
      frame_(av_frame_alloc()) {
  open();
}

void Decoder::open() {
  codec_.reset();
  file_ = std::make_unique<MediaFile>(source_, cancel_);
  const Track *track = file_->choose(kind_, source_.track);
  track_ = track ? std::optional(*track) : std::nullopt;
  draining_ = false;
  end_ = AV_NOPTS_VALUE;
  shift_ = 0;
  if (!track_) return;
  begin_ = file_->timestamp_of(track_->stream, 0);
  // Packets of the other tracks are read, too: their times tell whether the file is complete.
  const AVCodec *decoder = find_decoder(*stream());
  const std::string format = avcodec_get_name(stream()->codecpar->codec_id);
  if (is_protected(*stream())) throw encrypted(source_, kind_);
  if (!decoder) {
    throw Error(ErrorKind::Format,
                "The " + std::string(noun(kind_)) + " of " + quote_path(source_.name) +
                    " is in the format " + quote(format) +
                    ", for which FFmpeg has no decoder here. Convert it to another format first.");
  }
  codec_.reset(avcodec_alloc_context3(decoder));
  avcodec_parameters_to_context(codec_.get(), stream()->codecpar);
  codec_->pkt_timebase = stream()->time_base;
  codec_->thread_count = kind_ == TrackKind::Video
                             ? int(std::clamp(std::thread::hardware_concurrency(), 1u, kMaxThreads))
                             : 1;
  const bool mp4 = std::string_view(file_->context()->iformat->name).starts_with("mov");
  sound_end_ = mp4 && stream()->duration > 0 && stream()->start_time != AV_NOPTS_VALUE
                   ? stream()->start_time + stream()->duration
                   : AV_NOPTS_VALUE;
  if (const int error = avcodec_open2(codec_.get(), decoder, nullptr); error < 0) {
    throw Error(ErrorKind::Format, "Cannot decode the " + std::string(noun(kind_)) + " of " +
                                       quote_path(source_.name) + ", which is in the format " +
                                       quote(format) + ": " + av_error_text(error) + ".");
  }
}

/// Gives the decoder a packet, or the end. False if there is nothing more to give.
bool Decoder::send_packet() {
  if (draining_) return false;
  do {
    if (!file_->read(*packet_)) {
      draining_ = true;
      avcodec_send_packet(codec_.get(), nullptr);  // fails if the packet before was damaged
      return !file_->canceled();
    }
  } while (packet_->stream_index != track_->stream);
  if (is_encrypted(*packet_)) throw encrypted(source_, kind_);
  const bool hidden = packet_->flags & (AV_PKT_FLAG_DISCARD | AV_PKT_FLAG_CORRUPT);
  if (packets_ == 0 && complete_) first_dts_ = packet_->dts;
  packets_ += !hidden;
  if (avcodec_send_packet(codec_.get(), packet_.get()) < 0) damaged_ += !hidden;
  return true;
}

AVFrame *Decoder::next() {
  if (!track_) return nullptr;
  while (!file_->canceled()) {
    av_frame_unref(frame_.get());
    const int error = avcodec_receive_frame(codec_.get(), frame_.get());
    if (error == 0) {
      place();
      // After a seek there may be no frame before to count on from.
      if (frame_->pts == AV_NOPTS_VALUE) continue;
      return frame_.get();
    }
    if (error == AVERROR_EOF) {
      find_losses();
      break;
    }
    if (error != AVERROR(EAGAIN)) {
      ++damaged_;  // it was consumed; the next call goes on
    } else if (!send_packet()) {
      break;
    }
  }
  return nullptr;
}

/// The length of a frame in units of the track.
std::int64_t Decoder::length_of(AVFrame &frame) const {
  const AVRational unit = stream()->time_base;
  if (kind_ == TrackKind::Audio)
    return av_rescale_q(frame.nb_samples, {1, frame.sample_rate}, unit);
  if (duration_of(frame) > 0) return duration_of(frame);
  const AVRational rate = av_guess_frame_rate(file_->context(), stream(), &frame);
  return rate.num > 0 && rate.den > 0 ? av_rescale_q(1, av_inv_q(rate), unit) : 0;
}

/// The time of the container without delays of encoders and jumps.
std::int64_t Decoder::in_order(std::int64_t time) {
  // AVI has decoding times only, which FFmpeg adds the delay of B frames to. Its sound has no such
  // delay, so players take the decoding times in order.
  if (!delay_) {
    const bool avi = std::string_view(file_->context()->iformat->name) == "avi";
    delay_ = avi && kind_ == TrackKind::Video && first_dts_ != AV_NOPTS_VALUE
                 ? std::max<std::int64_t>(0, time - first_dts_)
                 : 0;
  }
  time += shift_ - *delay_;
  if (end_ == AV_NOPTS_VALUE) return time;
  const AVRational unit = stream()->time_base;
  const auto units = [unit](std::int64_t seconds) { return av_rescale_q(seconds, {1, 1}, unit); };
  const bool jumps = file_->context()->iformat->flags & AVFMT_TS_DISCONT;
  if (time < end_ - units(kMaxBack) || (jumps && time > end_ + units(kMaxGap))) {
    shift_ += end_ - time;
    time = end_;
  }
  return time;
}

/// Sets the time of the frame.
void Decoder::place() {
  const std::int64_t stated = frame_->best_effort_timestamp;
  if (stated != AV_NOPTS_VALUE) {
    timed_ = true;
    frame_->pts = in_order(stated);
  } else {
    // DVDs state the times of some frames only, streams without a container none.
    frame_->pts = end_ != AV_NOPTS_VALUE ? end_ : begin_;
  }
  if (frame_->pts == AV_NOPTS_VALUE) return;
  if (kind_ == TrackKind::Audio && sound_end_ != AV_NOPTS_VALUE) {
    // Blocks of AAC reach beyond the end that an MP4 file states.
    const std::int64_t left =
        av_rescale_q(sound_end_ - frame_->pts, stream()->time_base, {1, frame_->sample_rate});
    frame_->nb_samples = int(std::clamp<std::int64_t>(left, 0, frame_->nb_samples));
  }
  end_ = frame_->pts + length_of(*frame_);
}

void Decoder::seek(GstClockTime time) {
  if (!track_) return;
  complete_ = false;
  if (!timed_ || !file_->seek(track_->stream, time)) return open();
  avcodec_flush_buffers(codec_.get());
  draining_ = false;
  begin_ = end_ = AV_NOPTS_VALUE;
  shift_ = 0;
}

void Decoder::find_losses() {
  if (!complete_) return;
  complete_ = false;
  if (end_ == AV_NOPTS_VALUE && stream()->codecpar->codec_id == AV_CODEC_ID_WEBP)
    throw Error(ErrorKind::Format, quote_path(source_.name) +
                                       " is an animated WebP picture, which FFmpeg 5.1 cannot "
                                       "read. Convert it to GIF or MP4 first.");
  warnings_ = file_->missing(track_->stream);
  if (damaged_ > 0) {
    warnings_.push_back("The " + std::string(noun(kind_)) + " of " + quote_path(source_.name) +
                        " is damaged: " + std::to_string(damaged_) + " of " +
                        std::to_string(packets_) + " packets could not be decoded.");
  }
}

}  // namespace hyperlips
