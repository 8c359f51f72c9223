// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/video/gstvideometa.h>
#include <gst/video/gstvideopool.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "gsthyperlipstestsrcprivate.h"
#include "hyperlips/error.hpp"
#include "hyperlips/gst/gsthyperlipsfacemeta.h"
#include "hyperlips/gst/gsthyperlipsspeechmeta.h"
#include "hyperlips/synth/talking_head.hpp"

#define GST_CAT_DEFAULT hyperlipstestsrc_debug

GstStaticPadTemplate gst_hyperlips_test_src_video_template = GST_STATIC_PAD_TEMPLATE(
    "video", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("video/x-raw, format = (string) { I420, NV12, BGR, RGB, BGRx, RGBx, xRGB, "
                    "xBGR, BGRA, RGBA }, width = (int) [ 16, 16384 ], height = (int) [ 16, 16384 "
                    "], framerate = (fraction) [ 1/max, max ], pixel-aspect-ratio = (fraction) "
                    "1/1"));

using hyperlips::Error;
using hyperlips::ErrorKind;
using hyperlips::synth::HeadTruth;
using hyperlips::synth::TalkingHead;

namespace {

constexpr gint kWidth = 1280, kHeight = 720;
constexpr std::int64_t kTrack = 0;

/// A frame mapped for as long as this lives.
class Mapped {
 public:
  Mapped(const GstVideoInfo &info, GstBuffer *buffer) {
    if (!gst_video_frame_map(&frame, &info, buffer, GST_MAP_READWRITE)) {
      throw Error(ErrorKind::Memory, "A video frame cannot be mapped for writing.");
    }
  }
  ~Mapped() { gst_video_frame_unmap(&frame); }
  Mapped(const Mapped &) = delete;
  Mapped &operator=(const Mapped &) = delete;

  /// Of a BGR frame.
  cv::Mat mat() {
    return cv::Mat(GST_VIDEO_FRAME_HEIGHT(&frame), GST_VIDEO_FRAME_WIDTH(&frame), CV_8UC3,
                   GST_VIDEO_FRAME_PLANE_DATA(&frame, 0),
                   std::size_t(GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0)));
  }

  GstVideoFrame frame;
};

class VideoStream final : public TestSrcStream {
 public:
  using TestSrcStream::TestSrcStream;
  ~VideoStream() override { VideoStream::release(); }

  void prepare(const TestSrcSettings &settings) override;
  void release() override;
  GstClockTime buffer_duration() override;
  bool convert(GstFormat from, gint64 value, GstFormat to, gint64 *result) override;

 protected:
  GstCaps *fixate(GstCaps *caps) override;
  bool set_caps(GstCaps *caps) override;
  bool decide_allocation(GstQuery *query, GstCaps *caps) override;
  void seek(GstClockTime place) override;
  GstFlowReturn create(GstBuffer **buffer) override;

 private:
  void set_rate(TestSrcRate rate);
  void set_format(const GstVideoInfo &info);
  void set_place();
  GstFlowReturn keep_to_clock();
  void draw(GstBuffer *buffer);
  void draw_picture(const hyperlips::FacePose &pose, cv::Mat picture, HeadTruth *truth);
  void attach(GstBuffer *buffer, const hyperlips::FacePose &pose, const HeadTruth &truth);
  double seconds(guint64 number) const { return double(number) * rate_.d / rate_.n; }

  GstVideoInfo info_;  ///< written under the element's lock
  TestSrcRate rate_;
  std::optional<TalkingHead> head_;
  cv::Size size_;
  // Other formats than BGR are converted from here.
  GstVideoConverter *converter_ = nullptr;
  GstBuffer *drawing_ = nullptr;
  GstVideoInfo drawing_info_;

  GstClockTime place_ = 0;
  gint64 next_ = 0;  ///< number of the frame at `place_`; -1: before the first
  guint64 first_of_rate_ = 0, before_rate_ = 0;  ///< where the rate began, and frames before it
  // By the pipeline's clock. The shorter of the last two counts: a machine may hiccup once.
  GstClockTime drawing_time_ = 0, last_drawing_time_ = 0;
};

// ---------------------------------------------------------------------------------------------
// Start and stop

void VideoStream::prepare(const TestSrcSettings &settings) {
  TestSrcStream::prepare(settings);
  gst_video_info_init(&info_);
  rate_ = {};
  first_of_rate_ = before_rate_ = 0;
  drawing_time_ = last_drawing_time_ = 0;
}

