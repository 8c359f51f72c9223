// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/test_media.hpp"

#include <gst/app/app.h>
#include <gst/audio/audio.h>
#include <gst/pbutils/pbutils.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <cstdlib>

#include "common/drawn_face.hpp"

namespace hyperlips::test {
namespace {

constexpr int kBits = 8, kBitSide = 16;
constexpr int kSoundRate = 48000;

class ParsedPipeline {
 public:
  explicit ParsedPipeline(const std::string &description) {
    GError *error = nullptr;
    pipeline_ = gst_parse_launch(description.c_str(), &error);
    if (error) throw std::runtime_error(error->message);
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
  }
  ~ParsedPipeline() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(pipeline_);
  }
  ParsedPipeline(const ParsedPipeline &) = delete;
  ParsedPipeline &operator=(const ParsedPipeline &) = delete;

  GstElement *get(const char *name) const {
    GstElement *element = gst_bin_get_by_name(GST_BIN(pipeline_), name);
    gst_object_unref(element);
    return element;
  }

  void wait_for_end() const {
    GstBus *bus = gst_element_get_bus(pipeline_);
    GstMessage *message = gst_bus_timed_pop_filtered(
        bus, 120 * GST_SECOND, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    gst_object_unref(bus);
    if (!message) throw std::runtime_error("a test file was not written in time");
    std::string problem;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      GError *error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      problem = error->message;
      g_error_free(error);
    }
    gst_message_unref(message);
    if (!problem.empty()) throw std::runtime_error(problem);
  }

 private:
  GstElement *pipeline_;
};

cv::Mat draw_frame(const ClipSpec &spec, int index) {
  const cv::Size size(spec.width, spec.height);
  DrawnFace face;
  face.rotation = spec.face_rotation;
  face.mouth = float(0.5 - 0.5 * std::cos(index * 0.8));
  cv::Mat picture = spec.face ? draw_face(size, face) : draw_background(size);
  if (spec.draw) picture = spec.draw(index);
  if (!spec.numbered) return picture;
  for (int bit = 0; bit < kBits; ++bit) {
    const bool set = index >> (kBits - 1 - bit) & 1;
    cv::rectangle(picture, cv::Rect(bit * kBitSide, 0, kBitSide, kBitSide),
                  set ? cv::Scalar::all(235) : cv::Scalar::all(16), cv::FILLED);
  }
  return picture;
}

std::string source_of(const std::string &path) {
  return "filesrc location=\"" + path + "\" ! decodebin ! ";
}

GstClockTime stream_time(GstSample *sample, GstClockTime pts) {
  return gst_segment_to_stream_time(gst_sample_get_segment(sample), GST_FORMAT_TIME, pts);
}

void read_frames(const std::string &path, Contents &contents) {
  const ParsedPipeline pipeline(source_of(path) +
                                "videoconvert name=convert ! video/x-raw,format=GRAY8 ! "
                                "appsink name=out sync=false");
  while (GstSample *sample = gst_app_sink_pull_sample(GST_APP_SINK(pipeline.get("out")))) {
    GstBuffer *buffer = gst_sample_get_buffer(sample);
    GstVideoInfo info;
    gst_video_info_from_caps(&info, gst_sample_get_caps(sample));
    contents.width = info.width;
    contents.height = info.height;
    contents.fps_n = info.fps_n;
    contents.fps_d = info.fps_d;
    GstVideoFrame frame;
    gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ);
    contents.indices.push_back(
        index_of(static_cast<const guint8 *>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)),
                 GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0)));
    gst_video_frame_unmap(&frame);
    contents.pts.push_back(stream_time(sample, GST_BUFFER_PTS(buffer)));
    contents.video_end =
        double(contents.pts.back() + GST_BUFFER_DURATION(buffer)) / double(GST_SECOND);
    gst_sample_unref(sample);
  }
  GstPad *pad = gst_element_get_static_pad(pipeline.get("convert"), "sink");
  if (GstCaps *caps = gst_pad_get_current_caps(pad)) {
    const gchar *format = gst_structure_get_string(gst_caps_get_structure(caps, 0), "format");
    contents.format = format ? format : "";
    gst_caps_unref(caps);
  }
  gst_object_unref(pad);
}

