// SPDX-License-Identifier: LGPL-2.1-or-later
// The same scripts of events, queries, flows and state changes, run through each video element and
// through `queue`, or `capsfilter` for an element without a thread of its own: what they output and
// return must be equal.
#include <thread>

#include "common/talking_bank.hpp"
#include "rig.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr GstClockTime kFrame = 40 * GST_MSECOND;
constexpr int kStops = 3000;

const char *const kElements[] = {"hyperlipsfacecrop", "hyperlipsbase", "hyperlipshr",
                                 "hyperlipscomposite"};

std::string caps(int side = kSide) { return video_caps("BGR", side, side); }

GstEvent *custom(const char *name) {
  return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty(name));
}

GstEvent *title(const char *text) {
  return gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, text, nullptr));
}

GstEvent *segment_event(double rate = 1) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.rate = rate;
  return gst_event_new_segment(&segment);
}

/// A bank, which is opened in milliseconds.
std::string bank_file() { return talking_bank_file(4, 48); }

void configure(GstElement *element) {
  const std::string name = GST_OBJECT_NAME(gst_element_get_factory(element));
  if (name == "hyperlipsbase") g_object_set(element, "model", bank_file().c_str(), nullptr);
  if (name == "hyperlipshr") {
    g_object_set(element, "model", formula_model("HRDecoder x1").c_str(), "device", "cpu", nullptr);
    gst_util_set_object_arg(G_OBJECT(element), "precision", "fp32");
  }
}

GstPad *static_pad(GstElement *element, const char *name) {
  GstPad *pad = gst_element_get_static_pad(element, name);
  fail_unless(pad != nullptr);
  gst_object_unref(pad);  // the element keeps it
  return pad;
}

/// "none", "started", "paused": the task of a pad.
std::string task_of(GstPad *pad) {
  GST_OBJECT_LOCK(pad);
  GstTask *task = GST_PAD_TASK(pad);
  std::string state = "none";
  if (task) state = GST_TASK_STATE(task) == GST_TASK_STARTED ? "started" : "paused";
  GST_OBJECT_UNLOCK(pad);
  return state;
}

/// An element, what is done to it, and what it does.
class Script {
 public:
  explicit Script(const char *factory)
      : rig(factory, configure),
        transform(std::string(factory) == "capsfilter" ||
                  g_type_is_a(G_OBJECT_TYPE(rig.element), g_type_from_name("GstBaseTransform"))) {
    rig.answer = [](GstQuery *query) {
      const auto type = GST_QUERY_TYPE(query);
      return type == GST_QUERY_DRAIN || type == GST_QUERY_ALLOCATION;
    };
    bus_ = gst_bus_new();
    gst_element_set_bus(rig.element, bus_);
    gst_pad_set_element_private(rig.in, this);
    gst_pad_set_event_function(rig.in, [](GstPad *pad, GstObject *, GstEvent *event) -> gboolean {
      auto *self = static_cast<Script *>(gst_pad_get_element_private(pad));
      self->note(std::string("upstream: ") + GST_EVENT_TYPE_NAME(event));
      gst_event_unref(event);
      return TRUE;
    });
  }
  ~Script() {
    gst_element_set_bus(rig.element, nullptr);
    gst_object_unref(bus_);
  }

