// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/espeak.hpp"

#include <dlfcn.h>

#include <cstring>
#include <filesystem>

#include "hyperlips/error.hpp"
#include "synth/speech/speech_wire.hpp"
#include "util/child_output.hpp"
#include "util/quote.hpp"
#include "util/utf8.hpp"

namespace hyperlips::synth {
namespace {

/// espeak-ng speaks a sentence in milliseconds: without output for so long it hangs.
constexpr std::chrono::seconds kPatience(30);

/// The program is next to this library: in the folder speech in a build tree, in hyperlips-1.0 when
/// installed.
std::string program_path() {
  Dl_info library;
  if (!dladdr(reinterpret_cast<const void *>(&program_path), &library) || !library.dli_fname)
    throw Error(ErrorKind::NotFound,
                "Cannot find hyperlips-speech: the path of libhyperlips-synth is unknown.");
  const auto folder = std::filesystem::absolute(library.dli_fname).parent_path();
  for (const char *name : {"speech/hyperlips-speech", "hyperlips-1.0/hyperlips-speech"})
    if (std::filesystem::exists(folder / name)) return folder / name;
  throw Error(ErrorKind::NotFound,
              "Program hyperlips-speech not found next to libhyperlips-synth in " +
                  quote_path(folder) + ": rebuild or reinstall HyperLips.");
}

/// The name of a mark, without a trailing UTF-8 sequence that its eight bytes cut off.
std::string name_of(const SpeechMark &mark) {
  std::string name(mark.ipa.data(), strnlen(mark.ipa.data(), mark.ipa.size()));
  for (std::size_t at = 0, start = 0; at < name.size(); start = at)
    if (next_code_point(name, at) == kNotUtf8) name.resize(start);
  return name;
}

Utterance parse(const std::vector<char> &bytes) {
  const Error damaged(ErrorKind::Failed,
                      "Invalid output of hyperlips-speech: reinstall HyperLips, its program "
                      "and library may be of different versions.");
  SpeechHeader header;
  if (bytes.size() < sizeof header) throw damaged;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::size_t marks_bytes = header.marks * sizeof(SpeechMark);
  const std::size_t sample_bytes = header.samples * sizeof(std::int16_t);
  if (header.magic != SpeechHeader::kMagic ||
      bytes.size() != sizeof header + marks_bytes + sample_bytes)
    throw damaged;
  if (header.rate != kSpeechRate)
    throw Error(ErrorKind::Failed,
                "Unsupported sample rate of espeak-ng: " + std::to_string(header.rate) +
                    " Hz, expected " + std::to_string(kSpeechRate) +
                    " Hz; install espeak-ng-data 1.51 or newer.");
  Utterance utterance;
  const char *at = bytes.data() + sizeof header;
  for (std::uint32_t i = 0; i < header.marks; ++i, at += sizeof(SpeechMark)) {
    SpeechMark mark;
    std::memcpy(&mark, at, sizeof mark);
    utterance.marks.push_back({mark.sample, name_of(mark)});
  }
  utterance.samples.resize(header.samples);
  if (sample_bytes) std::memcpy(utterance.samples.data(), at, sample_bytes);
  return utterance;
}

}  // namespace

Utterance say(const Voice &voice, const std::string &text) {
  static const std::string program = program_path();
  const ChildOutput output =
      run_child({program, voice.language, voice.variant, std::to_string(voice.pitch),
                 std::to_string(voice.range), std::to_string(voice.speed), text},
                kPatience);
  // Without an exit code the output alone decides.
  switch (const int code =
              output.exit_code.value_or(output.bytes.empty() ? kSpeechFailed : kSpeechDone)) {
    case kSpeechDone:
      return parse(output.bytes);
    case kSpeechNoData:
      throw Error(ErrorKind::NotFound,
                  "espeak-ng data not found: install the package espeak-ng-data.");
    case kSpeechNoLanguage:
      throw Error(ErrorKind::Settings, "Unknown espeak-ng language " + quote(voice.language) +
                                           ": run espeak-ng --voices for a list.");
    case kSpeechNoVoice:
      throw Error(ErrorKind::Settings,
                  "Unknown espeak-ng voice " + quote(voice.variant) +
                      ": run espeak-ng --voices=variant for a list (m1, f2, ...).");
    default:
      throw Error(ErrorKind::Failed, "espeak-ng failed (exit code " + std::to_string(code) +
                                         ") on the text " + quote(text) + " in the language " +
                                         quote(voice.language) + ": try another text or language.");
  }
}

}  // namespace hyperlips::synth
