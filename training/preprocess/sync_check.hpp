// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "training/preprocess/face_clip_reader.hpp"
#include "training/sync/sync_embedder.hpp"

namespace hyperlips::training {

/// How far a clip's sound is from its lips in the eyes of an expert of open_color_embedder(). None
/// for a clip that is too short to tell.
std::optional<SyncOffset> clip_sync(const SyncEmbedder &expert, const FaceClip &clip);

/// Brings sound that runs `ahead` frames ahead of the lips (negative: is late) into step with them,
/// and cuts off the frames that then have none.
void shift_sound(FoundClip &found, int ahead);

}  // namespace hyperlips::training
