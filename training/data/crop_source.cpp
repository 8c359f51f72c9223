// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/crop_source.hpp"

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"

namespace hyperlips::training {

CropSource::CropSource(CropPack pack, std::size_t cache_bytes, Report report)
    : ClipSource(std::move(report)), pack_(std::move(pack)), free_bytes_(cache_bytes) {
  for (std::size_t i = 0; i < pack_.clips().size(); ++i) places_[pack_.clips()[i].name] = i;
}

ClipList CropSource::list(const ClipListOptions &options) const {
  ClipList list;
  for (const PackedClip &packed : pack_.clips()) {
    if (packed.frames < options.min_frames) {
      ++list.too_short;
      continue;
    }
    (packed.validation ? list.validation : list.train)
        .push_back({packed.name, pack_.path() / packed.name, {{0, packed.frames}}});
  }
  if (list.train.empty())
    throw Error(ErrorKind::NotFound,
                "\"" + pack_.path().string() + "\" has no clip for training of " +
                    std::to_string(options.min_frames) +
                    " pictures or more. hyperlips-train synth --crops adds clips to it.");
  return list;
}

std::size_t CropSource::place(const Clip &clip) const {
  const auto found = places_.find(clip.name);
  if (found == places_.end())
    throw Error(ErrorKind::Settings,
                "\"" + pack_.path().string() + "\" has no clip " + clip.name + ".");
  return found->second;
}

cv::Mat CropSource::picture(const Clip &clip, int number, int size) {
  const std::filesystem::path name = clip.picture(number);
  throw_if_refused(name);
  cv::Mat picture;
  try {
    picture = pack_.picture(place(clip), number);
  } catch (const Error &error) {
    if (error.kind() != ErrorKind::Format) throw;
    refuse(name, error.what());
  }
  if (picture.cols == size) return picture;
  cv::Mat scaled;
  cv::resize(picture, scaled, {size, size}, 0, 0, cv::INTER_LINEAR);
  return scaled;
}

MelColumns CropSource::mel(const Clip &clip) {
  throw_if_refused(clip.sound());
  const std::size_t number = place(clip);
  {
    const std::lock_guard held(mel_lock_);
    if (const auto found = mels_.find(number); found != mels_.end()) return found->second;
  }
  MelColumns columns;
  try {
    columns = std::make_shared<const std::vector<MelColumn>>(pack_.mel(number));
  } catch (const Error &error) {
    if (error.kind() != ErrorKind::Format) throw;
    refuse(clip.sound(), error.what());
  }
  const std::size_t bytes = columns->size() * sizeof(MelColumn);
  const std::lock_guard held(mel_lock_);
  if (bytes <= free_bytes_ && mels_.emplace(number, columns).second) free_bytes_ -= bytes;
  return columns;
}

}  // namespace hyperlips::training
