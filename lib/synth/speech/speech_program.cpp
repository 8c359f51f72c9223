// SPDX-License-Identifier: LGPL-2.1-or-later
// hyperlips-speech: synthesizes one text with espeak-ng and writes its sound and phonemes. One
// process for each text, because espeak-ng keeps state that no call resets (flutter, echo, rand()):
// only a new process gives the same sound for the same text every time. It also isolates the caller
// from espeak-ng's license (GPL), locale and crashes.
#include <espeak-ng/speak_lib.h>
#include <strings.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "synth/speech/speech_wire.hpp"

using namespace hyperlips::synth;

namespace {

std::vector<short> samples;
std::vector<SpeechMark> marks;

int collect(short *sound, int count, espeak_EVENT *event) {
  for (; event->type != espeakEVENT_LIST_TERMINATED; ++event) {
    if (event->type != espeakEVENT_PHONEME) continue;
    SpeechMark mark{static_cast<std::uint32_t>(std::max(event->sample, 0)), {}};
    std::memcpy(mark.ipa.data(), event->id.string, strnlen(event->id.string, mark.ipa.size()));
    marks.push_back(mark);
  }
  if (sound) samples.insert(samples.end(), sound, sound + count);
  return 0;
}

/// The file of the best voice for a language, empty if there is none. espeak-ng crashes on names
/// that are not in its list of voices.
std::string voice_file_of(const std::string &language) {
  std::string best;
  int least = 256;  // lower numbers have priority
  for (const espeak_VOICE **voice = espeak_ListVoices(nullptr); *voice; ++voice)
    for (const char *at = (*voice)->languages; *at; at += 2 + std::strlen(at + 1))
      if (strcasecmp(at + 1, language.c_str()) == 0 && static_cast<unsigned char>(*at) < least) {
        least = static_cast<unsigned char>(*at);
        best = (*voice)->identifier;
      }
  return best;
}

bool has_variant(const std::string &variant) {
  const char *data = nullptr;
  espeak_Info(&data);
  return variant.find('/') == std::string::npos &&
         std::filesystem::is_regular_file(std::filesystem::path(data) / "voices/!v" / variant);
}

int say(char **arguments) {
  const int rate = espeak_Initialize(
      AUDIO_OUTPUT_SYNCHRONOUS, 0, nullptr,
      espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_PHONEME_IPA | espeakINITIALIZE_DONT_EXIT);
  if (rate <= 0) return kSpeechNoData;
  const std::string language = arguments[1], variant = arguments[2], text = arguments[6];
  const std::string file = voice_file_of(language);
  if (file.empty()) return kSpeechNoLanguage;
  if (!variant.empty() && !has_variant(variant)) return kSpeechNoVoice;
  if (espeak_SetVoiceByName((variant.empty() ? file : file + "+" + variant).c_str()) != EE_OK)
    return kSpeechNoLanguage;
  espeak_SetSynthCallback(collect);
  espeak_SetParameter(espeakPITCH, std::atoi(arguments[3]), 0);
  espeak_SetParameter(espeakRANGE, std::atoi(arguments[4]), 0);
  espeak_SetParameter(espeakRATE, std::atoi(arguments[5]), 0);
  if (espeak_Synth(text.c_str(), text.size() + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, nullptr,
                   nullptr) != EE_OK)
    return kSpeechFailed;
  const SpeechHeader header{.rate = static_cast<std::uint32_t>(rate),
                            .marks = static_cast<std::uint32_t>(marks.size()),
                            .samples = static_cast<std::uint32_t>(samples.size())};
  const bool written =
      std::fwrite(&header, sizeof header, 1, stdout) == 1 &&
      std::fwrite(marks.data(), sizeof(SpeechMark), marks.size(), stdout) == marks.size() &&
      std::fwrite(samples.data(), sizeof(short), samples.size(), stdout) == samples.size() &&
      std::fflush(stdout) == 0;
  return written ? kSpeechDone : kSpeechFailed;
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 7) {
    std::fputs(
        "usage: hyperlips-speech LANGUAGE VARIANT PITCH RANGE SPEED TEXT\n\n"
        "Internal helper of libhyperlips-synth: synthesizes TEXT (UTF-8) with espeak-ng and "
        "writes\n"
        "phonemes and 16-bit samples to standard output. VARIANT may be empty, PITCH and RANGE "
        "are\n"
        "0 to 99, SPEED is in words per minute, 80 to 450.\n",
        stderr);
    return kSpeechUsage;
  }
  // Skips the destructors of the sound libraries that espeak-ng links.
  std::_Exit(say(arguments));
}
