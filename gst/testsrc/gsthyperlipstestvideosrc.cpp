// SPDX-License-Identifier: LGPL-2.1-or-later
// The video stream of hyperlipstestsrc.
#include <gst/video/gstvideometa.h>
#include <gst/video/gstvideopool.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <thread>

#include "gsthyperlipstestbasesrc.h"
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

using hyperlips::BufferPtr;
using hyperlips::Error;
using hyperlips::ErrorKind;
using hyperlips::synth::HeadTruth;
using hyperlips::synth::TalkingHead;

namespace {

constexpr gint kDefaultWidth = 1280, kDefaultHeight = 720;
constexpr std::int64_t kTrackId = 0;

/// A video frame, mapped during the lifetime of this object.
class Mapped {
 public:
  Mapped(const GstVideoInfo &info, GstBuffer *buffer) {
    if (!gst_video_frame_map(&frame, &info, buffer, GST_MAP_READWRITE)) {
      throw Error(ErrorKind::Memory, "Cannot map a video frame for writing.");
    }
  }
  ~Mapped() { gst_video_frame_unmap(&frame); }
  Mapped(const Mapped &) = delete;
  Mapped &operator=(const Mapped &) = delete;

  /// A BGR frame as a matrix.
  cv::Mat mat() {
    return cv::Mat(GST_VIDEO_FRAME_HEIGHT(&frame), GST_VIDEO_FRAME_WIDTH(&frame), CV_8UC3,
                   GST_VIDEO_FRAME_PLANE_DATA(&frame, 0),
                   std::size_t(GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0)));
  }

  GstVideoFrame frame;
};

struct FreeConverter {
  void operator()(GstVideoConverter *converter) const { gst_video_converter_free(converter); }
};

}  // namespace

/// Of the streaming thread.
struct GstHyperlipsTestVideoSrcPrivate {
  GstVideoInfo info;
  TestSrcRate rate;
  std::optional<TalkingHead> head;
  cv::Size size;
  // The head is drawn in BGR; other formats are converted from it.
  std::unique_ptr<GstVideoConverter, FreeConverter> converter;
  BufferPtr drawing;
  GstVideoInfo drawing_info;

  GstClockTime time = 0;
  gint64 next = 0;  ///< number of the frame at `time`; -1: before the first
  guint64 first_of_rate = 0, before_rate = 0;  ///< where the rate began, and frames before it
  // By the pipeline's clock. The shorter of the last two counts: one may have been interrupted.
  GstClockTime drawing_time = 0, last_drawing_time = 0;

  GstHyperlipsTestVideoSrcPrivate() { gst_video_info_init(&info); }
  GstClockTime next_time() const { return rate.time_of(guint64(next)); }
  double seconds(guint64 number) const { return double(number) * rate.d / rate.n; }
};

struct GstHyperlipsTestVideoSrc {
  GstHyperlipsTestBaseSrc parent;
  GstHyperlipsTestVideoSrcPrivate *priv;
};

struct GstHyperlipsTestVideoSrcClass {
  GstHyperlipsTestBaseSrcClass parent_class;
};

G_DEFINE_TYPE_WITH_PRIVATE(GstHyperlipsTestVideoSrc, gst_hyperlips_test_video_src,
                           GST_TYPE_HYPERLIPS_TEST_BASE_SRC)

static GstHyperlipsTestVideoSrcPrivate &get(gpointer self) {
  return *static_cast<GstHyperlipsTestVideoSrc *>(self)->priv;
}

// ---------------------------------------------------------------------------------------------
// Start and stop

static void gst_hyperlips_test_video_src_reset(GstHyperlipsTestBaseSrc *src) {
  auto &p = get(src);
  std::destroy_at(&p);
  std::construct_at(&p);
}

static GstClockTime gst_hyperlips_test_video_src_buffer_duration(const TestSrcState &state,
                                                                 GstCaps *) {
  return state.rate.value_or(TestSrcRate()).time_of(1);
}

static gboolean gst_hyperlips_test_video_src_convert(GstCaps *caps, GstFormat from, gint64 value,
                                                     GstFormat to, gint64 *result) {
  GstVideoInfo info;
  return gst_video_info_from_caps(&info, caps) &&
         gst_video_info_convert(&info, from, value, to, result);
}

// ---------------------------------------------------------------------------------------------
// Negotiation

static void set_if_absent(GstStructure *fields, const char *name, gchar *value) {
  if (value && !gst_structure_has_field(fields, name)) {
    gst_structure_set(fields, name, G_TYPE_STRING, value, nullptr);
  }
  g_free(value);
}

