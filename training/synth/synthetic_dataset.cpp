// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/synth/synthetic_dataset.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include <nlohmann/json.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/synth/performance.hpp"
#include "training/data/clip_list.hpp"
#include "training/data/frame_rate.hpp"
#include "training/preprocess/clip_folder.hpp"
#include "training/preprocess/dataset_writer.hpp"
#include "training/synth/synth_output.hpp"

namespace hyperlips::training {
namespace {

using nlohmann::json;

void check(const SynthOptions &options) {
  const auto require = [](bool valid, const char *what) {
    if (!valid)
      throw Error(ErrorKind::Settings,
                  std::string("Invalid option of a synthetic data set: expected ") + what + ".");
  };
  constexpr double kShortest = double(3 * kWindowFrames + 1) / kFrameRate;
  require(!options.output.empty(), "an output folder");
  require(options.hours > 0 && options.hours <= 100'000, "more than 0 and at most 100000 hours");
  require(options.clips.seconds >= kShortest && options.clips.seconds <= 60,
          "clips of 0.64 to 60 seconds (training ignores shorter ones)");
  require(options.clips.frame_size >= 128 && options.clips.frame_size <= 4096,
          "frames of 128 to 4096 pixels");
  require(options.clips.clean_share >= 0 && options.clips.clean_share <= 1,
          "a fraction of clean speech from 0 to 1");
  require(options.validation_share >= 0 && options.validation_share <= 0.5,
          "a fraction of validation clips from 0 to 0.5");
  require(options.workers >= 0 && options.workers <= 1024, "0 to 1024 workers");
  for (const std::string &language : options.clips.languages) {
    synth::PerformanceOptions speech;
    speech.language = language;
    synth::Performance{speech};  // throws for an unsupported language
  }
}

/// The options that affect the clips. Other versions may render and speak differently.
json lasting_options(const SynthClipOptions &clips) {
  return {{"hyperlips", HYPERLIPS_VERSION},  {"seed", clips.seed},
          {"clip_seconds", clips.seconds},   {"frame_size", clips.frame_size},
          {"languages", clips.languages},    {"clean_share", clips.clean_share},
          {"crop", to_string(clips.framing)}};
}

json to_json(const SynthReport &report, const SynthOptions &options) {
  json clips = json::array();
  for (const ClipPlan &plan : report.clips) {
    clips.push_back({{"name", plan.name},
                     {"seed", plan.seed},
                     {"language", plan.language},
                     {"frames", plan.frames},
                     {"frame_size", plan.frame_size},
                     {"validation", std::ranges::binary_search(report.validation, plan.name)},
                     {"speech", to_json(plan.augmentation)}});
  }
  return {{"options", lasting_options(options.clips)},
          {"totals",
           {{"clips", report.clips.size()},
            {"validation", report.validation.size()},
            {"seconds", report.seconds()}}},
          {"complete", !report.cancelled},
          {"clips", std::move(clips)}};
}

class DatasetMaker {
 public:
  DatasetMaker(const SynthOptions &options, const SynthCallback &progress,
               const std::atomic<bool> &cancel)
      : options_(options),
        progress_(progress),
        cancel_(cancel),
        output_(open_synth_output(options.output, options.crops, lasting_options(options.clips))),
        before_(output_->clips()),
        next_(before_),
        added_(before_),
        clips_(std::max<std::uint64_t>(
            before_, static_cast<std::uint64_t>(
                         std::ceil(options.hours * 3600 / options.clips.seconds - 1e-9)))) {}

  SynthReport run() {
    report_progress();
    std::uint64_t workers = options_.workers > 0
                                ? std::uint64_t(options_.workers)
                                : std::max(1u, std::thread::hardware_concurrency());
    workers = std::min(workers, clips_ - before_);
    // Workers may get ahead of a slow clip, but not fill the memory with clips that wait for it.
    ahead_ = 2 * workers;
    {
      std::vector<std::jthread> threads;
      running_ = workers;
      for (std::uint64_t i = 0; i < workers; ++i) threads.emplace_back([this] { work(); });
      std::unique_lock lock(mutex_);
      while (running_ > 0) {
        if (cancel_) stop();
        changed_.wait_for(lock, std::chrono::milliseconds(100));
      }
    }
    if (!failure_) return conclude();
    try {
      conclude();  // makes the complete clips usable
    } catch (const Error &) {
    }
    std::rethrow_exception(failure_);
  }

 private:
  void work() {
    try {
      while (const std::optional<std::uint64_t> number = take()) {
        const ClipPlan plan = plan_clip(options_.clips, *number);
        std::optional<FaceClip> clip = make_clip(plan, stop_);
        if (!clip) break;
        add(*number, output_->prepare(plan, std::move(*clip)));
      }
    } catch (const OutputError &) {
      fail(std::current_exception());
    } catch (const std::bad_alloc &) {
      fail(std::make_exception_ptr(
          Error(ErrorKind::Memory, "Out of memory. Use fewer workers or make shorter clips.")));
    } catch (...) {
      // Ctrl-C also ends the speech helper programs: not an error.
      if (!cancel_) fail(std::current_exception());
    }
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  }

  std::optional<std::uint64_t> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop_ || next_ >= clips_ || next_ < added_ + ahead_; });
    if (stop_ || next_ >= clips_) return {};
    return next_++;
  }

  /// Adds this clip and those waiting for it, unless another thread is adding clips.
  void add(std::uint64_t number, std::function<void()> action) {
    std::unique_lock lock(mutex_);
    ready_[number] = std::move(action);
    if (adding_) return;
    adding_ = true;
    while (!failure_ && !ready_.empty() && ready_.begin()->first == added_) {
      const auto first = ready_.extract(ready_.begin());
      lock.unlock();
      first.mapped()();
      lock.lock();
      ++added_;
      report_progress();
      changed_.notify_all();
    }
    adding_ = false;
  }

  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    stop();
  }

  void stop() {
    stop_ = true;
    changed_.notify_all();
  }

  void report_progress() const {
    if (progress_) progress_({added_, clips_, before_, options_.clips.seconds});
  }

  SynthReport conclude() {
    SynthReport report;
    report.before = before_;
    report.cancelled = added_ < clips_;
    std::vector<std::string> names;
    for (std::uint64_t number = 0; number < added_; ++number) {
      report.clips.push_back(plan_clip(options_.clips, number));
      names.push_back(report.clips.back().name);
    }
    report.validation = validation_clips(names, options_.clips.seed, options_.validation_share);
    output_->finish(names, report.validation);
    write_text(options_.output / "report.json", to_json(report, options_).dump(2) + "\n");
    return report;
  }

  const SynthOptions &options_;
  const SynthCallback &progress_;
  const std::atomic<bool> &cancel_;
  const std::unique_ptr<SynthOutput> output_;
  const std::uint64_t before_;

  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::atomic<bool> stop_ = false;
  std::uint64_t next_, added_, clips_, ahead_ = 1, running_ = 0;
  std::map<std::uint64_t, std::function<void()>> ready_;  // clips that wait for earlier ones
  bool adding_ = false;
  std::exception_ptr failure_;
};

}  // namespace

double SynthReport::seconds() const {
  double sum = 0;
  for (const ClipPlan &clip : clips) sum += double(clip.frames) / kFrameRate;
  return sum;
}

SynthReport make_synthetic_dataset(const SynthOptions &options, const SynthCallback &progress,
                                   const std::atomic<bool> &cancel) {
  check(options);
  return DatasetMaker(options, progress, cancel).run();
}

}  // namespace hyperlips::training
