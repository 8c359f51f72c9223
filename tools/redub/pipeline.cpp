// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipeline.hpp"

#include <gst/video/gstvideometa.h>

#include <algorithm>

#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

constexpr guint64 kFramesAhead = 4;
constexpr guint kFramesToEncode = 8;
constexpr guint kEncodedBytes = guint(64) << 20;
/// A timescale (units per second) that represents all common frame rates well.
constexpr int kMinTimescale = 90000;

GstPadProbeReturn count_moving(GstPad *, GstPadProbeInfo *, gpointer counter) {
  ++*static_cast<std::atomic<std::uint64_t> *>(counter);
  return GST_PAD_PROBE_OK;
}

void set_text(GstElement *element, const char *property, const std::string &value) {
  if (!value.empty()) g_object_set(element, property, value.c_str(), nullptr);
}

/// Whether a tag of VIDEO is valid for its re-dub.
bool is_kept(const gchar *tag) {
  static const std::set<std::string> kept{GST_TAG_TITLE,
                                          GST_TAG_ARTIST,
                                          GST_TAG_ALBUM,
                                          GST_TAG_COMPOSER,
                                          GST_TAG_DATE,
                                          GST_TAG_DATE_TIME,
                                          GST_TAG_DESCRIPTION,
                                          GST_TAG_COPYRIGHT,
                                          GST_TAG_LICENSE,
                                          GST_TAG_KEYWORDS,
                                          GST_TAG_GENRE,
                                          GST_TAG_GEO_LOCATION_LATITUDE,
                                          GST_TAG_GEO_LOCATION_LONGITUDE,
                                          GST_TAG_GEO_LOCATION_ELEVATION,
                                          GST_TAG_DEVICE_MANUFACTURER,
                                          GST_TAG_DEVICE_MODEL,
                                          GST_TAG_SHOW_NAME,
                                          GST_TAG_PERFORMER,
                                          GST_TAG_ORGANIZATION,
                                          GST_TAG_CONTACT};
  return kept.contains(tag);
}

void copy_tag(const GstTagList *list, const gchar *tag, gpointer target) {
  if (!is_kept(tag)) return;
  for (guint i = 0; i < gst_tag_list_get_tag_size(list, tag); ++i) {
    gst_tag_list_add_value(static_cast<GstTagList *>(target), GST_TAG_MERGE_APPEND, tag,
                           gst_tag_list_get_value_index(list, tag, i));
  }
}

/// A timescale in which a frame of fps_n/fps_d has an integer duration.
int timescale(int fps_n) {
  if (fps_n <= 0 || fps_n > kMinTimescale) return kMinTimescale;
  return fps_n * ((kMinTimescale + fps_n - 1) / fps_n);
}

}  // namespace

Pipeline::Pipeline(const Options &options, const OutputFormat &format, const Input &input,
                   const std::filesystem::path &file)
    : options_(options), format_(format), subject_(options.output.string()) {
  pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new("redub"))));
  lips_ = add("hyperlips", "lips");
  muxer_ = add(format.muxer.c_str(), "muxer");
  GstElement *sink = add("filesink", "file");
  g_object_set(sink, "location", file.c_str(), "async", FALSE, "sync", FALSE, nullptr);
  link({muxer_, sink});
  configure_lips(options);
  build_video(options, input);
  build_sound(input);
  set_tags(options, input);

  watch("facecrop", "src", [](GstPad *, GstPadProbeInfo *info, gpointer self) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    if (gst_buffer_get_n_meta(buffer, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE) > 0) {
      ++static_cast<Pipeline *>(self)->frames_with_face_;
    }
    return GST_PAD_PROBE_OK;
  });
  watch("lips", "video_src", [](GstPad *, GstPadProbeInfo *, gpointer data) {
    auto *self = static_cast<Pipeline *>(data);
    ++self->frames_;
    ++self->activity_;
    return GST_PAD_PROBE_OK;
  });
  const ObjectPtr<GstPad> end(gst_element_get_static_pad(sink, "sink"));
  gst_pad_add_probe(end.get(), GST_PAD_PROBE_TYPE_BUFFER, count_moving, &activity_, nullptr);
}

Pipeline::~Pipeline() { stop(); }

GstElement *Pipeline::add(GstElement *element) {
  gst_bin_add(GST_BIN(pipeline_.get()), element);
  return element;
}

GstElement *Pipeline::add(const char *factory, const char *name) {
  return add(make_element(factory, name));
}

