// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipeline.hpp"
#include "sections.hpp"

namespace hyperlips::bench {

std::string clip_to_lips(const Context &context, const ClipKind &kind) {
  return " filesrc " + property("location", context.clips.video(kind)) +
         " ! decodebin ! videoconvert ! lips.video_sink filesrc " +
         property("location", context.clips.speech(kind.seconds)) +
         " ! decodebin ! audioconvert ! lips.audio_sink lips.audio_src ! fakesink sync=false";
}

}  // namespace hyperlips::bench
