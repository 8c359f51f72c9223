// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/frame_reader.hpp"

extern "C" {
#include <libavutil/display.h>
}

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "gst/lib/media/av_versions.hpp"
#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr GstClockTime kDefaultDuration = GST_SECOND / 25;
/// Shorter durations are ignored.
constexpr GstClockTime kMinDuration = GST_MSECOND;
/// The measured and the nominal rate of a video differ by less if its rate is constant.
constexpr double kMaxRateError = 0.005;
/// Frames by which a rate is checked, and how many at their end may follow later ones.
constexpr std::size_t kCheckedFrames = 250, kMaxReordered = 16;
/// A constant rate leaves fewer of its frames out.
constexpr double kMaxLeftOut = 0.05;

/// The orientations in the order of EXIF's values 1 to 8.
constexpr struct {
  Orientation orientation;
  int matrix[4];  // signs of a, b, c, d: a stored point (x, y) is shown at (ax + cy, bx + dy)
} kOrientations[] = {
    {Orientation::Identity, {1, 0, 0, 1}},     {Orientation::FlipHorizontal, {-1, 0, 0, 1}},
    {Orientation::Rotate180, {-1, 0, 0, -1}},  {Orientation::FlipVertical, {1, 0, 0, -1}},
    {Orientation::Transpose, {0, 1, 1, 0}},    {Orientation::Rotate90, {0, 1, -1, 0}},
    {Orientation::Transverse, {0, -1, -1, 0}}, {Orientation::Rotate270, {0, -1, 1, 0}},
};

/// The most similar orientation of a display matrix.
Orientation orientation_of(const std::uint8_t *bytes) {
  const auto *matrix = reinterpret_cast<const std::int32_t *>(bytes);
  const double values[] = {double(matrix[0]), double(matrix[1]), double(matrix[3]),
                           double(matrix[4])};
  const auto fit = [&](const auto &row) {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += values[i] * row.matrix[i];
    return sum;
  };
  return std::ranges::max_element(kOrientations, {}, fit)->orientation;
}

Orientation orientation_of(const AVFrame &frame, const AVStream &stream) {
  if (const auto *data = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX))
    return orientation_of(data->data);
  if (const auto *entry = av_dict_get(frame.metadata, "Orientation", nullptr, 0)) {
    const int value = std::atoi(entry->value);
    if (value >= 1 && value <= 8) return kOrientations[value - 1].orientation;
  }
  const auto *matrix = side_data_of(stream, AV_PKT_DATA_DISPLAYMATRIX);
  return matrix ? orientation_of(matrix) : Orientation::Identity;
}

/// Whether a file of this format holds one picture.
bool is_picture(const MediaFile &file, const Track &track) {
  const std::string_view name = file.context()->iformat->name;
  const auto *brand = av_dict_get(file.context()->metadata, "major_brand", nullptr, 0);
  return name.ends_with("_pipe") || track.is_cover ||
         (brand && std::string_view(brand->value) == "avif");
}

/// Whether a file of this format may be a picture or an animation.
bool may_be_picture(const MediaFile &file) {
  const std::string_view name = file.context()->iformat->name;
  return name == "gif" || name == "apng";
}

/// The frame rate that the container or codec states; 0/1 if it varies or is unknown.
AVRational stated_rate(const AVStream &stream) {
  const AVRational nominal = stream.r_frame_rate, mean = stream.avg_frame_rate;
  if (nominal.num <= 0 || nominal.den <= 0) return {0, 1};
  const double ratio = mean.num > 0 && mean.den > 0 ? av_q2d(mean) / av_q2d(nominal) : 1;
  if (std::abs(ratio - 1) > kMaxRateError) return {0, 1};
  AVRational rate = nominal;
  av_reduce(&rate.num, &rate.den, nominal.num, nominal.den, G_MAXINT);
  return rate;
}

/// Whether a video has no frame at many of the times that its rate has.
bool leaves_frames_out(const MediaSource &source, int stream, AVRational rate,
                       const Cancel &cancel) {
  MediaFile file(source, cancel);
  const PacketPtr packet(av_packet_alloc());
  std::vector<std::int64_t> frames;  // numbers by their times
  while (frames.size() < kCheckedFrames && file.read(*packet)) {
    if (packet->stream_index != stream || packet->pts == AV_NOPTS_VALUE) continue;
    frames.push_back(av_rescale_q(packet->pts, file.stream(stream)->time_base, av_inv_q(rate)));
  }
  std::ranges::sort(frames);
  if (frames.size() == kCheckedFrames) frames.resize(kCheckedFrames - kMaxReordered);
  if (frames.empty()) return false;
  const auto all = double(frames.back() - frames.front() + 1);
  const auto there = double(std::ranges::unique(frames).begin() - frames.begin());
  return there < (1 - kMaxLeftOut) * all;
}

