// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/talk/own_mouths_talker.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/per_track.hpp"
#include "hyperlips/own_mouths/skin_color.hpp"

namespace hyperlips {
namespace {

/// Speech that is known beyond a frame improves the choice of its mouth; live it costs latency.
constexpr int kAheadColumns = 38, kLiveAheadColumns = 6;
/// Heads that are turned further than this from all of the bank keep their own mouth.
constexpr float kFarthest = 0.45f;  // radians

/// Running time of a column of the task's speech.
std::int64_t time_of(const FaceTask &task, int column) {
  return task.times.start + std::llround(column * task.times.step);
}

/// Takes the noise of the prediction out of the mouths of successive frames. `before` is the one
/// before the first.
std::vector<WantedMouth> smoothed(const std::vector<WantedMouth> &wanted,
                                  const WantedMouth &before) {
  std::vector<WantedMouth> result = wanted;
  for (std::size_t n = 0; n < wanted.size(); ++n) {
    const WantedMouth &last = n > 0 ? wanted[n - 1] : before;
    const WantedMouth &next = wanted[std::min(n + 1, wanted.size() - 1)];
    for (std::size_t k = 0; k < kShapeValues; ++k)
      result[n].values[k] =
          0.25f * last.values[k] + 0.5f * wanted[n].values[k] + 0.25f * next.values[k];
  }
  return result;
}

}  // namespace

OwnMouthsTalker::OwnMouthsTalker(Bank bank, const std::filesystem::path &file)
    : bank_(std::move(bank)), renderer_(bank_) {
  info_.architecture = "OwnMouths";
  info_.file = file.string();
  info_.device = "cpu";
}

MelSpan OwnMouthsTalker::speech(bool live) const {
  MelSpan span = voice_.span();
  span.after += live ? kLiveAheadColumns : kAheadColumns;
  return span;
}

void OwnMouthsTalker::reset() {
  tracks_.clear();
  known_.clear();
}

/// The mouth known for a time, or nullptr.
const WantedMouth *OwnMouthsTalker::known_at(std::int64_t time) const {
  // Times of columns are rounded to nanoseconds.
  const auto found = known_.lower_bound(time - 1);
  return found != known_.end() && found->first <= time + 1 ? &found->second : nullptr;
}

/// The mouth wanted at `column` columns after the start of the frame.
WantedMouth OwnMouthsTalker::wanted_at(const FaceTask &task, int column) {
  const std::int64_t time = time_of(task, column);
  if (const WantedMouth *known = known_at(time)) return *known;
  const int columns = int(task.speech.size()) / kMelBands;
  const int width = voice_.columns_before() + voice_.columns_after();
  std::vector<float> window(std::size_t(width) * kMelBands);
  for (int band = 0; band < kMelBands; ++band)
    std::copy_n(task.speech.begin() + band * columns + column, width,
                window.begin() + band * width);
  const SpokenMouth spoken = voice_.predict(window);
  WantedMouth wanted;
  wanted.values = bank_.fit.shape(spoken.mouth);
  wanted.closed = spoken.visemes[std::size_t(Viseme::PBM)];
  if (is_silent(window, voice_.columns_before())) wanted = {bank_.rest, 1};
  return known_[time] = wanted;
}

std::vector<WantedMouth> OwnMouthsTalker::wanted(const FaceTask &task) {
  const int columns = int(task.speech.size()) / kMelBands;
  const int last = columns - voice_.columns_before() - voice_.columns_after();
  const auto column_of = [&](int frame) {
    return int(std::floor(frame * task.seconds * kMelRate));
  };
  std::vector<WantedMouth> wanted;
  for (int k = 0; k == 0 || (column_of(k) <= last && task.seconds > 0); ++k)
    wanted.push_back(wanted_at(task, column_of(k)));
  const WantedMouth *before = known_at(time_of(task, column_of(-1)));
  wanted = smoothed(wanted, before ? *before : wanted.front());
  // Earlier frames are over; other tracks may be a frame behind.
  known_.erase(known_.begin(), known_.lower_bound(time_of(task, -kMelRate)));
  return wanted;
}

SpokenFace OwnMouthsTalker::speak(const FaceTask &task) {
  const Landmarks &landmarks = task.face.landmarks;
  MouthChooser &chooser = tracks_.try_emplace(task.face.track_id, bank_).first->second;
  const TargetFace target{fit_head(landmarks, bank_.head),
                          skin_color(task.crop, landmarks_in_crop(landmarks, task.crop_box))};
  const ChosenMouth chosen = chooser.choose(target, wanted(task), task.seconds);
  if (chosen.pose_error >= kFarthest) return {.opacity = 0};
  RenderedMouth made = renderer_.render(chosen, landmarks, target.pose);
  const cv::Rect &rect = made.rect;
  return {made.picture,
          {float(rect.x), float(rect.y), float(rect.br().x), float(rect.br().y)},
          made.landmarks,
          1};
}

std::vector<SpokenFace> OwnMouthsTalker::speak(std::span<const FaceTask> tasks, int) {
  std::vector<SpokenFace> spoken;
  for (const FaceTask &task : tasks) spoken.push_back(speak(task));
  limit_tracks(tracks_);
  return spoken;
}

}  // namespace hyperlips