void VideoStream::release() {
  head_.reset();
  size_ = {};
  g_clear_pointer(&converter_, gst_video_converter_free);
  gst_clear_buffer(&drawing_);
  TestSrcStream::release();
}

GstClockTime VideoStream::buffer_duration() {
  std::lock_guard guard(element_private().lock);
  return element_private().rate.value_or(TestSrcRate()).time_of(1);
}

bool VideoStream::convert(GstFormat from, gint64 value, GstFormat to, gint64 *result) {
  std::lock_guard guard(element_private().lock);
  return GST_VIDEO_INFO_FORMAT(&info_) != GST_VIDEO_FORMAT_UNKNOWN &&
         gst_video_info_convert(&info_, from, value, to, result);
}

// ---------------------------------------------------------------------------------------------
// Negotiation

GstCaps *VideoStream::fixate(GstCaps *caps) {
  caps = gst_caps_make_writable(caps);
  GstStructure *fields = gst_caps_get_structure(caps, 0);
  gst_structure_fixate_field_nearest_int(fields, "width", kWidth);
  gst_structure_fixate_field_nearest_int(fields, "height", kHeight);
  gst_structure_fixate_field_nearest_fraction(fields, "framerate", 30, 1);
  caps = gst_caps_fixate(caps);
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return caps;
  // What the caps leave open is what everybody assumes of such a picture.
  fields = gst_caps_get_structure(caps, 0);
  if (!gst_structure_has_field(fields, "colorimetry")) {
    gchar *text = gst_video_colorimetry_to_string(&info.colorimetry);
    if (text) gst_structure_set(fields, "colorimetry", G_TYPE_STRING, text, nullptr);
    g_free(text);
  }
  if (!gst_structure_has_field(fields, "chroma-site") && GST_VIDEO_INFO_IS_YUV(&info)) {
    gchar *text = gst_video_chroma_site_to_string(info.chroma_site);
    if (text) gst_structure_set(fields, "chroma-site", G_TYPE_STRING, text, nullptr);
    g_free(text);
  }
  if (!gst_structure_has_field(fields, "interlace-mode")) {
    gst_structure_set(fields, "interlace-mode", G_TYPE_STRING, "progressive", nullptr);
  }
  return caps;
}

/// Tells the sound where the frames end.
void VideoStream::set_rate(TestSrcRate rate) {
  auto &p = element_private();
  bool latency_changed;
  {
    std::lock_guard guard(p.lock);
    if (p.rate == rate) return;
    if (p.rate) {
      before_rate_ += guint64(std::max<gint64>(next_, 0)) - first_of_rate_;
      first_of_rate_ = rate.frame_from(place_);
    }
    latency_changed = p.live && rate.time_of(1) != p.rate.value_or(TestSrcRate()).time_of(1);
    rate_ = rate;
    p.rate = rate;
    const auto frames = gst_hyperlips_test_src_last_frame(p, rate, first_of_rate_, before_rate_);
    p.end = frames ? rate.time_of(*frames) : GST_CLOCK_TIME_NONE;
    p.changed.notify_all();
  }
  set_place();
  if (latency_changed) {
    gst_element_post_message(GST_ELEMENT(element()),
                             gst_message_new_latency(GST_OBJECT(element())));
  }
}

void VideoStream::set_format(const GstVideoInfo &info) {
  g_clear_pointer(&converter_, gst_video_converter_free);
  gst_clear_buffer(&drawing_);
  if (GST_VIDEO_INFO_FORMAT(&info) == GST_VIDEO_FORMAT_BGR) return;
  gst_video_info_set_format(&drawing_info_, GST_VIDEO_FORMAT_BGR, guint(size_.width),
                            guint(size_.height));
  drawing_info_.fps_n = info.fps_n;
  drawing_info_.fps_d = info.fps_d;
  const guint threads =
      settings().threads ? settings().threads : std::max(1u, std::thread::hardware_concurrency());
  converter_ = gst_video_converter_new(
      &drawing_info_, &info,
      gst_structure_new("options", GST_VIDEO_CONVERTER_OPT_THREADS, G_TYPE_UINT, threads, nullptr));
  drawing_ = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&drawing_info_), nullptr);
  if (!converter_ || !drawing_) {
    throw Error(ErrorKind::Memory, "There is no memory for a frame of this size.");
  }
}

