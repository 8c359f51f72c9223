// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <span>

#include "encoders.hpp"
#include "hyperlips/error.hpp"
#include "kept_tracks.hpp"

extern "C" {
#include <libavutil/audio_fifo.h>
}

namespace hyperlips::redub {

/// Encodes picture and sound and writes them to a file. Picture and sound may come from two
/// threads.
class OutputWriter {
 public:
  struct Streams {
    VideoSpec video;
    GstVideoInfo frames;  ///< as given to write_frame(), before columns and rows are cut
    SoundSpec sound;
    std::string language;     ///< of the sound, ISO 639-2; empty if unknown
    std::string orientation;  ///< a value of GST_TAG_IMAGE_ORIENTATION that the container stores
    const GstCaps *caps = nullptr;  ///< of VIDEO's frames, for the light levels of HDR
  };

  /// Opens the encoders and writes the header of `file`; `subject` is OUT, for messages. `kept` is
  /// what else goes from VIDEO to OUT. Throws Error.
  OutputWriter(const OutputFormat &format, const Streams &streams, KeptTracks &kept,
               std::filesystem::path file, std::string subject);
  ~OutputWriter();
  OutputWriter(const OutputWriter &) = delete;
  OutputWriter &operator=(const OutputWriter &) = delete;

  /// Writes a frame, with PTS and duration. Throws Error.
  void write_frame(GstBuffer *frame);

  /// Writes the next samples, interleaved, from time 0 on. Throws Error.
  void write_sound(std::span<const float> samples);

  /// Writes what the encoders hold and completes the file. Throws Error.
  void finish();

  /// Frames of a stream that was completed.
  std::uint64_t frames() const { return video_.packets; }
  GstClockTime video_end() const { return video_end_; }
  GstClockTime last_frame() const { return last_frame_; }  ///< its time
  double sound_seconds() const;
  int sound_rate() const { return sound_.codec->sample_rate; }
  int sound_bits() const { return 8 * av_get_bytes_per_sample(sound_.codec->sample_fmt); }
  int sound_channels() const { return sound_.codec->ch_layout.nb_channels; }

 private:
  struct Track {
    CodecPtr codec;
    AVStream *stream = nullptr;
    std::uint64_t packets = 0;
  };
  struct FreeOutput {
    void operator()(AVFormatContext *output) const;
  };
  struct FreeFifo {
    void operator()(AVAudioFifo *fifo) const { av_audio_fifo_free(fifo); }
  };

  void add_stream(Track &track);
  void write_header(const Streams &streams);
  void encode(Track &track, const AVFrame *frame);
  void write(AVPacket &packet, const AVStream &stream);
  void encode_sound(bool all);
  Error cannot_write(int code) const;

  OutputFormat format_;
  KeptTracks &kept_;
  std::string subject_;
  std::unique_ptr<AVFormatContext, FreeOutput> output_;
  std::mutex lock_;  // of the muxer
  Track video_, sound_;

  GstVideoInfo frames_;
  std::map<std::int64_t, std::int64_t> durations_;  // of the frames in the encoder, by their PTS
  std::int64_t last_pts_ = AV_NOPTS_VALUE;
  GstClockTime video_end_ = 0, last_frame_ = 0;

  SoundSpec sound_spec_;
  ResamplerPtr resampler_;
  std::unique_ptr<AVAudioFifo, FreeFifo> samples_;
  std::int64_t samples_encoded_ = 0;
};

}  // namespace hyperlips::redub
