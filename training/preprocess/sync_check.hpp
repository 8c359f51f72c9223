// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "training/preprocess/face_clip_reader.hpp"
#include "training/sync/sync_embedder.hpp"

namespace hyperlips::training {

/// The sync offset of a clip by an expert from open_color_embedder(); none if the clip is too
/// short.
std::optional<SyncOffset> clip_sync(const SyncEmbedder &expert, const FaceClip &clip);

/// Corrects sound that is `ahead` frames early (negative: late) and removes the frames that are
/// left without sound.
void shift_sound(FoundClip &found, int ahead);

}  // namespace hyperlips::training