static GstCaps *gst_hyperlips_test_video_src_fixate(GstBaseSrc *, GstCaps *caps) {
  caps = gst_caps_make_writable(gst_caps_truncate(caps));
  GstStructure *fields = gst_caps_get_structure(caps, 0);
  gst_structure_fixate_field_nearest_int(fields, "width", kDefaultWidth);
  gst_structure_fixate_field_nearest_int(fields, "height", kDefaultHeight);
  gst_structure_fixate_field_nearest_fraction(fields, "framerate", 30, 1);
  caps = gst_caps_fixate(caps);
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return caps;
  // The defaults of GStreamer, which everything downstream would assume.
  fields = gst_caps_get_structure(caps, 0);
  set_if_absent(fields, "colorimetry", gst_video_colorimetry_to_string(&info.colorimetry));
  if (GST_VIDEO_INFO_IS_YUV(&info)) {
    set_if_absent(fields, "chroma-site", gst_video_chroma_site_to_string(info.chroma_site));
  }
  set_if_absent(fields, "interlace-mode", g_strdup("progressive"));
  return caps;
}

/// The frame that is shown at `time`; in reverse, the one before it.
static void gst_hyperlips_test_video_src_seek(GstHyperlipsTestBaseSrc *src, GstClockTime time) {
  auto &p = get(src);
  p.time = time;
  p.next = gst_hyperlips_test_base_src_get(src).backwards() ? gint64(p.rate.frame_from(time)) - 1
                                                            : gint64(p.rate.frame_at(time));
}

/// The rate decides where the frames end, and with them the audio.
static void set_rate(GstHyperlipsTestBaseSrc *src, TestSrcRate rate) {
  auto &p = get(src);
  bool latency_changed;
  {
    auto state = gst_hyperlips_test_base_src_get(src).shared->lock();
    if (state->rate == rate) return;
    if (state->rate) {
      p.before_rate += guint64(std::max<gint64>(p.next, 0)) - p.first_of_rate;
      p.first_of_rate = rate.frame_from(p.time);
    }
    latency_changed =
        state->live && rate.time_of(1) != state->rate.value_or(TestSrcRate()).time_of(1);
    p.rate = rate;
    state->rate = rate;
    const auto frames = state->last_frame(rate, p.first_of_rate, p.before_rate);
    state->end = frames ? rate.time_of(*frames) : GST_CLOCK_TIME_NONE;
    state.wake();
  }
  gst_hyperlips_test_video_src_seek(src, p.time);
  if (latency_changed) {
    gst_element_post_message(GST_ELEMENT(src), gst_message_new_latency(GST_OBJECT(src)));
  }
}

static void make_converter(GstHyperlipsTestBaseSrc *src) {
  auto &p = get(src);
  p.converter.reset();
  p.drawing.reset();
  if (GST_VIDEO_INFO_FORMAT(&p.info) == GST_VIDEO_FORMAT_BGR) return;
  gst_video_info_set_format(&p.drawing_info, GST_VIDEO_FORMAT_BGR, guint(p.size.width),
                            guint(p.size.height));
  p.drawing_info.fps_n = p.info.fps_n;
  p.drawing_info.fps_d = p.info.fps_d;
  const guint wanted = gst_hyperlips_test_base_src_get(src).settings.threads;
  const guint threads = wanted ? wanted : std::max(1u, std::thread::hardware_concurrency());
  p.converter.reset(
      gst_video_converter_new(&p.drawing_info, &p.info,
                              gst_structure_new("options", GST_VIDEO_CONVERTER_OPT_THREADS,
                                                G_TYPE_UINT, threads, nullptr)));
  p.drawing.reset(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&p.drawing_info), nullptr));
  if (!p.converter || !p.drawing) {
    throw Error(ErrorKind::Memory, "Out of memory for a video frame of this size.");
  }
}

static gboolean gst_hyperlips_test_video_src_set_format(GstHyperlipsTestBaseSrc *src,
                                                        GstCaps *caps) {
  auto &p = get(src);
  if (!gst_video_info_from_caps(&p.info, caps)) return FALSE;
  const auto &settings = gst_hyperlips_test_base_src_get(src).settings;
  const cv::Size size(GST_VIDEO_INFO_WIDTH(&p.info), GST_VIDEO_INFO_HEIGHT(&p.info));
  if (!p.head || size != p.size) {
    p.head.reset();
    p.size = size;
    p.head.emplace(hyperlips::synth::TalkingHeadOptions{.seed = settings.performance.seed,
                                                        .frame = size,
                                                        .threads = int(settings.threads),
                                                        .camera_effects = settings.camera_effects});
  }
  make_converter(src);
  set_rate(src, {GST_VIDEO_INFO_FPS_N(&p.info), GST_VIDEO_INFO_FPS_D(&p.info)});
  return TRUE;
}

