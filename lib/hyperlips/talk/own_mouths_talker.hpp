// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>

#include "hyperlips/own_mouths/mouth_renderer.hpp"
#include "hyperlips/talk/speech_to_mouth.hpp"
#include "hyperlips/talk/talker.hpp"

namespace hyperlips {

/// Pictures of the person's own mouths as a talker: SpeechToMouth says which mouth the speech
/// wants, MouthChooser finds it in the bank, MouthRenderer draws it.
class OwnMouthsTalker : public Talker {
 public:
  OwnMouthsTalker(Bank bank, const std::filesystem::path &file);

  const NetworkInfo &info() const override { return info_; }
  MelSpan speech(bool live) const override;
  std::vector<SpokenFace> speak(std::span<const FaceTask> tasks, int batch) override;
  void warm_up(int) override {}
  void reset() override;

 private:
  std::vector<WantedMouth> wanted(const FaceTask &task);
  const WantedMouth *known_at(std::int64_t time) const;
  WantedMouth wanted_at(const FaceTask &task, int column);
  SpokenFace speak(const FaceTask &task);

  NetworkInfo info_;
  Bank bank_;
  SpeechToMouth voice_;
  MouthRenderer renderer_;
  std::map<std::int64_t, MouthChooser> tracks_;  ///< by track id
  std::map<std::int64_t, WantedMouth> known_;    ///< by the time of the column
};

}  // namespace hyperlips
