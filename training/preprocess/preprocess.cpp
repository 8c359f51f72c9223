// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/preprocess.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include <ATen/Parallel.h>
#include <nlohmann/json.hpp>

#include "training/preprocess/clip_folder.hpp"
#include "training/preprocess/clip_offset.hpp"
#include "training/preprocess/dataset_writer.hpp"
#include "training/preprocess/hr_dataset_writer.hpp"
#include "training/preprocess/preprocess_state.hpp"
#include "training/preprocess/sync_check.hpp"
#include "training/preprocess/video_list.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kNativeResolution = 512;

PreprocessOptions completed(PreprocessOptions options) {
  if ((options.hr || options.native_resolution) && options.clips.native_resolution == 0)
    options.clips.native_resolution = kNativeResolution;
  const auto require = [](bool valid, const char *message) {
    if (!valid) throw Error(ErrorKind::Settings, message);
  };
  check(options.clips);
  require(!options.output.empty(), "Preprocessing needs an output folder.");
  require(!options.hr || !options.base_model.empty(),
          "The HR data set needs a HyperLipsBase checkpoint to generate its input pictures.");
  require(options.max_offset >= 0 && options.max_offset <= kSyncReach,
          "Invalid maximum sync offset: expected 0 to 15 frames.");
  require(!options.shift_sound || !options.sync_expert.empty(),
          "Shifting the sound needs a sync expert, which measures the offset.");
  if (options.hr) {
    const Framing crop = conventions_of(read_checkpoint(options.base_model)).crop;
    if (crop != options.clips.framing)
      throw Error(ErrorKind::Settings, quote_path(options.base_model) + " was trained with crop " +
                                           to_string(crop) +
                                           "; the HR data set needs the same crop, not " +
                                           to_string(options.clips.framing) + " (--crop).");
  }
  require(!options.offset || std::abs(*options.offset) <= kMaxSoundOffset,
          "Invalid offset of the sound: expected -8 to 8 frames.");
  require(options.jobs >= 0, "Invalid number of jobs: expected 0 or more.");
  if (options.jobs == 0) options.jobs = int(std::max(1u, std::thread::hardware_concurrency()));
  return options;
}

/// The options that affect the clips.
json lasting_options(const PreprocessOptions &options) {
  const ClipReaderOptions &clips = options.clips;
  return {{"min_seconds", clips.min_seconds},
          {"max_seconds", clips.max_seconds},
          {"min_face", clips.faces.min_face},
          {"max_other", clips.faces.max_other},
          {"min_inside", clips.faces.min_inside},
          {"min_speech", clips.min_speech},
          {"crop", to_string(clips.framing)},
          {"largest_crop", clips.native_resolution},
          {"own_resolution", options.native_resolution},
          {"hr", options.hr},
          {"base_model", options.base_model},
          {"sync_expert", options.sync_expert},
          {"max_offset", options.max_offset},
          {"shift_sound", options.shift_sound},
          {"offset", options.offset ? json(*options.offset) : json("auto")}};
}

std::string clip_name(const SourceVideo &video, int number) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "_%04d", number);
  return video.speaker + "/" + video.clip + digits;
}

std::string describe(const SyncOffset &sync) {
  char text[96];
  std::snprintf(text, sizeof text, "the sound is %d frame%s %s, confidence %.3f",
                std::abs(sync.frames), std::abs(sync.frames) == 1 ? "" : "s",
                sync.frames > 0 ? "early" : "late", sync.confidence);
  return text;
}

class Preprocessor {
 public:
  Preprocessor(const PreprocessOptions &options, const PreprocessCallbacks &callbacks)
      : options_(options),
        callbacks_(callbacks),
        state_(options.output / "preprocess.jsonl", lasting_options(options)),
        writer_(options.output, options.native_resolution) {
    if (!options.sync_expert.empty()) {
      expert_ = open_color_embedder(options.sync_expert);
    } else if (!options.offset) {
      offset_.emplace();
    }
  }