void Pipeline::link(const std::vector<GstElement *> &chain) {
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (!gst_element_link(chain[i - 1], chain[i])) {
      throw Error(ErrorKind::Settings,
                  std::string("Cannot link ") + GST_OBJECT_NAME(chain[i - 1]) + " to " +
                      GST_OBJECT_NAME(chain[i]) +
                      ". Choose another --video-codec, --audio-codec or extension of OUT.");
    }
  }
}

GstElement *Pipeline::encode(std::vector<GstElement *> chain,
                             const std::vector<GstElement *> &encoder, const char *queue_name) {
  for (GstElement *element : encoder) chain.push_back(add(element));
  GstElement *queue = add("queue", queue_name);
  g_object_set(queue, "max-size-buffers", 0u, "max-size-time", guint64(0), "max-size-bytes",
               kEncodedBytes, nullptr);
  chain.insert(chain.end(), {queue, muxer_});
  link(chain);
  return queue;
}

void Pipeline::watch(const char *element, const char *pad, GstPadProbeCallback callback) {
  const ObjectPtr<GstElement> found(gst_bin_get_by_name(GST_BIN(pipeline_.get()), element));
  const ObjectPtr<GstPad> at(gst_element_get_static_pad(found.get(), pad));
  gst_pad_add_probe(at.get(), GST_PAD_PROBE_TYPE_BUFFER, callback, this, nullptr);
}

void Pipeline::configure_lips(const Options &options) {
  set_text(lips_, "model", options.model);
  set_text(lips_, "hr-model", options.hr_model);
  set_text(lips_, "device", options.device);
  set_text(lips_, "reference-image", options.reference);
  gst_util_set_object_arg(G_OBJECT(lips_), "precision", options.precision.c_str());
  gst_util_set_object_arg(G_OBJECT(lips_), "silence", options.silence.c_str());
  gst_util_set_object_arg(G_OBJECT(lips_), "face-select", options.face.c_str());
  g_object_set(lips_, "batch-size", options.batch, "strength", options.strength, nullptr);
  if (options.feather) g_object_set(lips_, "feather", *options.feather, nullptr);
  auto *children = GST_CHILD_PROXY(lips_);
  gst_child_proxy_set(children, "facecrop::face-index", options.face_index,
                      "facecrop::min-confidence", options.min_confidence, "composite::color-match",
                      gboolean(options.color_match), nullptr);
  const ObjectPtr<GstElement> facecrop(gst_bin_get_by_name(GST_BIN(lips_), "facecrop"));
  gst_util_set_object_arg(G_OBJECT(facecrop.get()), "smoothing", options.smoothing.c_str());
}

void Pipeline::build_video(const Options &options, const Input &input) {
  video_ = add("appsrc", "video");
  CapsPtr caps(gst_caps_copy(input.video_caps));
  if (input.video.still) {
    int n, d;
    gst_util_double_to_fraction(options.fps, &n, &d);
    gst_caps_set_simple(caps.get(), "framerate", GST_TYPE_FRACTION, n, d, nullptr);
  }
  g_object_set(video_, "format", GST_FORMAT_TIME, "block", TRUE, "max-bytes", guint64(0),
               "max-buffers", kFramesAhead, nullptr);
  gst_app_src_set_caps(GST_APP_SRC(video_), caps.get());

  std::vector<GstElement *> chain{video_, add("videoconvert")};
  if (!keeps_orientation(format_, input.video.orientation)) {
    GstElement *flip = add("videoflip");
    gst_util_set_object_arg(G_OBJECT(flip), "video-direction", "auto");
    chain.insert(chain.end(), {flip, add("videoconvert")});
  }
  link(chain);
  if (!gst_element_link_pads(chain.back(), "src", lips_, "video_sink")) {
    throw Error(ErrorKind::Failed, "Cannot link the video to the element hyperlips.");
  }

  GstElement *to_encoder = add("queue", "frames");
  g_object_set(to_encoder, "max-size-buffers", kFramesToEncode, "max-size-bytes", 0u,
               "max-size-time", guint64(0), nullptr);
  if (!gst_element_link_pads(lips_, "video_src", to_encoder, "sink")) {
    throw Error(ErrorKind::Failed, "Cannot link the element hyperlips to the video encoder.");
  }
  GstElement *filter = add("capsfilter", "encoded-from");
  const CapsPtr encoded = encoded_from(format_, caps.get(), input.video.still);
  g_object_set(filter, "caps", encoded.get(), nullptr);
  chain = {to_encoder, add("videoconvert"), filter};
  GstElement *encoded_queue =
      encode(chain, make_video_encoder(format_, options.quality), "encoded-video");
  if (format_.is_mp4()) {
    const ObjectPtr<GstPad> from(gst_element_get_static_pad(encoded_queue, "src"));
    const ObjectPtr<GstPad> to(gst_pad_get_peer(from.get()));
    const GstStructure *structure = gst_caps_get_structure(caps.get(), 0);
    int n = 0, d = 1;
    gst_structure_get_fraction(structure, "framerate", &n, &d);
    g_object_set(to.get(), "trak-timescale", timescale(n), nullptr);
  }
  if (input.video.orientation != "rotate-0") {
    // hyperlips searches for upright faces, and videoflip rotates by this tag.
    gst_element_send_event(
        video_, gst_event_new_tag(gst_tag_list_new(GST_TAG_IMAGE_ORIENTATION,
                                                   input.video.orientation.c_str(), nullptr)));
  }
}

