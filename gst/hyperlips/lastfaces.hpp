// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>

#include "hyperlips/gst/gsthyperlipsfacemeta.h"
#include "hyperlips/talk/talker.hpp"

namespace hyperlips {

/// The last generated face of each track, for frames that get no new one. Stores 64 tracks.
class LastFaces {
 public:
  /// The opacity that is wanted for a repeated face. hyperlipscomposite fades between them.
  enum class Wanted {
    Unchanged,  ///< that of the track's last frame
    Spoken,     ///< that of the track's last frame with speech
    Silent,     ///< 0, in a frame with speech that shows the original mouth
    Hidden,     ///< 0
  };

  /// Puts a new face into the meta and remembers it.
  void set(HyperlipsFaceData &face, SpokenFace spoken);

  /// Puts the track's last face into the meta, moved to the crop of the new frame. A track that has
  /// none gets opacity 0.
  void repeat(HyperlipsFaceData &face, Wanted wanted);

  void clear() { tracks_.clear(); }
  std::size_t size() const { return tracks_.size(); }

 private:
  struct Last {
    SpokenFace spoken;
    Box crop_box;      ///< of the frame for which it was generated
    float shown = 0;   ///< opacity in the last frame
    float talked = 0;  ///< opacity in the last frame with speech
  };

  std::map<std::int64_t, Last> tracks_;
};

}  // namespace hyperlips
