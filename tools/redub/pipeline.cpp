// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipeline.hpp"

#include <gst/video/gstvideometa.h>

#include <algorithm>

#include "gst/lib/media/messages.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

constexpr guint64 kFramesAhead = 4;
constexpr guint kFramesToEncode = 8;

void set_text(GstElement *element, const char *property, const std::string &value) {
  if (!value.empty()) g_object_set(element, property, value.c_str(), nullptr);
}

GstVideoInfo info_of(GstElement *element, const char *name) {
  const ObjectPtr<GstPad> pad(gst_element_get_static_pad(element, name));
  const CapsPtr caps(gst_pad_get_current_caps(pad.get()));
  GstVideoInfo info;
  gst_video_info_from_caps(&info, caps.get());
  return info;
}

}  // namespace

Pipeline::Pipeline(const Options &options, const Input &input, const GstVideoInfo &encoded,
                   Write write)
    : options_(options), encoded_(encoded), write_(std::move(write)) {
  pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new("redub"))));
  lips_ = add("hyperlips", "lips");
  configure_lips(options);
  build_video(input);
  build_speech(input);

  const ObjectPtr<GstElement> facecrop(gst_bin_get_by_name(GST_BIN(lips_), "facecrop"));
  watch(facecrop.get(), "src", [](GstPad *, GstPadProbeInfo *info, gpointer self) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    if (gst_buffer_get_n_meta(buffer, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE) > 0) {
      ++static_cast<Pipeline *>(self)->frames_with_face_;
    }
    return GST_PAD_PROBE_OK;
  });
  watch(convert_, "sink", [](GstPad *, GstPadProbeInfo *info, gpointer self) {
    static_cast<Pipeline *>(self)->keep_decoded(GST_PAD_PROBE_INFO_BUFFER(info));
    return GST_PAD_PROBE_OK;
  });
  watch(convert_, "src", [](GstPad *, GstPadProbeInfo *info, gpointer self) {
    static_cast<Pipeline *>(self)->keep_converted(GST_PAD_PROBE_INFO_BUFFER(info));
    return GST_PAD_PROBE_OK;
  });
}

Pipeline::~Pipeline() { stop(); }

GstElement *Pipeline::add(const char *factory, const char *name) {
  GstElement *element = make_element(factory, name);
  gst_bin_add(GST_BIN(pipeline_.get()), element);
  return element;
}

GstElement *Pipeline::add_converter(const char *name) {
  GstElement *element = add("videoconvert", name);
  gst_util_set_object_arg(G_OBJECT(element), "dither", "none");
  return element;
}

void Pipeline::link(const std::vector<GstElement *> &chain) {
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (!gst_element_link(chain[i - 1], chain[i])) {
      throw Error(ErrorKind::Failed, std::string("Cannot link ") + GST_OBJECT_NAME(chain[i - 1]) +
                                         " to " + GST_OBJECT_NAME(chain[i]) +
                                         ". Check the installation of GStreamer.");
    }
  }
}

void Pipeline::watch(GstElement *element, const char *pad, GstPadProbeCallback callback) {
  const ObjectPtr<GstPad> at(gst_element_get_static_pad(element, pad));
  gst_pad_add_probe(at.get(), GST_PAD_PROBE_TYPE_BUFFER, callback, this, nullptr);
}

void Pipeline::configure_lips(const Options &options) {
  set_text(lips_, "model", options.model);
  set_text(lips_, "hr-model", options.hr_model);
  set_text(lips_, "backend", options.backend);
  set_text(lips_, "device", options.device);
  set_text(lips_, "reference-image", options.reference);
  gst_util_set_object_arg(G_OBJECT(lips_), "precision", options.precision.c_str());
  gst_util_set_object_arg(G_OBJECT(lips_), "silence", options.silence.c_str());
  gst_util_set_object_arg(G_OBJECT(lips_), "face-select", options.face.c_str());
  g_object_set(lips_, "threads", options.threads, "batch-size", options.batch, "strength",
               options.strength, nullptr);
  if (options.feather) g_object_set(lips_, "feather", *options.feather, nullptr);
  auto *children = GST_CHILD_PROXY(lips_);
  gst_child_proxy_set(children, "facecrop::face-index", options.face_index,
                      "facecrop::min-confidence", options.min_confidence, "composite::color-match",
                      gboolean(options.color_match), nullptr);
  const ObjectPtr<GstElement> facecrop(gst_bin_get_by_name(GST_BIN(lips_), "facecrop"));
  gst_util_set_object_arg(G_OBJECT(facecrop.get()), "smoothing", options.smoothing.c_str());
}