  void note(const std::string &line) {
    GST_DEBUG("%s: %s", G_OBJECT_TYPE_NAME(rig.element), line.c_str());
    log.push_back(line);
  }
  void push(GstEvent *event) {
    const std::string name = GST_EVENT_TYPE_NAME(event);
    note("push " + name + ": " + (rig.push(event) ? "taken" : "refused"));
  }
  void start(const char *id = "stream") {
    push(gst_event_new_stream_start(id));
    set_caps(caps());
    push(segment_event());
  }
  void flush() {
    push(gst_event_new_flush_start());
    push(gst_event_new_flush_stop(TRUE));
  }
  /// A frame, an event, a sticky event, a query and EOS.
  void one_of_each() {
    frame();
    push(custom("one"));
    push(title("x"));
    ask(gst_query_new_drain());
    push(gst_event_new_eos());
  }
  void set_caps(const std::string &text) {
    note(rig.set_caps(text) ? "caps taken" : "caps refused");
  }
  void frame() {
    GstBuffer *buffer = face_frame(frames_ * kFrame, int(frames_), frames_ % 2 ? 0 : -1);
    ++frames_;
    note(std::string("frame: ") + gst_flow_get_name(rig.push(buffer)));
  }
  /// Pushes frames, of which queues take different numbers, until one is refused.
  void frames_until_refused() {
    GstFlowReturn flow = GST_FLOW_OK;
    for (int i = 0; flow == GST_FLOW_OK; ++i) {
      fail_unless(i < 1000, "no frame was refused");
      flow = rig.push(face_frame(frames_++ * kFrame, 0, -1));
    }
    note(std::string("frames until: ") + gst_flow_get_name(flow));
  }
  void ask(GstQuery *query) {
    const gboolean answered = gst_pad_peer_query(rig.in, query);
    note(std::string("ask ") + GST_QUERY_TYPE_NAME(query) + ": " + (answered ? "yes" : "no"));
    gst_query_unref(query);
  }
  void ask_source(GstQuery *query) {
    const gboolean answered = gst_pad_peer_query(rig.out, query);
    note(std::string("ask source ") + GST_QUERY_TYPE_NAME(query) + ": " +
         (answered ? "yes" : "no"));
    gst_query_unref(query);
  }
  /// Waits for the output of all that was pushed, and notes it.
  void drain() {
    ask(gst_query_new_drain());
    seen();
  }
  void await(const char *name, std::size_t count = 1) {
    rig.await(name, count);
    seen();
  }
  void seen() {
    std::string text = "seen:";
    for (const std::string &name : rig.seen) text += " " + name;
    note(text);
  }
  void await_task(const std::string &state) {
    if (transform) return;
    const gint64 give_up = g_get_monotonic_time() + gint64(kTimeout / GST_USECOND);
    while (task_of(source()) != state) {
      fail_unless(g_get_monotonic_time() < give_up, "the task is not %s", state.c_str());
      g_usleep(1000);
    }
  }
  void errors() {
    while (GstMessage *message = gst_bus_pop_filtered(bus_, GST_MESSAGE_ERROR)) {
      const Message error = read_message(message);
      note("error " + std::string(g_quark_to_string(error.domain)) + " " +
           std::to_string(error.code));
      gst_message_unref(message);
    }
  }
  void set_state(GstState state) {
    note(std::string("to ") + gst_element_state_get_name(state) + ": " +
         gst_element_state_change_return_get_name(gst_element_set_state(rig.element, state)));
  }
  GstPad *source() { return static_pad(rig.element, "src"); }

  Rig rig;
  const bool transform;  ///< downstream is called by the thread that pushes
  std::vector<std::string> log;

 private:
  GstBus *bus_;
  guint64 frames_ = 0;
};

void order(Script &s) {
  s.start();
  for (int i = 0; i < 7; ++i) s.frame();
  s.push(custom("one"));
  s.frame();
  s.push(title("x"));
  s.push(gst_event_new_gap(10 * GST_SECOND, kFrame));
  s.frame();
  s.set_caps(caps(80));
  s.push(segment_event(2));
  s.push(custom("two"));
  s.drain();
  s.push(gst_event_new_segment_done(GST_FORMAT_TIME, 0));
  s.push(gst_event_new_eos());
  s.await("eos");
}

void after_eos(Script &s) {
  s.start();
  s.frame();
  s.push(gst_event_new_eos());
  s.await("eos");
  s.await_task("paused");
  s.frame();
  s.push(custom("late"));
  s.push(title("late"));
  s.push(gst_event_new_eos());
  s.push(gst_event_new_gap(GST_SECOND, kFrame));
  s.ask(gst_query_new_drain());
  s.seen();
  s.start("second");
  s.frame();
  s.drain();
  s.push(gst_event_new_eos());
  s.await("eos", 2);
}

void flush(Script &s) {
  s.start();
  for (int i = 0; i < 3; ++i) s.frame();
  s.push(title("x"));
  s.drain();
  s.push(gst_event_new_flush_start());
  s.await_task("paused");
  s.frame();
  s.push(custom("flushed"));
  s.ask(gst_query_new_drain());
  s.push(gst_event_new_flush_stop(TRUE));
  s.await_task("started");
  s.push(segment_event());
  s.frame();
  s.drain();
  // After EOS, and twice.
  s.push(gst_event_new_eos());
  s.await("eos");
  for (int i = 0; i < 2; ++i) s.push(gst_event_new_flush_start());
  for (int i = 0; i < 2; ++i) s.push(gst_event_new_flush_stop(TRUE));
  s.await_task("started");
  s.push(segment_event());
  s.frame();
  s.drain();
  // Without a start.
  s.push(gst_event_new_flush_stop(TRUE));
  s.push(segment_event());
  s.frame();
  s.drain();
}

void downstream_eos(Script &s) {
  s.start();
  s.rig.flow = GST_FLOW_EOS;
  s.frames_until_refused();
  s.push(gst_event_new_eos());
  s.await("eos");
  // The queue of GStreamer 1.22 hangs if the next stream begins before its task has paused.
  if (std::string(G_OBJECT_TYPE_NAME(s.rig.element)) == "GstQueue") s.await_task("paused");
  s.rig.flow = GST_FLOW_OK;
  s.start("second");
  s.frame();
  s.push(gst_event_new_eos());
  s.await("eos", 2);
  s.errors();
}