  PreprocessReport run(const std::atomic<bool> &cancel) {
    remove_scratch();
    find_work();
    const std::size_t jobs = std::min<std::size_t>(std::size_t(options_.jobs), work_.size());
    {
      std::vector<std::jthread> workers;
      running_ = jobs;
      for (std::size_t i = 0; i < jobs; ++i) workers.emplace_back([this, jobs] { work(jobs > 1); });
      std::unique_lock lock(mutex_);
      while (running_ > 0) {
        if (cancel) stop_ = true;
        changed_.wait_for(lock, std::chrono::milliseconds(100));
      }
    }
    remove_scratch();
    if (failure_) std::rethrow_exception(failure_);
    return conclude(cancel);
  }

 private:
  void remove_scratch() const {
    std::error_code ignored;
    fs::remove_all(scratch_folder(options_.output), ignored);
  }

  /// Finds the videos that are not done or have changed since.
  void find_work() {
    const auto &finished = state_.finished();
    const auto videos = find_videos(
        options_.inputs,
        [&](const fs::path &path) -> std::optional<std::pair<std::string, std::string>> {
          const auto known = finished.find(path);
          if (known == finished.end()) return std::nullopt;
          return std::pair(known->second.speaker, known->second.clip);
        });
    for (const SourceVideo &video : videos) {
      const auto known = finished.find(video.path);
      const bool done = known != finished.end() && known->second.error.empty() &&
                        known->second.size == video.size &&
                        known->second.modified == video.modified;
      if (done) {
        ++skipped_;
      } else {
        work_.push_back(video);
      }
    }
    for (const auto &[path, video] : finished) clips_ += std::int64_t(video.clips.size());
    videos_ = videos.size();
    if (skipped_ > 0)
      log(std::to_string(skipped_) + " of " + std::to_string(videos_) +
          " videos are already done.");
  }

  void work(bool several) {
    // The other cores process other videos.
    if (several) at::set_num_threads(1);
    try {
      std::optional<HrDatasetWriter> hr;
      if (options_.hr) hr.emplace(options_.output, options_.base_model, options_.device);
      for (std::size_t next; !stop_ && (next = next_++) < work_.size();)
        process(work_[next], hr ? &*hr : nullptr);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      stop_ = true;
    }
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  }

  void process(const SourceVideo &video, HrDatasetWriter *hr) {
    VideoReport report{.path = video.path,
                       .speaker = video.speaker,
                       .clip = video.clip,
                       .size = video.size,
                       .modified = video.modified};
    try {
      report.seconds = read_face_clips(
          video.path.string(), options_.clips, stop_,
          [&](FoundClip &&found) { take(video, std::move(found), hr, report); },
          [&](const DroppedSegment &segment) { report.dropped.push_back(segment); });
    } catch (const OutputError &) {
      throw;
    } catch (const std::bad_alloc &) {
      throw Error(ErrorKind::Memory,
                  "Out of memory. Run fewer jobs in parallel or make shorter clips.");
    } catch (const Error &error) {
      if (error.kind() == ErrorKind::Memory || error.kind() == ErrorKind::Device) throw;
      report.error = error.what();
    } catch (const std::exception &error) {
      report.error = "Cannot read " + quote_path(video.path) + ": " + error.what();
    }
    if (!stop_) finish(report);
  }

  void take(const SourceVideo &video, FoundClip &&found, HrDatasetWriter *hr, VideoReport &report) {
    ClipReport clip{clip_name(video, found.number), found.start, std::int64_t(found.clip.frames()),
                    std::nullopt};
    if (expert_) {
      clip.sync = clip_sync(*expert_, found.clip);
      if (clip.sync && std::abs(clip.sync->frames) > options_.max_offset) {
        const double start = found.start, end = found.end();
        if (options_.shift_sound) shift_sound(found, clip.sync->frames);
        if (!options_.shift_sound || found.end() - found.start < options_.clips.min_seconds) {
          report.dropped.push_back({start, end, Drop::OutOfSync, describe(*clip.sync)});
          return;
        }
        clip.start = found.start;
        clip.frames = std::int64_t(found.clip.frames());
      }
    }
    if (!expert_ && !correct_sound(found, clip, report)) return;
    // imgs is written last: a clip in it is complete.
    if (hr) hr->write(clip.name, found);
    writer_.write(clip.name, found);
    report.clips.push_back(std::move(clip));
    const std::lock_guard lock(mutex_);
    ++clips_;
    report_progress(video.path);
  }