void Pipeline::build_sound(const Input &input) {
  const CapsPtr caps(gst_caps_from_string(sound_caps(input.rate, input.channels).c_str()));
  speech_ = add("appsrc", "speech");
  sound_ = add("appsrc", "sound");
  // The feeder paces both by the video.
  for (GstElement *source : {speech_, sound_}) {
    g_object_set(source, "format", GST_FORMAT_TIME, "max-bytes", guint64(0), nullptr);
    gst_app_src_set_caps(GST_APP_SRC(source), caps.get());
  }
  GstElement *unused = add("fakesink");
  g_object_set(unused, "async", FALSE, "sync", FALSE, nullptr);
  if (!gst_element_link_pads(speech_, "src", lips_, "audio_sink") ||
      !gst_element_link_pads(lips_, "audio_src", unused, "sink")) {
    throw Error(ErrorKind::Failed, "Cannot link the speech to the element hyperlips.");
  }

  GstElement *convert = add("audioconvert");
  gst_util_set_object_arg(G_OBJECT(convert), "dithering", "none");
  GstElement *filter = add("capsfilter");
  const CapsPtr encoded = sound_encoded_from(format_, input.depth);
  g_object_set(filter, "caps", encoded.get(), nullptr);
  GstElement *queue = encode({sound_, convert, add("audioresample"), filter},
                             make_audio_encoder(format_, input.channels), "encoded-sound");
  if (format_.is_mp4()) return;  // finish_mp4() writes an edit list instead
  encoder_delay_ =
      gst_util_uint64_scale_int(guint64(encoder_delay(format_)), GST_SECOND, input.rate);
  const ObjectPtr<GstPad> raw(gst_element_get_static_pad(convert, "sink"));
  gst_pad_add_probe(
      raw.get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad *, GstPadProbeInfo *info, gpointer self) {
        GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
        static_cast<Pipeline *>(self)->sound_end_ =
            GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
        return GST_PAD_PROBE_OK;
      },
      this, nullptr);
  const ObjectPtr<GstPad> encoded_pad(gst_element_get_static_pad(queue, "sink"));
  gst_pad_add_probe(
      encoded_pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad *, GstPadProbeInfo *info, gpointer self) {
        return static_cast<Pipeline *>(self)->correct_times(info);
      },
      this, nullptr);
}

/// Compensates the delay of the audio encoder: shifts encoded blocks back by it, drops blocks of
/// padding before the start and after the end, and cuts the duration of the last block.
GstPadProbeReturn Pipeline::correct_times(GstPadProbeInfo *info) {
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  if (!GST_BUFFER_PTS_IS_VALID(buffer) || !GST_BUFFER_DURATION_IS_VALID(buffer)) {
    return GST_PAD_PROBE_OK;  // headers
  }
  buffer = gst_buffer_make_writable(buffer);
  GST_PAD_PROBE_INFO_DATA(info) = buffer;
  // Times are rounded, so half the delay is the limit.
  if (GST_BUFFER_PTS(buffer) + encoder_delay_ / 2 < encoder_delay_) return GST_PAD_PROBE_DROP;
  GST_BUFFER_PTS(buffer) -= std::min(encoder_delay_, GST_BUFFER_PTS(buffer));
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  const GstClockTime end = sound_end_;
  const GstClockTime left = end - std::min(end, GST_BUFFER_PTS(buffer));
  // Opus, whose delay the muxer stores, needs its very last block.
  if (left == 0 && encoder_delay_ > 0) return GST_PAD_PROBE_DROP;
  GST_BUFFER_DURATION(buffer) = std::min(GST_BUFFER_DURATION(buffer), left);
  return GST_PAD_PROBE_OK;
}