void refused(Script &s, GstFlowReturn flow) {
  s.start();
  s.frame();
  s.drain();
  s.rig.flow = flow;
  s.frames_until_refused();
  s.await_task("paused");
  s.one_of_each();
  s.errors();
  s.rig.flow = GST_FLOW_OK;
  s.flush();
  s.await_task("started");
  s.push(segment_event());
  s.frame();
  s.frame();
  s.drain();
  s.errors();
}

void downstream_error(Script &s) { refused(s, GST_FLOW_ERROR); }
void downstream_not_negotiated(Script &s) { refused(s, GST_FLOW_NOT_NEGOTIATED); }
void downstream_flushing(Script &s) { refused(s, GST_FLOW_FLUSHING); }

void unlinked(Script &s) {
  s.start();
  s.frame();
  s.drain();
  s.rig.unlink_out();
  s.frames_until_refused();
  s.await_task("paused");
  s.one_of_each();
  s.errors();
  s.flush();
  s.rig.link_out();
  s.push(segment_event());
  s.frame();
  s.drain();
  s.errors();
}

void error_after_the_last_frame(Script &s) {
  s.start();
  s.rig.hold();
  s.frame();
  s.push(gst_event_new_eos());
  s.rig.await_held();
  s.rig.flow = GST_FLOW_ERROR;
  s.rig.release();
  s.await("eos");
  s.await_task("paused");
  s.errors();
  s.frame();
}

void queries(Script &s) {
  const auto all = [&] {
    GstCaps *of_frames = gst_caps_from_string(caps().c_str());
    s.ask(gst_query_new_allocation(of_frames, TRUE));
    s.ask(gst_query_new_drain());
    s.ask(gst_query_new_caps(nullptr));
    s.ask(gst_query_new_accept_caps(of_frames));
    s.ask(gst_query_new_custom(GST_QUERY_CUSTOM, gst_structure_new_empty("x")));
    gst_caps_unref(of_frames);
    s.ask_source(gst_query_new_scheduling());
    s.ask_source(gst_query_new_latency());
    s.ask_source(gst_query_new_position(GST_FORMAT_TIME));
    s.ask_source(gst_query_new_duration(GST_FORMAT_TIME));
    s.ask_source(gst_query_new_seeking(GST_FORMAT_TIME));
    s.ask_source(gst_query_new_caps(nullptr));
    s.ask_source(gst_query_new_uri());
  };
  all();
  s.start();
  all();
  s.frame();
  s.drain();
  all();
}

void upstream_events(Script &s) {
  s.start();
  s.frame();
  s.drain();
  const auto send = [&](GstEvent *event) {
    const std::string name = GST_EVENT_TYPE_NAME(event);
    s.note("send " + name + ": " + (gst_pad_push_event(s.rig.out, event) ? "taken" : "refused"));
  };
  send(gst_event_new_seek(1, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0,
                          GST_SEEK_TYPE_NONE, -1));
  send(gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1, -1, GST_SECOND));
  send(gst_event_new_reconfigure());
  send(gst_event_new_latency(GST_SECOND));
  send(gst_event_new_navigation(gst_structure_new_empty("x")));
  send(gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, gst_structure_new_empty("x")));
}

void state_changes(Script &s) {
  s.start();
  s.frame();
  s.drain();
  for (const GstState state :
       {GST_STATE_PAUSED, GST_STATE_PLAYING, GST_STATE_PAUSED, GST_STATE_READY, GST_STATE_READY}) {
    s.set_state(state);
  }
  s.note("task " + task_of(s.source()));
  s.frame();
  s.flush();
  s.push(title("x"));
  s.ask(gst_query_new_drain());
  s.set_state(GST_STATE_PLAYING);
  s.await_task("started");
  s.start("second");
  s.frame();
  s.drain();
  s.errors();
}

void stop_with_a_held_frame(Script &s) {
  s.start();
  s.rig.hold();
  s.frame();
  s.push(gst_event_new_gap(GST_SECOND, kFrame));
  s.rig.await_held();
  std::thread stopper([&] { gst_element_set_state(s.rig.element, GST_STATE_READY); });
  s.rig.release();
  stopper.join();
  s.note("task " + task_of(s.source()));
  s.set_state(GST_STATE_PLAYING);
  s.frame();
  s.ask(gst_query_new_drain());
}

