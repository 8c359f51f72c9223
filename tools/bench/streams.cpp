// SPDX-License-Identifier: LGPL-2.1-or-later
// Section streams: several streams in this process, which share one network, and a live one beside
// a file.
#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "hyperlips/error.hpp"
#include "pipeline.hpp"
#include "sections.hpp"

namespace hyperlips::bench {
namespace {

constexpr int kStreams[] = {1, 2, 4, 8};
constexpr ClipKind kClip{.height = 480, .seconds = 4};
constexpr int kLiveSeconds = 8;

std::string file_stream(const Context &context) {
  return "hyperlips name=lips " + property("model", context.models.base()) +
         clip_to_lips(context, kClip) + " lips.video_src ! fakesink name=out sync=false";
}

/// Frames a second of `count` equal files together, each with one face.
Values run_files(const Context &context, int count) {
  std::atomic<int> frames = 0;
  std::vector<std::unique_ptr<LaunchedPipeline>> pipelines;
  for (int i = 0; i < count; ++i) {
    pipelines.push_back(std::make_unique<LaunchedPipeline>(file_stream(context)));
    pipelines.back()->watch(
        "out", "sink", [](GstBuffer *, void *data) { ++*static_cast<std::atomic<int> *>(data); },
        &frames);
    pipelines.back()->preroll();  // opens the network
  }
  const int before = frames;
  const Clock::time_point start = Clock::now();
  for (const auto &pipeline : pipelines) pipeline->play();
  for (const auto &pipeline : pipelines) pipeline->wait_for_end();
  return {{"faces_per_s", (frames - before) / seconds_since(start)}};
}

/// The delay of each frame of a live stream, from the source to the end.
class Delays {
 public:
  /// Must outlive the pipeline.
  void watch(LaunchedPipeline &pipeline) {
    pipeline.watch(
        "lips", "video_sink",
        [](GstBuffer *buffer, void *data) {
          auto *self = static_cast<Delays *>(data);
          const std::lock_guard lock(self->mutex_);
          self->entered_[GST_BUFFER_PTS(buffer)] = Clock::now();
        },
        this);
    pipeline.watch(
        "out", "sink",
        [](GstBuffer *buffer, void *data) { static_cast<Delays *>(data)->leave(buffer); }, this);
  }

  std::vector<double> take() {
    const std::lock_guard lock(mutex_);
    return std::move(delays_);
  }

 private:
  void leave(GstBuffer *buffer) {
    constexpr GstClockTime kStart = 2 * GST_SECOND;  // when everything is open and warm
    const std::lock_guard lock(mutex_);
    const auto entered = entered_.find(GST_BUFFER_PTS(buffer));
    if (entered == entered_.end()) return;
    if (GST_BUFFER_PTS(buffer) >= kStart) delays_.push_back(seconds_since(entered->second) * 1e3);
    entered_.erase(entered);
  }

  std::mutex mutex_;
  std::map<GstClockTime, Clock::time_point> entered_;
  std::vector<double> delays_;
};

/// Frames that kept the last picture because their own was late.
double late_frames(const LaunchedPipeline &pipeline) {
  const ObjectPtr<GstElement> base(
      gst_bin_get_by_name(GST_BIN(pipeline.element("lips").get()), "base"));
  GstStructure *stats = nullptr;
  g_object_get(base.get(), "stats", &stats, nullptr);
  guint64 late = 0;
  if (stats) {
    gst_structure_get_uint64(stats, "late", &late);
    gst_structure_free(stats);
  }
  return double(late);
}

/// A live stream that is played as it comes, alone or beside a file that is re-dubbed again and
/// again.
Values run_live(const Context &context, bool beside_file) {
  Delays delays;
  LaunchedPipeline live(
      "hyperlips name=lips " + property("model", context.models.base()) +
      " hyperlipstestsrc name=p is-live=true camera-effects=false seed=1 num-buffers=" +
      std::to_string(kLiveSeconds * Clips::kFrameRate) +
      " p.video ! video/x-raw,width=480,height=270,framerate=25/1 ! queue ! lips.video_sink "
      "p.audio ! queue ! lips.audio_sink lips.audio_src ! fakesink sync=false async=false "
      "lips.video_src ! fakesink name=out sync=true qos=true async=false");
  delays.watch(live);
  std::atomic<bool> over = false;
  std::exception_ptr failure, file_failure;
  std::thread file;
  if (beside_file) {
    file = std::thread([&] {
      try {
        while (!over) run_files(context, 1);
      } catch (...) {
        file_failure = std::current_exception();
      }
    });
  }
  live.play();
  try {
    live.wait_for_end();
  } catch (...) {
    failure = std::current_exception();
  }
  over = true;
  if (file.joinable()) file.join();
  for (const std::exception_ptr &what : {failure, file_failure}) {
    if (what) std::rethrow_exception(what);
  }
  const std::vector<double> all = delays.take();
  if (all.empty()) throw Error(ErrorKind::Failed, "No frame of the live stream arrived.");
  return {{"delay_ms_median", median(all)},
          {"delay_ms_longest", maximum(all)},
          {"late_frames", late_frames(live)}};
}

}  // namespace

void measure_streams(const Context &context, Result &result) {
  result.columns = {{"streams", "streams"},
                    {"faces_per_s_max", "faces/s max"},
                    {"faces_per_s_median", "faces/s median"},
                    {"delay_ms_median", "delay ms median"},
                    {"delay_ms_longest", "delay ms longest"},
                    {"late_frames", "late frames"}};
  result.notes.push_back(
      "delay: from the source to the end, with the 212.5 ms of speech that a frame waits for");
  std::vector<Variant> variants;
  const auto add = [&](const std::string &name, std::function<Values()> measure) {
    if (context.wanted(name)) variants.push_back({name, std::move(measure)});
  };
  for (const int count : kStreams) {
    add(std::to_string(count) + (count == 1 ? " file" : " files"),
        [&context, count] { return run_files(context, count); });
  }
  add("live alone", [&context] { return run_live(context, false); });
  add("live beside a file", [&context] { return run_live(context, true); });
  if (!variants.empty()) {
    context.clips.video(kClip);
    context.clips.speech(kClip.seconds);
  }
  run_rounds(variants, context.options.repeat, "streams");
  for (const Variant &variant : variants) {
    if (variant.rounds.empty()) continue;
    const auto &rounds = variant.rounds;
    json row{{"streams", variant.name}, {"rounds", rounds.begin()->second.size()}};
    if (rounds.contains("faces_per_s")) {
      row["faces_per_s_median"] = rounded(median(rounds.at("faces_per_s")), 1);
      row["faces_per_s_max"] = rounded(maximum(rounds.at("faces_per_s")), 1);
    } else {
      row["delay_ms_median"] = rounded(median(rounds.at("delay_ms_median")), 1);
      row["delay_ms_longest"] = rounded(maximum(rounds.at("delay_ms_longest")), 1);
      row["late_frames"] = rounded(median(rounds.at("late_frames")), 0);
    }
    result.rows.push_back(std::move(row));
  }
  note_failures(variants, result);
}

}  // namespace hyperlips::bench
