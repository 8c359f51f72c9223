// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "network_testing.hpp"

namespace hyperlips::test {

/// Lets a source pad of the test be live, without latency of its own.
inline void make_live(GstPad *source) {
  gst_pad_set_query_function(source, [](GstPad *pad, GstObject *parent, GstQuery *query) {
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY)
      return gst_pad_query_default(pad, parent, query);
    gst_query_set_latency(query, TRUE, 0, GST_CLOCK_TIME_NONE);
    return gboolean(TRUE);
  });
}

/// A video element between two pads of the test, without a pipeline. The test's thread pushes the
/// input; the output is recorded in order.
class Rig {
 public:
  explicit Rig(const char *factory, const std::function<void(GstElement *)> &configure = {})
      : element(gst_element_factory_make(factory, "e")) {
    fail_unless(element != nullptr);
    gst_object_ref_sink(element);
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), "model")) {
      const bool hr = std::string(factory) == "hyperlipshr";
      g_object_set(element, "model",
                   hr ? formula_model("HRDecoder x1").c_str() : base_model().c_str(), "device",
                   "cpu", "batch-size", 2u, nullptr);
      gst_util_set_object_arg(G_OBJECT(element), "precision", "fp32");
    }
    if (configure) configure(element);
    in = gst_pad_new("in", GST_PAD_SRC);
    // A template, as a pad without one sticks to its first caps.
    static GstStaticPadTemplate any =
        GST_STATIC_PAD_TEMPLATE("out", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
    out = gst_pad_new_from_static_template(&any, "out");
    gst_pad_set_element_private(out, this);
    gst_pad_set_chain_function(
        out, [](GstPad *pad, GstObject *, GstBuffer *buffer) { return self(pad).take(buffer); });
    gst_pad_set_event_function(out, [](GstPad *pad, GstObject *, GstEvent *event) -> gboolean {
      self(pad).take(event);
      return TRUE;
    });
    gst_pad_set_query_function(out, [](GstPad *pad, GstObject *parent, GstQuery *query) {
      const auto &answer = self(pad).answer;
      return answer && answer(query) ? TRUE : gst_pad_query_default(pad, parent, query);
    });
    gst_pad_set_active(out, TRUE);
    gst_pad_set_active(in, TRUE);
    link(in, element, "sink");
    link_out();
    fail_unless(gst_element_set_state(element, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
  }
  ~Rig() {
    release();
    gst_pad_set_active(out, FALSE);
    gst_element_set_state(element, GST_STATE_NULL);
    gst_pad_set_active(in, FALSE);
    for (GstBuffer *buffer : buffers) gst_buffer_unref(buffer);
    gst_object_unref(in);
    gst_object_unref(out);
    gst_object_unref(element);
  }
  Rig(const Rig &) = delete;
  Rig &operator=(const Rig &) = delete;

  void link_out() {
    GstPad *pad = gst_element_get_static_pad(element, "src");
    fail_unless_equals_int(gst_pad_link(pad, out), GST_PAD_LINK_OK);
    gst_object_unref(pad);
  }
  void unlink_out() {
    GstPad *pad = gst_element_get_static_pad(element, "src");
    gst_pad_unlink(pad, out);
    gst_object_unref(pad);
  }

  /// Pushes stream-start, caps and segment.
  void start(const std::string &caps, const char *id = "stream", GstClockTime base = 0) {
    fail_unless(push(gst_event_new_stream_start(id)));
    set_caps(caps);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.base = base;
    fail_unless(push(gst_event_new_segment(&segment)));
  }
  bool set_caps(const std::string &text) {
    GstCaps *caps = gst_caps_from_string(text.c_str());
    const bool taken = push(gst_event_new_caps(caps));
    gst_caps_unref(caps);
    return taken;
  }
  bool push(GstEvent *event) { return gst_pad_push_event(in, event); }
  GstFlowReturn push(GstBuffer *buffer) { return gst_pad_push(in, buffer); }

  /// Pushes speech without EOS to hyperlipsbase.
  void speak(std::int64_t count) {
    GstPad *mel = gst_element_get_static_pad(element, "mel");
    if (!mel) return;
    start_speech(mel);
    fail_unless_equals_int(gst_pad_chain(mel, mel_buffer(columns(0, count), 0)), GST_FLOW_OK);
    gst_object_unref(mel);
  }

  /// Waits until this many items with this name were output.
  void await(const std::string &name, std::size_t count = 1) {
    std::unique_lock guard(lock_);
    const auto there = [&] { return std::size_t(std::ranges::count(seen, name)) >= count; };
    fail_unless(changed_.wait_for(guard, std::chrono::seconds(kTimeout / GST_SECOND), there),
                "timeout waiting for %zu of %s", count, name.c_str());
  }

  /// Blocks the next output buffer in its pad.
  void hold() {
    std::lock_guard guard(lock_);
    hold_ = true;
  }
  void await_held() {
    std::unique_lock guard(lock_);
    changed_.wait(guard, [&] { return held_; });
  }
  void release() {
    std::lock_guard guard(lock_);
    hold_ = false;
    changed_.notify_all();
  }

  GstElement *element;
  GstPad *in, *out;
  std::vector<std::string> seen;  ///< "buffer", the events' types, the names of custom events
  std::vector<GstBuffer *> buffers;
  std::function<bool(GstQuery *)> answer;  ///< to queries of the element
  GstFlowReturn flow = GST_FLOW_OK;        ///< returned for buffers

 private:
  static Rig &self(GstPad *pad) { return *static_cast<Rig *>(gst_pad_get_element_private(pad)); }

  static void link(GstPad *from, GstElement *to, const char *name) {
    GstPad *pad = gst_element_get_static_pad(to, name);
    fail_unless_equals_int(gst_pad_link(from, pad), GST_PAD_LINK_OK);
    gst_object_unref(pad);
  }

  GstFlowReturn take(GstBuffer *buffer) {
    std::unique_lock guard(lock_);
    held_ = hold_;
    changed_.notify_all();
    changed_.wait(guard, [&] { return !hold_; });
    held_ = false;
    if (flow != GST_FLOW_OK) {
      gst_buffer_unref(buffer);
      return flow;
    }
    seen.push_back("buffer");
    buffers.push_back(buffer);
    changed_.notify_all();
    return GST_FLOW_OK;
  }

  void take(GstEvent *event) {
    std::lock_guard guard(lock_);
    const GstStructure *custom = gst_event_get_structure(event);
    if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_START) hold_ = false;
    seen.push_back(GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM
                       ? gst_structure_get_name(custom)
                       : GST_EVENT_TYPE_NAME(event));
    changed_.notify_all();
    gst_event_unref(event);
  }

  std::mutex lock_;
  std::condition_variable changed_;
  bool hold_ = false, held_ = false;
};

}  // namespace hyperlips::test
