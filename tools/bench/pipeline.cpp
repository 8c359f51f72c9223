// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipeline.hpp"

#include "gst/lib/media/messages.hpp"
#include "rounds.hpp"

namespace hyperlips::bench {
namespace {

constexpr GstClockTime kTick = 100 * GST_MSECOND;

struct Watch {
  void (*callback)(GstBuffer *, void *);
  void *data;
};

GstPadProbeReturn call(GstPad *, GstPadProbeInfo *info, gpointer data) {
  const auto *watch = static_cast<const Watch *>(data);
  watch->callback(GST_PAD_PROBE_INFO_BUFFER(info), watch->data);
  return GST_PAD_PROBE_OK;
}

}  // namespace

LaunchedPipeline::LaunchedPipeline(const std::string &description) {
  GError *error = nullptr;
  GstElement *made = gst_parse_launch(description.c_str(), &error);
  if (made) pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(made)));
  if (error) {
    const ErrorPtr what(error);
    throw Error(ErrorKind::NotFound, "Cannot make the pipeline \"" + description +
                                         "\": " + std::string(what->message) + ".");
  }
}

LaunchedPipeline::~LaunchedPipeline() { stop(); }

ObjectPtr<GstElement> LaunchedPipeline::element(const char *name) const {
  return ObjectPtr<GstElement>(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name));
}

void LaunchedPipeline::watch(const char *name, const char *pad,
                             void (*callback)(GstBuffer *, void *), void *data) {
  const ObjectPtr<GstPad> at(gst_element_get_static_pad(element(name).get(), pad));
  gst_pad_add_probe(at.get(), GST_PAD_PROBE_TYPE_BUFFER, call, new Watch{callback, data},
                    [](gpointer watch) { delete static_cast<Watch *>(watch); });
}

void LaunchedPipeline::end_after(const char *name, int buffers) {
  const ObjectPtr<GstPad> at(gst_element_get_static_pad(element(name).get(), "src"));
  const auto count = [](GstPad *pad, GstPadProbeInfo *, gpointer left) {
    if ((*static_cast<int *>(left))-- > 0) return GST_PAD_PROBE_OK;
    gst_pad_push_event(pad, gst_event_new_eos());
    return GST_PAD_PROBE_DROP;
  };
  gst_pad_add_probe(at.get(), GST_PAD_PROBE_TYPE_BUFFER, count, new int(buffers),
                    [](gpointer left) { delete static_cast<int *>(left); });
}

void LaunchedPipeline::preroll() {
  gst_element_set_state(pipeline_.get(), GST_STATE_PAUSED);
  wait_for(GST_MESSAGE_ASYNC_DONE);
}

void LaunchedPipeline::play() { gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING); }

void LaunchedPipeline::stop() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

void LaunchedPipeline::wait_for(GstMessageType wanted) {
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  MessagePtr message;
  while (!message) {
    throw_if_interrupted();
    message.reset(
        gst_bus_timed_pop_filtered(bus.get(), kTick, GstMessageType(wanted | GST_MESSAGE_ERROR)));
  }
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR)
    throw error_of(message.get(), "the pipeline of a measurement");
}

std::string property(const char *name, const std::filesystem::path &value) {
  std::string text = std::string(name) + "=\"";
  for (const char c : value.string()) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

}  // namespace hyperlips::bench
