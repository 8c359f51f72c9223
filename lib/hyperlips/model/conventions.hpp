// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// Which box of a face the networks see. They work well only with the one they were trained with.
enum class Framing {
  /// The box of the head's position and of the person's face at rest, with room for a wide open
  /// mouth. The movements of the mouth do not change it, so the crop does not show them.
  Steady,
  /// The bounding box of all landmarks, as published. It becomes taller when the mouth opens.
  Published,
};

/// Which mel window HyperLipsBase gets for a frame.
enum class MelTiming {
  Published,  ///< frame n the window of frame n - 1, as the published training does
  Inference,  ///< frame n the window at its own time
};

/// "steady" or "published".
const char *to_string(Framing framing);
/// "published" or "inference".
const char *to_string(MelTiming timing);
/// The inverse functions. Throw Error{Settings} for other names.
Framing parse_framing(const std::string &name);
MelTiming parse_mel_timing(const std::string &name);

/// What a network expects of its inputs, in the metadata of its checkpoint: "crop" and
/// "mel_timing". A file without them is treated as the published weights are.
struct Conventions {
  Framing crop = Framing::Published;
  MelTiming mel_timing = MelTiming::Inference;

  bool operator==(const Conventions &) const = default;
};

/// Throws Error{Format} that names the file if it has an unknown value.
Conventions conventions_of(const TensorFile &file);
/// The entries of both.
std::map<std::string, std::string> to_metadata(const Conventions &conventions);

}  // namespace hyperlips