void Pipeline::build_video(const Input &input) {
  video_ = add("appsrc", "video");
  g_object_set(video_, "format", GST_FORMAT_TIME, "block", TRUE, "max-bytes", guint64(0),
               "max-buffers", kFramesAhead, nullptr);
  gst_app_src_set_caps(GST_APP_SRC(video_), input.video);
  std::vector<GstElement *> chain{video_};
  if (input.turned) {
    GstElement *flip = add("videoflip");
    gst_util_set_object_arg(G_OBJECT(flip), "video-direction", "auto");
    chain.insert(chain.end(), {add_converter("to-flip"), flip});
  }
  convert_ = add_converter("to-lips");
  chain.push_back(convert_);
  link(chain);

  GstElement *queue = add("queue", "frames"), *sink = add("appsink", "out");
  g_object_set(queue, "max-size-buffers", kFramesToEncode, "max-size-bytes", 0u, "max-size-time",
               guint64(0), nullptr);
  g_object_set(sink, "async", FALSE, "sync", FALSE, nullptr);
  GstAppSinkCallbacks callbacks = {};
  callbacks.new_sample = [](GstAppSink *from, gpointer self) {
    const SamplePtr sample(gst_app_sink_pull_sample(from));
    return static_cast<Pipeline *>(self)->take_frame(sample.get());
  };
  gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, this, nullptr);
  link({queue, sink});
  if (!gst_element_link_pads(convert_, "src", lips_, "video_sink") ||
      !gst_element_link_pads(lips_, "video_src", queue, "sink")) {
    throw Error(ErrorKind::Failed,
                "Cannot link the video to the element hyperlips. Run again with GST_DEBUG=3 in the "
                "environment for details.");
  }
  if (input.orientation != "rotate-0") {
    // hyperlips searches for upright faces, and videoflip rotates by this tag.
    gst_element_send_event(video_,
                           gst_event_new_tag(gst_tag_list_new(GST_TAG_IMAGE_ORIENTATION,
                                                              input.orientation.c_str(), nullptr)));
  }
}

void Pipeline::build_speech(const Input &input) {
  const CapsPtr caps(gst_caps_from_string(sound_caps(input.rate, input.channels).c_str()));
  speech_ = add("appsrc", "speech");
  // The feeder paces it by the video.
  g_object_set(speech_, "format", GST_FORMAT_TIME, "max-bytes", guint64(0), nullptr);
  gst_app_src_set_caps(GST_APP_SRC(speech_), caps.get());
  GstElement *unused = add("fakesink");
  g_object_set(unused, "async", FALSE, "sync", FALSE, nullptr);
  if (!gst_element_link_pads(speech_, "src", lips_, "audio_sink") ||
      !gst_element_link_pads(lips_, "audio_src", unused, "sink")) {
    throw Error(
        ErrorKind::Failed,
        "Cannot link the speech to the element hyperlips. Run again with GST_DEBUG=3 in the "
        "environment for details.");
  }
}

void Pipeline::keep_decoded(GstBuffer *frame) {
  ++frames_in_;
  const std::lock_guard guard(lock_);
  on_the_way_.push_back({BufferPtr(gst_buffer_ref(frame)), nullptr});
}

void Pipeline::keep_converted(GstBuffer *frame) {
  const std::lock_guard guard(lock_);
  Converted &last = on_the_way_.back();
  // Where nothing was converted, the elements write into the frame itself.
  if (last.decoded.get() == frame) {
    last.decoded.reset();
  } else {
    last.before.reset(gst_buffer_ref(frame));
  }
}

/// Passes a frame on in the format of the encoder.
GstFlowReturn Pipeline::take_frame(GstSample *sample) noexcept {
  try {
    if (!encoding_) {
      GstVideoInfo lipped;
      gst_video_info_from_caps(&lipped, gst_sample_get_caps(sample));
      encoding_ = std::make_unique<FrameEncoding>(info_of(convert_, "sink"), lipped, encoded_);
    }
    Converted before;
    {
      const std::lock_guard guard(lock_);
      before = std::move(on_the_way_.front());
      on_the_way_.pop_front();
    }
    GstBuffer *after = gst_sample_get_buffer(sample);
    BufferPtr frame = encoding_->convert({before.decoded.get(), before.before.get(), after});
    if (frame.get() != after) {
      frame.reset(gst_buffer_make_writable(frame.release()));
      GST_BUFFER_PTS(frame.get()) = GST_BUFFER_PTS(after);
      GST_BUFFER_DURATION(frame.get()) = GST_BUFFER_DURATION(after);
    }
    write_(frame.get());
    ++frames_;
    ++activity_;
    return GST_FLOW_OK;
  } catch (...) {
    const std::lock_guard guard(lock_);
    failure_ = std::current_exception();
    return GST_FLOW_ERROR;
  }
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
  const auto rethrow = [this] {
    const std::lock_guard guard(lock_);
    if (failure_) std::rethrow_exception(failure_);
  };
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  const auto types = GstMessageType(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_EOS |
                                    GST_MESSAGE_LATENCY);
  while (const MessagePtr message{gst_bus_timed_pop_filtered(bus.get(), timeout, types)}) {
    timeout = 0;
    switch (GST_MESSAGE_TYPE(message.get())) {
      case GST_MESSAGE_ERROR:
        rethrow();
        throw error_of(message.get(), options_.output.string());
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
  use.backend = text("backend");
  use.device = text("device");
  use.precision = text("precision");
  gst_structure_get_uint(stats.get(), "threads", &use.threads);
  gst_structure_get_uint64(stats.get(), "frames", &use.frames);
  gst_structure_get_uint64(stats.get(), "untouched", &use.untouched);
  gst_structure_get_double(stats.get(), "average-inference-ms", &use.average_ms);
  return use;
}

}  // namespace hyperlips::redub