static gboolean gst_hyperlips_test_video_src_decide_allocation(GstBaseSrc *src, GstQuery *query) {
  GstCaps *caps;
  gst_query_parse_allocation(query, &caps, nullptr);
  GstVideoInfo info;
  // Without caps the source waits until its pad is linked.
  if (!caps || !gst_video_info_from_caps(&info, caps)) return TRUE;
  GstBufferPool *pool = nullptr;
  guint size = 0, min = 0, max = 0;
  const bool offered = gst_query_get_n_allocation_pools(query) > 0;
  if (offered) gst_query_parse_nth_allocation_pool(query, 0, &pool, &size, &min, &max);
  if (!pool) pool = gst_video_buffer_pool_new();
  size = std::max(size, guint(GST_VIDEO_INFO_SIZE(&info)));
  // GstBaseSrc sets the rest of the configuration, and takes another pool where this one refuses.
  if (gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr) &&
      gst_buffer_pool_has_option(pool, GST_BUFFER_POOL_OPTION_VIDEO_META)) {
    GstStructure *config = gst_buffer_pool_get_config(pool);
    gst_buffer_pool_config_set_params(config, caps, size, min, max);
    gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
    gst_buffer_pool_set_config(pool, config);
  }
  if (offered) {
    gst_query_set_nth_allocation_pool(query, 0, pool, size, min, max);
  } else {
    gst_query_add_allocation_pool(query, pool, size, min, max);
  }
  gst_object_unref(pool);
  return GST_BASE_SRC_CLASS(gst_hyperlips_test_video_src_parent_class)
      ->decide_allocation(src, query);
}

// ---------------------------------------------------------------------------------------------
// Frames

/// A live source pushes each frame at its time, and skips frames that cannot be drawn in time.
static GstFlowReturn keep_to_clock(GstHyperlipsTestBaseSrc *src) {
  auto &p = get(src);
  auto &base = gst_hyperlips_test_base_src_get(src);
  const GstClockTime latency = std::max(p.rate.time_of(1), base.shared->lock()->latency);
  const GstClockTime time = base.now();
  const GstClockTime due = base.running_time(p.next_time());
  if (GST_CLOCK_TIME_IS_VALID(time) && time + p.drawing_time > due + latency) {
    const double late = double(time + p.drawing_time - due - latency) * base.segment.rate;
    const auto next = gint64(p.rate.frame_from(p.next_time() + GstClockTime(late)));
    GST_DEBUG_OBJECT(src, "skipping %" G_GINT64_FORMAT " frames", next - p.next);
    base.shared->lock()->skipped += guint64(next - p.next);
    base.discont = true;
    p.next = next;
  }
  const GstClockTime start = base.running_time(p.next_time());
  const GstClockTime early = p.drawing_time > latency ? p.drawing_time - latency : 0;
  return base.wait_until(start - std::min(start, early));
}

static void draw_head(GstHyperlipsTestVideoSrcPrivate &p, const hyperlips::FacePose &pose,
                      cv::Mat picture, HeadTruth *truth) {
  cv::Mat drawn = picture;
  p.head->draw(pose, guint64(p.next), drawn, truth);
  if (drawn.data != picture.data) drawn.copyTo(picture);
}

static void attach_truth(GstHyperlipsTestBaseSrc *src, GstBuffer *buffer,
                         const hyperlips::FacePose &pose, const HeadTruth &truth) {
  auto &p = get(src);
  auto &base = gst_hyperlips_test_base_src_get(src);
  HyperlipsFaceData face;
  face.face.track_id = kTrackId;
  face.face.landmarks = truth.landmarks;
  face.face.box = hyperlips::bounding_box(truth.landmarks);
  face.face.confidence = 1;
  face.crop_box = face.face.box;
  gst_buffer_add_hyperlips_face_meta(buffer, std::move(face));

  HyperlipsSpeechData speech{.pose = pose, .phonemes = {}, .mouth_mask = truth.mouth_mask};
  const auto stream_time = [&](double time) {
    return GstClockTime(std::llround(std::max(0.0, time) * GST_SECOND)) +
           base.settings.timestamp_offset;
  };
  const auto number = guint64(p.next);
  for (auto &phoneme : base.speaker->phonemes(p.seconds(number), p.seconds(number + 1))) {
    speech.phonemes.push_back({std::move(phoneme.name), phoneme.viseme, stream_time(phoneme.start),
                               stream_time(phoneme.end), stream_time(phoneme.release)});
  }
  gst_buffer_add_hyperlips_speech_meta(buffer, std::move(speech));
}

static void draw(GstHyperlipsTestBaseSrc *src, GstBuffer *buffer) {
  auto &p = get(src);
  auto &base = gst_hyperlips_test_base_src_get(src);
  const auto pose = base.speaker->pose(p.seconds(guint64(p.next)));
  HeadTruth truth;
  HeadTruth *wanted = base.settings.ground_truth ? &truth : nullptr;
  {
    Mapped frame(p.info, buffer);
    if (p.converter) {
      Mapped drawing(p.drawing_info, p.drawing.get());
      draw_head(p, pose, drawing.mat(), wanted);
      gst_video_converter_frame(p.converter.get(), &drawing.frame, &frame.frame);
    } else {
      draw_head(p, pose, frame.mat(), wanted);
    }
  }
  if (wanted) attach_truth(src, buffer, pose, truth);
}

