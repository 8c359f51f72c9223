// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/picture_reader.hpp"

#include <cstring>

#include "media/messages.hpp"

namespace hyperlips::training {
namespace {

class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo &info, GstBuffer *buffer, GstMapFlags flags)
      : mapped_(gst_video_frame_map(&frame_, &info, buffer, flags)) {}
  ~MappedFrame() {
    if (mapped_) gst_video_frame_unmap(&frame_);
  }
  MappedFrame(const MappedFrame &) = delete;
  MappedFrame &operator=(const MappedFrame &) = delete;

  explicit operator bool() const { return mapped_; }
  GstVideoFrame *get() { return &frame_; }

 private:
  GstVideoFrame frame_;
  bool mapped_;
};

}  // namespace

PictureReader::PictureReader(const std::string &path, const std::atomic<bool> &cancel)
    : path_(path), reader_(path, cancel) {}

void PictureReader::open(GstCaps *caps) {
  bool known = gst_video_info_from_caps(&in_, caps);
  if (known) {
    gst_video_info_set_format(&out_, GST_VIDEO_FORMAT_BGR, in_.width, in_.height);
    // The converter insists on one rate and kind of scanning.
    out_.fps_n = in_.fps_n;
    out_.fps_d = in_.fps_d;
    out_.interlace_mode = in_.interlace_mode;
    GstStructure *options =
        gst_structure_new("options", GST_VIDEO_CONVERTER_OPT_DITHER_METHOD,
                          GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE, nullptr);
    converter_.reset(gst_video_converter_new(&in_, &out_, options));
    known = converter_ != nullptr;
  }
  if (!known) {
    throw Error(ErrorKind::Format,
                in_quotes(path_) + " has frames that cannot be converted to BGR: " +
                    take_string(gst_caps_to_string(caps)) + ". Convert the file first.");
  }
}

cv::Mat PictureReader::convert(GstBuffer *buffer) {
  const BufferPtr converted(gst_buffer_new_allocate(nullptr, out_.size, nullptr));
  cv::Mat picture(out_.height, out_.width, CV_8UC3);
  MappedFrame from(in_, buffer, GST_MAP_READ), to(out_, converted.get(), GST_MAP_READWRITE);
  if (!from || !to)
    throw Error(ErrorKind::Failed, "A frame of " + in_quotes(path_) + " cannot be read.");
  gst_video_converter_frame(converter_.get(), from.get(), to.get());
  const auto *pixels = static_cast<const std::uint8_t *>(GST_VIDEO_FRAME_PLANE_DATA(to.get(), 0));
  for (int y = 0; y < picture.rows; ++y) {
    std::memcpy(picture.ptr(y),
                pixels + std::ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(to.get(), 0),
                std::size_t(picture.cols) * 3);
  }
  return picture;
}

std::optional<TimedPicture> PictureReader::next() {
  const std::optional<Frame> frame = reader_.next();
  if (!frame) return std::nullopt;
  if (!converter_) {
    open(reader_.caps());
    start_ = frame->pts;
  }
  return TimedPicture{convert(frame->buffer.get()), seconds(frame->pts - start_),
                      seconds(frame->duration)};
}

}  // namespace hyperlips::training