void read_sound(const std::string &path, Contents &contents) {
  const ParsedPipeline pipeline(source_of(path) +
                                "audioconvert ! audioresample ! audio/x-raw,format=F32LE,"
                                "channels=1,rate=48000 ! appsink name=out sync=false");
  while (GstSample *sample = gst_app_sink_pull_sample(GST_APP_SINK(pipeline.get("out")))) {
    GstBuffer *buffer =
        gst_audio_buffer_clip(gst_buffer_ref(gst_sample_get_buffer(sample)),
                              gst_sample_get_segment(sample), kSoundRate, sizeof(float));
    if (buffer) {
      const double start = double(stream_time(sample, GST_BUFFER_PTS(buffer))) / double(GST_SECOND);
      if (contents.sound_start < 0) {
        contents.sound_start = start;
        contents.sound.resize(std::size_t(std::lround(start * kSoundRate)));
      }
      GstMapInfo map;
      gst_buffer_map(buffer, &map, GST_MAP_READ);
      const auto *values = reinterpret_cast<const float *>(map.data);
      contents.sound.insert(contents.sound.end(), values, values + map.size / sizeof(float));
      gst_buffer_unmap(buffer, &map);
      gst_buffer_unref(buffer);
    }
    gst_sample_unref(sample);
  }
  contents.sound_end = double(contents.sound.size()) / kSoundRate;
}

void read_tags(const std::string &path, Contents &contents) {
  GstDiscoverer *discoverer = gst_discoverer_new(60 * GST_SECOND, nullptr);
  gchar *uri = gst_filename_to_uri(path.c_str(), nullptr);
  GstDiscovererInfo *info = gst_discoverer_discover_uri(discoverer, uri, nullptr);
  g_free(uri);
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  if (const GstTagList *tags = info ? gst_discoverer_info_get_tags(info) : nullptr) {
    const auto text = [tags](const char *tag) {
      gchar *value = nullptr;
      gst_tag_list_get_string(tags, tag, &value);
      const std::string copy = value ? value : "";
      g_free(value);
      return copy;
    };
    contents.comment = text(GST_TAG_COMMENT);
    contents.title = text(GST_TAG_TITLE);
    contents.orientation = text(GST_TAG_IMAGE_ORIENTATION);
  }
  G_GNUC_END_IGNORE_DEPRECATIONS
  if (info) g_object_unref(info);
  g_object_unref(discoverer);
}

}  // namespace

// ---------------------------------------------------------------------------------------------

std::vector<std::string> TestFolder::names(const std::string &prefix) const {
  std::vector<std::string> found;
  for (const auto &entry : fs::directory_iterator(folder_.path())) {
    const std::string name = entry.path().filename();
    if (name.starts_with(prefix)) found.push_back(name);
  }
  return found;
}

void write_wav(const std::string &path, std::span<const float> samples, int rate) {
  const auto count = std::uint32_t(samples.size());
  std::ofstream file(path, std::ios::binary);
  const auto number = [&file](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file.put(char(value >> (8 * i) & 0xff));
  };
  file << "RIFF";
  number(36 + 2 * count, 4);
  file << "WAVEfmt ";
  number(16, 4), number(1, 2), number(1, 2), number(std::uint32_t(rate), 4);
  number(std::uint32_t(2 * rate), 4), number(2, 2), number(16, 2);
  file << "data";
  number(2 * count, 4);
  for (float sample : samples) number(std::uint32_t(std::lround(sample * 32767)), 2);
}

void write_wav(const std::string &path, double seconds, const std::vector<Tone> &tones, int rate) {
  std::vector<float> samples(std::size_t(std::lround(seconds * rate)));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double time = double(i) / rate;
    double value = 0;
    for (const Tone &tone : tones) {
      if (time < tone.from || time >= tone.to) continue;
      value += tone.amplitude * std::sin(2 * std::numbers::pi * tone.hertz * (time - tone.from));
    }
    samples[i] = float(value);
  }
  write_wav(path, samples, rate);
}

std::vector<Tone> voice(double from, double to) {
  std::vector<Tone> tones;
  for (int i = 1; i <= 50; ++i) tones.push_back({150.0 * i, 0.02, from, to});
  return tones;
}

