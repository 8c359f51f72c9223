// SPDX-License-Identifier: LGPL-2.1-or-later
// Random sequences of frames, events, queries, flushes, seeks and state changes, which meet each
// other in threads, on all video elements and the bin: no crash, hang, leak, lost or doubled frame.
//
//     HYPERLIPS_STRESS_SEED=123   repeats one sequence
//     HYPERLIPS_STRESS_COUNT=50   number of sequences; default 3000
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "common/talking_bank.hpp"
#include "stress_input.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

struct Subject {
  const char *name, *line;
};

// In the bin and before hyperlipsbase is hyperlipsmel.
const Subject kSubjects[] = {
    {"hyperlipsfacecrop", "hyperlipsfacecrop name=e"},
    {"hyperlipsbase", "hyperlipsmel name=m ! e.mel hyperlipsbase name=e model="},
    {"hyperlipshr", "hyperlipshr name=e batch-size=2 device=cpu model="},
    {"hyperlipscomposite", "hyperlipscomposite name=e"},
    {"hyperlips", "hyperlips name=e model="},
};

/// Whether its frames come with faces.
bool has_faces(const std::string &name) {
  return name != "hyperlipsfacecrop" && name != "hyperlips";
}

/// A bank, which is opened in milliseconds.
std::string bank_file() { return talking_bank_file(4, 48); }

std::string line_of(const Subject &subject) {
  std::string line = subject.line;
  if (!line.ends_with("model=")) return line;
  return line +
         (std::string(subject.name) == "hyperlipshr" ? formula_model("HRDecoder x1") : bank_file());
}

/// A pipeline of the element, the pads of the test around it, and what came out.
class Stress {
 public:
  Stress(const Subject &subject, std::uint32_t seed)
      : random_(seed, 0),
        live_(random_.below(4) == 0),
        input_(seed + 1, has_faces(subject.name), std::string(subject.name) == "hyperlipshr") {
    GError *error = nullptr;
    pipeline_ = gst_pipeline_new(nullptr);
    GstElement *parsed = gst_parse_bin_from_description(line_of(subject).c_str(), FALSE, &error);
    fail_unless(error == nullptr, "%s", error ? error->message : "");
    gst_bin_add(GST_BIN(pipeline_), parsed);
    bus_ = gst_element_get_bus(pipeline_);
    GstElement *element = gst_bin_get_by_name(GST_BIN(pipeline_), "e");
    const bool bin = std::string(subject.name) == "hyperlips";
    in_ = source_before(parsed, element, bin ? "video_sink" : "sink");
    out_ = sink_after(parsed, element, bin ? "video_src" : "src");
    if (bin) {
      audio_in_ = source_before(parsed, element, "audio_sink");
      audio_out_ = sink_after(parsed, element, "audio_src");
    }
    if (GstElement *mel = gst_bin_get_by_name(GST_BIN(pipeline_), "m")) {
      audio_in_ = source_before(parsed, mel, "sink");
      // Both elements keep their pads.
      speech_ = {.source = gst_element_get_static_pad(mel, "src"),
                 .sink = gst_element_get_static_pad(element, "mel")};
      gst_object_unref(speech_.source);
      gst_object_unref(speech_.sink);
      gst_object_unref(mel);
    } else if (bin) {
      speech_ = {.source = audio_in_.own, .sink = audio_in_.other};
    }
    gst_object_unref(element);
    input_.set_pads(in_.own, audio_in_.own);
    gst_pad_set_chain_function(out_.own, [](GstPad *pad, GstObject *, GstBuffer *buffer) {
      return self(pad).take(buffer);
    });
    gst_pad_set_event_function(out_.own, [](GstPad *pad, GstObject *, GstEvent *event) -> gboolean {
      return self(pad).take(event);
    });
  }

