// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/frame_converter.hpp"

#include <gst/video/video-hdr.h>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "gst/lib/media/frame_view.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

/// Formats with the same layout in memory, where FFmpeg's 16-bit formats are little-endian.
constexpr struct {
  AVPixelFormat av;
  GstVideoFormat gst;
} kSame[] = {
    {AV_PIX_FMT_YUV420P, GST_VIDEO_FORMAT_I420},
    {AV_PIX_FMT_NV12, GST_VIDEO_FORMAT_NV12},
    {AV_PIX_FMT_NV21, GST_VIDEO_FORMAT_NV21},
    {AV_PIX_FMT_YUV422P, GST_VIDEO_FORMAT_Y42B},
    {AV_PIX_FMT_YUV444P, GST_VIDEO_FORMAT_Y444},
    {AV_PIX_FMT_YUV411P, GST_VIDEO_FORMAT_Y41B},
    {AV_PIX_FMT_YUYV422, GST_VIDEO_FORMAT_YUY2},
    {AV_PIX_FMT_UYVY422, GST_VIDEO_FORMAT_UYVY},
    {AV_PIX_FMT_RGB24, GST_VIDEO_FORMAT_RGB},
    {AV_PIX_FMT_BGR24, GST_VIDEO_FORMAT_BGR},
    {AV_PIX_FMT_RGB0, GST_VIDEO_FORMAT_RGBx},
    {AV_PIX_FMT_BGR0, GST_VIDEO_FORMAT_BGRx},
    {AV_PIX_FMT_0RGB, GST_VIDEO_FORMAT_xRGB},
    {AV_PIX_FMT_0BGR, GST_VIDEO_FORMAT_xBGR},
    {AV_PIX_FMT_RGBA, GST_VIDEO_FORMAT_RGBA},
    {AV_PIX_FMT_BGRA, GST_VIDEO_FORMAT_BGRA},
    {AV_PIX_FMT_ARGB, GST_VIDEO_FORMAT_ARGB},
    {AV_PIX_FMT_ABGR, GST_VIDEO_FORMAT_ABGR},
    {AV_PIX_FMT_GBRP, GST_VIDEO_FORMAT_GBR},
    {AV_PIX_FMT_GBRP10LE, GST_VIDEO_FORMAT_GBR_10LE},
    {AV_PIX_FMT_GBRP12LE, GST_VIDEO_FORMAT_GBR_12LE},
    {AV_PIX_FMT_GBRAP, GST_VIDEO_FORMAT_GBRA},
    {AV_PIX_FMT_GBRAP10LE, GST_VIDEO_FORMAT_GBRA_10LE},
    {AV_PIX_FMT_GBRAP12LE, GST_VIDEO_FORMAT_GBRA_12LE},
    {AV_PIX_FMT_RGBA64LE, GST_VIDEO_FORMAT_RGBA64_LE},
    {AV_PIX_FMT_GRAY8, GST_VIDEO_FORMAT_GRAY8},
    {AV_PIX_FMT_GRAY16LE, GST_VIDEO_FORMAT_GRAY16_LE},
    {AV_PIX_FMT_YUV420P10LE, GST_VIDEO_FORMAT_I420_10LE},
    {AV_PIX_FMT_YUV420P12LE, GST_VIDEO_FORMAT_I420_12LE},
    {AV_PIX_FMT_YUV422P10LE, GST_VIDEO_FORMAT_I422_10LE},
    {AV_PIX_FMT_YUV422P12LE, GST_VIDEO_FORMAT_I422_12LE},
    {AV_PIX_FMT_YUV444P10LE, GST_VIDEO_FORMAT_Y444_10LE},
    {AV_PIX_FMT_YUV444P12LE, GST_VIDEO_FORMAT_Y444_12LE},
    {AV_PIX_FMT_YUV444P16LE, GST_VIDEO_FORMAT_Y444_16LE},
    {AV_PIX_FMT_P010LE, GST_VIDEO_FORMAT_P010_10LE},
    {AV_PIX_FMT_YUVA420P, GST_VIDEO_FORMAT_A420},
    {AV_PIX_FMT_YUVA420P10LE, GST_VIDEO_FORMAT_A420_10LE},
    {AV_PIX_FMT_YUVA422P10LE, GST_VIDEO_FORMAT_A422_10LE},
    {AV_PIX_FMT_YUVA444P10LE, GST_VIDEO_FORMAT_A444_10LE},
};

bool full_range(const AVFrame &frame) {
  return frame.color_range == AVCOL_RANGE_JPEG || without_range(frame.format) != frame.format;
}

bool library_reads(GstVideoFormat format) {
  const CapsPtr caps(gst_caps_from_string("video/x-raw,format=" HYPERLIPS_VIDEO_FORMATS));
  const CapsPtr one(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING,
                                        gst_video_format_to_string(format), nullptr));
  return gst_caps_can_intersect(caps.get(), one.get());
}