bool VideoStream::set_caps(GstCaps *caps) {
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return false;
  const cv::Size size(GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info));
  if (!head_ || size != size_) {
    head_.reset();
    size_ = size;
    head_.emplace(
        hyperlips::synth::TalkingHeadOptions{.seed = settings().performance.seed,
                                             .frame = size,
                                             .threads = int(settings().threads),
                                             .camera_effects = settings().camera_effects});
  }
  set_format(info);
  {
    std::lock_guard guard(element_private().lock);
    info_ = info;
  }
  // For this the sound may be waiting.
  set_rate({GST_VIDEO_INFO_FPS_N(&info), GST_VIDEO_INFO_FPS_D(&info)});
  return true;
}

bool VideoStream::decide_allocation(GstQuery *query, GstCaps *caps) {
  GstAllocator *allocator = nullptr;
  GstAllocationParams params;
  gst_allocation_params_init(&params);
  if (gst_query_get_n_allocation_params(query) > 0) {
    gst_query_parse_nth_allocation_param(query, 0, &allocator, &params);
  }
  GstBufferPool *pool = nullptr;
  guint size = 0, min = 0, max = 0;
  if (gst_query_get_n_allocation_pools(query) > 0) {
    gst_query_parse_nth_allocation_pool(query, 0, &pool, &size, &min, &max);
  }
  if (!pool) pool = gst_video_buffer_pool_new();
  size = std::max(size, guint(GST_VIDEO_INFO_SIZE(&info_)));
  GstStructure *config = gst_buffer_pool_get_config(pool);
  gst_buffer_pool_config_set_params(config, caps, size, min, max);
  gst_buffer_pool_config_set_allocator(config, allocator, &params);
  if (gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr) &&
      gst_buffer_pool_has_option(pool, GST_BUFFER_POOL_OPTION_VIDEO_META)) {
    gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  }
  if (!gst_buffer_pool_set_config(pool, config)) {
    config = gst_buffer_pool_get_config(pool);
    const bool usable = gst_buffer_pool_config_validate_params(config, caps, size, min, max) &&
                        gst_buffer_pool_set_config(pool, gst_structure_copy(config));
    gst_structure_free(config);
    if (!usable) {
      gst_object_unref(pool);
      pool = gst_video_buffer_pool_new();
      config = gst_buffer_pool_get_config(pool);
      gst_buffer_pool_config_set_params(config, caps, guint(GST_VIDEO_INFO_SIZE(&info_)), 0, 0);
      gst_buffer_pool_set_config(pool, config);
    }
  }
  gst_clear_object(&allocator);
  set_pool(pool);
  return gst_buffer_pool_set_active(pool, TRUE);
}

// ---------------------------------------------------------------------------------------------
// Frames

void VideoStream::seek(GstClockTime place) {
  place_ = place;
  set_place();
}

/// The frame that shows at `place_`: played backwards, the one before it.
void VideoStream::set_place() {
  if (backwards()) {
    next_ = gint64(rate_.frame_from(place_)) - 1;
  } else {
    next_ = gint64(rate_.frame_at(place_));
  }
}

/// A live source shows each frame when its time has come, and leaves out those that could not be
/// drawn in time any more.
GstFlowReturn VideoStream::keep_to_clock() {
  auto &p = element_private();
  GstClockTime latency;
  {
    std::lock_guard guard(p.lock);
    latency = std::max(rate_.time_of(1), p.latency);
  }
  const GstClockTime time = now();
  const GstClockTime due = running_time(rate_.time_of(guint64(next_)));
  if (GST_CLOCK_TIME_IS_VALID(time) && time + drawing_time_ > due + latency) {
    const auto late = GstClockTime(double(time + drawing_time_ - due - latency) * rate());
    const auto next = gint64(rate_.frame_from(rate_.time_of(guint64(next_)) + late));
    GST_DEBUG_OBJECT(pad(), "leaves out %" G_GINT64_FORMAT " frames", next - next_);
    mark_discont();
    std::lock_guard guard(p.lock);
    p.skipped += guint64(next - next_);
    next_ = next;
  }
  const GstClockTime start = running_time(rate_.time_of(guint64(next_)));
  const GstClockTime early = drawing_time_ > latency ? drawing_time_ - latency : 0;
  return wait_until(start - std::min(start, early));
}