/// A stop deactivates the source pad first: upstream may still push into the other one.
void events_at_an_inactive_source_pad(Script &s) {
  s.start();
  s.frame();
  s.drain();
  gst_pad_set_active(s.source(), FALSE);
  s.note("task " + task_of(s.source()));
  s.frame();
  s.flush();
  s.note("task " + task_of(s.source()));
  s.push(gst_event_new_stream_start("second"));
  s.push(segment_event());
  gst_pad_push_event(s.rig.out, gst_event_new_reconfigure());
  s.note("task " + task_of(s.source()));
}

struct Case {
  const char *name;
  void (*run)(Script &);
  bool queues_only = false;  ///< needs an element with a thread of its own
};

const Case kCases[] = {
    {"order", order},
    {"after EOS", after_eos},
    {"flush", flush},
    {"downstream EOS", downstream_eos},
    {"downstream error", downstream_error, true},
    {"downstream not-negotiated", downstream_not_negotiated, true},
    {"downstream flushing", downstream_flushing, true},
    {"unlinked", unlinked, true},
    {"error after the last frame", error_after_the_last_frame, true},
    {"queries", queries},
    {"upstream events", upstream_events},
    {"state changes", state_changes},
    {"stop with a held frame", stop_with_a_held_frame, true},
    {"events at an inactive source pad", events_at_an_inactive_source_pad, true},
};

std::string text_of(const std::vector<std::string> &lines) {
  std::string text;
  for (const std::string &line : lines) text += "  " + line + "\n";
  return text;
}

}  // namespace

GST_START_TEST(test_scripts) {
  const char *factory = kElements[__i__];
  // The weights stay loaded, so that opening the element is quick.
  const auto network =
      std::string(factory) == "hyperlipshr" ? open_exactly(formula_model("HRDecoder x1")) : nullptr;
  for (const Case &c : kCases) {
    Script own(factory);
    if (own.transform && c.queues_only) continue;
    Script known(own.transform ? "capsfilter" : "queue");
    c.run(known);
    c.run(own);
    fail_unless(own.log == known.log, "%s, %s:\n%s%s:\n%s", c.name, factory,
                text_of(own.log).c_str(), own.transform ? "capsfilter" : "queue",
                text_of(known.log).c_str());
  }
}
GST_END_TEST

GST_START_TEST(test_stops_that_meet_flushes) {
  Rig rig(kElements[__i__], configure);
  GstPad *source = static_pad(rig.element, "src");
  std::atomic<bool> over = false;
  std::thread flusher([&] {
    while (!over) {
      rig.push(gst_event_new_flush_start());
      rig.push(gst_event_new_flush_stop(TRUE));
      gst_pad_push_event(rig.out, gst_event_new_reconfigure());
    }
  });
  for (int i = 0; i < kStops; ++i) {
    fail_unless(gst_element_set_state(rig.element, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
    if (i % 3 == 0) std::this_thread::yield();
    fail_unless(gst_element_set_state(rig.element, GST_STATE_READY) != GST_STATE_CHANGE_FAILURE);
    const std::string task = task_of(source);
    fail_unless(task == "none", "stop %d left a %s task", i, task.c_str());
  }
  over = true;
  flusher.join();
}
GST_END_TEST

/// The last reference to a pipeline waits for tasks that still run.
GST_START_TEST(test_pipelines_that_are_dropped_during_flushes) {
  const char *factory = kElements[__i__];
  for (int i = 0; i < 50; ++i) {
    GstElement *pipeline = gst_pipeline_new(nullptr);
    GstElement *element = gst_element_factory_make(factory, nullptr);
    configure(element);
    GstElement *sink = gst_element_factory_make("fakesink", nullptr);
    gst_bin_add_many(GST_BIN(pipeline), element, sink, nullptr);
    fail_unless(gst_element_link(element, sink));
    fail_unless(gst_element_set_state(pipeline, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
    GstPad *pad = gst_element_get_static_pad(element, "sink");
    std::atomic<bool> over = false;
    std::thread flusher([&] {
      while (!over) {
        gst_pad_send_event(pad, gst_event_new_flush_start());
        gst_pad_send_event(pad, gst_event_new_flush_stop(TRUE));
      }
    });
    g_usleep(gulong(i % 7) * 100);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    over = true;
    flusher.join();
    gst_object_unref(pad);
    ASSERT_OBJECT_REFCOUNT(pipeline, "pipeline", 1);
    gst_object_unref(pipeline);
  }
}
GST_END_TEST

static Suite *conformance_suite() {
  Suite *suite = suite_create("conformance");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_loop_test(tests, test_scripts, 0, G_N_ELEMENTS(kElements));
  tcase_add_loop_test(tests, test_stops_that_meet_flushes, 0, G_N_ELEMENTS(kElements));
  tcase_add_loop_test(tests, test_pipelines_that_are_dropped_during_flushes, 0,
                      G_N_ELEMENTS(kElements));
  return suite;
}

GST_CHECK_MAIN(conformance)
