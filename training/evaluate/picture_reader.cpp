// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/picture_reader.hpp"

#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/messages.hpp"
#include "hyperlips/video/sample.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {

PictureReader::PictureReader(const std::string &path, const std::atomic<bool> &cancel)
    : path_(path), reader_(path, cancel, FrameFormats::Library) {}

std::optional<TimedPicture> PictureReader::next() {
  const std::optional<Frame> frame = reader_.next();
  if (!frame) return std::nullopt;
  if (start_ == GST_CLOCK_TIME_NONE) {
    if (!gst_video_info_from_caps(&info_, reader_.caps()))
      throw Error(ErrorKind::Format, quote_path(path_) + " has an unsupported picture format.");
    orientation_ = reader_.orientation();
    start_ = frame->pts;
  }
  const MappedFrame mapped(info_, frame->buffer.get(), GST_MAP_READ, orientation_);
  if (!mapped) throw Error(ErrorKind::Failed, "Cannot map a frame of " + quote_path(path_) + ".");
  const FrameView &view = mapped.view();
  return TimedPicture{sample_bgr(view, {}, view.size(), Border::Replicate),
                      seconds(frame->pts - start_), seconds(frame->duration)};
}

}  // namespace hyperlips::training