void VideoStream::draw_picture(const hyperlips::FacePose &pose, cv::Mat picture, HeadTruth *truth) {
  cv::Mat drawn = picture;
  head_->draw(pose, guint64(next_), drawn, truth);
  if (drawn.data != picture.data) drawn.copyTo(picture);
}

void VideoStream::attach(GstBuffer *buffer, const hyperlips::FacePose &pose,
                         const HeadTruth &truth) {
  HyperlipsFaceData face;
  face.face.track_id = kTrack;
  face.face.landmarks = truth.landmarks;
  face.face.box = hyperlips::bounding_box(truth.landmarks);
  face.face.confidence = 1;
  face.crop_box = face.face.box;
  gst_buffer_add_hyperlips_face_meta(buffer, std::move(face));

  HyperlipsSpeechData speech{.pose = pose, .phonemes = {}, .mouth_mask = truth.mouth_mask};
  const auto stream_time = [&](double time) {
    return GstClockTime(std::llround(std::max(0.0, time) * GST_SECOND)) +
           settings().timestamp_offset;
  };
  for (auto &phoneme : speaker().phonemes(seconds(guint64(next_)), seconds(guint64(next_) + 1))) {
    speech.phonemes.push_back({std::move(phoneme.name), phoneme.viseme, stream_time(phoneme.start),
                               stream_time(phoneme.end), stream_time(phoneme.release)});
  }
  gst_buffer_add_hyperlips_speech_meta(buffer, std::move(speech));
}

void VideoStream::draw(GstBuffer *buffer) {
  const auto pose = speaker().pose(seconds(guint64(next_)));
  HeadTruth truth;
  HeadTruth *wanted = settings().ground_truth ? &truth : nullptr;
  {
    Mapped frame(info_, buffer);
    if (converter_) {
      Mapped drawing(drawing_info_, drawing_);
      draw_picture(pose, drawing.mat(), wanted);
      gst_video_converter_frame(converter_, &drawing.frame, &frame.frame);
    } else {
      draw_picture(pose, frame.mat(), wanted);
    }
  }
  if (wanted) attach(buffer, pose, truth);
}

GstFlowReturn VideoStream::create(GstBuffer **out) {
  auto &p = element_private();
  GstClockTime end;
  {
    std::lock_guard guard(p.lock);
    end = last_place(p.end);
  }
  const auto over = [&] {
    if (backwards()) {
      return next_ < 0 || rate_.time_of(guint64(next_) + 1) <= first_place();
    }
    return rate_.time_of(guint64(next_)) >= end;
  };
  // A segment may reach beyond the end, which is known only now.
  if (backwards() && GST_CLOCK_TIME_IS_VALID(end)) {
    next_ = std::min(next_, gint64(rate_.frame_from(end)) - 1);
  }
  if (over()) return kEnd;
  GstFlowReturn flow = await_start(rate_.time_of(guint64(next_)));
  if (flow == GST_FLOW_OK && settings().live) flow = keep_to_clock();
  if (flow != GST_FLOW_OK) return flow;
  if (over()) return kEnd;

  GstBuffer *buffer = nullptr;
  flow = gst_buffer_pool_acquire_buffer(pool(), &buffer, nullptr);
  if (flow != GST_FLOW_OK) return flow;
  const GstClockTime began = settings().live ? now() : GST_CLOCK_TIME_NONE;
  try {
    draw(buffer);
  } catch (...) {
    gst_buffer_unref(buffer);
    throw;
  }
  if (GST_CLOCK_TIME_IS_VALID(began)) {
    const GstClockTime done = std::max(now(), began);
    drawing_time_ = std::min(last_drawing_time_, done - began);
    last_drawing_time_ = done - began;
  }
  const auto number = guint64(next_);
  stamp(buffer, rate_.time_of(number), rate_.time_of(number + 1));
  GST_BUFFER_OFFSET(buffer) = number;
  GST_BUFFER_OFFSET_END(buffer) = number + 1;
  next_ += backwards() ? -1 : 1;
  place_ = rate_.time_of(backwards() ? number : number + 1);
  {
    std::lock_guard guard(p.lock);
    ++p.frames;
  }
  *out = buffer;
  return GST_FLOW_OK;
}

}  // namespace

std::unique_ptr<TestSrcStream> gst_hyperlips_test_src_video(GstHyperlipsTestSrc *self,
                                                            GstPad *pad) {
  return std::make_unique<VideoStream>(self, pad);
}