void write_clip(const std::string &path, const ClipSpec &spec) {
  const cv::Size size = draw_frame(spec, 0).size();
  std::string description =
      "appsrc name=source format=time max-bytes=0 caps=video/x-raw,format=BGR,width=" +
      std::to_string(size.width) + ",height=" + std::to_string(size.height) +
      ",framerate=" + std::to_string(spec.fps_n) + "/" + std::to_string(spec.fps_d) +
      " ! videoconvert ! video/x-raw,format=" + spec.format + " ! ";
  if (!spec.tags.empty()) description += "taginject tags=\"" + spec.tags + "\" ! ";
  description += spec.encoder + " ! queue max-size-time=0 max-size-buffers=0 ! ";
  if (spec.muxer.empty()) {
    description += "filesink location=\"" + path + "\"";
  } else {
    if (!spec.wav.empty()) {
      description += "mux. filesrc location=\"" + spec.wav + "\" ! wavparse ! audioconvert ! " +
                     "audioresample ! " + spec.audio_encoder +
                     " ! queue max-size-time=0 max-size-buffers=0 ! ";
    }
    description += "mux. " + spec.muxer + " name=mux ! filesink location=\"" + path + "\"";
  }
  const ParsedPipeline pipeline(description);
  auto *source = GST_APP_SRC(pipeline.get("source"));
  for (int i = 0; i < spec.frames; ++i) {
    const cv::Mat picture = draw_frame(spec, i);
    GstBuffer *buffer = gst_buffer_new_memdup(picture.data, picture.total() * picture.elemSize());
    if (spec.pts.empty()) {
      const auto time = [&spec](int index) {
        return gst_util_uint64_scale_int(guint64(index) * GST_SECOND, spec.fps_d, spec.fps_n);
      };
      GST_BUFFER_PTS(buffer) = time(i);
      GST_BUFFER_DURATION(buffer) = time(i + 1) - time(i);
    } else {
      GST_BUFFER_PTS(buffer) = spec.pts[std::size_t(i)];
      GST_BUFFER_DURATION(buffer) = std::size_t(i) + 1 < spec.pts.size()
                                        ? spec.pts[std::size_t(i) + 1] - spec.pts[std::size_t(i)]
                                        : 40 * GST_MSECOND;
    }
    gst_app_src_push_buffer(source, buffer);
  }
  gst_app_src_end_of_stream(source);
  pipeline.wait_for_end();
}

void turn_clip(const std::string &path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const std::string matrix("\0\0\0\0\0\1\0\0\0\0\0\0\xff\xff\0\0\0\0\0\0", 20);
  file.clear();
  for (auto at = bytes.find("tkhd"); at != std::string::npos; at = bytes.find("tkhd", at + 1))
    file.seekp(std::streamoff(at) + 44).write(matrix.data(), std::streamsize(matrix.size()));
}

void write_still(const std::string &path, int width, int height) {
  ClipSpec spec;
  spec.width = width;
  spec.height = height;
  cv::imwrite(path, draw_frame(spec, 0));
}

double Contents::onset(float level) const {
  const auto found =
      std::ranges::find_if(sound, [level](float value) { return std::abs(value) >= level; });
  return found == sound.end() ? -1 : double(found - sound.begin()) / kSoundRate;
}

double Contents::amplitude(double hertz, double from, double to) const {
  double sine = 0, cosine = 0, count = 0;
  for (auto i = std::size_t(from * kSoundRate); i < std::size_t(to * kSoundRate); ++i) {
    const double angle = 2 * std::numbers::pi * hertz * double(i) / kSoundRate;
    sine += sound.at(i) * std::sin(angle);
    cosine += sound.at(i) * std::cos(angle);
    ++count;
  }
  return 2 * std::hypot(sine, cosine) / count;
}

int index_of(const guint8 *gray, int stride) {
  int index = 0;
  for (int bit = 0; bit < kBits; ++bit) {
    index = index << 1 | (gray[kBitSide / 2 * stride + bit * kBitSide + kBitSide / 2] > 128);
  }
  return index;
}

Contents read_contents(const std::string &path) {
  if (!std::filesystem::exists(path)) throw std::runtime_error(path + " was not written");
  Contents contents;
  read_frames(path, contents);
  read_sound(path, contents);
  read_tags(path, contents);
  return contents;
}

}  // namespace hyperlips::test
