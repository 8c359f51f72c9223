// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>

#include "hyperlips/gst/gsthyperlipsfacemeta.h"
#include "hyperlips/talk/talker.hpp"

namespace hyperlips {

/// The last generated face of each track, for frames without speech, and how visible it was. Stores
/// 64 tracks.
class LastFaces {
 public:
  /// Puts a new face into the meta and remembers it.
  void set(HyperlipsFaceData &face, SpokenFace spoken);

  /// Puts the track's last face into the meta, moved to the crop of the new frame.
  void repeat(HyperlipsFaceData &face) const;

  /// The next opacity of a track, which fades to the original mouth while the speech is silent, and
  /// back.
  float next_opacity(std::int64_t track, bool silent);

  void clear() { tracks_.clear(); }

 private:
  struct Last {
    SpokenFace spoken;
    Box crop_box;  ///< of the frame for which it was generated
    float fade = 1;
  };

  std::map<std::int64_t, Last> tracks_;
};

}  // namespace hyperlips
