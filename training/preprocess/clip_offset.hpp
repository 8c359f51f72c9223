// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>
#include <string>

#include "hyperlips/talk/sound_offset.hpp"
#include "hyperlips/talk/speech_to_mouth.hpp"
#include "training/preprocess/face_clip_reader.hpp"

namespace hyperlips::training {

/// By how many frames the sound of clips is late: the mouth's opening in the pictures is compared
/// with the one that SpeechToMouth predicts from the sound. Needs no sync expert.
///
///     const ClipOffset measure;
///     const SoundOffset offset = measure(clip);
///     if (offset.certain) shift_sound(found, -offset.frames);
class ClipOffset {
 public:
  /// Throws as SpeechToMouth.
  explicit ClipOffset(const std::filesystem::path &voice = speech_to_mouth_file())
      : voice_(voice) {}

  /// The offset of one clip.
  SoundOffset operator()(const FaceClip &clip) const;
  /// The common offset of clips of one recording, which is found better than that of each.
  SoundOffset operator()(std::span<const FaceClip *const> clips) const;

 private:
  SpeechToMouth voice_;
};

/// Parses "auto", which gives nothing, or a number of frames from -kMaxSoundOffset to
/// kMaxSoundOffset. Throws Error{Settings} for other texts.
std::optional<int> parse_offset(const std::string &text);

/// "the sound is 2 frames late (correlation 0.51, without correction 0.12)", or why it is unknown.
std::string describe(const SoundOffset &offset);

}  // namespace hyperlips::training
