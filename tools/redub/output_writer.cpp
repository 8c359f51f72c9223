// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output_writer.hpp"

#include <algorithm>
#include <cerrno>

#include "gst/lib/media/av_versions.hpp"
#include "gst/lib/media/messages.hpp"
#include "frame_encoding.hpp"
#include "light_levels.hpp"
#include "util/quote.hpp"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/opt.h>
}

namespace hyperlips::redub {
namespace {

constexpr int kClusterMs = 1000;   // of Matroska; it is kept in memory until it is complete
constexpr int kSoundBlock = 1024;  // samples, for encoders that take any number
/// The muxer waits so long for a stream without packets, microseconds.
constexpr std::int64_t kMaxInterleave = 2'000'000;

/// The transform that the display matrix of MP4 states.
void set_orientation(AVStream &stream, const std::string &orientation) {
  if (orientation.empty() || orientation == "rotate-0") return;
  auto *matrix = reinterpret_cast<std::int32_t *>(
      add_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(std::int32_t)));
  require_memory(matrix != nullptr);
  // GStreamer's flip-rotate-N is mirrored first, then rotated clockwise; FFmpeg mirrors last.
  const bool mirrored = orientation.starts_with("flip-");
  const int angle = std::stoi(orientation.substr(orientation.rfind('-') + 1));
  av_display_rotation_set(matrix, mirrored ? -angle : angle);
  if (mirrored) av_display_matrix_flip(matrix, 1, 0);
}

}  // namespace

void OutputWriter::FreeOutput::operator()(AVFormatContext *output) const {
  if (output->pb) avio_closep(&output->pb);
  avformat_free_context(output);
}

OutputWriter::OutputWriter(const OutputFormat &format, const Streams &streams, KeptTracks &kept,
                           std::filesystem::path file, std::string subject)
    : format_(format),
      kept_(kept),
      subject_(std::move(subject)),
      frames_(streams.frames),
      sound_spec_(streams.sound) {
  AVFormatContext *output = nullptr;
  // Else the part of a name before a colon would be a protocol.
  const std::string url = "file:" + file.string();
  const int result =
      avformat_alloc_output_context2(&output, nullptr, format.muxer.c_str(), url.c_str());
  if (result < 0) throw cannot_write(result);
  output_.reset(output);
  video_.codec = open_video_encoder(format, streams.video);
  sound_.codec = open_sound_encoder(format, streams.sound);
  resampler_ = open_resampler(streams.sound, *sound_.codec);
  samples_.reset(av_audio_fifo_alloc(sound_.codec->sample_fmt, sound_.codec->ch_layout.nb_channels,
                                     kSoundBlock));
  add_stream(video_);
  add_stream(sound_);
  write_header(streams);
}

OutputWriter::~OutputWriter() = default;

Error OutputWriter::cannot_write(int code) const {
  const bool full = code == AVERROR(ENOSPC) || code == AVERROR(EFBIG) || code == AVERROR(EDQUOT);
  return {ErrorKind::Failed, "Cannot write " + quote_path(subject_) + ": " + av_error_text(code) +
                                 "." + (full ? " Free disk space or choose another folder." : "")};
}

void OutputWriter::add_stream(Track &track) {
  track.stream = avformat_new_stream(output_.get(), nullptr);
  require_memory(track.stream &&
                 avcodec_parameters_from_context(track.stream->codecpar, track.codec.get()) >= 0);
  // Matroska states delays in its header, which matroskademux (still in 1.28.6) ignores for AAC.
  if (!format_.is_mp4() && track.codec->codec_id == AV_CODEC_ID_AAC) {
    track.stream->codecpar->initial_padding = 0;
  }
  track.stream->time_base = track.codec->time_base;
  track.stream->disposition = AV_DISPOSITION_DEFAULT;
}

void OutputWriter::write_header(const Streams &streams) {
  video_.stream->avg_frame_rate = streams.video.frame_rate;
  video_.stream->sample_aspect_ratio = streams.video.pixel_aspect;
  set_orientation(*video_.stream, streams.orientation);
  if (!streams.language.empty()) {
    av_dict_set(&sound_.stream->metadata, "language", streams.language.c_str(), 0);
  }
  kept_.add_to(*output_, *video_.stream);
  add_light_levels(*video_.stream, streams.caps);
  output_->max_interleave_delta = kMaxInterleave;
  output_->flush_packets = 1;  // a full disk shows at once
  // The delay of the sound encoder is in the header; without this, it would delay the picture.
  if (!format_.is_mp4()) output_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  int result = avio_open(&output_->pb, output_->url, AVIO_FLAG_WRITE);
  if (result < 0) throw cannot_write(result);
  AVDictionary *options = nullptr;
  if (format_.is_mp4()) {
    // The index in front of the data, so that web players begin before all is loaded.
    av_dict_set(&options, "movflags", "+faststart", 0);
    av_dict_set_int(&options, "movie_timescale", sound_.codec->sample_rate, 0);
    av_dict_set_int(&options, "video_track_timescale", video_.codec->time_base.den, 0);
  } else if (format_.container != "avi") {
    av_dict_set_int(&options, "cluster_time_limit", kClusterMs, 0);
  }
  result = avformat_write_header(output_.get(), &options);
  av_dict_free(&options);
  if (result < 0) throw cannot_write(result);
}

void OutputWriter::write(AVPacket &packet, const AVStream &stream) {
  const std::lock_guard guard(lock_);
  packet.stream_index = stream.index;
  const int result = av_interleaved_write_frame(output_.get(), &packet);
  if (result < 0) throw cannot_write(result);
}