/// How long a frame takes, so that a live source can begin early enough.
static void draw_and_measure(GstHyperlipsTestBaseSrc *src, GstBuffer *buffer) {
  auto &p = get(src);
  auto &base = gst_hyperlips_test_base_src_get(src);
  const GstClockTime began = base.settings.live ? base.now() : GST_CLOCK_TIME_NONE;
  draw(src, buffer);
  if (!GST_CLOCK_TIME_IS_VALID(began)) return;
  const GstClockTime done = std::max(base.now(), began);
  p.drawing_time = std::min(p.last_drawing_time, done - began);
  p.last_drawing_time = done - began;
}

static BufferPtr acquire(GstHyperlipsTestBaseSrc *src, GstFlowReturn *flow) {
  GstBufferPool *pool = gst_base_src_get_buffer_pool(GST_BASE_SRC(src));
  GstBuffer *buffer = nullptr;
  *flow = gst_buffer_pool_acquire_buffer(pool, &buffer, nullptr);
  gst_object_unref(pool);
  return BufferPtr(buffer);
}

static GstFlowReturn gst_hyperlips_test_video_src_make(GstHyperlipsTestBaseSrc *src,
                                                       GstBuffer **out) {
  auto &p = get(src);
  auto &base = gst_hyperlips_test_base_src_get(src);
  const GstClockTime end = base.last_time(base.shared->lock()->end);
  const auto ended = [&] {
    if (!base.backwards()) return p.next_time() >= end;
    return p.next < 0 || p.rate.time_of(guint64(p.next) + 1) <= base.first_time();
  };
  // A segment may reach beyond the end, which is only known now.
  if (base.backwards() && GST_CLOCK_TIME_IS_VALID(end)) {
    p.next = std::min(p.next, gint64(p.rate.frame_from(end)) - 1);
  }
  if (ended()) return GST_FLOW_EOS;
  GstFlowReturn flow = base.await_start(p.next_time());
  if (flow == GST_FLOW_OK && base.settings.live) flow = keep_to_clock(src);
  if (flow != GST_FLOW_OK) return flow;
  if (ended()) return GST_FLOW_EOS;

  BufferPtr buffer = acquire(src, &flow);
  if (flow != GST_FLOW_OK) return flow;
  draw_and_measure(src, buffer.get());
  const auto number = guint64(p.next);
  GST_BUFFER_OFFSET(buffer.get()) = number;
  GST_BUFFER_OFFSET_END(buffer.get()) = number + 1;
  p.next += base.backwards() ? -1 : 1;
  p.time = p.rate.time_of(base.backwards() ? number : number + 1);
  ++base.shared->lock()->frames;
  base.finish_buffer(buffer.get(), p.rate.time_of(number), p.rate.time_of(number + 1));
  *out = buffer.release();
  return GST_FLOW_OK;
}

// ---------------------------------------------------------------------------------------------

static void gst_hyperlips_test_video_src_finalize(GObject *object) {
  get(object).~GstHyperlipsTestVideoSrcPrivate();
  G_OBJECT_CLASS(gst_hyperlips_test_video_src_parent_class)->finalize(object);
}

static void gst_hyperlips_test_video_src_class_init(GstHyperlipsTestVideoSrcClass *klass) {
  G_OBJECT_CLASS(klass)->finalize = gst_hyperlips_test_video_src_finalize;
  gst_hyperlips_test_base_src_class_add_template(GST_ELEMENT_CLASS(klass),
                                                 &gst_hyperlips_test_src_video_template);
  auto *base_src_class = GST_BASE_SRC_CLASS(klass);
  base_src_class->fixate = gst_hyperlips_test_video_src_fixate;
  base_src_class->decide_allocation = gst_hyperlips_test_video_src_decide_allocation;
  auto *test_class = GST_HYPERLIPS_TEST_BASE_SRC_CLASS(klass);
  test_class->reset = gst_hyperlips_test_video_src_reset;
  test_class->set_format = gst_hyperlips_test_video_src_set_format;
  test_class->seek = gst_hyperlips_test_video_src_seek;
  test_class->make = gst_hyperlips_test_video_src_make;
  test_class->buffer_duration = gst_hyperlips_test_video_src_buffer_duration;
  test_class->convert = gst_hyperlips_test_video_src_convert;
}

static void gst_hyperlips_test_video_src_init(GstHyperlipsTestVideoSrc *self) {
  self->priv = new (gst_hyperlips_test_video_src_get_instance_private(self))
      GstHyperlipsTestVideoSrcPrivate();
}
