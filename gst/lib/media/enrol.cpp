// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/enrol.hpp"

#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/messages.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "gst/lib/media/video_clip.hpp"
#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

/// Reads the frames of a file. Returns the time of the first one.
GstClockTime read_frames(const MediaSource &file, const EnrolOptions &options, double before,
                         const std::atomic<bool> &cancel,
                         const std::function<void(double)> &progress, Enrolment &enrolment) {
  FrameReader reader(file, cancel, FrameFormats::Library);
  std::optional<GstClockTime> start;
  GstVideoInfo info;
  while (std::optional<Frame> frame = reader.next()) {
    if (cancel) break;
    if (!start) {
      start = frame->pts;
      if (!gst_video_info_from_caps(&info, reader.caps()))
        throw Error(ErrorKind::Format,
                    quote_path(file.name) +
                        " has an unsupported picture format. Convert it to H.264 first.");
      const bool constant = GST_VIDEO_INFO_FPS_N(&info) > 0;
      enrolment.begin_footage(
          constant ? double(GST_VIDEO_INFO_FPS_D(&info)) / GST_VIDEO_INFO_FPS_N(&info)
                   : double(std::max<GstClockTime>(frame->duration, GST_MSECOND)) / GST_SECOND);
    }
    const MappedFrame mapped(info, frame->buffer.get(), GST_MAP_READ, reader.orientation());
    if (!mapped) throw Error(ErrorKind::Memory, "Cannot map a frame. Free memory and run again.");
    const double time = double(frame->pts - *start) / GST_SECOND;
    const auto &without = options.without;
    if (!without || time < (*without)[0] || time >= (*without)[1])
      enrolment.add_frame(mapped.view(), time);
    progress(before + time);
    if (options.until_full && enrolment.is_full()) break;
  }
  if (!start && !cancel) throw no_frame(file.name);
  return start.value_or(0);
}

/// Footage may have no sound.
void read_sound(const MediaSource &file, GstClockTime start, const std::atomic<bool> &cancel,
                Enrolment &enrolment) {
  MediaSource source = file;
  source.track = 0;  // it is that of the picture
  SoundReader sound(source, kMelSampleRate, 1, cancel);
  try {
    sound.start();
  } catch (const Error &error) {
    if (error.kind() != ErrorKind::NotFound) throw;
    return;
  }
  sound.set_origin(start);
  std::vector<float> samples(kMelSampleRate);
  while (const std::size_t count = sound.read(samples)) {
    if (cancel) return;
    enrolment.add_sound(std::span(samples).first(count));
  }
}

}  // namespace

std::optional<Bank> enrol(const std::vector<MediaSource> &files, const EnrolOptions &options,
                          const std::atomic<bool> &cancel,
                          const std::function<void(double seconds)> &progress,
                          std::vector<EnrolledFile> &read) {
  Enrolment enrolment(options.bank);
  double seconds = 0;
  for (const MediaSource &file : files) {
    double last = seconds;
    const auto count = [&](double now) { progress(last = now); };
    const GstClockTime start = read_frames(file, options, seconds, cancel, count, enrolment);
    seconds = last;
    if (cancel) return {};
    read_sound(file, start, cancel, enrolment);
    if (cancel) return {};
    read.push_back({file.name, enrolment.end_footage(options.offset)});
    if (options.until_full && enrolment.is_full()) break;
  }
  try {
    return enrolment.finish();
  } catch (const Error &error) {
    if (error.kind() != ErrorKind::NotFound) throw;
    throw Error(ErrorKind::NotFound, "No face with a visible mouth was found in " +
                                         quote_path(files.front().name) +
                                         (files.size() > 1 ? " and the other files" : "") +
                                         ". Pass a video that shows the mouth of the person.");
  }
}

}  // namespace hyperlips
