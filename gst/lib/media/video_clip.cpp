// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/video_clip.hpp"

#include <algorithm>

#include "gst/lib/media/messages.hpp"

namespace hyperlips {
namespace {

/// Decoders may drop the frame that a seek lands in, so seeks go a little further back.
constexpr GstClockTime kSeekMargin = GST_SECOND;

GstClockTime before(GstClockTime time, GstClockTime span) { return time > span ? time - span : 0; }

}  // namespace

VideoClip::VideoClip(const MediaSource &source, const Cancel &cancel, gsize piece_bytes)
    : reader_(source, cancel), piece_bytes_(piece_bytes) {}

GstClockTime VideoClip::start() {
  first_ = reader_.next();
  if (!first_) throw no_frame(reader_.file().source().name);
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
