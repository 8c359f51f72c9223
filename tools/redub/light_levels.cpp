// SPDX-License-Identifier: LGPL-2.1-or-later
#include "light_levels.hpp"

#include <gst/video/video.h>

#include "gst/lib/media/av_versions.hpp"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

namespace hyperlips::redub {
namespace {

/// Units of GStreamer's numbers, as those of H.265.
constexpr int kChromaticity = 50000, kLuminance = 10000;

void set_point(AVRational (&to)[2], const GstVideoMasteringDisplayInfoCoordinates &from) {
  to[0] = {from.x, kChromaticity};
  to[1] = {from.y, kChromaticity};
}

/// Null if the stream has such data.
template <typename T>
T *new_data(AVStream &stream, AVPacketSideDataType type) {
  if (side_data_of(stream, type)) return nullptr;
  auto *data = reinterpret_cast<T *>(add_side_data(stream, type, sizeof(T)));
  require_memory(data != nullptr);
  *data = T{};
  return data;
}

}  // namespace

void add_light_levels(AVStream &stream, const GstCaps *caps) {
  GstVideoMasteringDisplayInfo display;
  if (gst_video_mastering_display_info_from_caps(&display, caps)) {
    auto *to = new_data<AVMasteringDisplayMetadata>(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA);
    if (to) {
      for (int i = 0; i < 3; ++i) set_point(to->display_primaries[i], display.display_primaries[i]);
      set_point(to->white_point, display.white_point);
      to->max_luminance = {int(display.max_display_mastering_luminance), kLuminance};
      to->min_luminance = {int(display.min_display_mastering_luminance), kLuminance};
      to->has_primaries = to->has_luminance = 1;
    }
  }
  GstVideoContentLightLevel light;
  if (gst_video_content_light_level_from_caps(&light, caps)) {
    auto *to = new_data<AVContentLightMetadata>(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL);
    if (to) *to = {light.max_content_light_level, light.max_frame_average_light_level};
  }
}

}  // namespace hyperlips::redub
