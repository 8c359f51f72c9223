// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clips.hpp"

#include "pipeline.hpp"

namespace hyperlips::bench {
namespace {

// Hardly any loss, as a camera would write it.
constexpr const char *kEncode =
    " ! videoconvert ! video/x-raw,format=I420 ! x264enc speed-preset=veryfast quantizer=18 "
    "pass=quant ! mp4mux ! ";
constexpr int kSpeakerSeed = 100;  // none of the people in the clips

void make(const std::string &description) {
  LaunchedPipeline pipeline(description);
  pipeline.play();
  pipeline.wait_for_end();
}

std::string caps(int width, int height) {
  return "video/x-raw,width=" + std::to_string(width) + ",height=" + std::to_string(height) +
         ",framerate=" + std::to_string(Clips::kFrameRate) + "/1,pixel-aspect-ratio=1/1";
}

/// People side by side. In smaller parts of a frame the detector would not find their faces.
std::string people(const ClipKind &kind) {
  const std::string frames = std::to_string(kind.seconds * Clips::kFrameRate);
  if (kind.faces == 1) {
    return "hyperlipstestsrc name=p seed=1 num-buffers=" + frames + " p.video ! " +
           caps(kind.width(), kind.height);
  }
  const int width = kind.width() / kind.faces / 2 * 2;
  std::string places, sources;
  for (int i = 0; i < kind.faces; ++i) {
    const std::string number = std::to_string(i), name = "p" + number;
    places += " sink_" + number + "::xpos=" + std::to_string(i * width);
    sources += " hyperlipstestsrc name=" + name + " seed=" + std::to_string(i + 1) +
               " num-buffers=" + frames + " " + name + ".video ! " + caps(width, kind.height) +
               ",format=I420 ! queue ! c.sink_" + number;
  }
  return sources + " compositor name=c" + places + " ! " + caps(kind.width(), kind.height);
}

}  // namespace

double Clips::source_seconds() const {
  if (source_seconds_ < 0) {
    LaunchedPipeline pipeline("filesrc " + property("location", source_) +
                              " ! decodebin ! video/x-raw ! fakesink");
    pipeline.preroll();
    gint64 duration = 0;
    gst_element_query_duration(pipeline.get(), GST_FORMAT_TIME, &duration);
    source_seconds_ = seconds(GstClockTime(duration));
  }
  return source_seconds_;
}

bool Clips::possible(const ClipKind &kind) const {
  return source_.empty() || (kind.faces == 1 && kind.seconds <= source_seconds());
}

const std::filesystem::path &Clips::video(const ClipKind &kind) const {
  std::filesystem::path &path = videos_[kind];
  if (!path.empty()) return path;
  const std::filesystem::path file = folder_ / ("video-" + std::to_string(videos_.size()) + ".mp4");
  const std::string end = kEncode + ("filesink " + property("location", file));
  if (source_.empty()) {
    make(people(kind) + end);
  } else {
    LaunchedPipeline pipeline(
        "filesrc " + property("location", source_) +
        " ! decodebin ! video/x-raw ! videorate ! videoscale ! videoconvert ! " +
        caps(kind.width(), kind.height) + " ! identity name=cut" + end);
    pipeline.end_after("cut", kind.seconds * kFrameRate);
    pipeline.play();
    pipeline.wait_for_end();
  }
  return path = file;
}

const std::filesystem::path &Clips::speech(int seconds) const {
  std::filesystem::path &path = speeches_[source_.empty() ? seconds : 0];
  if (!path.empty()) return path;
  const std::filesystem::path file = folder_ / ("speech-" + std::to_string(seconds) + ".wav");
  const std::string end = " ! audioconvert ! audio/x-raw,format=S16LE ! wavenc ! filesink " +
                          property("location", file);
  if (source_.empty()) {
    constexpr int kDefaultFrameRate = 30;  // of hyperlipstestsrc without video
    make("hyperlipstestsrc name=p seed=" + std::to_string(kSpeakerSeed) +
         " num-buffers=" + std::to_string(seconds * kDefaultFrameRate) + " p.audio" + end);
  } else {
    make("filesrc " + property("location", source_) + " ! decodebin ! audio/x-raw" + end);
  }
  return path = file;
}

}  // namespace hyperlips::bench
