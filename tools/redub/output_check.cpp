// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gst/lib/media/media_file.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips::redub {
namespace {

/// Seconds. Most containers end sound with a whole block: 1024 samples of AAC at 8 kHz.
constexpr double kVideoTolerance = 0.01, kSoundTolerance = 0.14;

/// What was read of a track.
struct Content {
  std::uint64_t packets = 0;
  double last = 0, end = 0;  // seconds
};

void add(const MediaFile &file, const AVPacket &packet, std::vector<Content> &contents) {
  Content &content = contents[std::size_t(packet.stream_index)];
  const AVRational unit = file.stream(packet.stream_index)->time_base;
  ++content.packets;
  // AVI has no PTS.
  const std::int64_t at = packet.pts == AV_NOPTS_VALUE ? packet.dts : packet.pts;
  if (at == AV_NOPTS_VALUE) return;
  const double time = double(file.time_of(packet.stream_index, at)) / 1e9;
  content.last = std::max(content.last, time);
  content.end = std::max(content.end, time + double(packet.duration) * av_q2d(unit));
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

/// Where the expected color is known, the stream must state the same. Encoders do not write the
/// limited range, which is the default.
bool same_color(const Color &expected, const Color &found) {
  const auto same = [](int wanted, int is, int unspecified) {
    return wanted == unspecified || wanted == is;
  };
  const bool default_range =
      expected.range == AVCOL_RANGE_MPEG && found.range == AVCOL_RANGE_UNSPECIFIED;
  return (default_range || same(expected.range, found.range, AVCOL_RANGE_UNSPECIFIED)) &&
         same(expected.matrix, found.matrix, AVCOL_SPC_UNSPECIFIED) &&
         same(expected.primaries, found.primaries, AVCOL_PRI_UNSPECIFIED) &&
         same(expected.transfer, found.transfer, AVCOL_TRC_UNSPECIFIED);
}

}  // namespace

std::vector<std::string> check_output(const MediaSource &source, const ExpectedOutput &expected,
                                      const Cancel &cancel) {
  std::vector<std::string> differences;
  const auto compare = [&differences](const char *what, auto wanted, auto found, bool same) {
    if (same) return;
    const auto text = [](auto value) {
      if constexpr (std::is_floating_point_v<decltype(value)>) return number(value);
      return std::to_string(value);
    };
    differences.push_back("OUT was checked: " + std::string(what) + " should be " + text(wanted) +
                          ", but is " + text(found) + ".");
  };
  const auto equal = [&compare](const char *what, auto wanted, auto found) {
    compare(what, wanted, found, wanted == found);
  };
  try {
    MediaFile file(source, cancel);
    std::vector<Content> contents(file.context()->nb_streams);
    const PacketPtr packet(av_packet_alloc());
    while (file.read(*packet)) {
      add(file, *packet, contents);
      av_packet_unref(packet.get());
    }
    if (file.canceled()) return {};
    const Track *video = file.choose(TrackKind::Video, 0),
                *sound = file.choose(TrackKind::Audio, 0);
    if (!video || !sound) {
      return {std::string("OUT was checked: it has no ") + (video ? "sound." : "picture.")};
    }
    const Content &frames = contents[std::size_t(video->stream)],
                  &samples = contents[std::size_t(sound->stream)];
    const AVCodecParameters &picture = *file.stream(video->stream)->codecpar;
    equal("the number of frames", expected.frames, frames.packets);
    const auto near = [&compare](const char *what, double wanted, double found, double tolerance) {
      compare(what, wanted, found, std::abs(wanted - found) < tolerance);
    };
    if (expected.has_durations) {
      near("the duration of the picture in seconds", expected.video_end, frames.end,
           kVideoTolerance);
    } else {
      near("the time of the last frame in seconds", expected.last_frame, frames.last,
           kVideoTolerance);
    }
    near("the duration of the sound in seconds", expected.sound_end, samples.end, kSoundTolerance);
    equal("the width", expected.width, picture.width);
    equal("the height", expected.height, picture.height);
    equal("the number of channels", expected.channels,
          file.stream(sound->stream)->codecpar->ch_layout.nb_channels);
    equal("the number of subtitle tracks", expected.subtitles,
          std::size_t(std::ranges::count(file.tracks(), TrackKind::Subtitle, &Track::kind)));
    equal("the number of chapters", expected.chapters, std::size_t(file.context()->nb_chapters));
    if (!same_color(expected.color, color_of(picture))) {
      differences.push_back(
          "OUT was checked: its color range, matrix, primaries or transfer are not those of "
          "VIDEO.");
    }
  } catch (const Error &error) {
    differences.push_back("OUT was checked, and cannot be read: " + std::string(error.what()));
  }
  return differences;
}

}  // namespace hyperlips::redub