/// The rate of a video; 0/1 if it varies or is unknown.
AVRational frame_rate(const Decoder &decoder, const Cancel &cancel) {
  if (!decoder.track()) return {0, 1};
  const AVRational rate = stated_rate(*decoder.stream());
  // Matroska states one duration for all frames, which is the shortest one if they differ.
  const MediaSource &source = decoder.file().source();
  const std::string_view format = decoder.file().context()->iformat->name;
  const bool varies = rate.num > 0 && format.starts_with("matroska") && source.path != kStdin &&
                      leaves_frames_out(source, decoder.track()->stream, rate, cancel);
  return varies ? AVRational{0, 1} : rate;
}

}  // namespace

FrameReader::FrameReader(const MediaSource &source, const Cancel &cancel, FrameFormats formats)
    : decoder_(source, TrackKind::Video, cancel),
      rate_(frame_rate(decoder_, cancel)),
      converter_(formats),
      whole_(av_frame_alloc()) {}

/// The next decoded and deinterlaced frame.
AVFrame *FrameReader::pull() {
  while (true) {
    if (deinterlacer_ && deinterlacer_->pull(whole_.get())) return whole_.get();
    if (draining_) return nullptr;
    AVFrame *frame = decoder_.next();
    if (frame && converter_.caps() && !converter_.same_size(*frame)) return frame;
    if (frame && is_interlaced(*frame) && !deinterlacer_) {
      interlaced_ = true;
      deinterlacer_.emplace(*frame, decoder_.stream()->time_base, file().source().name);
    }
    if (!deinterlacer_) return frame;
    draining_ = !frame;
    deinterlacer_->push(frame);
  }
}

void FrameReader::start(const AVFrame &frame) {
  AVStream *stream = decoder_.stream();
  converter_.start(
      frame, av_guess_sample_aspect_ratio(file().context(), stream, const_cast<AVFrame *>(&frame)),
      rate_);
  size_ = FrameConverter::describe(frame);
  orientation_ = orientation_of(frame, *stream);
  transparent_ = has_transparency(frame);
  still_ = is_picture(file(), *decoder_.track());
  nominal_ = rate_.num > 0 ? gst_util_uint64_scale_int(GST_SECOND, rate_.den, rate_.num) : 0;
  if (nominal_ < kMinDuration) nominal_ = kDefaultDuration;
}

std::optional<Frame> FrameReader::read() {
  if (still_) return std::nullopt;
  const AVFrame *frame = pull();
  if (!frame) return std::nullopt;
  if (!converter_.caps()) start(*frame);
  auto pts = GstClockTime(std::max<std::int64_t>(0, decoder_.time_of(*frame)));
  if (!converter_.same_size(*frame)) {
    throw Error(ErrorKind::Format, quote_path(file().source().name) + " changes from " + size_ +
                                       " to " + FrameConverter::describe(*frame) + " at " +
                                       clock_text(pts) + ". Convert it to a single size first.");
  }
  // Muxers fail if timestamps do not increase.
  if (GST_CLOCK_TIME_IS_VALID(last_) && pts <= last_) pts = last_ + GST_MSECOND;
  last_ = pts;
  const auto duration = GstClockTime(std::max<std::int64_t>(
      0, av_rescale_q(duration_of(*frame), decoder_.stream()->time_base, {1, int(GST_SECOND)})));
  return Frame{converter_.convert(*frame), pts, duration < kMinDuration ? nominal_ : duration};
}

std::optional<Frame> FrameReader::next() {
  const bool first = !started_ && !converter_.caps();
  if (!started_) {
    ahead_ = read();
    started_ = true;
  }
  std::optional<Frame> frame = std::move(ahead_);
  ahead_.reset();
  if (frame) {
    ahead_ = read();
    if (ahead_) frame->duration = ahead_->pts - frame->pts;
    if (first && !ahead_ && !file().canceled()) still_ = still_ || may_be_picture(file());
  }
  return frame;
}

void FrameReader::seek(GstClockTime time) {
  if (still_) return;
  // Some files lead to a frame behind the one that is wanted.
  for (GstClockTime back = 0;; back = std::max(4 * back, GstClockTime(4 * GST_SECOND))) {
    deinterlacer_.reset();
    draining_ = false;
    last_ = GST_CLOCK_TIME_NONE;
    decoder_.seek(back < time ? time - back : 0);
    ahead_ = read();
    started_ = true;
    if (back >= time || (ahead_ && ahead_->pts <= time)) return;
  }
}

}  // namespace hyperlips