auto most_similar(AVPixelFormat format, FrameFormats formats) {
  std::vector<AVPixelFormat> offered;
  for (const auto &same : kSame)
    if (formats == FrameFormats::Any || library_reads(same.gst)) offered.push_back(same.av);
  offered.push_back(AV_PIX_FMT_NONE);
  const AVPixFmtDescriptor *from = av_pix_fmt_desc_get(format);
  const bool alpha = from->flags & AV_PIX_FMT_FLAG_ALPHA;
  // FFmpeg would rather drop bits than add chroma.
  if (formats == FrameFormats::Library && from->nb_components == 1 && from->comp[0].depth > 8)
    format = AV_PIX_FMT_YUV420P10LE;
  const AVPixelFormat best =
      avcodec_find_best_pix_fmt_of_list(offered.data(), format, alpha, nullptr);
  auto found = std::begin(kSame);
  while (found->av != best) ++found;
  return *found;
}

/// The usual colorimetry with a matrix; null for matrices of which nothing follows.
const char *family_of(AVColorSpace matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return GST_VIDEO_COLORIMETRY_BT709;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return GST_VIDEO_COLORIMETRY_BT601;
    case AVCOL_SPC_BT2020_NCL:
      return GST_VIDEO_COLORIMETRY_BT2020;
    default:
      return nullptr;
  }
}

/// What the frame does not say follows from its matrix, or else, as everywhere in GStreamer, from
/// its size.
void set_color(const AVFrame &frame, GstVideoInfo &info) {
  GstVideoColorimetry &color = info.colorimetry;
  if (!GST_VIDEO_INFO_IS_RGB(&info)) {
    if (const char *family = family_of(frame.colorspace)) {
      gst_video_colorimetry_from_string(&color, family);
    } else if (frame.colorspace != AVCOL_SPC_UNSPECIFIED && frame.colorspace != AVCOL_SPC_RGB) {
      color.matrix = gst_video_color_matrix_from_iso(guint(frame.colorspace));
    }
    if (frame.color_range != AVCOL_RANGE_UNSPECIFIED || full_range(frame))
      color.range = full_range(frame) ? GST_VIDEO_COLOR_RANGE_0_255 : GST_VIDEO_COLOR_RANGE_16_235;
  }
  if (frame.color_primaries != AVCOL_PRI_UNSPECIFIED)
    color.primaries = gst_video_color_primaries_from_iso(guint(frame.color_primaries));
  if (frame.color_trc != AVCOL_TRC_UNSPECIFIED)
    color.transfer = gst_video_transfer_function_from_iso(guint(frame.color_trc));
  const bool subsampled = GST_VIDEO_FORMAT_INFO_W_SUB(info.finfo, 1) > 0;
  // Left is the default of MPEG-2 and of all later codecs.
  if (subsampled) info.chroma_site = GST_VIDEO_CHROMA_SITE_H_COSITED;
  switch (frame.chroma_location) {
    case AVCHROMA_LOC_CENTER:
      info.chroma_site = GST_VIDEO_CHROMA_SITE_NONE;
      break;
    case AVCHROMA_LOC_TOPLEFT:
      info.chroma_site = GST_VIDEO_CHROMA_SITE_COSITED;
      break;
    case AVCHROMA_LOC_TOP:
      info.chroma_site = GST_VIDEO_CHROMA_SITE_V_COSITED;
      break;
    default:
      break;
  }
}

template <typename T>
const T *side_data(const AVFrame &frame, AVFrameSideDataType type) {
  const AVFrameSideData *data = av_frame_get_side_data(&frame, type);
  return data ? reinterpret_cast<const T *>(data->data) : nullptr;
}

