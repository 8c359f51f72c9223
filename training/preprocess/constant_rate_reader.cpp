// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/constant_rate_reader.hpp"

#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

GstClockTime distance(GstClockTime a, GstClockTime b) { return a > b ? a - b : b - a; }

}  // namespace

ConstantRateReader::ConstantRateReader(const std::string &path, const std::atomic<bool> &cancel)
    : path_(path), reader_(path, cancel, FrameFormats::Library) {}

GstClockTime ConstantRateReader::start() {
  current_ = reader_.next();
  if (!current_) {
    throw Error(ErrorKind::Format, quote_path(path_) + " has no frames that can be decoded.");
  }
  ahead_ = reader_.next();
  return origin_ = current_->pts;
}

std::optional<Frame> ConstantRateReader::next() {
  const GstClockTime time = origin_ + count_ * kFrameTime;
  while (ahead_ && distance(ahead_->pts, time) < distance(current_->pts, time)) {
    current_ = std::move(ahead_);
    ahead_ = reader_.next();
  }
  // The last frame must cover at least half of the picture's time.
  if (!ahead_ && time + kFrameTime / 2 > current_->pts + current_->duration) return std::nullopt;
  ++count_;
  time_error_ = distance(current_->pts, time);
  return Frame{BufferPtr(gst_buffer_ref(current_->buffer.get())), current_->pts, kFrameTime};
}

}  // namespace hyperlips::training
