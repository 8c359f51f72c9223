// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/sync_measures.hpp"

#include <algorithm>
#include <cmath>

#include "gst/lib/media/sound_reader.hpp"
#include "hyperlips/audio/mel.hpp"
#include "training/data/frame_rate.hpp"
#include "training/evaluate/picture_reader.hpp"

namespace hyperlips::training {
namespace {

constexpr std::size_t kMaxGap = kFrameRate;  // ticks without a face that are interpolated

Box lerp(const Box &a, const Box &b, float t) {
  const auto mix = [t](float x, float y) { return x + (y - x) * t; };
  return {mix(a.x0, b.x0), mix(a.y0, b.y0), mix(a.x1, b.x1), mix(a.y1, b.y1)};
}

/// All samples from the time of the first picture on.
std::vector<float> read_sound(const std::string &path, GstClockTime origin,
                              const std::atomic<bool> &cancel) {
  SoundReader reader(path, kMelSampleRate, 1, cancel);
  reader.start();
  reader.set_origin(origin);
  std::vector<float> samples, block(kMelSampleRate);
  while (const std::size_t count = reader.read(block)) {
    samples.insert(samples.end(), block.begin(), block.begin() + count);
  }
  return samples;
}

GstClockTime first_picture(const std::string &path, const std::atomic<bool> &cancel) {
  return VideoClip(path, cancel).start();
}

/// Embeddings of all windows of faces, with few pictures in memory at a time.
torch::Tensor embed_lips(const SyncEmbedder &expert, const std::string &path,
                         const SyncTicks &ticks, const std::atomic<bool> &cancel) {
  constexpr std::size_t kHeld = 64;
  const std::vector<Box> boxes = expert.smoothed(ticks.boxes);
  PictureReader reader(path, cancel);
  std::vector<cv::Mat> crops;
  std::vector<torch::Tensor> parts;
  const auto embed = [&] {
    if (crops.size() < SyncEmbedder::kFrames) return;
    parts.push_back(expert.lips(crops));
    crops.erase(crops.begin(), crops.end() - (SyncEmbedder::kFrames - 1));
  };
  std::size_t tick = 0;
  for (std::size_t frame = 0; tick < ticks.frames.size(); ++frame) {
    const std::optional<TimedPicture> picture = reader.next();
    if (!picture) break;
    for (; tick < ticks.frames.size() && ticks.frames[tick] == frame; ++tick) {
      crops.push_back(expert.crop(picture->bgr, boxes[tick]));
    }
    if (crops.size() >= kHeld) embed();
  }
  embed();
  return parts.empty() ? torch::Tensor() : torch::cat(parts);
}

}  // namespace

SyncTicks sync_ticks(const std::vector<TimedBox> &track) {
  SyncTicks ticks;
  if (std::none_of(track.begin(), track.end(),
                   [](const TimedBox &at) { return at.box.has_value(); }))
    return ticks;
  const auto count = std::size_t(std::floor(track.back().time * kFrameRate + 1e-3)) + 1;
  std::vector<std::size_t> known;
  for (std::size_t tick = 0, frame = 0; tick < count; ++tick) {
    const double time = double(tick) / kFrameRate;
    while (frame + 1 < track.size() &&
           std::abs(track[frame + 1].time - time) <= std::abs(track[frame].time - time))
      ++frame;
    ticks.frames.push_back(frame);
    if (track[frame].box) known.push_back(tick);
  }
  if (known.empty()) return {};
  for (std::size_t tick = 0, next = 0; tick < count; ++tick) {
    while (next < known.size() && known[next] < tick) ++next;
    const std::size_t after = next < known.size() ? known[next] : known.back();
    const std::size_t before = after == tick ? tick : next > 0 ? known[next - 1] : after;
    const float t = after == before ? 0 : float(tick - before) / float(after - before);
    ticks.boxes.push_back(
        lerp(*track[ticks.frames[before]].box, *track[ticks.frames[after]].box, t));
    const auto away = [tick](std::size_t other) {
      return other > tick ? other - tick : tick - other;
    };
    ticks.near_face.push_back(std::min(away(before), away(after)) <= kMaxGap);
  }
  return ticks;
}

std::optional<SyncScores> score_sync(const SyncEmbedder &expert, const std::string &path,
                                     const std::vector<TimedBox> &track,
                                     const std::atomic<bool> &cancel) {
  const SyncTicks ticks = sync_ticks(track);
  const std::vector<float> samples = read_sound(path, first_picture(path, cancel), cancel);
  // As published, without the last full window.
  const std::int64_t windows =
      std::min<std::int64_t>(ticks.frames.size(), samples.size() * kFrameRate / kMelSampleRate) -
      SyncEmbedder::kFrames;
  if (windows < 1) return std::nullopt;
  const torch::Tensor lips = embed_lips(expert, path, ticks, cancel), sound = expert.sound(samples);
  if (cancel || !lips.defined()) return std::nullopt;
  std::vector<bool> use(windows);
  for (std::int64_t i = 0; i < windows; ++i) {
    use[i] = std::all_of(ticks.near_face.begin() + i,
                         ticks.near_face.begin() + i + SyncEmbedder::kFrames,
                         [](bool near) { return near; });
  }
  // The search expects zeros, not embeddings, beyond the windows.
  const auto found = find_sync_offset(lips.slice(0, 0, windows), sound.slice(0, 0, windows), use,
                                      expert.distance(), BeyondSound::Zeros);
  if (!found) return std::nullopt;
  return SyncScores{expert.name(), to_string(expert.distance()), *found};
}

}  // namespace hyperlips::training