  ~Stress() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    for (Link *link : {&in_, &out_, &audio_in_, &audio_out_}) {
      if (!link->own) continue;
      gst_pad_set_active(link->own, FALSE);
      gst_object_unref(link->own);
      gst_object_unref(link->other);
    }
    gst_object_unref(bus_);
    ASSERT_OBJECT_REFCOUNT(pipeline_, "pipeline", 1);
    gst_object_unref(pipeline_);
  }
  Stress(const Stress &) = delete;
  Stress &operator=(const Stress &) = delete;

  void run() {
    set_state(some_state());
    const int phases = 1 + random_.below(4);
    for (int i = 0; i < phases; ++i) disturbed_phase();
    // The last part is not disturbed: all of it must come out.
    stop_ = false;
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
    input_.push(false, stop_);
    finish();
  }

 private:
  /// A pad of the test and the pad that it is linked to.
  struct Link {
    GstPad *own = nullptr, *other = nullptr;
  };

  static Stress &self(GstPad *pad) {
    return *static_cast<Stress *>(gst_pad_get_element_private(pad));
  }

  static Link ghost(GstElement *parsed, GstElement *element, const char *name) {
    Link link;
    link.other = gst_element_get_static_pad(element, name);
    fail_unless(link.other != nullptr);
    GstPad *outer = gst_ghost_pad_new(nullptr, link.other);
    gst_element_add_pad(parsed, outer);
    gst_object_unref(link.other);
    link.other = GST_PAD(gst_object_ref(outer));
    return link;
  }

  Link source_before(GstElement *parsed, GstElement *element, const char *name) {
    Link link = ghost(parsed, element, name);
    link.own = gst_pad_new(nullptr, GST_PAD_SRC);
    gst_pad_set_element_private(link.own, this);
    gst_pad_set_event_function(link.own, [](GstPad *pad, GstObject *, GstEvent *event) -> gboolean {
      return self(pad).upstream(pad, event);
    });
    gst_pad_set_query_function(link.own, [](GstPad *pad, GstObject *parent, GstQuery *query) {
      if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) {
        return gst_pad_query_default(pad, parent, query);
      }
      gst_query_set_latency(query, self(pad).live_, 0, GST_CLOCK_TIME_NONE);
      return gboolean(TRUE);
    });
    gst_pad_set_active(link.own, TRUE);
    fail_unless_equals_int(gst_pad_link(link.own, link.other), GST_PAD_LINK_OK);
    return link;
  }

  Link sink_after(GstElement *parsed, GstElement *element, const char *name) {
    static GstStaticPadTemplate any =
        GST_STATIC_PAD_TEMPLATE("out", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
    Link link = ghost(parsed, element, name);
    link.own = gst_pad_new_from_static_template(&any, nullptr);
    gst_pad_set_element_private(link.own, this);
    gst_pad_set_chain_function(link.own, [](GstPad *, GstObject *, GstBuffer *buffer) {
      gst_buffer_unref(buffer);
      return GST_FLOW_OK;
    });
    gst_pad_set_active(link.own, TRUE);
    fail_unless_equals_int(gst_pad_link(link.other, link.own), GST_PAD_LINK_OK);
    return link;
  }

  // -------------------------------------------------------------------------------------------
  // Output

  GstFlowReturn take(GstBuffer *buffer) {
    {
      std::lock_guard guard(lock_);
      const guint64 id = GST_BUFFER_OFFSET(buffer);
      fail_unless(got_.empty() || id > got_.back(), "frame %u after %u", unsigned(id),
                  unsigned(got_.empty() ? 0 : got_.back()));
      got_.push_back(id);
    }
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
  }

  gboolean take(GstEvent *event) {
    std::lock_guard guard(lock_);
    if (gst_event_has_name(event, "last")) last_ = true;
    // Earlier ones may still be on their way.
    if (GST_EVENT_TYPE(event) == GST_EVENT_EOS && last_) over_ = true;
    changed_.notify_all();
    gst_event_unref(event);
    return TRUE;
  }

  void finish() {
    if (audio_in_.own) gst_pad_push_event(audio_in_.own, gst_event_new_eos());
    fail_unless(gst_pad_push_event(in_.own, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                                                                 gst_structure_new_empty("last"))));
    fail_unless(gst_pad_push_event(in_.own, gst_event_new_eos()));
    std::unique_lock guard(lock_);
    fail_unless(changed_.wait_for(guard, std::chrono::seconds(kTimeout / GST_SECOND),
                                  [&] { return over_; }),
                "no EOS after %zu frames", got_.size());
    for (const guint64 id : input_.must_come()) {
      fail_unless(std::ranges::binary_search(got_, id), "frame %u is lost", unsigned(id));
    }
    guard.unlock();
    if (GstMessage *message = gst_bus_pop_filtered(bus_, GST_MESSAGE_ERROR)) {
      const Message error = read_message(message);
      ck_abort_msg("%s: %s", error.source.c_str(), error.text.c_str());
    }
  }

  // -------------------------------------------------------------------------------------------
  // Disturbances, in the main thread

  GstState some_state() { return random_.below(3) == 0 ? GST_STATE_PAUSED : GST_STATE_PLAYING; }

  void set_state(GstState state) {
    fail_unless(gst_element_set_state(pipeline_, state) != GST_STATE_CHANGE_FAILURE);
  }

  void for_inputs(void (*function)(GstPad *)) {
    for (const Link &link : {audio_in_, in_}) {
      if (link.own) function(link.own);
    }
  }

  void start_flush() {
    stop_ = true;
    for_inputs([](GstPad *pad) { gst_pad_push_event(pad, gst_event_new_flush_start()); });
  }

  void stop_flush() {
    for_inputs([](GstPad *pad) { gst_pad_push_event(pad, gst_event_new_flush_stop(TRUE)); });
    input_.flushed();
    if (random_.below(3) == 0) input_.jump_to(GstClockTime(random_.below(100)) * GST_SECOND);
  }

  void join() {
    if (pusher_.joinable()) pusher_.join();
  }

  void flush() {
    start_flush();
    join();
    stop_flush();
  }

  void stop() {
    stop_ = true;
    set_state(random_.below(8) == 0 ? GST_STATE_NULL : GST_STATE_READY);
    join();
    // As sources and sinks do in this state change. The next stream sends its events again.
    for (const Link &link : {audio_in_, in_, out_, audio_out_}) {
      if (!link.own) continue;
      gst_pad_set_active(link.own, FALSE);
      gst_pad_set_active(link.own, TRUE);
    }
    input_.stopped();
    set_state(some_state());
  }

  void stop_and_flush() {
    stop_ = true;
    std::thread flusher([&] {
      for (int i = 0; i < 3; ++i) {
        for_inputs([](GstPad *pad) { gst_pad_push_event(pad, gst_event_new_flush_start()); });
        // As demuxers do: between the two events no data is pushed.
        join();
        for_inputs([](GstPad *pad) { gst_pad_push_event(pad, gst_event_new_flush_stop(TRUE)); });
      }
    });
    set_state(GST_STATE_READY);
    flusher.join();
    stop();
  }

  /// A flushing seek from downstream, which the source does at once.
  gboolean upstream(GstPad *pad, GstEvent *event) {
    const bool seek = GST_EVENT_TYPE(event) == GST_EVENT_SEEK;
    gst_event_unref(event);
    if (seek && pad == in_.own) flush();
    return seek;
  }

  void seek() {
    gst_pad_push_event(out_.own, gst_event_new_seek(1, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                                    GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, -1));
  }

  void relink() {
    gst_pad_unlink(out_.other, out_.own);
    g_usleep(gulong(random_.below(1500)));
    fail_unless_equals_int(gst_pad_link(out_.other, out_.own), GST_PAD_LINK_OK);
    if (random_.below(2) == 0) {
      flush();
    } else {
      join();
      // The frames that met no link are gone.
      input_.forget_frames();
    }
  }

  /// The frames go on without speech.
  void relink_speech() {
    if (!speech_.sink) return;
    gst_pad_unlink(speech_.source, speech_.sink);
    g_usleep(gulong(random_.below(1500)));
    const bool at_once = random_.below(2) == 0;
    // One thread pushes both: frames would wait for the speech that is lost.
    if (!at_once) join();
    fail_unless_equals_int(gst_pad_link(speech_.source, speech_.sink), GST_PAD_LINK_OK);
    if (at_once) {
      flush();
    } else {
      input_.restart_segment();
    }
  }

  void tell() {
    gst_pad_push_event(out_.own, gst_event_new_reconfigure());
    gst_pad_push_event(out_.own,
                       gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2,
                                         GstClockTimeDiff(random_.below(3) - 1) * 50 * GST_MSECOND,
                                         GstClockTime(10 + random_.below(20)) * kStressFrame));
    gst_pad_push_event(out_.own, gst_event_new_latency(GST_SECOND));
    GstQuery *query = gst_query_new_latency();
    gst_pad_peer_query(out_.own, query);
    gst_query_unref(query);
  }

  void disturbed_phase() {
    const int kind = random_.below(9);
    stop_ = false;
    pusher_ = std::thread([this, kind] { input_.push(kind == 4, stop_); });
    g_usleep(gulong(random_.below(2500)));
    switch (kind) {
      case 0:
        flush();
        break;
      case 1:
        stop();
        break;
      case 2:
        stop_and_flush();
        break;
      case 3:
        seek();
        break;
      case 4:
        relink();
        break;
      case 5:
        set_state(GST_STATE_PAUSED);
        if (random_.below(2) == 0) g_usleep(gulong(random_.below(500)));
        set_state(GST_STATE_PLAYING);
        break;
      case 6:
        relink_speech();
        break;
      case 7:
        tell();
        break;
      default:
        break;
    }
    join();
  }

  Random random_;
  const bool live_;
  GstElement *pipeline_;
  GstBus *bus_;
  Link in_, out_, audio_in_, audio_out_;
  /// The link that is cut to take the speech away; null in elements without speech.
  struct {
    GstPad *source = nullptr, *sink = nullptr;
  } speech_;
  std::thread pusher_;
  std::atomic<bool> stop_ = false;

  /// Used by the pusher's thread, and by the main thread while that does not run.
  StressInput input_;

  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<guint64> got_;
  bool last_ = false, over_ = false;
};

