// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "hyperlips/audio/mel_window.hpp"
#include "hyperlips/face/tracker.hpp"
#include "hyperlips/own_mouths/bank_builder.hpp"
#include "hyperlips/talk/sound_offset.hpp"
#include "hyperlips/talk/speech_to_mouth.hpp"

namespace hyperlips {

/// What was found in a piece of footage.
struct FootageReport {
  std::size_t frames = 0, faces = 0;  ///< all, and those with a visible mouth
  bool has_sound = false;
  SoundOffset offset;
};

/// Makes the bank of a person from footage: frames first, then their sound, for each piece.
///
///     Enrolment enrolment;
///     enrolment.begin_footage(1 / 25.0);
///     for (...) enrolment.add_frame(view, seconds);
///     while (read(samples)) enrolment.add_sound(samples);  // 16 kHz, mono, from time 0
///     const FootageReport report = enrolment.end_footage();
///     write_bank("person.bank", enrolment.finish(), "person.mp4");
class Enrolment {
 public:
  /// Errors as of Tracker, BankBuilder and SpeechToMouth.
  explicit Enrolment(const BankOptions &options = {}, const TrackerOptions &tracking = {});

  /// Starts a piece of footage of the same person, with frames of this duration.
  void begin_footage(double frame_seconds);
  /// The largest face of the next frame; `time` is in seconds of the footage, ascending.
  void add_frame(const FrameView &frame, double time);
  /// Whether the bank has all the frames that it can have.
  bool is_full() const;
  void add_sound(std::span<const float> samples);
  /// `offset`: frames by which the sound is late; none: it is measured.
  FootageReport end_footage(std::optional<int> offset = {});

  /// Throws Error{NotFound} if there was no usable frame.
  Bank finish();

 private:
  /// A mouth that was heard; one per frame.
  struct Heard {
    SpeechValues values{};
    bool silent = true;
  };
  /// What is kept of a piece of footage.
  struct Footage {
    double begin = 0;          ///< time of its first frame in the bank
    std::vector<Heard> heard;  ///< from kMaxSoundOffset frames before the first on
    int offset = 0;
  };

  void predict(bool at_end);
  std::vector<SpeechPair> pairs(const Bank &bank) const;

  BankOptions options_;
  Tracker tracker_;
  BankBuilder builder_;
  SpeechToMouth voice_;
  double frame_seconds_ = 0.04;
  std::vector<Footage> footage_;
  FootageReport report_;
  double end_ = 0;           ///< time of the last frame in the bank
  std::vector<float> seen_;  ///< openings of the footage's frames
  MelStream mel_;
  MelTimeline timeline_;
  bool any_sound_ = false;
};

}  // namespace hyperlips
