// SPDX-License-Identifier: LGPL-2.1-or-later
// Section elements: CPU time of each element of a whole re-dub, for each frame.
#include <algorithm>
#include <atomic>

#include "element_times.hpp"
#include "pipeline.hpp"
#include "sections.hpp"

namespace hyperlips::bench {
namespace {

constexpr int kSeconds = 4;
constexpr double kLeastMs = 0.005;  // of what is worth a row

struct Case {
  int height;
  bool hr;
  bool slow;  ///< only with --all
};
constexpr Case kCases[] = {
    {720, false, false}, {720, true, false}, {1080, false, true}, {2160, false, true}};

/// The frames at the end of a pipeline. The first one starts the measurement: what comes before it
/// opens networks and files.
struct Progress {
  std::atomic<int> frames = 0;
  Clock::time_point start;

  static void take(GstBuffer *, void *data) {
    auto *self = static_cast<Progress *>(data);
    if (self->frames++ > 0) return;
    self->start = Clock::now();
    ElementTimes::start();
  }
};

Values run(const Context &context, const Case &what) {
  const ClipKind kind{.height = what.height, .seconds = kSeconds};
  std::string lips = "hyperlips name=lips " + property("model", context.models.base());
  if (what.hr) lips += " " + property("hr-model", context.models.hr());
  Progress progress;  // longer than what calls it
  LaunchedPipeline pipeline(
      lips + clip_to_lips(context, kind) +
      " lips.video_src ! queue max-size-buffers=8 ! videoconvert ! x264enc ! mp4mux ! fakesink "
      "sync=false");
  pipeline.watch("lips", "video_src", Progress::take, &progress);
  pipeline.play();
  pipeline.wait_for_end();
  Values values;
  const double frames = std::max(progress.frames - 1, 1);
  for (const auto &[name, seconds] : ElementTimes::stop()) values[name] = seconds * 1e3 / frames;
  values["elapsed"] = seconds_since(progress.start) * 1e3 / frames;
  pipeline.stop();
  return values;
}

}  // namespace

void measure_elements(const Context &context, Result &result) {
  result.columns = {{"pipeline", "pipeline"},
                    {"element", "element"},
                    {"ms_min", "CPU ms/frame min"},
                    {"ms_median", "CPU ms/frame median"}};
  result.notes.push_back(
      "elapsed: the time of a frame. threads of NAME: those that push no buffers, by their own "
      "name "
      "or that of the thread that started them; x264's are of the queue before x264enc");
  std::vector<Variant> variants;
  for (const Case &what : kCases) {
    const std::string name = (what.hr ? "base + " + context.models.hr_architecture() : "base") +
                             " " + std::to_string(what.height);
    const ClipKind kind{.height = what.height, .seconds = kSeconds};
    if (!context.wanted(name) || (what.slow && !context.options.all) ||
        !context.clips.possible(kind))
      continue;
    context.clips.video(kind);
    context.clips.speech(kSeconds);
    variants.push_back({name, [&context, &what] { return run(context, what); }});
  }
  run_rounds(variants, context.options.repeat, "elements");
  for (const Variant &variant : variants) {
    std::vector<json> rows;
    for (const auto &[element, times] : variant.rounds) {
      if (median(times) < kLeastMs) continue;
      rows.push_back({{"pipeline", variant.name},
                      {"element", element},
                      {"ms_min", rounded(minimum(times), 2)},
                      {"ms_median", rounded(median(times), 2)},
                      {"rounds", times.size()}});
    }
    std::ranges::sort(rows, std::greater<>(), [](const json &row) { return row["ms_median"]; });
    result.rows.insert(result.rows.end(), rows.begin(), rows.end());
  }
  note_failures(variants, result);
}

}  // namespace hyperlips::bench