/// Encodes a frame, null for the end, and writes the packets that are ready.
void OutputWriter::encode(Track &track, const AVFrame *frame) {
  int result = avcodec_send_frame(track.codec.get(), frame);
  const PacketPtr packet(av_packet_alloc());
  while (result >= 0) {
    result = avcodec_receive_packet(track.codec.get(), packet.get());
    if (result < 0) break;
    if (&track == &video_) {
      const auto duration = durations_.find(packet->pts);
      if (duration != durations_.end()) {
        packet->duration = duration->second;
        durations_.erase(duration);
      }
      kept_.write_until(av_rescale_q(packet->pts, track.codec->time_base, kNanoseconds),
                        [this](AVPacket &other, const AVStream &stream) { write(other, stream); });
    }
    const bool padding = &track == &sound_ && track.stream->codecpar->initial_padding == 0 &&
                         packet->size > 0 && packet->pts + packet->duration <= 0;
    if (padding) continue;
    if (packet->size > 0) ++track.packets;
    av_packet_rescale_ts(packet.get(), track.codec->time_base, track.stream->time_base);
    write(*packet, *track.stream);
  }
  if (result != AVERROR(EAGAIN) && result != AVERROR_EOF) {
    throw Error(ErrorKind::Failed, std::string("The encoder ") + track.codec->codec->name +
                                       " failed: " + av_error_text(result) +
                                       ". Choose another --video-codec or --audio-codec.");
  }
}

void OutputWriter::write_frame(GstBuffer *buffer) {
  Mapped mapped(frames_, buffer, GST_MAP_READ);
  const AVCodecContext &codec = *video_.codec;
  const AvFramePtr frame(av_frame_alloc());
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(mapped.get()); ++i) {
    frame->data[i] = static_cast<std::uint8_t *>(GST_VIDEO_FRAME_PLANE_DATA(mapped.get(), i));
    frame->linesize[i] = GST_VIDEO_FRAME_PLANE_STRIDE(mapped.get(), i);
  }
  frame->format = codec.pix_fmt;
  frame->width = codec.width;
  frame->height = codec.height;
  frame->sample_aspect_ratio = codec.sample_aspect_ratio;
  frame->color_range = codec.color_range;
  frame->colorspace = codec.colorspace;
  frame->color_primaries = codec.color_primaries;
  frame->color_trc = codec.color_trc;
  frame->chroma_location = codec.chroma_sample_location;
  const auto ticks = [&codec](GstClockTime time) {
    return av_rescale_q(std::int64_t(time), kNanoseconds, codec.time_base);
  };
  const GstClockTime end = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
  frame->pts = ticks(GST_BUFFER_PTS(buffer));
  if (last_pts_ != AV_NOPTS_VALUE) frame->pts = std::max(frame->pts, last_pts_ + 1);
  last_pts_ = frame->pts;
  durations_[frame->pts] = std::max<std::int64_t>(1, ticks(end) - frame->pts);
  video_end_ = end;
  last_frame_ = GST_BUFFER_PTS(buffer);
  encode(video_, frame.get());
}

/// Encodes blocks of the samples that were converted; `all`: also a last incomplete one.
void OutputWriter::encode_sound(bool all) {
  AVCodecContext &codec = *sound_.codec;
  const int block = codec.frame_size > 0 ? codec.frame_size : kSoundBlock;
  while (const int waiting = av_audio_fifo_size(samples_.get())) {
    if (waiting < block && !all) return;
    const AvFramePtr frame(av_frame_alloc());
    frame->nb_samples = std::min(waiting, block);
    frame->format = codec.sample_fmt;
    frame->sample_rate = codec.sample_rate;
    av_channel_layout_copy(&frame->ch_layout, &codec.ch_layout);
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw cannot_write(AVERROR(ENOMEM));
    av_audio_fifo_read(samples_.get(), reinterpret_cast<void **>(frame->extended_data),
                       frame->nb_samples);
    frame->pts = samples_encoded_;
    samples_encoded_ += frame->nb_samples;
    encode(sound_, frame.get());
  }
}

void OutputWriter::write_sound(std::span<const float> samples) {
  const AVCodecContext &codec = *sound_.codec;
  const int count = int(samples.size()) / sound_spec_.channels;
  const int room = swr_get_out_samples(resampler_.get(), count);
  const AvFramePtr converted(av_frame_alloc());
  converted->nb_samples = std::max(1, room);
  converted->format = codec.sample_fmt;
  av_channel_layout_copy(&converted->ch_layout, &codec.ch_layout);
  if (av_frame_get_buffer(converted.get(), 0) < 0) throw cannot_write(AVERROR(ENOMEM));
  const auto *input = reinterpret_cast<const std::uint8_t *>(samples.data());
  // No input: the samples that the resampler holds.
  const int done = swr_convert(resampler_.get(), converted->extended_data, converted->nb_samples,
                               samples.empty() ? nullptr : &input, count);
  if (done < 0) throw cannot_write(done);
  require_memory(av_audio_fifo_write(samples_.get(),
                                     reinterpret_cast<void **>(converted->extended_data),
                                     done) == done);
  encode_sound(false);
}

void OutputWriter::finish() {
  write_sound({});
  encode_sound(true);
  encode(sound_, nullptr);
  encode(video_, nullptr);
  kept_.write_until(std::int64_t(video_end_),
                    [this](AVPacket &packet, const AVStream &stream) { write(packet, stream); });
  int result = av_write_trailer(output_.get());
  const int closed = avio_closep(&output_->pb);
  if (result >= 0) result = closed;
  if (result < 0) throw cannot_write(result);
}

double OutputWriter::sound_seconds() const {
  return double(samples_encoded_) / sound_.codec->sample_rate;
}

}  // namespace hyperlips::redub