void add_hdr(const AVFrame &frame, GstCaps *caps) {
  const auto *display =
      side_data<AVMasteringDisplayMetadata>(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  if (display && display->has_primaries && display->has_luminance) {
    const auto scaled = [](AVRational value, int unit) {
      return guint(std::lround(av_q2d(value) * unit));
    };
    const auto point = [&](const AVRational(&xy)[2]) {
      return GstVideoMasteringDisplayInfoCoordinates{guint16(scaled(xy[0], 50000)),
                                                     guint16(scaled(xy[1], 50000))};
    };
    GstVideoMasteringDisplayInfo info{};
    for (int i = 0; i < 3; ++i) info.display_primaries[i] = point(display->display_primaries[i]);
    info.white_point = point(display->white_point);
    info.max_display_mastering_luminance = scaled(display->max_luminance, 10000);
    info.min_display_mastering_luminance = scaled(display->min_luminance, 10000);
    gst_video_mastering_display_info_add_to_caps(&info, caps);
  }
  if (const auto *light =
          side_data<AVContentLightMetadata>(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)) {
    GstVideoContentLightLevel level{};
    level.max_content_light_level = guint16(light->MaxCLL);
    level.max_frame_average_light_level = guint16(light->MaxFALL);
    gst_video_content_light_level_add_to_caps(&level, caps);
  }
}

ScalerPtr make_scaler(const AVFrame &frame, AVPixelFormat from, AVPixelFormat to) {
  ScalerPtr scaler(sws_alloc_context());
  for (const auto &[name, value] : std::initializer_list<std::pair<const char *, int>>{
           {"srcw", frame.width},
           {"srch", frame.height},
           {"src_format", from},
           {"dstw", frame.width},
           {"dsth", frame.height},
           {"dst_format", to},
           {"sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP}})
    av_opt_set_int(scaler.get(), name, value, 0);
  av_opt_set(scaler.get(), "sws_dither", "none", 0);
  if (sws_init_context(scaler.get(), nullptr, nullptr) < 0)
    throw Error(ErrorKind::Failed, std::string("FFmpeg cannot convert frames of the format ") +
                                       av_get_pix_fmt_name(from) + ".");
  const int *matrix = sws_getCoefficients(frame.colorspace);
  const int range = full_range(frame);
  sws_setColorspaceDetails(scaler.get(), matrix, range, matrix, range, 0, 1 << 16, 1 << 16);
  return scaler;
}

}  // namespace

AVPixelFormat without_range(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    default:
      return AVPixelFormat(format);
  }
}

void FrameConverter::start(const AVFrame &frame, AVRational pixel_aspect, AVRational frame_rate) {
  const auto format = most_similar(without_range(frame.format), formats_);
  stored_ = format.av;
  gst_video_info_set_format(&info_, format.gst, guint(frame.width), guint(frame.height));
  if (pixel_aspect.num > 0 && pixel_aspect.den > 0) {
    info_.par_n = pixel_aspect.num;
    info_.par_d = pixel_aspect.den;
  }
  info_.fps_n = frame_rate.num;
  info_.fps_d = frame_rate.den;
  set_color(frame, info_);
  caps_.reset(gst_video_info_to_caps(&info_));
  add_hdr(frame, caps_.get());
}

std::string FrameConverter::describe(const AVFrame &frame) {
  return std::to_string(frame.width) + "x" + std::to_string(frame.height) + " " +
         av_get_pix_fmt_name(without_range(frame.format));
}

BufferPtr FrameConverter::convert(const AVFrame &frame) {
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info_), nullptr));
  GstMapInfo map;
  if (!buffer || !gst_buffer_map(buffer.get(), &map, GST_MAP_WRITE))
    throw Error(ErrorKind::Memory, "Not enough memory for a frame of " + describe(frame) + ".");
  std::uint8_t *planes[4] = {};
  int strides[4] = {};
  for (guint i = 0; i < GST_VIDEO_INFO_N_PLANES(&info_); ++i) {
    planes[i] = map.data + GST_VIDEO_INFO_PLANE_OFFSET(&info_, i);
    strides[i] = GST_VIDEO_INFO_PLANE_STRIDE(&info_, i);
  }
  const AVPixelFormat from = without_range(frame.format);
  if (from == stored_) {
    av_image_copy(planes, strides, const_cast<const std::uint8_t **>(frame.data), frame.linesize,
                  stored_, frame.width, frame.height);
  } else {
    if (from != scaled_from_) {
      scaler_ = make_scaler(frame, from, stored_);
      scaled_from_ = from;
    }
    sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, planes, strides);
  }
  gst_buffer_unmap(buffer.get(), &map);
  return buffer;
}

AVPixelFormat same_layout(GstVideoFormat format) {
  const auto found = std::ranges::find(kSame, format, [](const auto &row) { return row.gst; });
  return found == std::end(kSame) ? AV_PIX_FMT_NONE : found->av;
}

GstVideoFormat same_layout(AVPixelFormat format) {
  const auto found = std::ranges::find(kSame, format, [](const auto &row) { return row.av; });
  return found == std::end(kSame) ? GST_VIDEO_FORMAT_UNKNOWN : found->gst;
}

bool has_transparency(const AVFrame &frame) {
  const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(AVPixelFormat(frame.format));
  if (!(format->flags & AV_PIX_FMT_FLAG_ALPHA)) return false;
  const bool palette = format->flags & AV_PIX_FMT_FLAG_PAL;
  const AVComponentDescriptor &alpha = format->comp[palette ? 0 : format->nb_components - 1];
  if (alpha.depth > 16) return false;  // float
  const unsigned opaque = palette ? 255u : (1u << alpha.depth) - 1;
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t *at =
        frame.data[alpha.plane] + std::ptrdiff_t(y) * frame.linesize[alpha.plane] + alpha.offset;
    for (int x = 0; x < frame.width; ++x, at += alpha.step) {
      unsigned value = at[0];
      if (palette) value = frame.data[1][4 * value + 3];
      if (alpha.depth > 8) value |= unsigned(at[1]) << 8;
      if (value < opaque) return true;
    }
  }
  return false;
}

}  // namespace hyperlips
