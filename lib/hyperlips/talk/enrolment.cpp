// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/talk/enrolment.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/face/face_landmarks.hpp"

namespace hyperlips {
namespace {

/// Between two pieces of footage, in seconds.
constexpr double kGap = 10;

}  // namespace

Enrolment::Enrolment(const BankOptions &options, const TrackerOptions &tracking)
    : options_(options), tracker_(tracking), builder_(options) {}

void Enrolment::begin_footage(double frame_seconds) {
  frame_seconds_ = frame_seconds;
  footage_.push_back({footage_.empty() ? 0 : end_ + kGap, {}, 0});
  report_ = {};
  seen_.clear();
  mel_.reset();
  timeline_.clear();
  any_sound_ = false;
  tracker_.reset();
}

void Enrolment::add_frame(const FrameView &frame, double time) {
  const auto index = std::size_t(std::max(0.0, std::round(time / frame_seconds_)));
  seen_.resize(std::max(seen_.size(), index + 1), NAN);
  ++report_.frames;
  const std::vector<Face> faces = tracker_.track(frame, time);
  if (faces.empty()) return;
  const Face &face = *std::ranges::max_element(
      faces, {}, [](const Face &f) { return f.box.width() * f.box.height(); });
  end_ = footage_.back().begin + time;
  builder_.add(frame, face, end_);
  if (face.mouth_hidden) return;
  ++report_.faces;
  seen_[index] = float(mouth_opening(face.landmarks));
}

bool Enrolment::is_full() const { return builder_.frames() >= options_.max_frames; }

void Enrolment::add_sound(std::span<const float> samples) {
  std::vector<MelColumn> columns;
  mel_.push(samples, columns);
  timeline_.append(any_sound_ ? timeline_.end() : 0, columns);
  any_sound_ = any_sound_ || !columns.empty();
  predict(false);
}

/// Predicts the mouths of the frames whose sound has arrived.
void Enrolment::predict(bool at_end) {
  const MelSpan span = voice_.span();
  std::vector<float> window(span.values());
  auto &heard = footage_.back().heard;
  const std::size_t wanted = seen_.size() + 2 * kMaxSoundOffset;
  while (heard.size() < wanted) {
    const double frame = double(heard.size()) - kMaxSoundOffset;
    const auto time = std::int64_t(frame * frame_seconds_ * 1e9);
    Heard next;
    if (time >= 0 && any_sound_) {
      const auto found = timeline_.find(time, span, window);
      if (found == MelTimeline::Lookup::Pending && !at_end) break;
      if (found == MelTimeline::Lookup::Ready) {
        next.values = speech_values(voice_.predict(window).mouth);
        next.silent = is_silent(window, span.before);
      }
      timeline_.forget_before(time, span);
    }
    heard.push_back(next);
  }
}

FootageReport Enrolment::end_footage(std::optional<int> offset) {
  std::vector<MelColumn> columns;
  mel_.finish(columns);
  timeline_.append(any_sound_ ? timeline_.end() : 0, columns);
  timeline_.finish();
  report_.has_sound = any_sound_;
  predict(true);
  Footage &footage = footage_.back();
  if (any_sound_) {
    std::vector<float> openings;
    for (const Heard &heard : footage.heard) openings.push_back(heard.values[0]);
    report_.offset = find_sound_offset(openings, seen_, 1 / frame_seconds_);
    if (offset) report_.offset.frames = std::clamp(*offset, -kMaxSoundOffset, kMaxSoundOffset);
    footage.offset = report_.offset.frames;
  } else {
    footage.heard.clear();
  }
  return report_;
}

/// The mouths of the bank's frames with what was heard at the same time.
std::vector<SpeechPair> Enrolment::pairs(const Bank &bank) const {
  std::vector<SpeechPair> pairs;
  std::size_t piece = 0;
  for (const BankFrame &frame : bank.frames) {
    while (piece + 1 < footage_.size() && frame.time >= footage_[piece + 1].begin - 1e-6) ++piece;
    const Footage &footage = footage_[piece];
    const auto index = std::llround((frame.time - footage.begin) / bank.frame_seconds) +
                       kMaxSoundOffset + footage.offset;
    if (index < 0 || index >= std::ssize(footage.heard)) continue;
    const Heard &heard = footage.heard[std::size_t(index)];
    if (!heard.silent) pairs.push_back({heard.values, frame.shape.values()});
  }
  return pairs;
}

Bank Enrolment::finish() {
  Bank bank = builder_.finish();
  bank.frame_seconds = frame_seconds_;
  bank.fit = fit_speech(pairs(bank), bank.mean, bank.deviation);
  return bank;
}

}  // namespace hyperlips
