// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/video_clip.hpp"

#include <gst/video/video.h>

#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr GstClockTime kDefaultDuration = GST_SECOND / 25;
/// Shorter durations are ignored: h264parse sets 1 ns if the frame rate is variable.
constexpr GstClockTime kMinDuration = GST_MSECOND;
/// Decoders may drop the frame that a seek lands in, so seeks go a little further back.
constexpr GstClockTime kSeekMargin = GST_SECOND;

GstClockTime nominal_duration(const GstVideoInfo &info) {
  if (info.fps_n <= 0 || info.fps_d <= 0) return kDefaultDuration;
  const GstClockTime duration = gst_util_uint64_scale_int(GST_SECOND, info.fps_d, info.fps_n);
  return duration < kMinDuration ? kDefaultDuration : duration;
}

GstClockTime before(GstClockTime time, GstClockTime span) { return time > span ? time - span : 0; }

}  // namespace

// ---------------------------------------------------------------------------------------------

FrameReader::FrameReader(const std::string &path, const std::atomic<bool> &cancel,
                         const std::string &caps)
    : reader_(path, MediaReader::Kind::Video, cancel, caps) {}

std::optional<Frame> FrameReader::read() {
  const SamplePtr sample = reader_.pull();
  if (!sample) return std::nullopt;
  GstCaps *caps = gst_sample_get_caps(sample.get());
  GstBuffer *buffer = gst_sample_get_buffer(sample.get());
  GstClockTime pts =
      MediaReader::stream_time(gst_sample_get_segment(sample.get()), GST_BUFFER_PTS(buffer));
  if (!GST_CLOCK_TIME_IS_VALID(pts)) pts = GST_CLOCK_TIME_IS_VALID(last_) ? last_ + nominal_ : 0;
  // Muxers fail if timestamps do not increase.
  if (GST_CLOCK_TIME_IS_VALID(last_) && pts <= last_) pts = last_ + GST_MSECOND;
  last_ = pts;
  if (!caps_ || !gst_caps_is_equal(caps_.get(), caps)) {
    GstVideoInfo info, now;
    gst_video_info_from_caps(&now, caps);
    if (caps_ && gst_video_info_from_caps(&info, caps_.get()) &&
        (info.width != now.width || info.height != now.height ||
         GST_VIDEO_INFO_FORMAT(&info) != GST_VIDEO_INFO_FORMAT(&now))) {
      const auto text = [](const GstVideoInfo &i) {
        return std::to_string(i.width) + "x" + std::to_string(i.height) + " " +
               GST_VIDEO_INFO_NAME(&i);
      };
      throw Error(ErrorKind::Format, quote_path(reader_.name()) + " changes from " + text(info) +
                                         " to " + text(now) + " at " + clock_text(pts) +
                                         ". Convert it to a single size and format first.");
    }
    if (!caps_) caps_.reset(gst_caps_ref(caps));
    nominal_ = nominal_duration(now);
  }
  Frame frame{BufferPtr(gst_buffer_ref(buffer)), pts, GST_BUFFER_DURATION(buffer)};
  if (!GST_CLOCK_TIME_IS_VALID(frame.duration) || frame.duration < kMinDuration) {
    frame.duration = nominal_;
  }
  return frame;
}

std::optional<Frame> FrameReader::next() {
  if (!started_) {
    ahead_ = read();
    started_ = true;
  }
  std::optional<Frame> frame = std::move(ahead_);
  ahead_.reset();
  if (frame) {
    ahead_ = read();
    if (ahead_) frame->duration = ahead_->pts - frame->pts;
  }
  return frame;
}

void FrameReader::seek(GstClockTime time) {
  ahead_.reset();
  started_ = false;
  last_ = GST_CLOCK_TIME_NONE;
  reader_.seek(time);
}

// ---------------------------------------------------------------------------------------------

VideoClip::VideoClip(const std::string &path, const std::atomic<bool> &cancel, gsize piece_bytes)
    : path_(path), reader_(path, cancel), piece_bytes_(piece_bytes) {}

GstClockTime VideoClip::start() {
  first_ = reader_.next();
  if (!first_) {
    throw Error(ErrorKind::Format, quote_path(path_) + " has no frame that can be decoded.");
  }
  begin_ = first_->pts;
  only_.reset(gst_buffer_ref(first_->buffer.get()));
  return begin_;
}

std::optional<Frame> VideoClip::next() {
  std::optional<Frame> frame = first_ ? std::move(first_) : reader_.next();
  first_.reset();
  if (!frame) return std::nullopt;
  if (frame->pts != begin_) only_.reset();
  last_ = frame->pts;
  duration_ = frame->duration;
  return frame;
}

std::optional<Frame> VideoClip::next_looped() {
  if (only_) return Frame{BufferPtr(gst_buffer_copy(only_.get())), begin_, duration_};
  // Each direction has at least one frame, except backward in a clip of two frames.
  for (int turn = 0; turn < 3; ++turn) {
    std::optional<Frame> frame = backward_ ? next_backward() : next_forward();
    if (frame) return frame;
    backward_ = !backward_;
    limit_ = GST_CLOCK_TIME_NONE;
    at_begin_ = false;
  }
  return std::nullopt;
}

/// Decodes the frames before limit_ into piece_; if they exceed piece_bytes_, the last ones.
bool VideoClip::read_piece() {
  GstClockTime span = kPiece;
  while (limit_ > begin_) {
    const GstClockTime from = std::max(begin_, before(limit_, span));
    reader_.seek(before(from, kSeekMargin));
    gsize bytes = 0;
    while (std::optional<Frame> frame = reader_.next()) {
      const GstClockTime slack = std::min(frame->duration, duration_) / 4;
      if (frame->pts + slack >= limit_) break;
      if (frame->pts + slack < from || frame->pts <= begin_ + slack) continue;
      bytes += gst_buffer_get_size(frame->buffer.get());
      piece_.push_back(std::move(*frame));
      while (bytes > piece_bytes_ && piece_.size() > 1) {
        bytes -= gst_buffer_get_size(piece_.front().buffer.get());
        piece_.pop_front();
      }
    }
    if (!piece_.empty()) {
      limit_ = piece_.front().pts;
      return true;
    }
    if (from <= begin_) return false;
    span *= 2;
  }
  return false;
}

std::optional<Frame> VideoClip::next_backward() {
  if (!GST_CLOCK_TIME_IS_VALID(limit_)) limit_ = last_;
  if (piece_.empty() && !read_piece()) return std::nullopt;
  Frame frame = std::move(piece_.back());
  piece_.pop_back();
  return frame;
}

std::optional<Frame> VideoClip::next_forward() {
  if (!at_begin_) {
    reader_.seek(before(begin_, kSeekMargin));
    at_begin_ = true;
  }
  return reader_.next();
}

}  // namespace hyperlips