/// Ends the program with the seed of a sequence that does not end.
class Watch {
 public:
  Watch() : thread_([this] { watch(); }) {}
  ~Watch() {
    {
      std::lock_guard guard(lock_);
      over_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }
  void begin(const char *name, std::uint32_t seed) {
    std::lock_guard guard(lock_);
    what_ = std::string(name) + ", HYPERLIPS_STRESS_SEED=" + std::to_string(seed);
    ++begun_;
    changed_.notify_all();
  }
  std::string what() {
    std::lock_guard guard(lock_);
    return what_;
  }

 private:
  void watch() {
    std::unique_lock guard(lock_);
    while (!over_) {
      const int known = begun_;
      if (changed_.wait_for(guard, std::chrono::seconds(2 * kTimeout / GST_SECOND),
                            [&] { return over_ || begun_ != known; })) {
        continue;
      }
      std::fprintf(stderr, "hangs: %s\n", what_.c_str());
      std::abort();
    }
  }

  std::mutex lock_;
  std::condition_variable changed_;
  std::string what_;
  int begun_ = 0;
  bool over_ = false;
  std::thread thread_;
};

int number_of(const char *name, int otherwise) {
  const char *text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

}  // namespace

GST_START_TEST(test_random_sequences) {
  const Subject &subject = kSubjects[__i__];
  const int seed = number_of("HYPERLIPS_STRESS_SEED", -1);
  const int all = number_of("HYPERLIPS_STRESS_COUNT", 3000);
  const int count = seed >= 0 ? 1 : all / int(G_N_ELEMENTS(kSubjects));
  Watch watch;
  for (int i = 0; i < count; ++i) {
    const auto number = std::uint32_t(seed >= 0 ? seed : i);
    watch.begin(subject.name, number);
    std::fprintf(stderr, "%s %u\n", subject.name, number);
    Stress(subject, number).run();
  }
}
GST_END_TEST

static Suite *stress_suite() {
  Suite *suite = suite_create("stress");
  for (int i = 0; i < int(G_N_ELEMENTS(kSubjects)); ++i) {
    TCase *tests = tcase_create(kSubjects[i].name);
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, test_random_sequences, i, i + 1);
  }
  return suite;
}

GST_CHECK_MAIN(stress)
