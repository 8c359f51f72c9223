// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/clip_offset.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <vector>

#include "hyperlips/audio/mel_window.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/face_landmarks.hpp"
#include "training/data/frame_rate.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
constexpr std::int64_t kFrameNs = 1'000'000'000 / kFrameRate;

/// The openings that the sound of a clip predicts, from kMaxSoundOffset frames before the first to
/// as many after the last; unknown where there is no sound.
std::vector<float> heard_openings(const SpeechToMouth &voice, const FaceClip &clip) {
  MelTimeline timeline;
  timeline.append(0, clip.mel);
  timeline.finish();
  const MelSpan span = voice.span();
  std::vector<float> window(span.values()), openings;
  const auto frames = int(clip.frames());
  for (int n = -kMaxSoundOffset; n < frames + kMaxSoundOffset; ++n) {
    const bool known =
        n >= 0 && timeline.find(n * kFrameNs, span, window) == MelTimeline::Lookup::Ready;
    openings.push_back(known ? voice.predict(window).mouth.opening : kUnknown);
  }
  return openings;
}

}  // namespace

SoundOffset ClipOffset::operator()(const FaceClip &clip) const {
  const FaceClip *const one = &clip;
  return (*this)(std::span(&one, 1));
}

SoundOffset ClipOffset::operator()(std::span<const FaceClip *const> clips) const {
  std::vector<float> heard, seen;
  for (const FaceClip *clip : clips) {
    // Between clips nothing is seen, as long as sound is heard beyond their ends.
    if (!seen.empty()) seen.insert(seen.end(), 2 * kMaxSoundOffset, kUnknown);
    for (const Landmarks &face : clip->landmarks) seen.push_back(float(mouth_opening(face)));
    const std::vector<float> part = heard_openings(voice_, *clip);
    heard.insert(heard.end(), part.begin(), part.end());
  }
  if (seen.empty()) return {};
  return find_sound_offset(heard, seen, kFrameRate);
}

std::optional<int> parse_offset(const std::string &text) {
  if (text == "auto") return std::nullopt;
  int frames = 0;
  const char *end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + text.starts_with('+'), end, frames);
  if (error != std::errc() || stop != end || std::abs(frames) > kMaxSoundOffset)
    throw Error(ErrorKind::Settings, "Invalid offset of the sound " + quote(text) +
                                         "; expected auto or a number of "
                                         "frames from -" +
                                         std::to_string(kMaxSoundOffset) + " to " +
                                         std::to_string(kMaxSoundOffset) +
                                         ", positive if the sound is late.");
  return frames;
}

std::string describe(const SoundOffset &offset) {
  char text[120];
  if (!offset.certain) {
    std::snprintf(text, sizeof text,
                  "no offset of the sound was found (correlation %.2f without correction)",
                  double(offset.uncorrected));
  } else if (offset.frames == 0) {
    std::snprintf(text, sizeof text, "the sound is in sync (correlation %.2f)",
                  double(offset.correlation));
  } else {
    std::snprintf(text, sizeof text,
                  "the sound is %d frame%s %s (correlation %.2f, without correction %.2f)",
                  std::abs(offset.frames), std::abs(offset.frames) == 1 ? "" : "s",
                  offset.frames > 0 ? "late" : "early", double(offset.correlation),
                  double(offset.uncorrected));
  }
  return text;
}

}  // namespace hyperlips::training
