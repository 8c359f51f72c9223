// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/conventions.hpp"

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr const char *kCrop = "crop", *kMelTiming = "mel_timing";

}  // namespace

const char *to_string(Framing framing) {
  return framing == Framing::Published ? "published" : "steady";
}

const char *to_string(MelTiming timing) {
  return timing == MelTiming::Published ? "published" : "inference";
}

Framing parse_framing(const std::string &name) {
  for (const Framing framing : {Framing::Steady, Framing::Published})
    if (name == to_string(framing)) return framing;
  throw Error(ErrorKind::Settings,
              "Unknown crop " + quote(name) + "; expected steady or published.");
}

MelTiming parse_mel_timing(const std::string &name) {
  for (const MelTiming timing : {MelTiming::Published, MelTiming::Inference})
    if (name == to_string(timing)) return timing;
  throw Error(ErrorKind::Settings,
              "Unknown mel timing " + quote(name) + "; expected published or inference.");
}

Conventions conventions_of(const TensorFile &file) {
  Conventions found;
  try {
    if (const auto crop = file.metadata.find(kCrop); crop != file.metadata.end())
      found.crop = parse_framing(crop->second);
    if (const auto timing = file.metadata.find(kMelTiming); timing != file.metadata.end())
      found.mel_timing = parse_mel_timing(timing->second);
  } catch (const Error &error) {
    throw Error(ErrorKind::Format, "Metadata of " + quote_path(file.path) + " cannot be used: " +
                                       error.what() + " Use a newer version of HyperLips.");
  }
  return found;
}

std::map<std::string, std::string> to_metadata(const Conventions &conventions) {
  return {{kCrop, to_string(conventions.crop)}, {kMelTiming, to_string(conventions.mel_timing)}};
}

}  // namespace hyperlips