void Pipeline::set_tags(const Options &options, const Input &input) {
  const TagsPtr tags(gst_tag_list_new_empty());
  std::string comment;
  if (const GstTagList *source = input.video.tags.get()) {
    gst_tag_list_foreach(source, copy_tag, tags.get());
    gchar *text = nullptr;
    if (gst_tag_list_get_string(source, GST_TAG_COMMENT, &text)) comment = take_string(text);
  }
  if (options.label) {
    const std::string label =
        "Lips synthesized by HyperLips for GStreamer " HYPERLIPS_VERSION " (AI-generated)";
    if (comment.find(label) == std::string::npos) {
      comment = comment.empty() ? label : label + ". " + comment;
    }
  }
  if (!comment.empty()) {
    gst_tag_list_add(tags.get(), GST_TAG_MERGE_REPLACE, GST_TAG_COMMENT, comment.c_str(), nullptr);
  }
  gst_tag_setter_merge_tags(GST_TAG_SETTER(muxer_), tags.get(), GST_TAG_MERGE_REPLACE);
  if (!input.speech.language.empty()) {
    gst_element_send_event(
        sound_, gst_event_new_tag(gst_tag_list_new(GST_TAG_LANGUAGE_CODE,
                                                   input.speech.language.c_str(), nullptr)));
  }
}

FeederSinks Pipeline::sinks() const {
  return {GST_APP_SRC(video_), GST_APP_SRC(speech_), GST_APP_SRC(sound_)};
}

void Pipeline::check_size(const Options &options) const {
  if (options.hr_model.empty() || options.size == 0) return;
  const std::string architecture = hr().architecture;
  const int scale = architecture.empty() ? 0 : architecture.back() - '0';
  if (options.size != 128 * scale) {
    throw Error(ErrorKind::Settings, "--size " + std::to_string(options.size) + " does not match " +
                                         quote_path(options.hr_model) + ", which is an " +
                                         architecture + " and generates " +
                                         std::to_string(128 * scale) +
                                         " pixels. Omit --size or pass another --hr-model.");
  }
}

void Pipeline::open() {
  if (gst_element_set_state(pipeline_.get(), GST_STATE_READY) == GST_STATE_CHANGE_FAILURE) {
    poll(0);
    throw Error(ErrorKind::Failed,
                "Cannot open the pipeline. Run again with GST_DEBUG=3 in the environment for "
                "details.");
  }
  check_size(options_);
}

void Pipeline::play() {
  if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    poll(0);
    throw Error(ErrorKind::Failed,
                "Cannot start the pipeline. Run again with GST_DEBUG=3 in the environment for "
                "details.");
  }
}

void Pipeline::take_warning(GstMessage *message) {
  GError *raw = nullptr;
  gst_message_parse_warning(message, &raw, nullptr);
  const ErrorPtr error(raw);
  const std::string text = error->message;
  if (std::ranges::find(warnings_, text) == warnings_.end()) warnings_.push_back(text);
}

bool Pipeline::poll(GstClockTime timeout) {
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  const auto types = GstMessageType(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_EOS |
                                    GST_MESSAGE_LATENCY);
  while (const MessagePtr message{gst_bus_timed_pop_filtered(bus.get(), timeout, types)}) {
    timeout = 0;
    switch (GST_MESSAGE_TYPE(message.get())) {
      case GST_MESSAGE_ERROR:
        throw error_of(message.get(), subject_);
      case GST_MESSAGE_WARNING:
        take_warning(message.get());
        break;
      case GST_MESSAGE_EOS:
        return true;
      default:
        gst_bin_recalculate_latency(GST_BIN(pipeline_.get()));
        break;
    }
  }
  return false;
}

void Pipeline::stop() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

NetworkUse Pipeline::use_of(const char *name) const {
  NetworkUse use;
  const ObjectPtr<GstElement> element(gst_bin_get_by_name(GST_BIN(lips_), name));
  if (!element) return use;
  GstStructure *raw = nullptr;
  g_object_get(element.get(), "stats", &raw, nullptr);
  const StructurePtr stats(raw);
  const auto text = [&](const char *field) {
    const gchar *value = gst_structure_get_string(stats.get(), field);
    return std::string(value ? value : "");
  };
  use.architecture = text("architecture");
  use.device = text("device");
  use.precision = text("precision");
  gst_structure_get_uint64(stats.get(), "frames", &use.frames);
  gst_structure_get_uint64(stats.get(), "untouched", &use.untouched);
  gst_structure_get_double(stats.get(), "average-inference-ms", &use.average_ms);
  return use;
}

}  // namespace hyperlips::redub
