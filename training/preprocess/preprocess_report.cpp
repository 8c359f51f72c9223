// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/preprocess_report.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

using nlohmann::json;

Drop drop_reason(const std::string &text) {
  for (int i = 0; i <= int(Drop::OutOfSync); ++i)
    if (text == to_string(Drop(i))) return Drop(i);
  if (text == "sound out of step") return Drop::OutOfSync;  // older reports
  throw json::other_error::create(501, "unknown reason " + quote(text), nullptr);
}

}  // namespace

json to_json(const VideoReport &video) {
  json clips = json::array(), dropped = json::array();
  for (const ClipReport &clip : video.clips) {
    json entry{{"name", clip.name}, {"start", clip.start}, {"frames", clip.frames}};
    if (clip.offset)
      entry["sound_offset"] = {{"frames_late", clip.offset->frames},
                               {"certain", clip.offset->certain},
                               {"correlation", clip.offset->correlation},
                               {"uncorrected", clip.offset->uncorrected}};
    if (clip.sync)
      entry["sync"] = {{"offset", clip.sync->frames},
                       {"distance", clip.sync->distance},
                       {"confidence", clip.sync->confidence},
                       {"windows", clip.sync->windows}};
    clips.push_back(std::move(entry));
  }
  for (const DroppedSegment &segment : video.dropped) {
    json entry{
        {"start", segment.start}, {"end", segment.end}, {"reason", to_string(segment.reason)}};
    if (!segment.detail.empty()) entry["detail"] = segment.detail;
    dropped.push_back(std::move(entry));
  }
  json report{{"path", video.path.string()}, {"speaker", video.speaker},
              {"clip", video.clip},          {"size", video.size},
              {"modified", video.modified},  {"seconds", video.seconds},
              {"clips", std::move(clips)},   {"dropped", std::move(dropped)}};
  if (!video.error.empty()) report["error"] = video.error;
  return report;
}

VideoReport video_report(const json &report) {
  VideoReport video;
  video.path = report.at("path").get<std::string>();
  report.at("speaker").get_to(video.speaker);
  report.at("clip").get_to(video.clip);
  report.at("size").get_to(video.size);
  report.at("modified").get_to(video.modified);
  report.at("seconds").get_to(video.seconds);
  for (const json &entry : report.at("clips")) {
    ClipReport &clip = video.clips.emplace_back();
    entry.at("name").get_to(clip.name);
    entry.at("start").get_to(clip.start);
    entry.at("frames").get_to(clip.frames);
    if (entry.contains("sound_offset")) {
      const json &offset = entry.at("sound_offset");
      clip.offset = SoundOffset{offset.at("frames_late"), offset.at("correlation"),
                                offset.at("uncorrected"), offset.at("certain")};
    }
    if (entry.contains("sync")) {
      const json &sync = entry.at("sync");
      clip.sync = SyncOffset{sync.at("offset"), sync.at("distance"), sync.at("confidence"),
                             sync.at("windows")};
    }
  }
  for (const json &entry : report.at("dropped"))
    video.dropped.push_back({entry.at("start"), entry.at("end"), drop_reason(entry.at("reason")),
                             entry.value("detail", "")});
  video.error = report.value("error", "");
  return video;
}

std::vector<std::string> PreprocessReport::clip_names() const {
  std::vector<std::string> names;
  for (const VideoReport &video : videos)
    for (const ClipReport &clip : video.clips) names.push_back(clip.name);
  return names;
}

std::int64_t PreprocessReport::frames() const {
  std::int64_t frames = 0;
  for (const VideoReport &video : videos)
    for (const ClipReport &clip : video.clips) frames += clip.frames;
  return frames;
}

std::map<std::string, double> PreprocessReport::dropped_seconds() const {
  std::map<std::string, double> seconds;
  for (const VideoReport &video : videos)
    for (const DroppedSegment &segment : video.dropped)
      seconds[to_string(segment.reason)] += segment.end - segment.start;
  return seconds;
}

std::size_t PreprocessReport::failed() const {
  return std::size_t(
      std::ranges::count_if(videos, [](const VideoReport &video) { return !video.error.empty(); }));
}

json to_json(const PreprocessReport &report) {
  json videos = json::array();
  double seconds = 0;
  for (const VideoReport &video : report.videos) {
    videos.push_back(to_json(video));
    seconds += video.seconds;
  }
  return {{"videos", std::move(videos)},
          {"totals",
           {{"videos", report.videos.size()},
            {"failed", report.failed()},
            {"seconds", seconds},
            {"clips", report.clip_names().size()},
            {"frames", report.frames()},
            {"dropped seconds", report.dropped_seconds()}}},
          {"complete", !report.cancelled}};
}

}  // namespace hyperlips::training