  /// Corrects the offset of a clip's sound; false if too little of the clip is left.
  bool correct_sound(FoundClip &found, ClipReport &clip, VideoReport &report) const {
    clip.offset = offset_ ? (*offset_)(found.clip) : SoundOffset{*options_.offset, 0, 0, true};
    if (clip.offset->frames == 0) return true;
    const double start = found.start, end = found.end();
    shift_sound(found, -clip.offset->frames);
    clip.start = found.start;
    clip.frames = std::int64_t(found.clip.frames());
    if (found.end() - found.start >= options_.clips.min_seconds) return true;
    report.dropped.push_back({start, end, Drop::OutOfSync, training::describe(*clip.offset)});
    return false;
  }

  void finish(const VideoReport &report) {
    const std::lock_guard lock(mutex_);
    if (const auto before = state_.finished().find(report.path);
        before != state_.finished().end()) {
      clips_ -= std::int64_t(before->second.clips.size());
      remove_old_clips(before->second, report);
    }
    state_.add(report);
    ++done_;
    if (!report.error.empty() && callbacks_.log) callbacks_.log(report.error);
    report_progress(report.path);
  }

  /// Removes clips of an earlier version of the video.
  void remove_old_clips(const VideoReport &before, const VideoReport &now) const {
    for (const ClipReport &clip : before.clips) {
      if (std::ranges::find(now.clips, clip.name, &ClipReport::name) != now.clips.end()) continue;
      std::error_code ignored;
      fs::remove_all(options_.output / "imgs" / clip.name, ignored);
      for (const char *kind : kHrFolders)
        fs::remove_all(options_.output / "HR_Train_Dateset" / kind / clip.name, ignored);
    }
  }

  void report_progress(const fs::path &current) const {
    if (callbacks_.progress)
      callbacks_.progress({skipped_ + done_, videos_, clips_, current.string()});
  }

  void log(const std::string &text) {
    const std::lock_guard lock(mutex_);
    if (callbacks_.log) callbacks_.log(text);
  }

  PreprocessReport conclude(bool cancelled) const {
    PreprocessReport report;
    for (const auto &[path, video] : state_.finished()) report.videos.push_back(video);
    report.skipped = skipped_;
    report.cancelled = cancelled;
    const std::vector<std::string> names = report.clip_names();
    write_filelists(options_.output, names, validation_clips(names, options_.seed));
    write_text(options_.output / "report.json",
               to_json(report).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    if (names.empty() && !cancelled) throw Error(ErrorKind::Format, no_clips_message(report));
    return report;
  }

  std::string no_clips_message(const PreprocessReport &report) const {
    std::string text =
        "No clips could be made from " + std::to_string(report.videos.size()) + " video(s).";
    for (const auto &[reason, seconds] : report.dropped_seconds()) {
      char part[64];
      std::snprintf(part, sizeof part, " Dropped: %.1f s, %s.", seconds, reason.c_str());
      text += part;
    }
    for (const VideoReport &video : report.videos)
      if (!video.error.empty()) return text + " First error: " + video.error;
    return text + " All dropped segments are listed in " +
           quote_path(options_.output / "report.json") + ".";
  }

  const PreprocessOptions &options_;
  const PreprocessCallbacks &callbacks_;
  PreprocessState state_;
  DatasetWriter writer_;
  std::unique_ptr<SyncEmbedder> expert_;
  std::optional<ClipOffset> offset_;  ///< if the sound's offset is to be measured
  std::vector<SourceVideo> work_;
  std::size_t videos_ = 0, skipped_ = 0;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stop_ = false;

  std::mutex mutex_;  // guards the rest, state_ and the callbacks
  std::condition_variable changed_;
  std::size_t running_ = 0, done_ = 0;
  std::int64_t clips_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

PreprocessReport preprocess(const PreprocessOptions &options, const PreprocessCallbacks &callbacks,
                            const std::atomic<bool> &cancel) {
  const PreprocessOptions complete = completed(options);
  make_folders(complete.output);
  return Preprocessor(complete, callbacks).run(cancel);
}

}  // namespace hyperlips::training
