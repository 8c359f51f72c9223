// SPDX-License-Identifier: LGPL-2.1-or-later
#include "element_times.hpp"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <vector>

// The hooks may change in later versions of GStreamer.
#define GST_USE_UNSTABLE_API
#include <gst/gst.h>
#include <gst/gsttracer.h>

namespace hyperlips::bench {
namespace {

struct BenchTracer {
  GstTracer parent;
};
struct BenchTracerClass {
  GstTracerClass parent;
};

struct State {
  std::mutex mutex;
  unsigned measurement = 0;  // number of start(); even ones are over
  std::map<std::string, double> elements;
  std::set<long> streaming;                                 // ids of threads that push
  std::map<long, std::pair<std::string, double>> at_start;  // name and time of each thread
};

State &state() {
  static State state;
  return state;
}

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

/// The elements that push into each other on one thread.
struct Thread {
  std::vector<std::string> stack;
  unsigned measurement = 0;
  double last = 0;  // CPU time up to which time is counted

  /// Counts the time since the last call for `element`.
  void count(const std::string &element) {
    const double now = thread_seconds();
    State &all = state();
    const std::lock_guard lock(all.mutex);
    if (all.measurement % 2) {
      if (measurement == all.measurement) all.elements[element] += now - last;
      measurement = all.measurement;
      all.streaming.insert(syscall(SYS_gettid));
    }
    last = now;
  }
};

thread_local Thread current;

/// The factory of the element that a pad, or the pad inside a ghost pad, belongs to.
std::string element_of(GstPad *pad) {
  std::string name = "?";
  GstObject *object = gst_object_get_parent(GST_OBJECT(pad));
  while (object && !GST_IS_ELEMENT(object)) {
    GstObject *parent = gst_object_get_parent(object);
    gst_object_unref(object);
    object = parent;
  }
  if (!object) return name;
  const GstElementFactory *factory = gst_element_get_factory(GST_ELEMENT(object));
  name = factory ? GST_OBJECT_NAME(factory) : GST_OBJECT_NAME(object);
  gst_object_unref(object);
  return name;
}

void before_push(GstTracer *, GstClockTime, GstPad *pad) {
  current.count(current.stack.empty() ? element_of(pad) : current.stack.back());
  GstPad *peer = gst_pad_get_peer(pad);
  current.stack.push_back(peer ? element_of(peer) : "?");
  if (peer) gst_object_unref(peer);
}

void after_push() {
  if (current.stack.empty()) return;
  current.count(current.stack.back());
  current.stack.pop_back();
}

/// CPU time of all threads, from the scheduler.
std::map<long, std::pair<std::string, double>> all_threads() {
  std::map<long, std::pair<std::string, double>> threads;
  std::error_code gone;
  for (const auto &entry : std::filesystem::directory_iterator("/proc/self/task", gone)) {
    std::ifstream times(entry.path() / "schedstat"), names(entry.path() / "comm");
    double nanoseconds = 0;
    std::string name;
    times >> nanoseconds;
    std::getline(names, name);
    threads[std::stol(entry.path().filename())] = {name, nanoseconds / 1e9};
  }
  return threads;
}

/// The owner of the hooks. GstTracer itself is abstract.
G_DEFINE_TYPE(BenchTracer, bench_tracer, GST_TYPE_TRACER)
void bench_tracer_class_init(BenchTracerClass *) {}
void bench_tracer_init(BenchTracer *) {}

void install() {
  auto *tracer = GST_TRACER(gst_object_ref_sink(g_object_new(bench_tracer_get_type(), nullptr)));
  for (const char *hook : {"pad-push-pre", "pad-push-list-pre"})
    gst_tracing_register_hook(tracer, hook, G_CALLBACK(before_push));
  for (const char *hook : {"pad-push-post", "pad-push-list-post"})
    gst_tracing_register_hook(tracer, hook, G_CALLBACK(after_push));
}

}  // namespace

void ElementTimes::start() {
  static std::once_flag installed;
  std::call_once(installed, install);
  auto threads = all_threads();
  State &all = state();
  const std::lock_guard lock(all.mutex);
  all.elements.clear();
  all.streaming.clear();
  all.at_start = std::move(threads);
  ++all.measurement;
}

std::map<std::string, double> ElementTimes::stop() {
  const auto threads = all_threads();
  State &all = state();
  const std::lock_guard lock(all.mutex);
  ++all.measurement;
  std::map<std::string, double> times = all.elements;
  for (const auto &[id, thread] : threads) {
    if (all.streaming.contains(id)) continue;
    const auto before = all.at_start.find(id);
    const double seconds =
        thread.second - (before == all.at_start.end() ? 0 : before->second.second);
    // Numbers tell apart the elements of several pipelines.
    std::string name = thread.first;
    std::erase_if(name, [](unsigned char c) { return std::isdigit(c); });
    times["threads of " + name] += seconds;
  }
  return times;
}

}  // namespace hyperlips::bench
